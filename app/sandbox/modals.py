"""Submitting and closing modals.

Slack's page: https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
"""

from collections.abc import Mapping
from typing import Any

from app.sandbox import clicks, entries, shapes
from app.sandbox.blockkit import view_complaints
from app.sandbox.clicks import InView
from app.sandbox.delivery import Undelivered
from app.sandbox.people import Impossible, ask, interaction
from app.sandbox.refusals import Refused
from app.sandbox.slack import Slack
from app.sandbox.views import replace
from app.sandbox.workspace import Json, Member, View


def top(slack: Slack, person: Member) -> View:
    """Return the modal that the member sees."""
    view = slack.views.top(person.id)
    if view is None:
        raise Impossible("no_open_modal")
    return view


async def fill(slack: Slack, person: Member, view: View, values: Mapping[str, Any]) -> None:
    """Enter values by action id; what is not named stays as it was."""
    for action_id, value in values.items():
        await clicks.enter(slack, person, clicks.find(InView(view), action_id), value)


async def submit(slack: Slack, person: Member, values: Mapping[str, Any]) -> Json:
    """Submit the modal that the member sees; return whether it closed, and the errors shown in it by block id."""
    view = top(slack, person)
    await fill(slack, person, view, values)
    blocks = view.content["blocks"]
    errors = entries.errors(blocks, entries.state_of(blocks, view.entered))
    if errors:
        return {"closed": False, "errors": errors}
    payload = interaction(person, "view_submission") | {
        "trigger_id": slack.triggers.pull(person.id),
        "view": shapes.view(view),
        "response_urls": [],
    }
    answer = await ask(slack, "interactive", payload, person, None) or {}
    return _follow(slack, view, answer)


def _follow(slack: Slack, view: View, answer: Json) -> Json:
    """Do what the app's `response_action` says; without one the modal closes."""
    slack.touch()
    match answer.get("response_action"):
        case None:
            slack.views.close(view)
        case "clear":
            slack.views.clear(view.user)
        case "errors":
            return {"closed": False, "errors": _errors(view, answer)}
        case "update":
            replace(view, _content(answer))
            return {"closed": False, "errors": {}}
        case "push":
            try:
                slack.views.push(view.user, _content(answer))
            except Refused as refused:
                raise Impossible(refused.error) from None
            return {"closed": False, "errors": {}}
        case unknown:
            raise Impossible(f"invalid_response_action: {unknown}")
    return {"closed": True, "errors": {}}


def _errors(view: View, answer: Json) -> Json:
    """Return the app's errors; Slack shows them only under blocks that the modal has."""
    errors = answer.get("errors")
    blocks = {block["block_id"] for block in view.content["blocks"] if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= blocks:
        raise Impossible("invalid_response_action: errors must name input blocks of the view")
    return errors


def _content(answer: Json) -> Json:
    complaints = view_complaints(answer.get("view"))
    if complaints:
        raise Impossible(f"invalid_response_action: {'; '.join(complaints)}")
    return dict(answer["view"])


async def close(slack: Slack, person: Member) -> None:
    """Close the modal that the member sees, or all of them if it says so, and tell the app if it asked."""
    view = top(slack, person)
    is_cleared = bool(view.content.get("clear_on_close"))
    if is_cleared:
        slack.views.clear(person.id)
    else:
        slack.views.close(view)
    slack.touch()
    if view.content.get("notify_on_close"):
        payload = interaction(person, "view_closed") | {"view": shapes.view(view), "is_cleared": is_cleared}
        try:
            await slack.delivery.ask("interactive", payload)
        except Undelivered:
            # The modal is gone for the member either way, and Slack tells nobody.
            return
