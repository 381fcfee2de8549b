"""What an incident is run by, as a playbook.yml says it: severities, steps, milestones, roles and checklists."""

from typing import Annotated, Literal, Self

from pydantic import Field, ValidationInfo, model_validator

from app.playbooks.durations import Duration, LimitTime, Open, Unacknowledged
from app.playbooks.entries import Entry, Line, OneOrMore, Paragraph, Word
from app.playbooks.faults import Wrong
from app.playbooks.names import (
    ChannelName,
    Emoji,
    Label,
    ResponderRef,
    SeverityId,
    SeverityRef,
    TagRef,
)
from app.playbooks.templated import ChannelTemplate, NameTemplate

TRIGGERS = ("at", "unacknowledged", "open", "undiagnosed", "tag")
ACTIONS = ("page", "notify", "severity")

Moment = Literal["declared", "investigating", "identified", "monitoring", "resolved", "cancelled"]


class Channels(Entry):
    """How channels are called."""

    incident: NameTemplate = Field(
        default="incident-{number}",
        description="The name of an incident, with {number}, {number_in_year}, {year}, {month}, {day}, {hour}, "
        "{minute}, {service} (the first one named, or else the title) and {severity}; {number_in_year:03d} writes 7 as "
        "007.",
    )
    channel: ChannelTemplate = Field(
        default="{name}",
        description="The name of its channel, with {name} for that of the incident and all that stands there.",
    )
    announce: ChannelName = Field(
        default="incidents", description="The channel in which every incident is announced, without the #."
    )


class Severity(Entry):
    """How bad an incident is, and what is asked for because of it."""

    id: SeverityId = Field(description="What people type, such as SEV1.")
    name: Word = Field(description="One word for it, such as Critical.")
    means: Line = Field(description="What such an incident is, in one line; shown beside it when people choose.")
    emoji: Emoji = Field(default=":large_orange_circle:", description="Shown before it in Slack.")
    examples: list[Line] = Field(default=[], description="Incidents of this severity.")
    thresholds: list[Line] = Field(default=[], max_length=20, description="Measurements that tell it.")
    acknowledge_within: LimitTime | None = Field(
        default=None, description="By when somebody has it: a duration, or a point of business time."
    )
    resolve_within: LimitTime | None = Field(
        default=None, description="By when it is over: a duration, or a point of business time."
    )
    update_every: LimitTime | None = Field(
        default=None, description="How often an update is asked for: a duration, or a point of each business day."
    )
    tell_customers_every: LimitTime | None = Field(
        default=None,
        description="How often customers are told how it stands, while they wait; without it, nobody is asked for it.",
    )
    postmortem_within: LimitTime | None = Field(
        default=None, description="When the postmortem is due, counted from the resolution."
    )
    monitor_for: Duration | None = Field(
        default=None, description="How long a fix is watched before it is time to resolve."
    )
    announce: ChannelName | None = Field(
        default=None, description="Where it is announced, if not where all others are."
    )
    channel: ChannelTemplate | None = Field(
        default=None, description="The name of its channel, if not made as all others are."
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

    at_least_one_of = ACTIONS

    step: Label = Field(description="Its number or name; two rows may share one.")
    page: Annotated[list[ResponderRef], OneOrMore(), Field(min_length=1)] | None = Field(
        default=None, description="Which responders it pages."
    )
    notify: Annotated[list[ChannelName], OneOrMore(), Field(min_length=1, max_length=5)] | None = Field(
        default=None, description="In which channels it says so, without the #."
    )
    severity: SeverityRef | None = Field(default=None, description="Which severity the incident becomes.")
    respond_within: Duration | None = Field(
        default=None, description="How soon those it pages are asked to answer; said in the page."
    )
    when: Annotated[list[Condition], OneOrMore(), Field(min_length=1)] = Field(
        description="declared, next business hour, {unacknowledged: 15m}, {open: 2h}, {undiagnosed: 15m}, "
        "{tag: [data-loss]}, or a list of those."
    )
    severities: list[SeverityRef] = Field(
        default=[], description="For incidents of these severities; without it, of every one."
    )

    @property
    def names(self) -> tuple[str, ...]:
        """What tells the row from the others: its label, and what it does."""
        return (self.step, *(self.page or (*(self.notify or ()), *([self.severity] if self.severity else []))))

    @model_validator(mode="after")
    def _is_unlike_the_others(self, info: ValidationInfo) -> Self:
        same = info.context.steps.count(self.names) if info.context else 1
        if same > 1:
            does = "page" if self.page else "notify" if self.notify else "make it"
            problem = f"{same} rows are step {self.step} and {does} {', '.join(self.names[1:])}"
            raise Wrong(problem, "make them one row whose `when` is a list")
        return self

    @model_validator(mode="after")
    def _asks_those_it_pages(self) -> Self:
        if self.respond_within and not self.page:
            raise Wrong("respond_within without a page", "write whom it pages, or leave respond_within out")
        return self


class Milestone(Entry):
    """Something that an incident should reach in time; it is shown in the channel, and turns overdue."""

    title: Word = Field(description="What is reached, such as Diagnosis.")
    within: Duration = Field(description="How soon, counted like the steps from the declaration.")
    severities: list[SeverityRef] = Field(
        default=[], description="For incidents of these severities; without it, of every one."
    )
    reached: Literal["room", "identified", "monitoring", "resolved"] | None = Field(
        default=None, description="What reaches it: its room, or a status; without it, people mark it."
    )


class Role(Entry):
    """A part that one person plays in an incident."""

    name: Word = Field(description="What people call it, such as Incident commander.")
    briefing: Paragraph = Field(default="", description="What whoever takes it should know and do.")


class Checklist(Entry):
    """Things to go through, in order."""

    title: Word = Field(description="Its heading.")
    when: Moment = Field(default="declared", description="When it is posted: declared, or a status being reached.")
    severities: list[SeverityRef] = Field(
        default=[], description="For incidents of these severities; without it, of every one."
    )
    due: Duration | None = Field(
        default=None, description="How long after the resolution it should be done; only with when: resolved."
    )
    items: list[Line] = Field(min_length=1, max_length=40, description="What to do, one line each.")

    @model_validator(mode="after")
    def _comes_due_after_the_end(self) -> Self:
        if self.due and self.when != "resolved":
            raise Wrong(f"due on a list that is posted when {self.when}", "write when: resolved beside due")
        return self


class AgendaItem(Entry):
    """One point of the postmortem meeting."""

    topic: Line = Field(description="What is talked about.")
    minutes: int = Field(ge=1, le=480, description="For how long.")


class Draft(Entry):
    """Something that is written before the postmortem is due."""

    title: Word = Field(description="What is wanted, such as Timeline document.")
    within: Duration = Field(description="How soon after the resolution.")
    severities: list[SeverityRef] = Field(
        default=[], description="For incidents of these severities; without it, of every one."
    )


class Postmortem(Entry):
    """How an incident is looked back on. Its document is postmortem.md.j2, beside playbook.yml."""

    agenda: list[AgendaItem] = Field(default=[], description="The meeting, point by point.")
    drafts: list[Draft] = Field(default=[], max_length=10, description="What is wanted before the postmortem is due.")
