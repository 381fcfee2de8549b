"""Everything that a playbook can say beside its policy: read as the domain's values, or refused with its fault."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.domain.limits import Limit, Point
from app.domain.on_call import Calendar, Fixed, Override, Rotation
from app.domain.playbook import Draft, FollowUp, Milestone, Playbook, Step
from app.domain.reference import Contact, Drill, DrillScript, ErrorBudget, Inject, Period, Review, Target, Tool
from app.playbooks import load
from app.playbooks.measures import Measured, read_measure, read_percent
from app.playbooks.shipped import shipped
from tests.playbooks.folders import faults_of

SCRIPT = """\
title: The payment gateway slows down
severity: SEV2
services: [payments]
tags: [data-loss]
injects:
  - {after: 5m, say: "The error rate passes 5 %"}
  - {after: 20m, say: "A customer calls"}
steps: [Declare it, Resolve it]
"""

FILE = """\
name: whole
title: Everything that can be said
timezone: Europe/Berlin
channels:
  incident: "{year}-{month:02d}-{day:02d}-{hour:02d}{minute:02d}-{service}"
  channel: "incident-{name}"
severities:
  - id: SEV1
    name: Critical
    means: All is down
    thresholds: ["error rate over 5 %", "p95 over 500 ms"]
    acknowledge_within: next business hour
    resolve_within: end of next business day
    update_every: end of next business day
    postmortem_within: next business hour
    monitor_for: 30m
    channel: "sev1-{name}"
  - {id: SEV2, name: High, means: Much is down, update_every: 30m}
escalation:
  - {step: 1, page: [primary, secondary], respond_within: 5m, when: declared}
  - {step: 2, notify: leadership, when: {open: 45m}}
  - {step: 3, page: primary, notify: [leadership, support], severity: SEV1, when: {open: 60m}, severities: [SEV2]}
milestones:
  room: {title: War room open, within: 5m, severities: [SEV2], reached: room}
  by-hand: {title: Mitigation under way, within: 30m}
responders:
  primary: {name: Primary on-call, slack: U0123ABCD}
  secondary: {name: Secondary on-call, slack: [U0123ABCD, S0123ABCD]}
  platform:
    name: Platform
    rotation:
      members: [U1A, U2B]
      every: 7d
      from: 2026-01-05
      at: "08:30"
      timezone: America/New_York
      overrides: [{member: U9Z, from: "2026-12-24 09:00", until: "2026-12-27 09:00"}]
  plain: {name: Plain, rotation: {members: [U1A], every: 1d, from: 2026-01-05}}
  data: {name: Data, calendar: {url: "https://calendar.example/oncall.ics", people: {Anna: U1A, "bo@example.com": U2B}}}
  files: {name: Files, calendar: {file: oncall.ics}}
  nobody: {name: Nobody yet}
roles: {commander: {name: Incident commander}}
tags: [data-loss]
checklists:
  day-1: {title: Day 1, when: resolved, severities: [SEV1], due: 24h, items: [Write to customers, Check the backups]}
  triage: {title: Triage, items: [Look]}
postmortem:
  agenda: [{topic: What happened, minutes: 15}]
  drafts: [{title: Timeline document, within: 1h, severities: [SEV1]}, {title: First draft, within: 24h}]
contacts:
  aws: {name: AWS Support, for: Infrastructure, email: a@example.com, phone: "+1 555", url: "https://aws.example",
        note: Have the account number at hand}
tools:
  grafana: {name: Grafana, group: Monitoring, note: Start here,
            url: "http://grafana:3000/d/x?var={service}&from={from_ms}&to={to_ms}&q={{a}}"}
metrics:
  - {metric: mttr, severities: [SEV1], below: 2h, note: Counted from the declaration}
  - {metric: availability, above: "99.9 %"}
  - {metric: response_time, below: "200 ms"}
  - {metric: frequency, note: Fewer each month}
error_budget: {objective: "99.95 %", over: 30d, severities: [SEV1]}
drills:
  monthly: {title: Monthly drill, every: month, severity: SEV2, script: monthly.yml, steps: [Choose a scenario]}
  yearly: {title: Yearly drill, every: year}
