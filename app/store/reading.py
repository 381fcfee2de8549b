"""Rows of the table `incident`, read into records."""

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, select

from app.domain.playbook import Rules
from app.store import codec
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

    def one(self, statement: Select[Any], **values: Any) -> Record | None:
        """Return the first record of `statement`, which selects `RECORDS`; `values` are its parameters."""
        row = self.connection.execute(statement, values).first()
        return self._record(row) if row else None

    def all(
        self, statement: Select[Any], unreadable: Callable[[int, str], None] | None = None, **values: Any
    ) -> list[Record]:
        """Return the records of `statement`, which selects `RECORDS`; `values` are its parameters.

        One that cannot be read is left out and its id told to `unreadable`, with the reason; raises without that.
        """
        records = []
        for row in self.connection.execute(statement, values).all():
            try:
                records.append(self._record(row))
            except UNREADABLE as error:
                if unreadable is None:
                    raise
                unreadable(row.id, f"It cannot be read: {error}")
        return records

    def _record(self, row: Row[Any]) -> Record:
        state = codec.decode_incident(row.state)
        return Record(row.id, row.workspace, row.version, state, self._rules(row.workspace, row.digest))

    def _rules(self, workspace: str, digest: str) -> Rules:
        if digest not in self.known_rules:
            body = select(rules.c.body).where(rules.c.workspace == workspace, rules.c.digest == digest)
            self.known_rules[digest] = codec.decode_rules(self.connection.execute(body).scalar_one())
        return self.known_rules[digest]
