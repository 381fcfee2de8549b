"""Incidents that were stored before they knew as much of themselves: a new version completes them when it starts."""

from contextlib import closing

import msgspec
import pytest
from alembic import command
from sqlalchemy import text

from app.domain import events as e
from app.domain.evolve import fold
from app.store import Record, Store, Transaction
from app.store.schema import configuration
from tests.store.given import ANN, WORKSPACE, at, change, declare, due, save

SINCE = ("room_at", "reached_statuses", "monitoring_since")
LATER = (
    e.ChannelOpened(at(1), "C1", "incident-1"),
    e.StatusChanged(at(2), ANN, "investigating", "monitoring"),
)


def make_old(tx: Transaction) -> None:
    for one, state in tx.connection.execute(text("SELECT id, state FROM incident")).all():
        known = {name: value for name, value in msgspec.json.decode(state).items() if name not in SINCE}
        row = {"id": one, "state": msgspec.json.encode(known).decode()}
        tx.connection.execute(text("UPDATE incident SET state = :state WHERE id = :id"), row)
    command.downgrade(configuration(tx.connection), "0004")


def made_old(tx: Transaction, record: Record) -> Record | None:
    make_old(tx)
    return tx.incident(record.id)


def make_timers_rows(tx: Transaction) -> int:
    command.downgrade(configuration(tx.connection), "0006")
    if tx.connection.dialect.name == "sqlite":
        # As a page that was put off was stored then.
        tx.connection.execute(text("UPDATE incident SET next_page = substr(next_page, 1, 26)"))
    return len(tx.connection.execute(text("SELECT * FROM timer")).all())


def reopened(url: str, *records: Record) -> list[Record | None]:
    with closing(Store.open(url)) as store:
        return store.call(lambda tx: [tx.incident(one.id) for one in records])


def test_an_old_incident_learns_from_its_timeline_what_it_would_know_by_now(database_url: str) -> None:
    with closing(Store.open(database_url)) as store:
        record = declare(store, *LATER)
        timeline = store.call(lambda tx: tx.timeline(record.id))
        old = store.call(lambda tx: made_old(tx, record))
    assert old
    assert old.incident.room_at is None
    [completed] = reopened(database_url, record)
    assert completed == record
    assert completed.incident == fold(timeline)
    assert completed.incident.monitoring_since == at(2)


@pytest.mark.parametrize("spoilt", ["UPDATE event SET kind = 'Unheard'", "DELETE FROM event"])
def test_one_whose_timeline_cannot_be_read_stays_as_it_is(database_url: str, spoilt: str) -> None:
    with closing(Store.open(database_url)) as store:
        bad, good = declare(store, *LATER), declare(store, *LATER)
        store.call(lambda tx: tx.connection.execute(text(f"{spoilt} WHERE incident_id = {bad.id}")))
        store.call(make_old)
    left, completed = reopened(database_url, bad, good)
    assert left
    assert left.incident.room_at is None
    assert completed == good


def test_timers_from_before_the_agenda_are_kept_to_the_second(database_url: str) -> None:
    with closing(Store.open(database_url)) as store:
        paged = declare(store, timers=due(update=15, resolve=60) | {"step:1:primary": at(3)})
        stuck, over = declare(store, timers=due(repeat=5)), declare(store, timers=due(update=4))
        save(store, change(over))
        store.call(lambda tx: tx.put_off(stuck.id, at(7), "No such step"))
        before = store.call(lambda tx: (tx.all_timers(WORKSPACE), tx.put_offs()))
        assert store.call(make_timers_rows) == 4
    with closing(Store.open(database_url)) as store:
        assert store.call(lambda tx: (tx.all_timers(WORKSPACE), tx.put_offs())) == before
        assert [one.id for one in store.call(lambda tx: tx.due(at(6)))] == [paged.id]
        assert [one.id for one in store.call(lambda tx: tx.due(at(7)))] == [paged.id, stuck.id]
        ledger = store.call(lambda tx: tx.ledger(stuck.id))
        assert ledger
        assert ledger.next_page == at(7)
