"""What is known of one alert from what monitors told of it, in whatever order and however often that came.

Monitors send again what they have sent, two of them send the same, and the end of an alert may come before its begin.
The same things heard in another order, within a few minutes, give the same in the end.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.replacing import replace

OUT_OF_ORDER = timedelta(minutes=5)
"""What tells of a begin that was over by then may be so late; after that, the monitor means that it fires after all."""
UNDATED = timedelta(minutes=1)
"""The same of a monitor that does not say when the alert began."""


class News(StrEnum):
    """What something that a monitor told was to us."""

    FIRES = "fires"
    REPEATED = "repeated"
    OVER = "over"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known of one alert. `began_at` and `over_at` are by the monitor's clock, the other times by ours.

    An alert whose end came first has not begun as far as we know.
    """

    firing: bool
    began_at: datetime | None
    heard_at: datetime
    over_at: datetime | None = None
    over_heard_at: datetime | None = None


def fires(before: Heard | None, began_at: datetime | None, heard_at: datetime) -> tuple[Heard, News]:
    """Return what is known once a monitor tells that the alert fires, and has since `began_at`."""
    if before is None:
        return Heard(firing=True, began_at=began_at or heard_at, heard_at=heard_at), News.FIRES
    if before.firing:
        return replace(before, **_latest(before, began_at, heard_at)), News.REPEATED
    if _is_late(before, began_at, heard_at):
        return replace(before, began_at=_later(before.began_at, began_at) or heard_at), News.STALE
    known = {"began_at": began_at or heard_at, "heard_at": heard_at}
    return replace(before, firing=True, **known), News.FIRES


def ends(
    before: Heard | None, began_at: datetime | None, over_at: datetime | None, heard_at: datetime
) -> tuple[Heard, News]:
    """Return what is known once a monitor tells that the alert is over, which had begun at `began_at`."""
    end = max(over_at or began_at or heard_at, began_at or over_at or heard_at)
    if before is None:
        over = Heard(firing=False, began_at=began_at, heard_at=heard_at, over_at=end, over_heard_at=heard_at)
        return over, News.STALE
    over_heard_at = _later(before.over_heard_at, heard_at)
    known = replace(before, over_at=_later(before.over_at, end), over_heard_at=over_heard_at)
    if not before.firing:
        return replace(known, began_at=_later(before.began_at, began_at)), News.STALE
    if _is_of_an_earlier_one(before, began_at, over_at, heard_at):
        return known, News.STALE
    return replace(known, firing=False, began_at=_later(before.began_at, began_at)), News.OVER


def _is_late(before: Heard, began_at: datetime | None, heard_at: datetime) -> bool:
    """Say whether what tells of a begin is of one that is known to be over."""
    if before.over_at is None or before.over_heard_at is None:
        return False
    if began_at is None:
        return before.began_at is None and heard_at < before.over_heard_at + UNDATED
    return began_at <= before.over_at and heard_at < before.over_heard_at + OUT_OF_ORDER


def _is_of_an_earlier_one(
    before: Heard, began_at: datetime | None, over_at: datetime | None, heard_at: datetime
) -> bool:
    if began_at is None or before.began_at is None:
        return heard_at < before.heard_at
    return began_at < before.began_at and (over_at is None or over_at < before.began_at)


def _latest(before: Heard, began_at: datetime | None, heard_at: datetime) -> dict[str, datetime | None]:
    return {"began_at": _later(before.began_at, began_at), "heard_at": _later(before.heard_at, heard_at)}


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(one, other) if one and other else one or other
