"""Core statements for many rows at once, at the price that the driver asks.

SQLAlchemy works out the parameters of every row anew, which costs more than writing the row. Here a statement is
compiled once for each database. On SQLite it is executed for each row, which costs one look-up of its values. On
PostgreSQL, where every execution is a message to the server and work for it, all rows go as one statement: each column
as an array, which `unnest` turns into rows again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Self

from sqlalchemy import (
    ARRAY,
    Connection,
    Delete,
    Dialect,
    Insert,
    Subquery,
    Table,
    Update,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

Values = dict[str, Any]
Adapt = Callable[[Any], Any]
Statement = Insert | Update | Delete


@dataclass(frozen=True, slots=True)
class _Plan:
    """A statement as one database takes it: its text, and what makes its parameters of all rows."""

    sql: str
    parameters: Callable[[Sequence[Values]], Any]


class Bulk:
    """A statement to be executed for many rows; each row names the value of every column, keys and all.

    `found_by` says by which columns rows are found, and how a row calls them: a key may be written anew.
    """

    def __init__(self, make: Callable[[Subquery | None], Statement], table: Table, columns: Mapping[str, str]) -> None:
        self._make = make
        self._types = {called: table.c[column].type for called, column in columns.items()}
        self._plans: dict[str, _Plan] = {}

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
    def delete(cls, table: Table, found_by: Mapping[str, str]) -> Self:
        """Return what deletes the rows found."""
        return cls(
            lambda rows: delete(table).where(*_matches(table, found_by, rows)),
            table,
            {found_by[key]: key for key in found_by},
        )

    def execute(self, connection: Connection, rows: Sequence[Values]) -> int:
        """Execute it for each of `rows`; return how many rows of the table that made or changed."""
        if not rows:
            return 0
        dialect = connection.dialect
        plan = self._plans.get(dialect.name) or self._plans.setdefault(dialect.name, self._plan(dialect))
        return connection.exec_driver_sql(plan.sql, plan.parameters(rows)).rowcount

    def _plan(self, dialect: Dialect) -> _Plan:
        adapters = self._adapters(dialect)
        if dialect.name == "postgresql":
            arrays = (func.unnest(bindparam(name, type_=ARRAY(of))).label(name) for name, of in self._types.items())
            compiled = self._make(select(*arrays).subquery("given")).compile(dialect=dialect)
            return _Plan(compiled.string, _in_columns(tuple(self._types), adapters))
        # Every parameter is a column's, so that the driver takes them by their place.
        compiled = self._make(None).compile(dialect=dialect)
        return _Plan(compiled.string, _one_by_one(compiled.positiontup or [], adapters))

    def _adapters(self, dialect: Dialect) -> dict[str, Adapt]:
        processors = {name: of.dialect_impl(dialect).bind_processor(dialect) for name, of in self._types.items()}
        return {name: adapt for name, adapt in processors.items() if adapt}


def _matches(table: Table, found_by: Mapping[str, str], rows: Subquery | None) -> list[Any]:
    return [table.c[key] == (bindparam(called) if rows is None else rows.c[called]) for key, called in found_by.items()]


def _one_by_one(names: Sequence[str], adapters: Mapping[str, Adapt]) -> Callable[[Sequence[Values]], Any]:
    in_order: Callable[[Values], Any] = itemgetter(*names) if len(names) > 1 else lambda row: (row[names[0]],)

    def adapted(row: Values) -> Any:
        return in_order(row | {name: adapt(row[name]) for name, adapt in adapters.items()} if adapters else row)

    return lambda rows: [adapted(row) for row in rows]


def _in_columns(names: Sequence[str], adapters: Mapping[str, Adapt]) -> Callable[[Sequence[Values]], Any]:
    def column(name: str, rows: Sequence[Values]) -> list[Any]:
        adapt = adapters.get(name)
        return [adapt(row[name]) for row in rows] if adapt else [row[name] for row in rows]

    return lambda rows: {name: column(name, rows) for name in names}
