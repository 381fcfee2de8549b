"""The forms, opened on an incident as it stands now."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from app.domain.decide import check_open
from app.domain.errors import NotOpen
from app.slack.blocks import modals
from app.slack.listeners import privacy
from app.slack.listeners.answer import Answer, Open, View
from app.slack.listeners.asking import About, Asked
from app.slack.listeners.edge import Edge
from app.slack.listeners.refusals import Refused
from app.slack.requests import Request
from app.store import Record

RECENT = timedelta(hours=1)

Form = Callable[[Asked], View]

FORMS: Mapping[str, Form] = {
    "cancel": lambda asked: modals.cancel(asked.record),
    "commander": lambda asked: modals.commander(asked.record),
    "handoff": lambda asked: modals.handoff(asked.record),
    "resolve": lambda asked: modals.resolve(asked.record, asked.edge.now()),
    "role": lambda asked: modals.role(asked.record),
    "severity": lambda asked: modals.severity(asked.record),
    "status": lambda asked: modals.status(asked.record),
    "tags": lambda asked: modals.tags(asked.record, asked.edge.playbook.of(asked.record.rules)),
    "update": lambda asked: modals.update(asked.record, asked.edge.now()),
}

# A form on a closed incident could only be refused when it is sent off: say so at once.
FOR_OPEN = frozenset({"cancel", "handoff", "resolve", "severity", "status", "update"})


def opens(name: str) -> About:
    """Return what a word, a button or a choice does that opens the form `name`."""

    async def open_(asked: Asked) -> Answer:
        return form(asked, name)

    return open_


def form(asked: Asked, name: str) -> Open:
    """Open the form `name` on the incident."""
    if name in FOR_OPEN:
        check(asked)
    return Open(FORMS[name](asked))


def check(asked: Asked) -> None:
    """Raise `Refused` if the incident is closed."""
    try:
        check_open(asked.record.incident, asked.record.rules)
    except NotOpen as closed:
        raise Refused(closed, asked.record) from closed


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a declaration began: how its author is answered, and the message, or the suggestion, that it is about."""

    response_url: str = ""
    channel: str = ""
    ts: str = ""
    suggestion: str = ""

    def written(self) -> str:
        """Return this as the form carries it. None of them has a space in it."""
        return f"{self.response_url} {self.channel} {self.ts} {self.suggestion}".rstrip(" ")

    @classmethod
    def read(cls, metadata: str) -> "Origin":
        """Return what the form carried."""
        return cls(*(*metadata.split(" "), "", "", "", "")[:4])


async def declaration(
    edge: Edge,
    request: Request,
    *,
    title: str = "",
    severity: str | None = None,
    kinds: tuple[str, ...] = (),
    services: str = "",
    suggestion: str = "",
) -> Open:
    """Open the form that declares, with what was opened in the last hour. It remembers where it began."""
    now, rules = edge.now(), edge.playbook.rules
    found = await edge.store.run(lambda tx: tx.recent(edge.workspace, now - RECENT))
    recent = sorted(await privacy.visible(edge, request, found), key=_worst_first)
    origin = Origin(request.response_url, request.channel or "", request.message_ts or "", suggestion)
    return Open(
        modals.declare(
            rules,
            edge.playbook,
            recent,
            now,
            title=title,
            severity=severity,
            source=origin.written(),
            kinds=kinds,
            services=services,
        )
    )


def _worst_first(record: Record) -> tuple[bool, int]:
    # Of the same rank the newest stay first, as the store gives them. The playbooks may differ, and so their ids.
    incident = record.incident
    return not incident.is_open, record.rules.rank(incident.severity)
