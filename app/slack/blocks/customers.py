"""What customers are told, in two forms: one to write it, and one that shows exactly what they will read.

The second carries in itself what it shows, so that what is confirmed is what is sent.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from app.domain import commands as c
from app.domain.customers import (
    LONGEST_HEADLINE,
    LONGEST_WORDS,
    STATUSES,
    Impact,
    PublicStatus,
    customers_due,
    is_awaited,
)
from app.domain.incident import Incident, Told
from app.domain.playbook import Playbook, Status
from app.domain.reference import Component
from app.slack.blocks import inputs
from app.slack.blocks.elements import (
    METADATA,
    SECTION,
    Part,
    ask,
    context,
    modal,
    option,
    paragraphs,
    preformatted,
    section,
)
from app.slack.blocks.headline import headline, titled
from app.slack.text import clean, escape, mention, one_line, when
from app.slack.words import OWN_MESSAGES, OWN_WORDS, PLAIN, Words, listed
from app.store import Record

IMPACTS = {
    Impact.NONE: "None: nobody is affected",
    Impact.MINOR: "Minor: slow, or a detail is broken",
    Impact.MAJOR: "Major: a part is down",
    Impact.CRITICAL: "Critical: all is down",
}
BY_RANK = (Impact.CRITICAL, Impact.MAJOR, Impact.MINOR, Impact.NONE)
"""What a severity means for customers, until somebody says otherwise: the playbook's highest, the next, and so on."""
BLANK = re.compile(r"\[[^\]\n]{2,80}\](?!\()")
"""What the playbook's text leaves for people to fill in."""
SEPARATOR = "\t"
NUMBER = r"[0-9]{1,10}"
OVER = PublicStatus.RESOLVED
AS_WRITTEN = Words((OWN_MESSAGES,), PLAIN)
"""Words that leave Slack."""
HINT = "The next step shows exactly what they will read. Nothing is sent before you confirm it there."


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody has written for customers; `seen` is how often they had been told when it was begun, at `begun`."""

    headline: str
    body: str
    status: str
    impact: str
    components: tuple[str, ...] = ()
    seen: int = 0
    begun: int = 0

    def carried(self, incident_id: int) -> str:
        """Return this as the second form carries it: a line of facts, the first line, and the text as it is."""
        began = (str(incident_id), str(self.seen), str(self.begun))
        facts = SEPARATOR.join((*began, self.status, self.impact, *self.components))
        return f"{facts}\n{self.headline}\n{self.body}"

    @classmethod
    def read(cls, metadata: str) -> tuple[str, "Draft"] | None:
        """Return the incident's id and the draft that the second form carried; nothing where it carried none."""
        facts, _, written = metadata.partition("\n")
        first, _, body = written.partition("\n")
        match facts.split(SEPARATOR):
            case [incident_id, seen, begun, status, impact, *components] if _are_numbers(seen, begun):
                return incident_id, cls(first, body, status, impact, tuple(components), int(seen), int(begun))
            case _:
                return None

    def is_too_long(self, incident_id: int) -> bool:
        """Say whether a form cannot carry it."""
        return len(self.carried(incident_id)) > METADATA or len(self.as_read()) > SECTION

    def command(self, by: c.Actor) -> c.TellCustomers:
        """Return the command that tells customers this."""
        said = (self.headline, self.body, self.status, self.impact, self.components)
        return c.TellCustomers(by, *said, self.seen, datetime.fromtimestamp(self.begun, UTC))

    def as_read(self) -> str:
        """Return all that customers read, as plain text."""
        impact = "no impact" if self.impact == Impact.NONE else f"{self.impact} impact"
        facts = (STATUSES[PublicStatus(self.status)], impact if self.status != OVER else "", ", ".join(self.components))
        return f"{self.headline}\n{' · '.join(filter(None, facts))}\n\n{self.body}"


def first_draft(record: Record, playbook: Playbook, text: str, now: datetime) -> Draft:
    """Return what a form begins with: `text` is the playbook's for this moment, the rest as it was told last."""
    incident = record.incident
    told = incident.told if is_awaited(incident.told) else None
    components = told.components if told else tuple(affected(incident, playbook.components))
    return Draft(
        headline=told.headline if told else _headline(incident, components),
        body=text,
        status=_status(incident.status),
        impact=told.impact if told else BY_RANK[min(record.rules.rank(incident.severity), len(BY_RANK) - 1)],
        components=components,
        seen=incident.tellings,
        begun=int(now.timestamp()),
    )


def as_they_know_it(record: Record, playbook: Playbook) -> Record:
    """Return an incident that names what it is about as customers know it: by its components, where it has any."""
    incident = record.incident
    told = incident.told.components if incident.told and is_awaited(incident.told) else ()
    components = told or tuple(affected(incident, playbook.components))
    return replace(record, incident=replace(incident, services=listed(components) or incident.services))


