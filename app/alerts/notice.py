"""What a monitor told: alerts that fire or are over, and what people did with a page in a pager.

Everything in here is data that came from outside. It is cut to lengths that fit, and holds no character that a database
cannot keep; it is shown through the escaping of `app.slack.text` alone, and is never a template.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

PAGERS = ("pagerduty", "opsgenie")
"""The sources that are pagers: they tell of Tocsin's own pages too."""
NO_ALERT = "no alert"
OWN_PAGE = "of a page that is known here"
"""What became of what was no alert at all, and of what told of a page that is Tocsin's own, or adopted."""


class Unusable(Exception):
    """One sentence: what is wrong with what was sent. It quotes nothing of it but names of fields."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One alert as a monitor told it.

    `source` is the last part of the address that it was sent to. The same alert has the same `fingerprint` when it
    fires and when it is over; alerts with one `group` belong together. `severity` is the monitor's own word.
    `services` are those that the sender names as such; what labels name is for the playbook to say. `url` leads to
    the monitor. `paged` is PagerDuty's key of the page, where the monitor has paged by itself already; `pages_as` the
    key that it would page with, were it set up to. One that stands for the `rest` of its group tells that whatever of
    it is known to fire is over.
    """

    source: str
    fingerprint: str
    group: str
    name: str
    firing: bool
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    severity: str = ""
    services: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    summary: str = ""
    url: str = ""
    paged: str = ""
    pages_as: str = ""
    rest: bool = False


@dataclass(frozen=True, slots=True)
class There:
    """What somebody did with a page in the pager itself. It may be told twice, and late.

    `way` is the pager's name (pagerduty, opsgenie); `did` is acknowledged, unacknowledged, resolved, reopened,
    escalated or reassigned. `key` is what Tocsin, or a monitor, rang with; `incident` the pager's own id of it.
    `person` is the pager's id of who did it, nothing where that is no person; `to` names whom it went to.
    """

    way: str
    did: str
    key: str
    incident: str = ""
    person: str = ""
    name: str = ""
    email: str = ""
    at: datetime | None = None
    to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What one request said: alerts, or acts of people.

    Nothing in either means that the sender only wanted to know whether somebody listens, or told of what Tocsin has no
    use for. `told` is what the sender calls this telling: a second one of the same name is a copy. `told_at` is when it
    happened, as the sender says.
    """

    notices: tuple[Notice, ...] = ()
    acts: tuple[There, ...] = ()
    told: str = ""
    told_at: datetime | None = None
