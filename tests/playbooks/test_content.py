"""What people look up in the playbooks that ship: lists, thresholds, contacts, targets, drills, runbooks.

Written from the sources and their rulings, not from the files.
"""

from datetime import timedelta

import pytest

from app.domain.links import LINK_FIELDS
from app.domain.playbook import Playbook
from app.domain.reference import Period
from app.playbooks import names
from tests import shipped

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

every_playbook = pytest.mark.parametrize("name", names())


def playbook_of(name: str) -> Playbook:
    return shipped.playbook(name)


TAGS = {
    "default": "data-loss security-breach financial-impact multiple-services user-impact data-integrity",
    "eazepay": "data-loss security-breach financial-impact multiple-services user-impact data-integrity",
    "multi-service": "data-loss security-breach financial-impact multiple-services user-impact data-integrity",
    "waqiti": "business-critical security-breach",
    "fintech": "multiple-services data-loss customer-escalation security-breach",
    "phase26": "security-breach data-loss data-integrity compliance",
}


@every_playbook
def test_every_tag_that_a_step_waits_for_is_among_the_tags(name: str) -> None:
    playbook = playbook_of(name)
    assert set(playbook.tags) == set(TAGS[name].split())
    awaited = {tag for step in playbook.rules.steps for when in step.when for tag in when.tags}
    assert awaited <= set(playbook.tags)


CHECKLISTS = {
    "default": {"triage": ("declared", 6), "verification": ("monitoring", 5), "after": ("resolved", 5)},
    "eazepay": {
        "triage": ("declared", 9),
        "verification": ("monitoring", 4),
        "after": ("resolved", 5),
    },
    "multi-service": {
        "investigation": ("declared", 6),
        "verification": ("monitoring", 6),
        "manual-verification": ("monitoring", 5),
        "data": ("resolved", 5),
    },
    "waqiti": {
        "first-response": ("declared", 4),
        "verification": ("monitoring", 2),
        "first-hour": ("resolved", 6),
        "learning": ("resolved", 4),
    },
    "fintech": {
        "first-15-minutes": ("declared", 6),
        "sev3": ("declared", 4),
        "sev4": ("declared", 3),
        "verification": ("monitoring", 4),
        "after": ("resolved", 7),
    },
    "phase26": {
        "triage": ("declared", 7),
        "war-room": ("declared", 6),
        "closing": ("monitoring", 3),
        "close": ("resolved", 3),
        "day-1": ("resolved", 5),
        "week-1": ("resolved", 4),
        "month-1": ("resolved", 4),
    },
}


@every_playbook
def test_checklists_stand_at_their_moment_with_every_item_of_the_source(name: str) -> None:
    assert {one.id: (one.when, len(one.items)) for one in playbook_of(name).checklists} == CHECKLISTS[name]


@every_playbook
def test_the_postmortem_meeting_takes_an_hour(name: str) -> None:
    assert [minutes for _, minutes in playbook_of(name).agenda] == [15, 20, 15, 10]


THRESHOLDS = {
    ("eazepay", "P1"): ["50 %"],
    ("multi-service", "SEV2"): ["50 %"],
    ("multi-service", "SEV3"): ["50 %"],
    ("waqiti", "P2"): ["5 %", "95 %"],
    ("waqiti", "P3"): ["2 to 5 %"],
    ("fintech", "SEV-2"): ["25 %"],
    ("fintech", "SEV-3"): ["5 %"],
    ("phase26", "P1"): ["5 %", "500 ms"],
    ("phase26", "P2"): ["200 to 500 ms"],
}


@pytest.mark.parametrize(("name", "severity"), THRESHOLDS)
def test_measurements_that_tell_a_severity_stand_beside_it(name: str, severity: str) -> None:
    shown = playbook_of(name).rules.severity(severity).thresholds
    assert len(shown) == len(THRESHOLDS[name, severity])
    assert all(figure in line for figure, line in zip(THRESHOLDS[name, severity], shown, strict=True))


CONTACTS = {
    "multi-service": {"AWS Support": "", "Stripe": "", "SendGrid": "", "Twilio": ""},
    "waqiti": {
        "Platform Lead": "platform-lead@example.com",
        "Platform Team": "+1-555-0100",
        "Security Team": "security@example.com +1-555-0101",
        "Product Manager": "product@example.com",
        "Product Team": "+1-555-0102",
        "DevOps Engineer": "devops@example.com",
        "AWS Support": "",
        "Stripe Support": "+1-888-926-2961",
        "PayStack Support": "support@paystack.com",
    },
    "phase26": {
        "Database Support": "support@database-provider.com",
        "Carrier A Support": "tech@carrier-a.com",
        "Carrier B Support": "support@carrier-b.com",
        "AWS Support": "",
        "War room": "",
    },
}


