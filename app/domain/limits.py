"""How long something may take: a duration, or until a point of business time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.durations import in_words
from app.domain.hours import BusinessHours

WARN_AT = 0.8


class Point(StrEnum):
    """A moment of business time that a limit can name."""

    NEXT_BUSINESS_HOUR = "next business hour"
    END_OF_NEXT_BUSINESS_DAY = "end of next business day"


POINTS_IN_WORDS = {
    Point.NEXT_BUSINESS_HOUR: "the next business hour",
    Point.END_OF_NEXT_BUSINESS_DAY: "the end of the next business day",
}
RHYTHMS_IN_WORDS = {
    Point.NEXT_BUSINESS_HOUR: "at the start of each business day",
    Point.END_OF_NEXT_BUSINESS_DAY: "at the end of each business day",
}


@dataclass(frozen=True, slots=True)
class Limit:
    """How long something may take: `after` a duration, or, without one, until a point of business time."""

    after: timedelta | None = None
    until: Point = Point.END_OF_NEXT_BUSINESS_DAY

    def due(self, since: datetime, hours: BusinessHours) -> datetime:
        """Return when the limit, counted from `since`, is reached (UTC)."""
        if self.after is not None:
            return since + self.after
        if self.until is Point.NEXT_BUSINESS_HOUR:
            return hours.next_open(since)
        return hours.end_of_next_business_day(since)

    def twice(self, since: datetime, hours: BusinessHours) -> datetime:
        """Return when a rhythm of this length has come round twice after `since`: no promise lies beyond that."""
        return self.again(self.again(since, hours), hours)

    def again(self, since: datetime, hours: BusinessHours) -> datetime:
        """Return when a rhythm of this length comes round after `since`; in business time that is once a day."""
        if self.after is None and self.until is Point.NEXT_BUSINESS_HOUR:
            return hours.next_opening(since)
        return self.due(since, hours)

    def warning(self, since: datetime, hours: BusinessHours) -> datetime:
        """Return when 80 % of the limit has passed; in business time where the limit is told in it."""
        if self.after is not None:
            return since + self.after * WARN_AT
        return hours.point_between(since, self.due(since, hours), WARN_AT)

    @property
    def in_words(self) -> str:
        """How people say it: "15 min", "the end of the next business day"."""
        return in_words(self.after) if self.after is not None else POINTS_IN_WORDS[self.until]

    @property
    def within(self) -> str:
        """How people ask for something by it: "within 15 min", "by the end of the next business day"."""
        return f"within {self.in_words}" if self.after is not None else f"by {self.in_words}"

    @property
    def every(self) -> str:
        """How people tell the rhythm: "every 15 min", "at the end of each business day"."""
        return f"every {in_words(self.after)}" if self.after is not None else RHYTHMS_IN_WORDS[self.until]
