"""What is fetched ahead of who is on call, and how it is joined with bindings."""

from datetime import timedelta

from app.domain.on_call import Calendar, Fixed, OnCall, Shift
from app.domain.playbook import Bound
from app.store import Absence, Feed, Store
from tests.store.given import ANN, BOB, WORKSPACE, at

CALENDAR: dict[str, OnCall] = {"primary": Calendar(file="oncall.ics")}
FIRST, SECOND = Shift(ANN, at(-60), at(60)), Shift(BOB, at(60), at(120))


def test_shifts_take_the_place_of_those_that_were_known(store: Store) -> None:
    store.call(lambda tx: tx.keep_shifts(WORKSPACE, "primary", [SECOND, FIRST, FIRST], at()))
    assert store.call(lambda tx: tx.shifts(WORKSPACE, at())) == {"primary": (FIRST, SECOND)}
    assert store.call(lambda tx: tx.shifts(WORKSPACE, at(60))) == {"primary": (SECOND,)}
    store.call(lambda tx: tx.keep_shifts(WORKSPACE, "primary", [SECOND], at(1)))
    assert store.call(lambda tx: tx.shifts(WORKSPACE, at())) == {"primary": (SECOND,)}
    store.call(lambda tx: tx.keep_shifts(WORKSPACE, "primary", [], at(2)))
    assert store.call(lambda tx: tx.shifts(WORKSPACE, at())) == {}


def test_a_failure_keeps_what_was_fetched_and_since_when_it_fails(store: Store) -> None:
    store.call(lambda tx: tx.keep_shifts(WORKSPACE, "primary", [FIRST], at(), "Carl"))
    for minute in (10, 20):
        store.call(lambda tx, minute=minute: tx.keep_failure(WORKSPACE, "primary", "404", at(minute)))  # type: ignore[misc]
    assert store.call(lambda tx: tx.feeds(WORKSPACE)) == [Feed("primary", at(), at(10), "404", "Carl")]
    assert store.call(lambda tx: tx.shifts(WORKSPACE, at())) == {"primary": (FIRST,)}
    store.call(lambda tx: tx.keep_shifts(WORKSPACE, "primary", [FIRST], at(30)))
    assert store.call(lambda tx: tx.feeds(WORKSPACE)) == [Feed("primary", at(30))]


def test_the_roster_joins_bindings_with_what_the_playbook_says(store: Store) -> None:
    plans: dict[str, OnCall] = {**CALENDAR, "secondary": Fixed(("S1",)), "manager": Fixed((BOB,))}
    store.call(lambda tx: tx.bind(WORKSPACE, "manager", (ANN,), (ANN,)))
    store.call(lambda tx: tx.keep_group(WORKSPACE, "S1", (BOB, ANN)))
    store.call(lambda tx: tx.keep_shifts(WORKSPACE, "primary", [FIRST, SECOND], at()))
    expected = {
        "primary": Bound((ANN,), (ANN,), deputies=(BOB,)),
        "secondary": Bound(("S1",), (BOB, ANN)),
        "manager": Bound((ANN,), (ANN,)),
    }
    assert store.call(lambda tx: tx.roster(WORKSPACE, plans, at())) == expected
    assert store.call(lambda tx: dict(tx.roster_on_demand(WORKSPACE, plans, at()))) == expected
    assert store.call(lambda tx: tx.roster("T9", {}, at())) == {}


def test_whom_no_page_reaches_is_skipped_until_they_are_back(store: Store) -> None:
    store.call(lambda tx: tx.keep_shifts(WORKSPACE, "primary", [FIRST, SECOND], at()))
    store.call(lambda tx: tx.keep_absence(WORKSPACE, ANN, "deactivated", at(), deactivated=True))
    store.call(lambda tx: tx.keep_absence(WORKSPACE, ANN, "refused", at() + timedelta(hours=1)))
    assert store.call(lambda tx: tx.absences(WORKSPACE)) == [Absence(ANN, "deactivated", at(), deactivated=True)]
    skipped = store.call(lambda tx: tx.roster(WORKSPACE, CALENDAR, at()))["primary"]
    assert skipped == Bound((BOB,), (BOB,), skipped=(ANN,))
    store.call(lambda tx: tx.forget_absence(WORKSPACE, ANN))
    assert store.call(lambda tx: tx.roster(WORKSPACE, CALENDAR, at()))["primary"].members == (ANN,)
