"""Times as people write them in a runbook (`< 15 mins`, `within one hour`, `NBD`), as a playbook writes them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

IMMEDIATE = "5m"
NEXT_BUSINESS_DAY = "end of next business day"
NEXT_BUSINESS_HOUR = "next business hour"
MINUTES_AN_HOUR, MINUTES_A_DAY = 60, 24 * 60
HOURS_STAY_HOURS = 72
LONGER = "the longer of two times"
LONGEST = 999 * MINUTES_A_DAY

COUNTS = {
    **dict.fromkeys(("a", "an", "one"), 1.0),
    "two": 2.0,
    "three": 3.0,
    "four": 4.0,
    "five": 5.0,
    "six": 6.0,
    "seven": 7.0,
    "eight": 8.0,
    "nine": 9.0,
    "ten": 10.0,
    "twelve": 12.0,
    "fifteen": 15.0,
    "twenty": 20.0,
    "twenty-four": 24.0,
    "twenty four": 24.0,
    "thirty": 30.0,
    "forty": 40.0,
    "forty-five": 45.0,
    "forty five": 45.0,
    "forty-eight": 48.0,
    "sixty": 60.0,
    "seventy-two": 72.0,
    "ninety": 90.0,
    "a couple of": 2.0,
    "a few": 3.0,
    **dict.fromkeys(("half", "half a", "half an", "a half", "½", "1/2"), 0.5),
    **dict.fromkeys(("a quarter of an", "quarter of an", "a quarter", "quarter", "¼", "1/4"), 0.25),
    **dict.fromkeys(("three quarters of an", "three-quarters of an", "¾", "3/4"), 0.75),
    **dict.fromkeys(("one and a half", "1½", "1 ½", "1 1/2"), 1.5),
    **dict.fromkeys(("two and a half", "2½", "2 ½", "2 1/2"), 2.5),
}
UNITS = {"s": 1 / 60, "m": 1.0, "h": 60.0, "d": 1440.0, "w": 7 * 1440.0, "mo": 30 * 1440.0, "q": 90 * 1440.0}

_WORDS = "|".join(re.escape(word) for word in sorted(COUNTS, key=len, reverse=True))
_COUNT = rf"(?:\d{{1,6}}(?:[.,]\d{{1,2}})?(?:\s?[½¼¾])?|(?:{_WORDS})(?![A-Za-z]))"
_UNIT = (
    r"(?P<{0}>seconds?|secs?|minutes?|minuts?|mins?\b\.?|mns?|hours?|hrs?\b\.?|days?|weeks?|wks?|months?|quarters?"
    r"|(?-i:[smhdw]|[HD])|'|′)(?![A-Za-z0-9])(?!/(?:s|sec|second|min|minute|month|year)\b)"
)
_BEFORE = r"(?<![\w$€£%.:])(?<!\d/)(?<![\w]-)"
_WORKING = r"(?P<working>business|working|work|office|support)[\s-]+"
AMOUNT = re.compile(
    rf"{_BEFORE}(?P<count>{_COUNT})(?:\s*(?:\([\w-]+\))?\s*(?:-|–|—|to|or)\s*(?P<upper>{_COUNT}))?"
    rf"[\s-]*(?:\([\w-]+\)\s*)?(?:{_WORKING}|calendar[\s-]+|full[\s-]+)?{_UNIT.format('unit')}",
    re.IGNORECASE,
)
COMPACT = re.compile(
    rf"{_BEFORE}(?:(\d{{1,3}})\s?d)?\s?(\d{{1,3}})\s?h\s?(\d{{1,2}})\s?(?:m|min|mins)?(?!\w)", re.IGNORECASE
)
AND_A_HALF = re.compile(r"\s+and\s+a\s+half\b", re.IGNORECASE)
SPAN = re.compile(r"\s*(?:-|–|—|to|or)\s*", re.IGNORECASE)
JOINT = re.compile(r",?\s*(?:and\s+)?(?=[\w½¼¾])", re.IGNORECASE)
CLOCK = re.compile(r"\s*(\d{1,2}):([0-5]\d)(?::[0-5]\d)?\s*(?:h|hrs?|hours?)?\s*", re.IGNORECASE)

_DAY = r"(?:(?:next|following|1|one|a)[\s-]+(?:full[\s-]+)?(?:business|working|work|week|office)[\s-]*days?)"
TWICE = re.compile(r"\btwice\s+(?:a|per)\s+day\b|\btwice[\s-]daily\b", re.IGNORECASE)
WORDED: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (
        re.compile(
            r"\bnext[\s-]+(?:business|working|office)[\s-]+hours?\b"
            rf"|\b(?:at\s+)?(?:the\s+)?start of (?:the\s+)?{_DAY}",
            re.IGNORECASE,
        ),
        NEXT_BUSINESS_HOUR,
        "",
    ),
    (
        re.compile(rf"(?:\bend of (?:the\s+)?)?\b{_DAY}\b|\bNBD\b|\bnext[\s-]+day\b|\btomorrow\b", re.IGNORECASE),
        NEXT_BUSINESS_DAY,
        "",
    ),
    (
        re.compile(
            r"\b(?:same|current)[\s-]+(?:business|working|work)?[\s-]*day\b"
            r"|\b(?:by\s+)?(?:the\s+)?(?:end of (?:the\s+)?(?:business\s+|working\s+)?day|EO[DB]|COB)\b",
            re.IGNORECASE,
        ),
        "8h",
        "one working day",
    ),
    (re.compile(r"\bhalf[\s-]?hourly\b|\b(?:on the |every )half[\s-]hour\b", re.IGNORECASE), "30m", ""),
    (
        re.compile(r"\bhourly\b|\b(?:every|per|each|within the|within an) hour\b|\bon the hour\b", re.IGNORECASE),
        "1h",
        "",
    ),
    (TWICE, "12h", ""),
    (re.compile(r"\bdaily\b|\b(?:every|per|each|once a) day\b|\bwithin the day\b", re.IGNORECASE), "24h", ""),
    (re.compile(r"\bweekly\b|\b(?:every|per|each|once a|within the|next) week\b", re.IGNORECASE), "7d", ""),
    (
        re.compile(
            r"\bimmediate(?:ly)?\b|\binstant(?:ly)?\b|\bASAP\b|\bas soon as possible\b"
            r"|\bright away\b|\bat once\b|\bstraight away\b|\bwithout delay\b|\breal[\s-]time\b",
            re.IGNORECASE,
        ),
        IMMEDIATE,
        "immediate",
    ),
    (
        re.compile(
            r"\bbest[\s-]effort\b|\bN/?A\b|\bnot applicable\b|\bno (?:SLA|target|limit"
            r"|deadline|commitment|fixed time)\b|\bnone\b|\bas (?:needed|required|time (?:permits"
            r"|allows)|scheduled)\b|\bnext (?:sprint|release|cycle|release cycle|planning)\b"
            r"|\bbacklog\b|\bTB[DC]\b|\bwhen(?:ever)? (?:possible|convenient|time permits)\b",
            re.IGNORECASE,
        ),
        "",
        "",
    ),
)


@dataclass(frozen=True, slots=True)
class Time:
    """A time found in a text from `start` to `end`.

    `written` is how a playbook says it, empty where the text says that there is no limit; `guess` is why it may be
    wrong, empty where it is as the text says.
    """

    start: int
    end: int
    written: str
    guess: str = ""
    least: str = ""
    """The shorter of two times, where the text gives two (`15-30 minutes`)."""

    @property
    def is_immediate(self) -> bool:
        """Say whether the text gave no figure at all."""
        return self.guess.startswith("“immediate”")


def written(minutes: float) -> str:
    """Return a number of minutes as a playbook writes it."""
    whole = min(max(1, round(minutes)), LONGEST)
    hours, rest = divmod(whole, MINUTES_AN_HOUR)
    if not rest and (hours <= HOURS_STAY_HOURS or hours % 24):
        return f"{hours}h"
    days, hours = divmod(hours, 24) if hours > HOURS_STAY_HOURS else (0, hours)
    return f"{days}d" * bool(days) + f"{hours}h" * bool(hours) + f"{rest}m" * bool(rest)


def times(text: str) -> list[Time]:
    """Return the times in `text`, in its order; a figure counts before a word that stands for one."""
    twice = [match.span() for match in TWICE.finditer(text)]
    found = [one for one in _amounts(text) if not any(start <= one.start < end for start, end in twice)]
    for pattern, stands_for, why in WORDED:
        for match in pattern.finditer(text):
            if not any(time.start < match.end() and match.start() < time.end for time in found):
                found.append(Time(*match.span(), stands_for, f"“{why}”, without a figure" if why else ""))
    return sorted(found, key=lambda time: time.start)


def only_time(cell: str, unit: str = "") -> Time | None:
    """Return the time that a table's cell tells; `unit` is what a bare number counts, as its column's head says."""
    if clock := CLOCK.fullmatch(cell):
        return Time(0, len(cell), written(int(clock[1]) * MINUTES_AN_HOUR + int(clock[2])))
    if unit and (number := re.fullmatch(r"[<≤~\s]*(\d{1,5}(?:[.,]\d{1,2})?)\s*", cell)):
        return Time(0, len(cell), written(_count(number[1]) * UNITS[unit]))
    found = times(cell)
    return next((time for time in found if time.written and not time.guess.startswith("“")), next(iter(found), None))


def unit_of(head: str) -> str:
    """Return the unit that a column's head gives in brackets or at its end, or nothing."""
    match = re.search(r"(?:\(|\bin\s+|\[|,\s*)\s*(min|hour|hr|day)[a-z]*\.?\s*[)\]]?\s*$", head, re.IGNORECASE)
    return {"m": "m", "h": "h", "d": "d"}[match[1][0].lower()] if match else ""


