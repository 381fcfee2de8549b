"""What becomes of an alert, as a playbook says it: its rules are asked in order, and the first that fits counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.runbook import Runbook

SERVICE_LABELS = ("service", "app", "job")
"""Labels that name a service where the monitor does not say so itself, the first of them that is there."""
MONITORS = {
    "alertmanager": "Alertmanager",
    "grafana": "Grafana",
    "datadog": "Datadog",
    "pagerduty": "PagerDuty",
    "opsgenie": "Opsgenie",
    "generic": "a monitor",
}
"""What people call the sources of alerts."""
SEVERITY = "severity"
ANY = "*"
SUGGEST_AGAIN = timedelta(hours=1)
"""For so long, alerts of a group whose suggestion stands in Slack only bring that up to date."""
MOST_TOGETHER = 50
"""So many names, and services, of alerts that come together are kept."""


class Deed(StrEnum):
    """What becomes of an alert that fires."""

    IGNORE = "ignore"
    ATTACH = "attach"
    SUGGEST = "suggest"
    DECLARE = "declare"


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert, as rules see it. `severity` is the monitor's own word for how bad it is."""

    source: str
    name: str
    severity: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    services: tuple[str, ...] = ()

    def label(self, name: str) -> str:
        """Return what a label says; of the severity also what the monitor says elsewhere."""
        return self.labels.get(name, self.severity if name == SEVERITY else "")


@dataclass(frozen=True, slots=True)
class AlertRule:
    """One rule: which alerts it is about, and what becomes of them.

    `names`, `sources` and what each of the `labels` may say are alternatives, in which a * stands for anything; without
    any it is about every alert. `severity` is that of the incident, `channel` where an incident is suggested. `apart`
    says that such an alert joins no incident of the same service or name. `paged_by` names the pager that the monitor
    has told by itself.
    """

    deed: Deed
    names: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    severity: str | None = None
    channel: str | None = None
    services: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    runbook: str | None = None
    apart: bool = False
    paged_by: str | None = None

    def fits(self, alert: Alert) -> bool:
        """Say whether it is about `alert`."""
        return (
            _is_one_of(alert.name, self.names)
            and _is_one_of(alert.source, self.sources)
            and all(_is_one_of(alert.label(name), said) for name, said in self.labels.items())
        )

    def covers(self, other: "AlertRule") -> bool:
        """Say whether it is about every alert that `other` is about, as far as that can be told from both."""
        return (
            _cover(self.names, other.names)
            and _cover(self.sources, other.sources)
            and all(_cover(said, other.labels.get(name, ())) for name, said in self.labels.items())
        )


WHERE_NONE_FITS = AlertRule(Deed.SUGGEST)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one alert: the rule's words, completed from the alert and from its runbook."""

    deed: Deed
    severity: str | None = None
    channel: str | None = None
    services: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    runbook: str | None = None
    apart: bool = False
    paged_by: str | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """The alerts of one incident, counted: how many there were (`seen`), and how many of them fire.

    `source` is the monitor that told first, `names` what the first few of them are called, and `url` leads to the
    monitor. `told` is how often people were told of another count, and `told_at` when they last were.
    """

    source: str
    names: tuple[str, ...]
    seen: int
    firing: int
    url: str = ""
    told: int = 0
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """An incident as an alert would have it declared; `channel` is where that is suggested, if a rule names one.

    `others` are the names of alerts that came together with it: they had no suggestion of their own. One that is kept
    `apart` joins no incident of the same service or name.
    """

    title: str
    source: str
    name: str
    severity: str | None = None
    services: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    runbook: str = ""
    summary: str = ""
    url: str = ""
    detected_at: datetime | None = None
    channel: str | None = None
    paged: tuple[tuple[str, str], ...] = ()
    others: tuple[str, ...] = ()
    apart: bool = False

    @property
    def whole_title(self) -> str:
        """Return the title of an incident that is about all of them."""
        others = len(self.others)
        return f"{self.name} and {others} other alert{'s' if others > 1 else ''}" if others else self.title

    def joined(self, other: "Proposal") -> "Proposal":
        """Return this with another alert in it, which may concern other services."""
        names = dict.fromkeys((*self.others, other.name))
        names.pop(self.name, None)
        services = tuple(dict.fromkeys((*self.services, *other.services)))
        return replace(self, others=tuple(names)[:MOST_TOGETHER], services=services[:MOST_TOGETHER])


def monitor(source: str) -> str:
    """Return what people call a source of alerts."""
    return MONITORS.get(source, source)


def verdict(alert: Alert, rules: Sequence[AlertRule], runbooks: Sequence[Runbook]) -> Verdict:
    """Return what becomes of `alert`; where no rule fits, an incident is suggested."""
    rule = next((one for one in rules if one.fits(alert)), WHERE_NONE_FITS)
    runbook = _runbook(rule, alert, runbooks)
    return Verdict(
        deed=rule.deed,
        severity=rule.severity or (runbook.severity if runbook else None),
        channel=rule.channel,
        services=rule.services or services(alert) or (runbook.services[:1] if runbook else ()),
        tags=tuple(dict.fromkeys((*rule.tags, *(runbook.tags if runbook else ())))),
        runbook=runbook.id if runbook else None,
        apart=rule.apart,
        paged_by=rule.paged_by,
    )


def services(alert: Alert) -> tuple[str, ...]:
    """Return which services an alert is about: as the monitor says it, or else a label."""
    labelled = (alert.labels[name] for name in SERVICE_LABELS if alert.labels.get(name))
    return alert.services or tuple(labelled)[:1]


def _runbook(rule: AlertRule, alert: Alert, runbooks: Sequence[Runbook]) -> Runbook | None:
    if rule.runbook:
        return next((one for one in runbooks if one.id == rule.runbook), None)
    name = alert.name.casefold()
    return next((one for one in runbooks if name in map(str.casefold, one.alerts)), None)


def _is_one_of(said: str, patterns: Sequence[str]) -> bool:
    return not patterns or any(_matches(pattern.casefold(), said.casefold()) for pattern in patterns)


def _cover(wide: Sequence[str], narrow: Sequence[str]) -> bool:
    if not wide or ANY in wide:
        return True
    return bool(narrow) and all(_is_one_of(one, wide) for one in narrow)


def _matches(pattern: str, text: str) -> bool:
    """Compare piece by piece: what people write between two stars is found where it comes first."""
    first, *rest = pattern.split(ANY)
    if not rest:
        return pattern == text
    *between, last = rest
    if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in between:
        at = text.find(piece, at, end)
        if at < 0:
            return False
        at += len(piece)
    return True
