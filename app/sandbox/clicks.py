"""Clicks and choices in messages, modals and Home tabs, and the suggestions of an external select.

Slack's page: https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
"""

from dataclasses import dataclass
from typing import Any

from app.sandbox import shapes
from app.sandbox.blockkit import elements
from app.sandbox.entries import STATEFUL, NoSuchOption, answer, answer_key, state_of
from app.sandbox.people import Impossible, ask, interaction, known_member, response_url, room_name
from app.sandbox.slack import Slack
from app.sandbox.workspace import Channel, Entered, Json, Member, Message, View


@dataclass(frozen=True, slots=True)
class InMessage:
    """The place of an element in a message, with what the member has chosen there so far."""

    room: Channel
    said: Message
    entered: Entered

    @property
    def blocks(self) -> list[Json]:
        """The blocks among which the element stands."""
        return self.said.blocks


@dataclass(frozen=True, slots=True)
class InView:
    """The place of an element in a modal or a Home tab."""

    view: View

    @property
    def blocks(self) -> list[Json]:
        """The blocks among which the element stands."""
        return list(self.view.content["blocks"])

    @property
    def entered(self) -> Entered:
        """What the member has entered there so far."""
        return self.view.entered


Place = InMessage | InView


@dataclass(frozen=True, slots=True)
class Target:
    """An element, the block that it stands in, and where that is."""

    place: Place
    block: Json
    element: Json

    @property
    def id(self) -> str:
        """The element's action id."""
        return str(self.element["action_id"])


def find(place: Place, action_id: str, value: Any = None) -> Target:
    """Return the element with that action id. Of several buttons, the one that holds `value` is meant."""
    found = [Target(place, *pair) for pair in elements(place.blocks) if pair[1]["action_id"] == action_id]
    if not found:
        raise Impossible("no_such_action")
    exact = [each for each in found if each.element["type"] == "button" and each.element.get("value") == value]
    return exact[0] if exact and value is not None else found[0]


async def click(slack: Slack, person: Member, target: Target, value: Any) -> None:
    """Press a button, or choose `value` in a menu. An input that dispatches no action only keeps the value."""
    chosen = {} if target.element["type"] == "button" else await enter(slack, person, target, value)
    if target.block["type"] == "input" and not target.block.get("dispatch_action"):
        return
    place = target.place
    payload = interaction(person, "block_actions") | _about(slack, place)
    payload |= {"trigger_id": slack.triggers.pull(person.id), "actions": [_action(slack, target, chosen)]}
    if isinstance(place, InView):
        await ask(slack, "interactive", payload, person, None)
        return
    payload["state"] = {"values": state_of(place.blocks, place.entered)}
    payload["response_url"] = response_url(slack, person, place.room, place.said.ts)
    await ask(slack, "interactive", payload, person, place.room)


async def enter(slack: Slack, person: Member, target: Target, value: Any) -> Json:
    """Return an element's state with `value` in it, which stays there."""
    state = await _state(slack, person, target, value)
    if target.element["type"] in STATEFUL:
        target.place.entered.setdefault(target.block["block_id"], {})[target.id] = state
        slack.touch()
    return state


async def suggest(slack: Slack, person: Member, target: Target, query: str) -> list[Json]:
    """Type into an external select and return the options that the app suggests.

    Slack's page: https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload
    """
    if target.element["type"] != "external_select":
        raise Impossible("not_an_external_select")
    payload = interaction(person, "block_suggestion") | _about(slack, target.place)
    payload |= {"action_id": target.id, "block_id": target.block["block_id"], "value": query}
    suggestion = await ask(slack, "interactive", payload, person, None) or {}
    groups = suggestion.get("option_groups") or [{"options": suggestion.get("options") or []}]
    options = [option for group in groups for option in group.get("options", [])]
    slack.suggested[person.id, target.id] = options
    return options


async def _state(slack: Slack, person: Member, target: Target, value: Any) -> Json:
    """Read a value as the element's; an external select asks the app for options that it has not seen."""

    def who(name: str) -> str:
        return known_member(slack, name).id

    suggested = slack.suggested.get((person.id, target.id), [])
    try:
        return answer(target.element, value, suggested, who)
    except NoSuchOption as unknown:
        if target.element["type"] != "external_select":
            raise Impossible(f"no_such_option: {unknown}") from None
    except ValueError:
        raise Impossible("invalid_value") from None
    try:
        return answer(target.element, value, await suggest(slack, person, target, ""), who)
    except NoSuchOption as unknown:
        raise Impossible(f"no_such_option: {unknown}") from None


def _action(slack: Slack, target: Target, chosen: Json) -> Json:
    """Return the action of a payload: which element, and what it holds or what was chosen in it."""
    element = target.element
    action = {
        "type": element["type"],
        "action_id": target.id,
        "block_id": target.block["block_id"],
        "action_ts": slack.ts(),
    }
    held = {key: element[key] for key in ("text", "value", "style", "url") if key in element}
    return action | (held if element["type"] == "button" else {answer_key(element): chosen[answer_key(element)]})


def _about(slack: Slack, place: Place) -> Json:
    """Return where a payload comes from. One from an ephemeral message does not hold the message."""
    if isinstance(place, InView):
        return {"container": {"type": "view", "view_id": place.view.id}, "view": shapes.view(place.view)}
    room, said = place.room, place.said
    container: Json = {
        "type": "message",
        "message_ts": said.ts,
        "channel_id": room.id,
        "is_ephemeral": said.ephemeral_for is not None,
    }
    about: Json = {"container": container, "channel": {"id": room.id, "name": room_name(room)}}
    if said.thread_ts:
        container["thread_ts"] = said.thread_ts
    if said.ephemeral_for is None:
        about["message"] = shapes.message(slack, room, said, metadata=True)
    return about
