"""A clock that is set back, and what lies ahead by the time that it showed before.

A clock may be wrong for a while, and be put right. A moment that was worked out meanwhile, some seconds ahead, is an
hour away by then, and nobody meant anybody to wait for an hour.
"""

from datetime import datetime, timedelta

NOT_AT_ALL = timedelta()


class SetBack:
    """Notices by how much a clock was set back; for whoever keeps moments that are to come."""

    def __init__(self) -> None:
        self._latest: datetime | None = None

    def by(self, now: datetime) -> timedelta:
        """Return by how much the clock has gone back at least since it was last looked at."""
        back = max(self._latest - now, NOT_AT_ALL) if self._latest else NOT_AT_ALL
        self._latest = now
        return back
