"""The outbox, in front of a world that answers as it is told."""

import asyncio
import sqlite3
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from app.clock import Clock
from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.effects import Way
from app.domain.playbook import Playbook
from app.handle import Handler
from app.outbox import Away, Dead, Doubtful, Later, Outbox, Outcome, Sent
from app.outbox.marking import MOST_ATTEMPTS
from app.outbox.outbox import AT_ONCE
from app.store import Delivery, DeliveryState, NotRecorded, Record, Store, Transaction
from tests import shipped
from tests.waiting import until

WORKSPACE = "T1"
ANN, BOB = c.Actor("U_ANN"), c.Actor("U_BOB")
START = datetime(2026, 3, 4, 10, tzinfo=UTC)
BROKE = Doubtful("the connection broke")


@dataclass
class World:
    """A sink that keeps what it was asked for. It answers what it was told to, then that all went well."""

    answers: dict[type[f.Effect], list[Outcome]] = field(default_factory=lambda: defaultdict(list))
    there: list[Outcome | None] = field(default_factory=list)
    delivered: list[Delivery] = field(default_factory=list)
    looked_up: list[Delivery] = field(default_factory=list)
    swept: list[Delivery] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: int = 0
    gone: str | None = None

    async def deliver(self, delivery: Delivery, record: Record) -> Outcome:
        """Answer as told."""
        self.delivered.append(delivery)
        self.under_way += 1
        await self.open.wait()
        self.under_way -= 1
        told = self.answers[type(delivery.effect)]
        return told.pop(0) if told else self._well(delivery)

    async def find(self, delivery: Delivery, record: Record) -> Outcome | None:
        """Answer as told, else that nothing is there."""
        self.looked_up.append(delivery)
        return self.there.pop(0) if self.there else None

    async def sweep(self, delivery: Delivery, record: Record) -> Outcome:
        """Note what was swept."""
        self.swept.append(delivery)
        return Sent()

    async def away(self) -> str | None:
        """Say why nothing is taken now."""
        return self.gone

    def effects(self, kind: type[f.Effect] | None = None) -> list[f.Effect]:
        """Return what was delivered."""
        return [one.effect for one in self.delivered if kind is None or isinstance(one.effect, kind)]

    def updates(self) -> list[str]:
        """Return the texts of the updates that were posted."""
        return [one.event.happening for one in self.delivered if isinstance(one.event, e.UpdatePosted) and _says(one)]

    def words(self) -> list[tuple[int | None, str]]:
        """Return what went to the status page, each with the incident that it is of."""
        told = [one for one in self.delivered if isinstance(one.effect, f.PublishStatus)]
        return [(one.incident_id, one.event.body) for one in told if isinstance(one.event, e.CustomersTold)]

    @staticmethod
    def _well(delivery: Delivery) -> Sent:
        match delivery.effect, delivery.event:
            case f.OpenChannel(), _:
                return Sent(learned=(c.RecordChannel("C1", "incident-1"),))
            case f.PostCard(), _:
                return Sent(learned=(c.RecordCard("C1", "1.0"),))
            case f.Announce(), _:
                return Sent(learned=(c.RecordAnnouncement("C2", "2.0"),))
            case f.Page(member=member), e.Paged(step=step):
                return Sent(learned=(c.RecordPage(step, member, f"D_{member}", "3.0"),))
            case _:
                return Sent()


def _says(delivery: Delivery) -> bool:
    return isinstance(delivery.effect, f.Post) and delivery.effect.message == "update"


@dataclass
class Office:
    """An outbox that runs, its store, and a time that is moved by hand."""

    store: Store
    world: World
    playbook: Playbook
    outbox: Outbox
    handler: Handler
    time: list[datetime]
    running: asyncio.Task[None]
    clock: Clock

    async def halts(self) -> None:
        """Stop the outbox, so that a test can take its place."""
        self.outbox.stop()
        await self.running

    async def declares(self, severity: str = "SEV2", *, paging: str | None = None) -> Record:
        """Declare an incident, which pages a member if one is named."""
        if paging:
            await self.binds("primary", paging)
        record = (await self.handler.declare(WORKSPACE, c.Declare(ANN, "Payment API down", severity))).record
        await self.outbox.settle()
        return record

    async def does(self, record: Record, command: c.Command) -> None:
        """Do something to an incident."""
        await self.handler(WORKSPACE, record.id, command)
        await self.outbox.settle()

    async def updates(self, record: Record, *texts: str) -> None:
        """Post updates, one after the other."""
        for text in texts:
            await self.does(record, c.PostUpdate(ANN, happening=text))

    async def passes(self, **span: float) -> None:
        """Let time pass."""
        self.time[0] += timedelta(**span)
        await self.outbox.settle()

    async def ticks(self, **span: float) -> None:
        """Let time pass, and do all that falls due."""
        self.time[0] += timedelta(**span)
        await self.clock.tick()
        await self.outbox.settle()

    async def comes_back(self) -> None:
        """Let the world take deliveries again, and wait until all that waited has gone."""
        self.world.gone = None
        await self.outbox.circuits.try_again(self.time[0])
        for _ in range(3):
            await self.passes(seconds=40)

    async def binds(self, responder: str, member: str) -> None:
        """Let a member play a responder."""
        await self.store.run(lambda tx: tx.bind(WORKSPACE, responder, (member,), (member,)))

    async def waiting(self) -> list[Delivery]:
        """Return the deliveries that wait."""
        return await self.store.run(lambda tx: tx.deliveries(WORKSPACE, DeliveryState.WAITING))

    async def states(self) -> dict[DeliveryState, int]:
        """Return how many deliveries are in each state."""
        counts = await self.store.run(lambda tx: tx.delivery_counts(WORKSPACE))
        return {state: count for state, count in counts.items() if count}

    async def one(self, state: DeliveryState) -> Delivery:
        """Return the only delivery in a state."""
        [found] = await self.store.run(lambda tx: tx.deliveries(WORKSPACE, state))
        return found

    async def happened(self, record: Record, kind: type[e.Event]) -> list[e.Event]:
        """Return the events of one kind."""
        return [one for one in await self.store.run(lambda tx: tx.timeline(record.id)) if isinstance(one, kind)]


