"""Which pagers a responder is paged by, and in which order."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from pydantic import SecretStr

from app import playbooks
from app.domain import events as e
from app.domain.calling import Calling
from app.domain.effects import Way
from app.domain.playbook import Playbook
from app.integrations.pagers import PagerDuty, Pagers
from app.integrations.pagers.opsgenie import Opsgenie
from app.integrations.pagers.pager import Alert, Result
from app.integrations.proof import Proof
from app.outbox import Sent
from tests.domain.given import at


class Bell:
    """A pager that reaches these responders; everybody where none are named."""

    everybody = "all"

    def __init__(self, name: str, *reaches: str) -> None:
        self.name = name
        self.reaches = reaches

    def routes(self, responders: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        reached = tuple(one for one in responders if not self.reaches or one in self.reaches)
        return {"all": reached} if reached else {}

    async def trigger(self, route: str, alert: Alert) -> Result:
        return Sent()

    async def acknowledge(self, route: str, key: str) -> Result:
        return Sent()

    async def resolve(self, route: str, key: str) -> Result:
        return Sent()

    async def away(self) -> str | None:
        return None

    async def prove(self) -> list[Proof]:
        return []

    async def close(self) -> None:
        return None


THREE = Pagers(
    {Way.PAGERDUTY: Bell("PagerDuty", "primary"), Way.OPSGENIE: Bell("Opsgenie"), Way.EMAIL: Bell("e-mail", "primary")}
)


@pytest.fixture
def playbook() -> Playbook:
    return replace(playbooks.load("default").playbook, page_by={"secondary": (), "incident-manager": (Way.WEBHOOK,)})


def test_whom_a_key_of_their_own_rings_is_apart_from_those_whom_a_monitor_rings(playbook: Playbook) -> None:
    everybody, own, unnamed = SecretStr("e" * 32), SecretStr("o" * 32), SecretStr("u" * 32)
    address = "https://events.example/"
    ringing = Pagers(
        {
            Way.PAGERDUTY: PagerDuty(everybody, {"primary": own, "secondary": everybody}, address),
            Way.OPSGENIE: Opsgenie(unnamed, {"secondary": "team:Payments"}, address),
        }
    )
    apart = ringing.known_to(playbook).apart
    assert apart == {Way.PAGERDUTY: frozenset({"primary"}), Way.OPSGENIE: frozenset({"secondary"})}


def test_without_a_wish_all_that_reach_somebody_are_tried_in_order(playbook: Playbook) -> None:
    assert THREE.ways("primary", playbook) == (Way.PAGERDUTY, Way.OPSGENIE, Way.EMAIL)
    assert THREE.ways("cto", playbook) == (Way.OPSGENIE,)


def test_the_playbook_s_wish_is_kept_as_far_as_it_is_connected(playbook: Playbook) -> None:
    wished = replace(playbook, page_by={"primary": (Way.EMAIL, Way.WEBHOOK, Way.PAGERDUTY)})
    assert THREE.ways("primary", wished) == (Way.EMAIL, Way.PAGERDUTY)
    assert THREE.in_turn(["primary"], wished) == "e-mail, then PagerDuty"
    assert THREE.ways("secondary", playbook) == ()
    assert THREE.ways("incident-manager", playbook) == ()


def test_the_playbooks_beside_it_know_too(playbook: Playbook) -> None:
    known = THREE.known_to(replace(playbook, others={"old": playbook}))
    assert known.pages_by["primary"] == known.others["old"].pages_by["primary"] == THREE.ways("primary", playbook)
    assert known.pages_by["secondary"] == ()


def test_those_who_ring_first_are_named(playbook: Playbook) -> None:
    assert THREE.rings(["primary", "cto", "secondary"], playbook) == "PagerDuty and Opsgenie"
    assert THREE.rings(["secondary"], playbook) == ""


def test_what_a_page_goes_on_by_is_named(playbook: Playbook) -> None:
    tried = Calling("1", at(), ("primary", "cto"), tried=("pagerduty",))
    event = e.PageUnconfirmed(at(), ("k",), "pagerduty", (), (), "late", (tried,))
    assert THREE.onward(event, playbook) == "Opsgenie"
    over = replace(event, pages=(replace(tried, tried=("pagerduty", "opsgenie", "email")),))
    assert THREE.onward(over, playbook) == ""
