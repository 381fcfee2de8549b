"""The forms. Each carries the id of its incident, and its fields are filled with what is known."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from app.domain.durations import in_words
from app.domain.on_call import OnCall
from app.domain.playbook import Bound, Playbook, Responder, Roster, Rules
from app.slack.blocks import inputs
from app.slack.blocks.answers import incident_line
from app.slack.blocks.elements import Part, ask, context, modal, option, paragraphs, preformatted, section
from app.slack.blocks.headline import headline
from app.slack.text import escape
from app.slack.words import OWN_WORDS
from app.store import Record

LONGEST_TITLE = 150
LONGEST_LINE = 500
RECENT_SHOWN = 5
NOBODY = Bound((), ())
NOT_KNOWN_TO_START = "Left as it is, the time to detect it is not counted."


def declare(
    rules: Rules,
    playbook: Playbook,
    recent: Sequence[Record],
    now: datetime,
    *,
    title: str = "",
    severity: str | None = None,
    source: str | None = None,
    kinds: Sequence[str] = (),
    services: str = "",
) -> Part:
    """Return the form that declares; `recent` is what was opened in the last hour, `source` the message it is about."""
    special = [ask("kind", "Anything special?", inputs.kinds(kinds), optional=True)]
    blocks = [
        *_recent(recent, now),
        ask("title", "What is wrong?", inputs.line(LONGEST_TITLE, title, focus=True)),
        # What is ticked already must be seen before it is sent off.
        *(special if kinds else []),
        ask("severity", "Severity", inputs.severity(rules, severity)),
        *_thresholds(rules),
        ask("services", "What is affected?", inputs.line(LONGEST_LINE, services), optional=True),
        ask("impact", "Who notices, and how?", inputs.lines(), optional=True),
        *_tags(playbook.tags, ()),
        *([] if kinds else special),
    ]
    return modal("declare", "Declare an incident", "Declare", source or "", blocks)


def update(record: Record, now: datetime) -> Part:
    """Return the form that tells everybody how it stands."""
    every = record.rules.severity(record.incident.severity).update_every
    hours = record.rules.hours
    hint = f"At the latest in {in_words(every.twice(now, hours) - now)}." if every else ""
    blocks = [
        ask("status", "Status", inputs.status(record.rules, record.incident.status)),
        ask("happening", "What is happening?", inputs.lines(focus=True)),
        ask("actions", "What was done so far?", inputs.lines(), optional=True),
        ask("next_steps", "What comes next, and when is it expected to work?", inputs.lines(), optional=True),
        ask(
            "next_due_at",
            "Next update due",
            inputs.moment(every.again(now, hours) if every else None),
            hint=hint,
            optional=True,
        ),
    ]
    return _about(record, "update", "Post an update", "Post", blocks)


def resolve(record: Record, now: datetime) -> Part:
    """Return the form that ends an incident, its times filled with those that Tocsin knows."""
    began = record.incident.detected_at or record.incident.declared_at
    blocks = [
        ask("root_cause", "Root cause", inputs.lines(focus=True), optional=True),
        ask("fix", "What fixed it?", inputs.lines(), optional=True),
        ask("customer_impact", "What did customers notice?", inputs.lines(), optional=True),
        ask("started_at", "When did it really start?", inputs.moment(began), hint=NOT_KNOWN_TO_START),
        ask("detected_at", "When was it detected?", inputs.moment(began)),
        ask("ended_at", "When did it end?", inputs.moment(now)),
    ]
    return _about(record, "resolve", "Resolve", "Resolve", blocks)


def severity(record: Record) -> Part:
    """Return the form that changes the severity, with what each asks for."""
    choice = ask("severity", "Severity", inputs.severity(record.rules, record.incident.severity))
    return _about(record, "severity", "Change the severity", "Change", [choice, *_thresholds(record.rules)])


def status(record: Record) -> Part:
    """Return the form that changes the status without an update."""
    choice = ask("status", "Status", inputs.status(record.rules, record.incident.status))
    return _about(record, "status", "Change the status", "Change", [choice])


def commander(record: Record) -> Part:
    """Return the form that names who leads, with what is asked of them."""
    role = record.rules.commander
    briefing = [context(escape(role.briefing))] if role.briefing else []
    choice = ask("member", role.name, inputs.person(record.incident.commander))
    return _about(record, "commander", "Name the commander", "Save", [choice, *briefing])


def handoff(record: Record) -> Part:
    """Return the form that hands command over."""
    choice = ask("member", f"Who is {record.rules.commander.name} from now on?", inputs.person())
    return _about(record, "handoff", "Hand over", "Hand over", [choice, context(OWN_WORDS.say("answers/handoff"))])


def role(record: Record, role: str | None = None) -> Part:
    """Return the form that gives a role to somebody."""
    roles = [option(one.name, one.id) for one in record.rules.roles]
    player = record.incident.roles.get(role) if role else None
    blocks = [ask("role", "Role", inputs.select(roles, role)), ask("member", "Who plays it?", inputs.person(player))]
    return _about(record, "role", "Give a role", "Save", blocks)


def tags(record: Record, playbook: Playbook) -> Part:
    """Return the form that adds and removes tags, those too that the playbook does not know."""
    carried = tuple(record.incident.tags)
    choice = list(_tags(tuple(dict.fromkeys((*carried, *playbook.tags))), carried))
    if not choice:
        return _about(record, "tags", "Change tags", None, [section(OWN_WORDS.say("answers/no_tags"))])
    return _about(record, "tags", "Change tags", "Save", choice)


def cancel(record: Record) -> Part:
    """Return the form that says that it was a false alarm."""
    reason = ask("reason", "Why was it a false alarm?", inputs.line(LONGEST_LINE), optional=True)
    return _about(record, "cancel", "False alarm", "Mark as false alarm", [reason])


def responders(rules: Rules, roster: Roster, on_call: Mapping[str, OnCall] = MappingProxyType({})) -> Part:
    """Return the form that binds responders to members and groups: that comes before what the playbook says."""
    blocks = [
        block
        for one in rules.responders
        for block in _binding(one, roster.get(one.id, NOBODY), planned=one.id in on_call)
    ]
    return modal("responders", "Responders", "Save", "", [context(OWN_WORDS.say("answers/responders")), *blocks])


def customer(record: Record, text: str) -> Part:
    """Return what follows an update: its text for customers, to copy. `text` is as customers read it, not escaped."""
    blocks = [section(OWN_WORDS.say("answers/customer")), preformatted(text)]
    return _about(record, "customer", "Posted", None, blocks)


def told(title: str, sentence: str) -> Part:
    """Return a dialog that says one thing."""
    return modal("told", title, None, "", paragraphs(sentence))


def _about(record: Record, name: str, title: str, submit: str | None, blocks: Sequence[Part]) -> Part:
    return modal(name, title, submit, str(record.id), [context(escape(headline(record))), *blocks])


def _recent(recent: Sequence[Record], now: datetime) -> Iterator[Part]:
    if recent:
        yield section(OWN_WORDS.say("answers/recent", count=len(recent)))
        yield context(*(incident_line(record, now) for record in recent[:RECENT_SHOWN]))


def _thresholds(rules: Rules) -> Iterator[Part]:
    """Yield the measurements that tell a severity: an option has no room for them."""
    told = [f"*{escape(one.id)}* {escape(', '.join(one.thresholds))}" for one in rules.severities if one.thresholds]
    if told:
        yield context("\n".join(told))


def _tags(known: Sequence[str], carried: Sequence[str]) -> Iterator[Part]:
    choice = inputs.tags(known, carried)
    if choice:
        yield ask("tags", "Tags", choice, optional=True)


def _binding(responder: Responder, bound: Bound, *, planned: bool) -> Iterator[Part]:
    hint = "Left empty, whoever the playbook says is on call." if planned else ""
    yield ask(f"bind:{responder.id}:members", responder.name, inputs.people(bound.targets), hint=hint, optional=True)
    group = f"{responder.name}: a user group"
    yield ask(f"bind:{responder.id}:group", group, inputs.group(bound.targets), optional=True)
