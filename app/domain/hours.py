"""Business hours: the working week of a playbook, in its own time zone, less its holidays."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)
WEEKDAYS = frozenset(range(5))


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """When people are at work: `opens` to `closes`, local time in `zone`, on `days` (Monday is 0)."""

    zone: str = "UTC"
    opens: time = time(9)
    closes: time = time(17)
    days: frozenset[int] = WEEKDAYS
    holidays: frozenset[date] = frozenset()

    def is_open(self, at: datetime) -> bool:
        """Say whether `at` lies in business hours; the closing minute itself does not."""
        day = self._local_date(at)
        return self.is_business_day(day) and self._on(day, self.opens) <= at < self._closing(day)

    def is_business_day(self, day: date) -> bool:
        """Say whether people work on `day`."""
        return day.weekday() in self.days and day not in self.holidays

    def next_open(self, at: datetime) -> datetime:
        """Return the next business hour: `at` itself in business hours, else the start of the next ones."""
        return at if self.is_open(at) else self.next_opening(at)

    def next_opening(self, at: datetime) -> datetime:
        """Return the next start of business hours after `at`."""
        day = self._local_date(at)
        if not self.is_business_day(day) or self._on(day, self.opens) <= at:
            day = self._business_day_after(day)
        return self._on(day, self.opens)

    def end_of_next_business_day(self, at: datetime) -> datetime:
        """Return the close of the first business day after the local date of `at`."""
        return self._closing(self._business_day_after(self._local_date(at)))

    def point_between(self, start: datetime, end: datetime, share: float) -> datetime:
        """Return the moment at which `share` of the business time from `start` to `end` has passed."""
        spans = list(self._open_spans(start, end))
        left = sum((closes - opens for opens, closes in spans), timedelta()) * share
        for opens, closes in spans:
            if left <= closes - opens:
                return opens + left
            left -= closes - opens
        return end

    def _open_spans(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        spans = []
        day, last = self._local_date(start), self._local_date(end)
        while day <= last:
            opens, closes = max(self._on(day, self.opens), start), min(self._closing(day), end)
            if self.is_business_day(day) and opens < closes:
                spans.append((opens, closes))
            day += ONE_DAY
        return spans

    def _business_day_after(self, day: date) -> date:
        day += ONE_DAY
        while not self.is_business_day(day):
            day += ONE_DAY
        return day

    def _local_date(self, at: datetime) -> date:
        return at.astimezone(ZoneInfo(self.zone)).date()

    def _on(self, day: date, wall: time) -> datetime:
        return datetime.combine(day, wall, ZoneInfo(self.zone)).astimezone(UTC)

    def _closing(self, day: date) -> datetime:
        return self._on(day, self.closes)
