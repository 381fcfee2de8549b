"""How fast messages go into one conversation: one a second in the long run, a handful at once.

Slack takes about one a second into a channel, and short bursts: https://docs.slack.dev/apis/web-api/rate-limits
"""

from datetime import datetime, timedelta

from app.outbox import SetBack

EVERY = timedelta(seconds=1)
AT_ONCE = 5
KEPT = timedelta(seconds=5)
"""How long a turn is kept for whoever does not come."""


class Pace:
    """Gives out turns to post in a conversation. Who has to wait is given a turn of its own, and comes back for it.

    Where the clock is set back, all turns move with it: nobody waits longer than the queue is.
    """

    def __init__(self) -> None:
        self._set_back = SetBack()
        self._free_at: dict[str, datetime] = {}
        self._turns: dict[str, tuple[str, datetime]] = {}

    def turn(self, conversation: str, key: str, now: datetime) -> datetime | None:
        """Return until when the message `key` has to wait; nothing where it may go now, and counts as gone."""
        self.follow(now)
        if turn := self._kept(conversation, key, now):
            if turn > now:
                return turn
            del self._turns[key]
            return None
        free_at = max(self._free_at.get(conversation, now), now)
        self._free_at = {one: at for one, at in self._free_at.items() if at > now} | {conversation: free_at + EVERY}
        turn = free_at - (AT_ONCE - 1) * EVERY
        if turn <= now:
            return None
        self._turns[key] = conversation, turn
        return turn

    def slow_down(self, conversation: str, until: datetime) -> None:
        """Go on after a pause that ends then, one at a time."""
        self._free_at[conversation] = until + (AT_ONCE - 1) * EVERY

    def follow(self, now: datetime) -> None:
        """Take note of what time it is; the sooner a clock that was set back is noticed, the truer the turns are."""
        if back := self._set_back.by(now):
            self._free_at = {one: at - back for one, at in self._free_at.items()}
            self._turns = {one: (where, turn - back) for one, (where, turn) in self._turns.items()}

    def _kept(self, conversation: str, key: str, now: datetime) -> datetime | None:
        self._turns = {one: kept for one, kept in self._turns.items() if kept[1] > now - KEPT}
        kept = self._turns.get(key)
        return kept[1] if kept and kept[0] == conversation else None
