"""Databases full of incidents.

The first incident is made as any other, by commands. The rest are copies of its rows under other numbers, written many
at once: a hundred thousand declarations would take minutes. What the first one had to tell Slack counts as told.
"""

from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Table, delete, select

from app import playbooks
from app.domain import commands as c
from app.domain.playbook import Playbook
from app.handle import declare, handle
from app.store import Record, Store, Transaction
from app.store.bulk import Bulk
from app.store.tables import agenda, delivery, event, incident

WORKSPACE = "T0BENCH"
CAST = ("U0ONCALL", "U0SECOND", "U0MANAGER", "U0VPENG")
DECLARER = "U0SUPPORT"
ANNOUNCE = "C0INCIDENTS"
ROOM = "C0ROOM{number:07}"
SOON = timedelta(minutes=1)
AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class Lot:
    """So many incidents of one severity, declared at one time and acknowledged a minute later, or not."""

    count: int
    severity: str
    declared_at: datetime
    acknowledged: bool = False


def playbook() -> Playbook:
    """Return the playbook that everything here runs under."""
    return playbooks.load("default").playbook


def fill(url: str, *lots: Lot) -> list[range]:
    """Make a database with these incidents, their channels open and their cards posted; return the ids of each lot."""
    rules = playbook()
    with closing(Store.open(url)) as store:
        store.call(lambda tx: _cast(tx, rules), urgent=False)
        made = [_fill(store, lot, rules) for lot in lots]
        store.call(lambda tx: tx.connection.execute(delete(delivery)), urgent=False)
    return made


def first(url: str) -> Record:
    """Return the first incident of a database."""
    with closing(Store.open(url)) as store:
        record = store.call(lambda tx: tx.incident(1))
    assert record  # noqa: S101 -- `fill` made it
    return record


def _cast(tx: Transaction, rules: Playbook) -> None:
    for responder, member in zip(rules.rules.responders, CAST, strict=False):
        tx.bind(WORKSPACE, responder.id, (member,), (member,))


def _fill(store: Store, lot: Lot, rules: Playbook) -> range:
    record = store.call(lambda tx: _begin(tx, lot, rules), urgent=False)
    model = store.call(lambda tx: _Model.read(tx, record), urgent=False)
    ids = range(record.id, record.id + lot.count)
    for start in range(record.id + 1, ids.stop, AT_ONCE):
        some = range(start, min(start + AT_ONCE, ids.stop))
        store.call(partial(model.copy, ids=some), urgent=False)
    return ids


def _begin(tx: Transaction, lot: Lot, rules: Playbook) -> Record:
    at = lot.declared_at
    told = c.Declare(c.Actor(DECLARER), "Payment API answers with errors", lot.severity)
    record = declare(tx, WORKSPACE, told, rules, at).record
    room = ROOM.format(number=record.id)
    learned: list[c.Command] = [
        c.RecordChannel(room, record.incident.name),
        c.RecordCard(room, f"{at.timestamp():.6f}"),
        c.RecordAnnouncement(ANNOUNCE, f"{at.timestamp() + 1:.6f}"),
    ]
    for command in learned:
        handle(tx, record.id, command, rules, at)
    if lot.acknowledged:
        handle(tx, record.id, c.Acknowledge(c.Actor(CAST[0])), rules, at + SOON)
    return record


@dataclass(frozen=True, slots=True)
class _Model:
    """The rows of one incident, by table, and how they name it."""

    record: Record
    rows: dict[Table, list[Mapping[str, Any]]]

    @classmethod
    def read(cls, tx: Transaction, record: Record) -> "_Model":
        of = {incident: incident.c.id, event: event.c.incident_id, agenda: agenda.c.incident_id}
        found = {table: tx.connection.execute(select(table).where(key == record.id)) for table, key in of.items()}
        return cls(record, {table: [dict(row) for row in rows.mappings()] for table, rows in found.items()})

    def copy(self, tx: Transaction, ids: Iterable[int]) -> None:
        """Write the rows again for each of `ids`, which become the incidents' numbers too."""
        known = list(ids)
        for table, rows in self.rows.items():
            fresh = [self._renamed(row, number) for number in known for row in rows]
            Bulk.insert(table, table.c.keys()).execute(tx.connection, fresh)

    def _renamed(self, row: Mapping[str, Any], number: int) -> dict[str, Any]:
        was = self.record.incident
        name, room = f"incident-{number}", ROOM.format(number=number)
        columns = {
            "id": number,
            "incident_id": number,
            "number": number,
            "number_in_year": number,
            "name": name,
            "channel": room,
        }
        texts = {
            f'"number":{was.number},"number_in_year":{was.number_in_year},': (
                f'"number":{number},"number_in_year":{number},'
            ),
            f'"{was.name}"': f'"{name}"',
            f'"{ROOM.format(number=self.record.id)}"': f'"{room}"',
        }
        fresh = {**row, **{column: value for column, value in columns.items() if column in row}}
        for column in ("state", "body"):
            if column in fresh:
                fresh[column] = _replaced(fresh[column], texts)
        return fresh


def _replaced(text: str, pairs: Mapping[str, str]) -> str:
    for old, new in pairs.items():
        text = text.replace(old, new)
    return text
