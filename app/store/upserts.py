"""INSERT … ON CONFLICT, which both databases have and SQLAlchemy keeps apart."""

from functools import cache

from sqlalchemy import Connection, Insert, Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite

from app.store.driver import Prepared, Values


def insert_once(connection: Connection, table: Table, row: Values) -> None:
    """Insert `row` unless there is one of its primary key."""
    _insert_once(table).execute(connection, row)


def put(connection: Connection, table: Table, row: Values) -> None:
    """Insert `row`, which has a value for every column, or bring the one of its primary key up to date."""
    _put(table).execute(connection, row)


@cache
def _insert_once(table: Table) -> Prepared:
    return Prepared(lambda dialect: _insert(dialect, table).on_conflict_do_nothing())


@cache
def _put(table: Table) -> Prepared:
    def make(dialect: str) -> Insert:
        statement = _insert(dialect, table)
        changed = {column.name: statement.excluded[column.name] for column in table.columns if not column.primary_key}
        return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed)

    return Prepared(make)


def _insert(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    insert = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    return insert.values({column.name: bindparam(column.name) for column in table.columns})
