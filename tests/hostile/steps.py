"""Everything that people and Slack can do to Tocsin, as steps of one long story in which each changes something."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from app.domain.effects import Way
from app.domain.playbook import Milestone, Playbook
from app.slack.blocks.checklist import key
from app.slack.blocks.customers import Draft
from app.slack.listeners import ROUTES, playbook
from app.slack.listeners.adopting import SHORT
from app.slack.listeners.buttons import MENU
from app.slack.listeners.commands import ABOUT, GENERAL
from app.slack.requests import Kind
from app.store.codec import encode_rules
from tests.hostile.mutations import Example
from tests.slack import payloads
from tests.slack.payloads import Payload
from tests.slack.workplace import CTO, ON_CALL, SECOND, SUPPORT

START = datetime(2026, 11, 24, 10, tzinfo=UTC)
MANAGER, LATECOMER = "U0MANAGER", "U0VPENG"
MEMBERS = (ON_CALL, SECOND, SUPPORT, CTO, MANAGER)
MILESTONES = (
    Milestone("traced", "The cause is known", timedelta(hours=1)),
    Milestone("told", "All know", timedelta(1)),
)
AT_HOME = 0.2
"""Which part of the clicks comes from the Home tab."""
WORD, CHOICE = "word", "choice"
"""What is asked by `/incident` and by the menu of the card, where one route leads to many."""
LEADS_ON = frozenset({(Kind.COMMAND, "/incident"), (Kind.CLICK, "incident.more")})


def everything(shipped: Playbook) -> Playbook:
    """Return the playbook with milestones, and with every system outside connected."""
    rules = replace(shipped.rules, milestones=MILESTONES)
    # A bridge that nobody asked for would be there before somebody asks for it.
    return replace(shipped, rules=rules, connected=frozenset(Way), bridges=())


def before(now: Playbook) -> Playbook:
    """Return the playbook as it was before its milestones were changed."""
    return replace(now, rules=replace(now.rules, milestones=MILESTONES[:1]))


@dataclass(frozen=True)
class Room:
    """The channel of an incident, and the messages in it that people may add to its timeline."""

    channel: str
    messages: tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """One thing that `by` does, and the incident or the suggestion that it is `about`, if it is about one.

    `rest` is what is typed, or what a button carries, after that; `values` are those of a form.
    """

    kind: str
    name: str
    by: str = ON_CALL
    about: int | None = 1
    rest: str = ""
    values: Mapping[str, Payload] = field(default_factory=dict)

    @property
    def route(self) -> str:
        """The name by which `routes` knows what it asks."""
        return f"{self.kind} {self.name}"

    @property
    def carried(self) -> str:
        """What it is about, and the rest."""
        return f"{'' if self.about is None else self.about}{self.rest}"

    def example(self, rng: random.Random, room: Room) -> Example:
        """Return this as Slack sends it: nothing takes it for a copy of another."""
        unique = f"{rng.randrange(10**12)}"
        match self.kind:
            case Kind.COMMAND | "word":
                return Example("slash_commands", self._typed(unique))
            case Kind.CLICK | "choice":
                return Example("interactive", self._pressed(rng, unique))
            case Kind.SUBMISSION:
                return Example("interactive", self._sent_off(unique))
            case Kind.SHORTCUT:
                return Example("interactive", self._of_message(room) | {"trigger_id": unique})
            case Kind.SEARCH:
                return Example("interactive", payloads.search(f"{self.name}:primary:group", "on"))
            case _:
                return Example("events_api", self._told(room) | {"event_id": f"Ev{unique}"})

    def _typed(self, unique: str) -> Payload:
        name, words = (self.name, ()) if self.kind == Kind.COMMAND else ("/incident", (self.name,))
        typed = " ".join((*words, self.carried))
        return without_response_url(payloads.command(typed, name=name, user=self.by, trigger=unique))

    def _pressed(self, rng: random.Random, unique: str) -> Payload:
        action: Payload = {"action_id": self.name, "value": self.carried, "action_ts": unique}
        if self.kind == CHOICE:
            chosen = {"type": "static_select", "selected_option": {"value": f"{self.name}:{self.carried}"}}
            action = {"action_id": "incident.more", "action_ts": unique, **chosen}
        press = payloads.click_at_home if rng.random() < AT_HOME else payloads.click
        return without_response_url(press(action, user=self.by))

    def _sent_off(self, unique: str) -> Payload:
        sent = payloads.submission(self.name, self.values, metadata=self.carried, user=self.by)
        sent["view"] |= {"id": f"V{unique}", "hash": unique}
        return sent

    def _of_message(self, room: Room) -> Payload:
        message = {"type": "message", "user": SUPPORT, "ts": room.messages[-1], "text": "Restarted it"}
        place = {"channel": {"id": room.channel, "name": "room"}, "message": message, "message_ts": message["ts"]}
        made = payloads.message_shortcut("", callback=self.name) | place
        return without_response_url(made | {"user": {"id": self.by, "team_id": payloads.TEAM}})

    def _told(self, room: Room) -> Payload:
        match self.name:
            case "reaction_added":
                made = payloads.reaction_added(user=self.by)
                made["event"]["item"] |= {"channel": room.channel, "ts": room.messages[0]}
            case "member_joined_channel":
                made = payloads.member_joined(user=self.by)
                made["event"]["channel"] = room.channel
            case _:
                made = payloads.home_opened()
                made["event"]["user"] = self.by
        return made


def without_response_url(payload: Payload) -> Payload:
    """Return the payload without the address to which an answer could be sent later."""
    return {name: value for name, value in payload.items() if name != "response_url"}


def text(value: str) -> Payload:
    return {"type": "plain_text_input", "value": value}


def picked(value: str) -> Payload:
    return {"type": "static_select", "selected_option": {"value": value}}


def member(user: str) -> Payload:
    return {"type": "users_select", "selected_user": user}


def several(*values: str) -> Payload:
    return {"type": "multi_static_select", "selected_options": [{"value": value} for value in values]}


def form(name: str, about: int | None = 1, by: str = ON_CALL, rest: str = "", **values: Payload) -> Step:
    """Return that a form is sent off."""
    return Step(Kind.SUBMISSION, name, by, about, rest, values)


# --- what changes something ---

DECLARED = (
    Step(WORD, "declare", SUPPORT, None, "SEV1 Payment API down"),
    Step(WORD, "declare", SUPPORT, None, "SEV2 Search is slow"),
)


def story(now: Playbook) -> list[Step]:
    """Return steps in an order in which each of them changes something. The first incident is there already."""
    return [*_in_the_room(now), *_others(), *_pages(), *_lists(now), *_course(), *_beyond(), *_ends()]


def _in_the_room(now: Playbook) -> Iterator[Step]:
    digest, _ = encode_rules(now.rules)
    yield Step(Kind.EVENT, "member_joined_channel", LATECOMER, None)
    yield Step(Kind.EVENT, "reaction_added", SUPPORT, None)
    yield Step(Kind.EVENT, "app_home_opened", SUPPORT, None)
    yield Step(Kind.SHORTCUT, "note_from", SUPPORT, None)
    yield Step(Kind.CLICK, "playbook.adopt", CTO, rest=f":{digest[:SHORT]}")


def _others() -> Iterator[Step]:
    yield from DECLARED
    yield Step(WORD, "drill", SUPPORT, None, "SEV3 Failing over")
    yield Step(Kind.CLICK, "drill.start", SUPPORT, None, "monthly")
    yield form("declare", None, SUPPORT, title=text("Disk full"), severity=picked("SEV2"), impact=text("all"))
    yield Step(Kind.CLICK, "suggestion.declare", SUPPORT, 1)
    yield Step(Kind.CLICK, "suggestion.ignore", SUPPORT, 2)
    yield form("declare", 3, SUPPORT, title=text("Mail is late"), severity=picked("SEV3"))


def _pages() -> Iterator[Step]:
    yield Step(Kind.CLICK, "page.decline", ON_CALL, 3)
    yield Step(CHOICE, "decline", SECOND, 3)
    yield Step(WORD, "escalate", SUPPORT, 3)
    yield Step(Kind.CLICK, "incident.escalate", CTO, 3)
    yield Step(WORD, "ack")
    yield Step(Kind.CLICK, "incident.acknowledge", SECOND, 2)
    yield Step(Kind.CLICK, "nudge.snooze", ON_CALL, 2)
    yield Step(Kind.CLICK, "nudge.no_change")
    yield Step(WORD, "test-page", MANAGER, None)
    yield Step(Kind.CLICK, "delivery.retry", rest=":key")
    for user in (SECOND, MANAGER):
        bound = {"type": "multi_users_select", "selected_users": [user]}
        yield Step(Kind.SUBMISSION, "responders", CTO, None, values={"bind:primary:members": bound})


def _lists(now: Playbook) -> Iterator[Step]:
    triage = now.checklists[0]
    yield Step(Kind.CLICK, "checklist.tick", rest=f":{triage.id}:{key(triage.items[0])}")
    yield Step(Kind.CLICK, "checklist.untick", rest=f":{triage.id}:{key(triage.items[0])}")
    yield Step(WORD, "follow-up", rest=f" <@{SECOND}> Watch the disks")
    yield form("follow_ups", texts=text("Order disks\nWrite it down"))
    yield Step(Kind.CLICK, "follow_up.done", rest=":1")
    yield Step(Kind.CLICK, "follow_up.undo", rest=":1")
    yield Step(WORD, "milestones", rest=" traced")
    yield Step(Kind.CLICK, "milestone.reach", rest=":told")
    yield Step(WORD, "subscribe", MANAGER, None, "SEV1, payments")
    yield Step(Kind.CLICK, "subscription.stop", MANAGER, None, "severity:SEV1")
    yield Step(WORD, "unsubscribe", MANAGER, None)
    yield Step(WORD, "subscribe", MANAGER, None, "SEV2")


def _course() -> Iterator[Step]:
    yield Step(WORD, "note", rest=" Restarted it")
    yield Step(WORD, "update", rest=" The disks are full")
    yield form("update", status=picked("identified"), happening=text("Which disk is known"))
    yield Step(WORD, "status", rest=" monitoring")
    yield form("status", 2, status=picked("monitoring"))
    yield Step(WORD, "tag", rest=" +data-loss")
    yield Step(WORD, "tag", rest=" -data-loss")
    yield form("tags", 2, tags=several("data-loss"))
    yield Step(WORD, "severity", CTO, rest=" SEV2")
    yield form("severity", by=CTO, severity=picked("SEV1"))
    yield Step(WORD, "role", rest=f" scribe <@{SUPPORT}>")
    yield form("role", 2, role=picked("scribe"), member=member(SUPPORT))
    yield Step(Kind.CLICK, "incident.command", MANAGER, 2)
    yield form("commander", 2, member=member(CTO))
    yield Step(WORD, "handoff", rest=f" <@{SECOND}>")
    yield form("handoff", member=member(CTO))


def _beyond() -> Iterator[Step]:
    told = Draft("Payments fail", "We look into it.", "investigating", "major", begun=int(START.timestamp()))
    words = {"headline": text("Payments fail"), "body": text("We look into it.")}
    words |= {"public_status": picked("investigating"), "public_impact": picked("major")}
    yield Step(Kind.SUBMISSION, "customers", rest=f" 0 {told.begun}", values=words)
    yield form("customers_confirm", rest=told.carried(1).removeprefix("1"))
    yield Step(WORD, "bridge")
    yield Step(WORD, "publish")


def _ends() -> Iterator[Step]:
    yield Step(WORD, "merge", CTO, 3, " 1")
    yield form("merge", 6, CTO, into=picked("1"))
    yield Step(WORD, "cancel", CTO, 4, " It was only practised")
    yield form("cancel", 5, CTO, reason=text("false"))
    yield Step(WORD, "reopen", CTO, 4)
    yield Step(Kind.CLICK, "incident.reopen", CTO, 5)
    yield form("resolve", 2, root_cause=text("disk"), fix=text("bigger"))
    yield Step(WORD, "postmortem", about=2)
    yield Step(Kind.COMMAND, "/postmortem", about=2)
    yield Step(Kind.CLICK, "postmortem.draft", about=2)
    yield Step(Kind.CLICK, "postmortem.publish", about=2)
    yield Step(Kind.CLICK, "postmortem.done", about=2)


# --- what changes nothing ---

READ_WORDS = (
    *("", "help", "list", "oncall", "budget", "contacts", "metrics", "runbook", "subscriptions", "tools"),
    *("playbook", "playbook adopt", "playbook preview"),
    *("checklist", "follow-ups", "timeline", "timers", "why"),
)
OPENING_WORDS = ("responders", "customers", "resolve")
READ_CLICKS = ("checklist.open", "incident.open", "runbook.choose", "runbook.open", "runbook.part", "subscription.list")
OPENING_CLICKS = (
    *("follow_up.add", "incident.customers", "incident.declare", "incident.resolve", "incident.role"),
    *("incident.update", "responders.open"),
)
READ_CHOICES = ("checklists", "follow_ups", "milestones", "runbook", "timeline", "timers", "why")
OPENING_CHOICES = (*("cancel", "commander", "customers", "handoff", "merge", "roles", "severity", "status", "tags"),)
READS = frozenset(
    {
        *(f"{WORD} {name}" for name in (*READ_WORDS, *OPENING_WORDS)),
        *(f"{CHOICE} {name}" for name in (*READ_CHOICES, *OPENING_CHOICES)),
        *(f"{Kind.CLICK} {name}" for name in (*READ_CLICKS, *OPENING_CLICKS)),
        *(f"{Kind.SHORTCUT} {name}" for name in ("declare", "declare_from")),
        f"{Kind.SEARCH} bind",
    }
)
"""The routes that only show something, or open a form."""
IDLE = READS | {f"{Kind.EVENT} app_home_opened", f"{Kind.SUBMISSION} customers"}
"""The same, and what comes more than once all the same, though nothing is remembered of it."""


NAMED = {"checklist.open": ":triage", "runbook.part": ":database:1", "runbook.choose": ":database"}
"""What buttons carry after the incident."""


def reading() -> list[Step]:
    """Return a step for each of the routes that change nothing."""
    named = (route.partition(" ") for route in sorted(READS))
    return [Step(kind, name, CTO, None if name in GENERAL else 1, NAMED.get(name, "")) for kind, _, name in named]


def routes() -> set[str]:
    """Return all that can be asked of Tocsin, each by its kind and its name, as it registers them."""
    words = {*GENERAL, *ABOUT, *(f"playbook {word}".strip() for word in playbook.WORDS)}
    known = {(kind, name) for kind, table in ROUTES.items() for name in table} - LEADS_ON
    return {
        f"{kind} {name}" for kind, name in (*known, *((WORD, one) for one in words), *((CHOICE, one) for one in MENU))
    }
