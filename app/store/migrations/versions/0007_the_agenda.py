"""The timers of an incident in one row of their own: what changes with nearly every save stands apart."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

from app.store import codec
from app.store.moments import UTCDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

AT_ONCE = 500
MOVED = ("next_due", "next_page", "trouble")

_text = sqlmodel.sql.sqltypes.AutoString
_moment = UTCDateTime(timezone=True)
_incident = sa.table(
    "incident",
    *(sa.column("id"), sa.column("workspace"), sa.column("trouble")),
    *(sa.column("next_due", _moment), sa.column("next_page", _moment)),
)
_timer = sa.table(
    "timer", *(sa.column("incident_id"), sa.column("workspace"), sa.column("name"), sa.column("due_at", _moment))
)
_agenda = sa.table(
    "agenda",
    *(sa.column("incident_id"), sa.column("workspace"), sa.column("timers"), sa.column("trouble")),
    *(sa.column("next_due", _moment), sa.column("next_page", _moment)),
)


def upgrade() -> None:
    _keep_others_out("incident, timer")
    _say_the_zone("incident")
    op.create_table(
        "agenda",
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("workspace", _text(), nullable=False),
        sa.Column("timers", _text(), nullable=False),
        sa.Column("next_due", _moment, nullable=True),
        sa.Column("next_page", _moment, nullable=True),
        sa.Column("trouble", _text(), nullable=True),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_agenda_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", name=op.f("pk_agenda")),
        postgresql_with={"fillfactor": 50},
    )
    connection = op.get_bind()
    for rows in _in_pieces(connection, _incident, _incident.c.id):
        timers = _timers(connection, [row.id for row in rows])
        connection.execute(sa.insert(_agenda), [_with_timers(row, timers[row.id]) for row in rows])
    _make_indexes("agenda", "incident_id")
    op.drop_table("timer")
    for name in ("next_page", "next_due", "id"):
        op.drop_index(op.f(f"ix_incident_{name}"), table_name="incident")
    for name in MOVED:
        op.drop_column("incident", name)
    _leave_room(50)


def downgrade() -> None:
    _keep_others_out("incident, agenda")
    for name, of in (("next_due", _moment), ("next_page", _moment), ("trouble", _text())):
        op.add_column("incident", sa.Column(name, of, nullable=True))
    op.create_table(
        "timer",
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("name", _text(), nullable=False),
        sa.Column("workspace", _text(), nullable=False),
        sa.Column("due_at", _moment, nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_timer_incident_id")),
        sa.PrimaryKeyConstraint("incident_id", "name", name=op.f("pk_timer")),
    )
    connection = op.get_bind()
    for rows in _in_pieces(connection, _agenda, _agenda.c.incident_id):
        for row in rows:
            moved = {name: getattr(row, name) for name in MOVED}
            connection.execute(sa.update(_incident).where(_incident.c.id == row.incident_id).values(moved))
        timers = [
            {"incident_id": row.incident_id, "workspace": row.workspace, "name": name, "due_at": due_at}
            for row in rows
            for name, due_at in codec.decode_timers(row.timers).items()
        ]
        if timers:
            connection.execute(sa.insert(_timer), timers)
    op.drop_table("agenda")
    _make_indexes("incident", "id")
    _leave_room(100)


def _keep_others_out(tables: str) -> None:
    # An older process may be between its SELECT … FOR UPDATE and its UPDATE: each would wait for the other.
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE")


def _say_the_zone(table: str) -> None:
    # When a page was put off, its moment (in UTC) was stored on SQLite without saying so.
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"UPDATE {table} SET next_page = next_page || '+00:00' WHERE length(next_page) = 26")  # noqa: S608


def _in_pieces(
    connection: sa.Connection, table: sa.TableClause, key: sa.ColumnElement[int]
) -> Iterator[Sequence[sa.Row[Any]]]:
    last = 0
    some = sa.select(table).where(key > sa.bindparam("last")).order_by(key).limit(AT_ONCE)
    while rows := connection.execute(some, {"last": last}).all():
        yield rows
        last = rows[-1][0]


def _timers(connection: sa.Connection, ids: list[int]) -> dict[int, dict[str, datetime]]:
    found: dict[int, dict[str, datetime]] = defaultdict(dict)
    for row in connection.execute(sa.select(_timer).where(_timer.c.incident_id.in_(ids))):
        found[row.incident_id][row.name] = row.due_at
    return found


def _with_timers(row: sa.Row[Any], timers: dict[str, datetime]) -> dict[str, object]:
    kept = {name: getattr(row, name) for name in ("workspace", *MOVED)}
    return {"incident_id": row.id, "timers": codec.encode(timers), **kept}


def _make_indexes(table: str, key: str) -> None:
    for name in ("next_page", "next_due"):
        op.create_index(op.f(f"ix_{table}_{name}"), table, [name], unique=False)
    troubled = sa.text("trouble IS NOT NULL")
    op.create_index(
        op.f(f"ix_{table}_{key}"), table, [key], unique=False, sqlite_where=troubled, postgresql_where=troubled
    )


def _leave_room(share: int) -> None:
    # From now on, for rows that change all the time.
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE incident SET (fillfactor = {share})")