def ringing(playbook: Playbook) -> Playbook:
    """Return the playbook with two ways, beside Slack, by which everybody is paged."""
    return replace(playbook, pages_by={one.id: (Way.PAGERDUTY, Way.EMAIL) for one in playbook.rules.responders})


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    with closing(Store.open(f"sqlite:///{tmp_path / 'tocsin.db'}")) as store:
        time = [START]
        world, playbook = World(), shipped.playbook()
        world.open.set()
        outbox = Outbox(store, dict.fromkeys(Way, world), playbook, lambda: time[0])
        handler = Handler(store, playbook, lambda: time[0], outbox.wake)
        running = asyncio.create_task(outbox.run())
        clock = Clock(store, playbook, lambda: time[0], outbox.wake)
        yield Office(store, world, playbook, outbox, handler, time, running, clock)
        world.open.set()
        outbox.stop()
        await running


async def test_everything_that_was_decided_is_delivered_once(office: Office) -> None:
    await office.declares()
    assert await office.states() == {DeliveryState.SENT: len(office.world.delivered)}
    assert len({one.key for one in office.world.delivered}) == len(office.world.delivered)


async def test_what_needs_the_channel_waits_for_it(office: Office) -> None:
    office.world.answers[f.OpenChannel] = [Later("not now", timedelta(seconds=5))]
    await office.declares()
    assert office.world.effects(f.PostCard) == []
    await office.passes(seconds=6)
    assert len(office.world.effects(f.PostCard)) == 1
    kinds = [type(effect) for effect in office.world.effects()]
    assert kinds.index(f.PostCard) < kinds.index(f.PostChecklist)


async def test_pages_go_first(office: Office) -> None:
    await office.declares(paging="U_BOB")
    assert office.world.effects()[0] == f.Page("U_BOB")


async def test_posts_in_one_room_keep_their_order(office: Office) -> None:
    record = await office.declares()
    office.world.answers[f.Post] = [Later("not now", timedelta(seconds=5))]
    await office.updates(record, "one", "two", "three")
    assert office.world.updates() == ["one"]
    await office.passes(seconds=6)
    assert office.world.updates() == ["one", "one", "two", "three"]


async def test_a_room_that_waits_delays_no_other(office: Office) -> None:
    record = await office.declares()
    office.world.answers[f.Post] = [Later("not now", timedelta(seconds=5))]
    await office.updates(record, "one")
    await office.declares()
    assert [one.incident_id for one in office.world.delivered if one.incident_id != record.id]
    assert await office.states() == {
        DeliveryState.SENT: len(office.world.delivered) - 1,
        DeliveryState.WAITING: 1,
    }


async def test_of_edits_that_wait_only_the_newest_is_made(office: Office) -> None:
    record = await office.declares()
    office.world.answers[f.EditCard] = [Later("not now", timedelta(seconds=5))]
    made = len(office.world.effects(f.EditCard))
    await office.does(record, c.Acknowledge(BOB))
    await office.does(record, c.ChangeStatus(BOB, "identified"))
    await office.does(record, c.ChangeStatus(BOB, "monitoring"))
    await office.passes(seconds=6)
    assert len(office.world.effects(f.EditCard)) - made <= 3
    assert DeliveryState.WAITING not in await office.states()


async def test_an_unknown_outcome_is_looked_up_after_the_quarantine(office: Office) -> None:
    record = await office.declares()
    office.world.answers[f.Post] = [BROKE]
    await office.updates(record, "one")
    await office.passes(seconds=29)
    assert office.world.looked_up == []
    office.world.there = [Sent({"ts": "9.9"})]
    await office.passes(seconds=2)
    assert len(office.world.looked_up) == 1
    assert office.world.updates() == ["one"]
    assert DeliveryState.UNKNOWN not in await office.states()


