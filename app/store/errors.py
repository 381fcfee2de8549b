# ruff: noqa: D205, D209, D400 -- a docstring here is the sentence that a person reads
"""What can go wrong with the database; the docstring of each class is the sentence that people read.

    StoreError
    ├── CannotOpen           at start
    │   ├── UnknownDatabase      the address is neither SQLite nor PostgreSQL
    │   ├── DriverMissing        PostgreSQL without psycopg
    │   ├── FolderMissing        SQLite
    │   ├── FolderNotWritable    SQLite
    │   ├── FileNotWritable      SQLite
    │   ├── NotADatabase         SQLite
    │   ├── NothingThere         SQLite, for whoever only reads
    │   ├── FileTaken            SQLite, for whoever only reads: another file than that which Tocsin runs on, or none
    │   ├── AnotherRuns          SQLite, and another process has it
    │   ├── Unreachable          PostgreSQL, or a file that another process keeps locked
    │   ├── TooOld               an older Tocsin wrote it, for whoever only reads
    │   └── TooNew               a newer Tocsin wrote it
    ├── NotRecorded          nothing of the work was kept
    │   └── CannotWrite          and pressing again will not help by itself
    │       └── FileGone             SQLite: the file that is open does not stand in its place any more
    │       └── Overtaken            PostgreSQL, and another version of Tocsin has changed its tables meanwhile
    ├── Unconfirmed          nobody knows whether the work was kept
    ├── Conflict             somebody else changed the incident first
    └── Closed               Tocsin is stopping

`{name}` in a sentence stands for a fact that whoever raises it gives.
"""


class StoreError(Exception):
    """The database did not do what it was asked."""

    def __init__(self, **facts: object) -> None:
        super().__init__()
        self.facts = facts

    def __str__(self) -> str:
        """Return the sentence."""
        return " ".join((type(self).__doc__ or "").split()).format_map(self.facts)


class CannotOpen(StoreError):
    """The database cannot be opened."""


class UnknownDatabase(CannotOpen):
    """DATABASE_URL names no database that Tocsin knows. Set it to sqlite:///path/to/tocsin.db or
    postgresql://user:password@host/name."""


class DriverMissing(CannotOpen):
    """DATABASE_URL names a PostgreSQL, and its driver is not installed. Install it: pip install 'tocsin[postgres]'"""


class FolderMissing(CannotOpen):
    """The folder {folder} does not exist. Create it, or set DATABASE_URL to a file in another one."""


class FolderNotWritable(CannotOpen):
    """The folder {folder} cannot be written to. Allow it, or set DATABASE_URL to a file in another one."""


class FileNotWritable(CannotOpen):
    """The file {file} cannot be written to. Allow it, or set DATABASE_URL to another one."""


class NotADatabase(CannotOpen):
    """The file {file} is no intact SQLite database. Bring back a copy, or set DATABASE_URL to another file."""


class NothingThere(CannotOpen):
    """There is no file {file}. Start Tocsin once, which makes it, or set DATABASE_URL to where it is."""


class FileTaken(CannotOpen):
    """The file {file} was deleted, moved or replaced while a Tocsin runs on it, which records nothing now. Put that
    file back, or restart Tocsin to begin anew with what is there."""


class AnotherRuns(CannotOpen):
    """Another Tocsin runs on the file {file}. Stop it first, or set DATABASE_URL to another file; only on a PostgreSQL
    can several run side by side."""


class Unreachable(CannotOpen):
    """The database {database} does not answer: {reason}. See that it runs and that DATABASE_URL is right."""


class TooOld(CannotOpen):
    """The database {database} was written by an older Tocsin (its schema is {found}, this one needs {known}). Start
    this version once, which brings it up to date."""


class TooNew(CannotOpen):
    """The database {database} was written by a newer Tocsin (its schema is {found}, this one knows up to {known}).
    Start that version or a newer one."""


class NotRecorded(StoreError):
    """That was not recorded: the database did not answer in time. Press again."""


class CannotWrite(NotRecorded):
    """That was not recorded: the database cannot be written to. Whoever runs Tocsin finds the reason in its log."""


class Overtaken(CannotWrite):
    """That was not recorded here: another version of Tocsin has taken over the database {database} (its schema is
    {found}, this one knows {known}). Press again; whoever runs Tocsin stops the old one."""


class FileGone(CannotWrite):
    """That was not recorded: the file of the database was deleted, moved or replaced while Tocsin runs. Whoever runs
    Tocsin puts that file back, or restarts Tocsin to begin anew with what is there."""


class Unconfirmed(StoreError):
    """The database stopped answering while that was being recorded. Look whether it is there before you press again."""


class Conflict(StoreError):
    """Somebody else changed this incident at the same moment. Press again."""


class Closed(StoreError):
    """That was not recorded: Tocsin is being stopped. Press again in a minute."""
