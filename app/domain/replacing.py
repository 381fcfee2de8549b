"""`dataclasses.replace`, for what is replaced with every event: a third of the time it takes for many fields."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

T = TypeVar("T")


def replace(value: T, **changes: Any) -> T:
    """Return `value`, a dataclass of two fields or more, with these changes."""
    of: Any = type(value)
    read, places = _layout(of)
    values = list(read(value))
    for name, new in changes.items():
        values[places[name]] = new
    changed: T = of(*values)
    return changed


@cache
def _layout(of: Any) -> tuple[Callable[[Any], tuple[Any, ...]], Mapping[str, int]]:
    """Return what reads all fields of a value, and which place each has among them."""
    names = [field.name for field in fields(of)]
    return attrgetter(*names), {name: place for place, name in enumerate(names)}
