"""Small checks of JSON that add up to Slack's rules, and complain in Slack's words.

A check takes a value, its JSON pointer, and the list that its complaints go to.
"""

from collections.abc import Callable, Mapping
from typing import Any

Check = Callable[[Any, str, list[str]], None]


def complain(complaints: list[str], what: str, pointer: str) -> None:
    """Add a complaint of the form that Slack gives in `response_metadata.messages`."""
    complaints.append(f"[ERROR] {what} [json-pointer:{pointer}]")


def flag(value: Any, pointer: str, complaints: list[str]) -> None:
    """Accept true and false."""
    if not isinstance(value, bool):
        complain(complaints, "must be a boolean", pointer)


def number(value: Any, pointer: str, complaints: list[str]) -> None:
    """Accept a whole number."""
    if not isinstance(value, int) or isinstance(value, bool):
        complain(complaints, "must be a number", pointer)


def string(most: int, least: int = 0) -> Check:
    """Accept a string of `least` to `most` characters."""

    def check(value: Any, pointer: str, complaints: list[str]) -> None:
        if not isinstance(value, str):
            complain(complaints, "must be a string", pointer)
        elif len(value) < least:
            complain(complaints, f"must be more than {least - 1} characters", pointer)
        elif len(value) > most:
            complain(complaints, f"must be less than {most + 1} characters", pointer)

    return check


def choice(*allowed: str) -> Check:
    """Accept one of a few strings."""

    def check(value: Any, pointer: str, complaints: list[str]) -> None:
        if value not in allowed:
            complain(complaints, f"value must be one of: {', '.join(allowed)}", pointer)

    return check


def many(each: Check, most: int, least: int = 1) -> Check:
    """Accept a list of `least` to `most` items that each pass."""

    def check(value: Any, pointer: str, complaints: list[str]) -> None:
        if not isinstance(value, list):
            complain(complaints, "must be an array", pointer)
        elif len(value) < least:
            complain(complaints, f"must provide at least {least} items", pointer)
        elif len(value) > most:
            complain(complaints, f"no more than {most} items allowed", pointer)
        else:
            for index, item in enumerate(value):
                each(item, f"{pointer}/{index}", complaints)

    return check


def shape(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None, *rules: Check) -> Check:
    """Accept an object with these keys and no others; the rules look at it as a whole once its keys are well."""
    known = {**required, **(optional or {})}

    def check(value: Any, pointer: str, complaints: list[str]) -> None:
        if not isinstance(value, dict):
            complain(complaints, "must provide an object", pointer)
            return
        before = len(complaints)
        for key in required.keys() - value.keys():
            complain(complaints, f"missing required field: {key}", pointer)
        for key, item in value.items():
            if key == "type":
                continue
            if key in known:
                known[key](item, f"{pointer}/{key}", complaints)
            else:
                complain(complaints, f"invalid additional property: {key}", pointer)
        if len(complaints) == before:
            for rule in rules:
                rule(value, pointer, complaints)

    return check


def one_of(shapes: Mapping[str, Check]) -> Check:
    """Accept an object whose `type` names one of the shapes, and which passes it."""

    def check(value: Any, pointer: str, complaints: list[str]) -> None:
        if not isinstance(value, dict):
            complain(complaints, "must provide an object", pointer)
        elif not isinstance(value.get("type"), str) or value["type"] not in shapes:
            complain(complaints, f"unsupported type: {value.get('type')}", f"{pointer}/type")
        else:
            shapes[value["type"]](value, pointer, complaints)

    return check


def tell_twice(name: str, ids: list[Any], pointer: str, complaints: list[str]) -> None:
    """Complain of each id that stands twice."""
    for repeated in sorted({str(each) for each in ids if ids.count(each) > 1}):
        complain(complaints, f"`{name}` already exists: {repeated}", pointer)
