"""What the metrics and the error budget are worked out from: what the store has of some time."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from app.domain.budget import Spent, spent
from app.domain.metrics import Report, report
from app.domain.playbook import Playbook
from app.store import Record, Store, Transaction

LONGEST = timedelta(days=90)
"""No incident that is over lasted longer, so that none is missed which was declared before the time in question."""
AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Figures:
    """How incidents went over a time that ends now, and how the error budget stands, where the playbook has one."""

    over: timedelta
    now: datetime
    report: Report
    budget: Spent | None


def figures(tx: Transaction, workspace: str, playbook: Playbook, over: timedelta, now: datetime) -> Figures:
    """Return the figures of the incidents that were declared under `playbook` in the time `over` before `now`."""
    records = (*tx.recent(workspace, _since(playbook, over, now)), *tx.open_records(workspace))
    return _of(records, playbook, over, now)


async def in_pieces(
    store: Store, workspace: str, playbook: Playbook, over: timedelta, now: datetime, *, at_once: int = AT_ONCE
) -> Figures:
    """Return the same, read piece by piece, so that no click waits until thousands of incidents are read."""
    records = await store.run(lambda tx: tx.open_records(workspace), urgent=False)
    piece = partial(Transaction.piece, workspace=workspace, since=_since(playbook, over, now), limit=at_once)
    last = 0
    while found := await store.run(partial(piece, after=last), urgent=False):
        records += found
        last = found[-1].id
    return await asyncio.to_thread(_of, records, playbook, over, now)


def _since(playbook: Playbook, over: timedelta, now: datetime) -> datetime:
    budget = playbook.error_budget
    return now - (max(over, budget.over + LONGEST) if budget else over)


def _of(records: Iterable[Record], playbook: Playbook, over: timedelta, now: datetime) -> Figures:
    # The severities of another playbook mean something else.
    incidents = {one.id: one.incident for one in records if one.rules.playbook == playbook.name}.values()
    declared = [one for one in incidents if one.declared_at >= now - over]
    severities = [severity.id for severity in playbook.rules.severities]
    budget = spent(playbook.error_budget, incidents, now) if playbook.error_budget else None
    others = {"availability": budget.availability} if budget else {}
    return Figures(over, now, report(declared, severities, playbook.metrics, others), budget)
