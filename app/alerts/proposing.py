"""What an alert would have declared: from a notice, and what the playbook's rules say of it, to a declaration."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from app.alerts.notice import Notice
from app.domain import alerting
from app.domain import commands as c
from app.domain.alerts import Alert, Proposal, Tally, Verdict, services, verdict
from app.domain.effects import Way
from app.domain.playbook import Playbook

LONGEST_TITLE = 140

Pages = tuple[tuple[str, str], ...]
"""Pages that a monitor made by itself: by which way, and under which key."""


def alert_of(notice: Notice) -> Alert:
    """Return an alert as rules see it."""
    return Alert(notice.source, notice.name, notice.severity, notice.labels, notice.services)


def decided_of(notice: Notice, playbook: Playbook) -> Verdict:
    """Return what the playbook makes of an alert."""
    return verdict(alert_of(notice), playbook.alerts, playbook.runbooks)


def pages_of(notice: Notice, decided: Verdict, playbook: Playbook) -> Pages:
    """Return the page that a monitor has made for an alert itself, where Tocsin can take it over."""
    key = notice.paged or (notice.pages_as if decided.paged_by else "")
    way = Way.OPSGENIE if notice.source == "opsgenie" else Way.PAGERDUTY
    return ((way.value, key),) if key and way in playbook.connected else ()


def propose(notice: Notice, decided: Verdict, pages: Pages, heard_at: datetime) -> Proposal:
    """Return the incident that an alert, heard at that time, would have declared."""
    return Proposal(
        title=_title(notice),
        source=notice.source,
        name=notice.name,
        severity=decided.severity,
        services=decided.services or services(alert_of(notice)),
        tags=decided.tags,
        runbook=decided.runbook or "",
        summary=notice.summary,
        url=notice.url,
        detected_at=alerting.detected(notice.starts_at, heard_at),
        channel=decided.channel,
        paged=pages,
        apart=decided.apart,
    )


def worst_of(proposals: Iterable[Proposal], playbook: Playbook) -> Proposal:
    """Return the worst of several proposals, with the tags and the pages of all."""
    every = list(proposals)
    known = [severity.id for severity in playbook.rules.severities]
    worst = min(every, key=lambda one: known.index(one.severity) if one.severity in known else len(known))
    tags = tuple(dict.fromkeys(tag for one in every for tag in one.tags))
    return replace(worst, tags=tags, paged=tuple(dict.fromkeys(page for one in every for page in one.paged)))


def declaration(proposal: Proposal, tally: Tally, now: datetime) -> c.Declare:
    """Return the declaration that `proposal` proposes, with its alerts as they are counted by now."""
    return c.Declare(
        by=None,
        title=proposal.whole_title,
        severity=proposal.severity or "",
        services=", ".join(proposal.services),
        tags=proposal.tags,
        detected_at=alerting.detected(proposal.detected_at, now),
        runbook=proposal.runbook,
        alerts=tally,
    )


def _title(notice: Notice) -> str:
    """Return the title of an incident: what the alert is called, and what its monitor says of it."""
    said = " ".join(notice.summary.split())
    whole = f"{notice.name}: {said}" if said and said != notice.name else notice.name
    return whole if len(whole) <= LONGEST_TITLE else f"{whole[: LONGEST_TITLE - 1].rstrip()}…"
