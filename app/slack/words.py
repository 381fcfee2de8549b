"""The sentences that Tocsin says, from templates: a playbook's own first, then those in templates/messages.

Whatever a template prints is escaped, unless a filter made it `Safe`: no author can forget it, and none can undo it.
To keep a mention alive, print it by itself; `{{ a ~ b }}` and macros make plain text of it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from jinja2 import BytecodeCache, FileSystemLoader, StrictUndefined, TemplateNotFound, pass_context
from jinja2.bccache import Bucket
from jinja2.runtime import Context

from app.domain import events as e
from app.domain import outages, ways
from app.domain.alerts import monitor
from app.domain.durations import in_words
from app.domain.playbook import Rules, Status
from app.playbooks.bounded import BoundedEnvironment
from app.playbooks.shipped import shipped
from app.slack.text import (
    ADDRESS,
    PERMALINK,
    SAME_DAY,
    Safe,
    channel_link,
    clean,
    escape,
    mention,
    one_line,
    outside,
    permalink,
    when,
    when_in,
)

NOBODY = "nobody yet"
SMALL_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")

Names = Mapping[str, str]


class Compiled(BytecodeCache):
    """Templates that were compiled in this process: several playbooks say most things in the same words."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill in what was made of the same text of the same file before."""
        bucket.code = self._known.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was made of a template."""
        self._known[bucket.key, bucket.checksum] = bucket.code


@dataclass(frozen=True, slots=True)
class Dialect:
    """How values are written where a template's text goes.

    `time` and `soon` are given the moment that is told and the moment of the message; `member` is given an id and how
    people are called, where that is known; `room` the id of an incident's channel, if it has one, and its name.
    """

    escape: Callable[[str], Safe]
    member: Callable[[str, Names], Safe]
    time: Callable[[datetime, datetime | None], Safe]
    soon: Callable[[datetime, datetime], Safe]
    room: Callable[[str | None, str], Safe]
    filters: Mapping[str, Callable[..., str]] = field(default_factory=dict)
    compiled: Compiled = field(default_factory=Compiled, compare=False)


def in_utc(at: datetime, beside: datetime | None = None) -> Safe:
    """Return a time for text that leaves Slack; without its day where `beside` tells that."""
    near = beside is not None and abs(at - beside) < SAME_DAY
    return Safe(f"{at.astimezone(UTC):{'%H:%M' if near else '%Y-%m-%d %H:%M'}} UTC")


SLACK = Dialect(
    escape,
    member=lambda who, _: mention(who),
    time=when,
    soon=when_in,
    room=channel_link,
    filters={"link": permalink, "outside": outside},
)
PLAIN = Dialect(
    lambda text: Safe(clean(text)),
    member=lambda who, names: Safe(names.get(who, f"@{who}")),
    time=in_utc,
    soon=in_utc,
    room=lambda _, name: Safe(clean(name)),
    filters={
        "link": lambda url, label: Safe(url if url and PERMALINK.fullmatch(url) else label),
        "outside": lambda url, label: Safe(f"{clean(label)} ({url})" if url and ADDRESS.fullmatch(url) else label),
    },
)


def no_pager(_responders: Sequence[str]) -> str:
    """Return that no pager rings for anybody."""
    return ""


def no_way_on(_event: e.PageUnconfirmed | e.DeliveryFailed) -> str:
    """Return that no other way is left."""
    return ""


class Words:
    """Says what the templates say: of the folders that have one of that name, the first gives it."""

    def __init__(
        self,
        folders: Sequence[Path],
        dialect: Dialect = SLACK,
        *,
        rings: Callable[[Sequence[str]], str] = no_pager,
        onward: Callable[[e.PageUnconfirmed | e.DeliveryFailed], str] = no_way_on,
        others: Mapping[str, Sequence[Path]] = MappingProxyType({}),
    ) -> None:
        """Read templates from `folders`. `rings` names the pagers that ring first for some responders, if one does.

        `onward` names the ways by which pages go on that a way has failed.
        `others` are the folders, by playbook, for incidents that were declared under another one.
        """
        self.folders = tuple(folders)
        self._rings, self._onward, self._others = rings, onward, others
        self._of: dict[str, Words] = {}
        self._dialect = dialect
        self._environment = BoundedEnvironment(
            loader=FileSystemLoader(self.folders),
            bytecode_cache=dialect.compiled,
            undefined=StrictUndefined,
            finalize=_printer(dialect),
            auto_reload=False,
            cache_size=-1,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= FILTERS | _filters_of(dialect)
        self._environment.globals |= {"rings": rings, "onward": onward}

    def of(self, playbook: str) -> "Words":
        """Return the words of the playbook that an incident is run by: these, unless it is known as another."""
        if playbook not in self._others:
            return self
        if playbook not in self._of:
            self._of[playbook] = Words(self._others[playbook], self._dialect, rings=self._rings, onward=self._onward)
        return self._of[playbook]

    def wording(self, template: str) -> str:
        """Return a template as it is written; nothing where there is none."""
        loader = self._environment.loader
        try:
            return loader.get_source(self._environment, f"{template}.j2")[0] if loader else ""
        except (TemplateNotFound, UnicodeDecodeError):
            return ""

    def say(self, template: str, /, otherwise: str = "", **context: Any) -> str:
        """Return what the template says; where it fails, `otherwise`, and that it failed."""
        try:
            return self._environment.get_template(f"{template}.j2").render(context).strip()
        except Exception as error:  # noqa: BLE001 -- a template is somebody else's program
            reason = one_line(f"(template {template}.j2 failed: {type(error).__name__}: {error})")
            return f"{otherwise}\n{self._dialect.escape(reason)}".strip()


def _printer(dialect: Dialect) -> Callable[[Context, object], Safe]:
    @pass_context
    def show(context: Context, value: object) -> Safe:
        match value:
            case Safe():
                return value
            case datetime():
                return dialect.time(value, context.get("at"))
            case timedelta():
                return Safe(in_words(value))
            case None:
                return Safe()
            case _:
                return dialect.escape(str(value))

    return show


def _filters_of(dialect: Dialect) -> dict[str, Callable[..., str]]:
    @pass_context
    def member(context: Context, who: str | None, nobody: str = NOBODY) -> Safe:
        return dialect.member(who, context.get("names", {})) if who else dialect.escape(nobody)

    @pass_context
    def members(context: Context, ids: Sequence[str]) -> Safe:
        return Safe(", ".join(member(context, who) for who in ids))

    @pass_context
    def time(context: Context, at: datetime) -> Safe:
        return dialect.time(at, context.get("at"))

    @pass_context
    def soon(context: Context, at: datetime) -> Safe:
        return dialect.soon(at, context["at"])

    return {
        "member": member,
        "members": members,
        "time": time,
        "soon": soon,
        "room": dialect.room,
        **dialect.filters,
    }


def quoted(names: Sequence[str]) -> str:
    """Return names as a sentence has them: "A", "B" and "C", each in quotation marks."""
    return listed([f'"{name}"' for name in names])


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence has them: A, B and C."""
    *others, last = names or [""]
    return f"{', '.join(others)} and {last}" if others else last


def counted(number: int) -> str:
    """Return a number as it reads best in a sentence: "three", "12"."""
    return SMALL_NUMBERS[number] if 0 <= number < len(SMALL_NUMBERS) else f"{number:,}"


@pass_context
def _status(context: Context, status: str) -> str:
    rules: Rules = context["rules"]
    return rules.status_label(Status(status))


@pass_context
def _role(context: Context, role: str) -> str:
    rules: Rules = context["rules"]
    return next((one.name for one in rules.roles if one.id == role), role)


FILTERS: dict[str, Callable[..., str]] = {
    "count": counted,
    "duration": in_words,
    "line": one_line,
    "listed": listed,
    "monitor": monitor,
    "quoted": quoted,
    "role": _role,
    "status": _status,
    "way": ways.by,
    "called": outages.called,
}

OWN_MESSAGES = shipped() / "messages"
OWN_WORDS = Words((OWN_MESSAGES,))
"""What Tocsin says to the one who asks, which no playbook words otherwise."""
