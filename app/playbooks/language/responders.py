"""Who plays a responder, as a playbook.yml says it."""

from datetime import timedelta
from typing import Annotated, Self

from pydantic import Field, model_validator

from app.playbooks.business_time import Clock, Date, LocalTime, Zone
from app.playbooks.durations import Duration
from app.playbooks.entries import Entry, Line, OneOrMore, Word
from app.playbooks.faults import Wrong
from app.playbooks.names import CalendarFile, Member, Target
from app.playbooks.templated import Url

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


class Responder(Entry):
    """Somebody whom the escalation policy can page; in Slack, `/incident responders` says who that is."""

    at_most_one_of = ("slack", "rotation", "calendar")

    name: Word = Field(description="What people call them, such as Primary on-call.")
    slack: Annotated[list[Target], OneOrMore(), Field(min_length=1, max_length=50)] | None = Field(
        default=None, description="The Slack id of a member or a user group, or a list of those."
    )
    rotation: Rotation | None = Field(default=None, description="Members who take turns.")
    calendar: Calendar | None = Field(default=None, description="An iCalendar that says who is on call.")
