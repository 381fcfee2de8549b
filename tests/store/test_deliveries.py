import asyncio

from sqlalchemy import update

from app.domain import effects as f
from app.domain import events as e
from app.store import DeliveryState, Record, Store, Transaction
from app.store.tables import delivery
from tests.store.given import ANN, BOB, LEASE, WORKSPACE, at, change, claim, declare, effects_of, finish, save

NOTED = e.Noted(at(1), ANN, "Restarted the pods")
CHANNEL = e.ChannelOpened(at(1), "C1", "incident-1")
CARD = e.CardPosted(at(2), "C1", "1.0")


def queue(store: Store, record: Record, *effects: f.Effect) -> Record:
    """Put effects into the outbox, each with its own save."""
    for effect in effects:
        [record] = save(store, change(record, NOTED, effects=[(0, effect)]))
    return record


def with_channel(store: Store) -> Record:
    return declare(store, CHANNEL, CARD)


def states(store: Store) -> list[DeliveryState]:
    return [one.state for one in store.call(lambda tx: tx.deliveries(WORKSPACE))]


def test_a_claimed_delivery_comes_with_its_event_and_a_token(store: Store) -> None:
    record = queue(store, declare(store), f.Announce())
    [claimed] = claim(store)
    assert claimed.incident_id == record.id
    assert (claimed.effect, claimed.event) == (f.Announce(), NOTED)
    assert (claimed.state, claimed.attempts, claimed.lookup, claimed.repeated) == (
        DeliveryState.SENDING,
        1,
        False,
        False,
    )
    assert claimed.token
    assert claim(store) == []


def test_pages_go_first_then_rooms_then_messages_then_the_rest(store: Store) -> None:
    record = with_channel(store)
    queue(store, record, f.EditCard(), f.Post("declared"), f.Invite((ANN,)), f.Page(ANN))
    assert effects_of(claim(store)) == [f.Page(ANN), f.Invite((ANN,)), f.Post("declared"), f.EditCard()]


def test_a_claim_takes_no_more_than_it_is_asked_to(store: Store) -> None:
    queue(store, with_channel(store), f.Page(ANN), f.Page(BOB), f.Invite((ANN,)))
    assert effects_of(claim(store, limit=2)) == [f.Page(ANN), f.Page(BOB)]
    assert effects_of(claim(store, limit=2)) == [f.Invite((ANN,))]


def test_deliveries_of_a_lane_keep_their_order(store: Store) -> None:
    queue(store, with_channel(store), f.Post("declared"), f.Post("paged"), f.Post("acknowledged"))
    for message in ("declared", "paged", "acknowledged"):
        [claimed] = claim(store)
        assert claimed.effect == f.Post(message)
        assert claim(store) == []
        finish(store, claimed)


def test_a_delivery_that_waits_for_its_next_attempt_is_not_overtaken(store: Store) -> None:
    queue(store, with_channel(store), f.Post("declared"), f.Post("paged"))
    [first] = claim(store)
    assert store.call(lambda tx: tx.again(first, at(5), "ratelimited"))
    assert claim(store, at(4)) == []
    [again] = claim(store, at(5))
    assert (again.effect, again.attempts, again.reason) == (f.Post("declared"), 2, "ratelimited")


def test_lanes_of_two_incidents_go_side_by_side_and_one_member_has_one_lane(store: Store) -> None:
    for record in (with_channel(store), with_channel(store)):
        queue(store, record, f.Post("declared"), f.Page(ANN))
    assert effects_of(claim(store)) == [f.Page(ANN), f.Post("declared"), f.Post("declared")]


def test_a_delivery_in_doubt_keeps_nobody_waiting_and_is_looked_up_later(store: Store) -> None:
    queue(store, with_channel(store), f.Post("declared"), f.Post("paged"), f.Post("acknowledged"))
    [lost] = claim(store)
    assert store.call(lambda tx: tx.doubt(lost, at(5), "timeout"))
    [second] = claim(store)
    assert second.effect == f.Post("paged")
    [looked_up] = claim(store, at(5))
    assert (looked_up.id, looked_up.lookup, looked_up.repeated) == (lost.id, True, True)
    finish(store, second)
    [third] = claim(store, at(5))
    assert third.effect == f.Post("acknowledged")
    assert finish(store, looked_up, third) == [True, True]
    assert states(store) == [DeliveryState.SENT] * 3


