"""Named places between two steps, at which a test kills the process: whatever was begun there is found half done.

`reach` does nothing unless a function was given to `arm`, which only the tests do, in a process of their own.
"""

from collections.abc import Callable
from typing import Literal, get_args

Name = Literal[
    "bot.keeps-time",
    "bot.knows-slack",
    "bot.delivers",
    "bot.listens",
    "request.received",
    "request.answered",
    "request.acknowledged",
    "request.sent",
    "declare.numbered",
    "declare.inserted",
    "handle.loaded",
    "handle.decided",
    "handle.saved",
    "handle.receipt-kept",
    "handle.recorded",
    "clock.beaten",
    "clock.due",
    "clock.decided",
    "clock.saved",
    "clock.recorded",
    "store.worked",
    "store.committed",
    "store.incidents-saved",
    "store.events-saved",
    "store.agendas-saved",
    "store.enqueued",
    "outbox.claiming",
    "outbox.chosen",
    "outbox.claimed",
    "outbox.begun",
    "outbox.read",
    "outbox.looking-up",
    "outbox.looked-up",
    "outbox.delivering",
    "outbox.delivered",
    "outbox.settled",
    "outbox.learned",
    "outbox.marked",
    "outbox.recovering",
    "outbox.left-noted",
    "outbox.retired",
    "outbox.recovered",
    "outbox.sweeping",
    "outbox.swept",
    "outbox.sweep-noted",
    "slack.made-channel",
    "slack.found-announce-channel",
    "slack.posted",
    "slack.edited",
    "slack.linked",
    "slack.listed-bookmarks",
    "slack.opened-messages",
    "slack.looked",
    "slack.deleted-copy",
    "line.asking",
    "line.answered",
    "mail.handed-over",
]
NAMES: tuple[Name, ...] = get_args(Name)
"""All of them."""

_reached: list[Callable[[Name], None]] = []


def reach(name: Name) -> None:
    """Say that the process has come to this place."""
    for tell in _reached:
        tell(name)


def arm(tell: Callable[[Name], None]) -> None:
    """Call `tell` with the name of each place that this process comes to from now on, on whichever thread."""
    _reached.append(tell)
