"""How an incident is named in one line or two: severity, title, status, who, when, in this order everywhere."""

from collections.abc import Iterator
from dataclasses import replace

from app.domain.incident import Incident
from app.domain.playbook import Status
from app.slack.text import channel_link, channel_ref, escape, fit, mention, on_day, one_line, plain, when
from app.slack.words import OWN_WORDS
from app.store import Record

TITLE_IN_A_SENTENCE = 300
TITLE_IN_A_LIST = 120
LABEL_IN_A_LIST = 40
DRILL = "DRILL"


def headline(record: Record) -> str:
    """Return "SEV1 · Payment API down", without markup; a drill says first that it is one."""
    drill = f"{DRILL} · " if record.incident.drill else ""
    return f"{drill}{plain(record.incident.severity)} · {plain(record.incident.title)}"


def emoji(record: Record) -> str:
    """Return the sign of the incident's severity, or of its end."""
    if record.incident.status is Status.RESOLVED:
        return ":white_check_mark:"
    return record.rules.severity(record.incident.severity).emoji


def status_line(record: Record) -> str:
    """Return the status; of an acknowledged or closed incident, since when and by whom."""
    incident, status = record.incident, escape(record.rules.status_label(record.incident.status))
    if incident.closed_at and incident.merged_into:
        into = channel_link(incident.merged_into.channel, incident.merged_into.name)
        return f"Merged into {into} {on_day(incident.closed_at)} by {mention(incident.closed_by)}"
    if incident.closed_at:
        return f"{status} {on_day(incident.closed_at)} by {mention(incident.closed_by, 'Tocsin')}"
    if incident.acknowledged_at:
        acknowledged = when(incident.acknowledged_at, incident.declared_at)
        return f"{status}, acknowledged {acknowledged} by {taken_by(incident)}"
    return status


def taken_by(incident: Incident) -> str:
    """Return who has acknowledged it: a member, or whoever did so in a pager, by their name there."""
    return mention(incident.acknowledged_by, incident.acknowledged_name or "somebody")


def in_a_sentence(record: Record) -> str:
    """Return how the incident stands, as a notification tells it."""
    incident = titled(record.incident)
    return OWN_WORDS.say("card", incident=incident, rules=record.rules, closed_by=incident.closed_by)


def in_two_lines(record: Record, declared: str) -> str:
    """Return how the incident stands, for a list; `declared` is when it was declared, as that list tells times."""
    title = fit(escape(headline(record)), TITLE_IN_A_LIST)
    status = fit(escape(record.rules.status_label(record.incident.status)), LABEL_IN_A_LIST)
    role = fit(escape(record.rules.commander.name), LABEL_IN_A_LIST)
    facts = (
        *(["private"] if record.incident.private else []),
        status,
        *_acknowledged(record.incident),
        f"{role}: {mention(record.incident.commander)}",
        f"declared {declared}",
        channel_ref(record),
    )
    return f"{emoji(record)} *{title}*\n{' · '.join(facts)}"


def _acknowledged(incident: Incident) -> Iterator[str]:
    if incident.is_open and incident.acknowledged_at:
        yield f"acknowledged by {taken_by(incident)}"


def titled(incident: Incident) -> Incident:
    """Return the incident with its title as sentences take it: in one line, and no longer than one reads."""
    return replace(incident, title=fit(marked(incident), TITLE_IN_A_SENTENCE))


def marked(incident: Incident) -> str:
    """Return the title in one line; that of a drill says that it is one."""
    return f"{DRILL}: {one_line(incident.title)}" if incident.drill else one_line(incident.title)
