"""Every kind of fault names its file, line and key, and says what is allowed there."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.playbooks import PlaybookFaults, load
from app.playbooks.files import LARGEST
from tests.playbooks.folders import copy_of, faults_of


@dataclass(frozen=True)
class Spoiled:
    """`old` in default's playbook.yml becomes `new`; the fault stands on the line that holds `on`."""

    old: str
    new: str
    key: str
    problem: str
    allowed: str
    on: str = ""


PRIMARY_ROW = "{step: 1, page: primary, when: declared, severities: [SEV1, SEV2, SEV3]}"

SPOILED = {
    "unknown key at the top": Spoiled(
        "title: Tocsin's", "titel: Tocsin's", "titel", "not a key that stands here", "did you mean title?"
    ),
    "unknown key below": Spoiled(
        "update_every: 15m", "update_evry: 15m", "severities[0].update_evry", "not a key", "did you mean update_every?"
    ),
    "missing key": Spoiled(
        "    means: Everybody is affected, or data or money is being lost\n",
        "",
        "severities[0].means",
        "missing",
        "write what such an incident is",
        on="- id: SEV1",
    ),
    "missing key at the top": Spoiled("name: default\n", "", "name", "missing", "what settings call", on="version: 1"),
    "text where a list belongs": Spoiled(
        "examples: [A wrong label, A broken link in the documentation]",
        "examples: A wrong label",
        "severities[3].examples",
        '"A wrong label" is not a list',
        "incidents of this severity",
    ),
    "a list where text belongs": Spoiled(
        "    name: Low", "    name: [Low]", "severities[3].name", "a list is not text", "one word for it"
    ),
    "a number where text belongs": Spoiled(
        "    name: Low", "    name: 4", "severities[3].name", "4 is not text", "one word for it"
    ),
    "text where a truth belongs": Spoiled(
        "    name: Low",
        "    name: Low\n    ticket: perhaps",
        "severities[3].ticket",
        '"perhaps" is not true or false',
        "it asks for a ticket",
        on="ticket: perhaps",
    ),
    "a list where a mapping belongs": Spoiled(
        "primary: {name: Primary on-call}",
        "primary: [Primary on-call]",
        "responders.primary",
        "a list is not a mapping",
        "somebody whom the escalation policy can page",
    ),
    "key without a value": Spoiled(
        "timezone: UTC", "timezone:", "timezone", "without a value", "leave the key out", on="timezone:"
    ),
    "key written twice": Spoiled(
        "timezone: UTC", "timezone: UTC\ntimezone: UTC", "timezone", "first on line 5", "keep one", on="line 6"
    ),
    "customers' mail beside that of people inside": Spoiled(
        "timezone: UTC",
        "timezone: UTC\nmail:\n  all: {to: a@example.com, when: [declared, customers_told]}",
        "mail.all",
        "customers_told beside declared",
        "make two lists",
        on="  all: {to:",
    ),
    "an address with more than itself": Spoiled(
        "timezone: UTC",
        'timezone: UTC\nmail:\n  all: {to: ["a@example.com, b@example.com"], when: declared}',
        "mail.all.to[0]",
        "is not an e-mail address",
        "write the address alone",
        on="  all: {to:",
    ),
    "severity written twice": Spoiled(
        "id: SEV4", "id: sev3", "severities[3].id", '"sev3" is the id of 2 severities', "give each its own"
    ),
    "step written twice": Spoiled(
        f"  - {PRIMARY_ROW}\n",
        f"  - {PRIMARY_ROW}\n  - {PRIMARY_ROW.replace('declared', '{open: 2h}')}\n",
        "escalation[1]",
        "2 rows are step 1 and page primary",
        "one row whose `when` is a list",
        on="{open: 2h}",
    ),
    "tag written twice": Spoiled(
        "  - user-impact\n", "  - user-impact\n  - user-impact\n", "tags", "user-impact written", "keep one", on="tags:"
    ),
    "no duration": Spoiled(
        "update_every: 30m",
        'update_every: "30 minutes"',
        "severities[1].update_every",
        '"30 minutes" is not a duration',
        "write 30m, 2h, 1h30m or 3d",
    ),
    "a bare number for a duration": Spoiled(
        "update_every: 30m", "update_every: 30", "severities[1].update_every", "30 is not a duration", "write 30m"
    ),
    "no time at all": Spoiled(
        "update_every: 30m", "update_every: 0m", "severities[1].update_every", "no time at all", "leave the key out"
    ),
    "no limit": Spoiled(
        "end of next business day",
        "tomorrow",
        "severities[3].acknowledge_within",
        '"tomorrow" is not a duration',
        '"end of next business day"',
    ),
    "the wrong limit": Spoiled(
        "{unacknowledged: acknowledge_within}",
        "{unacknowledged: resolve_within}",
        "escalation[1].when.unacknowledged",
        '"resolve_within" is not a duration',
        "or acknowledge_within",
    ),
    "unknown severity": Spoiled(
        "severities: [SEV1, SEV2, SEV3]}\n  - {step: 2",
        "severities: [SEV1, SEV2, SEVE3]}\n  - {step: 2",
        "escalation[0].severities[2]",
        '"SEVE3" is not a severity of this playbook',
        "did you mean SEV3? (allowed: SEV1, SEV2, SEV3, SEV4)",
    ),
    "unknown responder": Spoiled(
        "page: primary,", "page: primry,", "escalation[0].page", '"primry" is not a responder', "did you mean primary?"
    ),
    "role for a responder": Spoiled(
        "page: incident-manager", "page: commander", "escalation[2].page", '"commander" is a role', "incident-manager"
    ),
    "unknown trigger": Spoiled(
        "when: declared, sev",
        "when: declred, sev",
        "escalation[0].when",
        '"declred" is not a word for this',
        "did you mean declared? (allowed: declared, next business hour)",
    ),
    "unknown trigger with a time": Spoiled(
        "{unacknowledged: acknowledge_within}",
        "{unacknowleged: 5m}",
        "escalation[1].when.unacknowleged",
        "not a key",
        "did you mean unacknowledged?",
    ),
    "two triggers at once": Spoiled(
        "{open: 1h, severities: [SEV2]}",
        "{open: 1h, undiagnosed: 1h}",
        "escalation[2].when[1]",
        "says open and undiagnosed",
        "write exactly one of at, unacknowledged, open, undiagnosed, tag",
    ),
    "unknown tag": Spoiled(
        "{tag: [security-breach, data-loss]}",
        "{tag: [security-breach, dataloss]}",
        "escalation[3].when[1].tag[1]",
        '"dataloss" is not a tag of this playbook',
        "did you mean data-loss?",
    ),
    "another first role": Spoiled(
        "  commander:\n", "  leader:\n", "roles", 'the first role is "leader"', "let commander stand first", on="roles:"
    ),
    "unknown zone": Spoiled(
        "timezone: UTC", "timezone: Europe/Berln", "timezone", "is not a time zone", "did you mean Europe/Berlin?"
    ),
    "unknown status": Spoiled(
        "timezone: UTC",
        "timezone: UTC\nstatuses: {identfied: Mitigating}",
        "statuses.identfied",
        '"identfied" is not a word for this',
        "did you mean identified?",
        on="statuses",
    ),
    "unknown moment of a checklist": Spoiled(
        "when: monitoring", "when: monitored", "checklists.verification.when", '"monitored" is not', "monitoring?"
    ),
    "empty list": Spoiled(
        "{tag: [security-breach, data-loss]}", "{tag: []}", "escalation[3].when[1].tag", "empty", "one of these tags"
    ),
    "id with a space": Spoiled(
        "  secondary: {name", "  second one: {name", "responders.second one", "is not an id", "letters, digits, - and _"
    ),
    "emoji without colons": Spoiled(
        '":red_circle:"', "red_circle", "severities[0].emoji", '"red_circle" is not an emoji', "in colons"
    ),
    "no channel": Spoiled(
        "announce: incidents}", "announce: All Incidents}", "channels.announce", "cannot be the name of a channel", "80"
    ),
    "no name of its own for each incident": Spoiled(
        "incident-{number}", "incident-{year}", "channels.incident", "gives two incidents the same name", "{number}"
    ),
    "unknown number in a name": Spoiled(
        "incident-{number}", "incident-{nmber}", "channels.incident", '"{nmber}" stands for nothing', "mean number?"
    ),
    "a name that is no channel": Spoiled(
        "incident-{number}", "Incident {number}", "channels.incident", "cannot become the name of a channel", "write it"
    ),
    "a name that reaches into a number": Spoiled(
        "incident-{number}", "incident-{number.real}", "channels.incident", "stands for nothing", "number_in_year"
    ),
    "a number as wide as memory": Spoiled(
        "{number}",
        "{number:0999999999d}-{number}",
        "channels.incident",
        "in a way that is not known",
        "03d",
        on="{number:0",
    ),
    "a brace that does not close": Spoiled(
        "incident-{number}", "incident-{number", "channels.incident", "cannot be read", "write it like"
    ),
    "no day for a holiday": Spoiled(
        "timezone: UTC",
        "business_hours: {holidays: [2026-12-25, 2026-13-01]}",
        "business_hours.holidays[1]",
        '"2026-13-01" is not a day',
        "write it as 2026-12-25",
    ),
    "unknown country": Spoiled(
        "timezone: UTC",
        "business_hours: {holidays: [{country: Germany}]}",
        "business_hours.holidays[0]",
        '"Germany" is not a country',
        "two letters",
    ),
    "unknown part of a country": Spoiled(
        "timezone: UTC",
        "business_hours: {holidays: [{country: DE, subdivision: BX}]}",
        "business_hours.holidays[0]",
        '"BX" is not a part of DE',
        "BY",
    ),
    "no day of the week": Spoiled(
        "timezone: UTC", "business_hours: {days: [mon..fry]}", "business_hours.days", "is not a day", "did you mean fri"
    ),
    "no working day": Spoiled(
        "timezone: UTC", "business_hours: {days: []}", "business_hours.days", "names no working day", "mon..fri"
    ),
    "no time of day": Spoiled(
        "timezone: UTC", "business_hours: {opens: 9}", "business_hours.opens", "9 is not a time of day", '"09:00"'
    ),
    "closed before it opens": Spoiled(
        "timezone: UTC",
        'business_hours: {opens: "17:00", closes: "09:00"}',
        "business_hours",
        "opens 17:00 and closes 09:00",
        "later on the same day",
    ),
    "minutes out of range": Spoiled(
        "minutes: 20", "minutes: 0", "postmortem.agenda[1].minutes", "0 is out of range", "it must be greater than"
    ),
    "text over several lines": Spoiled(
        "    name: Low", '    name: "Low\\nLower"', "severities[3].name", "more than one line", "write it in one"
    ),
    "text without end": Spoiled("    name: Low", f"    name: {'Low' * 99}", "severities[3].name", "too long", "75"),
    "a runbook of an alert that there is none of": Spoiled(
        "  - {suggest: true}",
        "  - {suggest: true, runbook: databse-connections}",
        "alerts[4].runbook",
        '"databse-connections" is not a runbook of this playbook',
        "did you mean database-connections?",
    ),
    "an alert that is both suggested and ignored": Spoiled(
        "  - {suggest: true}",
        "  - {suggest: true, ignore: true}",
        "alerts[4]",
        "says suggest and ignore",
        "write exactly one of declare, suggest, attach, ignore",
    ),
    "a channel of a suggestion that Slack does not take": Spoiled(
        "  - {suggest: true}", '  - {suggest: "#Incidents"}', "alerts[4].suggest", "cannot be the name", "without the #"
    ),
    "tags of alerts that are ignored": Spoiled(
        "{name: [Watchdog, DeadMansSwitch, InfoInhibitor], ignore: true}",
        "{name: Watchdog, ignore: true, tags: [data-loss]}",
        "alerts[0]",
        "tags of alerts that are ignored",
        "leave tags out",
    ),
    "a severity beside what is declared": Spoiled(
        "{labels: {severity: SEV1}, declare: SEV1}",
        "{labels: {severity: SEV1}, declare: SEV1, severity: SEV2}",
        "alerts[2]",
        "severity without suggest",
        "write the severity after declare",
    ),
    "a monitor that nobody knows": Spoiled(
        "  - {suggest: true}",
        "  - {suggest: true, source: alertmanger}",
        "alerts[4].source",
        '"alertmanger" is not a word for this',
        "did you mean alertmanager?",
    ),
    "another version": Spoiled("version: 1", "version: 2", "version", "2 is not a word for this", "allowed: 1"),
    "an alias": Spoiled(
        "  secondary: {name: Secondary on-call}",
        "  again: &again {name: Again}\n  secondary: *again",
        "responders.secondary",
        "an alias of again",
        "write the value itself",
        on="*again",
    ),
    "a tag of YAML": Spoiled(
        "title: Tocsin's", "title: !!python/object:os.system Tocsin's", "title", "tagged", "write the value itself"
    ),
    "no YAML": Spoiled("name: default", "name: default: playbook", "", "not YAML (mapping values", "quote text"),
    "a tab": Spoiled("  - user-impact", "\t- user-impact", "", "not YAML", "indent with spaces"),
    "two documents": Spoiled("timezone: UTC", "---\ntimezone: UTC", "", "a second document", "keep one", on="---"),
}


