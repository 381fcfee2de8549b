"""What is suspicious though it can be used: each in its place, with what to do, and nothing about what is meant."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from app.playbooks import Suspicion, load, names, suspicions
from tests.playbooks.folders import copy_of

PLAYBOOK = """
version: 1
name: small
title: A small team
severities:
  - id: SEV1
    name: Critical
    means: Everything is down
    acknowledge_within: 10m
    resolve_within: 2h
    update_every: 30m
    postmortem_within: 48h
  - id: SEV2
    name: High
    means: Something is down
    acknowledge_within: 30m
    update_every: 1h
escalation:
  - {step: 1, page: primary, when: declared}
  - {step: 2, page: lead, when: [{unacknowledged: 15m}, {tag: data-loss}]}
  - {step: raise, severity: SEV1, when: {open: 4h}, severities: [SEV2]}
milestones:
  diagnosis: {title: Diagnosis, within: 30m, reached: identified}
responders:
  primary: {name: Primary}
  lead: {name: Team lead}
roles:
  commander: {name: Commander}
tags: [data-loss, customer-impact]
postmortem:
  drafts:
    - {title: Timeline, within: 24h}
"""

Found = Callable[..., list[Suspicion]]


@pytest.fixture
def found(tmp_path: Path) -> Found:
    """What is suspicious in the small playbook, once each text has taken the place of another."""

    def look(*changes: tuple[str, str]) -> list[Suspicion]:
        folder = copy_of("default", tmp_path)
        text = PLAYBOOK
        for before, after in changes:
            assert before in text
            text = text.replace(before, after)
        (folder / "playbook.yml").write_text(text)
        for drill in folder.glob("drills/*"):
            drill.unlink()
        for runbook in folder.glob("runbooks/*"):
            runbook.unlink()
        return list(suspicions(load(str(folder))))

    return look


def test_what_is_meant_raises_no_suspicion(found: Found) -> None:
    assert found() == []


@pytest.mark.parametrize("name", names())
def test_what_ships_raises_no_suspicion(name: str) -> None:
    assert suspicions(load(name)) == ()


@pytest.mark.parametrize(
    ("before", "after", "key", "said"),
    [
        (
            "when: declared}",
            "when: {open: resolve_within, severities: [SEV2]}}",
            "escalation[0]",
            "step 1 can never fire: SEV2 has no resolve_within",
        ),
        (
            "[{unacknowledged: 15m}, {tag: data-loss}]",
            "[{open: resolve_within, severities: [SEV2]}, declared]",
            "escalation[1].when[0]",
            "can never come true: SEV2 has no resolve_within",
        ),
        (
            "[{unacknowledged: 15m}, {tag: data-loss}]",
            "[declared, {open: 1h}]",
            "escalation[1].when[1]",
            "can never come first: for SEV1 and SEV2 the step has fired at the declaration",
        ),
        (
            "[{unacknowledged: 15m}, {tag: data-loss}]",
            "[{open: 1h}, {open: 2h, severities: [SEV1]}]",
            "escalation[1].when[1]",
            "can never come first: for SEV1 the step has fired by then",
        ),
        ("severities: [SEV2]}", "severities: [SEV1]}", "escalation[2].severity", "raises nothing"),
        (
            "roles:",
            "alerts:\n  - {labels: {team: pay*}, suggest: true}\n  - {labels: {team: payments}, declare: SEV1}\nroles:",
            "alerts[1]",
            "no alert ever comes here: rule 1 is about all of them",
        ),
        (
            "roles:",
            "alerts:\n  - {name: X, ignore: true}\n  - {suggest: true}\n  - {source: grafana, declare: SEV2}\nroles:",
            "alerts[2]",
            "rule 2 is about all of them",
        ),
        (
            "tags: [data-loss, customer-impact]",
            "tags: [data-loss, data-los]",
            "tags[1]",
            "no step waits for data-los, and one does for data-loss",
        ),
        ("acknowledge_within: 10m\n", "monitor_for: 5m\n", "severities[0]", "nobody is paged again"),
        (
            "update_every: 30m",
            "update_every: 2h",
            "severities[0].update_every",
            "2 h is slower than resolve_within (2 h): no update",
        ),
        (
            "resolve_within: 2h",
            "resolve_within: 2h\n    monitor_for: 3h",
            "severities[0].monitor_for",
            "3 h is slower than resolve_within",
        ),
        (
            "acknowledge_within: 10m",
            "acknowledge_within: 45m",
            "severities[0].acknowledge_within",
            "SEV1 has longer (45 min) than SEV2 (30 min)",
        ),
        (
            "update_every: 30m",
            "update_every: end of next business day",
            "severities[0].update_every",
            "end of next business day is slower than resolve_within (2 h)",
        ),
        (
            "Diagnosis, within: 30m",
            "Diagnosis, within: 3h",
            "milestones.diagnosis.within",
            "3 h is later than resolve_within of SEV1",
        ),
        (
            "Timeline, within: 24h",
            "Timeline, within: 3d",
            "postmortem.drafts[0].within",
            "3 d is later than postmortem_within of SEV1",
        ),
        (
            "  lead: {name: Team lead}",
            "  lead: {name: Team lead}\n  ceo: {name: CEO}",
            "responders.ceo",
            "no step pages",
        ),
        (
            "  lead: {name: Team lead}",
            "  lead: {name: Team lead, slack: U0123ABC}",
            "responders.primary",
            "nobody is bound to it here, and step 1 pages it",
        ),
    ],
)
def test_each_oddity_is_told_where_it_stands(found: Found, before: str, after: str, key: str, said: str) -> None:
    suspicious = found((before, after))
    told = next((one for one in suspicious if one.key == key and said in one.problem), None)
    assert told, suspicious
    assert told.allowed
    leaf = re.split(r"[.[]", key)[-1].rstrip("]")
    line = told.file.read_text().splitlines()[told.line - 1].strip()
    assert line.startswith(("- ", "tags:")) if leaf.isdecimal() else leaf in line


@pytest.mark.parametrize(
    ("acknowledged", "suspicious"),
    [
        ("acknowledge_within: 30m", True),
        ("acknowledge_within: end of next business day", False),
        ("ticket: true", False),
    ],
)
def test_a_severity_that_pages_nobody_is_suspicious_unless_people_find_it_at_work(
    found: Found, acknowledged: str, *, suspicious: bool
) -> None:
    told = found(
        ("acknowledge_within: 30m", acknowledged),
        ("when: declared}", "when: {at: declared, severities: [SEV1]}}"),
        ("{unacknowledged: 15m}", "{unacknowledged: 15m, severities: [SEV1]}"),
    )
    assert ["SEV2 has no responders: no step pages anybody for it"] * suspicious == [one.problem for one in told]


def test_many_oddities_come_in_the_order_of_the_file(found: Found) -> None:
    told = found(
        ("update_every: 30m", "update_every: 3h"), ("within: 30m", "within: 5h"), ("4h}, severities: [SEV2]", "4h}")
    )
    assert [one.line for one in told] == sorted(one.line for one in told)
    assert len(told) >= 2
    assert all(str(one).count("\n") == 0 and ": warning: " in str(one) for one in told)


def test_a_rule_that_declares_another_severity_than_its_runbook_says_is_suspicious(tmp_path: Path) -> None:
    folder = copy_of("default", tmp_path)
    file = folder / "playbook.yml"
    rule = "{name: Intrusion, declare: SEV3, runbook: security-breach}"
    file.write_text(file.read_text().replace("  - {suggest: true}", f"  - {rule}\n  - {{suggest: true}}"))
    [oddity] = suspicions(load(str(folder)))
    assert (oddity.key, oddity.problem) == ("alerts[4]", "SEV3, and the runbook security-breach says SEV1")