reviews:
  - {title: The runbooks, every: quarter}
links: {status_page: "https://status.example", bridge: "https://zoom.example/incident"}
"""


def folder_with(tmp_path: Path, playbook: str = FILE, script: str = SCRIPT) -> Path:
    folder = tmp_path / "whole"
    (folder / "drills").mkdir(parents=True)
    (folder / "playbook.yml").write_text(playbook)
    (folder / "drills" / "monthly.yml").write_text(script)
    (folder / "oncall.ics").write_text("BEGIN:VCALENDAR\nEND:VCALENDAR\n")
    (folder / "postmortem.md.j2").write_text((shipped() / "playbooks/default/postmortem.md.j2").read_text())
    (folder / "messages").mkdir()
    for message in (shipped() / "playbooks/default/messages").iterdir():
        (folder / "messages" / message.name).write_text(message.read_text())
    return folder


@pytest.fixture
def playbook(tmp_path: Path) -> Playbook:
    return load(str(folder_with(tmp_path)), date(2026, 3, 2)).playbook


def test_limits_may_be_told_in_business_time(playbook: Playbook) -> None:
    severity = playbook.rules.severities[0]
    hour, day = Limit(until=Point.NEXT_BUSINESS_HOUR), Limit(until=Point.END_OF_NEXT_BUSINESS_DAY)
    limits = (severity.acknowledge_within, severity.resolve_within, severity.update_every, severity.postmortem_within)
    assert limits == (hour, day, day, hour)
    assert playbook.rules.severities[1].update_every == Limit(timedelta(minutes=30))


def test_a_severity_has_thresholds_a_watch_and_channels_of_its_own(playbook: Playbook) -> None:
    severity = playbook.rules.severities[0]
    assert severity.thresholds == ("error rate over 5 %", "p95 over 500 ms")
    assert severity.monitor_for == timedelta(minutes=30)
    assert severity.channel == "sev1-{name}"
    assert playbook.rules.channel_template == "incident-{name}"


def test_a_step_pages_notifies_and_changes_the_severity(playbook: Playbook) -> None:
    first, second, third = playbook.rules.steps
    minutes = timedelta(minutes=5)
    assert (first.pages, first.respond_within, first.notifies) == (("primary", "secondary"), minutes, ())
    assert second == Step("2", (), second.when, notifies=("leadership",))
    assert (third.pages, third.notifies, third.severity) == (("primary",), ("leadership", "support"), "SEV1")


def test_milestones_are_reached_by_themselves_or_by_people(playbook: Playbook) -> None:
    assert playbook.rules.milestones == (
        Milestone("room", "War room open", timedelta(minutes=5), ("SEV2",), "room"),
        Milestone("by-hand", "Mitigation under way", timedelta(minutes=30)),
    )


def test_lists_and_drafts_come_due(playbook: Playbook) -> None:
    assert playbook.rules.follow_ups == (FollowUp("day-1", "Day 1", timedelta(days=1), 2, ("SEV1",)),)
    assert [one.severities for one in playbook.checklists] == [("SEV1",), ()]
    assert playbook.rules.drafts == (
        Draft("Timeline document", timedelta(hours=1), ("SEV1",)),
        Draft("First draft", timedelta(days=1)),
    )


def test_who_plays_a_responder_is_said_in_four_ways(playbook: Playbook) -> None:
    zone = ZoneInfo("America/New_York")
    override = Override("U9Z", datetime(2026, 12, 24, 9, tzinfo=zone), datetime(2026, 12, 27, 9, tzinfo=zone))
    start = date(2026, 1, 5)
    assert playbook.on_call == {
        "primary": Fixed(("U0123ABCD",)),
        "secondary": Fixed(("U0123ABCD", "S0123ABCD")),
        "platform": Rotation(("U1A", "U2B"), timedelta(days=7), start, time(8, 30), "America/New_York", (override,)),
        "plain": Rotation(("U1A",), timedelta(days=1), start, time(9), "Europe/Berlin"),
        "data": Calendar(url="https://calendar.example/oncall.ics", people={"Anna": "U1A", "bo@example.com": "U2B"}),
        "files": Calendar(file="oncall.ics"),
    }


def test_what_people_look_up(playbook: Playbook) -> None:
    url, note = "https://aws.example", "Have the account number at hand"
    assert playbook.contacts == (Contact("aws", "AWS Support", "Infrastructure", "a@example.com", "+1 555", url, note),)
    template = "http://grafana:3000/d/x?var={service}&from={from_ms}&to={to_ms}&q={{a}}"
    assert playbook.tools == (Tool("grafana", "Grafana", template, "Monitoring", "Start here"),)
    assert playbook.links == {"status_page": "https://status.example", "bridge": "https://zoom.example/incident"}
    assert playbook.reviews == (Review("The runbooks", Period.QUARTER),)


def test_what_is_measured(playbook: Playbook) -> None:
    assert playbook.metrics == (
        Target("mttr", below=timedelta(hours=2), severities=("SEV1",), note="Counted from the declaration"),
        Target("availability", above=99.9, percent=True),
        Target("response_time", below=timedelta(milliseconds=200)),
        Target("frequency", note="Fewer each month"),
    )
    assert playbook.error_budget == ErrorBudget(99.95, timedelta(days=30), ("SEV1",))


def test_the_budget_of_99_95_percent_is_21_6_minutes_in_30_days() -> None:
    assert ErrorBudget(99.95, timedelta(days=30)).allowance == timedelta(minutes=21.6)


def test_a_drill_may_have_a_script(playbook: Playbook) -> None:
    script = DrillScript(
        "The payment gateway slows down",
        "SEV2",
        ("payments",),
        ("data-loss",),
        (
            Inject(timedelta(minutes=5), "The error rate passes 5 %"),
            Inject(timedelta(minutes=20), "A customer calls"),
        ),
        ("Declare it", "Resolve it"),
    )
    assert playbook.drills == (
        Drill("monthly", "Monthly drill", Period.MONTH, ("Choose a scenario",), "SEV2", script),
        Drill("yearly", "Yearly drill", Period.YEAR),
    )


FAULTS = {
    "nothing done": (
        "step: 2, notify: leadership",
        "step: 2",
        "escalation[1]",
        "says nothing",
        "write at least one of page, notify, severity",
    ),
    "an answer asked of nobody": (
        "notify: leadership, when",
        "notify: leadership, respond_within: 5m, when",
        "escalation[1]",
        "respond_within without a page",
        "leave respond_within out",
    ),
    "a channel with its #": (
        "notify: leadership",
        'notify: "#leadership"',
        "escalation[1].notify",
        '"#leadership" cannot be the name of a channel',
        "without the #",
    ),
    "a severity that there is none of": (
        "severity: SEV1, when",
        "severity: SEV9, when",
        "escalation[2].severity",
        '"SEV9" is not a severity',
        "allowed: SEV1, SEV2",
    ),
    "a row twice": (
        "  - {step: 2, notify: leadership, when: {open: 45m}}\n",
        "  - {step: 2, notify: leadership, when: {open: 45m}}\n  - {step: 2, notify: leadership, when: declared}\n",
        "escalation[1]",
        "2 rows are step 2 and notify leadership",
        "one row whose `when` is a list",
    ),
    "no point of business time": (
        "acknowledge_within: next business hour",
        "acknowledge_within: next business day",
        "severities[0].acknowledge_within",
        '"next business day" is not a duration',
        '"next business hour" or "end of next business day"',
    ),
    "reached by nothing known": (
        "reached: room",
        "reached: rooms",
        "milestones.room.reached",
        '"rooms" is not a word for this',
        "did you mean room?",
    ),
    "a milestone without a time": (
        "title: Mitigation under way, within: 30m",
        "title: Mitigation under way",
        "milestones.by-hand.within",
        "missing",
        "how soon",
    ),
    "two ways to say who": (
        "slack: U0123ABCD}",
        "slack: U0123ABCD, calendar: {file: oncall.ics}}",
        "responders.primary",
        "says slack and calendar",
        "write at most one of slack, rotation, calendar",
    ),
    "no id of Slack": (
        "slack: U0123ABCD}",
        "slack: anna}",
        "responders.primary.slack",
        '"anna" is not a Slack id',
        "U0123ABCD",
    ),
    "a group that takes turns": (
        "members: [U1A, U2B]",
        "members: [U1A, S2B]",
        "responders.platform.rotation.members[1]",
        '"S2B" is not the Slack id of a member',
        "U0123ABCD",
    ),
    "turns too short": (
        "every: 1d",
        "every: 5m",
        "responders.plain.rotation",
        "turns shorter than an hour",
        "1h at least",
    ),
    "an override that ends before it begins": (
        'until: "2026-12-27 09:00"',
        'until: "2026-12-23 09:00"',
        "responders.platform.rotation.overrides[0]",
        "from 2026-12-24 09:00 until 2026-12-23 09:00",
        "let it end later",
    ),
    "no moment": (
        'until: "2026-12-27 09:00"',
        "until: 2026-12-27",
        "responders.platform.rotation.overrides[0].until",
        "is not a day and a time",
        '"2026-12-24 09:00"',
    ),
    "a calendar that is nowhere": (
        "calendar: {file: oncall.ics}",
        "calendar: {people: {Anna: U1A}}",
        "responders.files.calendar",
        "says nothing",
        "write exactly one of url, file",
    ),
    "a calendar that is not there": (
        "file: oncall.ics",
        "file: oncal.ics",
        "responders.files.calendar.file",
        'there is no file "oncal.ics"',
        "did you mean oncall.ics?",
    ),
    "a file elsewhere": (
        "file: oncall.ics",
        "file: ../oncall.ics",
        "responders.files.calendar.file",
        "is not a calendar's file",
        "beside playbook.yml",
    ),
    "a list that comes due before the end": (
        "when: resolved, severities: [SEV1], due: 24h",
        "when: monitoring, severities: [SEV1], due: 24h",
        "checklists.day-1",
        "due on a list that is posted when monitoring",
        "when: resolved",
    ),
    "a name that two incidents can have": (
        "{minute:02d}",
        "",
        "channels.incident",
        "gives two incidents the same name",
        "write it like",
    ),
    "a field that there is none of": (
        "-{service}",
        "-{servce}",
        "channels.incident",
        '"{servce}" stands for nothing here',
        "did you mean service?",
    ),
    "a word written like a number": (
        "-{service}",
        "-{service:03d}",
        "channels.incident",
        "in a way that is not known",
        "write it like",
    ),
    "a channel without the name": (
        '"sev1-{name}"',
        '"sev1-{severity}"',
        "severities[0].channel",
        "gives two incidents the same channel",
        "{name}",
    ),
    "a channel that Slack does not take": (
        '"sev1-{name}"',
        '"Sev 1 {name}"',
        "severities[0].channel",
        "cannot become the name of a channel",
        "{name}",
    ),
    "a link with a field that there is none of": (
        "var={service}",
        "var={svc}",
        "tools.grafana.url",
        '"{svc}" stands for nothing here',
        "service",
    ),
    "a link that is none": (
        'url: "http://grafana:3000',
        'url: "grafana:3000',
        "tools.grafana.url",
        "is not a link",
        "https://",
    ),
    "a link that runs": (
        '"https://status.example"',
        '"javascript:alert(1)"',
        "links.status_page",
        "is not a link",
        "https://",
    ),
    "a link that nobody knows": (
        "status_page:",
        "statuspage:",
        "links.statuspage",
        '"statuspage" is not a word for this',
        "did you mean status_page?",
    ),
    "no metric": (
        "metric: mttr",
        "metric: mtbf",
        "metrics[0].metric",
        '"mtbf" is not a word for this',
        "mtti",
    ),
    "both ways at once": (
        'above: "99.9 %"',
        'above: "99.9 %", below: "99.99 %"',
        "metrics[1]",
        "says below and above",
        "write at most one of below, above",
    ),
    "a metric of which nothing is said": (
        ", note: Fewer each month",
        "",
        "metrics[3]",
        "says nothing",
        "write at least one of below, above, note",
    ),
    "no measure": (
        'below: "200 ms"',
        "below: fast",
        "metrics[2].below",
        '"fast" is not a measure',
        '"99.9 %"',
    ),
    "more than all": (
        '"99.95 %"',
        '"100.5 %"',
        "error_budget.objective",
        "is not a percentage",
        "at most a hundred",
    ),
    "a script that is not there": (
        "script: monthly.yml",
        "script: montly.yml",
        "drills.monthly.script",
        'there is no file "montly.yml"',
        "did you mean monthly.yml?",
    ),
    "no period": (
        "every: quarter",
        "every: fortnight",
        "reviews[0].every",
        '"fortnight" is not a word for this',
        "month, quarter, year",
    ),
}


@pytest.mark.parametrize(("old", "new", "key", "problem", "allowed"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_says_where_it_is_and_what_is_allowed(  # noqa: PLR0917 -- each says one thing
    old: str, new: str, key: str, problem: str, allowed: str, tmp_path: Path
) -> None:
    assert old in FILE
    spoiled = FILE.replace(old, new, 1)
    folder = folder_with(tmp_path, spoiled)
    told = [fault for fault in faults_of(folder) if fault.key == key]
    assert len(told) == 1
    assert problem in told[0].problem
    assert allowed in told[0].allowed
    assert told[0].file == folder / "playbook.yml"
    changed = next(
        number
        for number, (was, now) in enumerate(zip(FILE.splitlines(), spoiled.splitlines(), strict=False), 1)
        if was != now
    )
    assert abs(told[0].line - changed) <= 10


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "problem"),
    [
        ("severity: SEV2", "severity: SEV7", 2, "severity", "is not a severity"),
        ("after: 20m", "after: later", 7, "injects[1].after", "is not a duration"),
        ("steps: [Declare", "stepps: [Declare", 8, "stepps", "not a key"),
        ("tags: [data-loss]", "tags: [fun]", 4, "tags[0]", "is not a tag"),
        ("title: The payment gateway slows down\n", "", 1, "title", "missing"),
    ],
)
def test_a_script_is_checked_as_the_playbook_is(  # noqa: PLR0917 -- each says one thing
    old: str, new: str, line: int, key: str, problem: str, tmp_path: Path
) -> None:
    folder = folder_with(tmp_path, script=SCRIPT.replace(old, new))
    [fault] = faults_of(folder)
    assert fault.file == folder / "drills" / "monthly.yml"
    assert (fault.line, fault.key) == (line, key)
    assert problem in fault.problem


@pytest.mark.parametrize(
    ("written", "measured"),
    [
        ("5m", Measured(timedelta(minutes=5))),
        ("1h30m", Measured(timedelta(minutes=90))),
        ("200 ms", Measured(timedelta(milliseconds=200))),
        ("1.5s", Measured(timedelta(seconds=1.5))),
        ("0.1 %", Measured(0.1, percent=True)),
        ("90%", Measured(90.0, percent=True)),
        (4, Measured(4.0)),
        ("4.5", Measured(4.5)),
    ],
)
def test_measures(written: object, measured: Measured) -> None:
    assert read_measure(written) == measured


@pytest.mark.parametrize("written", [None, True, [], "", "five", "-5m", "0 %", "101 %", "5 %%", "9" * 40, "1e3", "nan"])
def test_what_is_no_measure(written: object) -> None:
    with pytest.raises(ValueError, match="is not a"):
        read_measure(written)


@pytest.mark.parametrize("written", [99.9, "99,9 %", "% 99", "NaN %", "0.0 %"])
def test_what_is_no_percentage(written: object) -> None:
    with pytest.raises(ValueError, match="is not a percentage"):
        read_percent(written)
