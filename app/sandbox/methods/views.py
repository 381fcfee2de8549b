"""views.*: modals for a member who just acted, and Home tabs.

Slack's page: https://docs.slack.dev/surfaces/modals
"""

import json

from app.sandbox import shapes
from app.sandbox.blockkit import VIEW_BYTES, view_complaints
from app.sandbox.call import Call
from app.sandbox.refusals import Refused, invalid
from app.sandbox.views import new_view, replace
from app.sandbox.workspace import Json, View


def open_modal(call: Call) -> Json:
    """Open a modal for the member whose trigger it is."""
    content = _content(call, "modal")
    return _shown(call, call.slack.views.open(_exchange(call), content))


def push(call: Call) -> Json:
    """Put a modal on top of the one that the member has open."""
    content = _content(call, "modal")
    return _shown(call, call.slack.views.push(_exchange(call), content))


def update(call: Call) -> Json:
    """Replace what an open modal shows, unless it changed since the given hash."""
    view = call.slack.views.find(call.text("view_id"), call.text("external_id"))
    if view is None:
        raise Refused("not_found")
    content = _content(call, "modal", view)
    _check_hash(call, view)
    replace(view, content)
    return _shown(call, view)


def publish(call: Call) -> Json:
    """Publish a member's Home tab."""
    if not call.slack.manifest.home_tab:
        raise Refused("not_enabled")
    user = call.need("user_id")
    if user not in call.slack.workspace.members:
        raise invalid("invalid_arguments", ["[ERROR] user_id is not valid [json-pointer:/user_id]"])
    homes = call.slack.workspace.homes
    home = homes.get(user)
    content = _content(call, "home", home)
    if home is None:
        homes[user] = home = new_view(user, content)
    else:
        _check_hash(call, home)
        replace(home, content)
    return _shown(call, home)


def _shown(call: Call, view: View) -> Json:
    call.slack.touch()
    return {"view": shapes.view(view)}


def _exchange(call: Call) -> str:
    return call.slack.triggers.exchange(call.need("trigger_id"))


def _check_hash(call: Call, view: View) -> None:
    if call.text("hash") not in {None, view.hash}:
        raise Refused("hash_conflict")


def _content(call: Call, kind: str, replaced: View | None = None) -> Json:
    content = call.json("view")
    complaints = view_complaints(content)
    if not complaints and content["type"] != kind:
        complaints = [f"[ERROR] unsupported type: {content['type']} [json-pointer:/view/type]"]
    if complaints:
        raise invalid("invalid_arguments", complaints)
    if len(json.dumps(content).encode()) > VIEW_BYTES:
        raise Refused("view_too_large")
    external_id = content.get("external_id")
    taken = _named(call, external_id) if external_id else None
    if taken is not None and taken is not replaced:
        raise Refused("duplicate_external_id")
    return dict(content)


def _named(call: Call, external_id: str) -> View | None:
    homes = call.slack.workspace.homes.values()
    home = next((home for home in homes if home.content.get("external_id") == external_id), None)
    return home or call.slack.views.find(None, external_id)