@pytest.mark.parametrize("spoiled", SPOILED.values(), ids=SPOILED.keys())
def test_a_fault_names_file_line_and_key_and_what_is_allowed(tmp_path: Path, spoiled: Spoiled) -> None:
    file = copy_of("default", tmp_path) / "playbook.yml"
    good = file.read_text()
    assert good.count(spoiled.old) >= 1
    file.write_text(good.replace(spoiled.old, spoiled.new, 1))

    told = [fault for fault in faults_of(file.parent) if fault.key == spoiled.key]

    assert len(told) == 1
    fault = told[0]
    assert fault.file == file
    assert fault.line == line_of(spoiled.on or spoiled.new.splitlines()[0], file)
    assert spoiled.problem in fault.problem
    assert spoiled.allowed in fault.allowed
    assert "\n" not in str(fault)
    assert str(fault).endswith(f"{fault.problem}; {fault.allowed}")


def line_of(text: str, file: Path) -> int:
    if numbered := re.fullmatch(r"line (\d+)", text):
        return int(numbered[1])
    return next(number for number, line in enumerate(file.read_text().splitlines(), 1) if text in line)


def test_all_faults_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    folder = copy_of("default", tmp_path)
    file = folder / "playbook.yml"
    spoiled = file.read_text().replace("resolve_within: 1h", "resolve_within: one hour")
    spoiled = spoiled.replace("page: secondary", "page: tertiary").replace("minutes: 20", "minutes: twenty")
    file.write_text(spoiled)
    (folder / "messages" / "update.j2").write_text("{{ nothing }}")

    keys = [fault.key for fault in faults_of(folder)]

    expected = ["nothing", "severities[0].resolve_within", "escalation[1].page", "postmortem.agenda[1].minutes"]
    assert keys == expected


