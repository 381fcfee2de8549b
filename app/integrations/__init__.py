"""Systems outside: what makes a phone ring, one file for each vendor, and the calendars of who is on call.

Each act is given the delivery's key, so that doing it twice does it once.

    connecting.py what the settings connect: a system for each way out
    system.py     what a system outside is, and what it is connected with
    answers.py    what the answer of a system means for a delivery
    proof.py      what shows that a system takes what we send
    misfit.py     what is said of settings that do not go together
    pagers/       what makes phones ring
    mail/         mail to lists of addresses
    tickets/      where tickets are opened
    documents/    where postmortems are published
    bridge/       what opens the call that people join
    feeds.py      calendars and schedules, fetched ahead (ical.py: what stands in one)
"""

from app.integrations.connecting import Connected, connect
from app.integrations.feeds import Feeds
from app.integrations.pagers import NO_PAGERS, Alert, Misfit, Pager, PagerDuty, Pagers, PagerSink, Tried, try_pager

__all__ = [
    "NO_PAGERS",
    "Alert",
    "Connected",
    "Feeds",
    "Misfit",
    "Pager",
    "PagerDuty",
    "PagerSink",
    "Pagers",
    "Tried",
    "connect",
    "try_pager",
]
