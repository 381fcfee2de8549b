"""Declaring the incident that alerts of a group propose."""

import logging
from collections.abc import Iterable
from dataclasses import replace

from app.alerts.known import Known
from app.alerts.proposing import declaration
from app.alerts.telling import MOST_NAMES, MOST_PAGES
from app.domain.alerts import Proposal, Tally
from app.domain.errors import Rejected
from app.handle import declare
from app.store import KeptGroup, Record

log = logging.getLogger(__name__)


def declare_for(
    known: Known, proposal: Proposal, names: Iterable[str], count: int, groups: Iterable[KeptGroup]
) -> Record | None:
    """Declare what is proposed for so many alerts of these groups; nothing, where it cannot be declared so."""
    tally = Tally(proposal.source, tuple(dict.fromkeys(names))[:MOST_NAMES], count, count, proposal.url, told=1)
    command = replace(declaration(proposal, tally, known.now), paged=proposal.paged[:MOST_PAGES])
    try:
        record = declare(known.tx, known.workspace, command, known.playbook, known.now).record
    except Rejected as rejected:
        log.warning("an alert declares nothing, an incident is suggested instead: %s", rejected)
        return None
    known.add_open(record)
    for group in groups:
        known.move(group, record)
    known.touch(record.id)
    return record
