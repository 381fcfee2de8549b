"""When people are at work, as a playbook.yml says it."""

from datetime import time
from typing import Self

from pydantic import Field, model_validator

from app.domain.hours import WEEKDAYS
from app.playbooks.business_time import Clock, Date, Days, check_country
from app.playbooks.entries import Entry, Word
from app.playbooks.faults import Wrong


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
