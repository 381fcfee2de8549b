"""What members do, and what the app, on unmodified Bolt, makes of it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from app.sandbox import Sandbox
from tests.sandbox.hands import PATIENCE, Connect, Hands

Json = dict[str, Any]

BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Ack"}, "action_id": "ack", "value": "1"}


async def test_a_command_arrives_as_slack_sends_it(bolt: AsyncApp, connect: Connect, hands: Hands) -> None:
    seen: list[Json] = []

    @bolt.command("/incident")
    async def incident(ack: AsyncAck, body: Json) -> None:
        seen.append(body)
        await ack("Noted")

    await connect(bolt)
    answer = await hands("command", user="on-call", channel="general", command="/incident", text=" declare a<b ")
    assert answer["response"] == {"text": "Noted"}
    assert (await hands.last("general"))["ephemeral_for"] == "U0ONCALL"
    body = seen[0]
    assert (body["command"], body["text"], body["channel_name"]) == ("/incident", "declare a&lt;b", "general")
    assert (body["user_id"], body["user_name"], body["team_id"]) == ("U0ONCALL", "on-call", "T0SANDBOX")


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("role commander @secondary", "role commander <@U0SECOND>"),
        ("role commander <@U0SECOND>", "role commander <@U0SECOND>"),
        ("ask @platform-on-call", "ask <!subteam^S0ONCALL>"),
        ("see #general", "see <#C0GENERAL|general>"),
        ("see https://example.com/a?b=1&c", "see <https://example.com/a?b=1&amp;c>"),
        ("hello @channel", "hello <!channel>"),
        ("hello <!channel> <@U0NOBODY>", "hello &lt;!channel&gt; &lt;@U0NOBODY&gt;"),
        ("a@manager.example", "a@manager.example"),
    ],
)
async def test_mentions_are_tokens_and_the_rest_is_escaped(
    bolt: AsyncApp, connect: Connect, hands: Hands, typed: str, sent: str
) -> None:
    seen: list[str] = []

    @bolt.command("/incident")
    async def incident(ack: AsyncAck, body: Json) -> None:
        seen.append(body["text"])
        await ack()

    await connect(bolt)
    await hands("command", user="on-call", channel="general", command="/incident", text=typed)
    assert seen == [sent]


async def test_a_command_without_should_escape_keeps_mentions_as_typed(
    bolt: AsyncApp, connect: Connect, hands: Hands
) -> None:
    seen: list[str] = []

    @bolt.command("/raw")
    async def raw(ack: AsyncAck, body: Json) -> None:
        seen.append(body["text"])
        await ack(text="to all", response_type="in_channel")

    await connect(bolt)
    await hands("command", user="on-call", channel="general", command="/raw", text="@secondary a&b")
    assert seen == ["@secondary a&amp;b"]
    assert "ephemeral_for" not in await hands.last("general")


async def test_an_unanswered_command_shows_slacks_error(bolt: AsyncApp, connect: Connect, hands: Hands) -> None:
    @bolt.command("/incident")
    async def incident(ack: AsyncAck) -> None:
        await asyncio.sleep(PATIENCE * 1.5)

    await connect(bolt)
    wish = {"user": "on-call", "channel": "general", "command": "/incident", "text": ""}
    assert (await hands("command", **wish))["error"] == "operation_timeout"
    last = await hands.last("general")
    assert last["text"] == '/incident failed with the error "operation_timeout"'
    assert last["ephemeral_for"] == "U0ONCALL"


async def test_a_command_without_a_socket_fails_at_once(hands: Hands) -> None:
    wish = {"user": "on-call", "channel": "general", "command": "/incident", "text": ""}
    assert (await hands("command", **wish))["error"] == "dispatch_failed"
    assert (await hands.last("general"))["text"] == '/incident failed with the error "dispatch_failed"'


async def test_a_malformed_answer_to_a_command_is_an_error(bolt: AsyncApp, connect: Connect, hands: Hands) -> None:
    @bolt.command("/incident")
    async def incident(ack: AsyncAck) -> None:
        await ack(text="x", blocks=[{"type": "header"}])

    await connect(bolt)
    wish = {"user": "on-call", "channel": "general", "command": "/incident", "text": ""}
    assert (await hands("command", **wish))["error"] == "invalid_blocks"


async def test_a_click_carries_the_message_and_what_was_pressed(
    bolt: AsyncApp, connect: Connect, client: AsyncWebClient, hands: Hands
) -> None:
    seen: list[Json] = []

    @bolt.action("ack")
    async def acknowledge(ack: AsyncAck, body: Json, respond: AsyncRespond) -> None:
        seen.append(body)
        await ack()
        await respond("Yours")

    await connect(bolt)
    ts = await post_button(client)
    await hands("click", user="secondary", channel="general", ts=ts, action_id="ack")
    body = seen[0]
    assert body["container"] == {
        "type": "message",
        "message_ts": ts,
        "channel_id": "C0GENERAL",
        "is_ephemeral": False,
    }
    assert body["actions"][0].items() >= {"action_id": "ack", "type": "button", "value": "1"}.items()
    assert body["actions"][0]["block_id"] == body["message"]["blocks"][0]["block_id"]
    assert body["user"]["id"] == "U0SECOND"
    await settle(lambda: hands.last("general"), lambda last: last["text"] == "Yours")
    assert (await hands.last("general"))["ephemeral_for"] == "U0SECOND"


async def test_a_click_on_an_ephemeral_message_does_not_carry_it(
    bolt: AsyncApp, connect: Connect, client: AsyncWebClient, hands: Hands
) -> None:
    seen: list[Json] = []

    @bolt.action("ack")
    async def acknowledge(ack: AsyncAck, body: Json, respond: AsyncRespond) -> None:
        seen.append(body)
        await ack()
        await respond(text="Done", replace_original=True)

    await connect(bolt)
    await client.conversations_join(channel="C0GENERAL")
    blocks = [{"type": "actions", "elements": [BUTTON]}]
    said = await client.chat_postEphemeral(channel="C0GENERAL", user="U0ONCALL", text="x", blocks=blocks)
    wish = {"channel": "general", "ts": said["message_ts"], "action_id": "ack"}
    assert (await hands("click", user="vp", **wish))["error"] == "message_not_found"
    await hands("click", user="on-call", **wish)
    assert seen[0]["container"]["is_ephemeral"]
    assert "message" not in seen[0]
    await settle(lambda: hands.last("general"), lambda last: last["text"] == "Done")


async def test_of_buttons_with_one_action_id_the_value_tells_which(
    bolt: AsyncApp, connect: Connect, client: AsyncWebClient, hands: Hands
) -> None:
    seen: list[str] = []

    @bolt.action("ack")
    async def acknowledge(ack: AsyncAck, action: Json) -> None:
        seen.append(action["value"])
        await ack()

    await connect(bolt)
    blocks = [{"type": "actions", "elements": [BUTTON | {"value": str(number)}]} for number in (1, 2)]
    ts = (await client.chat_postMessage(channel="C0GENERAL", text="x", blocks=blocks))["ts"]
    await hands("click", user="on-call", channel="general", ts=ts, action_id="ack", value="2")
    assert seen == ["2"]


async def test_a_menu_answers_with_its_option(
    bolt: AsyncApp, connect: Connect, client: AsyncWebClient, hands: Hands
) -> None:
    seen: list[Json] = []

    @bolt.action("menu")
    async def menu(ack: AsyncAck, body: Json) -> None:
        seen.append(body)
        await ack()

    await connect(bolt)
    options = [{"text": {"type": "plain_text", "text": text}, "value": text} for text in ("a", "b")]
    elements = [
        {"type": "overflow", "action_id": "menu", "options": options},
    ]
    select = {"type": "static_select", "action_id": "menu", "options": options}
    blocks: list[Json] = [
        {"type": "actions", "elements": elements},
        {"type": "section", "text": {"type": "mrkdwn", "text": "x"}, "accessory": select},
    ]
    for kept in (blocks[:1], blocks[1:]):
        ts = (await client.chat_postMessage(channel="C0GENERAL", text="x", blocks=kept))["ts"]
        await hands("click", user="on-call", channel="general", ts=ts, action_id="menu", value="b")
        unknown = await hands("click", user="on-call", channel="general", ts=ts, action_id="menu", value="c")
        assert unknown["error"] == "no_such_option: c"
    assert [body["actions"][0]["selected_option"]["value"] for body in seen] == ["b", "b"]
    assert seen[0]["state"] == {"values": {}}
    (chosen,) = seen[1]["state"]["values"].values()
    assert chosen["menu"]["selected_option"]["value"] == "b"


async def test_a_choice_in_a_message_is_remembered_for_the_button_beside_it(
    bolt: AsyncApp, connect: Connect, client: AsyncWebClient, hands: Hands
) -> None:
    seen: list[Json] = []

    async def take(ack: AsyncAck, body: Json) -> None:
        seen.append(body["state"]["values"]["form"]["who"])
        await ack()

    bolt.action("who")(take)
    bolt.action("ack")(take)
    await connect(bolt)
    blocks = [
        {"type": "actions", "block_id": "form", "elements": [{"type": "users_select", "action_id": "who"}, BUTTON]}
    ]
    ts = (await client.chat_postMessage(channel="C0GENERAL", text="x", blocks=blocks))["ts"]
    wish = {"channel": "general", "ts": ts}
    await hands("click", user="on-call", action_id="who", value="@cto", **wish)
    await hands("click", user="on-call", action_id="ack", **wish)
    await hands("click", user="vp", action_id="ack", **wish)
    assert [state["selected_user"] for state in seen] == ["U0CTO", "U0CTO", None]


async def test_an_unanswered_click_shows_that_something_went_wrong(client: AsyncWebClient, hands: Hands) -> None:
    ts = await post_button(client)
    answer = await hands("click", user="on-call", channel="general", ts=ts, action_id="ack")
    assert answer["error"] == "dispatch_failed"
    assert (await hands.last("general"))["text"] == "Oh no, something went wrong. Please try that again."


async def test_shortcuts_from_anywhere_and_from_a_message(bolt: AsyncApp, connect: Connect, hands: Hands) -> None:
    seen: list[Json] = []

    async def take(ack: AsyncAck, body: Json) -> None:
        seen.append(body)
        await ack()

    bolt.shortcut("declare")(take)
    bolt.shortcut("declare_from")(take)
    await connect(bolt)
    ts = (await hands("message", user="support", channel="support-desk", text="It is down"))["ts"]
    await hands("shortcut", user="support", callback_id="declare")
    await hands("shortcut", user="support", callback_id="declare_from", channel="support-desk", ts=ts)
    assert [body["type"] for body in seen] == ["shortcut", "message_action"]
    assert seen[1]["message"]["text"] == "It is down"
    assert (await hands("shortcut", user="support", callback_id="other"))["error"] == "unknown_shortcut"


async def test_a_response_url_is_good_for_five_answers(
    bolt: AsyncApp, connect: Connect, hands: Hands, sandbox: Sandbox
) -> None:
    addresses: list[str] = []

    @bolt.command("/incident")
    async def incident(ack: AsyncAck, body: Json) -> None:
        addresses.append(body["response_url"])
        await ack()

    await connect(bolt)
    await hands("command", user="on-call", channel="general", command="/incident", text="")
    webhook = AsyncWebhookClient(addresses[0], retry_handlers=[])
    assert (await webhook.send(blocks=[{"type": "header"}])).status_code == 400
    assert (await webhook.send(text="one")).body == "ok"
    await webhook.send(text="two", replace_original=True)
    assert [m["text"] for m in (await hands.channel("general"))["messages"]] == ["two"]
    await webhook.send(text="", delete_original=True)
    assert (await hands.channel("general"))["messages"] == []
    await webhook.send(text="all", response_type="in_channel")
    await webhook.send(text="five")
    sixth = await webhook.send(text="six")
    assert (sixth.status_code, sixth.body) == (404, '{"ok": false, "error": "used_url"}')
    unknown = await AsyncWebhookClient(f"{sandbox.url}response/unknown", retry_handlers=[]).send(text="x")
    assert (unknown.status_code, unknown.body) == (404, '{"ok": false, "error": "expired_url"}')


async def test_a_trigger_expires_and_is_good_once(bolt: AsyncApp, connect: Connect, hands: Hands) -> None:
    triggers: list[str] = []

    @bolt.command("/incident")
    async def incident(ack: AsyncAck, body: Json) -> None:
        triggers.append(body["trigger_id"])
        await ack()

    await connect(bolt)
    modal = {"type": "modal", "title": {"type": "plain_text", "text": "Hi"}, "blocks": []}
    for _ in range(2):
        await hands("command", user="on-call", channel="general", command="/incident", text="")
    await bolt.client.views_open(trigger_id=triggers[1], view=modal)
    assert await open_error(bolt.client, triggers[1], modal) == "exchanged_trigger_id"
    await asyncio.sleep(PATIENCE * 1.1)
    assert await open_error(bolt.client, triggers[0], modal) == "expired_trigger_id"


async def test_members_speak_react_and_join(hands: Hands, client: AsyncWebClient) -> None:
    room = (await client.conversations_create(name="incident-1"))["channel"]["id"]
    said = await hands("message", user="on-call", channel="incident-1", text="On it, @secondary")
    assert (await hands.last(room))["text"] == "On it, <@U0SECOND>"
    assert "U0ONCALL" in (await hands.channel(room))["members"]
    await hands("message", user="on-call", channel=room, text="details", thread_ts=said["ts"])
    await hands("react", user="vp", channel=room, ts=said["ts"], name="eyes")
    shown = next(m for m in (await hands.channel(room))["messages"] if m["ts"] == said["ts"])
    assert (shown["reactions"], shown["reply_count"]) == ([{"name": "eyes", "users": ["U0VPENG"]}], 1)
    await hands("react", user="vp", channel=room, ts=said["ts"], name="eyes")
    await hands("join", user="cto", channel=room)
    assert "U0CTO" in (await hands.channel(room))["members"]


async def test_a_private_channel_is_seen_by_its_members_alone(hands: Hands, client: AsyncWebClient) -> None:
    await client.conversations_create(name="secret", is_private=True)
    answer = await hands("message", user="on-call", channel="secret", text="hello?")
    assert answer["error"] == "channel_not_found"


async def test_a_member_opens_the_direct_messages_with_the_bot(hands: Hands) -> None:
    room = (await hands("open", user="manager", **{"with": "tocsin"}))["channel"]
    await hands("message", user="manager", channel=room, text="hello")
    assert (await hands.last(room))["user"] == "U0MANAGER"


@pytest.mark.parametrize(
    ("act", "wish", "error"),
    [
        ("command", {"user": "nobody", "channel": "general", "command": "/incident"}, "user_not_found"),
        ("command", {"user": "vp", "channel": "nowhere", "command": "/incident"}, "channel_not_found"),
        ("command", {"user": "vp", "channel": "general", "command": "/other"}, "unknown_command"),
        ("command", {"user": "vp", "channel": "general"}, "missing_command"),
        ("click", {"user": "vp", "channel": "general", "ts": "1", "action_id": "a"}, "message_not_found"),
        ("click", {"user": "vp", "action_id": "a"}, "no_open_view"),
        ("submit", {"user": "vp"}, "no_open_modal"),
        ("message", {"user": "vp", "channel": "general", "text": " "}, "no_text"),
        ("react", {"user": "vp", "channel": "general", "ts": "1", "name": "no emoji"}, "invalid_name"),
        ("open", {"user": "vp", "with": "cto"}, "user_not_found"),
        ("advance", {"seconds": -1}, "the clock only moves on"),
        ("advance", {"seconds": "soon"}, "seconds must be a number"),
        ("advance", {"seconds": "nan"}, "seconds must be a number"),
        ("submit", {"user": "vp", "values": [1]}, "values must be an object"),
        ("advance", {"to": "soon"}, "`to` must be an ISO 8601 time"),
    ],
)
async def test_what_cannot_be_done_is_said(hands: Hands, act: str, wish: Json, error: str) -> None:
    assert (await hands(act, **wish)) == {"ok": False, "error": error}


async def post_button(client: AsyncWebClient) -> str:
    blocks = [{"type": "actions", "elements": [BUTTON]}]
    return str((await client.chat_postMessage(channel="C0GENERAL", text="x", blocks=blocks))["ts"])


async def open_error(client: AsyncWebClient, trigger_id: str, view: Json) -> str:
    with pytest.raises(SlackApiError) as refused:
        await client.views_open(trigger_id=trigger_id, view=view)
    return str(refused.value.response["error"])


async def settle(look: Callable[[], Awaitable[Json]], is_so: Callable[[Json], bool]) -> None:
    """Wait for what follows an acknowledgement."""
    async with asyncio.timeout(2):
        while not is_so(await look()):  # noqa: ASYNC110 - what is waited for happens in the app
            await asyncio.sleep(0.01)
