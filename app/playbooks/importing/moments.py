"""When a row of an escalation policy is called: by what it says itself, or what the row before says of handing on."""

import re
from collections.abc import Iterator
from typing import Any

from app.playbooks.importing.claims import Kind, kinds_in
from app.playbooks.importing.draft import Draft
from app.playbooks.importing.labels import Found, mentions, same
from app.playbooks.importing.rows import EVERY_ONE, Row
from app.playbooks.importing.times import Time, times

_I = re.IGNORECASE
TAGS = (
    ("security-breach", re.compile(r"security|breach|intrusion|\bleak", _I)),
    ("data-loss", re.compile(r"data[\s-]loss|los(?:s|ing)\s+(?:of\s+)?data", _I)),
    ("data-integrity", re.compile(r"integrity|corrupt", _I)),
    ("financial-impact", re.compile(r"financ|revenue|money|payment\s+loss", _I)),
    (
        "multiple-services",
        re.compile(
            r"multiple\s+(?:services|systems)|several\s+(?:services|systems)|more than one (?:service|system)", _I
        ),
    ),
    ("customer-escalation", re.compile(r"customers?\s+escalat|executive\s+customer", _I)),
    ("business-critical", re.compile(r"business[\s-]critical", _I)),
    ("compliance", re.compile(r"complian|regulat|\blegal\b|gdpr", _I)),
    ("public-attention", re.compile(r"\bpress\b|\bmedia\b|\bpublic(?:ity)?\b", _I)),
    ("user-impact", re.compile(r"(?:user|customer)s?[\s-]+(?:impact|affected)|impact\s+on\s+(?:users|customers)", _I)),
)
HANDS_ON = re.compile(r"escalate(?!d)|stuck|escalation\s+time|hand(?:s|ed)?\s+(?:over|on)", _I)
CONDITION = re.compile(r"\bafter\b|\bif\b", _I)
RIGHT_BEHIND = re.compile(r"[\s,;&/(\[]*(?:(?:and|or|for|on|in|with|if|of|an?|any|all|both)\s+)*", _I)
ONLY_SEVERITIES = re.compile(r"\W*(?:(?:when|for|severit(?:y|ies)|only)\W+)*(?:p|s|sev)[\s-]?[0-9A-E]\b[^a-z]*$", _I)
WORKING_HOURS = re.compile(r"business\s+hours|working\s+hours|office\s+hours", _I)


def conditions(draft: Draft, row: Row, before: Row | None, *, first: bool) -> Iterator[Any]:
    """Yield when a row is called: by what it says itself, or what the row before says of handing on."""
    found: list[Any] = []
    first = first and not (row.order and CONDITION.search(row.said[0]) and any(map(_is_span, times(row.said[0]))))
    for said in row.said:
        found += own(draft, said, first=first, is_order=row.order is not None)
    for said in before.said if before else ():
        found += [] if before and before.order else _handed_on(draft, said)
    if first and not any(isinstance(one, str) or "at" in one for one in found):
        found.insert(0, "declared")
    if not found and row.order and not CONDITION.search(row.order.said) and only_for(draft, row):
        found.append("declared")
    merged: list[Any] = []
    for one in [narrowed(one, only_for(draft, row)) for one in found]:
        if one not in merged:
            merged.append(one)
    yield from merged[:6]


def only_for(draft: Draft, row: Row) -> list[str]:
    """Return the severities that the column of severities names for a row; nothing where it has none."""
    return draft.ids() if EVERY_ONE.match(row.only) else _named(draft, row.only)


def narrowed(condition: Any, only: list[str]) -> Any:
    """Let a condition hold for those severities alone, where it does not say of itself for which."""
    if not only or (isinstance(condition, dict) and {"severities", "tag"} & condition.keys()):
        return condition
    return {"at": condition} | {"severities": only} if isinstance(condition, str) else condition | {"severities": only}


def own(draft: Draft, said: str, *, first: bool, is_order: bool = False) -> Iterator[Any]:
    """Yield when a row is called by its own words; the first row is called at the declaration anyway.

    What an order says of times is about those whom it calls; elsewhere `escalate after 20 min` is about the next.
    """
    severities = _named(draft, said)
    if first:
        yield from _at_once(draft, said)
    elif is_order or not (HANDS_ON.search(said) or _time_alone(said)):
        yield from _timed(draft, said, is_order=is_order)
    if WORKING_HOURS.search(said) and (severities or is_order):
        yield {"at": "next business hour", "severities": severities} if severities else "next business hour"
    for tag in [] if first else _tags(said):
        put_tag(draft, tag)
        yield {"tag": [tag]}


def _at_once(draft: Draft, said: str) -> Iterator[Any]:
    """Yield for which severities the first row is called at the declaration, where it names some of them."""
    found = times(said)
    if ONLY_SEVERITIES.match(said) and not found:
        found = [Time(0, 0, "", "“immediate”")]
    for at, time in enumerate(found):
        if time.is_immediate and (severities := _for_time(draft, said, found, at)):
            yield {"at": "declared", "severities": severities}


