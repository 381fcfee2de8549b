"""What a change to a playbook changes: two simulations of the same script, side by side."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from app.simulator.picture import Row, identity, rows
from app.simulator.virtual import Simulation, simulate


@dataclass(frozen=True, slots=True)
class Change:
    """One row that is only in the old picture, only in the new one, or in both at other times."""

    what: Literal["removed", "added", "moved"]
    before: Row | None
    after: Row | None


def side_by_side(old: Simulation, new: Simulation) -> tuple[Simulation, Simulation]:
    """Return both, watched equally long: what only repeats would else seem to end in the shorter one."""
    longest = max(old.lasted, new.lasted)
    return _lasting(old, longest), _lasting(new, longest)


def _lasting(simulation: Simulation, lasts: timedelta) -> Simulation:
    return simulate(simulation.rules, replace(simulation.script, lasts=lasts))


def changes(old: Simulation, new: Simulation) -> list[Change]:
    """Return what is in one of the two and not in the other, in order of time."""
    before, after = _rows(old), _rows(new)
    found = [
        *(Change("removed", row, None) for key, row in before.items() if key not in after),
        *(Change("added", None, row) for key, row in after.items() if key not in before),
        *(Change("moved", row, after[key]) for key, row in before.items() if key in after and _moved(row, after[key])),
    ]
    return sorted(found, key=_at)


def _at(change: Change) -> timedelta:
    return min(row.first.after for row in (change.before, change.after) if row)


def _rows(simulation: Simulation) -> dict[tuple[object, ...], Row]:
    told = (one for one in simulation.moments if not one.kind.is_of_people)
    return {identity(row.first): row for row in rows(told, whole=True)}


def _moved(before: Row, after: Row) -> bool:
    return _times(before) != _times(after)


def _times(row: Row) -> tuple[object, ...]:
    return (row.first.after, row.times, row.every, row.until.after)
