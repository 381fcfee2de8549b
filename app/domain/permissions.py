"""Who may do what. Everything that is not in the table is for anyone."""

from collections.abc import Callable
from dataclasses import dataclass

from app.domain import commands as c
from app.domain.errors import NotAllowed
from app.domain.incident import Incident
from app.domain.playbook import Roster, Rules


@dataclass(frozen=True, slots=True)
class Reserved:
    """Something for the commander, a responder of the incident, or an admin; `applies` says to which commands."""

    what: str
    applies: Callable[[c.Command, Incident, Rules], bool] = lambda *_: True


def _lowers(command: c.Command, incident: Incident, rules: Rules) -> bool:
    if not isinstance(command, c.ChangeSeverity):
        return False
    lower = rules.severities[rules.rank(incident.severity) + 1 :]
    # As people type it; `decide` refuses a word that is no severity.
    return command.severity.strip().casefold() in {severity.id.casefold() for severity in lower}


RESERVED: dict[type[c.Command], Reserved] = {
    c.ChangeSeverity: Reserved("Lowering the severity", _lowers),
    c.Cancel: Reserved("Cancelling an incident"),
    c.Merge: Reserved("Merging an incident into another"),
    c.AdoptRules: Reserved("Changing the rules of an open incident"),
    c.Reopen: Reserved("Reopening an incident"),
}


def check(command: c.Command, incident: Incident, rules: Rules, roster: Roster) -> None:
    """Raise `NotAllowed` if the one who sends `command` may not."""
    reserved = RESERVED.get(type(command))
    by: c.Actor | None = getattr(command, "by", None)
    if reserved is None or by is None or by.admin or by.id in responsible(incident, roster):
        return
    if reserved.applies(command, incident, rules):
        raise NotAllowed(what=reserved.what)


def responsible(incident: Incident, roster: Roster) -> frozenset[str]:
    """Return the commander and the other roles, whoever was paged or acknowledged, and the bound responders."""
    bound = {member for one in roster.values() for member in one.members}
    acknowledged = {incident.acknowledged_by} if incident.acknowledged_by else set()
    return frozenset({*incident.roles.values(), *incident.paged, *acknowledged, *bound})
