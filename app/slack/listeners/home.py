"""The Home tab."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from app.domain.asking import asked_of
from app.domain.privacy import may_see
from app.slack.blocks import home
from app.slack.blocks.home import AtHome, Waiting
from app.slack.listeners import on_call
from app.slack.listeners.answer import Answer, Nothing, Publish
from app.slack.listeners.edge import Edge
from app.slack.requests import Request
from app.store import Record, Transaction

LOOKED_BACK = 100
"""How many incidents, the newest ones, are looked at for what waits of those that are over."""
OF_LATE = timedelta(days=7)


async def opened(edge: Edge, request: Request) -> Answer:
    """Show the tab when it is opened; opening the messages beside it is such an event too."""
    return await show(edge, request.user) if request.value == "home" else Nothing()


async def show(edge: Edge, member: str) -> Publish:
    """Show what waits for this member, what is open, who is on call, and what is wrong with the set-up."""
    return Publish(home.home(await edge.store.run(lambda tx: _look(tx, edge, member))))


def _look(tx: Transaction, edge: Edge, member: str) -> AtHome:
    now = edge.now()
    open_records = [record for record in tx.open_records(edge.workspace) if may_see(record.incident, member)]
    latest = [record for record in tx.latest(edge.workspace, LOOKED_BACK) if not record.incident.is_open]
    return AtHome(
        playbook=edge.playbook,
        open_records=open_records,
        waiting=list(waiting(edge, [*open_records, *latest], member)),
        duty=on_call.look(tx, edge, now),
        away=edge.away(),
        dead=tx.died(edge.workspace, now - OF_LATE),
        rings=partial(edge.pagers.in_turn, playbook=edge.playbook),
    )


def waiting(edge: Edge, records: list[Record], member: str) -> Iterator[Waiting]:
    """Yield the incidents that wait for `member`, and for what."""
    for record in records:
        if asks := list(asked_of(member, record.incident, record.rules, edge.playbook.of(record.rules))):
            yield Waiting(record, asks)
