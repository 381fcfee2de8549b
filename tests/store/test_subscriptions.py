"""Who asked to be told, and that each of them is told in the transaction that decided it."""

from app.domain import effects as f
from app.domain.subscribing import Subject, Subscription
from app.store import Store, Transaction
from tests.store.given import ANN, BOB, WORKSPACE, add, at

CARL = "U3"
ALL_OF_ANN, ALL_OF_BOB = Subscription(ANN), Subscription(BOB)
SEV1_OF_CARL, SEV2_OF_CARL = (Subscription(CARL, Subject.SEVERITY, one) for one in ("SEV1", "SEV2"))


def subscribe(store: Store, *wanted: Subscription) -> None:
    def work(tx: Transaction) -> None:
        for minute, one in enumerate(wanted):
            tx.subscribe(WORKSPACE, one, at(minute))

    store.call(work)


def test_a_subscription_is_kept_once_until_it_ends(store: Store) -> None:
    subscribe(store, SEV2_OF_CARL, ALL_OF_BOB, SEV1_OF_CARL, ALL_OF_BOB)
    assert store.call(lambda tx: tx.subscriptions(WORKSPACE)) == [SEV2_OF_CARL, ALL_OF_BOB, SEV1_OF_CARL]
    assert store.call(lambda tx: tx.subscriptions("T9")) == []
    store.call(lambda tx: tx.unsubscribe(WORKSPACE, SEV2_OF_CARL))
    store.call(lambda tx: tx.unsubscribe(WORKSPACE, Subscription(CARL)))
    assert store.call(lambda tx: tx.subscriptions(WORKSPACE)) == [ALL_OF_BOB, SEV1_OF_CARL]
    store.call(lambda tx: tx.unsubscribe_wholly(WORKSPACE, CARL))
    assert store.call(lambda tx: tx.subscriptions(WORKSPACE)) == [ALL_OF_BOB]


def test_each_subscriber_whom_it_fits_is_told_but_who_did_it_and_who_has_left(store: Store) -> None:
    subscribe(store, ALL_OF_ANN, ALL_OF_BOB, Subscription("U_GONE"), SEV1_OF_CARL, Subscription(CARL))
    store.call(lambda tx: tx.keep_absence(WORKSPACE, "U_GONE", "deactivated", at(), deactivated=True))
    effects = ((0, f.Announce()), (0, f.TellSubscribers("subscribed_declared")))
    record = store.call(lambda tx: add(tx, effects=effects))
    made = store.call(lambda tx: tx.deliveries(WORKSPACE, incident_id=record.id))
    assert [one.effect for one in made] == [
        f.Announce(),
        f.Tell(BOB, "subscribed_declared"),
        f.Tell(CARL, "subscribed_declared"),
    ]
