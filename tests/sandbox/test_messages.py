"""What the bot says, edits, finds again and shares."""

from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from app.sandbox import Sandbox
from tests.sandbox.hands import Hands


async def channel(client: AsyncWebClient, name: str = "incident-1", *, is_private: bool = False) -> str:
    made = await client.conversations_create(name=name, is_private=is_private)
    return str(made["channel"]["id"])


async def test_a_message_is_returned_as_slack_stores_it(client: AsyncWebClient) -> None:
    room = await channel(client)
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "Down"}}
    said = await client.chat_postMessage(channel=room, text="Down", blocks=[section])
    assert said["channel"] == room
    assert said["message"]["bot_id"] == "B0TOCSIN"
    assert said["message"]["user"] == "U0TOCSIN"
    assert said["message"]["blocks"][0]["block_id"]


async def test_timestamps_always_increase(sandbox: Sandbox, client: AsyncWebClient) -> None:
    room = await channel(client)
    first = (await client.chat_postMessage(channel=room, text="1"))["ts"]
    sandbox.clock.move(-3600)
    second = (await client.chat_postMessage(channel=room, text="2"))["ts"]
    assert second > first


async def test_a_public_channel_is_reached_by_name_and_a_member_by_id(client: AsyncWebClient, hands: Hands) -> None:
    said = await client.chat_postMessage(channel="#support-desk", text="hello")
    assert said["channel"] == "C0SUPPORT"
    said = await client.chat_postMessage(channel="U0ONCALL", text="hello you")
    assert (await hands.channel(said["channel"]))["user"] == "U0ONCALL"
    assert said["channel"] == (await client.conversations_open(users="U0ONCALL"))["channel"]["id"]


async def test_an_edit_replaces_text_and_blocks_and_keeps_metadata(client: AsyncWebClient, hands: Hands) -> None:
    room = await channel(client)
    metadata = {"event_type": "delivery", "event_payload": {"key": "k1"}}
    ts = (await client.chat_postMessage(channel=room, text="one", metadata=metadata))["ts"]
    await client.chat_update(channel=room, ts=ts, text="two")
    edited = await hands.last(room)
    assert (edited["text"], edited["metadata"], "edited" in edited) == ("two", metadata, True)


async def test_an_edit_keeps_the_blocks_that_it_does_not_name_and_drops_those_it_empties(
    client: AsyncWebClient, hands: Hands
) -> None:
    room = await channel(client)
    metadata = {"event_type": "delivery", "event_payload": {"key": "k1"}}
    said = await client.chat_postMessage(channel=room, text="one", blocks=[{"type": "divider"}], metadata=metadata)
    await client.chat_update(channel=room, ts=said["ts"], text="two")
    assert len((await hands.last(room))["blocks"]) == 1
    await client.chat_update(channel=room, ts=said["ts"], text="three", blocks=[], metadata={})
    last = await hands.last(room)
    assert (last["text"], last["blocks"], "metadata" in last) == ("three", [], False)


async def test_metadata_is_found_in_history_only_when_asked_for(client: AsyncWebClient) -> None:
    room = await channel(client)
    metadata = {"event_type": "delivery", "event_payload": {"key": "k1"}}
    ts = (await client.chat_postMessage(channel=room, text="root", metadata=metadata))["ts"]
    await client.chat_postMessage(channel=room, text="reply", thread_ts=ts, metadata=metadata)
    plain = (await client.conversations_history(channel=room))["messages"]
    full = (await client.conversations_history(channel=room, include_all_metadata=True))["messages"]
    thread = (await client.conversations_replies(channel=room, ts=ts, include_all_metadata=True))["messages"]
    assert "metadata" not in plain[0]
    assert full[0]["metadata"] == metadata
    assert [message["metadata"] for message in thread] == [metadata, metadata]