def _timed(draft: Draft, said: str, *, is_order: bool) -> Iterator[Any]:
    kinds = {one.kind for one in kinds_in(said)}
    answers = Kind.RESPOND in kinds and Kind.ESCALATE not in kinds and not CONDITION.search(said)
    found = times(said)
    for at, time in enumerate(found):
        severities = _for_time(draft, said, found, at)
        only = {"severities": severities} if severities else {}
        if time.is_immediate and (only or is_order):
            yield {"at": "declared"} | only if only else "declared"
        elif _is_span(time) and not answers:
            yield {_trigger(said): time.written} | only


def _for_time(draft: Draft, said: str, found: list[Time], at: int) -> list[str]:
    """Return the severities for which the time at a place holds: named right behind it, or before it, or anywhere."""
    until = found[at + 1].start if at + 1 < len(found) else len(said)
    since = found[at - 1].end if at else 0
    named = _mentioned(draft, said)
    behind = _neighbours(said, [one for one in named if found[at].end <= one.start < until], found[at].end)
    ahead = [one for one in named if since <= one.start and one.end <= found[at].start]
    earlier = [one for one in named if one.end <= since] if len(found) > 1 else named
    chosen = behind or ahead or earlier
    return list(dict.fromkeys(key for one in chosen for key in _keys(draft, one)))


def _neighbours(said: str, named: list[Found], at: int) -> list[Found]:
    """Return those of `named` that stand right behind a place: ` (P1)`, ` for P1 and P2`."""
    near: list[Found] = []
    for one in named:
        if not RIGHT_BEHIND.fullmatch(said, at, one.start):
            break
        near.append(one)
        at = one.end
    return near


def _handed_on(draft: Draft, said: str) -> Iterator[Any]:
    """Yield what the row before says of the next: `if stuck > 15 min → escalate`, `Escalation time: 30 minutes`."""
    if time := _time_alone(said):
        yield {"unacknowledged": time}
    if not HANDS_ON.search(said):
        return
    for time_said in times(said):
        if _is_span(time_said):
            near = mentions(said[time_said.end :], lambda _: True)
            severities = _keys(draft, near[0]) if near else []
            yield {_trigger(said): time_said.written} | ({"severities": severities} if severities else {})


def _time_alone(said: str) -> str | None:
    """Return the time that a row's point is without further words: how long that level has."""
    alone = said.strip(" .")
    found = times(alone)
    is_alone = len(found) == 1 and _is_span(found[0]) and found[0].end - found[0].start == len(alone)
    return found[0].written if is_alone else None


def _is_span(time: Time) -> bool:
    """Tell a number of minutes, hours or days from words such as `immediately` and `next business day`."""
    return bool(time.written) and not time.is_immediate and not time.written.startswith(("end", "next"))


def _trigger(said: str) -> str:
    if re.search(
        r"\bno\s+(?:response|answer|reply|ack)|(?:not|n['’]t)\s+(?:respon|ack|answer)"
        r"|unack|without\s+(?:an?\s+)?(?:ack|answer|respon)|unanswered|\bsilent\b|(?:says?|hears?)\s+nothing"
        r"|\b(?:nobody|no\s?one|none)\s+(?:\w+\s+)?(?:respon|ack|answer|repl|react|picks)"
        r"|(?:not|n['’]t|never)\s+(?:\w+\s+)?(?:respon|ack|answer|repl|react|pick)",
        said,
        _I,
    ):
        return "unacknowledged"
    return "undiagnosed" if re.search(r"stuck|undiagnos|no\s+diagnos|cause\s+unknown", said, _I) else "open"


def answer_within(row: Row) -> str | None:
    """Return how soon whoever is called in a row is asked to answer: `(5 min response)`."""
    found = (time for said in row.said for time in _kind_times(said, Kind.RESPOND))
    return next((time.written for time in found if not time.guess and _is_span(time)), None)


def _kind_times(said: str, kind: Kind) -> list[Time]:
    if re.search(r"\bafter\b|\bif\b", said, _I):
        return []
    return [time for time in times(said) if any(one.kind is kind for one in kinds_in(said)) and time.written]


def _named(draft: Draft, said: str) -> list[str]:
    return list(dict.fromkeys(severity for one in _mentioned(draft, said) for severity in _keys(draft, one)))


def _mentioned(draft: Draft, said: str) -> list[Found]:
    return mentions(said, lambda name: any(one.name.lower() == name for one in draft.severities))


def _keys(draft: Draft, found: Found) -> list[str]:
    by_name = {one.name.lower(): one for one in draft.severities}
    keys = same([one.key for one in draft.severities], found)
    named = [one.id for one in draft.severities if one.key in keys]
    return named or [by_name[label.rank].id for label in found.labels if label.rank in by_name]


def _tags(said: str) -> list[str]:
    return [tag for tag, pattern in TAGS if pattern.search(said)]


def put_tag(draft: Draft, tag: str) -> None:
    """Let the playbook have a tag."""
    tags = draft.data.setdefault("tags", [])
    if tag not in tags:
        tags.append(tag)
