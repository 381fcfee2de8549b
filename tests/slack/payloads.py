"""Payloads as Slack sends them, with what Tocsin reads in them."""

from collections.abc import Mapping
from typing import Any

Payload = dict[str, Any]

TEAM = "T0SANDBOX"
ANN = "U0ANN"
WEB = {"id": TEAM, "domain": "acme"}


def command(
    text: str = "", *, name: str = "/incident", user: str = ANN, channel: str = "C0GENERAL", trigger: str = "1.2.a"
) -> Payload:
    """Return a slash command. Slack sends it as a form, so that all values are text."""
    return {
        "token": "t",
        "command": name,
        "text": text,
        "user_id": user,
        "user_name": "ann",
        "team_id": TEAM,
        "team_domain": "acme",
        "channel_id": channel,
        "channel_name": "general",
        "api_app_id": "A1",
        "is_enterprise_install": "false",
        "response_url": "https://hooks.slack.com/commands/T0SANDBOX/1/a",
        "trigger_id": trigger,
    }


def click(
    action: Mapping[str, Any], *, user: str = ANN, thread_ts: str | None = None, ts: str = "1700000000.000100"
) -> Payload:
    """Return a click in a message."""
    container = {"type": "message", "message_ts": ts, "channel_id": "C0ROOM", "is_ephemeral": False}
    return {
        "type": "block_actions",
        "team": WEB,
        "user": {"id": user, "username": "ann", "team_id": TEAM},
        "channel": {"id": "C0ROOM", "name": "incident-1"},
        "container": container | ({"thread_ts": thread_ts} if thread_ts else {}),
        "message": {"type": "message", "ts": ts, "text": "card"},
        "actions": [{"block_id": "b", "action_ts": "1700000001.5", "type": "button", **action}],
        "response_url": "https://hooks.slack.com/actions/T0SANDBOX/1/a",
        "trigger_id": "1.2.b",
    }


def click_at_home(action: Mapping[str, Any], *, user: str = ANN) -> Payload:
    """Return a click in the Home tab."""
    return {
        "type": "block_actions",
        "team": WEB,
        "user": {"id": user},
        "container": {"type": "view", "view_id": "V1"},
        "view": {"id": "V1", "type": "home", "callback_id": "", "private_metadata": "", "hash": "h"},
        "actions": [{"block_id": "b", "action_ts": "1700000001.5", "type": "button", **action}],
        "trigger_id": "1.2.c",
    }


def submission(form: str, values: Mapping[str, Any], *, metadata: str = "", user: str = ANN) -> Payload:
    """Return a modal that was sent off; `values` are the states of its elements, by field."""
    return {
        "type": "view_submission",
        "team": WEB,
        "user": {"id": user},
        "view": {
            "id": "V2",
            "hash": "1.h",
            "type": "modal",
            "callback_id": form,
            "private_metadata": metadata,
            "state": {"values": {field: {field: state} for field, state in values.items()}},
        },
        "trigger_id": "1.2.d",
        "response_urls": [],
    }


def search(action: str, typed: str) -> Payload:
    """Return what Slack asks while somebody types into an external select."""
    return {
        "type": "block_suggestion",
        "team": WEB,
        "user": {"id": ANN},
        "action_id": action,
        "block_id": action,
        "value": typed,
        "view": {"id": "V3", "type": "modal", "private_metadata": ""},
    }


def shortcut() -> Payload:
    """Return the global shortcut."""
    return {"type": "shortcut", "callback_id": "declare", "team": WEB, "user": {"id": ANN}, "trigger_id": "1.2.e"}


def message_shortcut(text: str, *, callback: str = "declare_from") -> Payload:
    """Return the shortcut on a message."""
    return {
        "type": "message_action",
        "callback_id": callback,
        "team": WEB,
        "user": {"id": ANN},
        "channel": {"id": "C0GENERAL", "name": "general"},
        "message": {"type": "message", "user": "U0BOB", "ts": "1700000000.000900", "text": text},
        "message_ts": "1700000000.000900",
        "response_url": "https://hooks.slack.com/app/T0SANDBOX/1/a",
        "trigger_id": "1.2.f",
    }


def home_opened(tab: str = "home") -> Payload:
    """Return the event of somebody who opens the app."""
    event = {"type": "app_home_opened", "user": ANN, "channel": "D1", "tab": tab, "event_ts": "1.0"}
    return {"type": "event_callback", "team_id": TEAM, "event_id": "Ev1", "event_time": 1, "event": event}


def reaction_added(name: str = "pushpin", *, user: str = ANN, team: str = TEAM) -> Payload:
    """Return the event of somebody who reacts to a message."""
    item = {"type": "message", "channel": "C0ROOM", "ts": "1700000000.000100"}
    event = {"type": "reaction_added", "user": user, "reaction": name, "item": item, "item_user": "U0BOB"}
    return {"type": "event_callback", "team_id": team, "event_id": "Ev2", "event_time": 1, "event": event}


def member_joined(*, user: str = ANN, team: str = TEAM) -> Payload:
    """Return the event of somebody who comes into a channel."""
    event = {"type": "member_joined_channel", "user": user, "channel": "C0ROOM", "channel_type": "C", "team": team}
    return {"type": "event_callback", "team_id": TEAM, "event_id": "Ev3", "event_time": 1, "event": event}
