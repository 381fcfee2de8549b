"""The same on PostgreSQL, with two Tocsins on one database."""

from pathlib import Path

import pytest

from app.domain import events as e
from tests.acceptance.conftest import OpenTown
from tests.acceptance.workspace import INCIDENTS, MANAGER, ON_CALL, SECONDARY, settings, tocsin

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


async def test_one_incident_from_its_declaration_to_its_postmortem(open_town: OpenTown, postgres_url: str) -> None:
    slack = await open_town(database_url=postgres_url)
    await slack.declares()
    await slack.passes(minutes=6)
    assert await slack.pages() == [("1", ON_CALL), ("3", MANAGER), ("2", SECONDARY)]
    await slack.presses(SECONDARY, (await slack.room(SECONDARY)).posts[0], "incident.acknowledge")
    await slack.passes(minutes=10)
    room = await slack.room("incident-1")
    await slack.presses(SECONDARY, room.find("an update is due now"), "nudge.no_change")
    await slack.presses(SECONDARY, room.card, "incident.resolve")
    assert await slack.fills(SECONDARY, root_cause="A full disk") == {}
    await slack.types(SECONDARY, "1", command="/postmortem")
    room = await slack.room("incident-1")
    assert room.posts[-1].words.count("A full disk") >= 1
    assert "Resolved" in (await slack.room(INCIDENTS)).posts[0].text
    await slack.passes(hours=73)
    assert len(await slack.timeline(e.PostmortemReminded)) == 2


async def test_two_tocsins_on_one_database_do_each_thing_once(
    open_town: OpenTown, postgres_url: str, tmp_path: Path
) -> None:
    slack = await open_town(database_url=postgres_url)
    async with tocsin(slack.sandbox, settings(slack.sandbox, tmp_path, database_url=postgres_url)) as other:
        for number in range(5):
            await slack.types(ON_CALL, f"declare SEV1 Trouble {number}")
        await slack.passes(minutes=6)
        await other.outbox.settle()
        await slack.settles()
        assert len((await slack.room(SECONDARY)).posts) == 5
        assert len((await slack.room(INCIDENTS)).posts) == 5
        for number in range(1, 6):
            assert len(await slack.timeline(e.Paged, number)) == 3
