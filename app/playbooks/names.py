"""The names in a playbook: ids, references to them, channels, and the template that names an incident."""

import re
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, PlainValidator, ValidationInfo, WithJsonSchema

from app.domain.names import LONGEST, channel_name
from app.playbooks.faults import Wrong, choice, shown

ID = r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}"
EMOJI = r":[a-z0-9_+'-]{1,80}:"
ROOM_FOR_SUFFIX = 4
NUMBERS = {"number": 123456, "number_in_year": 123456, "year": 2026}
NUMBER_FORMAT = re.compile(r"(0[1-6])?d?")


@dataclass(frozen=True, slots=True)
class Defined:
    """The names that a file defines, gathered before it is checked; `None` where that part cannot be read.

    References are checked against these, so that one wrong duration does not hide a wrong reference.
    """

    severities: tuple[str, ...] | None
    responders: tuple[str, ...] | None
    roles: tuple[str, ...] | None
    tags: tuple[str, ...] | None
    steps: tuple[tuple[str, ...], ...]

    @classmethod
    def by(cls, value: Any) -> Self:
        """Gather the names in a whole playbook.yml, whatever is wrong with it."""
        file = value if isinstance(value, dict) else {}
        return cls(
            severities=_ids(file.get("severities")),
            responders=_keys(file.get("responders")),
            roles=_keys(file.get("roles")),
            tags=_words(file.get("tags", [])),
            steps=tuple(_step_names(file.get("escalation"))),
        )


def _mappings(value: Any) -> Iterator[dict[str, Any]]:
    yield from (one for one in value if isinstance(one, dict)) if isinstance(value, list) else ()


def _ids(value: Any) -> tuple[str, ...] | None:
    return tuple(str(one.get("id")) for one in _mappings(value)) or None


def _keys(value: Any) -> tuple[str, ...] | None:
    return tuple(value) if isinstance(value, dict) else None


def _words(value: Any) -> tuple[str, ...] | None:
    return tuple(map(str, value)) if isinstance(value, list) else None


def _step_names(value: Any) -> Iterator[tuple[str, ...]]:
    for row in _mappings(value):
        page = row.get("page")
        yield (str(row.get("step")), *(map(str, page) if isinstance(page, list) else [str(page)]))


def _matches(pattern: str, what: str, allowed: str) -> BeforeValidator:
    def check(value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise Wrong(f"{shown(value)} is not {what}", allowed)
        return value

    return BeforeValidator(check)


def _number_as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _refers(kind: str, names: Callable[[Defined], tuple[str, ...] | None]) -> AfterValidator:
    def check(value: str, info: ValidationInfo) -> str:
        known = names(info.context) if info.context else None
        if known is not None and value not in known:
            raise Wrong(f"{shown(value)} is not a {kind} of this playbook", choice(value, known))
        return value

    return AfterValidator(check)


def _is_no_role(value: str, info: ValidationInfo) -> str:
    defined: Defined | None = info.context
    if defined and defined.responders and value not in defined.responders and value in (defined.roles or ()):
        raise Wrong(f"{shown(value)} is a role", f"a step pages responders; {choice(value, defined.responders)}")
    return value


def _is_unique(value: str, info: ValidationInfo) -> str:
    ids = [one.lower() for one in info.context.severities or ()] if info.context else []
    if ids.count(value.lower()) > 1:
        raise Wrong(f"{shown(value)} is the id of {ids.count(value.lower())} severities", "give each its own")
    return value


def read_channel(value: Any) -> str:
    """Return the name of a Slack channel, without its `#`; raises `Wrong` unless Slack can take it."""
    if not isinstance(value, str) or not _fits_a_channel(value):
        raise Wrong(
            f"{shown(value)} cannot be the name of a channel",
            f"write up to {LONGEST} lower-case letters, digits, - and _, without the #",
        )
    return value


def read_name_template(value: Any) -> str:
    """Return a template for names of incidents; raises `Wrong` unless it names a channel for each of its own."""
    allowed = 'write it like "incident-{number}" or "incident-{year}-{number_in_year:03d}"'
    if not isinstance(value, str):
        raise Wrong(f"{shown(value)} is not a template for names", allowed)
    fields = _fields(value, allowed)
    if "number" not in fields and not {"year", "number_in_year"} <= fields:
        raise Wrong(f"{shown(value)} gives two incidents the same name", allowed)
    if not _fits_a_channel(value.format(**NUMBERS), LONGEST - ROOM_FOR_SUFFIX):
        raise Wrong(f"{shown(value)} cannot become the name of a channel", allowed)
    return value


def _fields(template: str, allowed: str) -> set[str]:
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError as error:
        raise Wrong(f"{shown(template)} cannot be read ({error})", allowed) from None
    fields = [(name, spec, conversion) for _, name, spec, conversion in parts if name is not None]
    for name, spec, conversion in fields:
        if name not in NUMBERS:
            raise Wrong(f"{shown('{' + name + '}')} stands for nothing here", choice(name, NUMBERS))
        if conversion or not NUMBER_FORMAT.fullmatch(spec or ""):
            raise Wrong(f"{shown(template)} says how to write a {name} in a way that is not known", allowed)
    return {name for name, _, _ in fields}


def _fits_a_channel(name: str, longest: int = LONGEST) -> bool:
    return len(name) <= longest and channel_name(name) == name


_id = _matches(ID, "an id", "write up to 32 letters, digits, - and _, as in data-loss or SEV-1")
_label = _matches(ID, "a label", "write a number, or a word of letters, digits, - and _")

Id = Annotated[str, _id, WithJsonSchema({"type": "string", "pattern": f"^{ID}$"})]
SeverityId = Annotated[Id, AfterValidator(_is_unique)]
Label = Annotated[
    str,
    _label,
    BeforeValidator(_number_as_text),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": f"^{ID}$"}]}),
]
SeverityRef = Annotated[str, _refers("severity", lambda defined: defined.severities)]
ResponderRef = Annotated[
    str,
    AfterValidator(_is_no_role),
    _refers("responder", lambda defined: defined.responders),
]
TagRef = Annotated[str, _refers("tag", lambda defined: defined.tags)]
Emoji = Annotated[
    str,
    _matches(EMOJI, "an emoji", 'write its name in colons and quotes, as in ":red_circle:"'),
    WithJsonSchema({"type": "string", "pattern": f"^{EMOJI}$"}),
]
ChannelName = Annotated[
    str,
    PlainValidator(read_channel),
    WithJsonSchema({"type": "string", "pattern": r"^[a-z0-9_-]{1,80}$"}),
]
NameTemplate = Annotated[
    str,
    PlainValidator(read_name_template),
    WithJsonSchema(
        {
            "type": "string",
            "examples": ["incident-{number}", "incident-{year}-{number_in_year:03d}"],
            "pattern": r"\{number",
        }
    ),
]
