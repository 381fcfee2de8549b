"""Modals: what Slack's client checks, what the app answers, and the stack that they make."""

from typing import Any

import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from app.sandbox import Sandbox
from tests.sandbox.hands import Connect, Hands, Json

PLAIN = {"type": "plain_text", "text": "Title"}


def modal(*blocks: Json, **more: Any) -> Json:
    return {"type": "modal", "callback_id": "form", "title": PLAIN, "submit": PLAIN, "blocks": list(blocks), **more}


def asks(action_id: str, element: Json, **more: Any) -> Json:
    return {
        "type": "input",
        "block_id": f"{action_id}_block",
        "label": PLAIN,
        "element": {"action_id": action_id, **element},
        **more,
    }


def options(*values: str) -> list[Json]:
    return [{"text": {"type": "plain_text", "text": value.upper()}, "value": value} for value in values]


TITLE = asks("title", {"type": "plain_text_input"})

EVERYTHING = (
    asks("text", {"type": "plain_text_input", "initial_value": "as it was"}),
    asks("number", {"type": "number_input", "is_decimal_allowed": False}),
    asks("url", {"type": "url_text_input"}),
    asks("one", {"type": "static_select", "options": options("a", "b"), "initial_option": options("a")[0]}),
    asks("several", {"type": "multi_static_select", "options": options("a", "b", "c")}),
    asks("boxes", {"type": "checkboxes", "options": options("a", "b")}, optional=True),
    asks("radio", {"type": "radio_buttons", "options": options("a", "b")}),
    asks("who", {"type": "users_select"}),
    asks("whom", {"type": "multi_users_select"}),
    asks("where", {"type": "conversations_select", "initial_conversation": "C0GENERAL"}),
    asks("room", {"type": "channels_select"}),
    asks("day", {"type": "datepicker", "initial_date": "2026-01-01"}),
    asks("hour", {"type": "timepicker"}),
    asks("moment", {"type": "datetimepicker"}),
)


@pytest.fixture
async def form(bolt: AsyncApp, connect: Connect, hands: Hands, sandbox: Sandbox) -> Any:
    """Return a function that opens a modal for `on-call`."""
    await connect(bolt)

    async def show(view: Json) -> Json:
        trigger_id = sandbox.slack.triggers.pull("U0ONCALL")
        shown: Json = (await bolt.client.views_open(trigger_id=trigger_id, view=view))["view"]
        return shown

    return show


def answer(bolt: AsyncApp, **response: Any) -> list[Json]:
    """Let the app answer submissions so; return the list of those that come."""
    seen: list[Json] = []

    @bolt.view("form")
    async def submitted(ack: AsyncAck, body: Json) -> None:
        seen.append(body)
        await ack(**response)

    return seen


async def stack(hands: Hands) -> list[Json]:
    modals: list[Json] = (await hands.state())["modals"].get("U0ONCALL", [])
    return modals


async def test_a_submission_holds_every_value_in_slacks_shape(bolt: AsyncApp, hands: Hands, form: Any) -> None:
    seen = answer(bolt)
    await form(modal(*EVERYTHING, private_metadata="kept"))
    values = {
        "number": "3",
        "url": "https://example.com",
        "several": ["a", "c"],
        "radio": "b",
        "who": "cto",
        "whom": ["vp", "U0CTO"],
        "room": "C0SUPPORT",
        "hour": "12:30",
        "moment": 1_700_000_000,
    }
    assert await hands("submit", user="on-call", values=values) == {"ok": True, "closed": True, "errors": {}}
    view = seen[0]["view"]
    assert view["private_metadata"] == "kept"
    assert view["id"] == view["root_view_id"]
    held = {action: state for block in view["state"]["values"].values() for action, state in block.items()}
    assert held == {
        "text": {"type": "plain_text_input", "value": "as it was"},
        "number": {"type": "number_input", "value": "3"},
        "url": {"type": "url_text_input", "value": "https://example.com"},
        "one": {"type": "static_select", "selected_option": options("a")[0]},
        "several": {"type": "multi_static_select", "selected_options": options("a", "c")},
        "boxes": {"type": "checkboxes", "selected_options": []},
        "radio": {"type": "radio_buttons", "selected_option": options("b")[0]},
        "who": {"type": "users_select", "selected_user": "U0CTO"},
        "whom": {"type": "multi_users_select", "selected_users": ["U0VPENG", "U0CTO"]},
        "where": {"type": "conversations_select", "selected_conversation": "C0GENERAL"},
        "room": {"type": "channels_select", "selected_channel": "C0SUPPORT"},
        "day": {"type": "datepicker", "selected_date": "2026-01-01"},
        "hour": {"type": "timepicker", "selected_time": "12:30"},
        "moment": {"type": "datetimepicker", "selected_date_time": 1_700_000_000},
    }
    assert await stack(hands) == []


