"""Running a stored incident by other rules than those that it was declared under."""

from contextlib import suppress

from sqlalchemy import Connection, bindparam, select, update

from app.store import codec
from app.store.errors import Conflict
from app.store.reading import UNREADABLE
from app.store.records import Record
from app.store.tables import incident, rules
from app.store.upserts import insert_once

_ADOPT = update(incident).where(incident.c.id == bindparam("its_id"), incident.c.version == bindparam("loaded"))


class Adoption:
    """The part of a transaction that gives incidents other rules."""

    connection: Connection

    def playbooks(self) -> set[str]:
        """Return the names of the playbooks whose rules incidents are run by, or were."""
        known = set()
        for body in self.connection.execute(select(rules.c.body)).scalars():
            # Rules that cannot be read are told of where they are needed.
            with suppress(*UNREADABLE):
                known.add(codec.decode_rules(body).playbook)
        return known

    def adopt(self, record: Record) -> None:
        """Store that the incident is run by the rules of `record` now; what became of it is saved after this.

        Raises `Conflict` where it is no longer at the version that it was loaded at.
        """
        digest, body = codec.encode_rules(record.rules)
        insert_once(self.connection, rules, {"workspace": record.workspace, "digest": digest, "body": body})
        changed = _ADOPT.values(rules=digest, rank=record.rules.rank(record.incident.severity))
        if self.connection.execute(changed, {"its_id": record.id, "loaded": record.version}).rowcount != 1:
            raise Conflict
