"""Tickets, documents and bridges: from Slack into the systems outside, and what comes back from there."""

from collections.abc import AsyncIterator

import pytest

from app.domain import events as e
from app.sandbox.vendors import Vendors
from app.sandbox.vendors.confluence import Confluence
from app.sandbox.vendors.jira import Jira
from app.sandbox.vendors.zoom import Zoom
from tests.acceptance.conftest import OpenTown
from tests.acceptance.workspace import INCIDENTS, ON_CALL, SUPPORT, Town


@pytest.fixture
async def vendors() -> AsyncIterator[Vendors]:
    """Jira, Confluence and Zoom."""
    played = Vendors([Jira(), Confluence(), Zoom()])
    await played.start()
    yield played
    await played.stop()


async def reads_tickets(slack: Town) -> None:
    """Let the states of tickets be read back, as happens now and then."""
    [chore] = [one for one in slack.bot.clock.chores if one.name == "read-tickets"]
    await chore.work()
    await slack.settles()


async def begins(open_town: OpenTown, vendors: Vendors, **other: object) -> Town:
    return await open_town(**vendors.settings(), **other)


async def test_a_severity_of_the_ticket_queue_has_its_ticket_and_the_card_follows_its_state(
    open_town: OpenTown, vendors: Vendors
) -> None:
    slack = await begins(open_town, vendors, playbook="multi-service")
    await slack.declares("SEV4 Footer is crooked")
    [ticket] = vendors.of(Jira).tickets.values()
    assert ticket.summary == "SEV4 Footer is crooked"
    [post] = (await slack.room(INCIDENTS)).posts
    assert "browse/OPS-1|OPS-1>" in post.words
    assert "open a ticket" not in post.words
    vendors.of(Jira).down = True
    await reads_tickets(slack)
    vendors.of(Jira).down = False
    ticket.status = "In Progress"
    await reads_tickets(slack)
    [post] = (await slack.room(INCIDENTS)).posts
    assert "OPS-1> (In Progress)" in post.words
    assert "is In Progress" in await slack.types(SUPPORT, "timeline 1")


async def test_follow_ups_become_tickets_and_are_done_when_those_are(open_town: OpenTown, vendors: Vendors) -> None:
    slack = await begins(open_town, vendors)
    await slack.declares()
    room = (await slack.room("incident-1")).id
    told = await slack.types(SUPPORT, f"follow-up <@{ON_CALL}> Add an alert for <!channel>", channel=room)
    assert "Follow-up 1" in told
    await slack.types(SUPPORT, "follow-up", channel=room)
    await slack.fills(SUPPORT, texts="Test the failover\n\nWrite it down")
    assert "To be done by on-call" in vendors.of(Jira).tickets["OPS-1"].text
    assert [one.summary for one in vendors.of(Jira).tickets.values()][1:] == ["Test the failover", "Write it down"]
    vendors.of(Jira).tickets["OPS-1"].status = "Done"
    await reads_tickets(slack)
    listed = await slack.types(SUPPORT, "follow-ups 1")
    assert "Two of three follow-ups of SEV1 Payment API down are open." in listed
    assert "&lt;!channel&gt;" in listed
    assert "OPS-1> Done" in listed
    await slack.types(SUPPORT, "postmortem 1")
    draft = (await slack.room("incident-1")).find("Follow-ups").words
    assert "| Test the failover |" in draft
    assert "OPS-2](" in draft


async def test_a_postmortem_is_published_once_and_brought_up_to_date(open_town: OpenTown, vendors: Vendors) -> None:
    slack = await begins(open_town, vendors)
    await slack.declares()
    vendors.of(Confluence).fail("error_after")
    for _ in range(2):
        await slack.types(SUPPORT, "publish 1")
        await slack.passes(minutes=1)
    [page] = vendors.of(Confluence).pages.values()
    assert page.title == "Postmortem incident-1: Payment API down"
    assert "<h2>Timeline</h2>" in page.body
    assert "<td>" in page.body
    room = await slack.room("incident-1")
    assert f"/pages/{page.id}|open it>" in room.find("is published").words
    assert len(room.all("is brought up to date")) == 1
    assert "What was published" in await slack.types(SUPPORT, "postmortem 1")


async def test_a_bridge_opens_by_itself_and_everybody_finds_it(open_town: OpenTown, vendors: Vendors) -> None:
    slack = await begins(open_town, vendors)
    await slack.declares()
    [meeting] = vendors.of(Zoom).meetings.values()
    link = f"{meeting.join_url}|join the call>"
    room = await slack.room("incident-1")
    assert link in room.card.words
    assert link in room.find("is open").words
    assert link in (await slack.room(INCIDENTS)).posts[0].words
    assert link in (await slack.room(ON_CALL)).find("Payment API down").words
    assert link in await slack.types(SUPPORT, "bridge 1")
    assert len(await slack.timeline(e.BridgeOpened)) == 1
    top = [(one["title"], one["link"]) for one in room.facts["bookmarks"]]
    assert [title for title, _ in top] == ["Incident card", "Bridge"]
    assert top[1][1] == meeting.join_url


async def test_without_any_of_them_follow_ups_are_ticked_in_slack(slack: Town) -> None:
    await slack.declares("SEV2 Search is slow")
    await slack.types(SUPPORT, "follow-up 1 Add an index", channel="general")
    await slack.types(SUPPORT, "follow-ups 1")
    [shown] = [one for one in (await slack.whispers(SUPPORT)).values() if "follow-up of" in one.text]
    value = f"{(await slack.incident()).id}:1"
    await slack.presses(SUPPORT, shown, "follow_up.done", value)
    assert (await slack.incident()).incident.follow_ups[0].done_by == SUPPORT
    assert "The follow-up of SEV2 Search is slow is done." in await slack.types(SUPPORT, "follow-ups 1")
    assert "Nothing is connected that opens a bridge" in await slack.types(SUPPORT, "bridge 1")
    assert "Nothing is connected that keeps documents" in await slack.types(SUPPORT, "publish 1")


async def test_the_link_of_the_playbook_is_the_bridge_where_zoom_is_not_connected(open_town: OpenTown) -> None:
    slack = await open_town(playbook="fintech")
    await slack.declares("SEV-1 Auth is down")
    [room] = [one for one in await slack.rooms() if "auth" in one or "sev1" in one]
    assert "https://zoom.us/incident|join the call>" in (await slack.room(room)).card.words
