"""Which rule did it? Each event that time alone brings about, led back to the line of the playbook behind it."""

from app.domain import events as e
from app.domain.durations import in_words
from app.domain.incident import Incident
from app.domain.limits import WARN_AT, Limit
from app.domain.playbook import Rules, Severity
from app.domain.timers import ACKNOWLEDGE, RESOLVE

DONE = {ACKNOWLEDGE: "acknowledged", RESOLVE: "resolved"}


def because(event: e.Event, incident: Incident, rules: Rules) -> str | None:
    """Return the rule behind `event` in words, as a page tells its own; nothing where a person did it."""
    rule = _rule(event, incident, rules)
    return f"{rules.playbook}, {rule}" if rule else getattr(event, "why", None)


def _rule(event: e.Event, incident: Incident, rules: Rules) -> str | None:
    severity = rules.severity(incident.severity)
    match event:
        case e.Nudged():
            every = severity.update_every
            return f"{severity.id} asks for an update {every.every}" if every else "an update was promised"
        case e.CustomersAsked() if severity.tell_customers_every:
            return f"{severity.id} asks for a word to customers {severity.tell_customers_every.every}"
        case e.LimitWarned(limit=limit):
            return f"{_asked(limit, severity)}: {WARN_AT * 100:.0f} % of that has passed"
        case e.LimitBroken(limit=limit):
            return _asked(limit, severity)
        case e.PostmortemReminded():
            within = _within(severity.postmortem_within)
            return f"the postmortem of {severity.id} is due {within}{' of the resolution' * ('within' in within)}"
        case e.MonitoringOver() if severity.monitor_for:
            return f"{severity.id} asks to watch a fix for {in_words(severity.monitor_for)}"
        case _:
            return _entry(event, rules)


def _entry(event: e.Event, rules: Rules) -> str | None:
    match event:
        case e.MilestoneMissed(milestone=milestone, title=title):
            within = next((one.within for one in rules.milestones if one.id == milestone), None)
            return f"milestone {title}{f' within {in_words(within)}' if within else ''}"
        case e.FollowUpDue(checklist=checklist, title=title):
            after = next((one.after for one in rules.follow_ups if one.id == checklist), None)
            return f"{title} is due{f' {in_words(after)}' if after else ''} after the resolution"
        case e.DraftDue(title=title):
            within = next((one.within for one in rules.drafts if one.title == title), None)
            return f"{title} is wanted{f' within {in_words(within)}' if within else ''} of the resolution"
        case _:
            return None


def _asked(limit: str, severity: Severity) -> str:
    within = severity.acknowledge_within if limit == ACKNOWLEDGE else severity.resolve_within
    return f"{severity.id} is to be {DONE[limit]} {_within(within)}"


def _within(limit: Limit | None) -> str:
    return limit.within if limit else "no more"
