import os
import sqlite3
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from app.store import CannotOpen, CannotWrite, Store, Transaction
from app.store.database import Database, database
from app.store.errors import (
    AnotherRuns,
    FolderMissing,
    FolderNotWritable,
    NotADatabase,
    NothingThere,
    Overtaken,
    TooNew,
    TooOld,
    UnknownDatabase,
    Unreachable,
)
from app.store.postgres import PostgreSQL
from app.store.schema import configuration
from app.store.tables import Row
from tests.store.given import WORKSPACE, declare


def migrated(url: str) -> Database:
    """Return the database after all the migrations, one after the other."""
    target = database(url)
    with target.engine.begin() as connection:
        command.upgrade(configuration(connection), "head")
    return target


def shape(connection: Connection) -> dict[str, object]:
    """Return what each table consists of, in no order; names, and each index as the database itself words it."""
    inspector = inspect(connection)
    indexes = connection.exec_driver_sql(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        if connection.dialect.name == "sqlite"
        else "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    )
    return {"indexes": {name: " ".join(sql.split()) for name, sql in indexes}} | {
        name: (
            sorted((one["name"], str(one["type"]), one["nullable"], one["default"]) for one in columns),
            inspector.get_pk_constraint(name),
            sorted(map(str, inspector.get_foreign_keys(name))),
            sorted(map(str, inspector.get_unique_constraints(name))),
        )
        for (_, name), columns in inspector.get_multi_columns().items()
    }


def test_the_migrations_make_the_tables_that_are_declared(database_url: str) -> None:
    with migrated(database_url).engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Row.metadata) == []


def test_the_migrations_make_what_a_new_database_gets_at_once(database_url: str) -> None:
    with migrated(database_url).engine.connect() as connection:
        step_by_step = shape(connection)
        Row.metadata.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE alembic_version")
        connection.commit()
    with closing(Store.open(database_url)) as store:
        at_once = store.call(lambda tx: shape(tx.connection))
    assert at_once == step_by_step


def test_every_table_says_whose_its_rows_are() -> None:
    assert [table.name for table in Row.metadata.sorted_tables if "workspace" not in table.c] == []


def test_opening_again_keeps_everything(database_url: str) -> None:
    with closing(Store.open(database_url)) as before:
        record = declare(before)
    with closing(Store.open(database_url)) as after:
        assert after.call(lambda tx: tx.incident(record.id)) == record
        assert declare(after).incident.number == 2


def test_a_database_of_a_newer_version_is_refused(database_url: str) -> None:
    with closing(Store.open(database_url)) as store:
        store.call(lambda tx: tx.connection.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    with pytest.raises(TooNew, match=r"newer Tocsin \(its schema is 9999, this one knows up to \d{4}\)"):
        Store.open(database_url)


def test_a_file_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "tocsin.db"
    with closing(Store.open(f"sqlite:///{file}")) as store:
        declare(store)
        modes = {stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()}
        assert len(list(tmp_path.iterdir())) == 4
    assert modes == {0o600}


def test_sqlite_is_set_to_lose_nothing(sqlite_url: str) -> None:
    def settings(tx: Transaction) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys")
        return [tx.connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

    with closing(Store.open(sqlite_url)) as store:
        assert store.call(settings) == ["wal", 2, 1]


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(FolderMissing, match=f"The folder {tmp_path / 'nowhere'} does not exist"):
        Store.open(f"sqlite:///{tmp_path / 'nowhere' / 'tocsin.db'}")


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Root may write anywhere, so the folder's mode alone would prove nothing here.
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(FolderNotWritable, match=f"The folder {tmp_path} cannot be written to"):
        Store.open(f"sqlite:///{tmp_path / 'tocsin.db'}")


def test_a_file_that_is_something_else_is_named(tmp_path: Path) -> None:
    file = tmp_path / "tocsin.db"
    file.write_text("Dear diary, " * 100)
    with pytest.raises(NotADatabase, match=f"The file {file} is no intact SQLite database"):
        Store.open(f"sqlite:///{file}")


def test_a_folder_in_the_place_of_the_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotOpen, match=f"The file {tmp_path} cannot be written to"):
        Store.open(f"sqlite:///{tmp_path}")


@pytest.mark.parametrize(
    "url", ["mysql://host/tocsin", "tocsin.db", "", "sqlite://", "sqlite:///:memory:", "postgresql://h:port/x"]
)
def test_an_address_that_names_no_database_of_ours_is_refused(url: str) -> None:
    with pytest.raises(UnknownDatabase, match="DATABASE_URL names no database that Tocsin knows"):
        Store.open(url)


def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    with pytest.raises(Unreachable) as refused:
        Store.open("postgresql://tocsin:hunter2@127.0.0.1:1/incidents")
    assert str(refused.value).startswith("The database incidents on 127.0.0.1 does not answer: ")
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_way_to_write_a_postgres_address_is_understood(scheme: str) -> None:
    opened = database(f"{scheme}://tocsin@db.example/incidents")
    assert isinstance(opened, PostgreSQL)
    assert opened.url.drivername == "postgresql+psycopg"


def test_two_that_open_an_empty_database_at_once_both_find_it_made(database_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(Store.open, [database_url] * 4))
    assert sorted(declare(store).incident.number for store in stores) == [1, 2, 3, 4]
    for store in stores:
        store.close()


@pytest.mark.slow
def test_a_file_that_another_process_keeps_locked_is_named(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.store.schema.PATIENCE", 0.2)
    Store.open(sqlite_url).close()
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unreachable, match="another process keeps it locked"):
            Store.open(sqlite_url)


HOLD = """
import os, sys, time
from app.store import Store
Store.open(sys.argv[1], alone=True)
os.system("sleep 60 &")
print("open", flush=True)
time.sleep(60)
"""


def test_a_second_that_wants_a_file_for_itself_is_refused_until_the_first_closes_it(sqlite_url: str) -> None:
    with closing(Store.open(sqlite_url, alone=True)):
        with pytest.raises(AnotherRuns, match=r"Another Tocsin runs on the file .*tocsin\.db\. Stop it first"):
            Store.open(sqlite_url, alone=True)
        with closing(Store.open(sqlite_url)) as beside:
            assert declare(beside).incident.number == 1
    Store.open(sqlite_url, alone=True).close()


@pytest.mark.postgres
def test_any_number_share_a_server(postgres_url: str) -> None:
    with closing(Store.open(postgres_url, alone=True)), closing(Store.open(postgres_url, alone=True)) as other:
        assert declare(other).incident.number == 1


@pytest.mark.slow
def test_a_process_that_is_killed_leaves_the_file_to_the_next_and_so_does_what_it_started(sqlite_url: str) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, sqlite_url], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(AnotherRuns):
            Store.open(sqlite_url, alone=True)
        holder.kill()
        holder.wait()
        Store.open(sqlite_url, alone=True).close()


