"""How an incident and its channel are called: the playbook's templates, filled with what is known."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.incident import Incident
from app.domain.links import first_service
from app.domain.names import FALLBACK, LONGEST_SERVICE, channel_name
from app.domain.playbook import Rules

MOST_SUFFIXES = 9
PRIVATE = "private"


def incident_name(rules: Rules, facts: dict[str, str | int], suffix: int = 0) -> str:
    """Return the name of an incident of which those are the `facts`; a `suffix` tells it from one of the same name."""
    return channel_name(_filled(rules.name_template, facts), suffix)


def channel_names(incident: Incident, rules: Rules) -> Iterator[str]:
    """Yield the names that its channel may have, the best first: where one is taken, the next one is tried."""
    facts = facts_of(
        rules,
        incident.declared_at,
        number=incident.number,
        number_in_year=incident.number_in_year,
        services=incident.services,
        title=incident.title,
        severity=incident.severity,
        private=incident.private,
    )
    template = rules.severity(incident.severity).channel or rules.channel_template
    best = _filled(template, facts | {"name": incident.name})
    yield channel_name(best)
    # Without its number, the next name could be that of another incident of the same minute.
    next_best = best if "{number" in rules.name_template else f"{best}-{incident.number}"
    yield from (channel_name(next_best, suffix) for suffix in range(2, MOST_SUFFIXES + 1))


def facts_of(
    rules: Rules,
    declared_at: datetime,
    *,
    number: int,
    number_in_year: int,
    services: str,
    title: str,
    severity: str,
    private: bool = False,
) -> dict[str, str | int]:
    """Return what a template for names may hold. Where no service was named, the title stands in for it.

    The name of what is private goes where its title must not, to the pager say: it tells neither.
    """
    local = declared_at.astimezone(ZoneInfo(rules.hours.zone))
    return {
        "number": number,
        "number_in_year": number_in_year,
        "year": local.year,
        "month": local.month,
        "day": local.day,
        "hour": local.hour,
        "minute": local.minute,
        "service": PRIVATE if private else _short(services, title),
        "severity": severity,
    }


def _short(services: str, title: str) -> str:
    known = (channel_name(text) for text in (first_service(services), title))
    name = next((name for name in known if name != FALLBACK), FALLBACK)
    if len(name) <= LONGEST_SERVICE:
        return name
    whole_words, dash, _ = name[: LONGEST_SERVICE + 1].rpartition("-")
    return whole_words if dash else name[:LONGEST_SERVICE]


def _filled(template: str, facts: dict[str, str | int]) -> str:
    try:
        return template.format(**facts)
    except (LookupError, ValueError, AttributeError, TypeError):
        # Templates are checked where they are read; whatever else stands in old rules names an incident all the same.
        return f"{FALLBACK}-{facts['number']}"
