"""Incidents in every state, made of nothing but hostile text: real decisions, and whatever deliveries may learn."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hypothesis import strategies as st

from app.domain import commands as c
from app.domain import events as e
from app.domain.alerts import Tally
from app.domain.errors import Rejected
from app.domain.evolve import fold
from app.domain.incident import Incident
from app.domain.playbook import Checklist, Playbook, Role, Roster, Rules, Status
from app.domain.runbook import Runbook
from app.slack.requests import storable
from app.store import Record
from tests.domain.given import DEFAULT, MULTI_SERVICE, PLAYBOOK, START, UNDIAGNOSED, Story, bound
from tests.slack.examples import MANAGER, ONCALL, ROSTER, SECOND, SUPPORT
from tests.slack.hostile import HOSTILE

FOREIGN = HOSTILE.map(lambda text: text[:6000])
SHORT = FOREIGN.map(lambda text: text[:80])
TAG = SHORT.map(storable)
"""Comes back from a menu by its value, which is the tag itself: what reaches the core was made storable before."""
STEP = st.sampled_from(("1:primary", "3:manager", "9:nobody"))
RESPONDERS = st.sampled_from((("primary",), ("secondary", "manager"), ("nobody",)))
WAY = st.sampled_from(("slack", "pager"))
KEY = st.just("") | st.just("0123456789abcdef")
ANYBODY = st.sampled_from(
    (SUPPORT, ONCALL, SECOND, MANAGER, c.Actor("U0ADMIN", admin=True), c.Actor("W0ADMIN", admin=True))
)
MEMBER = ANYBODY.map(lambda actor: actor.id) | SHORT
CHANNEL = st.just("C0INCIDENT12") | SHORT
TS = st.just("1700000000.000100")
PERMALINK = (
    st.just("https://acme.slack.com/archives/C1/p1700000000000100")
    | st.just("https://acme.slack.com/archives/C1/p1?thread_ts=1.2&cid=C1")
    | FOREIGN.map(lambda text: f"https://acme.slack.com/archives/C1/p1|{text}")
    | FOREIGN
)
NO_ADDRESS = FOREIGN.map(lambda text: f"https://example.atlassian.net/browse/OPS-7|{text}")
"""What a system outside may take for an address, and what leads nowhere."""
PROMISED = st.integers(0, 3)
MOMENT = st.integers(-600, 600).map(lambda minutes: START + timedelta(minutes=minutes))
COUNT = st.integers(0, 3) | st.just(12_000)
LATER = st.sampled_from((0, 0, 0, 1, 6, 16, 61, 300, 3000)).map(lambda minutes: timedelta(minutes=minutes))
TIMERS = st.sampled_from(
    ("update", "resolve.warning", "acknowledge.limit", "step:2:unacknowledged", "repeat", "step:x")
)


@st.composite
def names(draw: st.DrawFn, rules: Rules) -> Rules:
    """Return the rules with whatever text an operator may have given to roles, responders and statuses."""
    return replace(
        rules,
        title=draw(SHORT),
        roles=tuple(Role(role.id, draw(SHORT), draw(FOREIGN)) for role in rules.roles),
        responders=tuple(replace(one, name=draw(SHORT)) for one in rules.responders),
        status_labels={status: draw(SHORT) for status in Status},
    )


RULES = st.sampled_from((DEFAULT, MULTI_SERVICE, UNDIAGNOSED)).flatmap(lambda rules: st.just(rules) | names(rules))
ROSTERS: st.SearchStrategy[Roster] = st.sampled_from((ROSTER, {}, {"primary": ROSTER["primary"]})) | MEMBER.map(
    lambda member: {"primary": bound(member), "manager": bound(member, group="S0MANAGE")}
)
ADDRESS = st.just("https://prometheus.example/graph?g0.expr=up&g0.tab=1") | FOREIGN
TALLIES = st.builds(
    Tally, st.just("alertmanager") | SHORT, st.lists(FOREIGN, max_size=5).map(tuple), COUNT, COUNT, ADDRESS
)

COMMANDS: st.SearchStrategy[c.Command] = st.one_of(
    st.builds(c.Acknowledge, ANYBODY),
    st.builds(c.Decline, ANYBODY),
    st.builds(c.Escalate, ANYBODY),
    st.builds(
        c.PostUpdate,
        ANYBODY,
        status=st.sampled_from((None, "investigating", "identified", "monitoring")) | SHORT,
        happening=FOREIGN,
        actions=FOREIGN,
        next_steps=FOREIGN,
        next_due_at=st.none() | MOMENT,
        no_change=st.booleans(),
    ),
    st.builds(c.Snooze, ANYBODY),
    st.builds(c.ChangeSeverity, ANYBODY, st.sampled_from(("SEV1", "SEV2", "SEV3", "SEV4")) | SHORT),
    st.builds(c.ChangeStatus, ANYBODY, st.sampled_from(("identified", "monitoring")) | SHORT),
    st.builds(c.TakeCommand, ANYBODY),
    st.builds(c.AssignRole, ANYBODY, st.sampled_from(("commander", "scribe")) | SHORT, MEMBER),
    st.builds(c.ChangeTags, ANYBODY, st.lists(TAG, max_size=5).map(tuple), st.lists(TAG, max_size=2).map(tuple)),
    st.builds(c.AddNote, ANYBODY, FOREIGN),
    st.builds(
        c.AddNote,
        ANYBODY,
        FOREIGN,
        said_at=st.none() | MOMENT,
        author=st.none() | MEMBER,
        link=st.none() | FOREIGN,
        message=KEY,
    ),
    st.builds(c.Arrive, MEMBER),
    st.builds(c.CountAlerts, TALLIES, FOREIGN, st.sampled_from(("", "SEV1")), st.lists(TAG, max_size=2).map(tuple)),
    st.builds(c.FireAgain, st.lists(FOREIGN, min_size=1, max_size=5).map(tuple), MOMENT),
    st.builds(
        c.Resolve,
        ANYBODY,
        root_cause=FOREIGN,
        fix=FOREIGN,
        customer_impact=FOREIGN,
        started_at=st.none() | MOMENT,
        detected_at=st.none() | MOMENT,
        ended_at=st.none() | MOMENT,
    ),
    st.builds(c.Cancel, ANYBODY, FOREIGN),
    st.builds(c.Reopen, ANYBODY, FOREIGN),
    st.builds(c.DraftPostmortem, ANYBODY),
    st.builds(c.TickItem, ANYBODY, st.just("triage"), FOREIGN, FOREIGN),
    st.builds(c.UntickItem, ANYBODY, st.just("triage"), FOREIGN, FOREIGN),
    st.builds(c.CompletePostmortem, ANYBODY),
    st.builds(c.AddFollowUps, ANYBODY, st.lists(FOREIGN, min_size=1, max_size=3).map(tuple), st.none() | MEMBER),
    st.builds(c.CompleteFollowUp, ANYBODY, PROMISED),
    st.builds(c.ReopenFollowUp, ANYBODY, PROMISED),
    st.builds(c.PublishPostmortem, ANYBODY),
    st.builds(c.AskBridge, ANYBODY),
    st.builds(c.RecordTicket, PROMISED, SHORT, NO_ADDRESS),
    st.builds(c.RecordTicketState, PROMISED, SHORT, st.booleans()),
    st.builds(c.RecordDocument, NO_ADDRESS),
    st.builds(c.RecordBridge, NO_ADDRESS),
    st.builds(c.CatchUp, MOMENT, st.dictionaries(TIMERS, MOMENT, max_size=4), st.integers(0, 4)),
    st.builds(c.RecordChannel, CHANNEL, SHORT),
    st.builds(c.RecordChannelRefused, FOREIGN, KEY),
    st.builds(c.RecordCard, CHANNEL, TS),
    st.builds(c.RecordAnnouncement, CHANNEL, TS),
    st.builds(c.RecordChannelLost, CHANNEL, FOREIGN),
    st.builds(c.RecordPage, STEP, MEMBER, CHANNEL, TS, KEY),
    st.builds(c.RecordRing, STEP, KEY, RESPONDERS, st.booleans()),
    st.builds(c.RecordStuck),
    st.builds(c.RecordAway, WAY, FOREIGN, st.lists(SHORT, max_size=6).map(tuple)),
    st.builds(c.RecordBack, WAY),
    st.builds(
        c.RecordPageUnconfirmed, KEY.map(lambda key: (key,)), WAY, RESPONDERS, MEMBER.map(lambda one: (one,)), FOREIGN
    ),
    st.builds(c.RecordPageRefused, STEP, MEMBER, RESPONDERS, FOREIGN, KEY),
    st.builds(c.RecordFailure, KEY, FOREIGN, FOREIGN),
    st.builds(c.RecordInviteIncomplete, KEY, st.integers(1, 60), st.dictionaries(MEMBER, FOREIGN, max_size=40)),
)


@dataclass(frozen=True, repr=False)
class Told:
    """An incident, and each event with the incident as it stood right after it.

    `foreign` is some text and `link` an address from elsewhere: drawn here, for Hypothesis shows no long text well.
    """

    rules: Rules
    playbook: Playbook
    now: datetime
    moments: list[tuple[e.Event, Incident]]
    foreign: str
    link: str | None

    def __repr__(self) -> str:
        return f"an incident of {', '.join(dict.fromkeys(type(event).__name__ for event in self.events))}"

    @property
    def events(self) -> list[e.Event]:
        return [event for event, _ in self.moments]

    @property
    def record(self) -> Record:
        """The incident as it stands at the end."""
        return self.at(self.moments[-1][1])

    @property
    def telling(self) -> list[tuple[e.Event, Incident]]:
        """The first and the last of each kind of event: hours without an update bring hundreds that are alike."""
        by_kind: dict[str, list[tuple[e.Event, Incident]]] = {}
        for moment in self.moments:
            by_kind.setdefault(type(moment[0]).__name__, []).append(moment)
        return [moment for alike in by_kind.values() for moment in {0: alike[0], len(alike) - 1: alike[-1]}.values()]

    def at(self, incident: Incident) -> Record:
        """Return the incident as it stood then, as it is stored."""
        return Record(3, "T1", 1, incident, self.rules)


@st.composite
def incidents(draw: st.DrawFn) -> Told:
    """Return an incident to which up to ten things happened, refusals not counted."""
    rules, roster = draw(RULES), draw(ROSTERS)
    severity = draw(st.sampled_from([one.id for one in rules.severities]))
    title = draw(FOREIGN.filter(lambda text: bool(text.strip())))
    tags = draw(st.lists(TAG, max_size=3).map(tuple))
    command = c.Declare(
        draw(ANYBODY),
        title,
        severity,
        services=draw(FOREIGN),
        impact=draw(FOREIGN),
        tags=tags,
        source=draw(st.none() | PERMALINK),
        number=12,
        number_in_year=7,
    )
    try:
        story = Story(rules, roster, command, START)
    except Rejected:
        story = Story(rules, roster, replace(command, title="Payment API down", tags=()), START)
    for done in draw(st.lists(COMMANDS, max_size=10)):
        with suppress(Rejected):
            story.do(done, story.now + draw(LATER))
    checklist = Checklist("triage", draw(SHORT), tuple(draw(st.lists(FOREIGN, max_size=4))))
    runbook = Runbook("x", draw(SHORT), draw(FOREIGN), warnings=(draw(FOREIGN),), alerts=(draw(SHORT),))
    tags = (*PLAYBOOK.tags, draw(TAG))
    playbook = replace(PLAYBOOK, rules=rules, tags=tags, checklists=(checklist,), runbooks=(runbook,))
    return Told(rules, playbook, story.now, _moments(story.events), draw(FOREIGN), draw(st.none() | PERMALINK))


def _moments(events: list[e.Event]) -> list[tuple[e.Event, Incident]]:
    moments: list[tuple[e.Event, Incident]] = []
    for number, event in enumerate(events):
        moments.append((event, fold(events[: number + 1]) if number == 0 else fold([event], moments[-1][1])))
    return moments
