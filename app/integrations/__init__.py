"""Systems outside: what makes a phone ring, one file for each vendor, and the calendars of who is on call.

Each act is given the delivery's key, so that doing it twice does it once.

    connecting.py what the settings connect: a sink for each way out
    pager.py      what a pager is: routes that an alert goes by, and three acts, each given the delivery's key
    pagerduty.py  PagerDuty, by its Events API v2
    sink.py       the sink of the outbox for all that goes by the pager
    trial.py      tries a pager out: rings, and takes it back
    feeds.py      calendars, fetched ahead (ical.py: what stands in one)
    line.py       how a vendor is called: one request, to the address that the settings name, with a limit on everything
"""

from app.integrations.connecting import Connected
from app.integrations.feeds import Feeds
from app.integrations.pager import Alert, Pager, rings
from app.integrations.pagerduty import PagerDuty
from app.integrations.sink import PagerSink
from app.integrations.trial import Tried, try_pager

__all__ = ["Alert", "Connected", "Feeds", "Pager", "PagerDuty", "PagerSink", "Tried", "rings", "try_pager"]
