"""Channels and people that are not as Tocsin wants them: the incident goes on, and says why."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from app.domain import effects as f
from app.domain import events as e
from app.sandbox import Sandbox
from app.sandbox.workspace import Channel, Kind
from app.store import DeliveryState
from tests.acceptance.conftest import OpenTown
from tests.acceptance.workspace import (
    CAST,
    INCIDENTS,
    MANAGER,
    ON_CALL,
    SECONDARY,
    SUPPORT,
    Room,
    Town,
)

BOT_USER = "U0TOCSIN"


def with_channel(name: str, kind: Kind = "channel", *members: str, creator: str = MANAGER) -> Callable[[Sandbox], None]:
    """Return what makes a channel before Tocsin comes."""

    def prepare(sandbox: Sandbox) -> None:
        created = int(sandbox.clock.now().timestamp()) - 86_400
        known = Channel("C0FOREIGN1", name, kind, creator=creator, created=created, members=list(members or (MANAGER,)))
        sandbox.slack.workspace.channels[known.id] = known

    return prepare


def without(*members: str) -> Callable[[Sandbox], None]:
    """Return what deactivates members before Tocsin comes."""

    def prepare(sandbox: Sandbox) -> None:
        for member in members:
            sandbox.slack.workspace.members[member].deleted = True

    return prepare


async def test_a_missing_announce_channel_is_made(slack: Town) -> None:
    assert INCIDENTS not in await slack.rooms()
    await slack.declares()
    room = await slack.room(INCIDENTS)
    assert room.facts["creator"] == BOT_USER
    assert len(room.posts) == 1


async def test_a_public_announce_channel_of_others_is_posted_in_and_joined(open_town: OpenTown) -> None:
    slack = await open_town(before=with_channel(INCIDENTS))
    await slack.declares()
    room = await slack.room(INCIDENTS)
    assert room.id == "C0FOREIGN1"
    assert len(room.posts) == 1
    assert BOT_USER in room.facts["members"]
    await slack.types(ON_CALL, "status 1 identified")
    assert "Identified" in (await slack.room(INCIDENTS)).posts[0].text


@pytest.mark.parametrize("kind", ["ratelimited", "server_error", "accept_then_drop"])
async def test_that_it_cannot_be_joined_makes_no_second_post(open_town: OpenTown, kind: str) -> None:
    slack = await open_town(before=with_channel(INCIDENTS))
    await slack.fault("conversations.join", kind)
    await slack.declares()
    await slack.passes(minutes=5)
    assert len((await slack.room(INCIDENTS)).posts) == 1
    assert (await slack.incident()).incident.announcement


async def test_a_post_to_others_that_may_have_arrived_ends_as_one(open_town: OpenTown) -> None:
    slack = await open_town(before=with_channel(INCIDENTS), bound=())
    await slack.fault("chat.postMessage", "accept_then_drop")
    await slack.declares()
    await slack.passes(minutes=5)
    await slack.bot.outbox.sweep()
    assert len((await slack.room(INCIDENTS)).posts) == 1


async def test_a_private_announce_channel_that_tocsin_is_in_is_used(open_town: OpenTown) -> None:
    slack = await open_town(before=with_channel(INCIDENTS, "private", MANAGER, BOT_USER))
    await slack.declares()
    assert len((await slack.room(INCIDENTS)).posts) == 1


async def test_a_private_announce_channel_of_others_is_told_of_and_can_be_retried(open_town: OpenTown) -> None:
    slack = await open_town(before=with_channel(INCIDENTS, "private"))
    await slack.declares()
    assert (await slack.room(INCIDENTS)).posts == []
    for room in (await slack.room("incident-1"), await slack.room(SUPPORT)):
        failed = room.find("I could not announce the incident")
        assert "it is private and Tocsin is not in it" in failed.text
        assert failed.actions == ["delivery.retry"]

    slack.sandbox.slack.workspace.channels["C0FOREIGN1"].members.append(BOT_USER)
    failed = (await slack.room("incident-1")).find("I could not announce")
    assert "It is tried again now." in await slack.presses(SUPPORT, failed, "delivery.retry")
    assert len((await slack.room(INCIDENTS)).posts) == 1
    assert "That is not waiting for a retry any more" in await slack.presses(SUPPORT, failed, "delivery.retry")


async def test_a_channel_name_that_others_took_gets_a_suffix(open_town: OpenTown) -> None:
    slack = await open_town(before=with_channel("incident-1"))
    await slack.declares()
    assert (await slack.room("incident-1")).posts == []
    room = await slack.room("incident-1-2")
    assert room.card.actions
    assert {SUPPORT, ON_CALL} <= set(room.facts["members"])
    assert f"Follow it in <#{room.id}>" in (await slack.room(INCIDENTS)).posts[0].words


async def test_an_old_channel_of_tocsins_own_is_not_taken_for_the_new_incident(open_town: OpenTown) -> None:
    slack = await open_town(before=with_channel("incident-1", "channel", BOT_USER, creator=BOT_USER))
    await slack.declares()
    assert (await slack.room("incident-1")).posts == []
    assert (await slack.room("incident-1-2")).card.actions


async def test_where_no_channel_may_be_made_it_goes_on_in_the_thread_and_says_why(open_town: OpenTown) -> None:
    slack = await open_town(before=with_channel(INCIDENTS, "channel", MANAGER, BOT_USER))
    await slack.fault("conversations.create", "error", times=5, error="restricted_action")
    await slack.declares()
    assert "incident-1" not in await slack.rooms()
    room = await slack.room(INCIDENTS)
    [post] = room.posts
    assert (
        "Handled in this thread, without a channel of its own: this workspace does not let Tocsin do that."
        in post.words
    )
    assert "incident.acknowledge" in post.actions
    assert any("I could not open a channel for SEV1 Payment API down" in said.text for said in room.thread(post))
    assert any("pages you" in said.text for said in room.thread(post))
    assert await slack.presses(ON_CALL, post, "incident.acknowledge") == ""
    assert (await slack.incident()).incident.acknowledged_by == ON_CALL
    await slack.passes(minutes=16)
    room = await slack.room(INCIDENTS)
    assert any("an update is due now" in said.text for said in room.thread(post))
    assert [type(dead.effect) for dead in await slack.deliveries(DeliveryState.DEAD)] == [f.OpenChannel]


async def test_where_no_channel_at_all_can_be_made_the_declarer_is_told_in_person(slack: Town) -> None:
    await slack.fault("conversations.create", "error", times=9, error="restricted_action")
    await slack.declares()
    assert await slack.rooms() == ["general", "support-desk"]
    failed = (await slack.room(SUPPORT)).find("I could not announce the incident")
    assert "this workspace does not let Tocsin do that" in failed.text
    assert await slack.pages() == [("1", ON_CALL), ("3", MANAGER)]
    assert len((await slack.room(ON_CALL)).posts) == 1


async def test_members_who_cannot_be_invited_are_named_and_the_others_are_in(open_town: OpenTown) -> None:
    slack = await open_town(before=without(MANAGER))
    await slack.declares()
    room = await slack.room("incident-1")
    assert {SUPPORT, ON_CALL} <= set(room.facts["members"])
    said = room.find("I could not invite")
    assert (
        f"I could not invite 1 of 3 to <#{room.id}>: <@{MANAGER}> (this person cannot be invited). Everyone else is in."
        in said.text
    )
    assert said.actions == ["delivery.retry"]

    slack.sandbox.slack.workspace.members[MANAGER].deleted = False
    await slack.presses(SUPPORT, said, "delivery.retry")
    assert MANAGER in (await slack.room("incident-1")).facts["members"]


async def test_a_page_to_somebody_who_left_is_told_of_and_the_next_step_paged_at_once(open_town: OpenTown) -> None:
    slack = await open_town(before=without(ON_CALL))
    await slack.declares("SEV2 Search is slow")
    said = (await slack.room("incident-1")).find(f"I could not page <@{ON_CALL}> (Primary on-call):")
    assert "Slack opens no direct messages with this member, who may be deactivated." in said.text
    assert "Whoever is next is paged at once in their place." in said.words
    assert said.actions == ["incident.escalate", "delivery.retry"]
    assert await slack.pages() == [("1", ON_CALL), ("2", SECONDARY)]
    assert len((await slack.room(SECONDARY)).posts) == 1


async def test_where_nobody_can_be_paged_it_says_so_and_ends(open_town: OpenTown) -> None:
    slack = await open_town(before=without(*CAST))
    await slack.declares("SEV2 Search is slow")
    said = (await slack.room("incident-1")).all("I could not page")[-1]
    assert "Call them yourselves, or press Escalate to page the next step." in said.words
    paged = await slack.pages()
    assert len(paged) == len(set(paged))


async def test_a_dead_message_is_told_to_whoever_leads_and_can_be_retried(slack: Town) -> None:
    await slack.declares()
    await slack.types(ON_CALL, "role commander @on-call", channel="incident-1")
    await slack.fault("chat.postMessage", "error", error="restricted_action")
    await slack.types(SUPPORT, "update The disk is full", channel="incident-1")
    room = await slack.room("incident-1")
    assert room.all("The disk is full") == []
    told = (await slack.room(ON_CALL)).find("I could not post a message")
    assert "this workspace does not let Tocsin do that. It is not tried again by itself." in told.text
    assert "It is tried again now." in await slack.presses(ON_CALL, told, "delivery.retry")
    assert len((await slack.room("incident-1")).all("The disk is full")) == 1
    assert await slack.timeline(e.DeliveryFailed)


def archived(slack: Town, channel: str) -> str:
    """Archive a channel; return what people read of that."""
    slack.sandbox.slack.workspace.channels[channel].archived = True
    return "the channel is archived"


def deleted(slack: Town, channel: str) -> str:
    """Delete a channel."""
    del slack.sandbox.slack.workspace.channels[channel]
    return "the channel is not there, or it is private and Tocsin is not in it"


def shut(slack: Town, channel: str) -> str:
    """Make a channel private, without Tocsin in it."""
    room = slack.sandbox.slack.workspace.channels[channel]
    room.kind = "private"
    room.members.remove(BOT_USER)
    return "the channel is not there, or it is private and Tocsin is not in it"


@pytest.mark.parametrize("lose", [archived, deleted, shut])
async def test_an_incident_that_loses_its_channel_goes_on_in_its_thread(
    slack: Town, lose: Callable[[Town, str], str]
) -> None:
    await slack.declares()
    await slack.types(ON_CALL, "ack 1")
    reason = lose(slack, (await slack.room("incident-1")).id)
    await slack.types(ON_CALL, "update 1 The disk is full")
    room = await slack.room(INCIDENTS)
    [post] = room.posts
    [lost] = [said for said in room.thread(post) if "has lost its channel" in said.text]
    assert f"has lost its channel: {reason}. It goes on in the thread of its announcement." in lost.text
    assert [said for said in room.thread(post) if "The disk is full" in said.text]
    assert f"Handled in this thread, without a channel of its own: {reason}." in post.words
    assert "incident.resolve" in post.actions
    assert (await slack.room(ON_CALL)).all("has lost its channel")
    assert await slack.deliveries(DeliveryState.DEAD) == []
    await slack.passes(minutes=16)
    room = await slack.room(INCIDENTS)
    assert any("an update is due now" in said.text for said in room.thread(room.posts[0]))
    assert len(await slack.timeline(e.ChannelLost)) == 1


async def test_a_channel_that_is_archived_after_the_end_troubles_nobody(slack: Town) -> None:
    await slack.declares()
    await slack.types(ON_CALL, "resolve 1")
    await slack.fills(ON_CALL)
    archived(slack, (await slack.room("incident-1")).id)
    await slack.passes(hours=80)
    room = await slack.room(INCIDENTS)
    assert [said for said in room.thread(room.posts[0]) if "the postmortem of SEV1 Payment API down" in said.text]
    assert "has lost its channel" not in str((await slack.look())["channels"])


async def test_a_renamed_channel_is_the_same_channel(slack: Town) -> None:
    await slack.declares()
    slack.sandbox.slack.workspace.channels[(await slack.room("incident-1")).id].name = "payments-are-down"
    await slack.types(ON_CALL, "update 1 The disk is full")
    assert (await slack.room("payments-are-down")).all("The disk is full")


async def test_a_channel_that_tocsin_was_removed_from_is_joined_again(slack: Town) -> None:
    await slack.declares()
    channel = (await slack.room("incident-1")).id
    slack.sandbox.slack.workspace.channels[channel].members.remove(BOT_USER)
    await slack.types(ON_CALL, "status 1 identified")
    room = await slack.room("incident-1")
    assert BOT_USER in room.facts["members"]
    assert room.facts["topic"].endswith("Identified")
    assert len(await slack.calls("conversations.join")) == 1


async def test_an_announce_channel_that_was_deleted_is_made_anew(slack: Town) -> None:
    await slack.declares()
    deleted(slack, (await slack.room(INCIDENTS)).id)
    await slack.types(ON_CALL, "status 1 identified")
    assert "Identified" in (await slack.room(INCIDENTS)).posts[0].text


async def test_what_slack_fails_at_although_it_did_it_is_done_once(slack: Town) -> None:
    for method in ("chat.postMessage", "conversations.create", "conversations.invite", "pins.add", "bookmarks.add"):
        await slack.fault(method, "fails_but_does", times=2)
    await slack.declares()
    await slack.passes(minutes=4)
    await slack.bot.outbox.sweep()
    room = await slack.room("incident-1")
    assert {name for name in await slack.rooms() if name.startswith("incident")} == {"incident-1", "incidents"}
    assert {SUPPORT, ON_CALL, MANAGER} <= set(room.facts["members"])
    keys = [said.key for one in (await slack.look())["channels"] for said in Room(one).messages if said.key]
    assert len(keys) == len(set(keys))
    assert await slack.deliveries(DeliveryState.UNKNOWN) == []


async def test_a_permission_that_is_missing_is_named(slack: Town) -> None:
    granted = slack.sandbox.slack.manifest
    slack.sandbox.slack.manifest = replace(granted, scopes=tuple(one for one in granted.scopes if one != "pins:write"))
    await slack.declares()
    told = (await slack.room("incident-1")).find("I could not pin the card")
    assert "the app lacks the permission pins:write; install it again from manifest.yml." in told.text


async def test_a_layout_that_slack_does_not_take_is_left_out(slack: Town) -> None:
    await slack.fault("chat.postMessage", "error", error="invalid_blocks")
    await slack.declares("SEV2 Search is slow")
    assert await slack.deliveries(DeliveryState.DEAD) == []
    assert len((await slack.room(ON_CALL)).posts) == 1


async def test_where_nobody_can_be_told_that_something_failed_it_is_left_at_that(open_town: OpenTown) -> None:
    slack = await open_town(bound=())
    await slack.declares()
    await slack.fault("chat.postMessage", "error", times=9, error="restricted_action")
    await slack.types(ON_CALL, "note 1 still slow")
    assert len(await slack.timeline(e.DeliveryFailed)) == 1


async def test_a_responder_nobody_plays_is_named_in_words(open_town: OpenTown) -> None:
    slack = await open_town(bound=())
    await slack.declares()
    room = await slack.room("incident-1")
    said = room.find("Nobody is bound to")
    assert '"Primary on-call"' in room.all("Nobody is bound to")[0].text
    assert "Bind someone: `/incident responders`" in said.text


async def test_an_admin_binds_the_responders_to_members_and_groups(open_town: OpenTown) -> None:
    slack = await open_town(bound=())
    assert "is for admins of this workspace" in await slack.types(SUPPORT, "responders")
    await slack.types(MANAGER, "responders")
    await slack.act("suggest", user=MANAGER, action_id="bind:primary:group", value="on-call")
    assert await slack.fills(MANAGER, **{"bind:primary:group": "S0ONCALL", "bind:secondary:members": [MANAGER]}) == {}
    await slack.declares("SEV2 Search is slow")
    assert await slack.pages() == [("1", f"{ON_CALL}, {SECONDARY}")]
    assert "<!subteam^S0ONCALL>" in (await slack.room("incident-1")).find("pages you").text


async def test_a_card_that_somebody_deleted_is_posted_anew(slack: Town) -> None:
    await slack.declares()
    room = await slack.room("incident-1")
    del slack.sandbox.slack.workspace.channels[room.id].messages[room.card.ts]
    await slack.types(ON_CALL, "ack 1")
    room = await slack.room("incident-1")
    assert [said for said in room.posts if "incident.more" in said.actions]


async def test_people_who_were_paged_are_in_the_channel(slack: Town) -> None:
    await slack.declares("SEV2 Search is slow")
    assert SECONDARY not in (await slack.room("incident-1")).facts["members"]
    await slack.types(ON_CALL, "escalate 1")
    room: Room = await slack.room("incident-1")
    assert SECONDARY in room.facts["members"]
