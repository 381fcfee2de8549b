"""What the playbook that plays would do, for the page to draw: a lane for each responder, and what stands in it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from app import simulator
from app.domain.playbook import Playbook
from app.sandbox.people import Impossible
from app.sandbox.workspace import Json
from app.simulator import CannotSimulate, Kind, Moment, Simulation, Typed, words

MOST = 400
"""Marks that can still be told from each other."""

PEOPLE = "People"
LIMITS, UPDATES, COURSE = "Limits", "Updates", "Course"
LANES = {Kind.WARNED: LIMITS, Kind.BREACHED: LIMITS, Kind.NUDGED: UPDATES}
"""Where that stands which is for the whole channel; all else is about the course of the incident."""


def chart(playbook: Playbook, wish: Mapping[str, Any], now: datetime) -> Json:
    """Return what would happen to an incident of the severity that is wished for; raises `Impossible`."""
    severities = [severity.id for severity in playbook.rules.severities]
    typed = Typed(
        severity=str(wish.get("severity") or severities[0]),
        acknowledge_after=_written(wish, "acknowledge_after"),
        resolve_after=_written(wish, "resolve_after"),
    )
    try:
        played = simulator.simulate(playbook.rules, simulator.read(typed, playbook, now), MOST)
    except CannotSimulate as cannot:
        raise Impossible(str(cannot)) from None
    drawn = simulator.rows(played.moments)
    return {
        "severities": severities,
        "severity": played.script.severity,
        "headline": words.headline(played),
        "seconds": played.lasted.total_seconds(),
        "lanes": _lanes(played),
        "lines": [words.line(row, played).cells for row in drawn],
        "ending": words.ending(played, drawn),
    }


def _written(wish: Mapping[str, Any], key: str) -> str | None:
    return str(wish[key]) if wish.get(key) else None


def _lanes(played: Simulation) -> list[Json]:
    names = [one.name for one in played.rules.responders]
    lanes: dict[str, list[Json]] = {lane: [] for lane in (PEOPLE, *names, LIMITS, UPDATES, COURSE)}
    for one in played.moments:
        for lane in _where(one):
            lanes[lane].append(_mark(one, played))
    return [{"name": name, "marks": marks} for name, marks in lanes.items() if marks]


def _where(one: Moment) -> Iterable[str]:
    if one.kind is Kind.PAGED:
        return one.responders
    return (PEOPLE,) if one.kind.is_of_people else (LANES.get(one.kind, COURSE),)


def _mark(one: Moment, played: Simulation) -> Json:
    told = words.line(simulator.Row(one, 1, one), played)
    said = ", ".join(filter(None, (told.what, told.step and f"step {told.step}", told.who, told.why)))
    return {
        "after": one.after.total_seconds(),
        "kind": one.kind.value,
        "again": one.again,
        "step": one.step or "",
        "says": f"{told.at} ({told.after}): {said}",
    }
