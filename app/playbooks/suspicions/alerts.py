"""Rules of alerts that never come to count."""

from collections.abc import Iterator

from app.domain.playbook import Playbook
from app.playbooks.suspicions.oddity import Oddity


def never_fits(playbook: Playbook) -> Iterator[Oddity]:
    """Find rules of which an earlier one takes every alert."""
    for at, rule in enumerate(playbook.alerts):
        before = next((place for place, one in enumerate(playbook.alerts[:at]) if one.covers(rule)), None)
        if before is not None:
            problem = f"no alert ever comes here: rule {before + 1} is about all of them"
            yield Oddity(("alerts", at), problem, f"put it before rule {before + 1}, or leave it out")


def another_severity(playbook: Playbook) -> Iterator[Oddity]:
    """Find rules that declare another severity than the runbook that they name says."""
    for at, rule in enumerate(playbook.alerts):
        runbook = playbook.runbook(rule.runbook) if rule.runbook else None
        if runbook and runbook.severity and rule.severity and rule.severity != runbook.severity:
            problem = f"{rule.severity}, and the runbook {runbook.id} says {runbook.severity}"
            yield Oddity(("alerts", at), problem, "write the same severity in both")