async def test_what_is_not_found_is_sent_again_and_swept_later(office: Office) -> None:
    record = await office.declares()
    office.world.answers[f.Post] = [BROKE]
    await office.updates(record, "one")
    await office.passes(seconds=31)
    assert office.world.updates() == ["one", "one"]
    assert office.world.delivered[-1].repeated
    await office.outbox.sweep()
    assert office.world.swept == []
    await office.passes(minutes=2, seconds=1)
    await office.outbox.sweep()
    await office.outbox.sweep()
    assert [one.key for one in office.world.swept] == [office.world.delivered[-1].key]


async def test_what_went_well_at_once_is_not_swept(office: Office) -> None:
    await office.declares()
    await office.passes(hours=1)
    await office.outbox.sweep()
    assert office.world.swept == []


async def test_nothing_waits_behind_an_unknown_outcome(office: Office) -> None:
    record = await office.declares()
    office.world.answers[f.Post] = [BROKE]
    await office.updates(record, "one", "two")
    assert office.world.updates() == ["one", "two"]


def telling(playbook: Playbook) -> Playbook:
    """Return the playbook with a status page that is connected."""
    return replace(playbook, connected=frozenset({Way.SLACK, Way.STATUS_PAGE}))


async def test_what_customers_read_waits_until_it_is_known_what_they_read_before(office: Office) -> None:
    office.handler.playbook = telling(office.playbook)
    first, other = await office.declares(), await office.declares()
    office.world.answers[f.PublishStatus] = [BROKE]
    office.world.there = [Sent({"page": "p1"})]
    for record, seen in ((first, 0), (first, 1), (other, 0)):
        said = (f"Word {seen + 1}.", "identified", "major", (), seen)
        await office.does(record, c.TellCustomers(ANN, "Paying fails", *said))
    assert office.world.words() == [(first.id, "Word 1.")]
    await office.passes(seconds=31)
    assert len(office.world.looked_up) == 1
    await office.passes(seconds=2)
    assert office.world.words() == [(first.id, "Word 1."), (first.id, "Word 2."), (other.id, "Word 1.")]


async def test_a_second_ticket_is_not_opened_while_nobody_knows_of_the_first(office: Office) -> None:
    rules = office.playbook.rules
    severities = tuple(replace(one, ticket=one.id != "SEV2") for one in rules.severities)
    connected = frozenset({Way.SLACK, Way.TRACKER})
    office.handler.playbook = replace(office.playbook, rules=replace(rules, severities=severities), connected=connected)
    office.world.answers[f.OpenTicket] = [BROKE]
    office.world.there = [Sent(learned=(c.RecordTicket(0, "OPS-1", "https://jira.example.com/browse/OPS-1"),))]
    record = await office.declares("SEV3")
    for severity in ("SEV2", "SEV1"):
        await office.does(record, c.ChangeSeverity(ANN, severity))
    for seconds in (31, 2):
        await office.passes(seconds=seconds)
    asked = [
        one for one in await office.store.run(lambda tx: tx.deliveries(WORKSPACE)) if one.effect == f.OpenTicket(0)
    ]
    assert [one.result for one in asked] == [{}, {"skipped": "no longer wanted"}]
    assert len(office.world.effects(f.OpenTicket)) == 1


async def test_a_post_that_cannot_be_looked_up_stays_in_doubt(office: Office) -> None:
    record = await office.declares()
    office.world.answers[f.Post] = [BROKE]
    office.world.there = [Later("Slack asked for a pause"), Doubtful("Slack failed")]
    await office.updates(record, "one")
    await office.passes(seconds=31)
    doubtful = await office.one(DeliveryState.UNKNOWN)
    # A look counts, so that it comes to an end.
    assert (doubtful.reason, doubtful.attempts) == ("Slack asked for a pause", 2)
    await office.passes(seconds=31)
    assert office.world.updates() == ["one"]
    await office.passes(seconds=31)
    assert office.world.updates() == ["one", "one"]


async def test_a_look_that_is_refused_waits_as_long_as_it_is_asked_to_and_not_for_ever(office: Office) -> None:
    record = await office.declares()
    office.world.answers[f.Post] = [BROKE]
    office.world.there = [Later("Slack asked for a pause", timedelta(minutes=4))] * MOST_ATTEMPTS
    await office.updates(record, "one")
    await office.passes(seconds=31)
    await office.passes(minutes=3)
    assert len(office.world.looked_up) == 1
    while DeliveryState.UNKNOWN in await office.states():
        office.outbox.circuits[Way.SLACK].doubts = 0
        await office.store.run(partial(rewritten, "UPDATE delivery SET attempts = attempts + 300", ()))
        await office.passes(minutes=5)
    [failed] = await office.happened(record, e.DeliveryFailed)
    assert isinstance(failed, e.DeliveryFailed)
    assert failed.reason.startswith("Slack asked for a pause; tried ")