def test_one_that_was_not_found_is_sent_again_as_a_repetition(store: Store) -> None:
    queue(store, with_channel(store), f.Post("declared"))
    [lost] = claim(store)
    store.call(lambda tx: tx.doubt(lost, at(5), "timeout"))
    [looked_up] = claim(store, at(5))
    store.call(lambda tx: tx.again(looked_up, at(5), "not there"))
    [again] = claim(store, at(5))
    assert (again.key, again.lookup, again.repeated) == (lost.key, False, True)


def test_of_edits_that_replace_each_other_the_newest_is_made(store: Store) -> None:
    queue(store, with_channel(store), f.EditCard(), f.EditCard(), f.SetTopic(), f.EditCard())
    claimed = claim(store)
    newest = store.call(lambda tx: tx.deliveries(WORKSPACE))[-1]
    assert effects_of(claimed) == [f.SetTopic(), f.EditCard()]
    assert claimed[1].id == newest.id
    replaced = store.call(lambda tx: tx.deliveries(WORKSPACE, DeliveryState.SENT))
    assert [one.result for one in replaced] == [{"replaced": True}] * 2


def test_of_edits_in_one_save_the_last_alone_becomes_a_delivery(store: Store) -> None:
    record = with_channel(store)
    later = e.Noted(at(2), ANN, "And again")
    save(store, change(record, NOTED, later, effects=[(0, f.EditCard()), (0, f.SetTopic()), (1, f.EditCard())]))
    queued = store.call(lambda tx: tx.deliveries(WORKSPACE))
    assert [(one.effect, one.event) for one in queued] == [(f.SetTopic(), NOTED), (f.EditCard(), later)]


def test_an_edit_does_not_overtake_the_one_that_is_being_made(store: Store) -> None:
    record = queue(store, with_channel(store), f.EditCard())
    [first] = claim(store)
    queue(store, record, f.EditCard())
    assert claim(store) == []
    store.call(lambda tx: tx.again(first, at(), "timeout"))
    [second] = claim(store)
    assert second.id > first.id


def test_deliveries_wait_for_the_room_and_the_card_that_they_need(store: Store) -> None:
    record = queue(store, declare(store), f.Post("declared"), f.PinCard(), f.Announce())
    assert effects_of(claim(store)) == [f.Announce()]
    [record] = save(store, change(record, CHANNEL))
    assert effects_of(claim(store)) == [f.Post("declared")]
    save(store, change(record, CARD))
    assert effects_of(claim(store)) == [f.PinCard()]


def test_what_is_decided_when_the_need_is_met_does_not_wait(store: Store) -> None:
    save(store, change(declare(store), CHANNEL, effects=[(0, f.PostCard())]))
    assert effects_of(claim(store)) == [f.PostCard()]


def test_what_needs_the_card_waits_anew_when_the_incident_moves_to_a_channel(store: Store) -> None:
    in_thread = declare(store, e.ChannelRefused(at(1), "restricted_action"), e.Announced(at(1), "C0", "1.0"))
    record = queue(store, in_thread, f.EditCard())
    [record] = save(store, change(record, e.ChannelOpened(at(3), "C1", "incident-1")))
    assert claim(store) == []
    save(store, change(record, CARD))
    assert effects_of(claim(store)) == [f.EditCard()]


def test_a_zombie_can_say_nothing_about_a_delivery_that_was_taken_from_it(store: Store) -> None:
    queue(store, declare(store), f.Announce())
    [zombies] = claim(store)  # what a process holds that slept through its lease
    assert store.call(lambda tx: tx.recover(at())) == []
    [left] = store.call(lambda tx: tx.recover(at() + LEASE))
    assert store.call(lambda tx: tx.again(left, at(1), "its process died"))
    [ours] = claim(store, at(1))
    assert ours.token != zombies.token
    assert store.call(lambda tx: [tx.holds(zombies), tx.holds(ours)]) == [False, True]

    def mutter(tx: Transaction) -> list[bool]:
        return [
            tx.finish(zombies, {}, at(2)),
            tx.again(zombies, at(2), "late"),
            tx.doubt(zombies, at(2), "late"),
            tx.bury(zombies, "late", at(2)),
        ]

    assert store.call(mutter) == [False] * 4
    assert finish(store, ours) == [True]


def test_what_is_finished_cannot_be_finished_again(store: Store) -> None:
    queue(store, declare(store), f.Announce())
    [claimed] = claim(store)
    assert finish(store, claimed, claimed) == [True, False]


def test_at_start_everything_is_taken_up_where_nobody_else_can_be_sending(store: Store) -> None:
    queue(store, declare(store), f.Announce())
    claimed = claim(store)
    left = store.call(lambda tx: tx.recover(at(), at_start=True))
    shared = store.call(lambda tx: tx.shared)
    assert left == ([] if shared else claimed)


