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
AHEAD = timedelta(minutes=5)
"""So far ahead of ours a monitor's clock may be; a time that is further off is taken for none."""
ANEW = timedelta(minutes=15)
"""An undated alert that is heard so long after something goes on since then, as far as anybody can tell, and fires."""


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
    began_at = _believed(began_at, heard_at)
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
    began_at, over_at = _believed(began_at, heard_at), _believed(over_at, heard_at)
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


def began_after(then: datetime, began_at: datetime | None, heard_at: datetime) -> bool:
    """Say whether what is told to fire began after `then`: the end of what it counted in, whose own end nobody told."""
    began_at = _believed(began_at, heard_at)
    return began_at > then if began_at else heard_at > then + ANEW


def _is_late(before: Heard, began_at: datetime | None, heard_at: datetime) -> bool:
    """Say whether what tells of a begin is of one that is known to be over."""
    if before.over_at is None or before.over_heard_at is None:
        return False
    if began_at is None:
        late = before.over_heard_at + UNDATED if before.began_at is None else before.over_heard_at
        return heard_at < late
    return began_at <= before.over_at and heard_at < before.over_heard_at + OUT_OF_ORDER


def _is_of_an_earlier_one(
    before: Heard, began_at: datetime | None, over_at: datetime | None, heard_at: datetime
) -> bool:
    if began_at is None or before.began_at is None:
        return heard_at < before.heard_at
    return began_at < before.began_at and (over_at is None or over_at < before.began_at)


def _believed(at: datetime | None, heard_at: datetime) -> datetime | None:
    return at if at is None or at <= heard_at + AHEAD else None


def _latest(before: Heard, began_at: datetime | None, heard_at: datetime) -> dict[str, datetime | None]:
    return {"began_at": _later(before.began_at, began_at), "heard_at": _later(before.heard_at, heard_at)}


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(one, other) if one and other else one or other
