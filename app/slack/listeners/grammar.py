"""The grammar of `/incident`: a word, perhaps the name of an incident, and the rest.

`/incident ack`, `/incident ack 12` and `/incident #12 ack` are all understood. An incident is named by its number
(`12`, `#12`), by its name (`incident-2026-012`) or by its channel.
"""

import difflib
import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from app.slack.requests import readable

LONGEST_NUMBER = 9
NUMBER = re.compile(rf"#?([0-9]{{1,{LONGEST_NUMBER}}})")
NAME = re.compile(r"#?((?=[^\d]*\d)[a-z0-9]+(?:[-_][a-z0-9]+)+)", re.IGNORECASE)
CHANNEL = re.compile(r"<#([A-Z0-9]+)(?:\|[^>]*)?>")
SEVERITY = re.compile(r"(?:sev|severity|p|prio|priority)[-_]?[0-9][:,.]?", re.IGNORECASE)
"""What looks like a severity, of whatever playbook."""
MEMBER = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")

ALIASES = {
    "duplicate": "merge",
    "handover": "handoff",
    "milestone": "milestones",
    "acknowledge": "ack",
    "checklists": "checklist",
    "close": "resolve",
    "customer": "customers",
    "call": "bridge",
    "followup": "follow-up",
    "followups": "follow-ups",
    "new": "declare",
    "notes": "note",
    "on-call": "oncall",
    "page": "escalate",
    "roles": "role",
    "runbooks": "runbook",
    "follow": "subscribe",
    "sev": "severity",
    "unfollow": "unsubscribe",
    "tags": "tag",
    "test": "test-page",
}


@dataclass(frozen=True, slots=True)
class Reference:
    """How somebody named an incident; one of the three is given."""

    number: int | None = None
    name: str | None = None
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Phrase:
    """What somebody typed after `/incident`. `word` is empty where they typed nothing."""

    word: str
    reference: Reference | None = None
    rest: str = ""

    def with_leading_reference(self) -> "Phrase":
        """Take the first of the remaining words for the incident's name, if it can be one and none was given yet."""
        first, rest = split_word(self.rest)
        reference = read_reference(first)
        if self.reference or reference is None:
            return self
        return replace(self, reference=reference, rest=rest)

    @property
    def written(self) -> str:
        """What remains, as people read it."""
        return readable(self.rest)


def parse(text: str) -> Phrase:
    """Return what was typed. An incident alone (`/incident 12`) asks for its status."""
    first, rest = split_word(text)
    reference = read_reference(first)
    if reference is None:
        return Phrase(_known(first), rest=rest)
    word, rest = split_word(rest)
    return Phrase(_known(word) or "status", reference, rest)


def read_reference(token: str) -> Reference | None:
    """Return the incident that `token` names, if it can be the name of one."""
    if number := NUMBER.fullmatch(token):
        return Reference(number=int(number[1]))
    if channel := CHANNEL.fullmatch(token):
        return Reference(channel=channel[1])
    if name := NAME.fullmatch(token):
        return Reference(name=name[1].lower())
    return None


def take_member(text: str) -> tuple[str | None, str]:
    """Return the member that is mentioned, and the text around the mention."""
    mention = MEMBER.search(text)
    if mention is None:
        return None, text.strip()
    return mention[1], f"{text[: mention.start()]} {text[mention.end() :]}".strip()


def take_tags(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the tags to add (`+a`, `a`) and those to remove (`-a`)."""
    tags = [tag for tag in re.split(r"[\s,]+", text.lower()) if tag.strip("+-")]
    added = tuple(tag.lstrip("+") for tag in tags if not tag.startswith("-"))
    return added, tuple(tag.lstrip("-") for tag in tags if tag.startswith("-"))


def guess(word: str, words: Collection[str]) -> str | None:
    """Return the word that was probably meant."""
    close = difflib.get_close_matches(word, [*words, *ALIASES], n=1)
    return ALIASES.get(close[0], close[0]) if close else None


def one_of(text: str, known: Collection[str]) -> str | None:
    """Return the one of `known` that `text` spells, whatever its case, spaces and hyphens."""
    return next((one for one in known if _spelling(one) == _spelling(text)), None)


def take_severity(text: str, known: Collection[str]) -> tuple[str | None, str]:
    """Return the one of the `known` severities that comes first, if one does, and the text without it.

    What looks like a severity of another playbook is taken out too: it is no word of a title.
    """
    first, rest = split_word(text)
    severity = one_of(first.rstrip(":,."), known)
    return severity, rest if severity or SEVERITY.fullmatch(first) else text


def split_word(text: str) -> tuple[str, str]:
    """Return the first word of a text, and the rest."""
    first, *rest = text.split(maxsplit=1) or [""]
    return first, rest[0].strip() if rest else ""


def _spelling(text: str) -> str:
    return re.sub(r"[\s_-]+", "", text).casefold()


def _known(word: str) -> str:
    word = readable(word).lower()
    return ALIASES.get(word, word)