def affected(incident: Incident, components: Sequence[Component]) -> Iterator[str]:
    """Yield the components that an incident seems to be about, by what people call them."""
    about = f"{incident.services} {incident.title}".casefold()
    for one in components:
        names = (one.name, *one.services)
        if any(re.search(rf"(?<!\w){re.escape(name.casefold())}(?!\w)", about) for name in names):
            yield one.name


def left_blank(draft: Draft, words: Words) -> list[str]:
    """Return what the playbook's text leaves to be filled in, and nobody has."""
    blanks = set(BLANK.findall(words.wording("customer")))
    return [blank for blank in dict.fromkeys(BLANK.findall(draft.body)) if blank in blanks]


def form(record: Record, playbook: Playbook, draft: Draft, *, posted: bool = False) -> Part:
    """Return the form in which a word to customers is written; it may follow an update that was `posted`."""
    statuses = [option(label, one) for one, label in STATUSES.items() if record.incident.is_open or one == OVER]
    known = [one.name for one in playbook.components]
    choice = inputs.tags(list(dict.fromkeys((*known, *draft.components))), draft.components)
    blocks = [
        *([section(OWN_WORDS.say("answers/customers_posted"))] if posted else []),
        *_told(record.incident.told),
        ask("headline", "What they read first", inputs.line(LONGEST_HEADLINE, draft.headline)),
        ask("body", "What they read", _text(draft.body), hint=HINT),
        ask("public_status", "Status", inputs.select(statuses, draft.status if len(statuses) > 1 else OVER)),
        ask("public_impact", "Impact on them", inputs.select(_impacts(), draft.impact)),
        *([ask("components", "What is affected", choice, optional=True)] if choice else []),
    ]
    metadata = f"{record.id} {draft.seen} {draft.begun}"
    return modal("customers", "Tell customers", "Preview", metadata, [context(escape(headline(record))), *blocks])


def preview(record: Record, draft: Draft, where: Sequence[str]) -> Part:
    """Return the form that shows what customers will read, to be confirmed; `where` they will read it."""
    said = OWN_WORDS.say("answers/customers_preview", where=where, blanks=BLANK.findall(draft.body))
    blocks = [context(escape(headline(record))), *paragraphs(said), preformatted(draft.as_read())]
    submit = "Tell customers" if where else "Record it"
    return modal("customers_confirm", "What they will read", submit, draft.carried(record.id), blocks)


def copied(draft: Draft) -> Part:
    """Return what follows where no status page is connected: the words, to be copied to one."""
    blocks = [*paragraphs(OWN_WORDS.say("answers/customers_copy")), preformatted(draft.as_read())]
    return modal("told", "Recorded", None, "", blocks) | {"clear_on_close": True}


def meanwhile(record: Record, draft: Draft) -> Part:
    """Return what somebody reads whose word to customers came second: what was told, and their own, to copy."""
    said = OWN_WORDS.say("answers/customers_meanwhile", incident=titled(record.incident))
    blocks = [*paragraphs(said), preformatted(draft.as_read())]
    return modal("told", "Not sent", None, "", blocks) | {"clear_on_close": True}


def in_short(record: Record) -> Iterator[str]:
    """Yield what the card says of customers; nothing where they were told nothing."""
    told, beside = record.incident.told, record.incident.declared_at
    if told is None:
        return
    due = customers_due(record.incident, record.rules)
    said = f"Customers read {STATUSES[PublicStatus(told.status)]}, {when(told.at, beside)}"
    if is_awaited(told) and not record.incident.is_open:
        yield f"{said}: tell them that it is over, with `/incident customers {record.incident.number}`"
    else:
        yield f"{said}; the next word is due {when(due, beside)}" if due else said


def _told(told: Told | None) -> Iterator[Part]:
    if told:
        label = STATUSES[PublicStatus(told.status)]
        yield context(f"Told last {when(told.at)} by {mention(told.by)}: {escape(one_line(told.headline))} ({label})")


def _headline(incident: Incident, components: Sequence[str]) -> str:
    about = listed(components) or incident.services
    return one_line(clean(AS_WRITTEN.say("answers/customers_headline", about=about)))[:LONGEST_HEADLINE]


def _are_numbers(*texts: str) -> bool:
    return all(re.fullmatch(NUMBER, text) for text in texts)


def _status(status: Status) -> PublicStatus:
    return OVER if status in (Status.RESOLVED, Status.CANCELLED) else PublicStatus(status)


def _impacts() -> list[Part]:
    return [option(label, one) for one, label in IMPACTS.items()]


def _text(value: str) -> Part:
    return inputs.lines() | {"initial_value": value[:LONGEST_WORDS], "max_length": LONGEST_WORDS}
