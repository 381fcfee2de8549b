"""What makes phones ring: one file for each vendor, behind one small protocol.

Each act is given the delivery's key, so that doing it twice does it once.

    pager.py      what a pager is: routes that an alert goes by, and three acts, each given the delivery's key
    pagerduty.py  PagerDuty, by its Events API v2
    pagerduty_account.py  PagerDuty's REST API: schedules and people
    opsgenie.py   Opsgenie, and the operations of Jira Service Management
    webhook.py    an address of the operator's own, told of each page and signed
    mail.py       pages by mail
    connecting.py the pagers that the settings connect, and which of them a responder is paged by, in order
    elsewhere.py  what people did with a page in the pager itself
    sink.py       the sink of the outbox for all that goes by one of them
    trial.py      tries one out: rings, and takes it back
"""

from app.integrations.misfit import Misfit
from app.integrations.pagers.connecting import NO_PAGERS, Pagers, pagers
from app.integrations.pagers.elsewhere import Elsewhere
from app.integrations.pagers.pager import Alert, Pager
from app.integrations.pagers.pagerduty import PagerDuty
from app.integrations.pagers.sink import PagerSink
from app.integrations.pagers.trial import Tried, try_pager

__all__ = [
    "NO_PAGERS",
    "Alert",
    "Elsewhere",
    "Misfit",
    "Pager",
    "PagerDuty",
    "PagerSink",
    "Pagers",
    "Tried",
    "pagers",
    "try_pager",
]
