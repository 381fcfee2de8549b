"""The only way out for what must arrive: claims deliveries, makes them, and marks what became of each.

A delivery ends sent, dead (with its reason, told to people) or goes on waiting; never silently. Before the attempt it
is marked as being sent, so that a process that dies in the middle leaves a trace: what shows twice when it is done
twice is then looked up first, after a quarantine longer than any request takes, and only then tried again. A page does
not wait: after an unknown outcome a second copy, marked as such, beats none.

    outbox.py     the loop: claim, deliver, mark
    outcomes.py   what can become of an attempt, and the sink, which makes it
    circuits.py   the ways out, and which of them are closed for now because the other side is away
    marking.py    what is written of an outcome, in one transaction
    late.py       what is said of messages that come late: one in place of many, and pages that have not gone out
    outages.py    what is said where nothing goes by a way, and when something does again
    unreadable.py what becomes of deliveries that this version cannot read
    telling.py    tells an incident, by itself
    set_back.py   notices that a clock was set back
"""

from app.outbox.circuits import Circuit
from app.outbox.marking import QUARANTINE
from app.outbox.outbox import Outbox
from app.outbox.outcomes import Away, Dead, Doubtful, Failed, Later, Outcome, Queued, Sent, Sink, wanted
from app.outbox.set_back import SetBack

__all__ = [
    "QUARANTINE",
    "Away",
    "Circuit",
    "Dead",
    "Doubtful",
    "Failed",
    "Later",
    "Outbox",
    "Outcome",
    "Queued",
    "Sent",
    "SetBack",
    "Sink",
    "wanted",
]