def test_a_fault_reads_as_one_line_seen_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = copy_of("default", tmp_path) / "playbook.yml"
    file.write_text(file.read_text().replace("update_every: 30m", 'update_every: "30 minutes"'))
    monkeypatch.chdir(tmp_path)

    with pytest.raises(PlaybookFaults) as refused:
        load("./default")

    line = line_of("30 minutes", file)
    assert str(refused.value) == (
        f'default/playbook.yml:{line}: severities[1].update_every: "30 minutes" is not a duration; '
        'write 30m, 2h, 1h30m or 3d, "next business hour" or "end of next business day"'
    )


def test_a_name_that_does_not_ship_is_told_with_those_that_do() -> None:
    with pytest.raises(PlaybookFaults, match=r"no such playbook; write a folder, or did you mean default\?"):
        load("defualt")


@pytest.mark.parametrize("name", ["", "/", "\0", "a" * 5000, "..", "default/nothing"])
def test_no_name_is_more_than_a_fault(name: str) -> None:
    with pytest.raises(PlaybookFaults):
        load(name)


def test_an_empty_folder_is_told_as_a_missing_file(tmp_path: Path) -> None:
    faults = faults_of(tmp_path)
    assert ("playbook.yml", "missing") in [(fault.file.name, fault.problem) for fault in faults]


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    folder = copy_of("default", tmp_path)
    (folder / "playbook.yml").write_bytes(b"#" * (LARGEST + 1))
    assert [fault.problem for fault in faults_of(folder)] == ["larger than 1 MiB"]


