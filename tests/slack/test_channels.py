"""Channels are made, found again and taken over, and those of others are left alone."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.domain import commands as c
from app.outbox import Dead, Sent
from app.sandbox.workspace import Channel, Kind
from app.slack.channels import Channels
from app.store import Record
from tests.slack.workplace import SUPPORT, Workplace, workplace

BOT, MANAGER = "U0TOCSIN", "U0MANAGER"


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Workplace]:
    async with workplace(tmp_path, connected=False) as opened:
        yield opened


@pytest.fixture
def channels(place: Workplace) -> Channels:
    return Channels(place.edge.client, BOT)


@pytest.fixture
async def record(place: Workplace) -> Record:
    declaration = c.Declare(c.Actor(SUPPORT), "Payment API down", "SEV1")
    return (await place.edge.handler.declare(place.edge.workspace, declaration)).record


def foreign(place: Workplace, name: str, kind: Kind = "channel", *, creator: str = MANAGER, age: int = 86_400) -> str:
    """Make a channel by somebody else."""
    workspace = place.sandbox.slack.workspace
    channel_id = f"C0FOREIGN{len(workspace.channels)}"
    created = int(place.edge.now().timestamp()) - age
    workspace.channels[channel_id] = Channel(
        channel_id, name, kind, creator=creator, created=created, members=[creator]
    )
    return channel_id


async def test_the_channel_of_an_incident_is_made(channels: Channels, record: Record) -> None:
    outcome = await channels.open_for(record)
    assert isinstance(outcome, Sent)
    assert outcome.learned == (c.RecordChannel(outcome.result["channel"], "incident-1"),)


async def test_a_severity_may_have_its_channels_called_otherwise(channels: Channels, record: Record) -> None:
    first, *others = record.rules.severities
    rules = replace(record.rules, severities=(replace(first, channel="sev1-{name}"), *others))
    outcome = await channels.open_for(replace(record, rules=rules))
    assert isinstance(outcome, Sent)
    assert outcome.learned == (c.RecordChannel(outcome.result["channel"], "sev1-incident-1"),)


async def test_one_that_was_made_before_a_stop_is_taken(channels: Channels, record: Record) -> None:
    first = await channels.open_for(record)
    assert await channels.open_for(record) == first


async def test_one_that_is_recorded_is_not_made_again(place: Workplace, channels: Channels, record: Record) -> None:
    await place.does(record, c.RecordChannel("C1", "incident-1"))
    assert await channels.open_for(await place.current(record)) == Sent({"channel": "C1"})
    assert await place.calls("conversations.create") == []


async def test_one_of_somebody_else_is_left_alone(place: Workplace, channels: Channels, record: Record) -> None:
    foreign(place, "incident-1")
    foreign(place, "incident-1-2", "private", age=0)
    outcome = await channels.open_for(record)
    assert isinstance(outcome, Sent)
    assert [one.name for one in outcome.learned if isinstance(one, c.RecordChannel)] == ["incident-1-3"]


async def test_an_old_one_of_tocsins_own_is_left_alone(place: Workplace, channels: Channels, record: Record) -> None:
    foreign(place, "incident-1", creator=BOT)
    outcome = await channels.open_for(record)
    assert isinstance(outcome, Sent)
    assert [one.name for one in outcome.learned if isinstance(one, c.RecordChannel)] == ["incident-1-2"]


async def test_where_all_names_are_taken_it_says_so(place: Workplace, channels: Channels, record: Record) -> None:
    for name in ("incident-1", *(f"incident-1-{suffix}" for suffix in range(2, 10))):
        foreign(place, name)
    outcome = await channels.open_for(record)
    reason = "incident-1 and its next 8 names are taken"
    assert outcome == Dead("open the channel", reason)


async def test_a_missing_announce_channel_is_made_once_and_remembered(place: Workplace, channels: Channels) -> None:
    found = await asyncio.gather(*(channels.announce("incidents") for _ in range(5)))
    assert len(set(found)) == 1
    assert len(await place.calls("conversations.create")) == 1
    assert await Channels(place.edge.client, BOT).announce("incidents") == found[0]


async def test_an_announce_channel_is_named_by_its_id_too(place: Workplace, channels: Channels) -> None:
    assert await channels.announce("C0123456789") == "C0123456789"
    assert await place.calls("conversations.create") == []


@pytest.mark.parametrize("kind", ["channel", "private"])
async def test_one_that_tocsin_is_not_in_is_not_its_own(place: Workplace, channels: Channels, kind: Kind) -> None:
    foreign(place, "incidents", kind)
    assert await channels.announce("incidents") is None


async def test_one_that_was_joined_is_remembered_until_it_takes_no_posts(place: Workplace, channels: Channels) -> None:
    channel = foreign(place, "incidents")
    await channels.join("incidents", channel)
    assert await channels.announce("incidents") == channel
    channels.forget(channel)
    assert await channels.announce("incidents") == channel
    assert BOT in place.sandbox.slack.workspace.channels[channel].members


async def test_it_is_found_among_many(place: Workplace, channels: Channels) -> None:
    for number in range(210):
        channel = foreign(place, f"noise-{number}")
        place.sandbox.slack.workspace.channels[channel].members.append(BOT)
    wanted = foreign(place, "incidents")
    place.sandbox.slack.workspace.channels[wanted].members.append(BOT)
    assert await channels.announce("incidents") == wanted
    assert len(await place.calls("users.conversations")) == 2
