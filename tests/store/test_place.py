"""The file of the database is taken away, or another is put in its place, while Tocsin runs: it is said at once."""

import logging
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.store import CannotWrite, FileGone, Store
from app.store.errors import FileTaken, NothingThere
from tests.store.given import WORKSPACE
from tests.store.given import declare as given

OPEN_FILES = Path("/proc/self/fd")


@pytest.fixture
def file(sqlite_url: str) -> Path:
    return Path(sqlite_url.removeprefix("sqlite:///"))


@pytest.fixture
def running(sqlite_url: str) -> Iterator[Store]:
    with closing(Store.open(sqlite_url, alone=True)) as store:
        given(store)
        yield store


def away(file: Path) -> Path:
    return file.with_name("elsewhere.db")


def delete(file: Path) -> None:
    for one in file.parent.glob(f"{file.name}*"):
        if one.suffix != ".lock":
            one.unlink()


def delete_it_alone(file: Path) -> None:
    file.unlink()


def move_away(file: Path) -> None:
    file.rename(away(file))


def put_a_copy_there(file: Path) -> None:
    shutil.copy(file, away(file))
    away(file).replace(file)


def put_an_empty_one_there(file: Path) -> None:
    file.unlink()
    file.touch()


def take_the_folder(file: Path) -> None:
    file.parent.rename(file.parent.with_name("moved"))


TAKE = [delete, delete_it_alone, move_away, put_a_copy_there, put_an_empty_one_there, take_the_folder]


def numbers(url: str) -> list[int]:
    with closing(Store.open(url)) as store:
        return [record.incident.number for record in store.call(lambda tx: tx.latest(WORKSPACE, 9))]


@pytest.mark.parametrize("take", TAKE)
def test_nothing_is_said_to_be_recorded_once_the_file_is_gone(
    running: Store, file: Path, take: Callable[[Path], None]
) -> None:
    take(file)
    for urgent in (True, False, True):
        with pytest.raises(CannotWrite, match=r"not recorded.*deleted, moved or replaced.*puts that file back"):
            running.call(lambda tx: tx.next_numbers(WORKSPACE, 2026), urgent=urgent)


def test_it_goes_on_by_itself_once_that_very_file_is_back(running: Store, file: Path, sqlite_url: str) -> None:
    for _ in range(2):
        move_away(file)
        with pytest.raises(FileGone):
            given(running)
        away(file).rename(file)
        given(running)
    running.close()
    assert numbers(sqlite_url) == [3, 2, 1]


def test_a_copy_of_it_in_its_place_is_another_file(running: Store, file: Path) -> None:
    kept = file.with_name("kept.db")
    os.link(file, kept)
    put_a_copy_there(file)
    with pytest.raises(FileGone):
        given(running)
    kept.replace(file)
    assert given(running).incident.number == 2


def test_a_file_that_was_moved_away_has_all_that_was_recorded(running: Store, file: Path) -> None:
    # What was committed last stands in a second file, which a fresh start would throw away.
    given(running)
    move_away(file)
    with pytest.raises(FileGone):
        given(running)
    assert away(file).with_name("elsewhere.db-wal").exists() is False
    assert numbers(f"sqlite:///{away(file)}") == [2, 1]


def test_what_was_recorded_in_one_file_is_not_mixed_into_another(
    running: Store, file: Path, sqlite_url: str, tmp_path: Path
) -> None:
    older = tmp_path / "older.db"
    with closing(Store.open(f"sqlite:///{older}")) as other:
        given(other)
    for _ in range(3):
        given(running)
    older.replace(file)
    with pytest.raises(FileGone):
        given(running)
    running.close()
    assert numbers(sqlite_url) == [1]
    with closing(Store.open(sqlite_url)) as store:
        assert store.call(lambda tx: tx.integrity()) == []


@pytest.mark.skipif(not OPEN_FILES.exists(), reason="there is no /proc that shows which files are open")
def test_a_file_that_was_deleted_can_be_had_back_while_tocsin_runs(running: Store, file: Path) -> None:
    given(running)
    delete(file)
    for _ in range(2):
        with pytest.raises(FileGone):
            given(running)
    still_open = [one for one in OPEN_FILES.iterdir() if os.path.realpath(one) == f"{file} (deleted)"]
    rescued = file.with_name("rescued.db")
    rescued.write_bytes(still_open[0].read_bytes())
    assert numbers(f"sqlite:///{rescued}") == [2, 1]


def test_a_restart_begins_anew_with_what_is_there(running: Store, file: Path, sqlite_url: str) -> None:
    delete(file)
    with pytest.raises(FileGone):
        given(running)
    running.close()
    assert not file.exists()
    with closing(Store.open(sqlite_url, alone=True)) as store:
        assert given(store).incident.number == 1


def test_a_connection_that_is_made_anew_makes_no_file(running: Store, file: Path) -> None:
    # Such as one that hung up because the disk was full.
    running.call(lambda tx: tx.connection.exec_driver_sql("PRAGMA query_only = ON"))
    with pytest.raises(CannotWrite, match="cannot be written to"):
        given(running)
    delete(file)
    for _ in range(2):
        with pytest.raises(FileGone):
            given(running)
    assert not file.exists()


def test_it_is_logged_once_with_what_to_do_and_once_that_it_is_over(
    running: Store, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="app.store")
    move_away(file)
    for _ in range(3):
        with pytest.raises(FileGone):
            given(running)
    away(file).rename(file)
    for _ in range(2):
        given(running)
    said = f"the database {file} was deleted, moved or replaced while Tocsin runs: nothing is recorded."
    assert [(one.levelname, one.getMessage()) for one in caplog.records] == [
        ("ERROR", f"{said} Put that file back, or restart Tocsin to begin anew with what is there"),
        ("WARNING", f"the database {file} is back: it goes on"),
    ]


@pytest.mark.parametrize("take", TAKE[:-1])
def test_whoever_looks_beside_it_is_told_too(
    running: Store, file: Path, sqlite_url: str, take: Callable[[Path], None]
) -> None:
    with closing(Store.open(sqlite_url, reading=True)) as beside:
        assert len(beside.call(lambda tx: tx.latest(WORKSPACE, 9))) == 1
    take(file)
    with pytest.raises(FileTaken, match=f"The file {file} was deleted, moved or replaced while a Tocsin runs on it"):
        Store.open(sqlite_url, reading=True)


def test_once_no_tocsin_runs_another_file_may_be_put_there(running: Store, file: Path, sqlite_url: str) -> None:
    running.close()
    put_a_copy_there(file)
    Store.open(sqlite_url, reading=True).close()
    delete(file)
    with pytest.raises(NothingThere):
        Store.open(sqlite_url, reading=True)
