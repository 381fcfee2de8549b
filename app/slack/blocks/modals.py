"""The forms. Each carries the id of its incident, and its fields are filled with what is known."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from app.domain.decide import PROMISE_AT_MOST
from app.domain.durations import in_words
from app.domain.playbook import OPEN_STATUSES, Bound, Limit, Playbook, Responder, Roster, Rules, Severity
from app.slack.blocks.answers import incident_line
from app.slack.blocks.card import headline
from app.slack.blocks.elements import (
    CHOICES_SEEN_AT_ONCE,
    OPTION,
    OPTIONS,
    Part,
    ask,
    context,
    modal,
    mrkdwn,
    option,
    paragraphs,
    plain_text,
    section,
)
from app.slack.text import GROUP, MEMBER, clean, escape, fit, one_line
from app.slack.words import OWN_WORDS
from app.store import Record

LONGEST_TITLE = 150
LONGEST_LINE = 500
LONGEST_TEXT = 2500
RECENT_SHOWN = 5
COPIED = 2900
A_MINUTE = 60


def declare(
    rules: Rules,
    playbook: Playbook,
    recent: Sequence[Record],
    now: datetime,
    *,
    title: str = "",
    severity: str | None = None,
    source: str | None = None,
) -> Part:
    """Return the form that declares; `recent` is what was opened in the last hour, `source` the message it is about."""
    blocks = [
        *_recent(recent, now),
        ask("title", "What is wrong?", _line(title, LONGEST_TITLE, focus=True)),
        ask("severity", "Severity", _severities(rules, severity)),
        ask("services", "What is affected?", _line("", LONGEST_LINE), optional=True),
        ask("impact", "Who notices, and how?", _text(), optional=True),
        *_tags(playbook.tags, ()),
    ]
    return modal("declare", "Declare an incident", "Declare", source or "", blocks)


def update(record: Record, now: datetime) -> Part:
    """Return the form that tells everybody how it stands."""
    every = record.rules.severity(record.incident.severity).update_every
    hint = f"At the latest in {in_words(PROMISE_AT_MOST * every)}." if every else ""
    blocks = [
        _about(record),
        ask("status", "Status", _statuses(record)),
        ask("happening", "What is happening?", _text(focus=True)),
        ask("actions", "What was done so far?", _text(), optional=True),
        ask("next_steps", "What comes next, and when is it expected to work?", _text(), optional=True),
        ask("next_due_at", "Next update due", _moment(now + every if every else None), hint=hint, optional=True),
    ]
    return modal("update", "Post an update", "Post", str(record.id), blocks)


def resolve(record: Record, now: datetime) -> Part:
    """Return the form that ends an incident, its times filled with those that Tocsin knows."""
    began = record.incident.detected_at or record.incident.declared_at
    blocks = [
        _about(record),
        ask("root_cause", "Root cause", _text(focus=True), optional=True),
        ask("fix", "What fixed it?", _text(), optional=True),
        ask("customer_impact", "What did customers notice?", _text(), optional=True),
        ask("started_at", "When did it really start?", _moment(began)),
        ask("detected_at", "When was it detected?", _moment(began)),
        ask("ended_at", "When did it end?", _moment(now)),
    ]
    return modal("resolve", "Resolve", "Resolve", str(record.id), blocks)


def severity(record: Record) -> Part:
    """Return the form that changes the severity, with what each asks for."""
    chosen = ask("severity", "Severity", _severities(record.rules, record.incident.severity))
    return modal("severity", "Change the severity", "Change", str(record.id), [_about(record), chosen])


def status(record: Record) -> Part:
    """Return the form that changes the status without an update."""
    chosen = ask("status", "Status", _statuses(record))
    return modal("status", "Change the status", "Change", str(record.id), [_about(record), chosen])


def commander(record: Record) -> Part:
    """Return the form that names who leads."""
    role = record.rules.commander
    blocks = [_about(record), ask("member", role.name, _person(record.incident.commander)), *_briefing(role.briefing)]
    return modal("commander", "Name the commander", "Save", str(record.id), blocks)


def role(record: Record, role: str | None = None) -> Part:
    """Return the form that gives a role to somebody."""
    roles = [option(one.name, one.id) for one in record.rules.roles]
    blocks = [
        _about(record),
        ask("role", "Role", _select(roles, role)),
        ask("member", "Who plays it?", _person(record.incident.roles.get(role) if role else None)),
    ]
    return modal("role", "Give a role", "Save", str(record.id), blocks)


def tags(record: Record, playbook: Playbook) -> Part:
    """Return the form that adds and removes tags; those that the playbook does not know can be removed here."""
    carried = tuple(record.incident.tags)
    choice = list(_tags(tuple(dict.fromkeys((*playbook.tags, *carried))), carried))
    blocks = [_about(record), *(choice or [section(OWN_WORDS.say("answers/no_tags"))])]
    return modal("tags", "Change tags", "Save" if choice else None, str(record.id), blocks)


def cancel(record: Record) -> Part:
    """Return the form that says that it was a false alarm."""
    reason = ask("reason", "Why was it none?", _line("", LONGEST_LINE), optional=True)
    return modal("cancel", "False alarm", "Cancel incident", str(record.id), [_about(record), reason])


def responders(rules: Rules, roster: Roster) -> Part:
    """Return the form that binds the playbook's responders to members and user groups."""
    blocks = [block for one in rules.responders for block in _binding(one, roster.get(one.id, Bound((), ())))]
    return modal("responders", "Responders", "Save", "", [context(OWN_WORDS.say("answers/responders")), *blocks])


