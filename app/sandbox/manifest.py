"""What the sandbox reads of an app's manifest: its scopes, commands, shortcuts and events.

Slack's page: https://docs.slack.dev/reference/app-manifest
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Manifest:
    """The parts of a manifest that decide what the app may do and what it is told."""

    scopes: tuple[str, ...]
    commands: tuple[Mapping[str, Any], ...]
    shortcuts: tuple[Mapping[str, Any], ...]
    events: frozenset[str]
    home_tab: bool

    @classmethod
    def read(cls, manifest: Mapping[str, Any]) -> "Manifest":
        """Read a parsed manifest. A section that is missing is empty."""
        features = manifest.get("features") or {}
        settings = manifest.get("settings") or {}
        scopes = (manifest.get("oauth_config") or {}).get("scopes") or {}
        subscriptions = settings.get("event_subscriptions") or {}
        return cls(
            scopes=tuple(scopes.get("bot") or ()),
            commands=tuple(features.get("slash_commands") or ()),
            shortcuts=tuple(features.get("shortcuts") or ()),
            events=frozenset(subscriptions.get("bot_events") or ()),
            home_tab=bool((features.get("app_home") or {}).get("home_tab_enabled")),
        )

    def command(self, name: str) -> Mapping[str, Any] | None:
        """Return the slash command of that name ("/incident"), or None."""
        return next((known for known in self.commands if known.get("command") == name), None)

    def shortcut(self, callback_id: str) -> Mapping[str, Any] | None:
        """Return the shortcut with that callback id, or None."""
        return next((known for known in self.shortcuts if known.get("callback_id") == callback_id), None)
