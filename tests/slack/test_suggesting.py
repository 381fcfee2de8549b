"""What alerts suggest, said in the Slack on this machine: each by itself, and each once."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest

from app import playbooks
from app.domain import commands as c
from app.domain.alerts import Proposal
from app.slack.channels import Channels
from app.slack.posting import Poster
from app.slack.suggesting import LEASE, Suggesting
from app.slack.words import Words
from app.store import Suggestion, SuggestionState, Transaction
from tests import shipped
from tests.slack.workplace import ON_CALL, Workplace, workplace

PROPOSAL = Proposal("DiskFull: /var", "grafana", "DiskFull")
ODD = replace(PROPOSAL, channel="odd")


class OddChannels(Channels):
    """Channels of which one fails in a way that nobody foresaw."""

    async def announce(self, name: str) -> str | None:
        if name == "odd":
            raise KeyError(name)
        return await super().announce(name)


@dataclass
class Told:
    """Suggestions, and what of them stands in the channel of announcements. Its clock goes only when told to."""

    place: Workplace
    poster: Poster
    now: datetime

    def __post_init__(self) -> None:
        edge = self.place.edge
        self.suggesting = Suggesting(self.poster, edge.store, edge.playbook, edge.workspace, lambda: self.now)

    async def suggests(self, proposal: Proposal, **changes: Any) -> int:
        def add(tx: Transaction) -> int:
            made = tx.add_suggestion(self.place.edge.workspace, token_hex(8), proposal, self.now)
            tx.change_suggestion(made, self.now, **({"firing": 1, "seen": 1} | changes))
            return made

        return await self.place.edge.store.run(add)

    async def changes(self, suggestion_id: int, **changes: Any) -> None:
        await self.place.edge.store.run(lambda tx: tx.change_suggestion(suggestion_id, self.now, **changes))

    async def passes(self, span: timedelta) -> None:
        self.now += span
        await self.suggesting.tell()

    async def known(self, suggestion_id: int) -> Suggestion:
        found = await self.place.edge.store.run(lambda tx: tx.suggestion(suggestion_id))
        assert found
        return found

    async def unsaid(self) -> int:
        return await self.place.edge.store.run(lambda tx: tx.unsaid_suggestions(self.now))

    async def said(self) -> list[str]:
        rooms = (await self.place.state())["channels"]
        return [
            message["text"]
            for room in rooms
            for message in room["messages"]
            if "DiskFull" in message["text"] and not message.get("deleted")
        ]


@pytest.fixture
async def told(tmp_path: Path) -> AsyncIterator[Told]:
    async with workplace(tmp_path, connected=False) as place:
        source, edge = shipped.source(), place.edge
        words = Words(playbooks.message_folders(source))
        channels = OddChannels(edge.client, "U0TOCSIN")
        poster = Poster(edge.client, edge.store, words, source.playbook, edge.people, channels)
        yield Told(place, poster, edge.now())


async def test_one_that_cannot_be_said_keeps_no_other_waiting_and_shows(told: Told) -> None:
    broken, fine = await told.suggests(ODD), await told.suggests(PROPOSAL)

    await told.passes(timedelta(seconds=1))

    assert len(await told.said()) == 1
    assert (await told.known(fine)).ts
    assert (await told.known(broken)).ts is None
    told.now += timedelta(seconds=1)
    assert await told.unsaid() == 1
    await told.passes(LEASE)
    assert (await told.known(broken)).proposal.channel is None
    assert await told.unsaid() == 0


async def test_one_that_this_version_cannot_read_keeps_no_other_waiting(told: Told) -> None:
    unreadable, fine = await told.suggests(PROPOSAL), await told.suggests(PROPOSAL)
    spoil = "UPDATE suggestion SET proposal = '{}' WHERE id = ?"
    await told.place.edge.store.run(lambda tx: tx.connection.exec_driver_sql(spoil, (unreadable,)))

    await told.passes(timedelta(seconds=1))

    assert (await told.known(fine)).ts


async def test_what_another_process_has_claimed_meanwhile_is_not_noted_as_said(told: Told) -> None:
    made = await told.suggests(PROPOSAL)
    edge, until = told.place.edge, told.now + LEASE
    late = await edge.store.run(lambda tx: tx.claim_suggestion(edge.workspace, told.now, until))
    assert late
    assert await edge.store.run(lambda tx: tx.claim_suggestion(edge.workspace, told.now, until)) is None
    told.now = until
    assert await edge.store.run(lambda tx: tx.claim_suggestion(edge.workspace, told.now, told.now + LEASE))

    assert not await edge.store.run(lambda tx: tx.note_suggestion(late, until, "C1", "1.0", told.now))
    assert not await edge.store.run(lambda tx: tx.put_off_suggestion(made, until, told.now))

    assert (await told.known(made)).ts is None


@pytest.mark.parametrize(("state", "posts"), [(SuggestionState.OPEN, 1), (SuggestionState.OVER, 0)])
async def test_one_that_somebody_deleted_is_posted_anew_while_nobody_has_answered(
    told: Told, state: SuggestionState, posts: int
) -> None:
    made = await told.suggests(PROPOSAL)
    await told.passes(timedelta(seconds=1))
    stood = await told.known(made)
    await told.place.edge.client.chat_delete(channel=str(stood.channel), ts=str(stood.ts))
    assert await told.said() == []

    await told.changes(made, state=state.value)
    for _ in range(3):
        await told.passes(timedelta(minutes=1))

    assert len(await told.said()) == posts
    assert (await told.known(made)).told == (await told.known(made)).version


async def test_one_declared_as_an_incident_that_cannot_be_read_is_said_all_the_same(told: Told) -> None:
    command = c.Declare(c.Actor(ON_CALL), "Payment API down", "SEV1")
    record = (await told.place.edge.handler.declare(told.place.edge.workspace, command)).record
    made = await told.suggests(PROPOSAL, state="declared", by=ON_CALL, incident_id=record.id)
    edge = told.place.edge
    await edge.store.run(lambda tx: tx.connection.exec_driver_sql("UPDATE incident SET state = '{\"x\": 1}'"))

    await told.passes(timedelta(seconds=1))

    assert (await told.known(made)).ts
