"""The database of a Tocsin that may be running, opened beside it: nothing is made, migrated or kept waiting."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import typer

from app import config, logs
from app.bot import on_the_databases_clock, system_clock
from app.cli.terminal import Unanswerable
from app.config import Settings
from app.store import Record, Store, Transaction

Workspace = Annotated[
    str | None, typer.Option(metavar="ID", help="Of several workspaces in one database, this one alone.")
]


@dataclass(frozen=True, slots=True)
class Beside:
    """An open database, and the settings that name it."""

    settings: Settings
    store: Store

    @property
    def now(self) -> datetime:
        """What time it is by the clock that counts."""
        return on_the_databases_clock(system_clock(self.settings), self.store)()


@contextmanager
def beside(*, reading: bool = True) -> Iterator[Beside]:
    """Open the database that the settings name; with `reading` false, to write in it. Raises `SettingsError`.

    Raises a `CannotOpen` where there is none, or one of another version.
    """
    settings = config.load(slack=False)
    logs.configure("error", secrets=settings.secrets)
    with closing(Store.open(settings.database_url, reading=True)) as store:
        if reading:
            yield Beside(settings, store)
            return
    with closing(Store.open(settings.database_url)) as store:
        yield Beside(settings, store)


def workspaces(tx: Transaction, chosen: str | None) -> list[str]:
    """Return the workspaces that are meant: all, or the chosen one. Raises `Unanswerable`."""
    known = tx.workspaces()
    if chosen is None:
        return known
    if chosen not in known:
        there = f"There are: {', '.join(known)}" if known else "There is none yet"
        raise Unanswerable(f"There is no workspace {chosen} in this database. {there}.")
    return [chosen]


def incident(tx: Transaction, number: int, chosen: str | None) -> Record:
    """Return the incident of that number. Raises `Unanswerable`."""
    found = [record for one in workspaces(tx, chosen) if (record := tx.by_number(one, number))]
    if not found:
        raise Unanswerable(f"There is no incident {number}. To see which there are: tocsin incidents --all")
    if len(found) > 1:
        several = ", ".join(record.workspace for record in found)
        raise Unanswerable(f"Incident {number} is in several workspaces. Name one with --workspace: {several}")
    return found[0]
