"""What is kept of alerts, and what is not kept any longer."""

from datetime import timedelta

import pytest

from app.domain.alerts import Proposal
from app.domain.hearing import Heard
from app.store import KeptAlert, KeptGroup, Store, Transaction
from tests.store.given import WORKSPACE, at, declare

WEEK, MONTH = timedelta(days=7), timedelta(days=30)
PROPOSAL = Proposal("DiskFull", "grafana", "DiskFull")


def keep(tx: Transaction, count: int, *, firing: bool = False) -> None:
    over_at = None if firing else at()
    heard = Heard(firing, at(), at(), over_at, over_at)
    tx.put_alerts(WORKSPACE, [KeptAlert(f"a{number}", f"g{number}", "DiskFull", heard) for number in range(count)])
    tx.put_alert_groups(WORKSPACE, [KeptGroup(f"g{number}", "grafana") for number in range(count)], at())
    for number in range(count):
        tx.keep_body(WORKSPACE, "grafana", b"%d" % number, at(), waiting=False)


def test_what_is_old_is_forgotten_a_little_at_a_time(store: Store) -> None:
    store.call(lambda tx: keep(tx, 7))
    more = [store.call(lambda tx: tx.forget_alerts(at() + WEEK, at(1), 3)) for _ in range(3)]

    assert more == [True, True, False]
    assert store.call(lambda tx: tx.alerts(WORKSPACE, ["a0", "a6"])) == {}
    assert store.call(lambda tx: (tx.alert_groups(WORKSPACE, ["g0"]), tx.bodies(at(), 9))) == ({}, [])


def test_a_group_is_known_as_long_as_any_of_its_alerts(store: Store) -> None:
    store.call(lambda tx: keep(tx, 2, firing=True))
    later = Heard(True, at(), at() + MONTH, None, None)  # noqa: FBT003 -- it fires
    store.call(lambda tx: tx.put_alerts(WORKSPACE, [KeptAlert("a1", "g1", "DiskFull", later)]))

    store.call(lambda tx: tx.forget_alerts(at() + MONTH, at(1), 9))

    assert list(store.call(lambda tx: tx.alert_groups(WORKSPACE, ["g0", "g1"]))) == ["g1"]


def test_bodies_are_not_kept_without_end_between_two_hours(store: Store) -> None:
    def jump(tx: Transaction) -> None:
        tx.keep_body(WORKSPACE, "grafana", b"old", at(), waiting=False)
        tx.connection.exec_driver_sql("UPDATE alert_body SET id = 11999")
        tx.keep_body(WORKSPACE, "grafana", b"kept", at(), waiting=False)
        tx.connection.exec_driver_sql("UPDATE alert_body SET id = 61999 WHERE id <> 11999")
        if tx.connection.dialect.name == "postgresql":
            tx.connection.exec_driver_sql("SELECT setval(pg_get_serial_sequence('alert_body', 'id'), 61999)")
        tx.keep_body(WORKSPACE, "grafana", b"new", at(), waiting=False)

    store.call(jump)

    assert sorted(one.id for one in store.call(lambda tx: tx.bodies(at(), 9))) == [61999, 62000]


@pytest.mark.parametrize("broken", [False, True])
def test_a_suggestion_is_claimed_by_one_and_one_that_cannot_be_read_by_none(store: Store, *, broken: bool) -> None:
    made = store.call(lambda tx: [tx.add_suggestion(WORKSPACE, key, PROPOSAL, at()) for key in "ab"])
    if broken:
        store.call(lambda tx: tx.connection.exec_driver_sql("UPDATE suggestion SET proposal = '{}' WHERE key = 'a'"))

    claimed = [store.call(lambda tx: tx.claim_suggestion(WORKSPACE, at(), at(1))) for _ in range(3)]

    assert [one.id if one else None for one in claimed] == ([made[1], None, None] if broken else [*made, None])


def test_all_of_some_time_is_replayed_and_a_workspace_takes_its_own(store: Store) -> None:
    def keep_three(tx: Transaction) -> None:
        for workspace, body in ((WORKSPACE, b"a"), ("E1/T2", b"b"), ("", b"c")):
            tx.keep_body(workspace, "grafana", body, at(), waiting=False)

    store.call(keep_three)
    assert store.call(lambda tx: tx.replay_since(at(1))) == 0
    assert store.call(lambda tx: tx.replay_since(at())) == 3

    assert [one.body for one in store.call(lambda tx: tx.waiting_bodies(WORKSPACE, 9))] == [b"a", b"c"]


def test_alerts_move_and_merge_from_one_incident_into_another(store: Store) -> None:
    first, second = declare(store).id, declare(store).id
    heard = Heard(True, at(), at())  # noqa: FBT003 -- it fires
    over = Heard(False, at(), at(), at(1), at(1))  # noqa: FBT003 -- it does not

    def keep_some(tx: Transaction) -> None:
        alerts = [KeptAlert("a", "g", "A", heard, first), KeptAlert("b", "h", "B", heard, first)]
        tx.put_alerts(WORKSPACE, [*alerts, KeptAlert("c", "g", "C", over, first)])
        waiting = KeptGroup("g", "grafana", first, again_at=at(5), proposal=PROPOSAL)
        tx.put_alert_groups(WORKSPACE, [waiting, KeptGroup("h", "grafana", first)], at())

    store.call(keep_some)
    assert store.call(lambda tx: (tx.due_again(WORKSPACE, at(4), 9), tx.due_again(WORKSPACE, at(5), 9))) == (
        [],
        [first],
    )
    assert [one.key for one in store.call(lambda tx: tx.waiting_groups(WORKSPACE, first))] == ["g"]
    assert store.call(lambda tx: (tx.source_of_alerts(first), tx.source_of_alerts(second))) == ("grafana", "")

    store.call(lambda tx: tx.move_alerts(WORKSPACE, "g", first, second))
    assert [one.key for one in store.call(lambda tx: tx.firing_alerts(WORKSPACE, incident_id=second))] == ["a"]
    assert [one.key for one in store.call(lambda tx: tx.firing_alerts(WORKSPACE, group_key="h"))] == ["b"]

    store.call(lambda tx: tx.merge_alerts(first, second))
    assert store.call(lambda tx: (tx.counted_alerts(incident_id=first), tx.counted_alerts(incident_id=second))) == (
        (0, 0),
        (3, 2),
    )
