"""The playbook `multi-service`: yearly numbers, business hours, and severities that live in a thread."""

from datetime import timedelta

import pytest

from app.domain import events as e
from tests.acceptance.conftest import OpenTown
from tests.acceptance.workspace import (
    CTO,
    INCIDENTS,
    MANAGER,
    ON_CALL,
    SECONDARY,
    SUPPORT,
    VP,
    Room,
    Said,
    Town,
    working_hours,
)


@pytest.fixture
async def slack(open_town: OpenTown) -> Town:
    return await open_town(playbook="multi-service")


async def named(slack: Town) -> str:
    """Return the name of the newest incident."""
    return (await slack.incident()).incident.name


async def announced(slack: Town) -> tuple[Room, Said]:
    """Return the announce channel, and its newest post."""
    room = await slack.room(INCIDENTS)
    return room, room.posts[-1]


async def test_channels_bear_the_year_and_its_number(slack: Town) -> None:
    await slack.declares("SEV2 Search is slow")
    await slack.declares("SEV2 Ads are gone")
    year = slack.now.year
    assert {f"incident-{year}-001", f"incident-{year}-002"} <= set(await slack.rooms())


async def test_numbers_begin_anew_with_the_year(open_town: OpenTown) -> None:
    year = working_hours().year
    slack = await open_town(playbook="multi-service", at=working_hours().replace(month=12, day=31, hour=23))
    await slack.declares("SEV2 Search is slow")
    assert await named(slack) == f"incident-{year}-001"
    await slack.passes(hours=2)
    await slack.declares("SEV2 Ads are gone")
    assert await named(slack) == f"incident-{year + 1}-001"
    said = await slack.types(SUPPORT, f"note incident-{year}-001 still slow")
    assert "Your note is in the timeline" in said
    assert [noted.text for noted in await slack.timeline(e.Noted, 1)] == ["still slow"]


async def test_a_sev1_pages_two_steps_at_once_and_climbs_to_the_top(slack: Town) -> None:
    await slack.declares()
    assert await slack.pages() == [("1", ON_CALL), ("3", MANAGER)]
    await slack.types(ON_CALL, "ack 1")
    await slack.passes(hours=4, minutes=1)
    assert (await slack.pages())[2:] == [("2", SECONDARY), ("4", VP), ("5", CTO)]
    paged = (await slack.timeline(e.Paged))[2:]
    declared = (await slack.incident()).incident.declared_at
    minutes = [(one.at - declared) / timedelta(minutes=1) for one in paged]
    assert minutes == pytest.approx([30, 120, 240], abs=0.1)


async def test_a_sev3_at_night_waits_for_business_hours(open_town: OpenTown) -> None:
    night = working_hours().replace(hour=23)
    slack = await open_town(playbook="multi-service", at=night)
    await slack.declares("SEV3 Odd rows")
    assert await slack.pages() == []
    room = await slack.room(await named(slack))
    await slack.passes(hours=9, minutes=50)
    assert await slack.pages() == []
    assert len((await slack.room(await named(slack))).posts) == len(room.posts)
    await slack.passes(minutes=15)
    assert await slack.pages() == [("1", ON_CALL)]
    assert "SEV3 in business hours" in (await slack.room(ON_CALL)).posts[0].words
    # Its clocks began with that page.
    await slack.passes(minutes=110)
    assert (await slack.room(await named(slack))).all("an update is due now") == []
    await slack.passes(minutes=15)
    assert len((await slack.room(await named(slack))).all("an update is due now")) == 1


async def test_a_sev3_by_day_pages_at_once(slack: Town) -> None:
    await slack.declares("SEV3 Odd rows")
    assert await slack.pages() == [("1", ON_CALL)]


async def test_a_sev4_lives_in_the_thread_of_its_announcement_and_asks_for_a_ticket(slack: Town) -> None:
    said = await slack.types(SUPPORT, "declare SEV4 A wrong label")
    assert "It lives in a thread of #incidents: SEV4 has no channel of its own." in said
    assert await slack.rooms() == ["general", "support-desk", INCIDENTS]
    assert await slack.pages() == []
    room, post = await announced(slack)
    assert "SEV4 goes to the ticket queue: open a ticket." in post.words
    assert "incident.acknowledge" in post.actions
    assert room.thread(post)[0].text.startswith(":white_circle: SEV4 A wrong label")
    assert 'Checklist "Investigation"' in room.thread(post)[-1].text


async def test_its_buttons_work_and_its_thread_is_the_room(slack: Town) -> None:
    await slack.declares("SEV4 A wrong label")
    room, post = await announced(slack)
    assert await slack.presses(ON_CALL, post, "incident.acknowledge") == ""
    await slack.types(ON_CALL, "note 1 it says Pya")
    room, post = await announced(slack)
    assert "incident.acknowledge" not in post.actions
    assert f"<@{ON_CALL}> acknowledged SEV4 A wrong label." in room.thread(post)[-2].text
    assert "it says Pya" in room.thread(post)[-1].text
    await slack.presses(ON_CALL, post, "incident.resolve")
    assert await slack.fills(ON_CALL, fix="Pay") == {}
    room, post = await announced(slack)
    assert any("was resolved by" in said.text for said in room.thread(post))
    assert "Resolved" in post.text
    assert await slack.rooms() == ["general", "support-desk", INCIDENTS]


async def test_raising_it_opens_the_channel_and_links_both(slack: Town) -> None:
    await slack.declares("SEV4 A wrong label")
    await slack.types(SUPPORT, "severity 1 SEV2")
    name = f"incident-{slack.now.year}-001"
    assert await named(slack) == name
    channel = await slack.room(name)
    assert "SEV2 · A wrong label" in channel.facts["topic"]
    assert {SUPPORT, ON_CALL} <= set(channel.facts["members"])
    assert channel.card.actions[0] == "incident.command"
    room, post = await announced(slack)
    assert f"Follow it in <#{channel.id}>" in post.words
    assert f"has a channel of its own now: <#{channel.id}>" in room.thread(post)[-1].text
    assert await slack.pages() == [("1", ON_CALL)]
    assert channel.posts[-1].text.startswith(f"<@{ON_CALL}>: step 1") or channel.all("pages you")


async def test_its_words_are_those_of_the_playbook(slack: Town) -> None:
    await slack.declares("SEV2 Search is slow")
    await slack.types(ON_CALL, "status 1 mitigating")
    assert (await slack.incident()).incident.status == "identified"
    room = await slack.room(await named(slack))
    assert room.facts["topic"].endswith("Mitigating")
    await slack.types(ON_CALL, "update", channel=room.id)
    await slack.fills(ON_CALL, happening="Reindexing", actions="Restarted")
    posted = (await slack.room(await named(slack))).posts[-1]
    assert "*Actions taken:* Restarted" in posted.words
