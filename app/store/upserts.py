"""INSERT … ON CONFLICT, which both databases have and SQLAlchemy keeps apart."""

from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, Table
from sqlalchemy.dialects import postgresql, sqlite

Values = dict[str, Any]


def insert_once(connection: Connection, table: Table, row: Values) -> None:
    """Insert `row` unless there is one of its primary key."""
    connection.execute(_insert_once(connection.dialect.name, table), row)


def put(connection: Connection, table: Table, row: Values) -> None:
    """Insert `row`, which has a value for every column, or bring the one of its primary key up to date."""
    connection.execute(_put(connection.dialect.name, table), row)


@cache
def _insert_once(dialect: str, table: Table) -> Insert:
    return _insert(dialect, table).on_conflict_do_nothing()


@cache
def _put(dialect: str, table: Table) -> Insert:
    statement = _insert(dialect, table)
    changed = {column.name: statement.excluded[column.name] for column in table.columns if not column.primary_key}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed)


def _insert(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
