"""The playbooks that ship keep the times, the steps and the channels that were settled for their sources.

These tables are written from those rulings, not from the files.
"""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from app.domain.hours import BusinessHours
from app.domain.limits import Limit
from app.domain.playbook import Rules, Severity, Status, Trigger
from app.playbooks import names
from tests import shipped

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NEXT_DAY = Limit()
ALL = ()


@dataclass(frozen=True)
class Row:
    """One severity in the tables of times and of channels."""

    id: str
    name: str
    acknowledge: Limit | timedelta | None
    resolve: timedelta | None
    update: timedelta | None
    postmortem: timedelta | None
    announce: str = "incidents"
    own_channel: bool = True
    ticket: bool = False


TIMES = {
    "eazepay": [
        Row("P0", "Critical", 5 * MINUTE, HOUR, 15 * MINUTE, 72 * HOUR),
        Row("P1", "High", HOUR, 4 * HOUR, 30 * MINUTE, 72 * HOUR),
        Row("P2", "Medium", 4 * HOUR, None, 2 * HOUR, None),
        Row("P3", "Low", 24 * HOUR, None, None, None),
    ],
    "multi-service": [
        Row("SEV1", "Critical", 15 * MINUTE, 2 * HOUR, 15 * MINUTE, 72 * HOUR),
        Row("SEV2", "High", 30 * MINUTE, None, 30 * MINUTE, 72 * HOUR),
        Row("SEV3", "Medium", 2 * HOUR, None, 2 * HOUR, None),
        Row("SEV4", "Low", NEXT_DAY, None, None, None, own_channel=False, ticket=True),
    ],
    "waqiti": [
        Row("P1", "Critical", 15 * MINUTE, 2 * HOUR, 15 * MINUTE, 48 * HOUR),
        Row("P2", "High", 30 * MINUTE, 4 * HOUR, 30 * MINUTE, 48 * HOUR),
        Row("P3", "Medium", HOUR, 8 * HOUR, HOUR, None, announce="platform"),
        Row("P4", "Low", 4 * HOUR, 24 * HOUR, 4 * HOUR, None, announce="platform"),
    ],
    "fintech": [
        Row("SEV-1", "Critical", 15 * MINUTE, HOUR, 15 * MINUTE, 24 * HOUR),
        Row("SEV-2", "High", HOUR, HOUR, 30 * MINUTE, 24 * HOUR),
        Row("SEV-3", "Medium", 4 * HOUR, 4 * HOUR, 30 * MINUTE, None, ticket=True),
        Row("SEV-4", "Low", 24 * HOUR, None, None, None, own_channel=False, ticket=True),
    ],
    "phase26": [
        Row("P0", "Critical", 15 * MINUTE, None, 15 * MINUTE, 48 * HOUR, announce="incidents-prod"),
        Row("P1", "High", HOUR, None, 30 * MINUTE, 48 * HOUR, announce="incidents-prod"),
        Row("P2", "Medium", 4 * HOUR, None, 2 * HOUR, None, announce="incidents-prod", own_channel=False),
        Row("P3", "Low", NEXT_DAY, None, None, None, announce="incidents-prod", own_channel=False),
    ],
    "default": [
        Row("SEV1", "Critical", 5 * MINUTE, HOUR, 15 * MINUTE, 72 * HOUR),
        Row("SEV2", "High", 15 * MINUTE, 4 * HOUR, 30 * MINUTE, 72 * HOUR),
        Row("SEV3", "Medium", HOUR, 24 * HOUR, 2 * HOUR, None),
        Row("SEV4", "Low", NEXT_DAY, None, None, None),
    ],
}
EMOJI = [":red_circle:", ":large_orange_circle:", ":large_yellow_circle:", ":white_circle:"]

When = tuple[Trigger, timedelta | None, tuple[str, ...], tuple[str, ...]]
Told = tuple[str, tuple[str, ...], set[When]]
OPEN, UNACKNOWLEDGED, UNDIAGNOSED = Trigger.OPEN, Trigger.UNACKNOWLEDGED, Trigger.UNDIAGNOSED


def at_declaration(*severities: str) -> When:
    return (Trigger.DECLARED, None, (), severities)


def in_business_hours(*severities: str) -> When:
    return (Trigger.NEXT_BUSINESS_HOUR, None, (), severities)


def after(trigger: Trigger, time: timedelta | None, *severities: str) -> When:
    return (trigger, time, (), severities)


def tagged(*tags: str, severities: tuple[str, ...] = ALL) -> When:
    return (Trigger.TAG, None, tags, severities)


