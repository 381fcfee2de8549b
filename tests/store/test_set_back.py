"""What was decided while the clock was ahead does not wait for that hour to come again."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta

import pytest

from app.domain import effects as f
from app.domain import events as e
from app.domain.alerts import Proposal
from app.store import Delivery, Store, Transaction
from tests.store.given import ANN, WORKSPACE, at, change, claim, declare, due, save

CLOCK = "clock"
NOTED = e.Noted(at(1), ANN, "Restarted the pods")
AHEAD = 60
"""By how many minutes the clock was wrong."""
SECONDS = timedelta(seconds=1)


@pytest.fixture
def store(sqlite_url: str) -> Iterator[Store]:
    with closing(Store.open(sqlite_url)) as opened:
        yield opened


@pytest.fixture
def either(database_url: str) -> Iterator[Store]:
    with closing(Store.open(database_url)) as opened:
        yield opened


def set_back(store: Store, now: datetime) -> timedelta:
    """Let the clock beat, by which it is noticed where it stands; return how far back it was set."""

    def beat(tx: Transaction) -> timedelta:
        back = tx.follow_back(CLOCK, now)
        tx.beat(CLOCK, now)
        return back

    return store.call(beat)


def put(store: Store, effect: f.Effect, minute: float) -> None:
    """Put one effect into the outbox at that minute."""
    [record] = store.call(lambda tx: tx.latest(WORKSPACE, 1)) or [declare(store)]
    save(store, change(record, NOTED, effects=[(0, effect)]), now=at(minute))


def only(store: Store) -> Delivery:
    [one] = store.call(lambda tx: tx.deliveries(WORKSPACE))
    return one


def test_a_page_of_the_wrong_hour_goes_as_soon_as_the_clock_is_right(either: Store) -> None:
    put(either, f.Page(ANN), AHEAD)
    set_back(either, at(AHEAD))
    assert claim(either, at(0.1)) == []
    assert set_back(either, at(0.1)) == timedelta(minutes=AHEAD - 0.1)
    [page] = claim(either, at(0.1))
    assert page.effect == f.Page(ANN)
    assert page.created_at <= at(0.1)


def test_what_waits_a_while_goes_on_waiting_that_while(store: Store) -> None:
    put(store, f.Page(ANN), AHEAD)
    [page] = claim(store, at(AHEAD))
    store.call(lambda tx: tx.again(page, at(AHEAD) + 20 * SECONDS, "Slack asked for a pause"))
    set_back(store, at(AHEAD))
    set_back(store, at(0))
    assert claim(store, at(0) + 19 * SECONDS) == []
    assert len(claim(store, at(0) + 20 * SECONDS)) == 1


def test_who_notices_it_second_changes_nothing_more(store: Store) -> None:
    put(store, f.Page(ANN), 1)
    [page] = claim(store, at(1))
    set_back(store, at(AHEAD))
    set_back(store, at(1))
    store.call(lambda tx: tx.again(page, at(2), "Slack asked for a pause"))
    assert set_back(store, at(1) - SECONDS) == timedelta()
    assert only(store).not_before == at(2)


@pytest.mark.parametrize(("effect", "seconds"), [(f.Post("declared"), 30), (f.Page(ANN), 0)])
def test_what_may_be_on_its_way_is_not_made_again_too_soon(store: Store, effect: f.Effect, seconds: float) -> None:
    # That it is in doubt was noted when the clock was right already, and nobody had noticed yet.
    declare(store, e.ChannelOpened(at(0), "C1", "incident-1"), e.CardPosted(at(0), "C1", "1.0"))
    put(store, effect, 0)
    [sent] = claim(store, at(0))
    store.call(lambda tx: tx.doubt(sent, at(0) + 30 * SECONDS, "Slack did not answer in time"))
    set_back(store, at(AHEAD))
    set_back(store, at(0))
    assert only(store).not_before == at(0) + seconds * SECONDS


def test_what_a_process_was_sending_when_it_died_is_taken_up_in_time(store: Store) -> None:
    put(store, f.Page(ANN), AHEAD)
    claim(store, at(AHEAD))
    set_back(store, at(AHEAD))
    set_back(store, at(0))
    assert [one.effect for one in store.call(lambda tx: tx.recover(at(0) + 30 * SECONDS))] == [f.Page(ANN)]


def test_a_page_of_the_wrong_hour_that_does_not_go_out_is_told_of_in_time(store: Store) -> None:
    put(store, f.Page(ANN), AHEAD)
    set_back(store, at(AHEAD))
    set_back(store, at(0))
    assert store.call(lambda tx: tx.late_pages(at(-0.1))) == []
    assert [one.effect for one in store.call(lambda tx: tx.late_pages(at(0)))] == [f.Page(ANN)]


def test_a_second_copy_is_looked_for_in_time(store: Store) -> None:
    put(store, f.Page(ANN), AHEAD)
    [page] = claim(store, at(AHEAD))
    store.call(lambda tx: tx.finish(page, {"ts": "1.0"}, at(AHEAD), sweep_at=at(AHEAD + 2)))
    set_back(store, at(AHEAD))
    set_back(store, at(0))
    assert store.call(lambda tx: tx.sweepable(at(1.9))) == []
    [swept] = store.call(lambda tx: tx.sweepable(at(2)))
    assert swept.created_at == at(0)


def test_what_was_put_off_is_looked_at_again_and_no_timer_is_due_earlier(either: Store) -> None:
    stuck = declare(either, timers=due(update=15))
    good = declare(either, timers=due(update=15))
    either.call(lambda tx: tx.put_off(stuck.id, at(AHEAD + 1), "No such severity"))
    before = either.call(lambda tx: tx.all_timers(WORKSPACE))
    set_back(either, at(AHEAD))
    set_back(either, at(0))
    assert [one.id for one in either.call(lambda tx: tx.due(at(0)))] == [stuck.id]
    assert either.call(lambda tx: tx.all_timers(WORKSPACE)) == before
    assert [one.id for one in either.call(lambda tx: tx.due(at(15)))] == [stuck.id, good.id]


def test_what_alerts_suggest_is_said_in_time(store: Store) -> None:
    proposal = Proposal("Disk full", "alertmanager", "DiskFull")
    store.call(lambda tx: tx.add_suggestion(WORKSPACE, "k1", proposal, at(AHEAD)))
    set_back(store, at(AHEAD))
    set_back(store, at(0))
    assert store.call(lambda tx: tx.claim_suggestion(WORKSPACE, at(0), at(1)))


@pytest.mark.parametrize("seconds", [-3600, -1, 0, 1, 29])
def test_a_clock_that_goes_on_or_back_a_little_moves_nothing(store: Store, seconds: float) -> None:
    put(store, f.Page(ANN), 0)
    [page] = claim(store, at(0))
    store.call(lambda tx: tx.again(page, at(1), "Slack asked for a pause"))
    set_back(store, at(0))
    assert set_back(store, at(0) - seconds * SECONDS) == timedelta()
    assert only(store).not_before == at(1)
