"""What a playbook.yml may say: the one description that the reader checks against and the JSON Schema is made from.

A class is one mapping of the file and an attribute one of its keys. Docstrings and descriptions are read by people in
their editors and in faults. To let the language say more, add a key here and give it to the domain in `assemble`.
"""

from datetime import time
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from app.domain.hours import WEEKDAYS
from app.playbooks.business_time import Clock, Date, Days, Zone, check_country
from app.playbooks.durations import Duration, LimitTime, Open, Unacknowledged
from app.playbooks.entries import Entry, Line, OneOrMore, Paragraph, Word
from app.playbooks.faults import Wrong, shown
from app.playbooks.names import (
    ChannelName,
    Emoji,
    Id,
    Label,
    NameTemplate,
    ResponderRef,
    SeverityId,
    SeverityRef,
    TagRef,
)

COMMANDER = "commander"
TRIGGERS = ("at", "unacknowledged", "open", "undiagnosed", "tag")

Moment = Literal["declared", "investigating", "identified", "monitoring", "resolved", "cancelled"]


class Channels(Entry):
    """How channels are called."""

    incident: NameTemplate = Field(
        default="incident-{number}",
        description="The name of an incident and of its channel, with {number}, {number_in_year} and {year}; "
        "{number_in_year:03d} writes 7 as 007.",
    )
    announce: ChannelName = Field(
        default="incidents", description="The channel in which every incident is announced, without the #."
    )


class Holiday(Entry):
    """A day on which nobody works: a date, or the public holidays of a country or a part of it."""

    shorthand = "date"
    exactly_one_of = ("date", "country")

    date: Date | None = Field(default=None, description="One day, such as 2026-12-25.")
    country: Word | None = Field(default=None, description="The two letters of a country, such as DE.")
    subdivision: Word | None = Field(default=None, description="A state or province of the country, such as BY.")

    @model_validator(mode="after")
    def _is_known(self) -> Self:
        if self.country:
            check_country(self.country, self.subdivision)
        elif self.subdivision:
            raise Wrong("a subdivision without its country", "write country beside it")
        return self


class BusinessHours(Entry):
    """When people are at work, in the playbook's time zone."""

    days: Days = Field(
        default_factory=lambda: WEEKDAYS, description="Working days; [mon..fri] unless it says otherwise."
    )
    opens: Clock = Field(
        default_factory=lambda: time(9), description='When work begins; "09:00" unless it says otherwise.'
    )
    closes: Clock = Field(
        default_factory=lambda: time(17), description='When work ends; "17:00" unless it says otherwise.'
    )
    holidays: list[Holiday] = Field(default=[], description="Days on which nobody works.")

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if self.opens >= self.closes:
            problem = f"opens {self.opens:%H:%M} and closes {self.closes:%H:%M}"
            raise Wrong(problem, "let it close later on the same day than it opens")
        return self


class Severity(Entry):
    """How bad an incident is, and what is asked for because of it."""

    id: SeverityId = Field(description="What people type, such as SEV1.")
    name: Word = Field(description="One word for it, such as Critical.")
    means: Line = Field(description="What such an incident is, in one line; shown beside it when people choose.")
    emoji: Emoji = Field(default=":large_orange_circle:", description="Shown before it in Slack.")
    examples: list[Line] = Field(default=[], description="Incidents of this severity.")
    acknowledge_within: LimitTime | None = Field(
        default=None, description="By when somebody has it; a duration, or end of next business day."
    )
    resolve_within: LimitTime | None = Field(
        default=None, description="By when it is over; a duration, or end of next business day."
    )
    update_every: Duration | None = Field(default=None, description="How often an update is asked for.")
    postmortem_within: Duration | None = Field(
        default=None, description="When the postmortem is due, counted from the resolution."
    )
    announce: ChannelName | None = Field(
        default=None, description="Where it is announced, if not where all others are."
    )
    own_channel: bool = Field(default=True, description="false: the incident lives in the thread of its announcement.")
    ticket: bool = Field(default=False, description="true: it asks for a ticket in place of a page.")


class Condition(Entry):
    """What makes a step fire: one of at, unacknowledged, open, undiagnosed and tag."""

    shorthand = "at"
    exactly_one_of = TRIGGERS

    at: Literal["declared", "next business hour"] | None = Field(
        default=None, description="At the declaration, or at the next business hour after it."
    )
    unacknowledged: Unacknowledged | None = Field(
        default=None, description="Nobody has acknowledged it for so long, or for the severity's acknowledge_within."
    )
    open: Open | None = Field(
        default=None, description="It is not over after so long, or after the severity's resolve_within."
    )
    undiagnosed: Duration | None = Field(default=None, description="It is still being investigated after so long.")
    tag: Annotated[list[TagRef], OneOrMore(), Field(min_length=1)] | None = Field(
        default=None, description="It carries one of these tags."
    )
    severities: list[SeverityRef] = Field(
        default=[], description="For incidents of these severities; without it, those of the step."
    )


