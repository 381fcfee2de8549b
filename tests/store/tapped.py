"""A driver's connection that tells of each statement before it executes it, and may fail instead."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from app.store import Store

EXECUTE = ("execute", "executemany")


class Tapped:
    """Stands in front of a driver's connection or cursor, and is the same in all else."""

    def __init__(self, driver: Any, tell: Callable[[str], None]) -> None:
        self.__dict__.update(_driver=driver, _tell=tell)

    def __getattr__(self, name: str) -> Any:
        of_driver = getattr(self._driver, name)
        if name == "cursor":
            return lambda *given: Tapped(of_driver(*given), self._tell)
        return self._telling(of_driver) if name in EXECUTE else of_driver

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._driver, name, value)

    def _telling(self, run: Callable[..., Any]) -> Callable[..., Any]:
        def told(sql: Any, *parameters: Any) -> Any:
            self._tell(str(sql))
            return run(sql, *parameters)

        return told


class Tap:
    """Tells of the statements that a store executes on all connections that it has yet to make."""

    def __init__(self, store: Store) -> None:
        self._tell: Callable[[str], None] | None = None
        event.listen(store._target.engine, "connect", self._put)

    @contextmanager
    def telling(self, tell: Callable[[str], None]) -> Iterator[None]:
        """Tell of each statement meanwhile."""
        self._tell = tell
        try:
            yield
        finally:
            self._tell = None

    def _put(self, driver: Any, record: Any) -> None:
        record.dbapi_connection = Tapped(driver, self._told)

    def _told(self, sql: str) -> None:
        if self._tell:
            self._tell(sql)
