"""A playbook that ships, played; and the tables of what it is to do, read."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache

from app.domain.hours import BusinessHours
from app.domain.playbook import Playbook
from app.playbooks.durations import read_duration
from app.simulator import Kind, Moment, Simulation, Typed, read, simulate
from tests import shipped

NEVER = "–"
NOW = datetime(2026, 3, 2, tzinfo=UTC)


def playbook(name: str) -> Playbook:
    return shipped.source(name, NOW.date()).playbook


@cache
def play(
    name: str,
    severity: str,
    declared_at: str,
    *,
    lasts: str | None = None,
    acknowledge: str | None = None,
    resolve: str | None = None,
    identify: str | None = None,
    updates: tuple[str, ...] = (),
    tags: tuple[str, ...] = (),
    hours: BusinessHours | None = None,
) -> list[Moment]:
    """Return what happens, less what people do."""
    typed = Typed(
        severity=severity,
        declared_at=declared_at,
        acknowledge_after=acknowledge,
        identify_after=identify,
        update_after=updates,
        resolve_after=resolve,
        tag=tags,
        lasts=lasts,
    )
    one = playbook(name)
    rules = replace(one.rules, hours=hours) if hours else one.rules
    return told(simulate(rules, read(typed, replace(one, rules=rules), NOW)))


def told(simulation: Simulation) -> list[Moment]:
    return [one for one in simulation.moments if not one.kind.is_of_people]


def span(written: str) -> timedelta:
    return timedelta() if written == "0" else read_duration(written)


@dataclass(frozen=True)
class Line:
    """One line of a table: what happens, and after how long."""

    after: timedelta
    what: str


def lines(table: str, *, acknowledged: bool) -> list[Line]:
    """Return the lines of a table, by one of its two columns."""
    rows = (row.split(maxsplit=2) for row in table.strip().splitlines())
    kept = ((row[int(acknowledged)], row[2]) for row in rows if row[int(acknowledged)] != NEVER)
    return sorted((Line(span(after), what) for after, what in kept), key=lambda line: (line.after, line.what))


def as_lines(moments: Iterable[Moment], table: str) -> list[Line]:
    """Return moments as the lines of `table` are written; a responder is called as there, where the name holds it."""
    names = [row.split(maxsplit=2)[2] for row in table.strip().splitlines()]
    made = (Line(one.after, _in_words(one, names)) for one in moments)
    return sorted(made, key=lambda line: (line.after, line.what))


def _in_words(one: Moment, names: Sequence[str]) -> str:
    if one.kind is not Kind.PAGED:
        return f"{one.kind.value} {one.about}"
    said = f"paged {one.step} {', '.join(one.responders)}"
    return next((name for name in names if _is_called(name, one)), said)


def _is_called(name: str, one: Moment) -> bool:
    kind, _, rest = name.partition(" ")
    step, _, people = rest.partition(" ")
    wanted = people.split(", ")
    return (
        kind == "paged"
        and step == one.step
        and len(wanted) == len(one.responders)
        and all(any(who.lower() in said.lower() for said in one.responders) for who in wanted)
    )


def once(moments: Iterable[Moment]) -> Iterator[Moment]:
    """Yield what happens once: no nudge and no page of a step that had fired."""
    return (one for one in moments if one.kind is not Kind.NUDGED and not one.again)


def times(moments: Iterable[Moment]) -> list[timedelta]:
    return [one.after for one in moments]