async def test_history_is_newest_first_and_leaves_replies_to_their_thread(client: AsyncWebClient) -> None:
    room = await channel(client)
    first = (await client.chat_postMessage(channel=room, text="1"))["ts"]
    await client.chat_postMessage(channel=room, text="2")
    await client.chat_postMessage(channel=room, text="reply", thread_ts=first)
    history = (await client.conversations_history(channel=room))["messages"]
    assert [message["text"] for message in history[:2]] == ["2", "1"]
    assert history[1]["reply_count"] == 1
    thread = (await client.conversations_replies(channel=room, ts=first))["messages"]
    assert [message["text"] for message in thread] == ["1", "reply"]


async def test_history_keeps_to_its_bounds(client: AsyncWebClient) -> None:
    room = await channel(client)
    ts = [(await client.chat_postMessage(channel=room, text=str(n)))["ts"] for n in range(4)]

    async def between(**bounds: Any) -> list[str]:
        page = await client.conversations_history(channel=room, oldest=ts[1], latest=ts[3], **bounds)
        return [message["text"] for message in page["messages"]]

    assert await between() == ["2"]
    assert await between(inclusive=True) == ["3", "2", "1"]


async def test_pages_of_history_do_not_shift_when_messages_come_meanwhile(client: AsyncWebClient) -> None:
    room = await channel(client)
    for number in range(4):
        await client.chat_postMessage(channel=room, text=str(number))
    first = await client.conversations_history(channel=room, limit=2)
    await client.chat_postMessage(channel=room, text="new")
    second = await client.conversations_history(channel=room, limit=2, cursor=first["response_metadata"]["next_cursor"])
    assert first["has_more"]
    assert [message["text"] for message in (*first["messages"], *second["messages"])] == ["3", "2", "1", "0"]


async def test_replies_come_in_pages_too(client: AsyncWebClient) -> None:
    room = await channel(client)
    root = (await client.chat_postMessage(channel=room, text="root"))["ts"]
    for number in range(3):
        await client.chat_postMessage(channel=room, text=str(number), thread_ts=root)
    texts: list[str] = []
    async for page in await client.conversations_replies(channel=room, ts=root, limit=2):
        texts += [message["text"] for message in page["messages"]]
    assert texts == ["root", "0", "1", "2"]


async def test_a_reply_to_a_reply_goes_into_the_same_thread(client: AsyncWebClient) -> None:
    room = await channel(client)
    root = (await client.chat_postMessage(channel=room, text="root"))["ts"]
    reply = (await client.chat_postMessage(channel=room, text="reply", thread_ts=root))["ts"]
    again = await client.chat_postMessage(channel=room, text="again", thread_ts=reply)
    assert again["message"]["thread_ts"] == root


async def test_a_broadcast_reply_is_in_the_channel_too(client: AsyncWebClient) -> None:
    room = await channel(client)
    root = (await client.chat_postMessage(channel=room, text="root"))["ts"]
    await client.chat_postMessage(channel=room, text="look", thread_ts=root, reply_broadcast=True)
    newest = (await client.conversations_history(channel=room))["messages"][0]
    assert (newest["text"], newest["subtype"]) == ("look", "thread_broadcast")


async def test_an_ephemeral_message_is_one_members_and_not_in_history(client: AsyncWebClient, hands: Hands) -> None:
    room = await channel(client)
    await client.conversations_invite(channel=room, users="U0ONCALL")
    await client.chat_postEphemeral(channel=room, user="U0ONCALL", text="psst")
    assert (await hands.last(room))["ephemeral_for"] == "U0ONCALL"
    assert "psst" not in [m["text"] for m in (await client.conversations_history(channel=room))["messages"]]


async def test_a_text_beyond_slacks_limit_is_cut_with_a_warning(client: AsyncWebClient) -> None:
    said = await client.chat_postMessage(channel="C0GENERAL", text="x" * 40_001)
    assert said["warning"] == "message_truncated"
    assert len(said["message"]["text"]) == 40_000


