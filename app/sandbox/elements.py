"""The interactive elements and composition objects of Block Kit: shapes and limits.

Slack's pages: https://docs.slack.dev/reference/block-kit/block-elements and
https://docs.slack.dev/reference/block-kit/composition-objects
"""

from typing import Any

from app.sandbox.checks import Check, choice, complain, flag, many, number, one_of, shape, string

TEXT_LIMIT = 3000
OPTION_LIMIT = 75
SELECT_LIMIT = 100
ANY_NUMBER = 10_000


def plain_text(most: int = TEXT_LIMIT) -> Check:
    """Accept a plain_text object."""
    return one_of({"plain_text": shape({"text": string(most, 1)}, {"emoji": flag})})


def any_text(most: int = TEXT_LIMIT) -> Check:
    """Accept a plain_text or mrkdwn object."""
    return one_of(
        {
            "plain_text": shape({"text": string(most, 1)}, {"emoji": flag}),
            "mrkdwn": shape({"text": string(most, 1)}, {"verbatim": flag}),
        }
    )


def _option(text: Check) -> Check:
    return shape(
        {"text": text, "value": string(OPTION_LIMIT)},
        {"description": plain_text(OPTION_LIMIT), "url": string(TEXT_LIMIT)},
    )


def _needs_options(value: Any, pointer: str, complaints: list[str]) -> None:
    if ("options" in value) == ("option_groups" in value):
        complain(complaints, "must provide either options or option_groups", pointer)


def _initial_is_an_option(value: Any, pointer: str, complaints: list[str]) -> None:
    groups = [{"options": value.get("options", [])}, *value.get("option_groups", [])]
    offered = {option["value"] for group in groups for option in group["options"]}
    initial = [*value.get("initial_options", [])]
    if "initial_option" in value:
        initial.append(value["initial_option"])
    if any(option["value"] not in offered for option in initial):
        complain(complaints, "initial option does not match any of the options", pointer)


ACTION_ID = string(255, 1)
CONFIRM = shape(
    {"text": any_text(300)},
    {
        "title": plain_text(100),
        "confirm": plain_text(30),
        "deny": plain_text(30),
        "style": choice("primary", "danger"),
    },
)
PLAIN_OPTION = _option(plain_text(OPTION_LIMIT))
RICH_OPTION = _option(any_text(OPTION_LIMIT))

_ACTED = {"action_id": ACTION_ID, "confirm": CONFIRM}
_CHOSEN = {**_ACTED, "focus_on_load": flag}
_PICKED = {**_CHOSEN, "placeholder": plain_text(150)}
_SEVERAL = {**_PICKED, "max_selected_items": number}
_TYPED = {
    "action_id": ACTION_ID,
    "placeholder": plain_text(150),
    "focus_on_load": flag,
    "dispatch_action_config": shape(
        {}, {"trigger_actions_on": many(choice("on_enter_pressed", "on_character_entered"), 2)}
    ),
    "initial_value": string(TEXT_LIMIT),
}
_ID = string(255, 1)
_IDS = many(_ID, ANY_NUMBER, 0)
_GROUP = shape({"label": plain_text(OPTION_LIMIT), "options": many(PLAIN_OPTION, SELECT_LIMIT)})
_OPTIONS = {"options": many(PLAIN_OPTION, SELECT_LIMIT), "option_groups": many(_GROUP, SELECT_LIMIT)}
_FILTER = shape(
    {},
    {
        "include": many(choice("im", "mpim", "private", "public"), 4),
        "exclude_bot_users": flag,
        "exclude_external_shared_channels": flag,
    },
)

BUTTONS: dict[str, Check] = {
    "button": shape(
        {"text": plain_text(75)},
        {
            **_ACTED,
            "url": string(3000),
            "value": string(2000),
            "style": choice("primary", "danger"),
            "accessibility_label": string(75),
        },
    ),
    "overflow": shape({"options": many(PLAIN_OPTION, 5)}, _ACTED),
}
SELECTS: dict[str, Check] = {
    "static_select": shape(
        {}, {**_PICKED, **_OPTIONS, "initial_option": PLAIN_OPTION}, _needs_options, _initial_is_an_option
    ),
    "external_select": shape({}, {**_PICKED, "min_query_length": number, "initial_option": PLAIN_OPTION}),
    "users_select": shape({}, {**_PICKED, "initial_user": _ID}),
    "conversations_select": shape(
        {},
        {
            **_PICKED,
            "initial_conversation": _ID,
            "default_to_current_conversation": flag,
            "response_url_enabled": flag,
            "filter": _FILTER,
        },
    ),
    "channels_select": shape({}, {**_PICKED, "initial_channel": _ID, "response_url_enabled": flag}),
    "multi_static_select": shape(
        {},
        {**_SEVERAL, **_OPTIONS, "initial_options": many(PLAIN_OPTION, SELECT_LIMIT)},
        _needs_options,
        _initial_is_an_option,
    ),
    "multi_users_select": shape({}, {**_SEVERAL, "initial_users": _IDS}),
}
CHOICES: dict[str, Check] = {
    "checkboxes": shape(
        {"options": many(RICH_OPTION, 10)},
        {**_CHOSEN, "initial_options": many(RICH_OPTION, 10)},
        _initial_is_an_option,
    ),
    "radio_buttons": shape(
        {"options": many(RICH_OPTION, 10)}, {**_CHOSEN, "initial_option": RICH_OPTION}, _initial_is_an_option
    ),
    "datepicker": shape({}, {**_PICKED, "initial_date": string(10, 10)}),
    "timepicker": shape({}, {**_PICKED, "initial_time": string(5, 5), "timezone": string(255)}),
}
MOMENTS: dict[str, Check] = {"datetimepicker": shape({}, {**_CHOSEN, "initial_date_time": number})}
TYPED: dict[str, Check] = {
    "plain_text_input": shape({}, {**_TYPED, "multiline": flag, "min_length": number, "max_length": number}),
    "number_input": shape({"is_decimal_allowed": flag}, {**_TYPED, "min_value": string(255), "max_value": string(255)}),
    "url_text_input": shape({}, _TYPED),
}
