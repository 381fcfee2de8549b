"""Statements at the price that the driver asks.

SQLAlchemy works out anew, at each execution, what a statement is worded like and how its values are adapted, and wraps
what comes back; all that costs several times what the database asks. So the statements of every click and every tick
of the clock are worded once for each database, and go to the driver as they are. What the driver raises comes out as
SQLAlchemy has it, so that nobody needs to know.
"""

import json
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    ClauseElement,
    Connection,
    Dialect,
    Select,
    TextualSelect,
    bindparam,
    func,
    select,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

Values = dict[str, Any]
Adapt = Callable[[Any], Any]
Statement = ClauseElement | Callable[[str], ClauseElement]
"""A statement of SQLAlchemy's, or what words it for the database of that name."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """A statement as one database takes it: its text, what makes its parameters of values, and how a row is read.

    `named` makes of a row what has its values by name.
    """

    sql: str
    parameters: Callable[[Values], Any]
    read: tuple[tuple[int, Adapt], ...]
    named: Callable[[Iterable[Any]], Any]


class Prepared:
    """A statement that is worded once. Its values are given by name."""

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._plans: dict[str, _Plan] = {}

    def execute(self, connection: Connection, values: Values) -> int:
        """Execute it, and return how many rows it made or changed."""
        plan = self._plan(connection)
        changed: int = execute(connection, plan.sql, plan.parameters(values)).rowcount
        return changed

    def rows(self, connection: Connection, **values: Any) -> Sequence[tuple[Any, ...]]:
        """Return the rows that it finds."""
        plan = self._plan(connection)
        found: Sequence[tuple[Any, ...]] = execute(connection, plan.sql, plan.parameters(values)).fetchall()
        return [_readable(row, plan.read) for row in found] if plan.read else found

    def named(self, connection: Connection, **values: Any) -> list[Any]:
        """Return the rows that it finds; the value of each column is to be had by its name."""
        return list(map(self._plan(connection).named, self.rows(connection, **values)))

    def scalar(self, connection: Connection, **values: Any) -> Any:
        """Return the first value of the first row that it finds; nothing where it finds none."""
        row = self.first(connection, **values)
        return row[0] if row else None

    def first(self, connection: Connection, **values: Any) -> tuple[Any, ...] | None:
        """Return the first row that it finds, if there is one."""
        rows = self.rows(connection, **values)
        return rows[0] if rows else None

    def _plan(self, connection: Connection) -> _Plan:
        dialect = connection.dialect
        return self._plans.get(dialect.name) or self._plans.setdefault(dialect.name, self._make(dialect))

    def _make(self, dialect: Dialect) -> _Plan:
        statement = self._statement if isinstance(self._statement, ClauseElement) else self._statement(dialect.name)
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)  # noqa: S101 -- what is executed is
        columns = statement.selected_columns if isinstance(statement, Select | TextualSelect) else ()
        readers = ((place, _reader(column.type, dialect)) for place, column in enumerate(columns))
        read = tuple((at, how) for at, how in readers if how)
        named = namedtuple("Found", [str(column.key) for column in columns], rename=True)  # type: ignore[misc] # noqa: PYI024
        return _Plan(compiled.string, _parameters(compiled, dialect), read, named._make)


def listed(dialect: str, name: str, of: TypeEngine[Any]) -> Select[Any]:
    """Return the rows of a parameter that holds a list, `as_list` makes it."""
    if dialect == "sqlite":
        return select(func.json_each(bindparam(name)).table_valued("value").c.value)
    return select(func.unnest(bindparam(name, type_=ARRAY(of))))


def as_list(connection: Connection, values: Sequence[Any]) -> Any:
    """Return what a parameter that holds a list is given: on SQLite that is JSON."""
    return json.dumps(values) if connection.dialect.name == "sqlite" else list(values)


def execute(connection: Connection, sql: str, parameters: Any = ()) -> Any:
    """Execute a statement worded for the driver of `connection`, and return the driver's cursor."""
    return _do(connection, "execute", sql, parameters)


def execute_each(connection: Connection, sql: str, parameters: Iterable[Any]) -> Any:
    """Do the same once with each of `parameters`; SQLite alone takes that."""
    return _do(connection, "executemany", sql, parameters)


def adapters(types: Mapping[str, TypeEngine[Any]], dialect: Dialect) -> list[tuple[str, Adapt]]:
    """Return how values of these types are turned into what the driver takes; nothing for those that it takes."""
    processors = ((name, _adapter(of, dialect)) for name, of in types.items())
    return [(name, adapt) for name, adapt in processors if adapt]


def by_place(names: Sequence[str] | None) -> Callable[[Values], Any]:
    """Return what puts values in the order of `names`."""
    match names:
        case None | []:
            return lambda _: ()
        case [name]:
            return lambda values: (values[name],)
        case _:
            return itemgetter(*names)


def _do(connection: Connection, how: str, sql: str, parameters: Any) -> Any:
    driver = connection.connection.dbapi_connection
    try:
        return getattr(driver, how)(sql, parameters)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _as_sqlalchemy_has_it(error, connection, sql) from error


def _as_sqlalchemy_has_it(error: Any, connection: Connection, sql: str) -> Exception:
    dialect = connection.dialect
    lost = dialect.is_disconnect(error, connection.connection.dbapi_connection, None)
    told: Exception = DBAPIError.instance(
        sql, None, error, dialect.loaded_dbapi.Error, connection_invalidated=lost, dialect=dialect
    )
    return told


def _parameters(compiled: SQLCompiler, dialect: Dialect) -> Callable[[Values], Any]:
    types = {name: parameter.type for parameter, name in compiled.bind_names.items()}
    fixed = {name: parameter.value for parameter, name in compiled.bind_names.items() if not parameter.required}
    adapt = adapters(types, dialect)
    take = by_place(compiled.positiontup) if compiled.positional else dict

    def parameters(values: Values) -> Any:
        adapted = fixed | values
        for name, one in adapt:
            adapted[name] = one(adapted[name])
        return take(adapted)

    return parameters


def _adapter(of: TypeEngine[Any], dialect: Dialect) -> Adapt | None:
    # SQLite's driver takes a truth value for the number that it is.
    is_number = dialect.name == "sqlite" and isinstance(of, Boolean)
    return None if is_number else of.dialect_impl(dialect).bind_processor(dialect)


def _reader(of: TypeEngine[Any], dialect: Dialect) -> Adapt | None:
    return of.dialect_impl(dialect).result_processor(dialect, None)


def _readable(row: tuple[Any, ...], readers: Iterable[tuple[int, Adapt]]) -> tuple[Any, ...]:
    values = list(row)
    for place, read in readers:
        values[place] = read(values[place])
    return tuple(values)
