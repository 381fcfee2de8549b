"""The Home tab."""

from collections.abc import Iterable, Mapping
from functools import partial

from app.domain.playbook import Roster
from app.integrations import rings
from app.slack.blocks import home
from app.slack.listeners.answer import Answer, Nothing, Publish
from app.slack.listeners.asking import Route
from app.slack.listeners.edge import Edge
from app.slack.requests import Request
from app.store import Record, Transaction


async def opened(edge: Edge, request: Request) -> Answer:
    """Show the tab when it is opened; opening the messages beside it is such an event too."""
    return await show(edge, request.user) if request.value == "home" else Nothing()


async def show(edge: Edge, member: str) -> Publish:
    """Show what is open, what waits for this member, and who the responders are."""

    def look(tx: Transaction) -> tuple[list[Record], Roster]:
        return tx.open_records(edge.workspace), tx.roster(edge.workspace)

    open_records, roster = await edge.store.run(look)
    waiting = asked(open_records, member)
    return Publish(home.home(open_records, edge.playbook.rules, roster, waiting, partial(rings, edge.pager)))


def asked(open_records: Iterable[Record], member: str) -> list[Record]:
    """Return the incidents that wait for `member`: to be acknowledged, or for an update."""
    return [record for record in open_records if _waits_for(record, member)]


def _waits_for(record: Record, member: str) -> bool:
    incident = record.incident
    if incident.acknowledged_by is None and member in incident.paged:
        return True
    return incident.nudged_at is not None and member in (incident.commander, incident.acknowledged_by)


EVENTS: Mapping[str, Route] = {"app_home_opened": opened}
