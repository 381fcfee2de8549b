"""Incidents to be shown: real decisions in virtual time, by people with ids as Slack gives them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.domain import commands as c
from app.domain import events as e
from app.domain.asking import Ask
from app.domain.evolve import fold
from app.domain.playbook import Playbook, Roster, Rules
from app.domain.roster import Known
from app.domain.watch import watches
from app.slack.blocks.home import AtHome, Waiting
from app.slack.blocks.on_call import Duty
from app.slack.words import OWN_WORDS
from app.store import Absence, Feed, Record
from tests.domain.given import DEFAULT, START, Story, at, bound

SUPPORT = c.Actor("U0SUPPORT")
ONCALL = c.Actor("U0ONCALL")
SECOND = c.Actor("U0SECOND")
MANAGER = c.Actor("U0MANAGER", admin=True)
HEAD = c.Actor("U0HEAD")

ROSTER: Roster = {
    "primary": bound(ONCALL.id),
    "secondary": bound(SECOND.id),
    "manager": bound(MANAGER.id, group="S0MANAGE"),
    "head": bound(HEAD.id),
}
WORDS = OWN_WORDS
CHANNEL = "C0INCIDENT12"


def tell(
    severity: str = "SEV1",
    title: str = "Payment API down",
    *,
    rules: Rules = DEFAULT,
    roster: Roster = ROSTER,
    services: str = "payments",
    impact: str = "Nobody can pay",
    tags: tuple[str, ...] = (),
    now: datetime = START,
) -> Story:
    """Begin a story with a declaration."""
    command = c.Declare(
        SUPPORT, title, severity, services=services, impact=impact, tags=tags, number=12, number_in_year=7
    )
    return Story(rules, roster, command, now)


def record(story: Story, *, channel: str | None = CHANNEL) -> Record:
    """Return the incident as it is stored, in its channel where it has one."""
    incident = story.incident
    if channel and incident.wants_channel:
        incident = fold([e.ChannelOpened(story.now, channel, incident.name)], incident)
    return Record(3, "T1", 1, incident, story.rules)


def in_thread(story: Story, reason: str = "this workspace does not let Tocsin do that") -> Record:
    """Return the incident in the thread of its announcement, for want of a channel."""
    refused = e.ChannelRefused(story.now, reason)
    announced = e.Announced(story.now, "C0ANNOUNCE", "1700000000.000100")
    return Record(3, "T1", 1, fold([announced, refused], story.incident), story.rules)


def resolution(**changes: object) -> c.Resolve:
    """Return what somebody says who ends it."""
    resolve = c.Resolve(
        ONCALL,
        root_cause="A full disk",
        fix="A bigger disk",
        customer_impact="No payments for an hour",
        started_at=at(minutes=-12),
        detected_at=at(minutes=-2),
    )
    return replace(resolve, **changes)  # type: ignore[arg-type]


def duty(roster: Roster = ROSTER, rules: Rules = DEFAULT, text: str = "", known: Known | None = None) -> Duty:
    """Return who is on call by these bindings; with `text`, a calendar that fails and a member who is gone."""
    found = watches(rules.responders, roster, {}, known or Known(), START)
    if not text:
        return Duty(list(found))
    feed = Feed(rules.responders[0].id, START, START, reason=text, unknown=text)
    return Duty(list(found), [feed], [Absence(HEAD.id, text, START, deactivated=True)])


def at_home(records: Sequence[Record], playbook: Playbook, text: str = "") -> AtHome:
    """Return what the Home tab shows where all of these wait for the member, for all there is to ask."""
    waiting = [Waiting(one, tuple(Ask)) for one in records]
    return AtHome(playbook, records, waiting, duty(rules=playbook.rules, text=text), dead=7)
