"""`/incident` and `/postmortem`: one small function for each word."""

import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace

from app.domain import commands as c
from app.domain.errors import Rejected, UnknownRole
from app.domain.playbook import Rules, Status
from app.slack.blocks import answers, roles
from app.slack.listeners import (
    acting,
    asking,
    checklists,
    customers,
    declaring,
    drills,
    figures,
    follow_ups,
    leading,
    milestones,
    on_call,
    opening,
    outside,
    paging,
    playbook,
    privacy,
    reasons,
    reference,
    responders,
    runbooks,
    subscribing,
)
from app.slack.listeners.answer import Answer, Say
from app.slack.listeners.asking import About, Asked
from app.slack.listeners.edge import Edge
from app.slack.listeners.grammar import Phrase, guess, one_of, parse, take_member, take_tags
from app.slack.listeners.refusals import NoMemberNamed, Refused
from app.slack.requests import Request
from app.store import Record, Transaction

LISTED = 20
HANDLE = re.compile(r"[\w.-]{1,80}")

General = Callable[[Edge, Request, Phrase], Awaitable[Answer]]


async def incident(edge: Edge, request: Request) -> Answer:
    """Answer `/incident`, whatever follows it."""
    phrase = parse(request.text)
    if general := GENERAL.get(phrase.word):
        return await general(edge, request, phrase)
    if about := ABOUT.get(phrase.word):
        return await about(await asking.typed(edge, request, phrase))
    return await unknown(edge, request, phrase)


async def postmortem(edge: Edge, request: Request) -> Answer:
    """Answer `/postmortem`."""
    phrase = Phrase("postmortem", rest=request.text)
    return await ABOUT["postmortem"](await asking.typed(edge, request, phrase))


async def menu(edge: Edge, request: Request, _phrase: Phrase) -> Answer:
    """Show what is open, and how to declare."""
    open_records = await edge.store.run(lambda tx: tx.open_records(edge.workspace))
    return Say(answers.menu(await privacy.visible(edge, request, open_records), edge.now()))


async def list_incidents(edge: Edge, request: Request, _phrase: Phrase) -> Answer:
    """List what is open, the worst first, then what ended among the newest incidents."""

    def found(tx: Transaction) -> list[Record]:
        ended = [record for record in tx.latest(edge.workspace, LISTED) if not record.incident.is_open]
        return [*tx.open_records(edge.workspace), *ended]

    records = await edge.store.run(found)
    return Say(answers.listing(await privacy.visible(edge, request, records), edge.now()))


async def bind_responders(edge: Edge, request: Request, _phrase: Phrase) -> Answer:
    """Open the form that binds responders."""
    return await responders.open_form(edge, request)


async def help_(edge: Edge, _request: Request, _phrase: Phrase) -> Answer:
    """Say what can be typed."""
    return Say(answers.help_(edge.playbook.rules))


async def unknown(edge: Edge, request: Request, phrase: Phrase) -> Answer:
    """Say which word was probably meant; where it is clear for which incident, a button does it."""
    meant = guess(phrase.word, [*GENERAL, *ABOUT])
    record = None
    if meant and meant in ABOUT:
        with suppress(Rejected):
            record = (await asking.typed(edge, request, replace(phrase, word=meant))).record
    return Say(answers.did_you_mean(phrase.word, meant, record))


async def update(asked: Asked) -> Answer:
    """Post what was typed as what is happening, or open the form."""
    if not asked.rest:
        return opening.form(asked, "update")
    return await acting.do(asked, c.PostUpdate(asked.by, happening=asked.written))


async def status(asked: Asked) -> Answer:
    """Change the status to the one that was typed, or say how it stands."""
    if not asked.rest:
        timers = await asked.edge.store.run(lambda tx: tx.timers(asked.record.id))
        return Say(answers.status(asked.record, timers, asked.edge.now()))
    wanted = _status(asked.written, asked.record.rules)
    if wanted in FORM_OF_STATUS:
        return opening.form(asked, FORM_OF_STATUS[wanted])
    return await acting.do(asked, c.ChangeStatus(asked.by, wanted))


async def severity(asked: Asked) -> Answer:
    """Change the severity to the one that was typed, or open the form."""
    if not asked.rest:
        return opening.form(asked, "severity")
    known = one_of(asked.written, [severity.id for severity in asked.record.rules.severities])
    return await acting.do(asked, c.ChangeSeverity(asked.by, known or asked.written))


