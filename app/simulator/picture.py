"""A simulation drawn short: what repeats is one row, which says how often and until when."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from app.domain.durations import in_words
from app.simulator.moments import Kind, Moment

FEWEST = 2
"""Repetitions that are worth a row of their own."""


@dataclass(frozen=True, slots=True)
class Row:
    """The `first` of `times` alike, the last of them at `until`; `every` is the time between, where that is even."""

    first: Moment
    times: int
    until: Moment
    every: timedelta | None = None

    @property
    def repeated(self) -> str:
        """Say in words how it goes on: "every 15 min, 4 times"; nothing where it happens once."""
        if self.times < FEWEST:
            return ""
        return f"every {in_words(self.every)}, {self.times} times" if self.every else f"{self.times} times"


def rows(moments: Iterable[Moment], *, whole: bool = False) -> list[Row]:
    """Return the rows of `moments`, in order.

    What repeats is told anew after each thing that happens once, so that the order of the rows is that of time;
    `whole` tells it once for all.
    """
    drawn: list[Row] = []
    running: dict[tuple[object, ...], int] = {}
    for one in moments:
        key = identity(one)
        if not (whole or repeats(one)):
            running.clear()
        elif key in running:
            drawn[running[key]] = _with(drawn[running[key]], one)
            continue
        running[key] = len(drawn)
        drawn.append(Row(one, 1, one))
    return drawn


def repeats(one: Moment) -> bool:
    """Say whether that is a nudge or a page of a step that has fired before."""
    return one.again or one.kind is Kind.NUDGED


def identity(one: Moment) -> tuple[object, ...]:
    """Return what makes two moments alike: whom a nudge asks may differ, whom a step pages may not."""
    return (one.kind, one.step, one.responders if one.kind is Kind.PAGED else (), one.about, one.again)


def _with(row: Row, one: Moment) -> Row:
    gap = one.at - row.until.at
    even = row.times == 1 or row.every == gap
    responders = tuple(dict.fromkeys((*row.first.responders, *one.responders)))
    first = replace(row.first, responders=responders)
    return Row(first, row.times + 1, one, gap if even else None)
