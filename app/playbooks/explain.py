"""What pydantic finds wrong with a file, told as faults: the line, the key, and what the schema allows there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.playbooks.document import Document, KeyPath, dotted
from app.playbooks.faults import Fault, Wrong, choice, shown

Schema = dict[str, Any]

IS_A_KEY = "[key]"
KINDS = {
    "string": "text",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}


def faults(error: ValidationError, document: Document, file: Path, schema: Schema) -> Iterator[Fault]:
    """Tell each error of `error` as a fault of `file`."""
    for details in error.errors(include_url=False):
        path, line = document.locate(details["loc"])
        if details["type"] == "missing":
            path = (*path, details["loc"][-1])
        yield Fault(file, line, dotted(path), *_told(details, schema))


def _told(details: ErrorDetails, schema: Schema) -> tuple[str, str]:
    """Return the problem, and what is allowed."""
    place, value, limits = details["loc"], details["input"], details.get("ctx", {})
    match details["type"]:
        case "value_error" if isinstance(limits["error"], Wrong):
            return limits["error"].problem, limits["error"].allowed
        case "missing":
            return "missing", f"write {_described(schema, place)}"
        case "extra_forbidden":
            return "not a key that stands here", choice(place[-1], _keys(schema, place[:-1]))
        case "literal_error":
            return f"{shown(value)} is not a word for this", choice(value, _words(schema, place))
        case "string_type" | "int_type" | "bool_type" | "list_type" | "dict_type" | "model_type":
            return f"{shown(value)} is not {_kind(schema, place)}", f"write {_described(schema, place)}"
        case _:
            return _out_of_bounds(details, _described(schema, place))


def _out_of_bounds(details: ErrorDetails, asked: str) -> tuple[str, str]:
    limits = details.get("ctx", {})
    match details["type"]:
        case "string_too_short" | "too_short":
            return "empty", f"write {asked}"
        case "string_too_long" | "too_long":
            return "too long", f"{limits['max_length']} is the most: {asked}"
        case "string_pattern_mismatch":
            return "more than one line", f"write it in one: {asked}"
        case "greater_than_equal" | "less_than_equal":
            return f"{shown(details['input'])} is out of range", f"it must be {details['msg'].partition('be ')[2]}"
        case _:
            return f"{shown(details['input'])} cannot stand here", f"write {asked}"


def _at(schema: Schema, place: KeyPath) -> list[Schema]:
    """Return what the schema allows at `place`: each of its alternatives."""
    found = _alternatives(schema, schema)
    if place[-1:] == (IS_A_KEY,):
        return [one.get("propertyNames", {}) for one in _at(schema, place[:-2])]
    for part in place:
        below = [_below(one, part) for one in found]
        found = [other for one in below if one is not None for other in _alternatives(one, schema)]
    return found


def _below(schema: Schema, part: str | int) -> Schema | None:
    if isinstance(part, int):
        return schema.get("items")
    of_any_name = [*schema.get("patternProperties", {}).values(), schema.get("additionalProperties") or None]
    below: Schema | None = schema.get("properties", {}).get(part, of_any_name[0])
    return below


def _alternatives(one: Schema, schema: Schema) -> list[Schema]:
    if "$ref" in one:
        name = one["$ref"].removeprefix("#/$defs/")
        one = schema["$defs"][name] | {key: value for key, value in one.items() if key != "$ref"}
    if "anyOf" not in one:
        return [one]
    shared = {"description": one["description"]} if "description" in one else {}
    return [other | shared for each in one["anyOf"] for other in _alternatives(each, schema)]


def _keys(schema: Schema, place: KeyPath) -> list[str]:
    return [key for one in _at(schema, place) for key in one.get("properties", {})]


def _words(schema: Schema, place: KeyPath) -> list[str]:
    constants = [one.get("enum", [one["const"]] if "const" in one else []) for one in _at(schema, place)]
    return [str(word) for words in constants for word in words]


def _kind(schema: Schema, place: KeyPath) -> str:
    kinds = dict.fromkeys(KINDS[one["type"]] for one in _at(schema, place) if one.get("type") in KINDS)
    return " or ".join(kinds) or "what stands here"


def _described(schema: Schema, place: KeyPath) -> str:
    """Say in words what is asked for at `place`, or, where nothing does, of what kind it is."""
    words = (one["description"] for one in _at(schema, place) if "description" in one)
    first = next(words, _kind(schema, place)).strip().splitlines()[0].removesuffix(".")
    return first[:1].lower() + first[1:]
