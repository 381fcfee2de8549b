from datetime import timedelta

from sqlalchemy import update

from app.domain import events as e
from app.store import Store, Transaction
from app.store.tables import incident
from tests.store.given import ANN, WORKSPACE, at, change, declare, due, save


def ids_due(store: Store, minute: float, limit: int = 50) -> list[int]:
    return [record.id for record in store.call(lambda tx: tx.due(at(minute), limit))]


def test_an_incident_is_due_from_the_moment_of_its_first_timer_on(store: Store) -> None:
    record = declare(store, timers=due(update=15, resolve=60))
    assert ids_due(store, 14.9) == []
    assert ids_due(store, 15) == [record.id]
    assert store.call(lambda tx: tx.next_due()) == at(15)


def test_an_incident_without_timers_is_never_due(store: Store) -> None:
    record = declare(store, timers=due(update=15))
    save(store, change(record, e.Cancelled(at(4), ANN, "A drill")))
    assert ids_due(store, 10_000) == []
    assert store.call(lambda tx: tx.next_due()) is None


def test_incidents_with_a_page_that_is_due_go_first_then_the_longest_overdue(store: Store) -> None:
    update_at_1 = declare(store, timers=due(update=1)).id
    page_at_9 = declare(store, timers=due(update=2) | {"step:1:primary": at(9)}).id
    update_at_3 = declare(store, timers=due(update=3) | {"repeat": at(99)}).id
    page_at_8 = declare(store, timers=due(repeat=8)).id
    assert ids_due(store, 10) == [page_at_8, page_at_9, update_at_1, update_at_3]
    assert ids_due(store, 10, limit=3) == [page_at_8, page_at_9, update_at_1]


def test_one_that_could_not_be_decided_is_left_alone_until_its_new_time(store: Store) -> None:
    bad = declare(store, timers=due(repeat=1))
    good = declare(store, timers=due(update=2))
    store.call(lambda tx: tx.put_off(bad.id, at(4), "No such step"))
    assert ids_due(store, 3) == [good.id]
    assert ids_due(store, 4) == [bad.id, good.id]
    [put_off] = store.call(lambda tx: tx.put_offs())
    assert (put_off.id, put_off.reason, put_off.until) == (bad.id, "No such step", at(4))


def test_the_next_save_forgets_why_an_incident_was_put_off(store: Store) -> None:
    bad = declare(store, timers=due(update=1))
    store.call(lambda tx: tx.put_off(bad.id, at(4), "No such step"))
    save(store, change(bad, timers=due(update=30)))
    assert store.call(lambda tx: tx.put_offs()) == []
    assert store.call(lambda tx: tx.next_due()) == at(30)


def test_one_that_cannot_be_read_keeps_nobody_waiting(store: Store) -> None:
    bad, good = declare(store, timers=due(repeat=1)), declare(store, timers=due(update=2))

    def spoil(tx: Transaction) -> None:
        tx.connection.execute(update(incident).where(incident.c.id == bad.id).values(state='{"number":"one"}'))

    store.call(spoil)
    assert ids_due(store, 3) == [good.id]
    assert ids_due(store, 3) == [good.id]
    [put_off] = store.call(lambda tx: tx.put_offs())
    assert put_off.id == bad.id
    assert put_off.reason.startswith("It cannot be read: ")
    assert put_off.until == at(3) + timedelta(minutes=1)


def test_timers_of_a_workspace_come_the_soonest_first(store: Store) -> None:
    one = declare(store, timers=due(resolve=60, update=15))
    other = declare(store, timers=due(update=10))
    declare(store, timers=due(update=1), workspace="T9")
    assert store.call(lambda tx: tx.all_timers(WORKSPACE)) == [
        (other.id, "update", at(10)),
        (one.id, "update", at(15)),
        (one.id, "resolve", at(60)),
    ]
