"""How moments are stored, which databases disagree about."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import DateTime, Dialect, String
from sqlalchemy.types import TypeDecorator, TypeEngine


class UTCDateTime(TypeDecorator[datetime]):
    """A moment: aware on the way in, aware and in UTC on the way out.

    A naive one is refused with `ValueError`, which SQLAlchemy hands on inside its `StatementError`. SQLite, which has
    no type for moments, keeps them as ISO 8601 text of one width, so that they sort as they follow each other.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type that `dialect` stores it as."""
        return dialect.type_descriptor(String() if dialect.name == "sqlite" else self.impl_instance)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Return what is stored for `value`."""
        if value is None:
            return None
        return _text(value) if dialect.name == "sqlite" else _in_utc(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return the stored moment in UTC; PostgreSQL answers in the time zone of the session."""
        if value is None:
            return None
        return datetime.fromisoformat(value) if dialect.name == "sqlite" else value.astimezone(UTC)


def _in_utc(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError(f"{moment} says no time zone, so it could be any of forty moments.")
    return moment.astimezone(UTC)


@lru_cache(maxsize=1024)
def _text(moment: datetime) -> str:
    # Many rows of one save hold the same moment.
    return _in_utc(moment).isoformat(" ", "microseconds")
