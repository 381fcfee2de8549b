"""Whose turn it is: by urgency and severity, lane by lane, and as fast when a hundred thousand wait."""

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from statistics import median

import pytest
from sqlalchemy import insert, text

from app.domain import effects as f
from app.domain import events as e
from app.domain.effects import Urgency, Way
from app.store import Delivery, Store, Transaction, codec
from app.store.tables import delivery
from tests.store.given import ANN, BOB, LEASE, WORKSPACE, at, change, claim, declare, effects_of, finish, save

Shape = Callable[[int], tuple[str | None, Urgency]]
CROWD = 3000
PAGE, MESSAGE = Urgency.PAGE, Urgency.MESSAGE

SHAPES: dict[str, Shape] = {
    "each in a lane of its own": lambda number: (f"lane {number}", MESSAGE),
    "in a handful of lanes": lambda number: (f"lane {number % 5}", MESSAGE),
    "in no lane": lambda _: (None, MESSAGE),
    "two members' pages before everybody's messages": lambda number: (
        (f"member {number % 4}", PAGE) if number % 2 else (f"lane {number}", MESSAGE)
    ),
    "one lane before all others": lambda number: ("long" if number < CROWD // 2 else f"lane {number}", MESSAGE),
    "some in lanes, some in none": lambda number: (f"lane {number % 3}" if number < CROWD - 9 else None, MESSAGE),
}


def crowd(store: Store, shape: Shape, count: int = CROWD) -> None:
    """Put that many deliveries into the outbox, past the front door."""
    record = declare(store)
    known = {
        "workspace": WORKSPACE,
        "incident_id": record.id,
        "kind": "Post",
        "effect": codec.encode(f.Post("x")),
        "way": Way.SLACK.value,
        "rank": 0,
        "held": False,
        "state": "waiting",
        "lookup": False,
        "attempts": 0,
        "repeated": False,
        "told_late": False,
        "created_at": at(),
        "not_before": at(),
    }

    def put(tx: Transaction) -> None:
        rows = [
            {**known, "key": secrets.token_hex(6), "lane": lane, "urgency": int(urgency)}
            for lane, urgency in map(shape, range(count))
        ]
        tx.connection.execute(insert(delivery), rows)

    store.call(put, urgent=False)


def first_of_lanes(shape: Shape, gone: set[int]) -> list[int]:
    """Return the numbers of those whose turn it is, in the plainest way there is."""
    taken: set[str] = set()
    turns = []
    for number in sorted(set(range(CROWD)) - gone, key=lambda number: (shape(number)[1], number)):
        lane = shape(number)[0]
        if lane is None or lane not in taken:
            turns.append(number)
        taken |= {lane} if lane else set()
    return turns


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("known", [False, True], ids=["", "with statistics"])
@pytest.mark.slow
def test_the_same_go_whatever_the_crowd_and_whatever_the_database_knows_of_it(
    store: Store, shape: Shape, *, known: bool
) -> None:
    crowd(store, shape)
    if known:
        store.call(lambda tx: tx.connection.execute(text("ANALYZE")), urgent=False)
    first = store.call(lambda tx: min(one.id for one in tx.deliveries(WORKSPACE)), urgent=False)
    gone: set[int] = set()
    for _ in range(3):
        claimed = claim(store, limit=24)
        assert [one.id - first for one in claimed] == first_of_lanes(shape, gone)[:24]
        gone |= {one.id - first for one in claimed}
        finish(store, *claimed)


def test_pages_and_rooms_of_the_worst_severity_go_first(store: Store) -> None:
    minor, major = declare(store, severity="SEV2"), declare(store, severity="SEV1")
    effects: list[f.Effect] = [f.Page(ANN), f.OpenChannel(), f.Tell(ANN, "x")]
    for record in (minor, major):
        save(store, change(record, e.Noted(at(1), ANN, "x"), effects=[(0, effect) for effect in effects]))
    went = []
    while claimed := claim(store, limit=1):
        went += [(type(one.effect), one.incident_id) for one in claimed]
        finish(store, *claimed)
    assert went == [
        *((f.Page, major.id), (f.Page, minor.id)),
        *((f.OpenChannel, major.id), (f.OpenChannel, minor.id)),
        *((f.Tell, minor.id), (f.Tell, major.id)),
    ]


def test_a_worse_page_does_not_join_the_one_that_is_under_way_to_the_same_member(store: Store) -> None:
    minor, major = declare(store, severity="SEV2"), declare(store, severity="SEV1")
    page(store, minor.id, ANN)
    [under_way] = claim(store)
    page(store, major.id, ANN, BOB)
    assert effects_of(claim(store)) == [f.Page(BOB)]
    finish(store, under_way)
    assert [one.incident_id for one in claim(store)] == [major.id]


def page(store: Store, incident_id: int, *members: str) -> None:
    record = store.call(lambda tx: tx.incident(incident_id))
    assert record
    save(store, change(record, e.Noted(at(1), ANN, "x"), effects=[(0, f.Page(member)) for member in members]))


@pytest.fixture(params=["in a handful of lanes", "each in a lane of its own"])
def busy_store(request: pytest.FixtureRequest, sqlite_url: str) -> Iterator[Store]:
    with closing(Store.open(sqlite_url)) as store:
        crowd(store, SHAPES[request.param], 100_000)
        yield store


@pytest.mark.slow
def test_a_hundred_thousand_that_wait_make_a_claim_hardly_slower(
    busy_store: Store, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with closing(Store.open(f"sqlite:///{tmp_path_factory.mktemp('few') / 'tocsin.db'}")) as other:
        crowd(other, SHAPES["in a handful of lanes"], 1000)
        times: dict[Store, list[float]] = {busy_store: [], other: []}
        # In turns, so that whatever else this machine does falls upon both.
        for _ in range(9):
            for store, taken in times.items():
                began = time.perf_counter()
                claimed = claimed_by(store)
                taken.append(time.perf_counter() - began)
                finish(store, *claimed)
    assert median(times[busy_store]) < 10 * median(times[other])


def claimed_by(store: Store) -> Sequence[Delivery]:
    claimed = store.call(lambda tx: tx.claim(at(1), 24, LEASE), urgent=False)
    assert claimed
    return claimed
