"""What a member enters in an element: how it stands in a view's state, and what Slack's client checks.

Slack's page: https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
"""

import math
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from app.sandbox.blockkit import elements
from app.sandbox.workspace import Entered, Json

# The element's type: the key of its answer, the key of its initial answer.
STATEFUL: dict[str, tuple[str, str]] = {
    "plain_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
}
NOTHING: tuple[Any, ...] = (None, "", [])
LISTS = ("selected_options", "selected_users")

REQUIRED = "Please complete this required field."


class NoSuchOption(Exception):
    """The value is none of the element's options."""


def answer_key(element: Json) -> str:
    """Return the key under which the element's answer stands in its state and in its action."""
    return "selected_option" if element["type"] == "overflow" else STATEFUL[element["type"]][0]


def initial_state(element: Json) -> Json:
    """Return the state of an element that nobody has touched."""
    key, initial = STATEFUL[element["type"]]
    return {"type": element["type"], key: element.get(initial, [] if key in LISTS else None)}


def state_of(blocks: list[Json], entered: Entered) -> Json:
    """Return the `state.values` of a view or message: what was entered, over what was there at first."""
    values: Json = {}
    for block, element in elements(blocks):
        if element["type"] in STATEFUL:
            touched = entered.get(block["block_id"], {}).get(element["action_id"])
            values.setdefault(block["block_id"], {})[element["action_id"]] = touched or initial_state(element)
    return values


def answer(element: Json, value: Any, suggested: Iterable[Json], who: Callable[[str], str]) -> Json:
    """Return the element's state once `value` is entered; options go by their value, members by id or name."""
    key = answer_key(element)
    return {"type": element["type"], key: _entered(element, key, value, suggested, who)}


def _entered(element: Json, key: str, value: Any, suggested: Iterable[Json], who: Callable[[str], str]) -> Any:
    if value in NOTHING:
        return [] if key in LISTS else None
    read: dict[str, Callable[[Any], Any]] = {
        "selected_option": lambda each: _option(element, str(each), suggested),
        "selected_options": lambda each: _option(element, str(each), suggested),
        "selected_user": who,
        "selected_users": who,
        "selected_date_time": int,
    }
    each = read.get(key, str)
    return [each(item) for item in _listed(value)] if key in LISTS else each(value)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _option(element: Json, value: str, suggested: Iterable[Json]) -> Json:
    grouped = (option for group in element.get("option_groups", []) for option in group["options"])
    initial = [element["initial_option"]] if "initial_option" in element else []
    for option in (*element.get("options", []), *grouped, *suggested, *initial):
        if option.get("value") == value:
            return dict(option)
    raise NoSuchOption(value)


def errors(blocks: list[Json], state: Json) -> dict[str, str]:
    """Return what Slack's client says before it submits, by block id; nothing when it would submit."""
    found = {}
    for block, element in elements(blocks):
        if block["type"] == "input":
            value = state[block["block_id"]][element["action_id"]][answer_key(element)]
            required = None if block.get("optional") else REQUIRED
            complaint = required if value in NOTHING else _wrong(element, value)
            if complaint:
                found[block["block_id"]] = complaint
    return found


def _wrong(element: Json, value: Any) -> str | None:
    match element["type"]:
        case "plain_text_input":
            return _wrong_length(element, value)
        case "number_input":
            return _wrong_number(element, value)
        case "url_text_input":
            return None if urlsplit(value).scheme in {"http", "https"} else "Please enter a valid URL."
        case "multi_static_select" | "multi_users_select":
            most = element.get("max_selected_items")
            return f"Please select at most {most} items." if most and len(value) > most else None
        case _:
            return None


def _wrong_length(element: Json, value: str) -> str | None:
    least, most = element.get("min_length", 0), element.get("max_length", 3000)
    if len(value) < least:
        return f"Please enter at least {least} characters."
    return f"Please enter at most {most} characters." if len(value) > most else None


def _wrong_number(element: Json, value: str) -> str | None:
    try:
        entered = float(value)
    except ValueError:
        return "Please enter a number."
    if not math.isfinite(entered):
        return "Please enter a number."
    if not element["is_decimal_allowed"] and not entered.is_integer():
        return "Please enter a whole number."
    if "min_value" in element and entered < float(element["min_value"]):
        return f"Please enter a number of at least {element['min_value']}."
    if "max_value" in element and entered > float(element["max_value"]):
        return f"Please enter a number of at most {element['max_value']}."
    return None