STEPS: dict[str, list[Told]] = {
    "eazepay": [
        ("1", ("On-call engineer",), {at_declaration()}),
        (
            "2",
            ("DevOps lead",),
            {
                after(UNACKNOWLEDGED, 15 * MINUTE, "P0", "P1"),
                after(OPEN, 30 * MINUTE, "P0", "P1"),
                tagged("multiple-services", "data-integrity"),
            },
        ),
        ("3", ("Engineering manager",), {after(OPEN, HOUR, "P0", "P1"), tagged("user-impact", "financial-impact")}),
        ("4", ("CTO",), {after(OPEN, 2 * HOUR, "P0", "P1"), tagged("security-breach", "data-loss")}),
    ],
    "multi-service": [
        ("1", ("Primary on-call",), {at_declaration("SEV1", "SEV2"), in_business_hours("SEV3")}),
        (
            "2",
            ("Secondary on-call",),
            {
                after(UNACKNOWLEDGED, 15 * MINUTE, "SEV1", "SEV2"),
                after(OPEN, 30 * MINUTE, "SEV1"),
                after(OPEN, 60 * MINUTE, "SEV2"),
            },
        ),
        ("3", ("Engineering manager",), {at_declaration("SEV1")}),
        ("4", ("VP Engineering",), {after(OPEN, 2 * HOUR, "SEV1")}),
        ("5", ("CTO",), {after(OPEN, 4 * HOUR, "SEV1")}),
    ],
    "waqiti": [
        ("1", ("Platform engineer",), {at_declaration()}),
        ("2", ("Senior platform engineer", "Product manager"), {after(UNACKNOWLEDGED, None)}),
        ("3", ("Platform lead", "CTO"), {after(OPEN, None, "P1", "P2")}),
        ("4", ("CEO",), {tagged("business-critical")}),
        ("security", ("Security team",), {tagged("security-breach")}),
    ],
    "fintech": [
        ("1", ("On-call engineer",), {at_declaration("SEV-1", "SEV-2", "SEV-3")}),
        ("1", ("Engineering manager",), {at_declaration("SEV-1")}),
        (
            "2",
            ("Engineering manager",),
            {
                after(UNDIAGNOSED, 15 * MINUTE, "SEV-1", "SEV-2"),
                tagged("multiple-services", "data-loss", "customer-escalation"),
            },
        ),
        (
            "3",
            ("VP Engineering",),
            {after(OPEN, 45 * MINUTE, "SEV-1", "SEV-2"), tagged("data-loss", severities=("SEV-1",))},
        ),
        ("raise", (), {after(OPEN, 60 * MINUTE, "SEV-2")}),
    ],
    "phase26": [
        ("1", ("Primary (DevOps engineer)",), {at_declaration("P0", "P1", "P2"), in_business_hours("P3")}),
        ("2", ("Secondary (backend engineer)",), {after(UNACKNOWLEDGED, 15 * MINUTE, "P0", "P1")}),
        ("3", ("Engineering manager",), {at_declaration("P0", "P1")}),
        ("4", ("CTO",), {after(OPEN, HOUR, "P0"), tagged("security-breach")}),
    ],
    "default": [
        ("1", ("Primary on-call",), {at_declaration("SEV1", "SEV2", "SEV3")}),
        ("2", ("Secondary on-call",), {after(UNACKNOWLEDGED, None, "SEV1", "SEV2", "SEV3")}),
        ("3", ("Incident manager",), {at_declaration("SEV1"), after(OPEN, HOUR, "SEV2")}),
        ("4", ("Head of engineering",), {after(OPEN, HOUR, "SEV1"), tagged("security-breach", "data-loss")}),
    ],
}

NUMBERS = {"number": 12, "number_in_year": 7, "year": 2026, "month": 11, "day": 2, "hour": 9, "minute": 5}
FIELDS = {**NUMBERS, "service": "auth", "severity": "any"}
NAMES = {
    "eazepay": "incident-12",
    "multi-service": "incident-2026-007",
    "waqiti": "incident-12",
    "fintech": "2026-11-02-0905-auth",
    "phase26": "incident-12",
    "default": "incident-12",
}

every_playbook = pytest.mark.parametrize("name", TIMES)


def rules_of(name: str) -> Rules:
    return shipped.playbook(name).rules


def as_limit(time: Limit | timedelta | None) -> Limit | None:
    return Limit(time) if isinstance(time, timedelta) else time


def times_of(row: Row) -> tuple[Limit | timedelta | None, ...]:
    return row.acknowledge, row.resolve, row.update, row.postmortem


def limits_of(one: Severity) -> tuple[Limit | None, ...]:
    return one.acknowledge_within, one.resolve_within, one.update_every, one.postmortem_within


def test_six_playbooks_ship() -> None:
    assert names() == sorted(TIMES)


