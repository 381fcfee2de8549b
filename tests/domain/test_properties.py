"""Whatever people do and however long Tocsin is away: what always holds, by every playbook that ships.

People act at random on one incident; between their commands the clock ticks at each due time, or Tocsin is down.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import cycle
from typing import get_args

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.commands import Actor
from app.domain.decide import decide
from app.domain.effects import route
from app.domain.errors import Rejected
from app.domain.evolve import evolve, fold
from app.domain.incident import Incident
from app.domain.limits import Limit, Point
from app.domain.playbook import OPEN_STATUSES, Checklist, Playbook, Roster, Rules
from app.domain.react import react
from app.domain.reference import Inject
from app.domain.timers import AT_ONCE, STEP, timers
from app.playbooks import names
from tests import shipped
from tests.domain.given import (
    ADMIN,
    ANN,
    BOB,
    CTO,
    DEFAULT,
    MANAGER,
    MULTI_SERVICE,
    NOBODY,
    PRIMARY,
    ROSTER,
    SECONDARY,
    START,
    UNDIAGNOSED,
    in_zone,
    minutes,
    roster_of,
)
from tests.domain.samples import COMMANDS

WRITTEN_OUT = (DEFAULT, MULTI_SERVICE, UNDIAGNOSED, in_zone(MULTI_SERVICE, "America/New_York"))
SHIPPED = tuple(shipped.playbook(name) for name in names())
ROSTERS: tuple[Roster, ...] = (ROSTER, NOBODY, roster_of("primary"), roster_of("manager"))


def in_business_time(rules: Rules) -> Rules:
    """Return the same rules, their severities' limits all told in business time."""
    points = (Limit(until=Point.NEXT_BUSINESS_HOUR), Limit())
    severities = (
        replace(one, update_every=points[at % 2], resolve_within=points[1 - at % 2], postmortem_within=points[at % 2])
        for at, one in enumerate(rules.severities)
    )
    return replace(rules, severities=tuple(severities))


PLAYBOOKS = (*map(Playbook, WRITTEN_OUT), *SHIPPED, Playbook(in_business_time(DEFAULT)))
SEVERITIES = tuple({one.id for playbook in PLAYBOOKS for one in playbook.rules.severities})
TAGS = (*sorted({tag for playbook in PLAYBOOKS for tag in playbook.tags}), "other")
MILESTONES = (*sorted({one.id for playbook in PLAYBOOKS for one in playbook.rules.milestones}), "nonsense")
LISTS = tuple({one.id: one for playbook in PLAYBOOKS for one in playbook.checklists}.values())

people = st.sampled_from([ADMIN, ANN, BOB, PRIMARY, SECONDARY, MANAGER, CTO])
places = st.integers(0, 3)
tags = st.lists(st.sampled_from(TAGS), max_size=2).map(tuple)
words = st.sampled_from(["", " ", "Still looking", "{name} <!channel>"])
statuses = st.sampled_from([*OPEN_STATUSES, "resolved", "nonsense"])
spans = st.sampled_from([0, 1, 4, 5, 12, 15, 16, 29, 30, 61, 119, 240, 1441, 6000]).map(minutes)
maybe_spans = st.none() | st.sampled_from([-30, -1, 0, 1, 20, 45, 200]).map(minutes)

SAMPLED = tuple(one for one in COMMANDS if not isinstance(one, c.Declare | c.AdoptRules | c.Tick))
OF_OPEN_INCIDENTS = (
    *(e.Paged, e.ChannelsNotified, e.SeverityChanged, e.Nudged, e.LimitWarned, e.LimitBroken),
    *(e.MilestoneMissed, e.MonitoringOver),
)
FREELY = (c.Acknowledge, c.Decline, c.Escalate, c.Snooze, c.DraftPostmortem, c.CompletePostmortem)