def customer(record: Record, text: str) -> Part:
    """Return what follows an update: its text for customers, to copy. `text` is as customers read it, not escaped."""
    copied = {"type": "text", "text": fit(clean(text), COPIED) or " "}
    block = {
        "type": "rich_text",
        "elements": [{"type": "rich_text_preformatted", "elements": [copied]}],
    }
    blocks = [section(OWN_WORDS.say("answers/customer")), block]
    return modal("customer", "Posted", None, str(record.id), blocks)


def told(title: str, sentence: str) -> Part:
    """Return a dialog that says one thing."""
    return modal("told", title, None, "", paragraphs(sentence))


def _about(record: Record) -> Part:
    return context(escape(headline(record)))


def _recent(recent: Sequence[Record], now: datetime) -> Iterator[Part]:
    if recent:
        yield section(OWN_WORDS.say("answers/recent", count=len(recent)))
        yield context(*(incident_line(record, now) for record in recent[:RECENT_SHOWN]))


def _line(value: str, limit: int, *, focus: bool = False) -> Part:
    return _typed(value, limit, focus=focus)


def _text(*, focus: bool = False) -> Part:
    return _typed("", LONGEST_TEXT, focus=focus) | {"multiline": True}


def _typed(value: str, limit: int, *, focus: bool) -> Part:
    element: dict[str, Any] = {"type": "plain_text_input", "max_length": limit}
    if value:
        element["initial_value"] = fit(one_line(clean(value)), limit)
    return element | {"focus_on_load": True} if focus else element


def _moment(at: datetime | None) -> Part:
    element: dict[str, Any] = {"type": "datetimepicker"}
    # Slack's picker knows whole minutes.
    return element | {"initial_date_time": int(at.timestamp()) // A_MINUTE * A_MINUTE} if at else element


def _person(member: str | None) -> Part:
    element: dict[str, Any] = {"type": "users_select"}
    return element | {"initial_user": member} if member and MEMBER.fullmatch(member) else element


def _select(options: Sequence[Part], chosen: str | None) -> Part:
    element: dict[str, Any] = {"type": "static_select", "options": list(options)[:OPTIONS]}
    initial = next((one for one in options if one["value"] == chosen), None)
    return element | {"initial_option": initial} if initial else element


def _statuses(record: Record) -> Part:
    labels = [option(record.rules.status_label(status), status.value) for status in OPEN_STATUSES]
    return _select(labels, record.incident.status.value)


def _severities(rules: Rules, chosen: str | None) -> Part:
    if len(rules.severities) > CHOICES_SEEN_AT_ONCE:
        return _select([option(f"{one.id} {one.name}: {_asks(one)}", one.id) for one in rules.severities], chosen)
    options = [_described(one) for one in rules.severities]
    element: dict[str, Any] = {"type": "radio_buttons", "options": options}
    initial = next((one for one in options if one["value"] == chosen), None)
    return element | {"initial_option": initial} if initial else element


def _described(severity: Severity) -> Part:
    return {
        "text": mrkdwn(f"*{escape(severity.id)}* {escape(severity.name)}: {_asks(severity)}", OPTION),
        "description": plain_text(severity.means, OPTION),
        "value": severity.id,
    }


def _asks(severity: Severity) -> str:
    asked = [_within("ack", severity.acknowledge_within), _within("resolve", severity.resolve_within)]
    if severity.update_every:
        asked.append(f"update every {in_words(severity.update_every)}")
    return ", ".join(filter(None, asked)) or "no limits"


def _within(what: str, limit: Limit | None) -> str:
    if limit is None:
        return ""
    return f"{what} {in_words(limit.after)}" if limit.after else f"{what} next business day"


def _tags(known: Sequence[str], carried: Sequence[str]) -> Iterator[Part]:
    options = [option(tag, tag) for tag in known if len(tag) <= OPTION][:OPTIONS]
    if not options:
        return
    element: dict[str, Any] = {"type": "multi_static_select", "options": options}
    initial = [one for one in options if one["value"] in carried]
    yield ask("tags", "Tags", element | {"initial_options": initial} if initial else element, optional=True)


def _briefing(briefing: str) -> Iterator[Part]:
    if briefing:
        yield context(escape(briefing))


def _binding(responder: Responder, bound: Bound) -> Iterator[Part]:
    members = [target for target in bound.targets if MEMBER.fullmatch(target)]
    group = next((target for target in bound.targets if GROUP.fullmatch(target)), None)
    people: dict[str, Any] = {"type": "multi_users_select"}
    groups: dict[str, Any] = {"type": "external_select", "min_query_length": 0}
    if members:
        people["initial_users"] = members
    if group:
        groups["initial_option"] = option(f"User group {group}", group)
    yield ask(f"bind:{responder.id}:members", responder.name, people, optional=True)
    yield ask(f"bind:{responder.id}:group", f"{responder.name}: a user group", groups, optional=True)