def _amounts(text: str) -> Iterator[Time]:
    """Yield the figures with units; what follows one in a smaller unit belongs to it (`1 hour 30 minutes`)."""
    compact = [_compact(match) for match in COMPACT.finditer(text)]
    yield from compact
    at = 0
    while match := AMOUNT.search(text, at):
        inside = next((time for time in compact if time.start <= match.start() < time.end), None)
        time = inside or _joined(text, match)
        if not inside:
            yield time
        at = time.end


def _compact(match: re.Match[str]) -> Time:
    days, hours, minutes = (int(part or 0) for part in match.groups())
    return Time(*match.span(), written(days * MINUTES_A_DAY + hours * MINUTES_AN_HOUR + minutes))


def _joined(text: str, match: re.Match[str]) -> Time:
    minutes, unit, guess = _minutes(match), UNITS[_unit(match)], _doubt(match)
    end = match.end()
    if half := AND_A_HALF.match(text, end):
        return Time(match.start(), half.end(), written(minutes + unit / 2), guess)
    if (joint := JOINT.match(text, end)) and (more := AMOUNT.match(text, joint.end())) and UNITS[_unit(more)] < unit:
        return Time(match.start(), more.end(), written(minutes + _minutes(more)), guess)
    if (span := SPAN.match(text, end)) and (more := AMOUNT.match(text, span.end())):
        longer = max(minutes, _minutes(more))
        return Time(match.start(), more.end(), written(longer), LONGER, written(min(minutes, _minutes(more))))
    if match["working"] and _unit(match) == "d" and minutes == UNITS["d"]:
        return Time(match.start(), end, NEXT_BUSINESS_DAY)
    least = written(_count(match["count"]) * unit) if match["upper"] else ""
    return Time(match.start(), end, written(minutes), guess, least)


def _doubt(match: re.Match[str]) -> str:
    if match["working"]:
        return "the document counts in business time"
    if match["upper"]:
        return LONGER
    return "less than a minute" if _minutes(match) < 1 else ""


def _minutes(match: re.Match[str]) -> float:
    return _count(match["upper"] or match["count"]) * UNITS[_unit(match)]


def _unit(match: re.Match[str]) -> str:
    unit = match["unit"].lower()
    if unit in ("'", "′"):
        return "m"
    return "mo" if unit.startswith("mo") else unit[0]


def _count(figure: str) -> float:
    spelled = re.sub(r"\s+", " ", figure.lower())
    if spelled in COUNTS:
        return COUNTS[spelled]
    half = {"½": 0.5, "¼": 0.25, "¾": 0.75}.get(spelled[-1], 0.0)
    return float(spelled.rstrip("½¼¾ ").replace(",", ".")) + half
