"""What is judged of the signs: for each check how it stands, its age, and one sentence with the one thing to do.

A sentence here holds no word of any incident: whoever may ask how Tocsin is may not be one who may know of incidents.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from app.domain.durations import in_words
from app.domain.effects import CALLED, PAGING, Way
from app.health.signs import Signs
from app.logs import redact

STATUS_PAGE = "https://slack-status.com"
MEND = "Look at its own status page, and at its settings: tocsin doctor"


class State(StrEnum):
    """How a check stands; the worst one speaks for all."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Limits:
    """After how many seconds a check fails.

    What Tocsin itself is to blame for is red within a minute, the time between two looks included. Slack has longer:
    a connection that fell silent is made anew after 75 s at most, and mostly that is all.
    """

    tick: float = 30.0
    timer: float = 40.0
    page: float = 40.0
    round: float = 30.0
    stall: float = 5.0
    store: float = 20.0
    closed: float = 30.0
    slack: float = 90.0
    stuck: float = 60.0


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is watched. `age` is in seconds, where there is one; `count` where something is counted."""

    name: str
    state: State
    says: str
    age: float | None = None
    count: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it for a response."""
        counted = {} if self.count is None else {"count": self.count}
        age = None if self.age is None else round(self.age, 1)
        return {"state": self.state.value, "age_seconds": age, **counted, "says": self.says}


