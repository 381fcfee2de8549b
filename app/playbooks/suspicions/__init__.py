"""What is suspicious in a playbook though it can be used: it says something that most likely nobody meant.

Each check looks at the playbook as the bot runs it, and yields where in the file it stumbled, what is odd there, and
what to do about it.
"""

from collections.abc import Callable, Iterable

from app.domain.playbook import Playbook
from app.playbooks.document import dotted
from app.playbooks.faults import Suspicion
from app.playbooks.source import FILE, Source
from app.playbooks.suspicions.alerts import another_severity, never_fits
from app.playbooks.suspicions.oddity import Oddity
from app.playbooks.suspicions.people import unbound, unpaged
from app.playbooks.suspicions.severities import (
    late_drafts,
    late_milestones,
    out_of_order,
    pages_once,
    reaches_nobody,
    slower_than_resolution,
)
from app.playbooks.suspicions.steps import misspelt_tags, never_fires, raises_nothing

CHECKS: tuple[Callable[[Playbook], Iterable[Oddity]], ...] = (
    never_fires,
    raises_nothing,
    misspelt_tags,
    reaches_nobody,
    pages_once,
    slower_than_resolution,
    out_of_order,
    late_milestones,
    late_drafts,
    unpaged,
    unbound,
    never_fits,
    another_severity,
)


def suspicions(source: Source) -> tuple[Suspicion, ...]:
    """Return what is suspicious in a playbook that can be used, in the order of its file."""
    found = (oddity for check in CHECKS for oddity in check(source.playbook))
    return tuple(sorted(_told(oddity, source) for oddity in found))


def _told(oddity: Oddity, source: Source) -> Suspicion:
    _, line = source.written.locate(oddity.path)
    return Suspicion(source.folder / FILE, line, dotted(oddity.path), oddity.problem, oddity.advice)