async def test_a_page_by_mail_of_unknown_outcome_goes_out_twice_at_most(office: Office) -> None:
    office.handler.playbook = office.outbox.playbook = replace(
        ringing(office.playbook), pages_by={"primary": (Way.EMAIL, Way.PAGERDUTY)}
    )
    office.world.answers[f.RingPager] = [Doubtful("the mail server did not say whether it took the mail")] * 2
    record = await office.declares("SEV2")
    await office.passes(seconds=5)
    rings = [one for one in office.world.delivered if isinstance(one.effect, f.RingPager)]
    assert [(f.route(one.effect).way, one.repeated) for one in rings] == [
        (Way.EMAIL, False),
        (Way.EMAIL, True),
    ]
    [failed] = await office.happened(record, e.DeliveryFailed)
    assert isinstance(failed, e.DeliveryFailed)
    assert failed.reason.endswith("took the mail, twice: nobody knows whether it arrived")
    assert [one.tried for one in failed.pages] == [("email",)]
    # Should it ring all the same, it is ended with the others.
    [rung] = await office.happened(record, e.PagerRung)
    assert isinstance(rung, e.PagerRung)
    assert (rung.way, rung.perhaps) == ("email", True)


async def test_what_may_be_done_twice_is_tried_again_without_looking(office: Office) -> None:
    office.world.answers[f.SetTopic] = [BROKE]
    await office.declares()
    await office.passes(seconds=2)
    assert len(office.world.effects(f.SetTopic)) == 2
    assert office.world.looked_up == []


async def test_a_page_of_unknown_outcome_is_looked_up_at_once(office: Office) -> None:
    office.world.answers[f.Page] = [BROKE]
    office.world.there = [Sent()]
    await office.declares(paging="U_BOB")
    assert len(office.world.looked_up) == 1
    assert len(office.world.effects(f.Page)) == 1


@pytest.mark.parametrize("found", [None, Later("Slack asked for a pause"), BROKE])
async def test_a_page_that_is_not_found_goes_out_at_once_and_marked(office: Office, found: Outcome | None) -> None:
    office.world.answers[f.Page] = [BROKE]
    office.world.there = [found]
    record = await office.declares(paging="U_BOB")
    pages = [one for one in office.world.delivered if isinstance(one.effect, f.Page)]
    assert [page.repeated for page in pages] == [False, True]
    assert len(await office.happened(record, e.Paged)) >= 1


async def test_a_page_that_fails_again_and_again_waits_longer_each_time(office: Office) -> None:
    office.world.answers[f.Page] = [BROKE] * 4
    await office.declares(paging="U_BOB")
    assert len(office.world.effects(f.Page)) == 2
    await office.passes(seconds=2.1)
    assert len(office.world.effects(f.Page)) == 3
    await office.passes(seconds=2.1)
    assert len(office.world.effects(f.Page)) == 3
    await office.passes(seconds=2.1)
    assert len(office.world.effects(f.Page)) == 4


async def test_a_page_for_what_was_resolved_meanwhile_is_not_sent(office: Office) -> None:
    office.world.answers[f.Page] = [Later("not now", timedelta(seconds=5))]
    record = await office.declares(paging="U_BOB")
    await office.does(record, c.Resolve(ANN))
    await office.passes(seconds=6)
    assert len(office.world.effects(f.Page)) == 1
    assert DeliveryState.WAITING not in await office.states()


async def test_what_is_dead_is_recorded_told_and_can_be_tried_again(office: Office) -> None:
    record = await office.declares()
    office.world.answers[f.SetTopic] = [Dead("set the topic", "the channel is archived")]
    await office.does(record, c.ChangeStatus(ANN, "identified"))
    [failed] = await office.happened(record, e.DeliveryFailed)
    assert isinstance(failed, e.DeliveryFailed)
    assert (failed.what, failed.reason) == ("set the topic", "the channel is archived")
    assert f.Post("delivery_failed") in office.world.effects()
    dead = await office.one(DeliveryState.DEAD)

    assert await office.outbox.retry(dead.key)
    await office.outbox.settle()
    assert DeliveryState.DEAD not in await office.states()
    assert not await office.outbox.retry(dead.key)
    assert not await office.outbox.retry("no such key")


async def test_the_failure_of_telling_a_failure_is_not_told_for_ever(office: Office) -> None:
    record = await office.declares()
    gone = Dead("message", "the channel is archived")
    office.world.answers[f.Post] = [gone] * 20
    office.world.answers[f.Tell] = [Dead("send a direct message", "deactivated")] * 20
    await office.updates(record, "one")
    async with asyncio.timeout(10):
        await office.outbox.settle()
    assert len(await office.happened(record, e.DeliveryFailed)) == 1


async def test_what_is_asked_to_wait_waits_as_long_as_it_was_asked(office: Office) -> None:
    office.world.answers[f.SetTopic] = [Later("Slack asked for a pause", timedelta(seconds=42))]
    await office.declares()
    await office.passes(seconds=41)
    assert len(office.world.effects(f.SetTopic)) == 1
    await office.passes(seconds=2)
    assert len(office.world.effects(f.SetTopic)) == 2


