"""Every template that ships says something whole about a full incident and about one of which little is known."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from app.domain import events as e
from app.domain.durations import in_words
from app.domain.incident import Incident, Resolution
from app.domain.playbook import Severity, Status
from app.domain.tracking import Ticket
from app.playbooks import Source, names
from app.playbooks.templates import WORDED_HERE
from app.slack.postmortem import Promise
from tests import shipped

START = datetime(2026, 11, 21, 10, 2, tzinfo=UTC)
EMOJI = re.compile(r":[a-z_]+:")
MESSAGES = ("declared", "update", "customer", "resolved")
TICKET = Ticket("OPS-7", "https://example.atlassian.net/browse/OPS-7", "In Progress")
PROMISE = Promise("Renew certificates by themselves", "", TICKET.state, TICKET)

RESOLUTION = Resolution(
    root_cause="A certificate ran out",
    fix="Renewed it",
    customer_impact="Nobody could pay for an hour",
    started_at=START - timedelta(minutes=5),
    detected_at=START - timedelta(minutes=1),
    ended_at=START + timedelta(minutes=60),
)

BARE = Incident(
    number=12,
    number_in_year=7,
    name="incident-12",
    title="Payment API down",
    severity="SEV1",
    declared_at=START,
    declared_by=None,
)
FULL = replace(
    BARE,
    declared_by="U1",
    services="payments",
    impact="Nobody can pay",
    roles={"commander": "U2"},
    acknowledged_at=START + timedelta(minutes=3),
    acknowledged_by="U2",
    identified_at=START + timedelta(minutes=20),
    resolution=RESOLUTION,
)

EVENTS: dict[str, tuple[e.Event, e.Event]] = {
    "declared": (
        e.Declared(START, "U1", 12, 7, "incident-12", "Payment API down", "SEV1", "payments", "Nobody can pay"),
        e.Declared(START, None, 12, 7, "incident-12", "Payment API down", "SEV1"),
    ),
    "update": (
        e.UpdatePosted(START, "U2", "identified", "investigating", "The certificate\nran out", "Asked", "Renew, 10:30"),
        e.UpdatePosted(START, "U2", "investigating", "investigating"),
    ),
    "resolved": (
        e.Resolved(START, "U2", "A certificate ran out", "Renewed it", "Nobody could pay", START, START, START),
        e.Resolved(START, "U2", "", "", "", START, START, START),
    ),
}
EVENTS["customer"] = EVENTS["update"]


@dataclass
class Row:
    at: datetime
    who: str
    what: str


def blank(what: str) -> str:
    return f"_To be filled in: {what}_"


def environment(source: Source) -> ImmutableSandboxedEnvironment:
    env = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(source.folder), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    env.filters |= {
        "time": lambda at: f"{at:%Y-%m-%d %H:%M} UTC",
        "member": lambda who: f"<@{who}>",
        "duration": in_words,
        "line": lambda text: " ".join(text.split()),
        "cell": lambda text: text.replace("|", "\\|"),
        "outside": lambda url, label: f"[{label}]({url})",
    }
    return env


def highest_of(name: str) -> Severity:
    return shipped.playbook(name).rules.severities[0]


def said(name: str, message: str, incident: Incident, *, full: bool, severity: Severity | None = None) -> str:
    source = shipped.source(name)
    severity = severity or source.playbook.rules.severities[0]
    context = {
        "incident": replace(incident, severity=severity.id),
        "severity": severity,
        "name": f"#{incident.name}",
        "commander": incident.commander,
        "event": EVENTS[message][0 if full else 1],
        "status": source.playbook.rules.status_label(incident.status),
        "next_update_at": START + timedelta(minutes=15) if full else None,
        "duration": timedelta(minutes=107) if full else None,
        "postmortem_due_at": START + timedelta(hours=72) if full else None,
    }
    return environment(source).get_template(f"messages/{message}.j2").render(context)


def postmortem(name: str, incident: Incident, *, full: bool) -> str:
    source = shipped.source(name)
    moments = ("started", "detected", "declared", "acknowledged", "identified", "resolved")
    times = {moment: START + at * timedelta(minutes=9) if full else None for at, moment in enumerate(moments)}
    context: dict[str, Any] = {
        "incident": incident,
        "severity": source.playbook.rules.severities[0],
        "name": f"#{incident.name}",
        "status": "Resolved" if full else "Investigating",
        "times": times | {"declared": START},
        "measures": dict.fromkeys(("MTTD", "MTTA", "MTTR"), timedelta(minutes=107) if full else None),
        "timeline": [Row(START, "Ann", "declared | SEV1"), Row(START, "Bob", "acknowledged")] if full else [],
        "roles": [("Incident commander", "Bob")] if full else [],
        "resolution": incident.resolution if full else None,
        "agenda": source.playbook.agenda if full else (),
        "blank": blank,
        "follow_ups": [PROMISE] if full else [],
    }
    return environment(source).get_template("postmortem.md.j2").render(context)


every_playbook = pytest.mark.parametrize("name", names())
every_message = pytest.mark.parametrize("message", MESSAGES)
full_and_bare = pytest.mark.parametrize(("incident", "full"), [(FULL, True), (BARE, False)], ids=["full", "bare"])


@every_playbook
@every_message
@full_and_bare
@pytest.mark.parametrize("status", Status)
def test_the_first_line_is_a_sentence_that_stands_alone(
    name: str, message: str, incident: Incident, status: Status, *, full: bool
) -> None:
    text = said(name, message, replace(incident, status=status), full=full)
    first = text.splitlines()[0]
    assert len(first.split()) >= 5
    if message != "customer":
        assert f"{highest_of(name).id} Payment API down" in first
    assert len(EMOJI.findall(text)) == (0 if message == "customer" else 1)
    assert "!" not in text
    assert "None" not in text
    assert not re.search(r"\n\n\n|[ \t]\n| ,|\.\.", text)


@every_playbook
def test_the_alert_says_who_and_where_and_what_comes_next(name: str) -> None:
    text = said(name, "declared", FULL, full=True)
    status = shipped.playbook(name).rules.status_label(Status.INVESTIGATING)
    told = ("<@U1>", "<@U2>", "payments", "Nobody can pay", "#incident-12", status, "2026-11-21 10:17 UTC")
    assert all(each in text for each in told)


@every_playbook
def test_the_alert_leaves_out_what_nobody_knows_yet(name: str) -> None:
    for severity in shipped.playbook(name).rules.severities:
        text = said(name, "declared", BARE, full=False, severity=severity)
        assert not re.search(r"not known|nobody (yet|has)|no hypothesis|asks for none", text)
        assert not re.search(r"^\*(.*[Ii]mpact|Affected|Service|.*[Cc]ommander|Lead|On-call):\*", text, re.MULTILINE)


@every_playbook
def test_an_update_brings_its_news_in_the_first_line(name: str) -> None:
    lines = said(name, "update", FULL, full=True).splitlines()
    assert "The certificate ran out" in lines[0]
    assert any("Renew, 10:30" in line for line in lines[1:])
    assert any("2026-11-21 10:17 UTC" in line for line in lines[1:])


@every_playbook
@pytest.mark.parametrize("status", Status)
def test_customers_read_no_markup_and_no_names(name: str, status: Status) -> None:
    text = said(name, "customer", replace(FULL, status=status), full=True)
    assert "payments" in text
    assert not re.search(r"[<*_`]|@|SEV|P[0-4]|incident-12|certificate", text)
    assert ("2026-11-21 10:17 UTC" in text) == status.is_open


@every_playbook
def test_the_resolution_says_cause_fix_and_duration(name: str) -> None:
    text = said(name, "resolved", replace(FULL, status=Status.RESOLVED), full=True)
    told = ("1 h 47 min", "A certificate ran out", "Renewed it", "Nobody could pay", "2026-11-24 10:02 UTC")
    assert all(each in text for each in told)


TICKETS = {"multi-service": ["SEV4"], "fintech": ["SEV-3", "SEV-4"]}


@every_playbook
def test_low_severities_ask_for_a_ticket_where_the_source_does(name: str) -> None:
    for severity in shipped.playbook(name).rules.severities:
        text = said(name, "declared", BARE, full=False, severity=severity)
        assert (f"Open a ticket for it: {severity.id}" in text) == (severity.id in TICKETS.get(name, []))


@pytest.mark.parametrize(
    ("name", "without"), [("fintech", ["SEV-4"]), ("phase26", ["P2", "P3"])], ids=["fintech", "phase26"]
)
def test_a_war_room_is_named_where_there_is_one(name: str, without: list[str]) -> None:
    severities = shipped.playbook(name).rules.severities
    texts = {one.id: said(name, "declared", BARE, full=False, severity=one) for one in severities}
    assert [severity for severity, text in texts.items() if "*War room:*" not in text] == without
    # The call is the incident's own, which its channel links, and never a second one.
    assert "https://" not in "".join(texts.values())


@every_playbook
def test_a_drill_asks_for_no_postmortem(name: str) -> None:
    text = said(name, "resolved", replace(FULL, drill=True), full=False)
    assert re.search(r"^\*(Post-?mortem|Review \(PIR\)):\* none for a drill$", text, re.MULTILINE)


LABELS = {
    "default": {
        "declared": "Affected|Status|Commander|Channel|Next update|SEV1 is critical",
        "update": "Done|Next|Update by|Next update",
        "resolved": "Root cause|Fix|Customer impact|Postmortem",
    },
    "eazepay": {
        "declared": "Service|Status|Impact|Time|On-call|Channel|Next update",
        "update": "Status|Affected|Impact|Done|Next|Time|Next update",
        "resolved": "Service|Duration|Root cause|Fix|Impact|Post-mortem",
    },
    "multi-service": {
        "declared": ("Title|Time|Services affected|Impact|Status|Incident commander|Communication channel|Next update"),
        "update": "Status|Services affected|Current impact|Actions taken|Next steps|Next update",
        "resolved": "Resolution time|Root cause|Services affected|Resolution summary|Customer impact|Post-mortem",
    },
    "waqiti": {
        "declared": "Incident|Status|Affected|Impact|ETA|Lead|Bridge|Declared|Next update",
        "update": "Status|Impact|Done|ETA and next steps|Lead|Next update",
        "resolved": "Duration|Affected|Root cause|Fix|Customer impact|Post-mortem",
    },
    "fintech": {
        "declared": ("Incident|ID|Status|Severity|Affected|Impact|Start|Incident commander|ETA|War room|Next update"),
        "update": (
            "ID|Status|Severity|Impact|Root cause|Actions in progress|ETA to resolution|Last update|Next update"
        ),
        "resolved": "ID|Duration|Affected|Root cause|Fix|Customer impact|Status page|Post-mortem",
    },
    "phase26": {
        "declared": "Severity|Service|Metric and impact|Status|Declared|Incident commander|War room|Next update",
        "update": "Status|Service|Customer impact|Done|Next|Next update",
        "resolved": "Service|Duration|Root cause|Fix|Customer impact|Review (PIR)",
    },
}


@pytest.mark.parametrize(
    ("name", "message", "labels"),
    [(name, message, labels) for name, messages in LABELS.items() for message, labels in messages.items()],
)
def test_messages_keep_the_labels_of_their_source_in_their_order(name: str, message: str, labels: str) -> None:
    text = said(name, message, FULL, full=True)
    assert "|".join(re.findall(r"^\*(.+?):\*", text, re.MULTILINE)) == labels


HEADINGS = {
    "default": [
        *("Summary", "Impact", "Times", "Timeline", "Root cause", "Contributing factors", "What went well"),
        *("What to improve", "Follow-ups", "People", "Meeting"),
    ],
    "multi-service": [
        *("Incident Summary", "Times", "Timeline", "Root Cause", "Contributing Factors", "What Went Well"),
        *("What Could Be Improved", "Action Items", "Lessons Learned", "Meeting Agenda"),
    ],
    "eazepay": [
        *("Timeline", "Times", "Root cause", "Impact", "Resolution", "Lessons learned", "Action items", "Follow-up"),
        *("People", "Meeting"),
    ],
    "waqiti": [
        *("Summary", "Timeline of events", "Times", "Root cause analysis", "What went well", "What could be improved"),
        *("Action items", "Knowledge sharing", "People", "Meeting"),
    ],
    "fintech": [
        *("Summary", "Impact", "Timeline", "Times", "Root Cause", "Contributing Factors", "Lessons Learned"),
        *("Error Budget", "Action Items", "People", "Meeting"),
    ],
    "phase26": [
        *("Timeline", "Times", "Root cause", "Prevention", "Action items", "Runbooks", "Learnings", "People"),
        "Meeting",
    ],
}


@pytest.mark.parametrize(("name", "headings"), HEADINGS.items())
def test_the_postmortem_has_every_section(name: str, headings: list[str]) -> None:
    text = postmortem(name, FULL, full=True)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == headings


@every_playbook
def test_the_postmortem_has_every_time_and_measure(name: str) -> None:
    text = postmortem(name, FULL, full=True)
    assert re.findall(r"MTT[DAR]", text) == ["MTTD", "MTTA", "MTTR"]
    for moment in ("Started", "Detected", "Acknowledged", "Identified", "Resolved"):
        assert re.search(rf"^\| {moment} \| 2026-11-21 \d\d:\d\d UTC \|$", text, re.MULTILINE)


@every_playbook
@full_and_bare
def test_the_postmortem_is_markdown_whose_tables_hold(name: str, incident: Incident, *, full: bool) -> None:
    text = postmortem(name, incident, full=full)
    assert text.startswith("# Post")
    assert "None" not in text
    assert not re.search(r"\n\n\n|[ \t]\n", text)
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        widths = {len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}
        assert len(widths) == 1


@every_playbook
def test_the_postmortem_marks_what_nobody_has_said_yet(name: str) -> None:
    little, much = postmortem(name, BARE, full=False), postmortem(name, FULL, full=True)
    assert little.count("_To be filled in: ") > much.count("_To be filled in: ") > 4
    for known in ("A certificate ran out", "Renewed it", "Nobody could pay for an hour", "payments", "Bob"):
        assert known in much
        assert known not in little


@every_playbook
def test_what_was_promised_stands_in_the_postmortem_with_its_ticket(name: str) -> None:
    row = next(line for line in postmortem(name, FULL, full=True).splitlines() if PROMISE.text in line)
    assert "[OPS-7](https://example.atlassian.net/browse/OPS-7)" in row
    assert "_To be filled in: who_" in row


@every_playbook
def test_the_meeting_names_minutes_for_every_point(name: str) -> None:
    minutes = re.findall(r"^\d\. .+ \((\d+) min(?:utes)?\)$", postmortem(name, FULL, full=True), re.MULTILINE)
    assert minutes == ["15", "20", "15", "10"]


@every_playbook
def test_a_playbook_words_all_that_it_should(name: str) -> None:
    assert all((shipped.source(name).folder / template).is_file() for template in WORDED_HERE)
