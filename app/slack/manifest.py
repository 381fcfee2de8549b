"""The app's manifest: as it ships, for Socket Mode, or turned to HTTP."""

from typing import Any

from ruamel.yaml import YAML

from app.config import SHIPPED

EVENTS_PATH = "/slack/events"


def manifest(http_url: str | None = None) -> dict[str, Any]:
    """Return the manifest; with `http_url`, the address of this Tocsin, the one that has Slack call it there."""
    shipped: dict[str, Any] = YAML(typ="safe", pure=True).load(SHIPPED / "manifest.yml")
    if http_url is None:
        return shipped
    address = http_url.rstrip("/").removesuffix(EVENTS_PATH) + EVENTS_PATH
    features, settings = shipped["features"], shipped["settings"]
    commands = [command | {"url": address} for command in features["slash_commands"]]
    interactivity = settings["interactivity"] | {"request_url": address, "message_menu_options_url": address}
    events = settings["event_subscriptions"] | {"request_url": address}
    over_http = {"socket_mode_enabled": False, "interactivity": interactivity, "event_subscriptions": events}
    return shipped | {"features": features | {"slash_commands": commands}, "settings": settings | over_http}
