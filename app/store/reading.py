"""Rows of the table `incident`, read into records."""

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from app.domain.playbook import Rules
from app.store import codec
from app.store.driver import Prepared
from app.store.records import Record
from app.store.tables import incident, rules

UNREADABLE = (msgspec.DecodeError, KeyError)
"""What decoding raises for a row that this version of Tocsin cannot read."""

RECORDS = select(
    incident.c.id, incident.c.workspace, incident.c.version, incident.c.state, incident.c.rules.label("digest")
)


class Reader:
    """Reads records on one connection; `known_rules` keeps, by digest, the rules that were read before."""

    def __init__(self, connection: Connection, known_rules: dict[str, Rules]) -> None:
        self.connection = connection
        self.known_rules = known_rules

    def one(self, statement: Prepared, **values: Any) -> Record | None:
        """Return the first record of `statement`, which selects `RECORDS`; `values` are its parameters."""
        row = statement.first(self.connection, **values)
        return self._record(row) if row else None

    def all(
        self, statement: Prepared, unreadable: Callable[[int, str], None] | None = None, **values: Any
    ) -> list[Record]:
        """Return the records of `statement`, which selects `RECORDS`; `values` are its parameters.

        One that cannot be read is left out and its id told to `unreadable`, with the reason; raises without that.
        """
        records = []
        for row in statement.rows(self.connection, **values):
            try:
                records.append(self._record(row))
            except UNREADABLE as error:
                if unreadable is None:
                    raise
                unreadable(row[0], f"It cannot be read: {error}")
        return records

    def _record(self, row: tuple[Any, ...]) -> Record:
        incident_id, workspace, version, state, digest = row
        return Record(incident_id, workspace, version, codec.decode_incident(state), self._rules(workspace, digest))

    def _rules(self, workspace: str, digest: str) -> Rules:
        if digest not in self.known_rules:
            body = select(rules.c.body).where(rules.c.workspace == workspace, rules.c.digest == digest)
            self.known_rules[digest] = codec.decode_rules(self.connection.execute(body).scalar_one())
        return self.known_rules[digest]
