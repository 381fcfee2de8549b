"""What time it is on the database's server, by what it answers and how long that took."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Wall = Callable[[], datetime]
"""The clock of this machine, in UTC."""


def machine_clock() -> datetime:
    """Return what the clock of this machine shows."""
    return datetime.now(UTC)


class ServerClock:
    """How far a server's clock is `ahead` of this machine's: behind it where that is negative.

    An answer that was asked for at one moment and had at another bounds it from both sides. The guess is the smallest
    at first, so that nothing happens too early; it moves only when an answer proves it wrong, so that time does not
    tremble.
    """

    def __init__(self, wall: Wall) -> None:
        self.wall = wall
        self.ahead = timedelta()
        self._heard = False

    def hear(self, server: datetime, asked_at: datetime, had_at: datetime) -> None:
        """Take note that the server's clock showed `server` some time from `asked_at` to `had_at` by this machine's."""
        least, most = server - had_at, server - asked_at
        self.ahead = min(max(self.ahead, least), most) if self._heard else least
        self._heard = True
