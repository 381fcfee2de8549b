"""SQLite: one file, one writer.

Every transaction begins with BEGIN IMMEDIATE. With the driver's own transactions, which begin at the first write, what
was read before that write may be out of date by then, and updates are lost without a word.
"""

import fcntl
import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from math import ceil
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, NullPool, RootTransaction, create_engine, event
from sqlalchemy.exc import DBAPIError

from app.store.driver import execute
from app.store.errors import (
    AnotherRuns,
    CannotOpen,
    FileNotWritable,
    FileTaken,
    FolderMissing,
    FolderNotWritable,
    NotADatabase,
    NothingThere,
    UnknownDatabase,
    Unreachable,
)
from app.store.faults import Fault
from app.store.place import Identity, Place, identity

PRIMARY = 0xFF
"""The bits of an error code that say what; the others say which kind of it."""
LOCKED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
UNWRITABLE = (*DAMAGED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
ONLY_ITS_OWNER = 0o600
CACHE = 32_000
"""How many KiB of the file are kept in memory: by default 2,000, of which a storm of nudges needs more."""
LONGEST = 99
"""How many bytes the lock file can have that say which file a Tocsin runs on."""
TENTHS = 10
"""Of a second, which the patience of a connection is counted in."""


class SQLite:
    """A database in a file; made, readable by its owner alone, where there is none.

    Where it is only for `reading`, transactions see the file as it was when they began, and keep nobody from writing.
    """

    writers = 1
    shared = False
    ahead = timedelta()
    schema: str | None = None  # Nobody else changes it: a second process is kept out.

    def __init__(self, url: URL, *, reading: bool = False) -> None:
        if not url.database or url.database == ":memory:":
            raise UnknownDatabase
        self.file = Path(url.database)
        self._place = Place(self.file)
        self.engine = _engine(url, self._place.check, self._note, reading=reading)
        self._lock: int | None = None

    @property
    def name(self) -> str:
        """What people call it."""
        return str(self.file)

    def prepare(self) -> None:
        """Make the file where there is none; raises a `CannotOpen`."""
        folder = self.file.absolute().parent
        if not folder.is_dir():
            raise FolderMissing(folder=folder)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise FolderNotWritable(folder=folder)
        try:
            os.close(os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_EXCL, ONLY_ITS_OWNER))
        except FileExistsError:
            # Not opened to find out: closing it again would take SQLite's own locks from whoever has it open here.
            if not os.access(self.file, os.R_OK | os.W_OK):
                raise FileNotWritable(file=self.file) from None
        except OSError as error:
            raise FileNotWritable(file=self.file) from error

    def look(self) -> None:
        """See that the file is there, and that a Tocsin which runs, runs on this one; raises a `CannotOpen`."""
        if self._is_taken():
            raise FileTaken(file=self.file)
        if not self.file.is_file():
            raise NothingThere(file=self.file)

    def keep_others_out(self) -> None:
        """Lock a file beside the database until the process ends, however it ends; raises a `CannotOpen`.

        Beside it, because SQLite loses its own locks on a file that the process opens and closes on its own.
        """
        if self._lock is not None:
            return
        beside = self._beside
        try:
            lock = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, ONLY_ITS_OWNER)
        except OSError as error:
            raise FileNotWritable(file=beside) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(lock)
            raise AnotherRuns(file=self.file) from error
        self._lock = lock
        self._say_which()

    def let_others_in(self) -> None:
        """Undo that. The file stays: whoever took it away could take it from under another's lock."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def begin(self, connection: Connection, patience: float) -> RootTransaction:
        """Begin a transaction that may write, waiting up to `patience` seconds for other processes.

        Raises `FileGone` where another file stands in its place, or none.
        """
        # In few different words, which the driver need not read again.
        execute(connection, f"PRAGMA busy_timeout = {ceil(patience * TENTHS) * 1000 // TENTHS}")
        self._place.check(partial(_make_whole, connection))
        return connection.begin()

    @property
    def _beside(self) -> Path:
        """The file whose lock a Tocsin holds that runs; it says which file that runs on."""
        return self.file.resolve().with_name(self.file.resolve().name + ".lock")

    def _note(self) -> None:
        if self._place.known is None:
            self._place.note()
            self._say_which()

    def _say_which(self) -> None:
        if self._lock is not None:
            os.ftruncate(self._lock, 0)
            # On a disk that is full, whoever looks beside it knows less.
            with suppress(OSError):
                os.pwrite(self._lock, _written(self._place.known), 0)

    def _is_taken(self) -> bool:
        """Say whether a Tocsin runs that has another file open than stands here."""
        try:
            lock = os.open(self._beside, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            runs_on = os.read(lock, LONGEST)
            return runs_on not in (b"", _written(identity(self.file))) and _is_held(lock)
        finally:
            os.close(lock)

    def lock_schema(self, connection: Connection) -> None:
        """Keep other processes from migrating; BEGIN IMMEDIATE has done that."""

    def fault(self, error: DBAPIError) -> Fault:
        """Say what `error` means."""
        if getattr(error.orig, "sqlite_errorcode", 0) == sqlite3.SQLITE_IOERR_FSYNC:
            # What was written may be on the disk or not.
            return Fault.GONE
        code = _code(error)
        if code in LOCKED:
            return Fault.LATE
        return Fault.UNWRITABLE if code in UNWRITABLE else Fault.OURS

    def cannot_open(self, error: DBAPIError) -> CannotOpen:
        """Return the sentence for an `error` while opening."""
        code = _code(error)
        if code in LOCKED:
            return Unreachable(database=self.file, reason="another process keeps it locked")
        return NotADatabase(file=self.file) if code in DAMAGED else FileNotWritable(file=self.file)


def _written(which: Identity | None) -> bytes:
    return " ".join(map(str, which or ())).encode()


def _is_held(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def _make_whole(connection: Connection) -> None:
    # What was committed last stands in a file beside, which SQLite would mix into whatever is put here next. Wherever
    # the file is now, it is to have all of it.
    with suppress(DBAPIError):
        execute(connection, "PRAGMA wal_checkpoint(TRUNCATE)")


def _code(error: DBAPIError) -> int:
    return int(getattr(error.orig, "sqlite_errorcode", 0)) & PRIMARY


def _engine(url: URL, check: Callable[[], None], note: Callable[[], None], *, reading: bool) -> Engine:
    engine = create_engine(
        url.set(drivername="sqlite"), poolclass=NullPool, connect_args={"timeout": 1.0}, hide_parameters=True
    )
    settings = ["journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", f"cache_size = -{CACHE}"]
    settings += ["query_only = ON"] * reading

    @event.listens_for(engine, "do_connect")
    def _check(*_: object) -> None:
        # SQLite would make a file where there is none.
        check()

    @event.listens_for(engine, "connect")
    def _configure(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for setting in settings:
            connection.execute(f"PRAGMA {setting}")
        note()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        execute(connection, "BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine
