"""What people type about a simulation, made a script: severities, durations, tags and a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.playbook import Playbook
from app.playbooks.durations import read_duration
from app.playbooks.faults import Wrong, choice, shown
from app.simulator.script import CannotSimulate, Script

NO_TIME = ("0", "0m", "0h", "0d")
EARLIEST, LATEST = 2000, 2100
LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Typed:
    """What stood behind each option, as it was typed."""

    severity: str
    declared_at: str | None = None
    acknowledge_after: str | None = None
    identify_after: str | None = None
    update_after: Sequence[str] = ()
    resolve_after: str | None = None
    tag: Sequence[str] = ()
    lasts: str | None = None


def read(typed: Typed, playbook: Playbook, now: datetime) -> Script:
    """Return the script that was typed; raises `CannotSimulate` with the one sentence that says what to type."""
    script = Script(
        severity=_severity(typed.severity, playbook),
        declared_at=_moment(typed.declared_at, playbook, now),
        acknowledge_after=_after("--acknowledge-after", typed.acknowledge_after),
        identify_after=_after("--identify-after", typed.identify_after),
        updates_after=tuple(_duration("--update-after", one) for one in typed.update_after),
        resolve_after=_after("--resolve-after", typed.resolve_after),
        tags=_tags(typed.tag, playbook),
        lasts=_after("--for", typed.lasts),
    )
    _check_ends_last(script)
    return script


def _severity(word: str, playbook: Playbook) -> str:
    known = {one.id.casefold(): one.id for one in playbook.rules.severities}
    found = known.get(word.strip().casefold())
    if found is None:
        raise CannotSimulate(
            f"--severity: {shown(word)} is no severity of {playbook.name}; {choice(word, known.values())}"
        )
    return found


def _moment(written: str | None, playbook: Playbook, now: datetime) -> datetime:
    if written is None:
        return now.replace(second=0, microsecond=0)
    try:
        read_at = datetime.fromisoformat(written.strip())
        local = read_at if read_at.tzinfo else read_at.replace(tzinfo=ZoneInfo(playbook.rules.hours.zone))
        at = local.astimezone(UTC)
    except (ValueError, OverflowError):
        at = None
    if at is None or not EARLIEST <= at.year < LATEST:
        raise CannotSimulate(
            f"--declared-at: {shown(written)} is not a time from {EARLIEST} to {LATEST}; write it as 2026-03-02T10:00 "
            f"(read in the playbook's zone, {playbook.rules.hours.zone}) or with a zone, as 2026-03-02T10:00+01:00"
        )
    return at


def _after(option: str, written: str | None) -> timedelta | None:
    return None if written is None else _duration(option, written)


def _duration(option: str, written: str) -> timedelta:
    try:
        duration = timedelta() if written in NO_TIME else read_duration(written)
    except Wrong as wrong:
        raise CannotSimulate(f"{option}: {wrong.problem}; {wrong.allowed}") from None
    if duration > LONGEST:
        raise CannotSimulate(f"{option}: {shown(written)} is too long; {LONGEST.days}d is the most")
    return duration


def _tags(written: Iterable[str], playbook: Playbook) -> tuple[tuple[str, timedelta], ...]:
    found: dict[str, timedelta] = {}
    for one in written:
        tag, _, after = one.partition("@")
        if tag not in playbook.tags:
            raise CannotSimulate(f"--tag: {shown(tag)} is no tag of {playbook.name}; {choice(tag, playbook.tags)}")
        found.setdefault(tag, _duration("--tag", after) if after else timedelta())
    return tuple(found.items())


def _check_ends_last(script: Script) -> None:
    end = script.resolve_after
    late = next((act for act in script.acts() if end is not None and act.after > end), None)
    if late:
        option = f"--tag {late.tag}" if late.tag else f"--{late.what}-after"
        raise CannotSimulate(
            f"{option} comes after --resolve-after, when the incident is over; let it come before, or leave one out"
        )
