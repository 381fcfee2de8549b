"""Severities as people call them: `P1`, `Sev 1`, `Severity 1 (Critical)`, `CRITICAL (P1)`, `Priority: Urgent`."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.playbooks.importing.reading import bare

Key = tuple[str, str]

RANKS = {
    **dict.fromkeys(("catastrophic", "emergency", "blocker", "blocking", "showstopper", "disaster"), 0),
    **dict.fromkeys(("critical", "severe", "urgent", "highest", "very high", "extreme", "crisis", "red"), 1),
    **dict.fromkeys(("high", "major", "serious", "important", "elevated", "orange", "significant"), 2),
    **dict.fromkeys(("medium", "moderate", "normal", "standard", "average", "med", "amber", "yellow", "warning"), 3),
    **dict.fromkeys(("low", "minor", "green", "routine", "small"), 4),
    **dict.fromkeys(("very low", "lowest", "trivial", "cosmetic", "informational", "info", "negligible", "blue"), 5),
}
"""Words for severities, 0 the highest."""

LONGEST_ID, MOST_WORDS = 32, 3
ROMAN = {"I": "1", "II": "2", "III": "3", "IV": "4", "V": "5"}
FAMILIES = {
    **dict.fromkeys(("p", "priority", "prio", "prioritylevel", "pri"), "P"),
    **dict.fromkeys(("s", "sev", "severity", "severitylevel", "sevlevel"), "SEV"),
    **dict.fromkeys(("level", "lvl", "l", "incidentlevel"), "Level"),
    **dict.fromkeys(("tier", "class", "category", "cat", "grade", "type"), "Class"),
}
WORD_FAMILY = "word"
LOOSE_FAMILIES = ("Level", "Class", WORD_FAMILY)

_NUMBER = r"(?:[0-9](?!\d)|(?-i:IV|I{1,3}|V|[A-E]))"
_STRICT = (
    rf"(?:(?P<word>severity(?:\s+level)?|sev(?:\s+level)?|priority(?:\s+level)?"
    rf"|prio|pri)\s?[-_–#:.]?\s?(?P<n>{_NUMBER})"
    r"|(?P<short>p|(?-i:S))[\s-]?(?P<d>[0-9]))(?:'?s(?=\W|$))?(?![\w%]|\.\d|'[a-z])"
)
_LOOSE = (
    rf"(?:(?P<word>incident level|level|lvl|tier|class|category|cat|grade|type)\s?[-_–#:.]?\s?(?P<n>{_NUMBER})"
    rf"|(?P<short>(?-i:L))-?(?P<d>[0-9]))(?![\w%]|\.\d)"
)
STRICT, LOOSE = re.compile(_STRICT, re.IGNORECASE), re.compile(_LOOSE, re.IGNORECASE)
STANDS_ALONE = r"(?<![\w#@/.-])"
SOMEWHERE = re.compile(rf"{STANDS_ALONE}(?:{_STRICT})", re.IGNORECASE)
SOMEWHERE_LOOSE = re.compile(rf"{STANDS_ALONE}(?:{_LOOSE})", re.IGNORECASE)
AND_MORE = re.compile(
    r"\s*(?P<join>/|,|&|\+|\band\b|\bor\b|-|–|—|\.\.\.?|\bto\b|\bthrough\b|\bthru\b)\s*", re.IGNORECASE
)
BARE_NUMBER = re.compile(r"([0-9])(?![\w.%])")
UP_OR_DOWN = re.compile(
    r"\s*(?:\+(?!\w)|(?:and|or|&)\s+(?P<way>above|higher|up|greater|more severe"
    r"|worse|below|lower|under|less severe|down)\b)",
    re.IGNORECASE,
)

_WORDS = "|".join(sorted(RANKS, key=len, reverse=True))
_NOUN = (
    r"(?:severity|priority|impact|incidents?|issues?|urgency|level|alerts?|cases?"
    r"|tickets?|events?|outages?|problems?|requests?|emergenc(?:y|ies))"
)
WORD = re.compile(
    rf"(?:code\s+)?(?P<word>{_WORDS})(?:[\s-]+{_NOUN}){{0,2}}(?=\s*$|\s*[:;,.|()\[\]/=<≤*]"
    rf"|\s+[-–—→]|\s*[–—→]|\s+\d|\s+(?:p|s|sev)-?\d|\s+(?:response|resolution|within"
    rf"|is|are|means|must|should|-))",
    re.IGNORECASE,
)
MENTION = re.compile(
    rf"(?:(?<=\()|(?<=\bfor )|(?<=\bon )|(?<=\ball )|(?<=\bif )|(?<=\bwhen )|(?<=\d )"
    rf"|(?<=[=/] )|\b)(?P<word>{_WORDS})(?=[\s-]+{_NOUN}\b|\)|\s*[:=]|\s*$|\s+[-–—]\s"
    rf"|/| \d|,)",
    re.IGNORECASE,
)
LEAD_IN = re.compile(
    r"(?:what(?:['’]s|\s+is)(?:\s+an?|\s+the)?|definition\s+of(?:\s+an?)?|handling(?:\s+an?)?"
    r"|responding\s+to(?:\s+an?)?|for|during(?:\s+an?)?)\s+(?=\S)",
    re.IGNORECASE,
)
PREFIX = re.compile(
    r"(?:incident\s+)?(?:severity|priority|urgency|impact|sev|classification|criticality)(?:\s+(?:level"
    r"|rating|class|code))?\s*[:=–—-]+\s*(?=\S)",
    re.IGNORECASE,
)
BETWEEN = re.compile(r"[\s\-–—:|/,.=(\[<*]*")


@dataclass(frozen=True, slots=True)
class Label:
    """One severity as it was called: `family` and `rank` say which it is, `spelled` how it is written."""

    family: str
    rank: str
    spelled: str

    @property
    def key(self) -> Key:
        """What is the same however it is written."""
        return (self.family, self.rank)


@dataclass(frozen=True, slots=True)
class Found:
    """Severities named in a text from `start` to `end`, and the word that stands beside them (`Critical`).

    `open_end` is -1 where all higher severities are meant as well, 1 where all lower ones are.
    """

    start: int
    end: int
    labels: tuple[Label, ...]
    name: str = ""
    open_end: int = 0


def at_start(text: str, *, loose: bool) -> tuple[Found, str] | None:
    """Return the severities that `text` begins with, and `text` as their place counts in it.

    With `loose`, words alone (`Critical`) and levels (`Level 1`) count too.
    """
    text = LEAD_IN.sub("", bare(text), count=1) if LEAD_IN.match(bare(text)) else bare(text)
    if prefix := PREFIX.match(text):
        found = _code_at(text, prefix.end(), loose=True) or _word_at(text, prefix.end(), alone=True)
        if found:
            return Found(0, found.end, found.labels, found.name, found.open_end), text
    found = _code_at(text, 0, loose=loose) or _word_at(text, 0, alone=loose)
    return (found, text) if found else None


def mentions(text: str, words: Callable[[str], bool], *, loose: bool = False) -> list[Found]:
    """Return the severities named anywhere in `text`; of words alone, those for which `words` is true."""
    found: list[Found] = []
    at = 0
    while match := _next_code(text, at, loose=loose):
        one = _extended(text, match)
        found.append(one)
        at = max(one.end, match.end())
    for match in MENTION.finditer(text):
        taken = any(one.start < match.end() and match.start() < one.end for one in found)
        if not taken and words(match["word"].lower()):
            found.append(Found(*match.span(), (_word_label(match["word"]),), match["word"]))
    return sorted(found, key=lambda one: one.start)


def from_cell(cell: str, head: str) -> Found | None:
    """Return the severity that a cell of a column of severities names, whatever it is called there."""
    if found := at_start(cell, loose=True):
        return found[0]
    text = bare(cell)
    if re.fullmatch(r"[0-9]", text):
        family = "P" if re.search(r"prio|^p$", head, re.IGNORECASE) else "SEV"
        return Found(0, 1, (Label(family, text, f"{family}{text}"),))
    words = re.split(r"\s*[(:;,–—|]|\s-\s", text)[0].strip()
    if words and len(words) <= LONGEST_ID and len(words.split()) <= MOST_WORDS and re.match(r"[A-Za-z]", words):
        return Found(0, len(words), (Label(WORD_FAMILY, words.lower(), _as_id(words)),), words)
    return None


def same(keys: list[Key], found: Found) -> list[Key]:
    """Return which of `keys`, in their order from the highest on, `found` means."""
    named = [label.key for label in found.labels]
    places = [place for place, key in enumerate(keys) if key in named]
    if not places or not found.open_end:
        return [key for key in named if key in keys]
    return keys[: max(places) + 1] if found.open_end < 0 else keys[min(places) :]


def _code_at(text: str, at: int, *, loose: bool) -> Found | None:
    match = STRICT.match(text, at) or (LOOSE.match(text, at) if loose else None)
    if not match:
        return None
    found = _extended(text, match)
    between = BETWEEN.match(text, found.end)
    word = WORD.match(text, between.end()) if between else None
    if word and between and between.end() > found.end:
        return Found(at, word.end(), found.labels, word["word"], found.open_end)
    return found


def _word_at(text: str, at: int, *, alone: bool) -> Found | None:
    word = WORD.match(text, at)
    if not word:
        return None
    between = BETWEEN.match(text, word.end())
    code = STRICT.match(text, between.end()) if between else None
    if code:
        found = _extended(text, code)
        return Found(at, found.end, found.labels, word["word"], found.open_end)
    return _words_from(text, word) if alone else None


def _words_from(text: str, word: re.Match[str]) -> Found:
    """Return the words that are joined from `word` on: `Medium/Low`."""
    labels, end = [_word_label(word["word"])], word.end("word")
    while (joint := re.compile(r"\s*(?:/|&|,|\band\b|\bor\b)\s*").match(text, end)) and (
        more := WORD.match(text, joint.end())
    ):
        labels.append(_word_label(more["word"]))
        end = more.end("word")
    return Found(word.start(), end, tuple(labels), word["word"] if len(labels) == 1 else "")


def _next_code(text: str, at: int, *, loose: bool) -> re.Match[str] | None:
    found = [
        match for match in (SOMEWHERE.search(text, at), SOMEWHERE_LOOSE.search(text, at) if loose else None) if match
    ]
    return min(found, key=lambda match: match.start()) if found else None


def _extended(text: str, match: re.Match[str]) -> Found:
    """Return the severity of `match` with those that are joined to it: `P1/P2`, `SEV1 to SEV3`, `P3 and below`."""
    labels, end = [_label(match)], match.end()
    pattern = LOOSE if labels[0].family in LOOSE_FAMILIES else STRICT
    while joint := AND_MORE.match(text, end):
        code = pattern.match(text, joint.end())
        tight = joint["join"] in "/-–&+," and joint.group() == joint["join"]
        number = BARE_NUMBER.match(text, joint.end()) if tight else None
        if not code and not number:
            break
        last = _label(code) if code else _numbered(labels[-1], str(number and number[1]))
        if last.family != labels[0].family:
            break
        labels += (
            _up_to(labels[-1], last)
            if joint["join"].lower() in ("-", "–", "—", "..", "...", "to", "through", "thru")
            else [last]
        )
        end = (code or number or joint).end()
    way = UP_OR_DOWN.match(text, end)
    if way:
        lower = (way["way"] or "").lower() in ("below", "lower", "under", "less severe", "down")
        return Found(match.start(), way.end(), tuple(labels), "", 1 if lower else -1)
    return Found(match.start(), end, tuple(labels))


def _up_to(first: Label, last: Label) -> Iterator[Label]:
    if first.rank.isdigit() and last.rank.isdigit():
        yield from (_numbered(first, str(rank)) for rank in range(int(first.rank) + 1, int(last.rank)))
    yield last


def _numbered(like: Label, rank: str) -> Label:
    return Label(like.family, rank, like.spelled.removesuffix(like.rank) + rank)


def _label(match: re.Match[str]) -> Label:
    prefix = "".join((match["word"] or match["short"]).lower().split())
    rank = match["n"] or match["d"]
    rank = ROMAN.get(rank, rank)
    family = FAMILIES[prefix]
    shown = {"s": "S", "l": "L"}.get(prefix, prefix.capitalize() if family == "Class" else family)
    shown = {"Level": "Level-", "Class": f"{shown}-"}.get(shown if family == "Level" else family, shown)
    hyphen = "-" if ("-" in match.group() or not rank.isdigit()) and not shown.endswith("-") else ""
    return Label(family, rank, f"{shown}{hyphen}{rank}")


def _word_label(word: str) -> Label:
    return Label(WORD_FAMILY, word.lower(), _as_id(word.capitalize()))


def _as_id(words: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]+", "-", words).strip("-_")[:LONGEST_ID] or "severity"