async def test_it_is_tried_again_less_and_less_often(office: Office) -> None:
    office.world.answers[f.SetTopic] = [Later("Slack cannot be reached")] * 8
    await office.declares()
    tried: list[float] = []
    seen = 1
    for second in range(1, 200):
        await office.passes(seconds=1)
        if len(office.world.effects(f.SetTopic)) > seen:
            seen += 1
            tried.append(second)
    assert tried == [1, 3, 7, 15, 30, 60, 120, 180]


@pytest.mark.parametrize("outcome", [Later("Slack cannot be reached"), Doubtful("Slack failed: internal_error")])
async def test_after_a_day_of_attempts_it_is_given_up(
    office: Office, outcome: Later | Doubtful, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.outbox.marking.MOST_ATTEMPTS", 3)
    office.world.answers[f.SetTopic] = [outcome] * 9
    record = await office.declares()
    for _ in range(4):
        await office.passes(minutes=1)
    [failed] = await office.happened(record, e.DeliveryFailed)
    assert isinstance(failed, e.DeliveryFailed)
    assert failed.reason == f"{outcome.reason}; tried 3 times"


async def test_what_nobody_foresaw_leaves_the_outcome_unknown_and_the_others_alone(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver = office.world.deliver

    async def explode(delivery: Delivery, record: Record) -> Outcome:
        if isinstance(delivery.effect, f.Announce):
            raise ZeroDivisionError
        return await deliver(delivery, record)

    monkeypatch.setattr(office.world, "deliver", explode)
    await office.declares()
    unknown = await office.one(DeliveryState.UNKNOWN)
    assert unknown.reason == "an unforeseen failure; the log of Tocsin has it"
    assert len(office.world.effects(f.PostCard)) == 1


async def test_a_call_that_hangs_is_given_up(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    record = await office.declares()
    monkeypatch.setattr("app.outbox.outbox.REQUEST_LIMIT", timedelta(milliseconds=20))
    office.world.open.clear()
    await office.updates(record, "one")
    office.world.open.set()
    assert [
        one.reason for one in await office.store.run(lambda tx: tx.deliveries(WORKSPACE, DeliveryState.UNKNOWN))
    ] == ["Slack did not answer in time"]


async def test_what_a_process_that_died_was_sending_is_taken_up(office: Office) -> None:
    record = await office.declares()
    await office.halts()
    await office.handler(WORKSPACE, record.id, c.PostUpdate(ANN, happening="one", status="identified"))
    claimed = await office.store.run(lambda tx: tx.claim(office.time[0], 99, timedelta(seconds=40)))
    assert claimed

    second = Outbox(office.store, dict.fromkeys(Way, office.world), office.playbook, lambda: office.time[0])
    await second.recover(at_start=True)
    states = {one.key: one.state for one in await office.store.run(lambda tx: tx.deliveries(WORKSPACE))}
    for delivery in claimed:
        repeatable = f.route(delivery.effect).repeatable
        assert states[delivery.key] is (DeliveryState.WAITING if repeatable else DeliveryState.UNKNOWN)


async def test_a_mark_that_comes_after_the_lease_changes_nothing(office: Office) -> None:
    record = await office.declares()
    await office.halts()
    await office.handler(WORKSPACE, record.id, c.PostUpdate(ANN, happening="one"))
    [late] = [
        one
        for one in await office.store.run(lambda tx: tx.claim(office.time[0], 99, timedelta(seconds=40)))
        if isinstance(one.effect, f.Post)
    ]
    office.time[0] += timedelta(seconds=41)
    await office.outbox.recover()
    await office.outbox._mark(late, Dead("message", "too late"))
    assert (await office.one(DeliveryState.UNKNOWN)).key == late.key
    assert await office.happened(record, e.DeliveryFailed) == []


@asynccontextmanager
async def locked(store: Store) -> AsyncIterator[None]:
    """Let another process keep the database to itself for two seconds."""
    with closing(sqlite3.connect(store._target.name, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        await asyncio.sleep(2)
        other.execute("ROLLBACK")


@pytest.mark.slow
async def test_what_was_made_while_the_database_was_locked_is_known_as_made(office: Office) -> None:
    office.world.open.clear()
    declaring = asyncio.create_task(office.declares())
    await until(lambda: office.world.under_way > 0)
    async with locked(office.store):
        office.world.open.set()
    await declaring
    assert set(await office.states()) == {DeliveryState.SENT}


@pytest.mark.slow
async def test_what_was_claimed_before_the_database_was_locked_is_made(office: Office) -> None:
    await office.halts()
    await office.handler.declare(WORKSPACE, c.Declare(ANN, "Payment API down", "SEV2"))
    claimed = await office.store.run(lambda tx: tx.claim(office.time[0], 99, timedelta(seconds=20)))
    second = Outbox(office.store, dict.fromkeys(Way, office.world), office.playbook, lambda: office.time[0])
    async with locked(office.store):
        making = [asyncio.create_task(second._make(one)) for one in claimed]
    await asyncio.gather(*making)
    assert {one.key for one in office.world.delivered} == {one.key for one in claimed}
    assert DeliveryState.SENDING not in await office.states()


async def test_told_to_stop_it_finishes_what_is_under_way_and_begins_nothing(office: Office) -> None:
    record = await office.declares()
    office.world.open.clear()
    await office.handler(WORKSPACE, record.id, c.PostUpdate(ANN, happening="one"))
    await until(lambda: office.world.under_way > 0)
    office.outbox.stop()
    await office.handler(WORKSPACE, record.id, c.AddNote(ANN, "later"))
    delivered = len(office.world.delivered)
    office.world.open.set()
    await office.running
    states = await office.states()
    assert DeliveryState.SENDING not in states
    assert states[DeliveryState.WAITING] >= 1
    assert len(office.world.delivered) == delivered


async def test_it_goes_on_when_the_store_was_not_to_be_had(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    claim, failures = Transaction.claim, [NotRecorded(), ZeroDivisionError()]

    def fail(tx: Transaction, *how: Any) -> list[Delivery]:
        if failures:
            raise failures.pop()
        return claim(tx, *how)

    monkeypatch.setattr(Transaction, "claim", fail)
    await office.declares()
    assert await office.states() == {DeliveryState.SENT: len(office.world.delivered)}


async def test_no_more_than_a_few_are_made_at_a_time(office: Office) -> None:
    office.world.open.clear()
    for _ in range(12):
        await office.handler.declare(WORKSPACE, c.Declare(ANN, "Payment API down", "SEV2"))
    await until(lambda: office.world.under_way == AT_ONCE)
    assert office.world.under_way == AT_ONCE
    office.world.open.set()
    async with asyncio.timeout(20):
        await office.outbox.settle()
    assert await office.states() == {DeliveryState.SENT: len(office.world.delivered)}


async def test_while_slack_is_away_nothing_is_tried_and_nothing_counts_against_it(office: Office) -> None:
    record = await office.declares()
    office.world.gone = "Slack cannot be reached"
    office.world.answers[f.Post] = [Away("Slack cannot be reached")]
    await office.does(record, c.PostUpdate(ANN, happening="one"))
    tried = len(office.world.delivered)
    await office.updates(record, "two", "three")
    await office.passes(hours=3)
    assert len(office.world.delivered) == tried
    circuit = office.outbox.circuits[Way.SLACK]
    assert (circuit.open_since, circuit.reason) == (START, "Slack cannot be reached")
    assert {one.attempts for one in await office.waiting()} == {0}


async def test_once_slack_is_back_all_that_waited_goes_in_its_order(office: Office) -> None:
    record = await office.declares()
    office.world.gone = "Slack cannot be reached"
    office.world.answers[f.Post] = [Away("Slack cannot be reached")]
    await office.updates(record, "one", "two", "three")
    await office.passes(hours=1)
    await office.comes_back()
    assert office.world.updates() == ["one", "one", "two", "three"]
    assert office.outbox.circuits[Way.SLACK].open_since is None


async def test_the_pager_rings_while_slack_is_away(office: Office) -> None:
    office.world.gone = "Slack cannot be reached"
    office.outbox.circuits.note(Way.SLACK, Away("Slack cannot be reached"), START)
    office.handler.playbook = ringing(office.playbook)
    await office.declares()
    assert [type(one) for one in office.world.effects()] == [f.RingPager]


@dataclass
class Between:
    """The store, in which something happens after a claim, before what was claimed is looked at again."""

    store: Store
    then: Callable[[], Awaitable[object]] | None = None
    claimed: type[f.Effect] = f.RingPager

    async def run(self, work: Callable[[Transaction], object], *, urgent: bool = True) -> object:
        """Run `work`, and what is to happen after it."""
        result = await self.store.run(work, urgent=urgent)
        if self.then and isinstance(result, list) and any(isinstance(one.effect, self.claimed) for one in result):
            then, self.then = self.then, None
            await then()
        return result


async def test_what_is_acknowledged_between_the_claim_and_the_sending_rings_nowhere(office: Office) -> None:
    await office.halts()
    office.handler.playbook = ringing(office.playbook)
    record = (await office.handler.declare(WORKSPACE, c.Declare(ANN, "Payment API down", "SEV1"))).record
    between = Between(office.store, lambda: office.handler(WORKSPACE, record.id, c.Acknowledge(ANN)))
    outbox: Any = Outbox
    again: Outbox = outbox(between, dict.fromkeys(Way, office.world), office.playbook, lambda: office.time[0])
    running = asyncio.create_task(again.run())
    await again.settle()
    again.stop()
    await running
    assert between.then is None
    assert office.world.effects(f.RingPager) == []
    rings = [
        one
        for one in await office.store.run(lambda tx: tx.deliveries(WORKSPACE))
        if isinstance(one.effect, f.RingPager)
    ]
    assert {str(one.result) for one in rings} == {"{'skipped': 'no longer wanted'}"}


@pytest.mark.parametrize("left_as", [DeliveryState.UNKNOWN, DeliveryState.SENDING, DeliveryState.SENT])
async def test_one_that_hung_for_longer_than_its_lease_does_not_even_begin(
    office: Office, left_as: DeliveryState
) -> None:
    record = await office.declares()
    await office.halts()
    await office.handler(WORKSPACE, record.id, c.PostUpdate(ANN, happening="one"))
    zombie, left = World(), list[Delivery]()
    zombie.open.set()

    async def everything() -> list[Delivery]:
        return await office.store.run(lambda tx: tx.deliveries(WORKSPACE))

    async def another_takes_it_up() -> None:
        office.time[0] += timedelta(seconds=21)
        await other.recover()
        if left_as is DeliveryState.SENDING:
            office.world.open.clear()
        if left_as is not DeliveryState.UNKNOWN:
            # Before this, what may have arrived is not looked up.
            office.time[0] += timedelta(seconds=31)
        office.outbox, office.running = other, asyncio.create_task(other.run())
        await (until(lambda: office.world.under_way > 0) if left_as is DeliveryState.SENDING else other.settle())
        left.extend(await everything())
        # The first goes on with what it has claimed, and claims nothing more.
        first.stop()

    outbox: Any = Outbox
    between = Between(office.store, another_takes_it_up, f.Post)
    other: Outbox = outbox(office.store, dict.fromkeys(Way, office.world), office.playbook, lambda: office.time[0])
    first: Outbox = outbox(between, dict.fromkeys(Way, zombie), office.playbook, lambda: office.time[0])
    await first.run()
    assert [one.state for one in left if one.effect == f.Post("update")] == [left_as]
    assert (zombie.delivered, zombie.looked_up) == ([], [])
    assert await everything() == left
    office.world.open.set()
    await office.halts()


async def test_no_page_waits_a_minute_for_a_way_that_is_known_to_be_away(office: Office) -> None:
    office.handler.playbook = office.outbox.playbook = ringing(office.playbook)
    office.outbox.circuits.note(Way.PAGERDUTY, Away("PagerDuty cannot be reached"), START)
    office.world.gone = "PagerDuty cannot be reached"
    await office.passes(seconds=20)
    record = await office.declares()
    await office.outbox.tell_unconfirmed()
    await office.outbox.settle()
    [told] = await office.happened(record, e.PageUnconfirmed)
    assert isinstance(told, e.PageUnconfirmed)
    assert (told.way, told.reason) == ("pagerduty", "PagerDuty cannot be reached")
    assert [f.route(one).way for one in office.world.effects(f.RingPager)] == [Way.EMAIL]
    await office.outbox.tell_unconfirmed()
    assert len(await office.happened(record, e.PageUnconfirmed)) == 1


async def test_a_page_by_one_way_that_is_not_confirmed_goes_on_by_the_next(office: Office) -> None:
    office.handler.playbook = office.outbox.playbook = ringing(office.playbook)
    office.world.answers[f.RingPager] = [Later("PagerDuty asked for a pause", timedelta(minutes=4))]
    record = await office.declares()
    await office.passes(seconds=61)
    await office.outbox.tell_unconfirmed()
    await office.outbox.settle()
    [told] = await office.happened(record, e.PageUnconfirmed)
    assert isinstance(told, e.PageUnconfirmed)
    assert told.pages[0].tried == ("pagerduty",)
    assert [f.route(one).way for one in office.world.effects(f.RingPager)] == [Way.PAGERDUTY, Way.EMAIL]
    await office.does(record, c.RecordRing(told.pages[0].step, "k2", ("primary",), paged_at=START, way="email"))
    await office.passes(minutes=5)
    assert len(office.world.effects(f.RingPager)) == 2


async def test_after_three_unknown_outcomes_in_a_row_slack_is_asked_before_it_goes_on(office: Office) -> None:
    office.world.gone = "Slack failed: 503"
    office.world.answers[f.Announce] = [BROKE]
    office.world.answers[f.OpenChannel] = [BROKE]
    office.world.answers[f.Page] = [BROKE]
    await office.declares(paging="U_BOB")
    await office.passes(hours=1)
    tried = len(office.world.delivered)
    await office.passes(hours=1)
    assert len(office.world.delivered) == tried
    await office.comes_back()
    assert (await office.states()).keys() == {DeliveryState.SENT}


async def test_what_the_clock_could_not_say_is_told_in_one_message(office: Office) -> None:
    record = await office.declares("SEV1", paging="U_BOB")
    office.world.gone = "Slack cannot be reached"
    office.outbox.circuits.note(Way.SLACK, Away("Slack cannot be reached"), START)
    for _ in range(70):
        await office.ticks(minutes=1)
    before = len(office.world.delivered)
    await office.comes_back()
    posts = [one for one in office.world.delivered[before:] if isinstance(one.effect, f.Post)]
    # That customers wait for the first word is asked once, with the button that answers it.
    said = sorted(one.effect.message for one in posts if isinstance(one.effect, f.Post))
    assert said == ["caught_up", "customers_asked"]
    [caught_up] = await office.happened(record, e.CaughtUp)
    assert isinstance(caught_up, e.CaughtUp)
    assert caught_up.cut_off
    assert caught_up.updates == len(await office.happened(record, e.Nudged))
    assert "resolve.limit" in caught_up.missed
    assert caught_up.away_since < START + timedelta(minutes=10)


async def test_a_late_message_on_its_own_is_posted_as_it_is(office: Office) -> None:
    record = await office.declares("SEV2")
    office.world.answers[f.Post] = [Later("Slack asked for a pause", timedelta(minutes=4))]
    posted = len(office.world.effects(f.Post))
    while len(office.world.effects(f.Post)) == posted:
        await office.ticks(minutes=1)
    await office.passes(minutes=5)
    assert office.world.effects(f.Post)[posted] == office.world.effects(f.Post)[posted + 1]
    assert await office.happened(record, e.CaughtUp) == []


async def test_a_page_that_does_not_go_out_for_a_minute_is_told_once(office: Office) -> None:
    office.world.answers[f.Page] = [Later("Slack asked for a pause", timedelta(minutes=5))]
    record = await office.declares("SEV2", paging="U_BOB")
    await office.passes(seconds=59)
    await office.outbox.tell_unconfirmed()
    assert await office.happened(record, e.PageUnconfirmed) == []
    for _ in range(3):
        await office.passes(seconds=20)
        await office.outbox.tell_unconfirmed()
    await office.outbox.settle()
    [event] = await office.happened(record, e.PageUnconfirmed)
    assert isinstance(event, e.PageUnconfirmed)
    assert (event.members, event.reason) == (("U_BOB",), "Slack asked for a pause")
    assert f.Post("page_unconfirmed") in office.world.effects(f.Post)


def rewritten(statement: str, values: tuple[Any, ...], tx: Transaction) -> None:
    tx.connection.exec_driver_sql(statement, values)


async def test_an_incident_that_cannot_be_decided_keeps_no_late_page_of_another_from_being_told(office: Office) -> None:
    office.world.answers[f.Page] = [Later("Slack asked for a pause", timedelta(minutes=5))] * 2
    bad = await office.declares("SEV1", paging="U_BOB")
    good = await office.declares("SEV2", paging="U_BOB")
    # A severity that its rules do not have, as no command would leave it.
    for was, becomes, told in (("SEV1", "SEV9", 0), ("SEV9", "SEV1", 1)):
        statement = "UPDATE incident SET state = replace(state, ?, ?) WHERE id = ?"
        values = (f'"severity":"{was}"', f'"severity":"{becomes}"', bad.id)
        await office.store.run(partial(rewritten, statement, values))
        office.time[0] += timedelta(minutes=1)
        await office.outbox.tell_unconfirmed()
        assert len(await office.happened(good, e.PageUnconfirmed)) == 1
        # Once it can be decided, its page is told too.
        assert len(await office.happened(bad, e.PageUnconfirmed)) == told


async def test_an_older_page_says_nothing_that_a_newer_one_does_not(office: Office) -> None:
    await office.binds("secondary", "U_BOB")
    office.world.gone = "Slack cannot be reached"
    office.outbox.circuits.note(Way.SLACK, Away("Slack cannot be reached"), START)
    await office.declares("SEV1", paging="U_BOB")
    for _ in range(10):
        await office.ticks(minutes=1)
    await office.comes_back()
    assert len(office.world.effects(f.Page)) == 1


async def test_what_was_delivered_is_not_done_again_because_its_incident_cannot_learn_of_it(office: Office) -> None:
    unheard_of = c.Acknowledge(BOB)
    office.world.answers[f.PostCard] = [Sent(learned=(unheard_of, unheard_of, c.RecordCard("C1", "1.0")))]
    record = await office.declares()
    await office.passes(minutes=5)
    assert len(office.world.effects(f.PostCard)) == 1
    assert len(await office.happened(record, e.CardPosted)) == 1
    assert (await office.states()).keys() == {DeliveryState.SENT}


async def test_a_step_that_was_repeated_fell_due_when_it_was_paged_first(office: Office) -> None:
    await office.binds("secondary", "U_EVE")
    record = await office.declares("SEV1", paging="U_BOB")
    office.world.gone = "Slack cannot be reached"
    office.outbox.circuits.note(Way.SLACK, Away("Slack cannot be reached"), START)
    for _ in range(40):
        await office.ticks(minutes=1)
    await office.comes_back()
    [caught_up] = await office.happened(record, e.CaughtUp)
    assert isinstance(caught_up, e.CaughtUp)
    first: dict[str, datetime] = {}
    for one in await office.happened(record, e.Paged):
        assert isinstance(one, e.Paged)
        first.setdefault(f"step:{one.step}", one.at)
    told = {timer: at for timer, at in caught_up.missed.items() if timer.startswith("step:")}
    assert any(at > START for at in told.values())
    assert told == {timer: first[timer] for timer in told}
