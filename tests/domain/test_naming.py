"""Names of incidents and of their channels, from the templates of the playbook."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import commands as c
from app.domain.decide import decide
from app.domain.evolve import fold
from app.domain.incident import Incident
from app.domain.naming import channel_names
from app.domain.playbook import Rules
from tests.domain.given import ADMIN, DEFAULT, MULTI_SERVICE, ROSTER, declare, in_zone
from tests.domain.test_names import TAKEN_BY_SLACK

BY_TIME = "{year}-{month:02d}-{day:02d}-{hour:02d}{minute:02d}-{service}"
NIGHT = datetime(2026, 12, 31, 23, 45, tzinfo=UTC)
FINTECH = replace(
    DEFAULT,
    name_template=BY_TIME,
    channel_template="incident-{name}",
    severities=(replace(DEFAULT.severities[0], channel="sev1-{name}"), *DEFAULT.severities[1:]),
)


def named(rules: Rules, services: str = "", severity: str = "SEV2", suffix: int = 0) -> Incident:
    command = replace(declare(severity), services=services, suffix=suffix)
    return fold(decide(None, command, rules, ROSTER, NIGHT))


@pytest.mark.parametrize(
    ("services", "name"),
    [
        ("payments", "2026-12-31-2345-payments"),
        ("Payment API, checkout", "2026-12-31-2345-payment-api"),
        ("ledger; auth", "2026-12-31-2345-ledger"),
        ("", "2026-12-31-2345-payment-api-down"),
        (" , checkout", "2026-12-31-2345-payment-api-down"),
        ("支付", "2026-12-31-2345-payment-api-down"),
        ("a-service-with-a-name-that-is-longer-than-any-other", "2026-12-31-2345-a-service-with-a-name-that-is"),
    ],
)
def test_a_name_tells_the_minute_and_the_first_service(services: str, name: str) -> None:
    assert named(FINTECH, services).name == name


def test_the_minute_is_that_of_the_playbooks_zone() -> None:
    assert named(in_zone(FINTECH, "Asia/Tokyo"), "payments").name == "2027-01-01-0845-payments"


def test_a_suffix_tells_it_from_another_of_the_same_minute() -> None:
    assert named(FINTECH, "payments", suffix=2).name == "2026-12-31-2345-payments-2"


def test_numbers_are_written_as_the_template_says() -> None:
    assert named(MULTI_SERVICE).name == "incident-2026-007"


@pytest.mark.parametrize(
    ("severity", "channel"),
    [("SEV1", "sev1-2026-12-31-2345-payments"), ("SEV2", "incident-2026-12-31-2345-payments")],
)
def test_a_severity_may_name_its_channels_otherwise(severity: str, channel: str) -> None:
    assert next(channel_names(named(FINTECH, "payments", severity), FINTECH)) == channel


def test_a_channel_is_called_as_its_incident_where_nothing_is_said() -> None:
    assert next(channel_names(named(DEFAULT), DEFAULT)) == "incident-12"


def test_where_a_name_is_taken_the_next_holds_a_suffix() -> None:
    assert list(channel_names(named(DEFAULT), DEFAULT))[:3] == ["incident-12", "incident-12-2", "incident-12-3"]


def test_a_suffix_is_never_the_name_of_another_incident() -> None:
    first, second = named(FINTECH, "payments"), replace(named(FINTECH, "payments", suffix=2), number=13)
    assert set(channel_names(first, FINTECH)).isdisjoint(channel_names(second, FINTECH))


def test_a_change_of_severity_keeps_the_name() -> None:
    incident = named(FINTECH, "payments")
    raised = fold(decide(incident, c.ChangeSeverity(ADMIN, "SEV1"), FINTECH, ROSTER, NIGHT), incident)
    assert raised.name == incident.name
    assert next(channel_names(raised, FINTECH)) == "sev1-2026-12-31-2345-payments"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Card settlements come late, and nobody knows why", "2026-12-31-2345-card-settlements-come-late-and"),
        ("支付", "2026-12-31-2345-incident"),
        ("x" * 100, f"2026-12-31-2345-{'x' * 32}"),
    ],
)
def test_where_no_service_was_named_the_title_stands_in(title: str, name: str) -> None:
    incident = fold(decide(None, declare("SEV2", title=title), FINTECH, ROSTER, NIGHT))
    assert incident.name == name
    assert next(channel_names(incident, FINTECH)) == f"incident-{name}"


def test_the_name_of_a_private_incident_tells_neither_its_title_nor_its_services() -> None:
    command = replace(declare("SEV2", title="Card data leaked"), services="ledger", private=True)
    incident = fold(decide(None, command, FINTECH, ROSTER, NIGHT))
    assert incident.name == "2026-12-31-2345-private"
    assert next(channel_names(incident, FINTECH)) == "incident-2026-12-31-2345-private"


@given(
    services=st.text(), template=st.text() | st.sampled_from([BY_TIME, "{severity}-{service}", "{name}", "{0}", "{"])
)
def test_any_template_and_any_service_make_names_that_slack_takes(services: str, template: str) -> None:
    rules = replace(DEFAULT, name_template=template, channel_template=template)
    incident = named(rules, services)
    assert TAKEN_BY_SLACK.fullmatch(incident.name)
    assert all(TAKEN_BY_SLACK.fullmatch(name) for name in channel_names(incident, rules))
