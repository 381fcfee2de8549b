"""One line of the table: what was measured, on both sides, round by round."""

import json
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import cycle, islice
from typing import Any

HEADINGS = ("", "Tocsin", "against", "ratio", "goal", "fdatasync/s")


class Better(StrEnum):
    """Which way a ratio is good."""

    LESS = "at most"
    MORE = "at least"


@dataclass(frozen=True, slots=True)
class Goal:
    """What the ratio should be. `inverted` ratios are theirs by ours: so many times sooner."""

    better: Better
    figure: float
    inverted: bool = False

    def met_by(self, ratio: float) -> bool:
        """Say whether `ratio` reaches it."""
        return ratio <= self.figure if self.better is Better.LESS else ratio >= self.figure

    def __str__(self) -> str:
        return f"{self.better} {self.figure:g}"


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured: `ours` and `theirs`, in `unit`, one figure for each round.

    `theirs` may have fewer rounds, or none where there is nothing to compare with. `note` says what differs in meaning;
    `more` holds what else was seen; `disk` is the rate of the disk's own fdatasync in each round.
    """

    name: str
    what: str
    unit: str
    ours: Sequence[float]
    theirs: Sequence[float]
    against: str
    goal: Goal | None = None
    note: str = ""
    disk: Sequence[float] = ()
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        """The median, over the rounds, of the ratio of the two sides."""
        if not self.theirs or not all((*self.ours, *self.theirs)):
            return None
        ratios = [
            theirs / ours if self.goal and self.goal.inverted else ours / theirs
            for ours, theirs in zip(self.ours, islice(cycle(self.theirs), len(self.ours)), strict=True)
        ]
        return statistics.median(ratios)

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; nothing where there is none."""
        return self.goal.met_by(self.ratio) if self.goal and self.ratio is not None else None

    def line(self) -> str:
        """Return everything about it as one line of JSON."""
        facts: dict[str, Any] = {
            "row": self.name,
            "what": self.what,
            "unit": self.unit,
            "ours": _summary(self.ours),
            "against": self.against,
            "theirs": _summary(self.theirs),
            "ratio": _rounded(self.ratio),
            "goal": str(self.goal) if self.goal else None,
            "met": self.met,
            "fdatasync_per_s": _summary(self.disk),
            "note": self.note,
            **self.more,
        }
        return json.dumps(facts, ensure_ascii=False)

    def cells(self) -> tuple[str, ...]:
        """Return it as cells of the table."""
        against = f"{_shown(self.theirs, self.unit)}, {self.against}" if self.theirs else self.against
        ratio = "" if self.ratio is None else _figure(self.ratio)
        verdict = {None: "", True: ", met", False: ", missed"}[self.met]
        goal = f"{self.goal}{verdict}" if self.goal else ""
        disk = _figure(statistics.median(self.disk)) if self.disk else ""
        return (self.what, _shown(self.ours, self.unit), against, ratio, goal, disk)


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a table in Markdown, readable as it stands, with what is to be said of each below."""
    return "\n".join((*_lines([HEADINGS, *(row.cells() for row in rows)]), "", *_notes(rows)))


def _lines(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for place, row in enumerate(rows):
        yield "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        if place == 0:
            yield "|" + "|".join("-" * (width + 2) for width in widths) + "|"


def _notes(rows: Sequence[Row]) -> Iterator[str]:
    for row in rows:
        if row.note:
            yield f"- {row.what}: {row.note}"


def _shown(figures: Sequence[float], unit: str) -> str:
    return f"{_figure(statistics.median(figures))} {unit}" if figures else ""


def _figure(value: float) -> str:
    """Return three digits that count, and no more."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004 -- three digits


def _summary(figures: Sequence[float]) -> dict[str, Any] | None:
    if not figures:
        return None
    return {"median": _rounded(statistics.median(figures)), "rounds": [_rounded(one) for one in figures]}


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.5g}")
