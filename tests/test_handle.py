"""The one way an incident changes: one transaction, once for each receipt, decided again after a conflict."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.errors import AlreadyAcknowledged
from app.domain.on_call import Fixed
from app.handle import Handler, NoSuchIncident
from app.store import Conflict, Record, Store, Transaction
from tests import shipped

WORKSPACE = "T1"
ANN, BOB = c.Actor("U_ANN"), c.Actor("U_BOB")
NOW = datetime(2026, 3, 4, 10, tzinfo=UTC)
DECLARE = c.Declare(ANN, "Payment API down", "SEV1")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path / 'tocsin.db'}")
    yield opened
    opened.close()


@pytest.fixture
def commits() -> list[datetime]:
    """When something was recorded."""
    return []


@pytest.fixture
def handler(store: Store, commits: list[datetime]) -> Handler:
    return Handler(store, shipped.playbook(), lambda: NOW, lambda: commits.append(NOW))


async def effects(store: Store) -> list[f.Effect]:
    """Return what waits in the outbox, in the order it was decided in."""
    return [delivery.effect for delivery in await store.run(lambda tx: tx.deliveries(WORKSPACE))]


async def timeline(store: Store, record: Record) -> list[e.Event]:
    return list(await store.run(lambda tx: tx.timeline(record.id)))


async def with_room(handler: Handler) -> Record:
    """Return an incident with a channel and a card."""
    record = (await handler.declare(WORKSPACE, DECLARE)).record
    await handler(WORKSPACE, record.id, c.RecordChannel("C1", "incident-1"))
    return (await handler(WORKSPACE, record.id, c.RecordCard("C1", "1.0"))).record


async def test_a_declaration_is_stored_with_its_timeline_timers_and_effects(
    handler: Handler, store: Store, commits: list[datetime]
) -> None:
    handled = await handler.declare(WORKSPACE, DECLARE)
    record = handled.record
    assert await store.run(lambda tx: tx.incident(record.id)) == record
    assert await timeline(store, record) == list(handled.events)
    assert "update" in await store.run(lambda tx: tx.timers(record.id))
    made = await effects(store)
    assert {f.Announce, f.OpenChannel, f.PostCard, f.Post} <= {type(effect) for effect in made}
    assert commits == [NOW]


async def test_numbers_are_counted_for_each_workspace(handler: Handler) -> None:
    first, second = await handler.declare(WORKSPACE, DECLARE), await handler.declare(WORKSPACE, DECLARE)
    elsewhere = await handler.declare("T2", DECLARE)
    assert [one.record.incident.name for one in (first, second, elsewhere)] == [
        "incident-1",
        "incident-2",
        "incident-1",
    ]


async def test_a_new_incident_is_not_edited_before_it_is_posted(handler: Handler, store: Store) -> None:
    await handler.declare(WORKSPACE, DECLARE)
    assert not [effect for effect in await effects(store) if isinstance(effect, f.EditCard | f.EditAnnouncement)]


async def test_what_happens_together_edits_each_message_once_and_invites_with_one_call(
    handler: Handler, store: Store
) -> None:
    def bind(tx: Transaction) -> None:
        for responder in ("primary", "incident-manager"):
            tx.bind(WORKSPACE, responder, (f"U_{responder}",), (f"U_{responder}",))

    await store.run(bind)
    await with_room(handler)
    made = await effects(store)
    [invite] = [effect for effect in made if isinstance(effect, f.Invite)]
    assert set(invite.members) == {"U_ANN", "U_primary", "U_incident-manager"}


async def test_a_receipt_is_handled_once(handler: Handler, store: Store) -> None:
    first = await handler.declare(WORKSPACE, DECLARE, receipt="command:1")
    again = await handler.declare(WORKSPACE, DECLARE, receipt="command:1")
    assert (again.record, again.events, again.repeated) == (first.record, (), True)
    note = c.AddNote(ANN, "still slow")
    await handler(WORKSPACE, first.record.id, note, receipt="command:2")
    told = await handler(WORKSPACE, first.record.id, note, receipt="command:2")
    assert told.repeated
    assert len([one for one in await timeline(store, first.record) if isinstance(one, e.Noted)]) == 1


async def test_the_receipt_of_one_workspace_is_none_of_another(handler: Handler) -> None:
    await handler.declare(WORKSPACE, DECLARE, receipt="command:1")
    assert not (await handler.declare("T2", DECLARE, receipt="command:1")).repeated


async def test_what_is_refused_leaves_no_trace(handler: Handler, store: Store, commits: list[datetime]) -> None:
    record = (await handler.declare(WORKSPACE, DECLARE)).record
    await handler(WORKSPACE, record.id, c.Acknowledge(BOB))
    before, told = await timeline(store, record), list(commits)
    with pytest.raises(AlreadyAcknowledged):
        await handler(WORKSPACE, record.id, c.Acknowledge(ANN), receipt="click:1")
    assert await timeline(store, record) == before
    assert commits == told
    assert await store.run(lambda tx: tx.receipt(WORKSPACE, "click:1")) is None


async def test_an_incident_that_is_not_there_is_named(handler: Handler) -> None:
    with pytest.raises(NoSuchIncident, match="There is no incident #7"):
        await handler(WORKSPACE, 7, c.Acknowledge(ANN))


async def test_after_a_conflict_it_is_decided_again(
    handler: Handler, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = (await handler.declare(WORKSPACE, DECLARE)).record
    save, tries = Transaction.save, []

    def lose_twice(tx: Transaction, *arguments: object) -> object:
        tries.append(1)
        if len(tries) <= 2:
            raise Conflict
        return save(tx, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Transaction, "save", lose_twice)
    handled = await handler(WORKSPACE, record.id, c.Acknowledge(BOB))
    assert len(tries) == 3
    assert handled.record.incident.acknowledged_by == BOB.id


async def test_a_conflict_that_never_ends_is_not_hidden(
    handler: Handler, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = (await handler.declare(WORKSPACE, DECLARE)).record

    def lose(*_: object) -> object:
        raise Conflict

    monkeypatch.setattr(Transaction, "save", lose)
    with pytest.raises(Conflict):
        await handler(WORKSPACE, record.id, c.Acknowledge(BOB))


async def test_the_number_in_the_year_is_that_of_the_playbooks_time_zone(store: Store) -> None:
    midnight = datetime(2027, 1, 1, 0, 30, tzinfo=UTC)
    playbook = shipped.playbook("multi-service")
    before = await Handler(store, playbook, lambda: midnight - timedelta(hours=1), lambda: None).declare(
        WORKSPACE, DECLARE
    )
    after = await Handler(store, playbook, lambda: midnight, lambda: None).declare(WORKSPACE, DECLARE)
    assert before.record.incident.name == "incident-2026-001"
    assert after.record.incident.name == "incident-2027-001"


async def test_incidents_of_the_same_minute_and_service_have_names_of_their_own(store: Store) -> None:
    handler = Handler(store, shipped.playbook("fintech"), lambda: NOW, lambda: None)
    declaration = c.Declare(ANN, "Payment API down", "SEV-2", services="payments")
    names = [(await handler.declare(WORKSPACE, declaration)).record.incident.name for _ in range(3)]
    assert names == ["2026-03-04-1000-payments", "2026-03-04-1000-payments-2", "2026-03-04-1000-payments-3"]
    assert (await handler.declare("T2", declaration)).record.incident.name == names[0]


async def test_who_is_on_call_is_known_of_the_playbook_that_is_in_use(store: Store, handler: Handler) -> None:
    record = (await handler.declare(WORKSPACE, DECLARE)).record
    was = handler.playbook
    ours = replace(
        was,
        rules=replace(was.rules, playbook="ours"),
        on_call={one.id: Fixed(("U_OURS",)) for one in was.rules.responders},
        others={"default": was},
    )
    later = Handler(store, ours, lambda: NOW, lambda: None)
    escalated = await later(WORKSPACE, record.id, c.Escalate(ANN))
    assert [event.members for event in escalated.events if isinstance(event, e.Paged)] == [("U_OURS",)]
