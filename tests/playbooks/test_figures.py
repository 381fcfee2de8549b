"""The playbooks that ship say what `playbooks.md` settles; these tables are written from that page, not from them."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from app.domain.hours import BusinessHours
from app.domain.playbook import Limit, Rules, Severity, Trigger
from app.playbooks import load

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
NEXT_DAY = Limit()
ALL = ()


@dataclass(frozen=True)
class Row:
    """One line of the table of times."""

    id: str
    name: str
    emoji: str
    acknowledge: Limit | None
    resolve: Limit | None
    update: timedelta | None
    postmortem: timedelta | None
    own_channel: bool = True
    ticket: bool = False


TIMES = {
    "default": [
        Row("SEV1", "Critical", ":red_circle:", Limit(5 * MINUTE), Limit(HOUR), 15 * MINUTE, 72 * HOUR),
        Row("SEV2", "High", ":large_orange_circle:", Limit(15 * MINUTE), Limit(4 * HOUR), 30 * MINUTE, 72 * HOUR),
        Row("SEV3", "Medium", ":large_yellow_circle:", Limit(HOUR), Limit(24 * HOUR), 2 * HOUR, None),
        Row("SEV4", "Low", ":white_circle:", NEXT_DAY, None, None, None),
    ],
    "multi-service": [
        Row("SEV1", "Critical", ":red_circle:", Limit(15 * MINUTE), Limit(2 * HOUR), 15 * MINUTE, 72 * HOUR),
        Row("SEV2", "High", ":large_orange_circle:", Limit(30 * MINUTE), None, 30 * MINUTE, 72 * HOUR),
        Row("SEV3", "Medium", ":large_yellow_circle:", Limit(2 * HOUR), None, 2 * HOUR, None),
        Row("SEV4", "Low", ":white_circle:", NEXT_DAY, None, None, None, own_channel=False, ticket=True),
    ],
}

Told = tuple[str, tuple[str, ...], set[tuple[Trigger, timedelta | None, tuple[str, ...], tuple[str, ...]]]]
DECLARED, OPEN, UNACKNOWLEDGED, TAG = Trigger.DECLARED, Trigger.OPEN, Trigger.UNACKNOWLEDGED, Trigger.TAG

STEPS: dict[str, list[Told]] = {
    "default": [
        ("1", ("Primary on-call",), {(DECLARED, None, (), ("SEV1", "SEV2", "SEV3"))}),
        ("2", ("Secondary on-call",), {(UNACKNOWLEDGED, None, (), ("SEV1", "SEV2", "SEV3"))}),
        ("3", ("Incident manager",), {(DECLARED, None, (), ("SEV1",)), (OPEN, HOUR, (), ("SEV2",))}),
        (
            "4",
            ("Head of engineering",),
            {(OPEN, HOUR, (), ("SEV1",)), (TAG, None, ("security-breach", "data-loss"), ALL)},
        ),
    ],
    "multi-service": [
        (
            "1",
            ("Primary on-call",),
            {(DECLARED, None, (), ("SEV1", "SEV2")), (Trigger.NEXT_BUSINESS_HOUR, None, (), ("SEV3",))},
        ),
        (
            "2",
            ("Secondary on-call",),
            {
                (UNACKNOWLEDGED, 15 * MINUTE, (), ("SEV1", "SEV2")),
                (OPEN, 30 * MINUTE, (), ("SEV1",)),
                (OPEN, 60 * MINUTE, (), ("SEV2",)),
            },
        ),
        ("3", ("Engineering manager",), {(DECLARED, None, (), ("SEV1",))}),
        ("4", ("VP Engineering",), {(OPEN, 2 * HOUR, (), ("SEV1",))}),
        ("5", ("CTO",), {(OPEN, 4 * HOUR, (), ("SEV1",))}),
    ],
}

NAMES = {"default": "incident-12", "multi-service": "incident-2026-007"}

RESPONDERS = {
    "default": ["primary", "secondary", "incident-manager", "head-of-engineering"],
    "multi-service": ["primary", "secondary", "engineering-manager", "vp-engineering", "cto"],
}

CHECKLISTS = {
    "default": {"declared": ["triage"], "monitoring": ["verification"], "resolved": ["after"]},
    "multi-service": {
        "declared": ["investigation"],
        "monitoring": ["verification", "manual-verification"],
        "resolved": ["data"],
    },
}

TAGS = {"data-loss", "security-breach", "financial-impact", "multiple-services", "user-impact", "data-integrity"}

both = pytest.mark.parametrize("name", ["default", "multi-service"])


def row_of(severity: Severity) -> Row:
    return Row(
        severity.id,
        severity.name,
        severity.emoji,
        severity.acknowledge_within,
        severity.resolve_within,
        severity.update_every,
        severity.postmortem_within,
        severity.own_channel,
        severity.ticket,
    )


def steps_of(rules: Rules) -> list[Told]:
    return [
        (
            step.label,
            tuple(map(rules.responder_name, step.pages)),
            {(when.trigger, when.after, when.tags, when.severities) for when in step.when},
        )
        for step in rules.steps
    ]


@both
def test_severities_have_the_times_of_the_table(name: str) -> None:
    severities = load(name).playbook.rules.severities
    assert [row_of(severity) for severity in severities] == TIMES[name]
    assert all(severity.means and severity.examples for severity in severities)


@both
def test_steps_page_whom_the_table_names_and_when(name: str) -> None:
    assert steps_of(load(name).playbook.rules) == STEPS[name]


@both
def test_responders_have_the_ids_that_bindings_use(name: str) -> None:
    assert [one.id for one in load(name).playbook.rules.responders] == RESPONDERS[name]


@both
def test_incidents_are_announced_in_one_channel_and_named_by_number(name: str) -> None:
    rules = load(name).playbook.rules
    assert rules.announce == "incidents"
    assert not any(severity.announce for severity in rules.severities)
    assert rules.name_template.format(number=12, number_in_year=7, year=2026) == NAMES[name]


@both
def test_business_hours_are_nine_to_five_from_monday_to_friday(name: str) -> None:
    assert load(name).playbook.rules.hours == BusinessHours()


@both
def test_the_commander_comes_first_of_four_roles(name: str) -> None:
    roles = load(name).playbook.rules.roles
    assert [role.id for role in roles] == ["commander", "technical-lead", "communications-lead", "scribe"]
    assert roles[0].name == "Incident commander"
    assert all(role.briefing for role in roles)


@both
def test_checklists_stand_at_their_moment(name: str) -> None:
    playbook = load(name).playbook
    moments = {moment: [one.id for one in playbook.checklists_at(moment)] for moment in CHECKLISTS[name]}
    assert moments == CHECKLISTS[name]
    assert sum(map(len, moments.values())) == len(playbook.checklists)


@both
def test_tags_are_those_of_the_design(name: str) -> None:
    assert set(load(name).playbook.tags) == TAGS


@both
def test_the_postmortem_meeting_takes_an_hour(name: str) -> None:
    assert [minutes for _, minutes in load(name).playbook.agenda] == [15, 20, 15, 10]


def test_multi_service_says_mitigating_where_its_source_does() -> None:
    assert load("multi-service").playbook.rules.status_labels == {"identified": "Mitigating"}
    assert load("default").playbook.rules.status_labels == {}
