"""Making incidents, and writing down what became of them.

`save` is what every command and every tick of the clock ends in, so it costs a handful of statements however many
incidents it is given; nothing in here asks the database once for each.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, func, insert, select, text

from app import failpoints
from app.domain.incident import Incident
from app.domain.playbook import Rules
from app.domain.timers import URGENT
from app.store import codec
from app.store.bulk import Bulk
from app.store.driver import Prepared, Values
from app.store.enqueueing import enqueue
from app.store.errors import Conflict
from app.store.reading import Reader
from app.store.records import Change, Record
from app.store.subscriptions import with_subscribers
from app.store.tables import agenda, event, incident, rules
from app.store.upserts import insert_once

_LOCK_NUMBERS = text("SELECT pg_advisory_xact_lock(hashtext('tocsin.numbers'), hashtext(:workspace))")
_OF_WORKSPACE = incident.c.workspace == bindparam("workspace")
_LAST_NUMBERS = Prepared(
    select(
        select(func.max(incident.c.number)).where(_OF_WORKSPACE).scalar_subquery(),
        select(func.max(incident.c.number_in_year))
        .where(_OF_WORKSPACE, incident.c.year == bindparam("year"))
        .scalar_subquery(),
    )
)
_INSERT = insert(incident)

_AS_LOADED = {"id": "loaded_id", "version": "loaded"}
_STATE = ("version", "state")
_FACTS = ("severity", "rank", "status", "is_open", "channel", "announce_channel", "announce_ts")
_SAVE_STATE = Bulk.update(incident, _AS_LOADED, _STATE)
_SAVE_STATE_AND_FACTS = Bulk.update(incident, _AS_LOADED, (*_STATE, *_FACTS))

_ADD_EVENT = Bulk.insert(event, event.c.keys())

_PUT_AGENDA = Bulk.put(agenda, agenda.c.keys())


class Saving:
    """The part of a transaction that makes and changes incidents."""

    connection: Connection
    reader: Reader

    def next_numbers(self, workspace: str, year: int) -> tuple[int, int]:
        """Return the numbers of the workspace's next incident: of all, and in `year`.

        Nobody else gets them before this transaction ends. The year is that of the declaration in the time zone of
        the incident's rules.
        """
        if self.connection.dialect.name == "postgresql":
            self.connection.execute(_LOCK_NUMBERS, {"workspace": workspace})
        [numbers] = _LAST_NUMBERS.rows(self.connection, workspace=workspace, year=year)
        number, number_in_year = (1 + (last or 0) for last in numbers)
        return number, number_in_year

    def insert(self, workspace: str, state: Incident, its_rules: Rules) -> Record:
        """Make the row of a new incident, at version 0: its events and the rest follow by `save`."""
        digest, body = codec.encode_rules(its_rules)
        insert_once(self.connection, rules, {"workspace": workspace, "digest": digest, "body": body})
        row = {
            "workspace": workspace,
            "version": 0,
            "number": state.number,
            "year": state.declared_at.astimezone(ZoneInfo(its_rules.hours.zone)).year,
            "number_in_year": state.number_in_year,
            "name": state.name,
            "rules": digest,
            "declared_at": state.declared_at,
            "state": codec.encode(state),
            "rank": its_rules.rank(state.severity),
            **_facts(state),
        }
        made = self.connection.execute(_INSERT, row)
        (incident_id,) = made.inserted_primary_key or (0,)
        return Record(incident_id, workspace, 0, state, its_rules)

    def save(self, changes: Sequence[Change], now: datetime) -> list[Record]:
        """Store what became of incidents, whole, and return them as they are stored now.

        Raises `Conflict` where any of them is no longer at the version that it was loaded at. A work lets that pass,
        so that nothing of the transaction is stored.
        """
        if not changes:
            return []
        # Everybody takes rows in the same order, so that no two processes wait for each other.
        ordered = sorted(changes, key=lambda change: change.record.id)
        self._save_incidents(ordered)
        failpoints.reach("store.incidents-saved")
        self._save_events(ordered)
        failpoints.reach("store.events-saved")
        self._save_agendas(ordered)
        failpoints.reach("store.agendas-saved")
        enqueue(self.connection, with_subscribers(self.connection, ordered), now)
        failpoints.reach("store.enqueued")
        return [_saved(change) for change in changes]

    def _save_incidents(self, changes: Sequence[Change]) -> None:
        # An update touches every index whose column it names, and most changes leave what people look for as it is.
        as_before, otherwise = [], []
        for change in changes:
            row = {
                "loaded_id": change.record.id,
                "loaded": change.record.version,
                "version": change.record.version + 1,
                "state": codec.encode(change.after),
            }
            facts = _facts(change.after)
            if facts == _facts(change.record.incident):
                as_before.append(row)
            else:
                otherwise.append(row | facts | {"rank": change.record.rules.rank(change.after.severity)})
        saved = _SAVE_STATE.execute(self.connection, as_before)
        saved += _SAVE_STATE_AND_FACTS.execute(self.connection, otherwise)
        if saved != len(changes):
            raise Conflict

    def _save_events(self, changes: Sequence[Change]) -> None:
        _ADD_EVENT.execute(
            self.connection,
            [
                {
                    "incident_id": change.record.id,
                    "version": change.record.version + 1,
                    "place": place,
                    "workspace": change.record.workspace,
                    "at": one.at,
                    "kind": codec.kind(one),
                    "body": codec.encode(one),
                }
                for change in changes
                for place, one in enumerate(change.events)
            ],
        )

    def _save_agendas(self, changes: Sequence[Change]) -> None:
        _PUT_AGENDA.execute(
            self.connection,
            [
                {
                    "incident_id": change.record.id,
                    "workspace": change.record.workspace,
                    "timers": codec.encode(change.timers),
                    "trouble": None,
                    **_next_times(change.timers),
                }
                for change in changes
            ],
        )


def _facts(state: Incident) -> Values:
    """Return what people look for incidents by, and what changes."""
    return {
        "severity": state.severity,
        "status": state.status.value,
        "is_open": state.is_open,
        "channel": state.channel,
        "announce_channel": state.announcement.channel if state.announcement else None,
        "announce_ts": state.announcement.ts if state.announcement else None,
    }


def _next_times(timers: Mapping[str, datetime]) -> Values:
    return {
        "next_due": min(timers.values(), default=None),
        "next_page": min((due_at for name, due_at in timers.items() if name.startswith(URGENT)), default=None),
    }


def _saved(change: Change) -> Record:
    record = change.record
    return Record(record.id, record.workspace, record.version + 1, change.after, record.rules)