async def test_a_deleted_message_is_gone_with_its_pin(client: AsyncWebClient, hands: Hands) -> None:
    room = await channel(client)
    ts = (await client.chat_postMessage(channel=room, text="oops"))["ts"]
    await client.pins_add(channel=room, timestamp=ts)
    assert (await client.pins_list(channel=room))["items"][0]["message"]["text"] == "oops"
    await client.chat_delete(channel=room, ts=ts)
    shown = await hands.channel(room)
    assert (shown["pins"], [m for m in shown["messages"] if m["ts"] == ts]) == ([], [])


async def test_a_permalink_names_channel_and_message(sandbox: Sandbox, client: AsyncWebClient) -> None:
    room = await channel(client)
    ts = (await client.chat_postMessage(channel=room, text="here"))["ts"]
    link = await client.chat_getPermalink(channel=room, message_ts=ts)
    assert link["permalink"] == f"{sandbox.url}archives/{room}/p{ts.replace('.', '')}"


async def test_reactions_and_bookmarks_come_and_go(client: AsyncWebClient, hands: Hands) -> None:
    room = await channel(client)
    ts = (await client.chat_postMessage(channel=room, text="here"))["ts"]
    await client.reactions_add(channel=room, timestamp=ts, name="eyes")
    assert (await hands.last(room))["reactions"] == [{"name": "eyes", "users": ["U0TOCSIN"]}]
    await client.reactions_remove(channel=room, timestamp=ts, name="eyes")
    added = await client.bookmarks_add(channel_id=room, title="Card", type="link", link="https://example.com")
    mark = added["bookmark"]["id"]
    await client.bookmarks_edit(channel_id=room, bookmark_id=mark, title="Runbook")
    assert [each["title"] for each in (await client.bookmarks_list(channel_id=room))["bookmarks"]] == ["Runbook"]
    await client.bookmarks_remove(channel_id=room, bookmark_id=mark)
    assert (await hands.channel(room))["bookmarks"] == []


async def test_an_unshared_upload_shows_under_the_message_that_links_it(
    sandbox: Sandbox, client: AsyncWebClient, hands: Hands
) -> None:
    room = await channel(client)
    uploaded = await client.files_upload_v2(filename="postmortem.md", content="# What happened")
    file = (await client.files_info(file=uploaded["file"]["id"]))["file"]
    assert (file["shares"]["public"], file["size"]) == ({}, 15)
    await client.chat_postMessage(channel=room, text=f"Draft: {file['permalink']}")
    shown = (await hands.last(room))["files"][0]
    assert shown["name"] == "postmortem.md"
    async with aiohttp.ClientSession() as session, session.get(shown["url"]) as response:
        assert await response.text() == "# What happened"
        assert response.content_type == "text/plain"


async def test_an_upload_can_be_shared_as_it_is_completed(client: AsyncWebClient, hands: Hands) -> None:
    room = await channel(client)
    await client.files_upload_v2(filename="a.txt", content="a", channel=room, initial_comment="Here")
    last = await hands.last(room)
    assert (last["text"], last["files"][0]["name"]) == ("Here", "a.txt")


async def test_an_upload_of_another_length_is_turned_away(client: AsyncWebClient) -> None:
    step = await client.files_getUploadURLExternal(filename="a.txt", length=2)
    async with aiohttp.ClientSession() as session, session.post(step["upload_url"], data=b"abc") as response:
        assert response.status == 400


async def test_the_kinds_of_channel_are_listed_apart(client: AsyncWebClient) -> None:
    await channel(client, "secret", is_private=True)
    await client.conversations_open(users="U0ONCALL")

    async def names(types: str) -> list[str | None]:
        listed = await client.conversations_list(types=types)
        return [room.get("name") for room in listed["channels"]]

    assert await names("public_channel") == ["general", "support-desk"]
    assert await names("private_channel,im") == ["secret", None]
    assert [room["name"] for room in (await client.users_conversations(types="private_channel"))["channels"]] == [
        "secret"
    ]


async def test_channels_are_listed_in_pages(client: AsyncWebClient) -> None:
    names: list[str] = []
    async for page in await client.conversations_list(limit=1):
        names += [room["name"] for room in page["channels"]]
    assert names == ["general", "support-desk"]


