"""Incidents that were stored before they knew since when somebody plays a role: their timelines tell it."""

from contextlib import closing

import msgspec
from alembic import command
from sqlalchemy import text

from app.domain import events as e
from app.domain.incident import Given
from app.store import Store, Transaction
from app.store.schema import configuration
from tests.store.given import ANN, BOB, at, declare

LATER = (
    e.RoleAssigned(at(1), ANN, "commander", ANN),
    e.RoleAssigned(at(2), ANN, "scribe", BOB),
    e.HandedOver(at(3), ANN, "commander", BOB, ANN),
)


def make_old(tx: Transaction) -> None:
    for one, state in tx.connection.execute(text("SELECT id, state FROM incident")).all():
        known = msgspec.json.decode(state)
        del known["given"]
        row = {"id": one, "state": msgspec.json.encode(known).decode()}
        tx.connection.execute(text("UPDATE incident SET state = :state WHERE id = :id"), row)
    command.downgrade(configuration(tx.connection), "0007")


def test_since_when_somebody_plays_a_role_is_learnt_from_the_timeline(database_url: str) -> None:
    with closing(Store.open(database_url)) as store:
        record = declare(store, *LATER)
        store.call(make_old)
    with closing(Store.open(database_url)) as store:
        completed = store.call(lambda tx: tx.incident(record.id))
    assert completed == record
    assert record.incident.given == {"commander": Given(at(3), ANN), "scribe": Given(at(2), ANN)}