@every_playbook
def test_severities_have_the_times_of_the_table(name: str) -> None:
    told = [(row.id, row.name, *map(as_limit, times_of(row))) for row in TIMES[name]]
    assert [(one.id, one.name, *limits_of(one)) for one in rules_of(name).severities] == told


@every_playbook
def test_severities_live_where_the_table_says(name: str) -> None:
    rules = rules_of(name)
    for row, one in zip(TIMES[name], rules.severities, strict=True):
        lives = (rules.announce_channel(one.id), one.own_channel, one.ticket)
        assert lives == (row.announce, row.own_channel, row.ticket)


@every_playbook
def test_severities_say_what_they_mean_and_look_alike_everywhere(name: str) -> None:
    severities = rules_of(name).severities
    assert [one.emoji for one in severities] == EMOJI
    assert all(one.means and one.examples for one in severities)


@every_playbook
def test_steps_page_whom_the_table_names_and_when(name: str) -> None:
    rules = rules_of(name)
    steps = [
        (
            step.label,
            tuple(map(rules.responder_name, step.pages)),
            {(when.trigger, when.after, when.tags, when.severities) for when in step.when},
        )
        for step in rules.steps
    ]
    assert steps == STEPS[name]


@every_playbook
def test_incidents_are_named_as_the_table_says(name: str) -> None:
    assert rules_of(name).name_template.format(**FIELDS) == NAMES[name]


@every_playbook
def test_business_hours_are_nine_to_five_from_monday_to_friday(name: str) -> None:
    assert rules_of(name).hours == BusinessHours()


@every_playbook
def test_the_commander_comes_first_and_every_role_is_briefed(name: str) -> None:
    roles = rules_of(name).roles
    assert roles[0].id == "commander"
    assert all(role.briefing for role in roles)


def test_channels_of_fintech_begin_with_the_severity_or_the_word_incident() -> None:
    rules = rules_of("fintech")
    channels = [(one.channel or rules.channel_template).format(name=NAMES["fintech"]) for one in rules.severities]
    assert channels[:3] == ["sev1-2026-11-02-0905-auth", *["incident-2026-11-02-0905-auth"] * 2]


@pytest.mark.parametrize("name", [name for name in TIMES if name != "fintech"])
def test_channels_of_the_others_are_called_like_the_incident(name: str) -> None:
    rules = rules_of(name)
    assert rules.channel_template == "{name}"
    assert not any(one.channel for one in rules.severities)


def test_fintech_raises_what_is_open_for_an_hour_and_gives_its_manager_five_minutes() -> None:
    *_, manager, _, raised = rules_of("fintech").steps
    assert (raised.severity, raised.pages, raised.notifies) == ("SEV-1", (), ())
    assert (manager.pages, manager.respond_within) == (("engineering-manager",), 5 * MINUTE)


def test_fintech_follows_the_protocol_of_its_second_severity() -> None:
    milestones = [(one.within, one.reached, one.severities) for one in rules_of("fintech").milestones]
    assert milestones == [
        (5 * MINUTE, "room", ("SEV-2",)),
        (15 * MINUTE, "identified", ("SEV-2",)),
        (30 * MINUTE, None, ("SEV-2",)),
        (60 * MINUTE, "resolved", ("SEV-2",)),
    ]


def test_fintech_has_the_roles_of_its_war_room() -> None:
    assert [role.name for role in rules_of("fintech").roles] == [
        "Incident commander",
        "Technical lead",
        "Communications lead",
        "Database administrator",
        "On-call engineers",
    ]


def test_phase26_watches_a_fix_for_half_an_hour() -> None:
    assert [one.monitor_for for one in rules_of("phase26").severities] == [30 * MINUTE] * 4


FOLLOW_UPS = {
    "multi-service": [("data", 24 * HOUR, 5)],
    "waqiti": [("first-hour", HOUR, 6)],
    "phase26": [("day-1", DAY, 5), ("week-1", 7 * DAY, 4), ("month-1", 30 * DAY, 4)],
}


@every_playbook
def test_follow_ups_come_due_when_the_source_says(name: str) -> None:
    told = [(one.id, one.after, one.items) for one in rules_of(name).follow_ups]
    assert told == FOLLOW_UPS.get(name, [])


def test_waqiti_wants_the_timeline_an_hour_after_the_resolution() -> None:
    (draft,) = rules_of("waqiti").drafts
    assert (draft.title, draft.within, draft.severities) == ("Timeline document", HOUR, ("P1", "P2"))


LABELS = {"multi-service": {"identified": "Mitigating"}, "fintech": {"investigating": "Active"}}


@every_playbook
def test_statuses_have_the_words_of_their_source(name: str) -> None:
    rules = rules_of(name)
    shown = {status.value: rules.status_label(status) for status in Status}
    assert {status: word for status, word in shown.items() if word != status.capitalize()} == LABELS.get(name, {})
