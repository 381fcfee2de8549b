"""Sentences that tell whom to call: `If nobody answers in ten minutes, call the secondary`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.playbooks.importing.times import times

_I = re.IGNORECASE
ELSEWHERE = re.compile(r"external|vendor|third[\s-]?part|supplier|provider|customer", _I)
PERSON = re.compile(
    r"engineer|manager|\blead\b|leader|director|\bvp\b|vice president|\bc[eotis]+o\b"
    r"|\bhead\b|chief|officer|on[\s-]?call|primary|secondary|tertiary|\bteam\b"
    r"|admin|\bdba\b|developer|\bsre\b|operator"
    r"|technician|support|commander|president|owner|architect|executive|management"
    r"|responder|founder|\bdesk\b|specialist|analyst|duty|supervisor|coordinator",
    _I,
)
_VERBS = (
    r"(?:page|call|ring|phone|contact|alert|wake(?:\s+up)?|notify|inform|tell|involve|bring\s+in"
    r"|escalate\s+(?:it\s+)?to|reach\s+out\s+to|(?:pages|calls|alerts|notifies)(?=\s+(?:the|our)\b))"
)
_DONE = (
    r"(?:called|paged|rung|phoned|informed|told|notified|alerted|woken|contacted|involved|brought\s+in"
    r"|an?\s+(?:phone\s+)?(?:call|page))"
)
ORDER = re.compile(
    rf"(?:^|[,:→>–—]\s*|\b(?:then|must|should|please|also|automatically|we|it|minutes?|mins?|hours?|hrs?)\s+)"
    rf"(?P<verb>{_VERBS})\s+(?P<who>\S.*)",
    _I,
)
PASSIVE = re.compile(
    r"(?P<who>(?:[\w'’&-]+\s+){1,7})(?:\([^()]*\)\s+)?(?:is|are|gets?|(?:must|should|will|has\s+to|needs\s+to)\s+be)\s+"
    rf"(?:(?:also|then|first|always|immediately)\s+)*(?P<verb>{_DONE})\b",
    _I,
)
ENDS = re.compile(
    r"(?:^|\s+)(?:immediately|if|when(?:ever)?|after|within|for|by|via|as|at|in|with|so|who|straight|right|first"
    r"|also|too|again|until|unless|during|outside|from|to|is|are|on(?![\s-]?(?:call|duty)))\b|[,.;:(!]|\s[–—-]\s",
    _I,
)
TIMED = re.compile(
    r"^(?P<moment>(?:if|after|when|once|no|not|un\w+|>|(?:p|s|sev)[\s-]?\d)\b[^:]*):\s*(?P<who>\S.*)$", _I
)
AND_ANOTHER = re.compile(
    r",?\s+(?:and\s+then|and|then)\s+(?=(?:the|our)\s+[\w\s-]{2,40}?\s(?:after|within|if|when)\b)", _I
)
LEADS_IN = re.compile(rf"^(?:(?:and|or|then|also|{_VERBS}|the|our|your|an?)\s+)+", _I)
ARTICLE = re.compile(r".*\b(?:the|our|your|an?)\s+", _I)
PARTS = re.compile(r"(?<=[.!?;])\s+")
BETWEEN = re.compile(r"\s*(?:\+|&|,|/|\band\b|\bor\b)\s*", _I)
LONGEST_SENTENCE = 500
SOFT = re.compile(r"notif|inform|t[eo]ll", _I)


@dataclass(frozen=True, slots=True)
class Order:
    """A sentence that tells whom to call, those whom it names, and whether it says that they are only told."""

    said: str
    who: list[str]
    is_soft: bool


def orders_in(text: str) -> Iterator[Order]:
    """Yield the sentences of `text` that tell whom to call."""
    for part in PARTS.split(text):
        for said in _apart(part.strip(" ;")) if len(part) <= LONGEST_SENTENCE else ():
            if order := _active(said) or _passive(said) or _after_colon(said):
                yield order


def _apart(said: str) -> Iterator[str]:
    """Yield a sentence, or each of the two that it holds: `Call the lead after 10 min, and the director after 50`."""
    match = ORDER.search(said)
    following = AND_ANOTHER.search(match["who"]) if match else None
    if match and following:
        yield said[: match.start("who") + following.start()]
        yield from _apart(f"{said[: match.start('who')]}{match['who'][following.end() :]}")
    else:
        yield said


def _active(said: str) -> Order | None:
    for match in ORDER.finditer(said):
        before = said[: match.start("verb")]
        names_before = before.rstrip().endswith(":") and PERSON.search(before)
        end = ENDS.search(match["who"])
        who = [] if names_before else _persons(match["who"][: end.start()] if end else match["who"])
        if who:
            return Order(said, who, bool(SOFT.match(match["verb"])))
    return None


def _passive(said: str) -> Order | None:
    for match in PASSIVE.finditer(said):
        words = match["who"]
        timed = max((time.end for time in times(words)), default=0)
        if who := _persons(ARTICLE.sub("", words[timed:])):
            return Order(said, who, bool(SOFT.match(match["verb"])))
    return None


def _after_colon(said: str) -> Order | None:
    match = TIMED.match(said)
    who = _persons(match["who"].partition("(")[0]) if match and times(match["moment"]) else []
    return Order(said, who, is_soft=False) if who else None


def _persons(words: str) -> list[str]:
    parts = [LEADS_IN.sub("", part.strip(" .:*")) for part in BETWEEN.split(words)]
    return [part for part in parts if _is_person(part)]


def _is_person(words: str) -> bool:
    if not words or ELSEWHERE.search(words):
        return False
    return PERSON.search(words) is not None or re.search(r"\bdev\b|\bbackup\b|^[A-Z][a-z]+$", words) is not None
