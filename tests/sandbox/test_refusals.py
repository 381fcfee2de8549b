"""Every row of the table of refusals, provoked by Slack's own client over HTTP."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from app.sandbox import Sandbox
from app.sandbox.methods import METHODS
from app.sandbox.refusals import REFUSALS
from tests.sandbox.provocations import HI, HIDDEN, NOWHERE, PROVOKED, ROOM, SECRET, prepare

ROWS = [(method, error) for method, errors in REFUSALS.items() for error in errors]


async def refused(client: AsyncWebClient, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as raised:
        await client.api_call(method, json=arguments)
    answer: dict[str, Any] = raised.value.response.data
    return answer


def arguments_for(method: str, error: str) -> dict[str, Any]:
    if error in PROVOKED[method]:
        return PROVOKED[method][error]
    named = "channel_id" if method.startswith("bookmarks.") else "channel"
    return {"channel_not_found": {named: NOWHERE}}.get(error, {})


@pytest.mark.parametrize(("method", "error"), ROWS, ids=[f"{method}-{error}" for method, error in ROWS])
async def test_every_row_of_the_table_is_given(start: Any, quiet: dict[str, Any], method: str, error: str) -> None:
    if error in {"missing_scope", "not_enabled"}:
        quiet = {}
    elif error == "not_in_channel":
        scopes = [scope for scope in quiet["oauth_config"]["scopes"]["bot"] if scope != "chat:write.public"]
        quiet = quiet | {"oauth_config": {"scopes": {"bot": scopes}}}
    sandbox = await start(quiet, patience=3.0)
    prepare(sandbox)
    wrong_kind = sandbox.bot_token if method == "apps.connections.open" else sandbox.app_token
    token = {"not_authed": "", "invalid_auth": "xoxb-wrong", "not_allowed_token_type": wrong_kind}
    client = AsyncWebClient(token=token.get(error, sandbox.bot_token), base_url=sandbox.api_url, retry_handlers=[])
    answer = await refused(client, method, arguments_for(method, error))
    assert answer["error"] == error


def test_the_table_names_every_method_and_no_other() -> None:
    assert set(REFUSALS) == set(METHODS) == set(PROVOKED)


def test_every_provocation_has_its_row() -> None:
    assert {(method, error) for method, errors in PROVOKED.items() for error in errors} <= set(ROWS)


async def test_unknown_methods_are_refused(client: AsyncWebClient) -> None:
    answer = await refused(client, "chat.shout", {})
    assert answer == {"ok": False, "error": "unknown_method", "req_method": "chat.shout"}


async def test_missing_scope_says_which_and_what_there_is(start: Any, quiet: dict[str, Any]) -> None:
    sandbox = await start(quiet | {"oauth_config": {"scopes": {"bot": ["channels:read", "chat:write"]}}})
    prepare(sandbox)
    client = AsyncWebClient(token=sandbox.bot_token, base_url=sandbox.api_url, retry_handlers=[])
    answer = await refused(client, "conversations.info", {"channel": SECRET})
    assert (answer["needed"], answer["provided"]) == ("groups:read", "channels:read,chat:write")
    assert (await client.conversations_info(channel=ROOM))["channel"]["name"] == "c0room"


async def test_a_private_channel_without_the_bot_does_not_exist_for_it(
    sandbox: Sandbox, client: AsyncWebClient
) -> None:
    prepare(sandbox)
    for method in ("conversations.info", "conversations.history", "chat.postMessage"):
        assert (await refused(client, method, {"channel": HIDDEN, "text": "x"}))["error"] == "channel_not_found"


async def test_invalid_blocks_say_where(sandbox: Sandbox, client: AsyncWebClient) -> None:
    prepare(sandbox)
    answer = await refused(client, "chat.postMessage", HI | {"blocks": [{"type": "divider"}, {"type": "header"}]})
    complaint = "[ERROR] missing required field: text [json-pointer:/blocks/1]"
    assert answer["response_metadata"]["messages"] == answer["errors"] == [complaint]


@pytest.mark.skipif("SLACK_SPECS" not in os.environ, reason="SLACK_SPECS names no folder of Slack's method pages")
def test_slack_documents_every_refusal() -> None:
    # Slack gives these on any method, or the method's page forgets them.
    general = {"not_authed", "invalid_auth", "not_allowed_token_type", "missing_scope", "invalid_arguments"}
    forgotten = {"msg_blocks_too_long", "not_in_channel", "invalid_limit", "user_not_found"}
    undocumented = {}
    for method, errors in REFUSALS.items():
        page = json.loads((Path(os.environ["SLACK_SPECS"]) / "methods" / f"{method}.json").read_text())
        if unknown := set(errors) - set(page["errors"]) - general - forgotten:
            undocumented[method] = unknown
    assert undocumented == {}