@pytest.mark.parametrize("name", CONTACTS)
def test_contacts_have_their_addresses_and_numbers(name: str) -> None:
    contacts = {one.name: f"{one.email} {one.phone}".strip() for one in playbook_of(name).contacts}
    assert contacts == CONTACTS[name]


TARGETS = {
    "eazepay": {
        ("mttd", (), 5 * MINUTE, None),
        ("mttr", ("P0",), HOUR, None),
        ("mttr", ("P1",), 4 * HOUR, None),
        ("frequency", (), None, None),
        ("severity_mix", (), None, None),
    },
    "multi-service": {
        ("mtta", (), 5 * MINUTE, None),
        ("mtti", (), 15 * MINUTE, None),
        ("mttr", ("SEV1",), 2 * HOUR, None),
        ("false_positive_rate", (), 10, None),
        ("escalation_rate", (), 20, None),
        ("satisfaction", (), None, 90),
        ("availability", (), None, 99.9),
        ("error_rate", (), 0.1, None),
        ("response_time", (), timedelta(milliseconds=200), None),
    },
}


@pytest.mark.parametrize("name", TARGETS)
def test_metrics_have_the_targets_of_their_source(name: str) -> None:
    assert {(one.metric, one.severities, one.below, one.above) for one in playbook_of(name).metrics} == TARGETS[name]


def test_the_error_budget_of_fintech_is_21_6_minutes_in_30_days() -> None:
    budget = playbook_of("fintech").error_budget
    assert budget is not None
    assert (budget.objective, budget.over) == (99.95, timedelta(days=30))
    assert budget.allowance == timedelta(minutes=21.6)


DRILLS = {
    "default": [Period.MONTH],
    "multi-service": [Period.MONTH, Period.QUARTER, Period.YEAR],
    "fintech": [Period.MONTH],
}


@every_playbook
def test_drills_come_round_as_the_source_says_and_run_by_themselves(name: str) -> None:
    drills = playbook_of(name).drills
    assert [one.every for one in drills] == DRILLS.get(name, [])
    assert all(one.script and one.script.injects for one in drills)


def test_the_drill_of_fintech_brings_every_chaos_test() -> None:
    (drill,) = playbook_of("fintech").drills
    assert len(drill.steps) == 6
    assert drill.script
    said = " ".join(inject.say for inject in drill.script.injects)
    assert all(test in said for test in ("random pod", "1000 ms", "5 % of the packets"))


REVIEWS = {
    "eazepay": [Period.QUARTER],
    "multi-service": [Period.MONTH, Period.MONTH, Period.QUARTER, Period.YEAR, Period.YEAR],
    "waqiti": [Period.QUARTER],
    "default": [Period.QUARTER, Period.YEAR],
}


@every_playbook
def test_reviews_come_round_as_the_source_says(name: str) -> None:
    assert [one.every for one in playbook_of(name).reviews] == REVIEWS.get(name, [])


ALERTS = {
    "WaqitiPaymentSystemDown": ("payment-system-down", "P1", ()),
    "WaqitiHighTransactionFailureRate": ("transaction-failures", "P2", ()),
    "WaqitiDatabaseConnectionPoolExhaustion": ("database-connections", "P2", ()),
    "WaqitiSecurityBreachDetected": ("security-breach", "P1", ("security-breach",)),
    "WaqitiHighCPUUsage": ("resource-overload", "P3", ()),
    "WaqitiHighMemoryUsage": ("resource-overload", "P3", ()),
}


def test_alerts_of_waqiti_lead_to_their_scenario_and_severity() -> None:
    runbooks = playbook_of("waqiti").runbooks
    assert {alert: (one.id, one.severity, one.tags) for one in runbooks for alert in one.alerts} == ALERTS


@pytest.mark.parametrize("name", ["waqiti", "default"])
def test_a_security_breach_warns_first_of_all_not_to_restart_services(name: str) -> None:
    breach = playbook_of(name).runbook("security-breach")
    assert breach is not None
    assert "not restart services" in breach.warnings[0]


@every_playbook
def test_links_of_tools_become_addresses_for_a_service_and_a_time(name: str) -> None:
    for tool in playbook_of(name).tools:
        assert "{" not in tool.url.format(**LINK_FIELDS)


LINKS = {
    "fintech": ("https://status.fintech.com", "https://zoom.us/incident"),
    "waqiti": ("https://status.example.com", None),
    "phase26": ("https://status.company.com", None),
}


@pytest.mark.parametrize("name", LINKS)
def test_links_that_everybody_needs(name: str) -> None:
    links = playbook_of(name).links
    assert (links.get("status_page"), links.get("bridge")) == LINKS[name]