class Life(RuleBasedStateMachine):
    """One incident, from its declaration on."""

    playbook: Playbook
    roster: Roster
    now: datetime
    incident: Incident

    def __init__(self) -> None:
        super().__init__()
        self.timeline: list[e.Event] = []

    @initialize(
        drill=st.booleans(),
        private=st.booleans(),
        playbook=st.sampled_from(PLAYBOOKS),
        roster=st.sampled_from(ROSTERS),
        place=places,
        tags=tags,
        later=st.sampled_from([0, 7, 85, 24 * 22 + 3]),
    )
    def declare(
        self,
        playbook: Playbook,
        roster: Roster,
        place: int,
        tags: tuple[str, ...],
        later: int,
        *,
        drill: bool,
        private: bool,
    ) -> None:
        self.playbook, self.roster = playbook, roster if playbook not in SHIPPED else self.all_of(playbook, roster)
        self.now = START + timedelta(hours=later)
        injects = (Inject(minutes(5), "It is worse"), Inject(minutes(90), "It is better")) if drill else ()
        command = c.Declare(
            ANN, "It is down", self.severity(place), tags=tags, drill=drill, private=private, injects=injects
        )
        self.take(decide(None, command, playbook.rules, self.roster, self.now))

    def all_of(self, playbook: Playbook, roster: Roster) -> Roster:
        """Return who plays the responders of a playbook that ships: the people of `roster`, in turn."""
        played = zip(playbook.rules.responders, cycle(roster.values()), strict=False) if roster else ()
        return {responder.id: bound for responder, bound in played}

    def severity(self, place: int) -> str:
        rules = self.playbook.rules
        return rules.severities[place % len(rules.severities)].id

    # --- what people do ---

    @rule(command=st.sampled_from(FREELY), by=people)
    def act(self, command: type[c.Acknowledge], by: Actor) -> None:
        self.do(command(by))

    @rule(by=people, status=st.none() | statuses, happening=words, promise=maybe_spans, no_change=st.booleans())
    def post_update(
        self,
        by: Actor,
        status: str | None,
        happening: str,
        promise: timedelta | None,
        no_change: bool,  # noqa: FBT001
    ) -> None:
        due = None if promise is None else self.now + promise
        self.do(c.PostUpdate(by, status, happening, next_due_at=due, no_change=no_change))

    @rule(by=people, place=places)
    def change_severity(self, by: Actor, place: int) -> None:
        self.do(c.ChangeSeverity(by, self.severity(place)))

    @rule(by=people)
    def change_severity_to_no_such_thing(self, by: Actor) -> None:
        self.do(c.ChangeSeverity(by, "P17"))

    @rule(by=people, milestone=st.sampled_from(MILESTONES))
    def reach_milestone(self, by: Actor, milestone: str) -> None:
        self.do(c.ReachMilestone(by, milestone))

    @rule(by=people, checklist=st.sampled_from(LISTS))
    def tick_all_items(self, by: Actor, checklist: Checklist) -> None:
        for item in checklist.items:
            self.do(c.TickItem(by, checklist.id, checklist.title, item))

    @rule(by=people, status=statuses)
    def change_status(self, by: Actor, status: str) -> None:
        self.do(c.ChangeStatus(by, status))

    @rule(by=people, role=st.sampled_from(["commander", "scribe", "king"]), to=people)
    def assign_role(self, by: Actor, role: str, to: Actor) -> None:
        self.do(c.AssignRole(by, role, to.id))

    @rule(by=people)
    def take_command(self, by: Actor) -> None:
        led_by = self.incident.commander
        self.do(c.TakeCommand(by))
        assert self.incident.commander == (led_by or by.id)

    @rule(by=people, add=tags, remove=tags)
    def change_tags(self, by: Actor, add: tuple[str, ...], remove: tuple[str, ...]) -> None:
        self.do(c.ChangeTags(by, add, remove))

    @rule(by=people, text=words)
    def add_note(self, by: Actor, text: str) -> None:
        self.do(c.AddNote(by, text))

    @rule(by=people, start=maybe_spans, end=maybe_spans)
    def resolve(self, by: Actor, start: timedelta | None, end: timedelta | None) -> None:
        started_at = None if start is None else self.now + start
        self.do(c.Resolve(by, started_at=started_at, ended_at=None if end is None else self.now + end))

    @rule(command=st.sampled_from(SAMPLED))
    def do_anything_else(self, command: c.Command) -> None:
        self.do(command)

    @rule(by=people)
    def cancel(self, by: Actor) -> None:
        self.do(c.Cancel(by))

    @rule(by=people)
    def reopen(self, by: Actor) -> None:
        self.do(c.Reopen(by, "It is back"))

    # --- what deliveries learn ---

    @rule(
        command=st.sampled_from(
            [
                c.RecordChannel("C12", "incident-12"),
                c.RecordChannelRefused("restricted_action"),
                c.RecordCard("C12", "2.0"),
                c.RecordAnnouncement("C_INCIDENTS", "1.0"),
                c.RecordPage("1:primary", PRIMARY.id, "D1", "3.0"),
                c.RecordFailure("12/7", "post a message", "is_archived", "Post"),
                c.RecordInviteIncomplete("12/8", 2, {BOB.id: "user_is_restricted"}),
            ]
        )
    )
    def learn(self, command: c.Command) -> None:
        self.do(command)

    # --- what time does ---

    @rule(span=spans)
    def wait(self, span: timedelta) -> None:
        """Let the clock tick at every due time: then nothing is ever late."""
        end = self.now + span
        for _ in range(50):
            self.now = max(self.now, min((end, *timers(self.incident, self.playbook.rules).values())))
            self.tick_in_time()

    @rule(span=spans, known=st.booleans())
    def sleep(self, span: timedelta, known: bool) -> None:  # noqa: FBT001
        """Be down for a while: whatever fell due is told once, and steps do not fire all at once."""
        went, self.now = self.now, self.now + span
        before = self.incident
        events = self.tick(went if known else None)
        returned = [event for event in events if isinstance(event, e.CaughtUp)]
        assert len(returned) <= 1
        if returned:
            assert isinstance(events[0], e.CaughtUp)
            assert returned[0].away_since < self.now - minutes(1)
            assert sum(self.was_to_be_spaced(before, one) for one in events if isinstance(one, e.Paged)) <= 1

    def was_to_be_spaced(self, before: Incident, paged: e.Paged) -> bool:
        step = self.playbook.rules.step(paged.step)
        assert step
        return not any(one.trigger in AT_ONCE and one.names(before.severity) for one in step.when)

    @precondition(lambda self: bool(self.timeline))
    @rule(by=people, add=tags)
    def act_before_the_first_tick(self, by: Actor, add: tuple[str, ...]) -> None:
        """Act after downtime faster than the clock: what was due is left to it."""
        self.now += minutes(500)
        self.do(c.ChangeTags(by, add), first_tick=False)
        self.tick(None)

    # --- what always holds ---

    @invariant()
    def the_timeline_folds_to_the_incident(self) -> None:
        if self.timeline:
            assert fold(self.timeline) == self.incident

    @invariant()
    def each_step_fires_first_once(self) -> None:
        if self.timeline:
            upcoming = timers(self.incident, self.playbook.rules)
            assert not [key for key in self.incident.steps if STEP + key in upcoming]
            first: dict[str, datetime] = {}
            for event in self.timeline:
                if isinstance(event, e.Paged | e.ChannelsNotified | e.SeverityChanged) and event.step:
                    first.setdefault(event.step, event.at)
            assert {key: fired.at for key, fired in self.incident.steps.items()} == first

    @invariant()
    def a_closed_incident_has_the_timers_of_its_review_alone(self) -> None:
        if self.timeline and not self.incident.is_open:
            review = ("postmortem.", "follow_up:", "draft:")
            assert all(timer.startswith(review) for timer in timers(self.incident, self.playbook.rules))

    @invariant()
    def no_rule_takes_back_what_people_have_said(self) -> None:
        by_rule = [event.after for event in self.timeline if isinstance(event, e.SeverityChanged) and event.step]
        assert len(by_rule) == len(set(by_rule))

    def do(self, command: c.Command, *, first_tick: bool = True) -> None:
        if first_tick:
            self.tick_in_time()
        try:
            events = decide(self.incident, command, self.playbook.rules, self.roster, self.now)
        except Rejected as refusal:
            events = []
            refusal.sentence()
        self.take(events)

    def tick_in_time(self) -> None:
        assert not any(isinstance(event, e.CaughtUp) for event in self.tick(None))

    def tick(self, away_since: datetime | None) -> list[e.Event]:
        events = decide(self.incident, c.Tick(away_since), self.playbook.rules, self.roster, self.now)
        self.take(events)
        assert all(at > self.now for at in timers(self.incident, self.playbook.rules).values())
        return events

    def take(self, events: list[e.Event]) -> None:
        for event in events:
            closed = bool(self.timeline) and not self.incident.is_open
            assert not (closed and isinstance(event, OF_OPEN_INCIDENTS))
            assert event.at == self.now
            self.incident = evolve(self.incident, event) if self.timeline else fold([event])
            self.timeline.append(event)
            for effect in react(event, self.incident, self.playbook):
                assert isinstance(effect, get_args(f.Effect))
                assert isinstance(route(effect), f.Route)
            if isinstance(event, e.Snoozed):
                self.check_snooze(event)
            if isinstance(event, e.UpdatePosted) and event.next_due_at:
                self.check_promise(event.next_due_at)

    def check_snooze(self, snoozed: e.Snoozed) -> None:
        every = self.playbook.rules.severity(self.incident.severity).update_every
        assert every
        assert self.now < snoozed.until <= every.again(self.now, self.playbook.rules.hours)

    def check_promise(self, promised: datetime) -> None:
        every = self.playbook.rules.severity(self.incident.severity).update_every
        assert promised > self.now
        assert every is None or promised <= every.twice(self.now, self.playbook.rules.hours)


TestLife = pytest.mark.slow(Life.TestCase)
TestLife.settings = settings(max_examples=60, stateful_step_count=40)