def test_what_cannot_be_opened_is_not_kept_from_others(sqlite_url: str) -> None:
    with closing(Store.open(sqlite_url)) as store:
        newest = store.call(lambda tx: tx.connection.execute(text("SELECT version_num FROM alembic_version")).scalar())
        change = text("UPDATE alembic_version SET version_num = :version")
        store.call(lambda tx: tx.connection.execute(change, {"version": "9999"}))
        with pytest.raises(TooNew):
            Store.open(sqlite_url, alone=True)
        store.call(lambda tx: tx.connection.execute(change, {"version": newest}))
        Store.open(sqlite_url, alone=True).close()


def test_tables_are_not_changed_under_a_tocsin_that_runs_on_them(sqlite_url: str) -> None:
    with closing(Store.open(sqlite_url, alone=True)) as running:
        running.call(lambda tx: tx.connection.execute(text("UPDATE alembic_version SET version_num = '0002'")))
        with pytest.raises(AnotherRuns):
            Store.open(sqlite_url)
        with pytest.raises(TooOld, match=r"written by an older Tocsin \(its schema is 0002, this one needs \d{4}\)"):
            Store.open(sqlite_url, reading=True)


def test_whoever_only_reads_makes_no_file(sqlite_url: str, tmp_path: Path) -> None:
    with pytest.raises(NothingThere, match="There is no file"):
        Store.open(sqlite_url, reading=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_whoever_only_reads_waits_for_nobody_and_keeps_nobody_waiting(sqlite_url: str) -> None:
    with closing(Store.open(sqlite_url, alone=True)) as running:
        first = declare(running)
        reading = threading.Event()
        written = threading.Event()

        def read_slowly(tx: Transaction) -> list[int]:
            before = len(tx.latest(WORKSPACE, 9))
            reading.set()
            assert written.wait(5)
            return [before, len(tx.latest(WORKSPACE, 9))]

        with closing(Store.open(sqlite_url, reading=True)) as reader, ThreadPoolExecutor() as pool:
            seen = pool.submit(reader.call, read_slowly, urgent=False)
            reading.wait()
            declare(running)
            written.set()
            assert seen.result() == [1, 1]
            assert running.call(lambda tx: reader.call(lambda its: its.incident(first.id))) == first
            with pytest.raises(CannotWrite):
                declare(reader)


def test_a_tocsin_that_a_newer_one_has_overtaken_does_nothing_more(postgres_url: str) -> None:
    change = text("UPDATE alembic_version SET version_num = :version")
    with closing(Store.open(postgres_url)) as old, database(postgres_url).engine.connect() as newer:
        record = declare(old)
        [known] = newer.execute(text("SELECT version_num FROM alembic_version")).scalars()
        newer.execute(change, {"version": "9999"})
        newer.commit()
        for _ in range(2):
            with pytest.raises(Overtaken, match="its schema is 9999"):
                old.call(lambda tx: tx.incident(record.id))
        newer.execute(change, {"version": known})
        newer.commit()
        assert old.call(lambda tx: tx.incident(record.id)) == record
