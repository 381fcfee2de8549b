"""Opsgenie, and Jira Service Management with the same client, against a fake of its documented behaviour."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from pydantic import SecretStr

from app.alerts.fields import Part
from app.alerts.opsgenie import read
from app.config import Settings
from app.config.pagers import JIRA_OPERATIONS
from app.integrations import Misfit
from app.integrations.pagers import opsgenie
from app.integrations.pagers.opsgenie import ENDS
from app.integrations.pagers.pager import Alert
from app.line import Fence
from app.line.addresses import Address
from app.outbox import Away, Dead, Doubtful, Later, Sent
from app.sandbox.vendors import Fault, Vendors
from app.sandbox.vendors.opsgenie import API_KEY, Opsgenie
from tests.alerts import payloads
from tests.domain.given import PLAYBOOK

ALERT = Alert(
    "k1", "SEV1 Payment API down. Page to Primary on-call", 0, "payments", {"Impact": "Nobody can pay"}, "https://x"
)


@pytest.fixture
def fake(vendors: Vendors) -> Opsgenie:
    return vendors.of(Opsgenie)


@pytest.fixture
async def pager(vendors: Vendors) -> AsyncIterator[opsgenie.Opsgenie]:
    own = {"primary": "schedule:Payments on-call", "manager": "team:4513b7ea-3b91-438f-b7e4-e3e54af9147c"}
    made = opsgenie.Opsgenie(SecretStr(API_KEY), own, f"{vendors.url('opsgenie')}/v2", ask_after=(0, 0))
    yield made
    await made.close()


async def test_an_alert_is_opened_once_acknowledged_and_closed_by_its_key(
    pager: opsgenie.Opsgenie, fake: Opsgenie
) -> None:
    [(route, whom)] = pager.routes(["primary", "manager"]).items()
    assert whom == ("primary", "manager")
    fake.unsaid = 1
    for _ in range(2):
        assert await pager.trigger(route, ALERT) == Sent()
    [alert] = fake.alerts
    assert (alert.alias, alert.priority, alert.count, alert.rung) == ("k1", "P1", 2, 1)
    assert alert.responders == [
        {"type": "schedule", "name": "Payments on-call"},
        {"type": "team", "id": "4513b7ea-3b91-438f-b7e4-e3e54af9147c"},
    ]
    assert await pager.acknowledge(route, "k1") == Sent()
    assert (alert.acknowledged, alert.status) == (True, "open")
    assert [await pager.resolve(route, "k1") for _ in range(2)] == [Sent(), Sent()]
    assert alert.status == "closed"


async def test_whom_no_setting_names_is_called_by_an_alert_beside(
    pager: opsgenie.Opsgenie, fake: Opsgenie, vendors: Vendors
) -> None:
    named, others = pager.routes(["primary", "secondary"])
    assert [await pager.trigger(route, ALERT) for route in (named, others)] == [Sent(), Sent()]
    assert [(one.alias, len(one.responders)) for one in fake.alerts] == [("k1", 1), ("k1-others", 0)]
    assert await pager.acknowledge(others, "k1") == Sent()
    assert [one.acknowledged for one in fake.alerts] == [False, True]
    told = payloads.opsgenie("Acknowledge")
    told["alert"]["alias"] = "k1-others"
    assert [act.key for act in read(Part(told)).acts] == ["k1"]
    unnamed = opsgenie.Opsgenie(SecretStr(API_KEY), {}, f"{vendors.url('opsgenie')}/v2", ask_after=(0, 0))
    [route] = unnamed.routes(["primary", "secondary"])
    await unnamed.trigger(route, replace(ALERT, key="k2"))
    assert fake.alerts[-1].alias == "k2"
    await unnamed.close()


async def test_a_team_may_be_called_by_any_name(fake: Opsgenie, vendors: Vendors) -> None:
    own = {"primary": "team:Payments and Billing", "manager": "user:a@b.c"}
    pager = opsgenie.Opsgenie(SecretStr(API_KEY), own, f"{vendors.url('opsgenie')}/v2", ask_after=(0, 0))
    [route] = pager.routes(["primary", "manager"])
    assert await pager.trigger(route, ALERT) == Sent()
    assert fake.alerts[0].responders == [
        {"type": "team", "name": "Payments and Billing"},
        {"type": "user", "username": "a@b.c"},
    ]
    await pager.close()


async def test_what_was_only_taken_is_no_page_yet(pager: opsgenie.Opsgenie, fake: Opsgenie) -> None:
    fake.unsaid = 99
    assert await pager.trigger("", ALERT) == Later(
        f"{pager.name} has not said yet that the alert is open", of_all=False
    )
    fake.unsaid = 0
    fake.fates.append("Integration is disabled")
    became = await pager.trigger("", ALERT)
    assert isinstance(became, Dead)
    assert "Integration is disabled" in became.reason


async def test_what_it_refuses_is_told_in_its_words_and_without_the_key(
    pager: opsgenie.Opsgenie, fake: Opsgenie, vendors: Vendors
) -> None:
    failures: tuple[tuple[Fault, type], ...] = (
        ("ratelimited", Later),
        ("unauthorized", Away),
        ("server_error", Doubtful),
        ("drop_after", Doubtful),
    )
    for fault, kind in failures:
        fake.fail(fault)
        became = await pager.trigger("", ALERT)
        assert isinstance(became, kind)
        assert API_KEY not in repr(became)
    assert await pager.trigger("", ALERT) == Sent()
    assert [one.rung for one in fake.alerts] == [1]
    wrong = opsgenie.Opsgenie(SecretStr("k" * 20), {}, f"{vendors.url('opsgenie')}/v2")
    assert (await wrong.away() or "").endswith("See OPSGENIE_API_KEY")
    assert [proof.ok for proof in await wrong.prove()] == [False]
    assert await pager.away() is None
    assert len(fake.alerts) == 1
    await wrong.close()


async def nowhere(_name: str, _port: int) -> list[Address]:
    raise OSError


async def test_doctor_is_told_that_opsgenie_ends_and_jira_goes_on(pager: opsgenie.Opsgenie) -> None:
    assert [proof.ok for proof in await pager.prove()] == [True]
    at_opsgenie = opsgenie.Opsgenie(SecretStr(API_KEY), {}, "https://api.eu.opsgenie.com/v2", Fence(resolve=nowhere))
    unheard, ends = await at_opsgenie.prove()
    assert (unheard.ok, ends.says) == (False, ENDS)
    assert opsgenie.Opsgenie(SecretStr(API_KEY), {}, JIRA_OPERATIONS).name == "Jira Service Management"
    assert "April 2027" in ENDS


def test_responders_that_the_playbook_does_not_know_are_said() -> None:
    settings = Settings(opsgenie_responders="primery=team:Payments", opsgenie_api_key=SecretStr("k" * 20))
    with pytest.raises(Misfit, match="names primery, unknown to the playbook default"):
        opsgenie.connect(settings, PLAYBOOK)
