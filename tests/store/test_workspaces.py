from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

from app.domain.playbook import Bound
from app.store import Receipt, Store, Transaction
from tests.store.given import ANN, BOB, WORKSPACE, add, at, declare


def test_a_responder_is_bound_anew_and_unbound(store: Store) -> None:
    store.call(lambda tx: tx.bind(WORKSPACE, "primary", (ANN,), (ANN,)))
    store.call(lambda tx: tx.bind(WORKSPACE, "primary", ("S1", ANN), (BOB, ANN)))
    store.call(lambda tx: tx.bind(WORKSPACE, "secondary", (BOB,), (BOB,)))
    assert store.call(lambda tx: tx.bindings(WORKSPACE)) == {
        "primary": Bound(("S1", ANN), (BOB, ANN)),
        "secondary": Bound((BOB,), (BOB,)),
    }
    store.call(lambda tx: tx.bind(WORKSPACE, "primary", (), ()))
    assert list(store.call(lambda tx: tx.bindings(WORKSPACE))) == ["secondary"]
    assert store.call(lambda tx: tx.bindings("T9")) == {}


def test_who_is_in_a_group_is_noted_unless_the_responder_was_bound_otherwise_meanwhile(store: Store) -> None:
    store.call(lambda tx: tx.bind(WORKSPACE, "primary", ("S1",), (ANN,)))
    store.call(lambda tx: tx.refresh(WORKSPACE, "primary", ("S1",), (ANN, BOB)))
    assert store.call(lambda tx: tx.bindings(WORKSPACE)) == {"primary": Bound(("S1",), (ANN, BOB))}
    store.call(lambda tx: tx.refresh(WORKSPACE, "primary", ("S2",), (ANN,)))
    assert store.call(lambda tx: tx.bindings(WORKSPACE)) == {"primary": Bound(("S1",), (ANN, BOB))}


def test_what_is_done_from_time_to_time_is_done_once_in_each_period(store: Store) -> None:
    every = timedelta(minutes=10)
    turns = [
        store.call(partial(Transaction.take_turn, name="sweep", now=at(m), every=every)) for m in (0, 9, 10, 11, 25)
    ]
    assert turns == [True, False, True, False, True]


def test_a_clock_that_was_set_back_holds_nothing_up(store: Store) -> None:
    store.call(lambda tx: tx.take_turn("sweep", at(60), timedelta(minutes=10)))
    assert store.call(lambda tx: tx.take_turn("sweep", at(1), timedelta(minutes=10)))


def test_what_came_in_is_remembered_with_its_incident(store: Store) -> None:
    record = declare(store)
    assert store.call(lambda tx: tx.receipt(WORKSPACE, "command:1")) is None
    store.call(lambda tx: tx.keep_receipt(WORKSPACE, "command:1", record.id, at()))
    assert store.call(lambda tx: tx.receipt(WORKSPACE, "command:1")) == Receipt(record.id, at())
    assert store.call(lambda tx: tx.receipt("T9", "command:1")) is None


def test_receipts_are_forgotten_after_a_time(store: Store) -> None:
    store.call(lambda tx: tx.keep_receipt(WORKSPACE, "old", None, at(0)))
    store.call(lambda tx: tx.keep_receipt(WORKSPACE, "new", None, at(5)))
    store.call(lambda tx: tx.forget_receipts(at(5)))
    assert store.call(lambda tx: tx.receipt(WORKSPACE, "old")) is None
    assert store.call(lambda tx: tx.receipt(WORKSPACE, "new")) == Receipt(None, at(5))


def test_of_many_copies_at_once_one_is_handled(store: Store) -> None:
    def handle(tx: Transaction) -> int | None:
        before = tx.receipt(WORKSPACE, "command:1")
        if before:
            return before.incident_id
        record = add(tx)
        tx.keep_receipt(WORKSPACE, "command:1", record.id, at())
        return record.id

    with ThreadPoolExecutor(8) as pool:
        handled = list(pool.map(lambda _: store.call(handle), range(8)))
    assert len(set(handled)) == 1
    assert len(store.call(lambda tx: tx.latest(WORKSPACE, 10))) == 1


def test_a_pulse_is_kept_for_the_installation_and_for_a_workspace(store: Store) -> None:
    assert store.call(lambda tx: tx.pulse("clock")) is None
    store.call(lambda tx: tx.beat("clock", at(1)))
    store.call(lambda tx: tx.beat("clock", at(2)))
    store.call(lambda tx: tx.beat("clock", at(3), WORKSPACE))
    assert store.call(lambda tx: tx.pulse("clock")) == at(2)
    assert store.call(lambda tx: tx.pulse("clock", WORKSPACE)) == at(3)
