from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import chain
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import StatementError

from app.domain import effects as f
from app.domain import events as e
from app.domain.evolve import fold
from app.store import Conflict, Store, Transaction
from app.store.tables import rules
from tests.store.given import ANN, BOB, RULES, WORKSPACE, Effects, add, at, change, declaration, declare, due, save
from tests.store.tapped import Tap

ACKNOWLEDGED = e.Acknowledged(at(2), ANN)


def test_state_timeline_timers_and_deliveries_are_stored_together(store: Store) -> None:
    record = declare(store, effects=[(0, f.Announce())], timers=due(update=15))
    [saved] = save(store, change(record, ACKNOWLEDGED, effects=[(0, f.EditCard())], timers=due(update=20)))

    def look(tx: Transaction) -> None:
        assert tx.incident(record.id) == saved
        assert saved.version == 2
        assert saved.incident.acknowledged_by == ANN
        assert tx.timeline(record.id) == [declaration(1), ACKNOWLEDGED]
        assert tx.timers(record.id) == due(update=20)
        assert [(one.effect, one.event) for one in tx.deliveries(WORKSPACE)] == [
            (f.Announce(), declaration(1)),
            (f.EditCard(), ACKNOWLEDGED),
        ]

    store.call(look)


def test_nothing_is_stored_of_a_work_that_fails(store: Store) -> None:
    record = declare(store, timers=due(update=15))

    def fail(tx: Transaction) -> None:
        tx.save([change(record, ACKNOWLEDGED, effects=[(0, f.Announce())], timers=due(resolve=20))], at(2))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.call(fail)

    def look(tx: Transaction) -> None:
        assert tx.incident(record.id) == record
        assert tx.timeline(record.id) == [declaration(1)]
        assert tx.timers(record.id) == due(update=15)
        assert tx.deliveries(WORKSPACE) == []

    store.call(look)


def test_the_slower_writer_gets_a_conflict_and_nothing_of_its_is_stored(store: Store) -> None:
    one, other = declare(store), declare(store)
    [newer] = save(store, change(one, ACKNOWLEDGED))
    with pytest.raises(Conflict):
        save(store, change(other, ACKNOWLEDGED), change(one, e.Noted(at(3), BOB, "Too late")))
    assert store.call(lambda tx: tx.incident(one.id)) == newer
    assert store.call(lambda tx: tx.incident(other.id)) == other
    assert store.call(lambda tx: len(tx.timeline(one.id))) == 2


def test_the_timeline_folds_to_the_stored_incident(store: Store) -> None:
    record = declare(store, e.RoleAssigned(at(1), ANN, "commander", BOB))
    for event in (
        ACKNOWLEDGED,
        e.ChannelOpened(at(3), "C1", "incident-1"),
        e.SeverityChanged(at(4), ANN, "SEV1", "SEV2"),
    ):
        [record] = save(store, change(record, event))
    timeline = store.call(lambda tx: tx.timeline(record.id))
    assert len(timeline) == 5
    assert fold(timeline) == record.incident


def test_changes_come_back_in_the_order_that_they_were_given_in(store: Store) -> None:
    one, other = declare(store), declare(store)
    saved = save(store, change(other, ACKNOWLEDGED), change(one, ACKNOWLEDGED))
    assert [record.id for record in saved] == [other.id, one.id]


def test_timers_are_added_moved_and_removed(store: Store) -> None:
    record = declare(store, timers=due(stays=5, moves=10, goes=15))
    save(store, change(record, timers=due(stays=5, moves=11, comes=20)))
    assert store.call(lambda tx: tx.timers(record.id)) == due(stays=5, moves=11, comes=20)


def test_rules_are_stored_once(store: Store) -> None:
    first, second = declare(store), declare(store)
    assert first.rules == second.rules == RULES
    assert store.call(lambda tx: tx.connection.execute(select(func.count()).select_from(rules)).scalar()) == 1


def test_rules_are_read_after_a_restart(database_url: str) -> None:
    before = Store.open(database_url)
    record = declare(before, timers=due(update=15))
    before.close()
    after = Store.open(database_url)
    assert after.call(lambda tx: tx.incident(record.id)) == record
    after.close()


def test_numbers_have_no_gap_and_no_double_however_many_declare_at_once(store: Store) -> None:
    def declare_some(workspace: str) -> list[int]:
        return [declare(store, workspace=workspace).incident.number for _ in range(10)]

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(declare_some, ["T1", "T2"] * 4))
    for workspace in (0, 1):
        assert sorted(chain(*numbers[workspace::2])) == list(range(1, 41))


def test_a_number_whose_incident_was_not_stored_is_given_again(store: Store) -> None:
    def fail(tx: Transaction) -> None:
        add(tx)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.call(fail)
    assert declare(store).incident.number == 1


def test_numbers_in_the_year_begin_anew_with_it(store: Store) -> None:
    declare(store)
    assert store.call(lambda tx: tx.next_numbers(WORKSPACE, 2026)) == (2, 2)
    assert store.call(lambda tx: tx.next_numbers(WORKSPACE, 2027)) == (2, 1)
    assert store.call(lambda tx: tx.next_numbers("T9", 2026)) == (1, 1)


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    record = declare(store)
    naive = at().replace(tzinfo=None)
    with pytest.raises((StatementError, ValueError), match="no time zone"):
        save(store, change(record, timers={"update": naive}))
    assert store.call(lambda tx: tx.incident(record.id)) == record


def test_a_time_of_another_zone_comes_back_in_utc(store: Store) -> None:
    tokyo = at().astimezone(ZoneInfo("Asia/Tokyo"))
    record = declare(store, timers={"update": tokyo})
    [stored] = store.call(lambda tx: tx.timers(record.id)).values()
    assert (stored, stored.utcoffset()) == (at(), timedelta())


def test_fifty_changes_cost_a_handful_of_statements(store: Store) -> None:
    effects: Effects = [(0, f.Post("nudge")), (0, f.EditCard())]
    tap, records = Tap(store), [declare(store, timers=due(update=15)) for _ in range(50)]

    def nudge(tx: Transaction) -> None:
        statements.clear()
        nudged = e.Nudged(at(15), at(15), 1, (ANN,))
        tx.save([change(one, nudged, effects=effects, timers=due(update=30)) for one in records], at(15))

    statements: list[str] = []
    with tap.telling(statements.append):
        store.call(nudge)
        saved = [one for one in statements if one != "COMMIT"]
    assert len(saved) == 4


def test_an_agenda_that_somebody_took_away_comes_back_with_the_next_save(store: Store) -> None:
    record = declare(store, timers=due(update=15))
    store.call(lambda tx: tx.connection.exec_driver_sql("DELETE FROM agenda"))
    save(store, change(record, timers=due(update=20)))
    assert store.call(lambda tx: tx.timers(record.id)) == due(update=20)
    assert store.call(lambda tx: tx.next_due()) == at(20)
