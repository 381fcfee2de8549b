"""Statements for many rows at once.

On SQLite such a statement is executed for each row, which costs one look-up of its values. On PostgreSQL, where every
execution is a message to the server and work for it, all rows go as one statement: each column as an array, which
`unnest` turns into rows again.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

from sqlalchemy import (
    ARRAY,
    Connection,
    Dialect,
    Insert,
    Subquery,
    Table,
    Update,
    bindparam,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from app.store.driver import Adapt, Values, adapters, by_place, execute, execute_each

Statement = Insert | Update
TEXT, BINARY = re.compile(r"%\((\w+)\)s"), r"%(\1)b"
"""How psycopg sends a parameter. As text, an array costs an escape for each quotation mark in all of its JSON."""
Adapters = Sequence[tuple[str, Adapt]]
Run = Callable[[Connection, Sequence[Values]], int]
"""Executes a statement for each of so many rows, and returns how many that made or changed."""


class Bulk:
    """A statement to be executed for many rows; each row names the value of every column, keys and all.

    `found_by` says by which columns rows are found, and how a row calls them: a key may be written anew.
    """

    def __init__(self, make: Callable[[Subquery | None], Statement], table: Table, columns: Mapping[str, str]) -> None:
        self._make = make
        self._types = {called: table.c[column].type for called, column in columns.items()}
        self._runs: dict[str, Run] = {}

    @classmethod
    def insert(cls, table: Table, columns: Sequence[str]) -> Self:
        """Return what adds rows with these columns."""

        def make(rows: Subquery | None) -> Statement:
            if rows is None:
                return insert(table).inline().values({name: bindparam(name) for name in columns})
            return insert(table).from_select(list(columns), select(*rows.c), include_defaults=False)

        return cls(make, table, {name: name for name in columns})

    @classmethod
    def update(cls, table: Table, found_by: Mapping[str, str], columns: Sequence[str]) -> Self:
        """Return what writes these columns of the rows found."""

        def make(rows: Subquery | None) -> Statement:
            statement = update(table).where(*_matches(table, found_by, rows))
            return statement.values({name: bindparam(name) if rows is None else rows.c[name] for name in columns})

        return cls(make, table, {name: name for name in columns} | {found_by[key]: key for key in found_by})

    @classmethod
    def put(cls, table: Table, columns: Sequence[str]) -> Self:
        """Return what adds rows with these columns, or brings those of the same primary key up to date."""
        key = [column.name for column in table.primary_key]

        def make(rows: Subquery | None) -> Statement:
            if rows is None:
                row: dict[str, Any] = {name: bindparam(name) for name in columns}
                return on_conflict(sqlite.insert(table).values(row))
            given = select(*rows.c)
            return on_conflict(postgresql.insert(table).from_select(list(columns), given, include_defaults=False))

        def on_conflict(statement: sqlite.Insert | postgresql.Insert) -> Statement:
            changed = {name: statement.excluded[name] for name in columns if name not in key}
            return statement.on_conflict_do_update(index_elements=key, set_=changed)

        return cls(make, table, {name: name for name in columns})

    def execute(self, connection: Connection, rows: Sequence[Values]) -> int:
        """Execute it for each of `rows`, which are used up; return how many rows of the table that made or changed."""
        if not rows:
            return 0
        dialect = connection.dialect
        run = self._runs.get(dialect.name) or self._runs.setdefault(dialect.name, self._run(dialect))
        return run(connection, rows)

    def _run(self, dialect: Dialect) -> Run:
        adapt = adapters(self._types, dialect)
        if dialect.name == "postgresql":
            arrays = (func.unnest(bindparam(name, type_=ARRAY(of))).label(name) for name, of in self._types.items())
            compiled = self._make(select(*arrays).subquery("given")).compile(dialect=dialect)
            return _in_columns(TEXT.sub(BINARY, compiled.string), tuple(self._types), adapt)
        # Every parameter is a column's, so that the driver takes them by their place.
        compiled = self._make(None).compile(dialect=dialect)
        return _one_by_one(compiled.string, compiled.positiontup or [], adapt)


def _matches(table: Table, found_by: Mapping[str, str], rows: Subquery | None) -> list[Any]:
    return [table.c[key] == (bindparam(called) if rows is None else rows.c[called]) for key, called in found_by.items()]


def _one_by_one(sql: str, names: Sequence[str], adapt: Adapters) -> Run:
    take = by_place(names)

    def run(connection: Connection, rows: Sequence[Values]) -> int:
        _adapt(rows, adapt)
        changed: int = execute_each(connection, sql, map(take, rows)).rowcount
        return changed

    return run


def _in_columns(sql: str, names: Sequence[str], adapt: Adapters) -> Run:
    def run(connection: Connection, rows: Sequence[Values]) -> int:
        _adapt(rows, adapt)
        changed: int = execute(connection, sql, {name: [row[name] for row in rows] for name in names}).rowcount
        return changed

    return run


def _adapt(rows: Sequence[Values], adapt: Adapters) -> None:
    for name, one in adapt:
        for row in rows:
            row[name] = one(row[name])