def test_a_dead_delivery_says_why_and_can_be_tried_again(store: Store) -> None:
    queue(store, with_channel(store), f.Post("declared"), f.Post("paged"))
    [claimed] = claim(store)
    assert store.call(lambda tx: tx.bury(claimed, "is_archived", at(1)))
    [dead] = store.call(lambda tx: tx.deliveries(WORKSPACE, DeliveryState.DEAD))
    assert dead.reason == "is_archived"
    [other] = claim(store)
    assert other.effect == f.Post("paged")
    assert store.call(lambda tx: tx.retry(dead.key, at(2)))
    assert not store.call(lambda tx: tx.retry(dead.key, at(2)))
    assert claim(store, at(2)) == []
    finish(store, other)
    [again] = claim(store, at(2))
    assert (again.key, again.attempts, again.reason) == (dead.key, 1, None)


def test_a_delivery_that_may_stand_twice_is_swept_once(store: Store) -> None:
    queue(store, declare(store), f.Announce())
    [claimed] = claim(store)
    store.call(lambda tx: tx.finish(claimed, {"ts": "1.0"}, at(), sweep_at=at(2)))
    assert store.call(lambda tx: tx.sweepable(at(1))) == []
    [twice] = store.call(lambda tx: tx.sweepable(at(2)))
    assert twice.result == {"ts": "1.0"}
    store.call(lambda tx: tx.swept(twice))
    assert store.call(lambda tx: tx.sweepable(at(2))) == []


def test_one_that_cannot_be_read_is_buried_and_keeps_nobody_waiting(store: Store) -> None:
    queue(store, with_channel(store), f.Post("declared"), f.Invite((ANN,)))

    def spoil(tx: Transaction) -> None:
        tx.connection.execute(update(delivery).where(delivery.c.kind == "Post").values(kind="Shout"))

    store.call(spoil)
    assert effects_of(claim(store)) == [f.Invite((ANN,))]
    counts = store.call(lambda tx: tx.delivery_counts(WORKSPACE))
    assert counts[DeliveryState.DEAD] == 1


async def test_no_two_claimers_get_the_same_delivery(store: Store) -> None:
    record = with_channel(store)
    save(store, change(record, NOTED, effects=[(0, f.Invite((f"U{n}",))) for n in range(40)]))
    batches = await asyncio.gather(*(store.run(lambda tx: tx.claim(at(), 10, LEASE)) for _ in range(4)))
    claimed = [one.id for batch in batches for one in batch]
    assert len(claimed) == len(set(claimed)) > 0


def test_the_outbox_learns_when_to_look_again(store: Store) -> None:
    assert store.call(lambda tx: tx.next_delivery_at(at())) is None
    queue(store, with_channel(store), f.Post("declared"), f.Post("paged"))
    assert store.call(lambda tx: tx.next_delivery_at(at(1))) == at(1)
    [claimed] = claim(store)
    assert store.call(lambda tx: tx.next_delivery_at(at(1))) is None
    store.call(lambda tx: tx.again(claimed, at(5), "ratelimited"))
    assert store.call(lambda tx: tx.next_delivery_at(at(1))) == at(5)


def test_the_outbox_is_idle_when_nothing_is_under_way_or_due(store: Store) -> None:
    queue(store, declare(store), f.Announce(), f.Post("declared"))
    assert not store.call(lambda tx: tx.idle(at()))
    [claimed] = claim(store)
    assert not store.call(lambda tx: tx.idle(at()))
    store.call(lambda tx: tx.again(claimed, at(5), "ratelimited"))
    assert store.call(lambda tx: tx.idle(at(4)))
    assert not store.call(lambda tx: tx.idle(at(5)))


def test_deliveries_are_listed_by_state_and_incident_and_counted(store: Store) -> None:
    one, other = declare(store), declare(store)
    queue(store, one, f.Announce())
    queue(store, other, f.Announce(), f.Post("declared"))
    [claimed, _] = claim(store)
    finish(store, claimed)
    listed = store.call(lambda tx: tx.deliveries(WORKSPACE, incident_id=other.id))
    assert effects_of(listed) == [f.Announce(), f.Post("declared")]
    assert store.call(lambda tx: tx.deliveries("T9")) == []
    assert store.call(lambda tx: tx.delivery_counts(WORKSPACE)) == {
        DeliveryState.WAITING: 1,
        DeliveryState.SENDING: 1,
        DeliveryState.UNKNOWN: 0,
        DeliveryState.SENT: 1,
        DeliveryState.DEAD: 0,
    }