@pytest.mark.parametrize(
    ("element", "value", "complaint"),
    [
        ({"type": "plain_text_input"}, "", "Please complete this required field."),
        ({"type": "plain_text_input", "min_length": 3}, "ab", "Please enter at least 3 characters."),
        ({"type": "plain_text_input", "max_length": 3}, "abcd", "Please enter at most 3 characters."),
        ({"type": "number_input", "is_decimal_allowed": True}, "many", "Please enter a number."),
        ({"type": "number_input", "is_decimal_allowed": True}, "nan", "Please enter a number."),
        ({"type": "number_input", "is_decimal_allowed": False}, "1.5", "Please enter a whole number."),
        (
            {"type": "number_input", "is_decimal_allowed": False, "min_value": "1"},
            "0",
            "Please enter a number of at least 1.",
        ),
        (
            {"type": "number_input", "is_decimal_allowed": False, "max_value": "9"},
            "10",
            "Please enter a number of at most 9.",
        ),
        ({"type": "url_text_input"}, "example", "Please enter a valid URL."),
        (
            {"type": "multi_static_select", "options": options("a", "b"), "max_selected_items": 1},
            ["a", "b"],
            "Please select at most 1 items.",
        ),
    ],
)
async def test_the_client_checks_before_it_submits(
    bolt: AsyncApp, hands: Hands, form: Any, *, element: Json, value: Any, complaint: str
) -> None:
    seen = answer(bolt)
    await form(modal(asks("x", element)))
    answered = await hands("submit", user="on-call", values={"x": value})
    assert answered == {"ok": True, "closed": False, "errors": {"x_block": complaint}}
    assert seen == []


async def test_errors_from_the_app_stay_in_the_modal(bolt: AsyncApp, hands: Hands, form: Any) -> None:
    answer(bolt, response_action="errors", errors={"title_block": "Too vague."})
    await form(modal(TITLE))
    answered = await hands("submit", user="on-call", values={"title": "x"})
    assert (answered["closed"], answered["errors"]) == (False, {"title_block": "Too vague."})
    (view,) = await stack(hands)
    assert view["state"]["values"]["title_block"]["title"]["value"] == "x"


async def test_errors_must_name_inputs_of_the_modal(bolt: AsyncApp, hands: Hands, form: Any) -> None:
    answer(bolt, response_action="errors", errors={"other": "?"})
    await form(modal(TITLE))
    answered = await hands("submit", user="on-call", values={"title": "x"})
    assert answered["error"].startswith("invalid_response_action")


async def test_update_replaces_push_covers_and_clear_closes_all(bolt: AsyncApp, hands: Hands, form: Any) -> None:
    responses: list[Json] = [
        {"response_action": "update", "view": modal(TITLE, private_metadata="second")},
        {"response_action": "push", "view": modal(TITLE, private_metadata="third")},
        {"response_action": "clear"},
    ]

    @bolt.view("form")
    async def submitted(ack: AsyncAck) -> None:
        await ack(**responses.pop(0))

    first = await form(modal(TITLE))
    await hands("submit", user="on-call", values={"title": "x"})
    (view,) = await stack(hands)
    assert (view["id"], view["private_metadata"]) == (first["id"], "second")
    assert view["hash"] != first["hash"]
    await hands("submit", user="on-call", values={"title": "x"})
    below, above = await stack(hands)
    assert (above["private_metadata"], above["previous_view_id"]) == ("third", below["id"])
    assert await hands("submit", user="on-call", values={"title": "x"}) == {"ok": True, "closed": True, "errors": {}}
    assert await stack(hands) == []


async def test_a_malformed_view_in_an_answer_is_an_error(bolt: AsyncApp, hands: Hands, form: Any) -> None:
    answer(bolt, response_action="update", view=modal(TITLE, title=PLAIN | {"text": "x" * 25}))
    await form(modal(TITLE))
    answered = await hands("submit", user="on-call", values={"title": "x"})
    assert "must be less than 25 characters" in answered["error"]


async def test_an_unanswered_submission_leaves_the_modal_open(
    hands: Hands, client: AsyncWebClient, sandbox: Sandbox
) -> None:
    await client.views_open(trigger_id=sandbox.slack.triggers.pull("U0ONCALL"), view=modal(TITLE))
    assert (await hands("submit", user="on-call", values={"title": "x"}))["error"] == "dispatch_failed"
    assert len(await stack(hands)) == 1


