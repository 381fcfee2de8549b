"""Core statements for many rows at once, at the price that the driver asks.

SQLAlchemy works out the parameters of every row anew, which costs more than writing the row. Here a statement is
compiled once for each database, and a row costs one look-up of its values.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Delete, Dialect, Insert, Update
from sqlalchemy.sql.compiler import SQLCompiler

Values = dict[str, Any]
Adapt = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Plan:
    """A statement as one database takes it: its text, and what makes its parameters of a row."""

    sql: str
    adapt: dict[str, Adapt]
    in_order: Callable[[Values], Any] | None

    def parameters(self, row: Values) -> Any:
        for name, adapt in self.adapt.items():
            row[name] = adapt(row[name])
        return self.in_order(row) if self.in_order else row


class Bulk:
    """A statement to be executed for many rows; `columns` are those that a row gives, where no value names them.

    All of its values, two at least, are parameters.
    """

    def __init__(self, statement: Insert | Update | Delete, columns: Sequence[str] = ()) -> None:
        self._statement = statement
        self._columns = columns
        self._plans: dict[str, _Plan] = {}

    def execute(self, connection: Connection, rows: Sequence[Values]) -> int:
        """Execute it for each of `rows`, which it uses up; return how many rows of the table that made or changed."""
        if not rows:
            return 0
        dialect = connection.dialect
        plan = self._plans.get(dialect.name) or self._plans.setdefault(dialect.name, self._plan(dialect))
        return connection.exec_driver_sql(plan.sql, [plan.parameters(row) for row in rows]).rowcount

    def _plan(self, dialect: Dialect) -> _Plan:
        compiled = self._statement.compile(dialect=dialect, column_keys=list(self._columns) or None)
        names = compiled.positiontup
        return _Plan(compiled.string, _adapters(compiled, dialect), itemgetter(*names) if names else None)


def _adapters(compiled: SQLCompiler, dialect: Dialect) -> dict[str, Adapt]:
    processors = {
        name: parameter.type.dialect_impl(dialect).bind_processor(dialect) for name, parameter in compiled.binds.items()
    }
    return {name: adapt for name, adapt in processors.items() if adapt}
