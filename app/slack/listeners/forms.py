"""Forms that were sent off: each becomes one command, and each refusal finds its field."""

from collections.abc import Callable, Mapping

from app.domain import commands as c
from app.domain import errors
from app.domain.errors import Rejected
from app.domain.events import UpdatePosted
from app.slack.blocks import modals
from app.slack.listeners import acting, asking, citing, customers, follow_ups, leading, opening, responders, suggestions
from app.slack.listeners.answer import Answer, Close, Show, Wrong
from app.slack.listeners.asking import Asked, Route
from app.slack.listeners.edge import Edge
from app.slack.requests import Request

FIELDS: Mapping[type[Rejected], str] = {
    errors.PromiseTooFar: "next_due_at",
    errors.PromiseInThePast: "next_due_at",
}
# What `decide` calls the fields, in small letters.
NAMED = {
    "the title": "title",
    "what is happening": "happening",
    "the start": "started_at",
    "the detection": "detected_at",
    "the end": "ended_at",
}


async def declare(edge: Edge, request: Request) -> Answer:
    """Declare what the form says."""
    origin = opening.Origin.read(request.metadata)
    command = c.Declare(
        by=c.Actor(request.user),
        title=request.written("title"),
        severity=request.written("severity"),
        services=request.written("services"),
        impact=request.written("impact"),
        tags=request.chosen("tags"),
        private="private" in request.chosen("kind"),
        drill="drill" in request.chosen("kind"),
        source=await citing.permalink(edge, origin.channel, origin.ts),
    )
    if origin.suggestion:
        said = await suggestions.declare(edge, request, command, asking.carried_id(origin.suggestion))
    else:
        said = await acting.declare(edge, request, command)
    if not origin.response_url:
        return Show(modals.told("Declared", said.text))
    return Close(said, origin.response_url)


async def update(edge: Edge, request: Request) -> Answer:
    """Post the update, and offer its text for customers."""
    asked = await asking.carried(edge, request, request.metadata)
    command = c.PostUpdate(
        by=asked.by,
        status=request.written("status") or None,
        happening=request.written("happening"),
        actions=request.written("actions"),
        next_steps=request.written("next_steps"),
        next_due_at=request.time("next_due_at"),
    )
    handled = await acting.act(asked, command)
    match handled.events:
        case [UpdatePosted() as posted, *_]:
            return Show(customers.after_update(edge, handled.record, posted))
        case _:
            return Close()


def sends(make: Callable[[Asked], c.Command]) -> Route:
    """Return what a form does that sends one command about its incident, and closes: the incident's room shows it."""

    async def submit(edge: Edge, request: Request) -> Answer:
        asked = await asking.carried(edge, request, request.metadata)
        await acting.act(asked, make(asked))
        return Close()

    return submit


def wrong(request: Request, rejected: Rejected) -> Wrong | None:
    """Return the refusal as a sentence under the field that it is about, if the form has that field."""
    said = str(rejected.facts.get("later") or rejected.facts.get("what"))
    name = FIELDS.get(type(rejected)) or NAMED.get(said.lower())
    # Slack shows these in plain text, so times cannot be tokens here.
    return Wrong({name: str(rejected)}) if name and name in request.fields else None


def _resolve(asked: Asked) -> c.Resolve:
    form = asked.request
    return c.Resolve(
        by=asked.by,
        root_cause=form.written("root_cause"),
        fix=form.written("fix"),
        customer_impact=form.written("customer_impact"),
        started_at=form.time("started_at"),
        detected_at=form.time("detected_at"),
        ended_at=form.time("ended_at"),
    )


def _tags(asked: Asked) -> c.ChangeTags:
    chosen, had = asked.request.chosen("tags"), asked.record.incident.tags
    added = tuple(tag for tag in chosen if tag not in had)
    return c.ChangeTags(asked.by, added, tuple(tag for tag in had if tag not in chosen))


def _commander(asked: Asked) -> c.AssignRole:
    return c.AssignRole(asked.by, asked.record.rules.commander.id, asked.request.written("member"))


def _role(asked: Asked) -> c.AssignRole:
    return c.AssignRole(asked.by, asked.request.written("role"), asked.request.written("member"))


FORMS: Mapping[str, Route] = {
    "cancel": sends(lambda asked: c.Cancel(asked.by, asked.request.written("reason"))),
    "commander": sends(_commander),
    "customers": customers.show,
    "customers_confirm": customers.confirm,
    "declare": declare,
    "follow_ups": follow_ups.submit,
    "handoff": sends(lambda asked: c.HandOff(asked.by, asked.request.written("member"))),
    "merge": leading.submit_merge,
    "resolve": sends(_resolve),
    "responders": responders.save,
    "role": sends(_role),
    "severity": sends(lambda asked: c.ChangeSeverity(asked.by, asked.request.written("severity"))),
    "status": sends(lambda asked: c.ChangeStatus(asked.by, asked.request.written("status"))),
    "tags": sends(_tags),
    "update": update,
}