async def test_closing_tells_the_app_that_asked(bolt: AsyncApp, hands: Hands, form: Any) -> None:
    seen: list[bool] = []

    @bolt.view_closed("form")
    async def closed(ack: AsyncAck, body: Json) -> None:
        seen.append(body["is_cleared"])
        await ack()

    for more in ({}, {"notify_on_close": True}, {"notify_on_close": True, "clear_on_close": True}):
        await form(modal(TITLE, **more))
        assert (await hands("close", user="on-call"))["ok"]
    assert seen == [False, True]
    assert (await hands("close", user="on-call"))["error"] == "no_open_modal"


async def test_a_choice_in_a_modal_is_dispatched_with_what_was_entered(bolt: AsyncApp, hands: Hands, form: Any) -> None:
    seen: list[Json] = []

    @bolt.action("severity")
    async def chosen(ack: AsyncAck, body: Json) -> None:
        seen.append(body)
        await ack()
        view = body["view"]
        await bolt.client.views_update(view_id=view["id"], hash=view["hash"], view=modal(*blocks, PLAIN_SECTION))

    severity = asks("severity", {"type": "static_select", "options": options("a", "b")}, dispatch_action=True)
    blocks = (TITLE, severity)
    await form(modal(*blocks))
    await hands("click", user="on-call", action_id="severity", value="b", values={"title": "typed"})
    view = seen[0]["view"]
    assert seen[0]["container"] == {"type": "view", "view_id": view["id"]}
    assert view["state"]["values"]["title_block"]["title"]["value"] == "typed"
    assert view["state"]["values"]["severity_block"]["severity"]["selected_option"]["value"] == "b"
    (updated,) = await stack(hands)
    assert len(updated["blocks"]) == 3
    assert updated["state"]["values"]["title_block"]["title"]["value"] == "typed"


PLAIN_SECTION = {"type": "section", "text": {"type": "plain_text", "text": "More"}}


async def test_an_input_that_dispatches_nothing_only_keeps_its_value(bolt: AsyncApp, hands: Hands, form: Any) -> None:
    await form(modal(TITLE))
    assert (await hands("click", user="on-call", action_id="title", value="typed"))["ok"]
    (view,) = await stack(hands)
    assert view["state"]["values"]["title_block"]["title"]["value"] == "typed"


async def test_an_external_select_is_suggested_to(bolt: AsyncApp, hands: Hands, form: Any) -> None:
    queries: list[str] = []

    @bolt.options("group")
    async def suggest(ack: AsyncAck, payload: Json) -> None:
        queries.append(payload["value"])
        await ack(options=[each for each in options("api", "web") if payload["value"] in each["value"]])

    seen = answer(bolt)
    await form(modal(asks("group", {"type": "external_select", "min_query_length": 0})))
    offered = await hands("suggest", user="on-call", action_id="group", value="ap")
    assert [option["value"] for option in offered["options"]] == ["api"]
    await hands("submit", user="on-call", values={"group": "web"})
    assert queries == ["ap", ""]
    state = seen[0]["view"]["state"]["values"]["group_block"]["group"]
    assert state["selected_option"] == options("web")[0]


async def test_the_stack_is_three_deep_and_triggers_come_with_submissions(
    bolt: AsyncApp, hands: Hands, form: Any
) -> None:
    @bolt.action("more")
    async def more(ack: AsyncAck, body: Json) -> None:
        await ack()
        await bolt.client.views_push(trigger_id=body["trigger_id"], view=modal(TITLE))

    button = {"type": "button", "text": PLAIN, "action_id": "more"}
    await form(modal({"type": "actions", "elements": [button]}))
    await hands("click", user="on-call", action_id="more")
    first, second = await stack(hands)
    assert (second["root_view_id"], second["previous_view_id"]) == (first["id"], first["id"])
    await hands("close", user="on-call")
    assert len(await stack(hands)) == 1


async def test_a_home_tab_is_published_when_it_is_opened(start: Any, manifest: Json) -> None:
    sandbox = await start(manifest)
    hands = Hands.on(sandbox)
    async with hands.session:
        client = AsyncWebClient(token=sandbox.bot_token, base_url=sandbox.api_url, retry_handlers=[])
        button = {"type": "button", "text": PLAIN, "action_id": "declare"}
        home = {"type": "home", "blocks": [{"type": "actions", "elements": [button]}]}
        published = await client.views_publish(user_id="U0ONCALL", view=home)
        assert (await hands.state())["homes"]["U0ONCALL"]["id"] == published["view"]["id"]
        again = await client.views_publish(user_id="U0ONCALL", view=home, hash=published["view"]["hash"])
        assert again["view"]["id"] == published["view"]["id"]
        answered = await hands("click", user="on-call", action_id="declare", **{"in": "home"})
        assert answered["error"] == "dispatch_failed"
