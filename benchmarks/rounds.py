"""What a row is given, and how two sides take turns."""

import os
import shutil
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from benchmarks.disk import fdatasyncs_per_second

T = TypeVar("T")

Measure = Callable[[int], Awaitable[T]]
"""Measures one side once; it is told which round it is, from 0."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to measure, and where: `folder` is on the disk that counts."""

    folder: Path
    rounds: int = 5
    quick: bool = False

    def size(self, full: int, quick: int) -> int:
        """Return how many of something to measure with."""
        return quick if self.quick else full

    def room(self, name: str) -> Path:
        """Return an empty folder."""
        room = self.folder / name
        room.mkdir()
        return room


def copied(full: Path, name: str) -> Path:
    """Return a fresh copy of a SQLite file beside it, nothing left of an earlier one: not its log of writes either."""
    for leftover in full.parent.glob(f"{name}*"):
        leftover.unlink()
    copy = Path(shutil.copy(full, full.with_name(name)))
    # Whoever brings something to the disk next is not to wait for this.
    with copy.open("rb") as file:
        os.fsync(file)
    return copy


@dataclass(slots=True)
class Taken(Generic[T]):
    """What both sides measured, round by round, and what the disk did in each."""

    ours: list[T] = field(default_factory=list)
    theirs: list[T] = field(default_factory=list)
    disk: list[float] = field(default_factory=list)


async def in_turns(plan: Plan, ours: Measure[T], theirs: Measure[T], their_patience: float | None = None) -> Taken[T]:
    """Measure one side, then the other, and again; the other one no more once it has taken `their_patience` seconds."""
    taken: Taken[T] = Taken()
    spent = 0.0
    for number in range(plan.rounds):
        taken.disk.append(fdatasyncs_per_second(plan.folder))
        taken.ours.append(await ours(number))
        if their_patience is None or spent < their_patience:
            began = time.monotonic()
            taken.theirs.append(await theirs(number))
            spent += time.monotonic() - began
        tell(f"  round {number + 1} of {plan.rounds}")
    return taken


def tell(text: str) -> None:
    """Say how it goes, apart from the results."""
    print(text, file=sys.stderr, flush=True)


def percentile(values: list[float], share: float) -> float:
    """Return the value that `share` of the others stay below."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
