"""What an app says by a response URL, or in the acknowledgement of a command.

Slack's page: https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
"""

from collections.abc import Mapping
from typing import Any

from app.sandbox import posting
from app.sandbox.slack import Slack
from app.sandbox.triggers import ResponseUrl
from app.sandbox.workspace import Channel, Message


def respond(slack: Slack, response_id: str, answer: Mapping[str, Any]) -> None:
    """Use a response URL once: post, replace or delete. What Slack refuses does not count as a use."""
    response = slack.triggers.response(response_id)
    _apply(slack, response, answer)
    response.uses += 1


def show_answer(slack: Slack, response_id: str, answer: Mapping[str, Any]) -> None:
    """Show what came with the acknowledgement, which is no use of the response URL."""
    if answer.get("text") or answer.get("blocks"):
        _apply(slack, slack.triggers.response(response_id), answer)


def _apply(slack: Slack, response: ResponseUrl, answer: Mapping[str, Any]) -> None:
    room = slack.workspace.channels[response.channel]
    original = room.messages.get(response.ts or "")
    if answer.get("delete_original") is True:
        if original is not None:
            posting.delete(slack, room, original)
    elif answer.get("replace_original") is True and original is not None:
        posting.change(slack, room, original, posting.draft(answer))
    else:
        said = _say(slack, room, response, answer)
        # From a command there is no message at first; what it was answered with is what a replacement replaces.
        response.ts = response.ts or said.ts


def _say(slack: Slack, room: Channel, response: ResponseUrl, answer: Mapping[str, Any]) -> Message:
    shown_to = None if answer.get("response_type") == "in_channel" else response.user
    thread_ts = answer.get("thread_ts")
    written = posting.draft(answer)
    said = posting.bot_message(slack, written, thread_ts=str(thread_ts) if thread_ts else None, shown_to=shown_to)
    return posting.post(slack, room, said)