def test_a_file_that_is_no_file_is_told(tmp_path: Path) -> None:
    folder = copy_of("default", tmp_path)
    (folder / "playbook.yml").unlink()
    os.mkfifo(folder / "playbook.yml")
    assert [fault.problem for fault in faults_of(folder)] == ["not a file"]


def test_a_file_that_is_no_text_is_told_with_its_line(tmp_path: Path) -> None:
    folder = copy_of("default", tmp_path)
    (folder / "playbook.yml").write_bytes(b"name: default\ntitle: \xff\n")
    assert [(fault.line, fault.problem) for fault in faults_of(folder)] == [(2, "not UTF-8 (byte 0xff)")]


def test_a_bomb_of_aliases_goes_off_as_one_fault(tmp_path: Path) -> None:
    folder = copy_of("default", tmp_path)
    layers = [f"l{at}: &l{at} [{', '.join([f'*l{at - 1}'] * 9)}]" for at in range(1, 30)]
    (folder / "playbook.yml").write_text("\n".join(["l0: &l0 [x]", *layers]))
    assert [fault.key for fault in faults_of(folder)] == ["l1[0]"]


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_what_is_nested_too_deeply_is_told(tmp_path: Path, opening: str) -> None:
    folder = copy_of("default", tmp_path)
    (folder / "playbook.yml").write_text(opening * 20_000)
    assert [fault.problem for fault in faults_of(folder)] == ["nested too deeply"]


