"""Where the workspace lies between two runs: `slack.json` and `files/` in a folder, or memory alone."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.sandbox.workspace import (
    Alert,
    Bookmark,
    Channel,
    File,
    Json,
    Member,
    Message,
    Notice,
    UserGroup,
    View,
    Workspace,
)


class Unreadable(Exception):
    """A saved workspace is not of this version of the sandbox."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} holds no workspace that this version can read; move it away to start afresh.")


class Shelf:
    """Keeps the workspace and the content of files; without a folder, only as long as the process lives."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._contents: dict[str, bytes] = {}
        self._saved_version: int | None = None
        if folder is not None:
            (folder / "files").mkdir(parents=True, exist_ok=True)

    def load(self) -> Workspace | None:
        """Return the workspace that was saved last, or None when there is none."""
        path = self._folder / "slack.json" if self._folder is not None else None
        if path is None or not path.exists():
            return None
        try:
            workspace = _workspace(json.loads(path.read_text(encoding="utf-8")))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise Unreadable(path) from error
        self._saved_version = workspace.version
        return workspace

    def save(self, workspace: Workspace) -> None:
        """Write the workspace, unless nothing changed since it was last written."""
        if self._folder is None or self._saved_version == workspace.version:
            return
        # Renamed into place, so that a kill at any moment leaves either the old state or the new one. No fsync:
        # the sandbox must survive the death of its process, not that of the machine.
        draft = self._folder / "slack.json.new"
        draft.write_text(json.dumps(workspace, default=vars), encoding="utf-8")
        draft.replace(self._folder / "slack.json")
        self._saved_version = workspace.version

    def put(self, file_id: str, content: bytes) -> None:
        """Keep the content of a file."""
        if self._folder is None:
            self._contents[file_id] = content
        else:
            (self._folder / "files" / file_id).write_bytes(content)

    def get(self, file_id: str) -> bytes:
        """Return the content of a file that was put."""
        if self._folder is None:
            return self._contents[file_id]
        return (self._folder / "files" / file_id).read_bytes()


def _workspace(saved: Json) -> Workspace:
    return Workspace(
        **saved
        | {
            "members": _each(Member, saved["members"]),
            "usergroups": _each(UserGroup, saved["usergroups"]),
            "channels": {key: _channel(row) for key, row in saved["channels"].items()},
            "files": _each(File, saved["files"]),
            "homes": _each(View, saved["homes"]),
            "alerts": [Alert(**row) for row in saved.get("alerts", ())],
        }
    )


def _channel(saved: Json) -> Channel:
    return Channel(
        **saved
        | {
            "topic": Notice(**saved["topic"]),
            "purpose": Notice(**saved["purpose"]),
            "bookmarks": [Bookmark(**row) for row in saved["bookmarks"]],
            "messages": _each(Message, saved["messages"]),
        }
    )


def _each(kind: type[Any], rows: Mapping[str, Json]) -> dict[str, Any]:
    return {key: kind(**row) for key, row in rows.items()}
