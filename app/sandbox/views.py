"""Modals and Home tabs: who has which open, and one on top of which.

Slack's page: https://docs.slack.dev/surfaces/modals
"""

import secrets
from collections.abc import Iterator

from app.sandbox.blockkit import with_ids
from app.sandbox.refusals import Refused
from app.sandbox.workspace import Json, View, new_id

DEPTH = 3


class Views:
    """Each member's stack of modals, the top one last."""

    def __init__(self) -> None:
        self.stacks: dict[str, list[View]] = {}

    def top(self, user: str) -> View | None:
        """Return the modal that the member sees, or None."""
        stack = self.stacks.get(user)
        return stack[-1] if stack else None

    def open(self, user: str, content: Json) -> View:
        """Show a modal; whatever the member had open goes."""
        view = new_view(user, content)
        self.stacks[user] = [view]
        return view

    def push(self, user: str, content: Json) -> View:
        """Show a modal over the one that the member sees."""
        below = self.top(user)
        if below is None:
            raise Refused("not_found")
        if len(self.stacks[user]) >= DEPTH:
            raise Refused("push_limit_reached")
        view = new_view(user, content, below)
        self.stacks[user].append(view)
        return view

    def find(self, view_id: str | None, external_id: str | None) -> View | None:
        """Return the open modal with that id or external id, or None."""
        for view in self._all():
            if view.id == view_id or (external_id and view.content.get("external_id") == external_id):
                return view
        return None

    def close(self, view: View) -> None:
        """Close one modal; the one below shows again."""
        stack = self.stacks.get(view.user, [])
        if view in stack:
            stack.remove(view)
        if not stack:
            self.stacks.pop(view.user, None)

    def clear(self, user: str) -> None:
        """Close all modals of a member."""
        self.stacks.pop(user, None)

    def _all(self) -> Iterator[View]:
        for stack in self.stacks.values():
            yield from stack


def new_view(user: str, content: Json, below: View | None = None) -> View:
    """Return a view that nobody has touched."""
    view_id = new_id("V")
    return View(
        id=view_id,
        user=user,
        content=content | {"blocks": with_ids(content["blocks"])},
        hash=new_hash(),
        root_id=below.root_id if below else view_id,
        previous_id=below.id if below else None,
    )


def replace(view: View, content: Json) -> None:
    """Give a view another content. What was entered stays where block and action ids stay."""
    view.content = content | {"blocks": with_ids(content["blocks"])}
    view.hash = new_hash()


def new_hash() -> str:
    """Return a hash: it tells one state of a view from the next."""
    return f"{secrets.randbelow(10**10)}.{secrets.token_hex(4)}"