@dataclass(frozen=True, slots=True)
class Report:
    """All checks."""

    checks: tuple[Check, ...]

    @property
    def state(self) -> State:
        """The worst state of any check."""
        states = {check.state for check in self.checks}
        return next((worst for worst in (State.FAILED, State.WARNING) if worst in states), State.OK)

    @property
    def is_red(self) -> bool:
        """Say whether any check fails."""
        return self.state is State.FAILED

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that fail."""
        return tuple(check for check in self.checks if check.state is State.FAILED)

    def as_json(self) -> dict[str, Any]:
        """Return it for a response."""
        return {"status": self.state.value, "checks": {check.name: check.as_json() for check in self.checks}}


def health(signs: Signs, limits: Limits) -> Report:
    """Judge whether Tocsin is well: whether what falls due is done, and whoever is paged is reached."""
    return Report(
        (
            _clock(signs, limits),
            _timers(signs, limits),
            *_pages(signs, limits),
            _sender(signs, limits),
            *_ways(signs, limits),
            _slack(signs, limits),
            _database(signs, limits),
            _event_loop(signs, limits),
            _put_off(signs),
            _alerts(signs),
            _dead(signs),
        )
    )


def life(signs: Signs, limits: Limits) -> Report:
    """Judge whether Tocsin is alive: whether clock, sender and store turn. A restart helps where they do not."""
    return Report(
        (
            _turns("clock", "clock", signs.tick_ended, limits),
            _turns("sender", "sender of messages", signs.round, limits),
            _turns("store", "writer of the database", signs.hung, limits),
        )
    )


def _turns(name: str, what: str, age: float, limits: Limits) -> Check:
    if age <= limits.stuck:
        return Check(name, State.OK, f"The {what} turns.", age)
    return Check(name, State.FAILED, f"The {what} has hung for {_words(age)}. Restart Tocsin: nothing is lost.", age)


def _clock(signs: Signs, limits: Limits) -> Check:
    age = signs.tick
    if age <= limits.tick:
        return Check("clock", State.OK, "The clock ticks.", age)
    if signs.tick_ended > limits.tick:
        says = f"The clock has stood still for {_words(age)}: nothing falls due. Restart Tocsin: nothing is lost."
    else:
        says = f"No tick has done its work for {_words(age)}: what falls due waits. Look at the log, and the database."
    return Check("clock", State.FAILED, says, age)


def _timers(signs: Signs, limits: Limits) -> Check:
    age = signs.stock.overdue
    if age <= limits.timer:
        return Check("timers", State.OK, "No timer is overdue.", age)
    says = (
        f"A timer has been overdue for {_words(age)}: pages and nudges come late. Look at the clock and the database."
    )
    return Check("timers", State.FAILED, says, age)


def _pages(signs: Signs, limits: Limits) -> Iterator[Check]:
    ages = signs.stock.unsent
    age = max(ages.values(), default=0.0)
    if not ages:
        yield Check("pages", State.OK, "No page waits to be sent.", 0.0)
    elif age <= limits.page:
        yield Check("pages", State.OK, "A page is on its way.", age)
    else:
        way = CALLED[max(ages, key=lambda one: ages[one])]
        says = f"A page has waited for {way} for {_words(age)}. Call your on-call people, and see the next checks."
        yield Check("pages", State.FAILED, says, age)


def _sender(signs: Signs, limits: Limits) -> Check:
    age = signs.round
    if age <= limits.round:
        return Check("sender", State.OK, "The sender looks for messages to send.", age)
    says = f"The sender has hung for {_words(age)}: no page goes out. Restart Tocsin: nothing is lost."
    return Check("sender", State.FAILED, says, age)


def _ways(signs: Signs, limits: Limits) -> Iterator[Check]:
    if signs.connected.isdisjoint(PAGING):
        yield Check("pager", State.OK, "No pager is connected: a page is a Slack message, which may wake nobody.")
    for way in (one for one in Way if one in signs.connected):
        closed, name = signs.closed.get(way), f"to_{way.value}"
        if closed is None:
            yield Check(name, State.OK, f"What goes to {CALLED[way]} gets there.", 0.0)
        else:
            # Where no page goes this way, people still hear of everything.
            vital = way is Way.SLACK or way in PAGING
            state = State.FAILED if vital and closed.age > limits.closed else State.WARNING
            reason = redact(closed.reason).rstrip(".")
            mend = "See the check of Slack." if way is Way.SLACK else MEND
            yield Check(name, state, f"Nothing goes to {CALLED[way]}, all of it is kept: {reason}. {mend}", closed.age)


def _slack(signs: Signs, limits: Limits) -> Check:
    look = f"Look at {STATUS_PAGE}, at the tokens (tocsin doctor), and whether this machine reaches Slack."
    if signs.slack is None:
        state = State.FAILED if signs.up > limits.slack else State.WARNING
        says = f"Slack has not answered since Tocsin started, {_words(signs.up)} ago; time is kept meanwhile. {look}"
        return Check("slack", state, says, signs.up)
    if signs.slack <= limits.slack:
        return Check("slack", State.OK, "Slack is there.", signs.slack)
    says = f"Nothing has come from Slack for {_words(signs.slack)}; time is kept meanwhile. {look}"
    return Check("slack", State.FAILED, says, signs.slack)


def _database(signs: Signs, limits: Limits) -> Check:
    age = signs.up if signs.told is None else signs.told
    if signs.file_gone:
        says = (
            "The file of the database was deleted, moved or replaced while Tocsin runs: nothing is recorded. Put that "
            "file back, or restart Tocsin to begin anew with what is there."
        )
        return Check("database", State.FAILED, says, age)
    if age <= limits.store:
        return Check("database", State.OK, "The database answers.", age)
    says = f"The database has not answered for {_words(age)}: nothing is recorded. See that it runs, and its disk."
    return Check("database", State.FAILED, says, age)


def _event_loop(signs: Signs, limits: Limits) -> Check:
    if signs.stall <= limits.stall:
        return Check("event_loop", State.OK, "Tocsin has time for everybody.", signs.stall)
    says = (
        f"Tocsin did nothing for {_words(signs.stall)} within the last minute. See whether the machine is overloaded "
        "or was suspended, and the log."
    )
    return Check("event_loop", State.FAILED, says, signs.stall)


def _put_off(signs: Signs) -> Check:
    count = signs.stock.put_off
    if not count:
        return Check("put_off", State.OK, "Every incident can be decided.", count=0)
    which = "1 incident cannot be decided" if count == 1 else f"{count} incidents cannot be decided"
    says = f"{which}, so that nothing of it falls due; it is tried again every minute. tocsin doctor says which."
    return Check("put_off", State.FAILED, says, count=count)


def _alerts(signs: Signs) -> Check:
    unsaid, untaken = signs.stock.unsaid, signs.stock.untaken
    says = []
    if unsaid:
        what = "1 incident that alerts suggest" if unsaid == 1 else f"{unsaid} incidents that alerts suggest"
        says.append(
            f"{what} could not be said in Slack: see that Tocsin may post where they go, and its log for the reason."
        )
    if untaken:
        what = "1 request of a monitor waits" if untaken == 1 else f"{untaken} requests of monitors wait"
        says.append(f"{what} to be taken: tocsin alerts.")
    state = State.WARNING if says else State.OK
    return Check("alerts", state, " ".join(says) or "Nothing that monitors sent waits.", count=unsaid + untaken)


def _dead(signs: Signs) -> Check:
    count = signs.stock.dead
    says = f"{count} could not be delivered: tocsin outbox --dead." if count else "Everything could be delivered."
    return Check("dead", State.OK, says, count=count)


def _words(seconds: float) -> str:
    return in_words(timedelta(seconds=seconds))
