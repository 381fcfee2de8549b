"""What becomes of alerts in a checked playbook.yml, as the domain's values."""

from app.domain import alerts as domain
from app.playbooks import language
from app.playbooks.language.alerts import AlertRule


def rules(file: language.PlaybookFile) -> tuple[domain.AlertRule, ...]:
    """Return what becomes of alerts, in the order of the file."""
    return tuple(map(_rule, file.alerts))


def _rule(one: AlertRule) -> domain.AlertRule:
    return domain.AlertRule(
        deed=_deed(one),
        names=tuple(one.name or ()),
        sources=tuple(one.source or ()),
        labels={name: tuple(said) for name, said in one.labels.items()},
        severity=one.declare or one.severity,
        channel=one.suggest or None,
        services=tuple(one.services),
        tags=tuple(one.tags),
        runbook=one.runbook,
        apart=one.apart,
        paged_by=one.paged_by,
    )


def _deed(one: AlertRule) -> domain.Deed:
    if one.declare:
        return domain.Deed.DECLARE
    if one.suggest is not None:
        return domain.Deed.SUGGEST
    return domain.Deed.ATTACH if one.attach else domain.Deed.IGNORE
