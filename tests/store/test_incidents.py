from app.domain import events as e
from app.store import Record, Store
from tests.store.given import ANN, WORKSPACE, at, change, declare, save

OTHER = "T9"


def numbers(records: list[Record]) -> list[int]:
    return [record.incident.number for record in records]


def test_an_incident_is_found_by_its_id_its_number_and_its_name(store: Store) -> None:
    declare(store)
    record = declare(store)
    assert store.call(lambda tx: tx.incident(record.id)) == record
    assert store.call(lambda tx: tx.by_number(WORKSPACE, 2)) == record
    assert store.call(lambda tx: tx.by_name(WORKSPACE, "incident-2")) == record


def test_what_there_is_not_is_not_found(store: Store) -> None:
    declare(store)
    assert store.call(lambda tx: tx.incident(99)) is None
    assert store.call(lambda tx: tx.by_number(WORKSPACE, 99)) is None
    assert store.call(lambda tx: tx.by_name(WORKSPACE, "incident-99")) is None
    assert store.call(lambda tx: tx.by_room(WORKSPACE, "C99", "1.0")) is None


def test_no_workspace_sees_the_incidents_of_another(store: Store) -> None:
    record = declare(store, e.ChannelOpened(at(1), "C1", "incident-1"))
    assert store.call(lambda tx: tx.by_number(OTHER, record.incident.number)) is None
    assert store.call(lambda tx: tx.by_room(OTHER, "C1")) is None
    assert store.call(lambda tx: tx.open_records(OTHER)) == []
    assert store.call(lambda tx: tx.all_timers(OTHER)) == []


def test_an_incident_is_found_by_its_own_channel_in_any_thread_of_it(store: Store) -> None:
    declare(store)
    record = declare(store)
    [record] = save(store, change(record, e.ChannelOpened(at(1), "C2", "incident-2")))
    assert store.call(lambda tx: tx.by_room(WORKSPACE, "C2")) == record
    assert store.call(lambda tx: tx.by_room(WORKSPACE, "C2", "7.0")) == record


def test_an_incident_is_found_by_the_thread_of_its_announcement_alone(store: Store) -> None:
    one = declare(store, e.Announced(at(1), "C0", "1.0"))
    other = declare(store, e.Announced(at(1), "C0", "2.0"))
    assert store.call(lambda tx: tx.by_room(WORKSPACE, "C0", "1.0")) == one
    assert store.call(lambda tx: tx.by_room(WORKSPACE, "C0", "2.0")) == other
    assert store.call(lambda tx: tx.by_room(WORKSPACE, "C0", "3.0")) is None
    assert store.call(lambda tx: tx.by_room(WORKSPACE, "C0")) is None


def test_open_incidents_come_the_worst_first_then_the_newest(store: Store) -> None:
    declare(store, severity="SEV2", minute=1)
    declare(store, severity="SEV2", minute=2)
    declare(store, severity="SEV1", minute=0)
    closed = declare(store, minute=3)
    save(store, change(closed, e.Cancelled(at(4), ANN, "A drill")))
    assert numbers(store.call(lambda tx: tx.open_records(WORKSPACE))) == [3, 2, 1]


def test_an_incident_whose_severity_falls_goes_down_the_list(store: Store) -> None:
    first = declare(store, severity="SEV1")
    declare(store, severity="SEV1")
    save(store, change(first, e.SeverityChanged(at(1), ANN, "SEV1", "SEV2")))
    assert numbers(store.call(lambda tx: tx.open_records(WORKSPACE))) == [2, 1]


def test_recent_and_latest_incidents_come_the_newest_first(store: Store) -> None:
    for minute in (0, 30, 60):
        declare(store, minute=minute)
    assert numbers(store.call(lambda tx: tx.recent(WORKSPACE, at(30)))) == [3, 2]
    assert numbers(store.call(lambda tx: tx.latest(WORKSPACE, 2))) == [3, 2]
