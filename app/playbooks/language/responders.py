"""Who plays a responder, as a playbook.yml says it."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from app.playbooks.business_time import Clock, Date, LocalTime, Zone
from app.playbooks.durations import Duration
from app.playbooks.entries import Entry, Line, OneOrMore, Word
from app.playbooks.faults import Wrong
from app.playbooks.names import CalendarFile, Email, Member, ScheduleId, Target
from app.playbooks.templated import Url

PagedBy = Literal["pagerduty", "opsgenie", "webhook", "email"]

SHORTEST_TURN = timedelta(hours=1)


class Override(Entry):
    """Somebody who stands in for a while, whoever's turn it is."""

    member: Member = Field(description="The Slack id of who stands in, such as U0123ABCD.")
    from_: LocalTime = Field(
        alias="from", description='From when, in the time zone of the rotation: "2026-12-24 09:00".'
    )
    until: LocalTime = Field(description='Until when: "2026-12-27 09:00".')

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.until <= self.from_:
            raise Wrong(f"from {self.from_:%Y-%m-%d %H:%M} until {self.until:%Y-%m-%d %H:%M}", "let it end later")
        return self


class Rotation(Entry):
    """Members who take turns."""

    members: list[Member] = Field(min_length=1, max_length=100, description="Slack ids, in the order of their turns.")
    every: Duration = Field(description="How long a turn is, such as 7d.")
    from_: Date = Field(alias="from", description="The day on which the first one's first turn began.")
    at: Clock | None = Field(default=None, description='When it is handed over; "09:00" unless it says otherwise.')
    timezone: Zone | None = Field(default=None, description="Its time zone, if not that of the playbook.")
    overrides: list[Override] = Field(default=[], max_length=200, description="Who stands in, and when.")

    @model_validator(mode="after")
    def _turns_are_long_enough(self) -> Self:
        if self.every < SHORTEST_TURN:
            raise Wrong("turns shorter than an hour", "let each be 1h at least, such as 7d")
        return self


class Calendar(Entry):
    """An iCalendar in which events name who is on call."""

    exactly_one_of = ("url", "file")

    url: Url | None = Field(default=None, description="Where the calendar is read from.")
    file: CalendarFile | None = Field(default=None, description="A file beside playbook.yml, such as oncall.ics.")
    people: dict[Line, Member] = Field(
        default={}, max_length=500, description="Which Slack id each name or address in the calendar is."
    )


class PagerSchedule(Entry):
    """A schedule in the pager that the settings connect."""

    pagerduty: ScheduleId = Field(
        description="The id of a PagerDuty schedule: the last part of its address, such as PI7DH85."
    )


def _each_once(ways: list[PagedBy]) -> list[PagedBy]:
    if twice := sorted({way for way in ways if ways.count(way) > 1}):
        raise Wrong(f"{', '.join(twice)} written twice", "keep one of each, in the order in which they are tried")
    return ways


class Responder(Entry):
    """Somebody whom the escalation policy can page; in Slack, `/incident responders` says who that is."""

    at_most_one_of = ("slack", "rotation", "calendar", "on_call_schedule")

    name: Word = Field(description="What people call them, such as Primary on-call.")
    slack: Annotated[list[Target], OneOrMore(), Field(min_length=1, max_length=50)] | None = Field(
        default=None, description="The Slack id of a member or a user group, or a list of those."
    )
    rotation: Rotation | None = Field(default=None, description="Members who take turns.")
    calendar: Calendar | None = Field(default=None, description="An iCalendar that says who is on call.")
    on_call_schedule: PagerSchedule | None = Field(
        default=None,
        description="A schedule of the pager that says who is on call; matched to Slack by e-mail address.",
    )
    page_by: Annotated[list[PagedBy], OneOrMore(), Field(max_length=4), AfterValidator(_each_once)] | None = Field(
        default=None,
        description="By which ways they are paged beside Slack, the next one where one fails: pagerduty, opsgenie, "
        "webhook, email. Without it, by all that are connected and reach them, in that order.",
    )
    email: Annotated[list[Email], OneOrMore(), Field(min_length=1, max_length=20)] | None = Field(
        default=None, description="The address, or a list of those, that pages by email go to."
    )
