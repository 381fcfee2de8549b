import json
import os
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from app.slack import methods
from app.slack.listeners import ROUTES
from app.slack.manifest import manifest
from app.slack.methods import METHODS, Where
from app.slack.requests import Kind

SPECS = os.environ.get("SLACK_SPECS")
specs = pytest.mark.skipif(not SPECS, reason="SLACK_SPECS names no folder with Slack's specifications")
ROOT = Path(__file__).parents[2]
ATTRIBUTE = re.compile(r"\.([a-z]+(?:_[a-zA-Z0-9]+)+)\b")
# What slack_sdk calls where the name is not a method of the Web API.
MADE_OF = {"files_upload_v2": {"files.getUploadURLExternal", "files.completeUploadExternal"}}
HTTP = "https://tocsin.example.org"


def test_the_manifest_asks_for_the_scopes_of_the_methods_and_no_others() -> None:
    assert set(manifest()["oauth_config"]["scopes"]["bot"]) == methods.scopes()


def test_the_scopes_stand_in_order_and_once() -> None:
    scopes = manifest()["oauth_config"]["scopes"]["bot"]
    assert scopes == sorted(set(scopes))


def test_every_command_shortcut_and_event_has_a_listener_and_none_is_missing() -> None:
    shipped = manifest()
    features = shipped["features"]
    assert {one["command"] for one in features["slash_commands"]} == set(ROUTES[Kind.COMMAND])
    assert {one["callback_id"] for one in features["shortcuts"]} == set(ROUTES[Kind.SHORTCUT])
    assert set(shipped["settings"]["event_subscriptions"]["bot_events"]) == set(ROUTES[Kind.EVENT])


def test_mentions_arrive_as_ids() -> None:
    assert all(command["should_escape"] for command in manifest()["features"]["slash_commands"])


@pytest.mark.parametrize("given", [HTTP, f"{HTTP}/", f"{HTTP}/slack/events"])
def test_over_http_slack_calls_one_address(given: str) -> None:
    turned = manifest(given)
    address = f"{HTTP}/slack/events"
    assert turned["settings"]["socket_mode_enabled"] is False
    assert turned["settings"]["interactivity"]["request_url"] == address
    assert turned["settings"]["interactivity"]["message_menu_options_url"] == address
    assert turned["settings"]["event_subscriptions"]["request_url"] == address
    assert {command["url"] for command in turned["features"]["slash_commands"]} == {address}
    assert turned["oauth_config"] == manifest()["oauth_config"]


def test_as_shipped_it_is_for_socket_mode() -> None:
    shipped = manifest()
    assert shipped["settings"]["socket_mode_enabled"] is True
    assert "request_url" not in json.dumps(shipped)


def test_the_table_names_the_methods_that_are_called_and_no_others() -> None:
    files = [file for file in (ROOT / "app" / "slack").rglob("*.py") if file.name != "methods.py"]
    text = "\n".join(file.read_text() for file in files)
    attributes = {name for name in ATTRIBUTE.findall(text) if hasattr(AsyncWebClient, name)} - {"api_call"}
    spelled = {name.replace(".", "_"): name for name in METHODS}
    called = {spelled.get(name, name) for one in attributes for name in MADE_OF.get(one, {one})}
    assert called | {name for name in METHODS if f'"{name}"' in text} == set(METHODS)


@specs
@pytest.mark.parametrize("given", [None, HTTP])
def test_the_manifest_fits_slacks_schema(given: str | None) -> None:
    schema: dict[str, Any] = json.loads((Path(SPECS or "") / "manifest" / "manifest.schema.2.0.0.json").read_text())
    jsonschema.validate(manifest(given), schema)


@specs
@pytest.mark.parametrize("method", METHODS)
def test_slack_documents_the_scope_of_each_method(method: str) -> None:
    documented = json.loads((Path(SPECS or "") / "methods" / f"{method}.json").read_text())["scope"].get("bot", [])
    for where, scope in METHODS[method].items():
        if scope is None:
            assert documented == [], where
        elif where is not Where.FOREIGN or scope != "chat:write.public":
            # chat:write.public adds a kind of channel to chat:write; the method's page names the latter alone.
            assert scope in documented, where
