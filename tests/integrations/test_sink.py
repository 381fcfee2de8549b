"""The pager's sink: each key rings once for a step, and what became of several keys is one outcome."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.ways import callings
from app.integrations import PagerSink
from app.integrations.pagers.pager import Alert, Result, alert
from app.integrations.pagers.sink import together
from app.integrations.proof import Proof
from app.outbox import Away, Dead, Doubtful, Later, Outcome, Sent
from app.sandbox import Sandbox
from app.store import Delivery, DeliveryState, Record
from tests.domain.given import at
from tests.integrations.conftest import Connect
from tests.integrations.phones import Phones
from tests.slack.examples import ONCALL, record, resolution, tell

MANAGERS, WRONG = Sandbox.managers_key, "w" * 32
DOWN, GONE, PAUSE, NO = Doubtful("down"), Away("gone"), Later("pause", timedelta(seconds=5)), Dead("it", "no")
GREY = Later("greylisted", of_all=False)


def delivery(effect: f.Effect, event: e.Event | None = None) -> Delivery:
    return Delivery(
        id=1,
        key="k1",
        workspace="T1",
        incident_id=3,
        effect=effect,
        event=event,
        state=DeliveryState.SENDING,
        token="t",
        lookup=False,
        attempts=1,
        repeated=False,
        created_at=at(),
        not_before=at(),
        result=None,
        reason=None,
    )


def no_link(_: Record) -> None:
    return None


async def ring(sink: PagerSink, *responders: str) -> Outcome:
    story = tell()
    paged = replace(story.last(e.Paged), pages=responders)
    return await sink.deliver(delivery(f.RingPager(responders), paged), record(story))


async def test_two_responders_with_one_key_are_rung_once(phones: Phones, connect: Connect) -> None:
    rung = await ring(PagerSink(connect(), no_link), "primary", "manager")
    assert isinstance(rung, Sent)
    assert len(phones.alerts) == 1
    [learned] = rung.learned
    assert isinstance(learned, c.RecordRing)
    assert (learned.key, learned.responders, learned.paged_at) == ("k1", ("primary", "manager"), at())


async def test_each_key_rings_under_the_delivery_s_key(phones: Phones, connect: Connect) -> None:
    await ring(PagerSink(connect(manager=MANAGERS), no_link), "primary", "manager")
    assert [(one.service, one.dedup_key) for one in phones.alerts] == [("On-call", "k1"), ("Management", "k1")]


async def test_where_one_key_is_refused_the_others_ring_and_people_are_told(phones: Phones, connect: Connect) -> None:
    became = await ring(PagerSink(connect(manager=WRONG), no_link), "primary", "manager")
    assert isinstance(became, Dead)
    rung, failed = became.learned
    assert isinstance(rung, c.RecordRing)
    assert rung.responders == ("primary",)
    assert isinstance(failed, c.RecordFailure)
    assert (failed.what, failed.effect) == ("page by PagerDuty", "RingPager")
    assert "TOCSIN_PAGERDUTY_KEYS for manager" in failed.reason
    assert [one.responders for one in failed.pages] == [("manager",)]
    assert len(phones.alerts) == 1


async def test_whoever_has_no_route_any_more_is_told_of_and_passed_on(connect: Connect) -> None:
    became = await ring(PagerSink(connect(None, manager=MANAGERS), no_link), "primary")
    assert isinstance(became, Dead)
    [failed] = became.learned
    assert isinstance(failed, c.RecordFailure)
    assert failed.reason == "no key and no address for them is set any more"
    assert [(one.responders, one.tried) for one in failed.pages] == [(("primary",), ("pagerduty",))]


class Each:
    """A pager with a route to each, but for those whom it does not know, and an answer for each."""

    name = "each"
    everybody = None

    def __init__(self, **answers: Result) -> None:
        self.answers = answers
        self.rung: list[str] = []

    def routes(self, responders: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        return {one: (one,) for one in responders if one in self.answers}

    async def trigger(self, route: str, _alert: Alert) -> Result:
        self.rung.append(route)
        return self.answers[route]

    async def acknowledge(self, _route: str, _key: str) -> Result:
        return Sent()

    async def resolve(self, _route: str, _key: str) -> Result:
        return Sent()

    async def away(self) -> str | None:
        return None

    async def prove(self) -> list[Proof]:
        return []

    async def close(self) -> None: ...


@pytest.mark.parametrize("failed", [GREY, PAUSE, GONE, DOWN])
async def test_who_is_known_to_be_rung_is_not_rung_again_for_the_sake_of_the_others(failed: Result) -> None:
    pager = Each(primary=Sent(), manager=failed)
    sink, story = PagerSink(pager, no_link), tell()
    paged = replace(story.last(e.Paged), pages=("primary", "manager"))
    ringing = delivery(f.RingPager(paged.pages), paged)
    became = await sink.deliver(ringing, record(story))
    assert isinstance(became, Later | Doubtful)
    [rung] = became.learned
    assert isinstance(rung, c.RecordRing)
    assert (rung.responders, rung.partly) == (("primary",), True)
    story.do(rung)
    pager.answers["manager"] = Sent()
    rest = await sink.deliver(ringing, record(story))
    assert isinstance(rest, Sent)
    [rung] = rest.learned
    assert isinstance(rung, c.RecordRing)
    assert (rung.responders, rung.partly) == (("manager",), False)
    assert pager.rung == ["primary", "manager", "manager"]


async def test_whoever_alone_has_no_route_any_more_is_passed_on_too() -> None:
    became = await ring(PagerSink(Each(primary=Sent()), no_link), "primary", "manager")
    assert isinstance(became, Dead)
    rung, failed = became.learned
    assert isinstance(rung, c.RecordRing)
    assert isinstance(failed, c.RecordFailure)
    assert (rung.responders, [one.responders for one in failed.pages]) == (("primary",), [("manager",)])


def test_of_a_private_incident_a_pager_reads_no_tag() -> None:
    story = tell()
    [called] = callings(story.last(e.Paged))
    called = replace(called, why="fintech, step 1, tag security-breach")
    hidden = record(story)
    hidden = replace(hidden, incident=replace(hidden.incident, private=True))
    assert alert("k1", record(story), called, None).summary.endswith("tag security-breach)")
    told = alert("k1", hidden, called, None)
    assert "security" not in f"{told}"
    assert f"private incident {hidden.incident.name}. Page to " in told.summary


async def test_whom_another_way_has_paged_is_not_rung_again(phones: Phones, connect: Connect) -> None:
    story = tell()
    paged = replace(story.last(e.Paged), pages=("primary", "manager"))
    story.do(c.RecordRing(paged.step, "k0", ("primary",), paged_at=paged.at, way="email"))
    rung = await PagerSink(connect(manager=MANAGERS), no_link).deliver(
        delivery(f.RingPager(paged.pages), paged), record(story)
    )
    assert isinstance(rung, Sent)
    assert [one.service for one in phones.alerts] == ["Management"]


async def test_what_a_monitor_rang_is_quieted_by_every_route(phones: Phones, connect: Connect) -> None:
    story = tell().do(c.AdoptPage("pagerduty", "from-the-monitor")).do(c.Acknowledge(ONCALL), at(minutes=1))
    sink = PagerSink(connect(manager=MANAGERS), no_link)
    assert await sink.deliver(delivery(f.QuietPager()), record(story)) == Sent({"routes": 2})
    told = {(call["args"]["dedup_key"], call["args"]["event_action"]) for call in phones.sandbox.slack.calls}
    assert told == {("from-the-monitor", "acknowledge")}


async def test_what_is_acknowledged_is_quiet_and_what_is_over_ends(phones: Phones, connect: Connect) -> None:
    sink = PagerSink(connect(), no_link)
    story = tell()
    await sink.deliver(delivery(f.RingPager(("manager",)), story.last(e.Paged)), record(story))
    story.do(c.RecordRing("3", "k1", ("manager",), paged_at=at()))
    quiet = delivery(f.QuietPager())
    skipped = await sink.deliver(quiet, record(story))
    assert skipped == Sent({"skipped": "nobody has acknowledged it"})
    assert await sink.deliver(quiet, record(story.do(c.Acknowledge(ONCALL), at(minutes=1)))) == Sent({"routes": 1})
    assert await sink.deliver(quiet, record(story.do(resolution(), at(minutes=9)))) == Sent({"routes": 1})
    assert phones.log == [["trigger", "acknowledge", "resolve"]]


async def test_what_was_paged_after_the_acknowledgement_goes_on_ringing(phones: Phones, connect: Connect) -> None:
    sink = PagerSink(connect(), no_link)
    story = tell().do(c.Acknowledge(ONCALL), at(minutes=1))
    story.do(c.RecordRing("4", "k2", ("head",), paged_at=at(minutes=60)), at(minutes=60))
    assert await sink.deliver(delivery(f.QuietPager()), record(story)) == Sent({"routes": 0})
    story.do(resolution(), at(minutes=90))
    assert await sink.deliver(delivery(f.QuietPager()), record(story)) == Sent({"routes": 1})
    assert [call["args"]["event_action"] for call in phones.sandbox.slack.calls] == ["resolve"]


@pytest.mark.parametrize(
    ("results", "became"),
    [
        ([Sent(), Sent()], Sent({"routes": 2})),
        ([Sent(), DOWN], DOWN),
        ([Sent(), GONE], Later("gone")),
        ([Sent(), GREY], GREY),
        ([Sent(), PAUSE], PAUSE),
        ([Sent(), PAUSE, NO], Later("pause; no", timedelta(seconds=5))),
        ([GONE, GONE], GONE),
        ([GONE, NO], Away("gone; no")),
        ([GONE, PAUSE], Later("gone; pause", timedelta(seconds=5))),
        ([DOWN, PAUSE, NO], Doubtful("down; pause; no")),
    ],
)
def test_while_one_key_may_still_ring_it_is_tried_again(results: list[Result], became: Outcome) -> None:
    assert together(delivery(f.QuietPager()), results) == became
