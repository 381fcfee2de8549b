"""`tocsin playbook simulate`: a playbook tried in virtual time."""

import json
from pathlib import Path

import pytest

from app.playbooks.shipped import shipped
from tests.cli.terminal import Terminal, Told
from tests.playbooks.folders import copy_of

WHEN = ("--declared-at", "2026-03-02T10:00")
SEV1 = ("playbook", "simulate", "default", "--severity", "SEV1", *WHEN)


@pytest.fixture
def tocsin(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(monkeypatch, capsys)


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """The default playbook with a slower rhythm, an earlier step, and one that is gone."""
    folder = copy_of("default", tmp_path)
    file = folder / "playbook.yml"
    text = file.read_text().replace("update_every: 15m", "update_every: 20m")
    text = text.replace("{open: 1h, severities: [SEV1]}", "{open: 30m, severities: [SEV1]}")
    file.write_text(text.replace("      - {at: declared, severities: [SEV1]}\n", ""))
    return folder


def test_the_timeline_is_read_from_top_to_bottom(tocsin: Terminal) -> None:
    told = tocsin(*SEV1)
    assert told.status == 0
    assert told.lines[0] == "default, SEV1 Critical: declared Mon 2 Mar 2026, 10:00 (UTC)"
    assert told.lines[1].split() == ["After", "At", "What", "Step", "Who", "Why"]
    assert told.lines[3].split() == ["at", "once", "10:00", "paged", "1", "Primary", "on-call", "SEV1", "declared"]
    assert told.lines[-1] == "What repeats goes on until somebody acts."


def test_what_repeats_is_one_line_that_says_how_often(tocsin: Terminal) -> None:
    (again,) = (line for line in tocsin(*SEV1, "--for", "40m").lines if "paged again" in line)
    assert "every 5 min, 7 times, until 10:40" in again


def test_the_columns_are_aligned_and_nothing_trails(tocsin: Terminal) -> None:
    printed = tocsin(*SEV1).out.splitlines()
    column = printed[2].index("What")
    assert all(line[column - 1] == " " and line[column] != " " for line in printed[3:-2])
    assert all(line == line.rstrip() for line in printed)


def test_json_holds_every_moment_by_the_seconds_since_the_declaration(tocsin: Terminal) -> None:
    events = json.loads(tocsin(*SEV1, "--acknowledge-after", "3m", "--for", "1h", "--json").out)
    assert events[0] == {
        "after": 0,
        "at": "2026-03-02T10:00:00+00:00",
        "event": "paged",
        "step": 1,
        "responders": ["Primary on-call"],
        "why": "default, step 1, SEV1 declared",
    }
    assert [(one["event"], one["after"], one["step"]) for one in events[2:]] == [
        ("nudged", 900, None),
        ("nudged", 1800, None),
        ("nudged", 2700, None),
        ("warned", 2880, None),
        ("paged", 3600, 4),
        ("breached", 3600, None),
        ("nudged", 3600, None),
    ]
    assert events[2]["responders"] == ["Primary on-call"]
    assert events[2]["why"] == "default, SEV1 asks for an update every 15 min"


def test_what_people_do_stands_in_the_timeline_and_not_in_json(tocsin: Terminal) -> None:
    acts = ("--acknowledge-after", "1m", "--identify-after", "2m", "--update-after", "3m", "--tag", "data-loss@4m")
    options = (*SEV1, *acts, "--resolve-after", "5m", "--for", "10m")
    kinds = [line.split()[3] for line in tocsin(*options).lines[3:] if "min" in line]
    assert kinds == ["acknowledged", "identified", "updated", "tagged", "paged", "resolved"]
    assert {one["event"] for one in json.loads(tocsin(*options, "--json").out)} == {"paged"}


def test_a_step_that_is_no_number_is_called_by_its_label(tocsin: Terminal, changed: Path) -> None:
    file = changed / "playbook.yml"
    file.write_text(file.read_text().replace("{step: 1, ", "{step: first, "))
    events = json.loads(tocsin("playbook", "simulate", str(changed), "--severity", "SEV2", *WHEN, "--json").out)
    assert events[0]["step"] == "first"


def test_a_change_is_shown_as_what_is_gone_new_and_moved(tocsin: Terminal, changed: Path) -> None:
    told = tocsin(*SEV1, "--acknowledge-after", "1m", "--diff", str(changed))
    changes = told.lines[3:]
    assert told.lines[0].startswith("- default, SEV1")
    assert told.lines[1].startswith("+ default, SEV1")
    assert [line[0] for line in changes] == ["-", "-", "+", "-", "+"]
    assert "Incident manager" in changes[0]
    assert "every 15 min" in changes[1]
    assert "every 20 min" in changes[2]
    assert "open 1 h" in changes[3]
    assert "open 30 min" in changes[4]


def test_changes_are_for_scripts_too(tocsin: Terminal, changed: Path) -> None:
    found = json.loads(tocsin(*SEV1, "--acknowledge-after", "1m", "--for", "1h", "--diff", str(changed), "--json").out)
    assert [one["change"] for one in found] == ["removed", "moved", "moved"]
    assert found[0]["before"]["responders"] == ["Incident manager"]
    assert found[0]["after"] is None
    assert (found[1]["before"]["every"], found[1]["after"]["every"]) == (900, 1200)
    assert (found[2]["before"]["after"], found[2]["after"]["after"]) == (3600, 1800)


def test_two_playbooks_that_do_the_same_are_said_to(tocsin: Terminal) -> None:
    assert tocsin(*SEV1, "--diff", "default").lines[-1] == "Both do the same."


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--severity", "SEV11"), "did you mean SEV1?"),
        ((), "--severity and one of: SEV1, SEV2, SEV3, SEV4"),
        (("--severity", "SEV1", "--acknowledge-after", "soon"), "--acknowledge-after"),
        (("--severity", "SEV1", "--update-after", "15"), "write 30m, 2h"),
        (("--severity", "SEV1", "--resolve-after", "999d"), "366d is the most"),
        (("--severity", "SEV1", "--resolve-after", "999999999999999d"), "--resolve-after"),
        (("--severity", "SEV1", "--for", "-1h"), "--for"),
        (("--severity", "SEV1", "--declared-at", "yesterday"), "zone, UTC"),
        (("--severity", "SEV1", "--declared-at", "9999-12-31T23:59"), "from 2000 to 2100"),
        (("--severity", "SEV1", "--tag", "data-los"), "did you mean data-loss?"),
        (("--severity", "SEV1", "--tag", "data-loss@"), ""),
        (("--severity", "SEV1", "--tag", "data-loss@noon"), "--tag"),
        (
            ("--severity", "SEV1", "--resolve-after", "1h", "--acknowledge-after", "2h"),
            "--acknowledge-after comes after",
        ),
        (("--severity", "SEV1", "--resolve-after", "1h", "--tag", "data-loss@2h"), "--tag data-loss comes after"),
        (("--severity", "SEV1", "--diff", "nowhere"), "no such playbook"),
    ],
)
def test_what_cannot_be_played_is_one_line(tocsin: Terminal, options: tuple[str, ...], said: str) -> None:
    told: Told = tocsin("playbook", "simulate", "default", *options)
    if not said:
        assert told.status == 0
        return
    assert told.status != 0
    assert len(told.err.splitlines()) == 1
    assert said in told.err


def test_a_severity_that_only_one_of_two_playbooks_has_is_said_of_the_other(tocsin: Terminal) -> None:
    folder = shipped() / "playbooks" / "eazepay"
    told = tocsin(*SEV1, "--diff", str(folder))
    assert "no severity of eazepay" in told.err
