"""What waits for a system that takes nothing: whose incidents wait, which were told, and what is given up."""

from app.domain import effects as f
from app.domain import events as e
from app.domain.effects import Way
from app.store import DeliveryState, Store
from tests.store.given import ANN, WORKSPACE, at, change, claim, declare, finish, save

TICKET = f.OpenTicket(1)
NOTED = e.Noted(at(1), ANN, "Restarted the pods")
AWAY = (Way.TRACKER,)


def test_those_who_wait_are_known_until_they_were_told(store: Store) -> None:
    waits = declare(store, effects=[(0, TICKET), (0, f.PublishDocument())])
    declare(store, effects=[(0, f.Announce())])
    found = store.call(lambda tx: tx.waits_untold(AWAY))
    [(whose, [(kind, _)])] = found.items()
    assert (whose, kind) == ((waits.id, Way.TRACKER), "OpenTicket")
    for _ in range(2):
        store.call(lambda tx: tx.note_outage(WORKSPACE, waits.id, Way.TRACKER))
    assert store.call(lambda tx: tx.waits_untold(AWAY)) == {}


def test_what_is_over_or_has_arrived_waits_for_nobody(store: Store) -> None:
    over = declare(store, effects=[(0, TICKET)])
    save(store, change(over, e.Cancelled(at(2), ANN, "A false alarm")))
    declare(store, effects=[(0, TICKET)])
    finish(store, *claim(store))
    assert store.call(lambda tx: tx.waits_untold(AWAY)) == {}


def test_who_was_told_hears_once_that_it_goes_on(store: Store) -> None:
    told = declare(store, effects=[(0, TICKET)])
    store.call(lambda tx: tx.note_outage(WORKSPACE, told.id, Way.TRACKER))
    assert store.call(lambda tx: tx.waits_no_more([])) == []
    finish(store, *claim(store))
    assert store.call(lambda tx: tx.waits_no_more(AWAY)) == []
    assert store.call(lambda tx: tx.waits_no_more([])) == [(told.id, Way.TRACKER)]
    assert store.call(lambda tx: tx.waits_no_more([])) == []


def test_what_was_left_alone_for_long_is_given_up_and_what_is_being_sent_is_not(store: Store) -> None:
    declare(store, effects=[(0, TICKET)])
    sending = claim(store)
    declare(store, effects=[(0, TICKET), (0, f.Announce())])
    [left] = store.call(lambda tx: tx.left_alone(AWAY, at(1)))
    assert left.effect == TICKET
    assert left.key not in {one.key for one in sending}
    assert store.call(lambda tx: tx.left_alone(AWAY, at(-1))) == []
    store.call(lambda tx: tx.give_up(left, "Jira cannot be reached", at(2)))
    [dead] = store.call(lambda tx: tx.deliveries(WORKSPACE, DeliveryState.DEAD))
    assert (dead.key, dead.reason, dead.ended_at) == (left.key, "Jira cannot be reached", at(2))