async def test_invite_with_force_lets_in_whom_it_can(client: AsyncWebClient) -> None:
    room = await channel(client)
    with pytest.raises(SlackApiError) as refused:
        await client.conversations_invite(channel=room, users="U0ONCALL,U0NOBODY")
    assert refused.value.response["errors"] == [{"user": "U0NOBODY", "ok": False, "error": "user_not_found"}]
    await client.conversations_invite(channel=room, users="U0ONCALL,U0NOBODY", force=True)
    assert (await client.conversations_members(channel=room))["members"] == ["U0TOCSIN", "U0ONCALL"]


async def test_a_channel_lives_and_is_archived(client: AsyncWebClient, hands: Hands) -> None:
    room = await channel(client)
    await client.conversations_rename(channel=room, name="incident-1-api")
    await client.conversations_setTopic(channel=room, topic="SEV1")
    await client.conversations_setPurpose(channel=room, purpose="Fix it")
    await client.conversations_invite(channel=room, users="U0ONCALL")
    await client.conversations_kick(channel=room, user="U0ONCALL")
    described = (await client.conversations_info(channel=room, include_num_members=True))["channel"]
    assert (described["topic"]["value"], described["purpose"]["value"]) == ("SEV1", "Fix it")
    assert (described["name"], described["previous_names"], described["num_members"]) == (
        "incident-1-api",
        ["incident-1"],
        1,
    )
    await client.conversations_archive(channel=room)
    shown = await hands.channel(room)
    assert shown["archived"]
    assert [m["subtype"] for m in shown["messages"]] == [
        "channel_join",
        "channel_name",
        "channel_topic",
        "channel_purpose",
        "channel_join",
        "channel_leave",
        "channel_archive",
    ]


async def test_what_looks_like_a_link_in_a_topic_is_none_in_the_line_about_it(
    client: AsyncWebClient, hands: Hands
) -> None:
    room = await channel(client)
    await client.conversations_setTopic(channel=room, topic="<https://evil.example|x>")
    said = (await hands.channel(room))["messages"][-1]["text"]
    assert said.endswith(" set the channel topic: &lt;https://evil.example|x&gt;")


async def test_joining_twice_is_a_warning_and_leaving_twice_no_error(client: AsyncWebClient) -> None:
    await client.conversations_join(channel="C0SUPPORT")
    assert (await client.conversations_join(channel="C0SUPPORT"))["warning"] == "already_in_channel"
    await client.conversations_leave(channel="C0SUPPORT")
    assert (await client.conversations_leave(channel="C0SUPPORT"))["not_in_channel"]


async def test_people_and_groups_are_known(client: AsyncWebClient) -> None:
    assert (await client.users_info(user="U0CTO"))["user"]["is_admin"]
    assert (await client.users_info(user="U0TOCSIN"))["user"]["is_bot"]
    assert len((await client.users_list())["members"]) == 8
    groups = (await client.usergroups_list(include_users=True))["usergroups"]
    assert groups[0]["users"] == (await client.usergroups_users_list(usergroup="S0ONCALL"))["users"]


async def test_auth_test_says_who_the_bot_is_and_what_it_may(client: AsyncWebClient) -> None:
    answer = await client.auth_test()
    assert (answer["team_id"], answer["user_id"], answer["bot_id"]) == ("T0SANDBOX", "U0TOCSIN", "B0TOCSIN")
    assert "chat:write" in answer.headers["X-OAuth-Scopes"].split(",")


async def test_form_and_query_arguments_are_read_like_json(sandbox: Sandbox) -> None:
    address = f"{sandbox.api_url}chat.postMessage"
    form = {"token": sandbox.bot_token, "channel": "C0GENERAL", "blocks": '[{"type": "divider"}]'}
    async with aiohttp.ClientSession() as session:
        async with session.post(address, data=form) as response:
            assert (await response.json())["message"]["blocks"][0]["type"] == "divider"
        query = {"token": sandbox.bot_token, "channel": "C0GENERAL", "text": "x"}
        async with session.get(address, params=query) as response:
            assert (await response.json())["ok"]