@pytest.mark.parametrize("content", ["", "# nothing\n", "[]", "just words", "null", "5"])
def test_a_file_that_says_nothing_is_told(tmp_path: Path, content: str) -> None:
    folder = copy_of("default", tmp_path)
    (folder / "playbook.yml").write_text(content)
    assert faults_of(folder)


@dataclass(frozen=True)
class Misworded:
    """`text` as the second line of a template, and what is said about it."""

    text: str
    key: str
    problem: str
    allowed: str


MISWORDED = {
    "unknown variable": Misworded("{{ incidnt.title }}", "incidnt", "no variable", "did you mean incident?"),
    "unknown part": Misworded("{{ incident.titel }}", "incident.titel", "not a part of", "did you mean title?"),
    "part of another event": Misworded("{{ event.root_cause }}", "event.root_cause", "not a part of event", "actions"),
    "unknown filter": Misworded("{{ event.at | tme }}", "tme", "no filter", "did you mean time?"),
    "open block": Misworded("{% if incident %}", "", "not a template", "{% if … %} … {% endif %}"),
    "broken expression": Misworded("{{ incident. }}", "", "not a template", "{{ value }}"),
    "loops that do not end": Misworded(
        "{% if incident %}{% for a in range(999) %}{% for b in range(999) %}{% endfor %}{% endfor %}{% endif %}",
        "",
        "too much for one message: it takes more than 20,000 steps",
        "loop over less",
    ),
    "text without an end": Misworded("{{ 'x' | center(10**7) | line }}", "", "too much for one message", "repeat less"),
    "unknown include": Misworded("{% include 'updaet.j2' %}", "updaet.j2", "no template of that name", "update.j2"),
}


@pytest.mark.parametrize("misworded", MISWORDED.values(), ids=MISWORDED.keys())
def test_a_template_that_cannot_be_used_is_told(tmp_path: Path, misworded: Misworded) -> None:
    file = copy_of("default", tmp_path) / "messages" / "update.j2"
    file.write_text(f"An update.\n{misworded.text}\n")

    fault = faults_of(file.parents[1])[0]

    assert (fault.file, fault.line, fault.key) == (file, 2, misworded.key)
    assert misworded.problem in fault.problem
    assert misworded.allowed in fault.allowed


@pytest.mark.parametrize("name", ["messages/customer.j2", "postmortem.md.j2"])
def test_a_template_that_nobody_else_words_cannot_be_missing(tmp_path: Path, name: str) -> None:
    folder = copy_of("default", tmp_path)
    (folder / name).unlink()
    assert [(fault.file, fault.problem) for fault in faults_of(folder)] == [(folder / name, "missing")]


def test_a_message_that_tocsin_words_may_be_left_to_it(tmp_path: Path) -> None:
    folder = copy_of("default", tmp_path)
    (folder / "messages" / "declared.j2").unlink()
    assert faults_of(folder) == ()


def test_a_template_that_no_message_is_made_from_is_told(tmp_path: Path) -> None:
    folder = copy_of("default", tmp_path)
    (folder / "messages" / "updates.j2").write_text("never shown")
    fault = faults_of(folder)[0]
    assert fault.problem == "no message has that name"
    assert "did you mean update.j2?" in fault.allowed


MAIL_FAULTS = {
    "updates.j2": ("x", "no mail has that name"),
    "update.j2": ("Update\n{{ evnt.happening }}", "no variable that a mail is given"),
    "declared.html.j2": ("{{ incident.title | lien }}", "no filter of mail"),
    "resolved.j2": ("{% if %}", "not a template"),
    "reopened.j2": ("Open again\n{{ list * 2 }}{{ 'x' * 10**7 }}", "too much for one message"),
}


@pytest.mark.parametrize("name", MAIL_FAULTS)
def test_a_mail_that_cannot_be_written_is_told(tmp_path: Path, name: str) -> None:
    content, problem = MAIL_FAULTS[name]
    mail = copy_of("default", tmp_path) / "messages" / "mail"
    mail.mkdir(parents=True)
    (mail / name).write_text(content)
    (mail / "cancelled.j2").write_text("Over\n{{ incident.title | line }} {{ at }}")
    [fault] = faults_of(tmp_path / "default")
    assert fault.file == mail / name
    assert problem in fault.problem