class Step(Entry):
    """One row of the escalation policy: it fires once for an incident, at the first of its conditions."""

    step: Label = Field(description="Its number or name; two rows may share one.")
    page: Annotated[list[ResponderRef], OneOrMore(), Field(min_length=1)] = Field(
        description="Which responders it pages."
    )
    when: Annotated[list[Condition], OneOrMore(), Field(min_length=1)] = Field(
        description="declared, next business hour, {unacknowledged: 15m}, {open: 2h}, {undiagnosed: 15m}, "
        "{tag: [data-loss]}, or a list of those."
    )
    severities: list[SeverityRef] = Field(
        default=[], description="For incidents of these severities; without it, of every one."
    )

    @model_validator(mode="after")
    def _is_unlike_the_others(self, info: ValidationInfo) -> Self:
        same = info.context.steps.count((self.step, *self.page)) if info.context else 1
        if same > 1:
            problem = f"{same} rows are step {self.step} and page {', '.join(self.page)}"
            raise Wrong(problem, "make them one row whose `when` is a list")
        return self


class Responder(Entry):
    """Somebody whom the escalation policy can page. Who that is, people say in Slack: /incident responders."""

    name: Word = Field(description="What people call them, such as Primary on-call.")


class Role(Entry):
    """A part that one person plays in an incident."""

    name: Word = Field(description="What people call it, such as Incident commander.")
    briefing: Paragraph = Field(default="", description="What whoever takes it should know and do.")


class Checklist(Entry):
    """Things to go through, in order."""

    title: Word = Field(description="Its heading.")
    when: Moment = Field(default="declared", description="When it is posted: declared, or a status being reached.")
    items: list[Line] = Field(min_length=1, max_length=40, description="What to do, one line each.")


class AgendaItem(Entry):
    """One point of the postmortem meeting."""

    topic: Line = Field(description="What is talked about.")
    minutes: int = Field(ge=1, le=480, description="For how long.")


class Postmortem(Entry):
    """How an incident is looked back on. Its document is postmortem.md.j2, beside playbook.yml."""

    agenda: list[AgendaItem] = Field(default=[], description="The meeting, point by point.")


def _commander_leads(roles: dict[str, Role]) -> dict[str, Role]:
    first = next(iter(roles), None)
    if first != COMMANDER:
        raise Wrong(f"the first role is {shown(first)}", f"let {COMMANDER} stand first: it is the one who leads")
    return roles


def _each_once(tags: list[str]) -> list[str]:
    twice = sorted({tag for tag in tags if tags.count(tag) > 1})
    if twice:
        raise Wrong(f"{', '.join(twice)} written more than once", "keep one of each")
    return tags


class PlaybookFile(Entry):
    """How one organisation responds to incidents: a playbook.yml of Tocsin."""

    version: Literal[1] = Field(default=1, description="The version of this language: 1.")
    name: Id = Field(description="What settings call this playbook.")
    title: Line = Field(description="What people call it.")
    timezone: Zone = Field(default="UTC", description="The time zone of business hours, such as Europe/Berlin.")
    business_hours: BusinessHours = Field(
        default_factory=BusinessHours, description="Monday to Friday, 09:00 to 17:00, unless it says otherwise."
    )
    channels: Channels = Field(default_factory=Channels, description="How channels are called.")
    severities: list[Severity] = Field(min_length=1, max_length=20, description="From highest to lowest.")
    escalation: list[Step] = Field(default=[], description="The escalation policy, in order.")
    responders: dict[Id, Responder] = Field(description="Whom the escalation policy can page, by id.")
    roles: Annotated[dict[Id, Role], AfterValidator(_commander_leads)] = Field(
        description="The parts people play, by id; the first is commander."
    )
    tags: Annotated[list[Id], AfterValidator(_each_once)] = Field(
        default=[], max_length=100, description="Marks that people put on incidents."
    )
    statuses: dict[Literal["investigating", "identified", "monitoring", "resolved", "cancelled"], Word] = Field(
        default={}, description="Other words for the statuses, where this organisation has its own."
    )
    checklists: dict[Id, Checklist] = Field(default={}, description="Things to go through, by id.")
    postmortem: Postmortem = Field(default_factory=Postmortem, description="How an incident is looked back on.")
