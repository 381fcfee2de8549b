"""The names in a playbook: ids, references to them, channels, people in Slack, and files beside it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, PlainValidator, ValidationInfo, WithJsonSchema

from app.domain.names import LONGEST, channel_name
from app.playbooks.faults import Wrong, choice, shown

ID = r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}"
EMOJI = r":[a-z0-9_+'-]{1,80}:"
MEMBER = r"[UW][A-Z0-9]{1,30}"
TARGET = r"[UWS][A-Z0-9]{1,30}"
SCHEDULE = r"[A-Z0-9]{4,32}"
EMAIL = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?=.{1,190}$)[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+"


@dataclass(frozen=True, slots=True)
class Defined:
    """The names that a file defines, gathered before it is checked; `None` where that part cannot be read.

    References are checked against these, so that one wrong duration does not hide a wrong reference.
    """

    severities: tuple[str, ...] | None
    responders: tuple[str, ...] | None
    roles: tuple[str, ...] | None
    tags: tuple[str, ...] | None
    contacts: tuple[str, ...] | None
    tools: tuple[str, ...] | None
    steps: tuple[tuple[str, ...], ...]
    files: tuple[str, ...] | None = None
    runbooks: tuple[str, ...] | None = None

    @classmethod
    def by(cls, value: Any) -> Self:
        """Gather the names in a whole playbook.yml, whatever is wrong with it."""
        file = value if isinstance(value, dict) else {}
        return cls(
            severities=_ids(file.get("severities")),
            responders=_keys(file.get("responders")),
            roles=_keys(file.get("roles")),
            tags=_words(file.get("tags", [])),
            contacts=_keys(file.get("contacts", {})),
            tools=_keys(file.get("tools", {})),
            steps=tuple(_step_names(file.get("escalation"))),
        )


UNREAD = Defined(None, None, None, None, None, None, ())
"""What a file defines that cannot be read: nobody knows."""


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
        does = _listed(row.get("page")) or (*_listed(row.get("notify")), *_listed(row.get("severity")))
        yield (str(row.get("step")), *does)


def _listed(value: Any) -> tuple[str, ...]:
    return () if value is None else tuple(map(str, value)) if isinstance(value, list) else (str(value),)


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


def _is_there(value: str, info: ValidationInfo) -> str:
    files = info.context.files if info.context else None
    if files is not None and value not in files:
        alike = [file for file in files if file.endswith(value[value.rindex(".") :])]
        raise Wrong(f"there is no file {shown(value)}", f"write the file, or name another; {choice(value, alike)}")
    return value


def read_channel(value: Any) -> str:
    """Return the name of a Slack channel, without its `#`; raises `Wrong` unless Slack can take it."""
    if not isinstance(value, str) or not _fits_a_channel(value):
        raise Wrong(
            f"{shown(value)} cannot be the name of a channel",
            f"write up to {LONGEST} lower-case letters, digits, - and _, without the #",
        )
    return value


def _fits_a_channel(name: str) -> bool:
    return len(name) <= LONGEST and channel_name(name) == name


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
ContactRef = Annotated[str, _refers("contact", lambda defined: defined.contacts)]
ToolRef = Annotated[str, _refers("tool", lambda defined: defined.tools)]
RunbookRef = Annotated[str, _refers("runbook", lambda defined: defined.runbooks)]
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
Member = Annotated[
    str,
    _matches(MEMBER, "the Slack id of a member", "write it as Slack shows it: U and capital letters, as in U0123ABCD"),
    WithJsonSchema({"type": "string", "pattern": f"^{MEMBER}$"}),
]
Target = Annotated[
    str,
    _matches(TARGET, "a Slack id", "write that of a member (U0123ABCD) or of a user group (S0123ABCD)"),
    WithJsonSchema({"type": "string", "pattern": f"^{TARGET}$"}),
]
Email = Annotated[
    str,
    _matches(EMAIL, "an e-mail address", "write the address alone, as in on-call@example.com"),
    WithJsonSchema({"type": "string", "pattern": f"^{EMAIL}$"}),
]
CalendarFile = Annotated[
    str,
    AfterValidator(_is_there),
    _matches(rf"{ID}\.ics", "a calendar's file", "write the name of one beside playbook.yml, as in oncall.ics"),
    WithJsonSchema({"type": "string", "pattern": rf"^{ID}\.ics$"}),
]
ScheduleId = Annotated[
    str,
    _matches(SCHEDULE, "the id of a schedule", "copy it from the end of the schedule's address, such as PI7DH85"),
    WithJsonSchema({"type": "string", "pattern": f"^{SCHEDULE}$"}),
]
DrillFile = Annotated[
    str,
    AfterValidator(_is_there),
    _matches(rf"{ID}\.yml", "a drill's file", "write the name of one in the folder drills, as in monthly.yml"),
    WithJsonSchema({"type": "string", "pattern": rf"^{ID}\.yml$"}),
]
