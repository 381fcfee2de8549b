"""The templates within a playbook: names of incidents and of channels, and links to tools."""

import re
import string
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

from app.domain.links import LINK_FIELDS
from app.domain.names import LONGEST, LONGEST_SERVICE, channel_name
from app.playbooks.faults import Wrong, choice, shown

LONGEST_SEVERITY = 32
LONGEST_URL = 3000
ROOM_FOR_SUFFIX = 4
NUMBERS = {"number": 123456, "number_in_year": 123456, "year": 2026, "month": 12, "day": 31, "hour": 23, "minute": 59}
WORDS = {"service": "s" * LONGEST_SERVICE, "severity": "sev"}
NAMED = {"name": "incident"}
TO_THE_MINUTE = {"year", "month", "day", "hour", "minute"}
NUMBER_FORMAT = re.compile(r"(0[1-6])?d?")
URL = re.compile(r"https?://[^\s/]+\S*")
NAME_HINT = 'write it like "incident-{number}" or "incident-{year}-{number_in_year:03d}"'
CHANNEL_HINT = 'write it like "{name}" or "sev1-{name}"'
LINK_HINT = 'write it like "https://grafana.example/d/errors?var-service={service}"; {{ and }} stand for braces'
URL_HINT = "write it like https://status.example.com"


def read_name_template(value: Any) -> str:
    """Return a template for names of incidents; raises `Wrong` unless it tells one incident from another."""
    template = _text(value, "a template for names", NAME_HINT)
    fields = _fields(template, NUMBERS, WORDS, NAME_HINT)
    unique = {"number"} <= fields or {"year", "number_in_year"} <= fields or fields >= TO_THE_MINUTE
    if not unique:
        raise Wrong(f"{shown(value)} gives two incidents the same name", NAME_HINT)
    if not _fits_a_channel(template.format(**NUMBERS, **WORDS), LONGEST - ROOM_FOR_SUFFIX):
        raise Wrong(f"{shown(value)} cannot become the name of a channel", NAME_HINT)
    return template


def read_channel_template(value: Any) -> str:
    """Return a template for channels of incidents; raises `Wrong` unless it holds the incident's own name."""
    template = _text(value, "a template for channels", CHANNEL_HINT)
    words = WORDS | NAMED
    if "name" not in _fields(template, NUMBERS, words, CHANNEL_HINT):
        raise Wrong(f"{shown(value)} gives two incidents the same channel", CHANNEL_HINT)
    if not _fits_a_channel(template.format(**NUMBERS, **words), LONGEST - ROOM_FOR_SUFFIX):
        raise Wrong(f"{shown(value)} cannot become the name of a channel", CHANNEL_HINT)
    return template


def read_link_template(value: Any) -> str:
    """Return a template for a link; raises `Wrong` unless it becomes one."""
    template = _text(value, "a link", LINK_HINT)
    _fields(template, {}, LINK_FIELDS, LINK_HINT)
    read_url(template.format(**LINK_FIELDS))
    return template


def read_url(value: Any) -> str:
    """Return an address that a browser opens; raises `Wrong` for anything else."""
    if not isinstance(value, str) or not URL.fullmatch(value) or len(value) > LONGEST_URL:
        raise Wrong(f"{shown(value)} is not a link", URL_HINT)
    return value


def _text(value: Any, what: str, allowed: str) -> str:
    if not isinstance(value, str):
        raise Wrong(f"{shown(value)} is not {what}", allowed)
    return value


def _fields(template: str, numbers: Mapping[str, int], words: Mapping[str, str], allowed: str) -> set[str]:
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError as error:
        raise Wrong(f"{shown(template)} cannot be read ({error})", allowed) from None
    fields = [(name, spec, conversion) for _, name, spec, conversion in parts if name is not None]
    for name, spec, conversion in fields:
        if name not in numbers and name not in words:
            raise Wrong(f"{shown('{' + name + '}')} stands for nothing here", choice(name, [*numbers, *words]))
        if conversion or not (NUMBER_FORMAT.fullmatch(spec or "") if name in numbers else not spec):
            raise Wrong(f"{shown(template)} says how to write a {name} in a way that is not known", allowed)
    return {name for name, _, _ in fields}


def _fits_a_channel(name: str, longest: int = LONGEST) -> bool:
    return len(name) <= longest and channel_name(name) == name


NameTemplate = Annotated[
    str,
    PlainValidator(read_name_template),
    WithJsonSchema(
        {
            "type": "string",
            "examples": ["incident-{number}", "incident-{year}-{number_in_year:03d}"],
            "pattern": r"\{(number|minute)",
        }
    ),
]
ChannelTemplate = Annotated[
    str,
    PlainValidator(read_channel_template),
    WithJsonSchema({"type": "string", "examples": ["{name}", "sev1-{name}"], "pattern": r"\{name\}"}),
]
LinkTemplate = Annotated[
    str,
    PlainValidator(read_link_template),
    WithJsonSchema({"type": "string", "pattern": "^https?://", "maxLength": LONGEST_URL}),
]
Url = Annotated[
    str,
    PlainValidator(read_url),
    WithJsonSchema({"type": "string", "pattern": r"^https?://\S+$", "maxLength": LONGEST_URL}),
]
