"""How it all stands, over all workspaces."""

from contextlib import closing
from pathlib import Path

from app.domain import effects as f
from app.domain import events as e
from app.domain.effects import Way
from app.store import DeliveryState, Store
from tests.store.given import ANN, BOB, at, change, claim, declare, finish, save


def page(store: Store, *members: str, minute: float, workspace: str = "T1") -> None:
    effects = [(0, f.Page(member)) for member in members]
    record = declare(store, workspace=workspace)
    save(store, change(record, e.Noted(at(minute), ANN, "x"), effects=effects), now=at(minute))


def test_the_oldest_page_that_has_not_gone_out_is_told(store: Store) -> None:
    assert store.call(lambda tx: tx.oldest_unsent_page()) == {}
    page(store, ANN, minute=1)
    page(store, BOB, minute=2, workspace="T2")
    [first, second] = claim(store, at(3))
    assert store.call(lambda tx: tx.oldest_unsent_page()) == {Way.SLACK: at(1)}
    finish(store, first)
    store.call(lambda tx: tx.doubt(second, at(9), "timeout"))
    assert store.call(lambda tx: tx.oldest_unsent_page()) == {Way.SLACK: at(2)}
    [second] = claim(store, at(9))
    store.call(lambda tx: tx.bury(second, "gone", at(9)))
    assert store.call(lambda tx: tx.oldest_unsent_page()) == {}


def test_deliveries_and_incidents_are_counted_over_all_workspaces(store: Store) -> None:
    page(store, ANN, minute=1)
    page(store, ANN, BOB, minute=2, workspace="T2")
    counts = store.call(lambda tx: tx.deliveries_by_state())
    assert counts[DeliveryState.WAITING, Way.SLACK] == 3
    assert sum(counts.values()) == 3
    assert DeliveryState.SENT not in {state for state, _ in counts}
    declare(store, e.Cancelled(at(1), ANN, "x"), severity="SEV2")
    assert store.call(lambda tx: tx.open_by_severity()) == {"SEV1": 2}
    store.call(lambda tx: tx.bind("T3", "primary", [ANN], [ANN]))
    assert store.call(lambda tx: tx.workspaces()) == ["E1/T1", "T1", "T2", "T3"]


def test_a_file_that_is_whole_is_said_to_be(store: Store) -> None:
    declare(store)
    assert store.call(lambda tx: tx.integrity()) == []


def test_what_is_broken_in_a_file_is_told_in_words(sqlite_url: str) -> None:
    with closing(Store.open(sqlite_url)) as store:
        for _ in range(40):
            declare(store)
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    spoil(file, at_page=-3)
    with closing(Store.open(sqlite_url, reading=True)) as store:
        assert store.call(lambda tx: tx.integrity(), urgent=False)


def spoil(file: Path, at_page: int) -> None:
    """Write nonsense over a page of an SQLite file."""
    size = 4096
    with file.open("r+b") as raw:
        raw.seek(at_page % (file.stat().st_size // size) * size)
        raw.write(b"\x5a" * size)
