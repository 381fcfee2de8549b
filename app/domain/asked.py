"""What people wrote, as the domain knows it; or the refusal that says what to write."""

from app.domain.errors import MissingText, UnknownSeverity, UnknownStatus
from app.domain.playbook import OPEN_STATUSES, Rules, Status


def required(text: str, what: str, hint: str) -> str:
    """Return `text` without its ends; raises `MissingText` where nothing is left of it."""
    if not text.strip():
        raise MissingText(what=what, hint=hint)
    return text.strip()


def known_severity(wanted: str, rules: Rules) -> str:
    """Return the id of the severity that people wrote so; raises `UnknownSeverity`."""
    for severity in rules.severities:
        if severity.id.casefold() == wanted.strip().casefold():
            return severity.id
    raise UnknownSeverity(severity=wanted, known=", ".join(severity.id for severity in rules.severities))


def open_status(wanted: str) -> Status:
    """Return the open status that people wrote so; raises `UnknownStatus`."""
    for status in OPEN_STATUSES:
        if status.value == wanted.strip().casefold():
            return status
    raise UnknownStatus(status=wanted, known=", ".join(OPEN_STATUSES))
