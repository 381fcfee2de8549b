"""`tocsin manifest`: what to paste into Slack's create-from-manifest page."""

from typing import Any

from ruamel.yaml import YAML
from typer.testing import CliRunner

from app.cli import app


def printed(*arguments: str) -> dict[str, Any]:
    """Return the manifest that is printed."""
    result = CliRunner().invoke(app, ["manifest", *arguments])
    assert result.exit_code == 0, result.output
    manifest: dict[str, Any] = YAML(typ="safe", pure=True).load(result.stdout)
    return manifest


def test_by_default_it_is_for_socket_mode() -> None:
    manifest = printed()
    assert manifest["settings"]["socket_mode_enabled"] is True
    assert "url" not in str(manifest["features"]["slash_commands"])
    assert {command["command"] for command in manifest["features"]["slash_commands"]} == {"/incident", "/postmortem"}


def test_for_http_every_address_is_that_of_this_tocsin() -> None:
    manifest = printed("--http", "https://tocsin.example.com")
    assert manifest["settings"]["socket_mode_enabled"] is False
    addresses = {
        *(command["url"] for command in manifest["features"]["slash_commands"]),
        manifest["settings"]["interactivity"]["request_url"],
        manifest["settings"]["event_subscriptions"]["request_url"],
    }
    assert len(addresses) == 1
    assert addresses.pop().startswith("https://tocsin.example.com/")


def test_an_address_that_slack_would_not_call_is_refused() -> None:
    result = CliRunner().invoke(app, ["manifest", "--http", "http://tocsin.example.com"])
    assert result.exit_code == 2
    assert "https" in result.output
