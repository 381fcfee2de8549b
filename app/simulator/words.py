"""A simulation in words: a headline, a line for each row, and what goes on after the last."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.durations import in_words
from app.simulator.picture import Row, repeats
from app.simulator.virtual import Simulation

COLUMNS = ("After", "At", "What", "Step", "Who", "Why")
NAMED = 2
"""People whom a line names, before it counts the others."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row, told: each part is a few words, or empty."""

    after: str
    at: str
    what: str
    step: str
    who: str
    why: str

    @property
    def cells(self) -> tuple[str, ...]:
        """Its parts, as `COLUMNS` calls them."""
        return astuple(self)


def headline(played: Simulation) -> str:
    """Say what is played: playbook, severity, when it is declared, and in which zone the times are told."""
    rules, script = played.rules, played.script
    severity, zone = rules.severity(script.severity), rules.hours.zone
    at = script.declared_at.astimezone(ZoneInfo(zone))
    return f"{rules.playbook}, {severity.id} {severity.name}: declared {at:%a} {at.day} {at:%b %Y, %H:%M} ({zone})"


def line(row: Row, played: Simulation) -> Line:
    """Tell `row`."""
    one = row.first
    return Line(
        after=in_words(one.after) if one.after >= timedelta(seconds=1) else "at once",
        at=at(one.at, played),
        what=f"{one.kind.value.replace('_', ' ')}{' again' if one.again else ''}",
        step=one.step or "",
        who=_who(one.responders),
        why=_why(row, played),
    )


def ending(played: Simulation, drawn: Sequence[Row]) -> str:
    """Say what goes on after the last row; nothing where it is over."""
    if played.is_cut:
        return f"Cut after {len(played.moments)} moments; what repeats goes on."
    open_end = played.script.resolve_after is None and played.script.lasts is None
    goes_on = open_end and any(repeats(row.first) for row in drawn)
    return "What repeats goes on until somebody acts." if goes_on else ""


def at(moment: datetime, played: Simulation) -> str:
    """Return a time in the playbook's zone: with the day, unless it is that of the declaration."""
    zone = ZoneInfo(played.rules.hours.zone)
    local, declared = moment.astimezone(zone), played.script.declared_at.astimezone(zone)
    day = "" if local.date() == declared.date() else f"{local:%a} {local.day} {local:%b} "
    shifted = f" {local:%Z}" if local.utcoffset() != declared.utcoffset() else ""
    return f"{day}{local:%H:%M}{shifted}"


def _why(row: Row, played: Simulation) -> str:
    rule = row.first.why.removeprefix(f"{played.rules.playbook}, ").removeprefix(f"step {row.first.step}, ")
    return f"{rule} ({row.repeated}, until {at(row.until.at, played)})" if row.repeated else rule


def _who(names: Sequence[str]) -> str:
    others = len(names) - NAMED
    return ", ".join(names) if others <= 0 else f"{', '.join(names[:NAMED])} and {others} more"
