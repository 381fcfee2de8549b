"""What is measured of a running Tocsin. Ages are in seconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.domain.effects import Way
from app.store import DeliveryState, Transaction

UNSAID_FOR = timedelta(minutes=2)
"""What alerts bring has mostly been said long before."""


@dataclass(frozen=True, slots=True)
class Stock:
    """What the store told when it was last asked. `overdue` and `unsent` (by way) are ages at that moment.

    `unsaid` counts what alerts suggest and Slack has not taken, `untaken` what monitors sent and nothing became of yet.
    """

    overdue: float = 0.0
    unsent: Mapping[Way, float] = field(default_factory=dict)
    put_off: int = 0
    unsaid: int = 0
    untaken: int = 0
    deliveries: Mapping[tuple[DeliveryState, Way], int] = field(default_factory=dict)
    open_incidents: Mapping[str, int] = field(default_factory=dict)

    @property
    def dead(self) -> int:
        """How many deliveries cannot be made."""
        return sum(number for (state, _), number in self.deliveries.items() if state is DeliveryState.DEAD)

    @classmethod
    def take(cls, tx: Transaction, now: datetime) -> "Stock":
        """Ask the store."""
        due = tx.next_due()
        return cls(
            overdue=max(0.0, (now - due).total_seconds()) if due else 0.0,
            unsent={way: max(0.0, (now - at).total_seconds()) for way, at in tx.oldest_unsent_page().items()},
            put_off=len(tx.put_offs()),
            unsaid=tx.unsaid_suggestions(now - UNSAID_FOR),
            untaken=tx.untaken_bodies(now - UNSAID_FOR),
            deliveries=tx.deliveries_by_state(),
            open_incidents=tx.open_by_severity(),
        )


@dataclass(frozen=True, slots=True)
class Closed:
    """A way out by which nothing goes: for how long, and why, in words."""

    age: float
    reason: str


@dataclass(frozen=True, slots=True)
class Signs:
    """Everything that the checks look at.

    `up` counts from the start of the watch, `tick` from the last work of the clock, `tick_ended` and `round` from the
    end of the last tick and of the sender's last round, whatever came of them. `hung` is how long the threads of the
    store have been at one and the same work, `stall` the longest time in the last minute for which the event loop
    stood still. `slack` counts from the last word that came from Slack, `told` from the store's last answer; nothing
    where there was none yet. `connected` are the ways that the settings connect. `file_gone` says that the file of
    the database was taken away or replaced.
    """

    up: float
    tick: float
    tick_ended: float
    round: float
    hung: float
    stall: float
    slack: float | None
    told: float | None
    stock: Stock
    closed: Mapping[Way, Closed]
    connected: frozenset[Way] = frozenset({Way.SLACK})
    file_gone: bool = False