async def role(asked: Asked) -> Answer:
    """Give the role that was typed to the member who was mentioned, or show who has which."""
    member, name = take_member(asked.rest)
    if not name:
        return Say(roles.roles(asked.record))
    if member is None:
        raise Refused(_nobody_named(name, asked.record.rules), asked.record)
    return await acting.do(asked, c.AssignRole(asked.by, _role(name, asked.record.rules), member))


async def tag(asked: Asked) -> Answer:
    """Add and remove the tags that were typed, or open the form."""
    added, removed = take_tags(asked.written)
    if not added and not removed:
        return opening.form(asked, "tags")
    answer = await acting.do(asked, c.ChangeTags(asked.by, added, removed))
    known = asked.edge.playbook.of(asked.record.rules).tags
    strange = [one for one in added if one not in known]
    return Say(answers.strange_tags(answer.message, strange, known)) if strange and isinstance(answer, Say) else answer


async def cancel(asked: Asked) -> Answer:
    """Cancel it for the reason that was typed, or open the form."""
    if not asked.rest:
        return opening.form(asked, "cancel")
    return await acting.do(asked, c.Cancel(asked.by, asked.written))


async def timeline(asked: Asked) -> Answer:
    """Show what has happened."""
    events = await asked.edge.store.run(lambda tx: tx.timeline(asked.record.id))
    return Say(answers.timeline(asked.record, events))


async def timers(asked: Asked) -> Answer:
    """Show what will happen next, and when."""
    due = await asked.edge.store.run(lambda tx: tx.timers(asked.record.id))
    return Say(answers.upcoming(asked.record, due, asked.edge.now()))


def _status(text: str, rules: Rules) -> str:
    labels = {rules.status_label(status): status.value for status in Status}
    value, label = one_of(text, list(Status)), one_of(text, labels)
    return value or (labels[label] if label else text)


def _role(text: str, rules: Rules) -> str:
    names = {role.name: role.id for role in rules.roles}
    role_id, name = one_of(text, list(names.values())), one_of(text, names)
    return role_id or (names[name] if name else text)


def _nobody_named(text: str, rules: Rules) -> Rejected:
    words = text.split()
    known = [role.id for role in rules.roles]
    for count in range(len(words), 0, -1):
        role_id, name = _role(" ".join(words[:count]), rules), " ".join(words[count:]).lstrip("@")
        if role_id in known:
            return NoMemberNamed(role=role_id, name=name if HANDLE.fullmatch(name) else "name")
    return UnknownRole(role=text, known=", ".join(known))


FORM_OF_STATUS = {Status.RESOLVED.value: "resolve", Status.CANCELLED.value: "cancel"}

GENERAL: Mapping[str, General] = {
    "": menu,
    "declare": declaring.declare,
    "drill": drills.drill,
    "playbook": playbook.playbook,
    "help": help_,
    "list": list_incidents,
    "oncall": on_call.answer,
    "budget": figures.budget,
    "contacts": reference.contacts,
    "metrics": figures.metrics,
    "responders": bind_responders,
    "runbook": runbooks.find,
    "subscribe": subscribing.subscribe,
    "subscriptions": subscribing.listed,
    "unsubscribe": subscribing.unsubscribe,
    "tools": reference.tools,
    "test-page": paging.test_page,
}

ABOUT: Mapping[str, About] = {
    "ack": acting.sends(lambda asked: c.Acknowledge(asked.by)),
    "bridge": outside.bridge,
    "cancel": cancel,
    "checklist": checklists.show,
    "customers": customers.open_form,
    "escalate": acting.sends(lambda asked: c.Escalate(asked.by)),
    **follow_ups.ABOUT,
    "handoff": leading.hand_off,
    "merge": leading.merge,
    "milestones": milestones.show,
    "note": acting.sends(lambda asked: c.AddNote(asked.by, asked.written)),
    "publish": outside.publish,
    "postmortem": acting.sends(lambda asked: c.DraftPostmortem(asked.by)),
    "reopen": acting.sends(lambda asked: c.Reopen(asked.by, asked.written)),
    "resolve": opening.opens("resolve"),
    "role": role,
    "severity": severity,
    "status": status,
    "tag": tag,
    "timeline": timeline,
    "timers": timers,
    "update": update,
    "why": reasons.why,
}
