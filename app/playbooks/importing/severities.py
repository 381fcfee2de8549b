"""Which severities a document has, from the highest on, and what it asks for each of them."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from app.playbooks.importing.claims import SENTENCE, Kind, claims_in
from app.playbooks.importing.gathering import Definition, Gathered, Said
from app.playbooks.importing.labels import LOOSE_FAMILIES, RANKS, WORD_FAMILY, Found, Key, Label, same
from app.playbooks.importing.reading import Bullets, Text, bare

MOST, LONGEST_NAME, LONGEST_MEANING = 20, 3, 300
"""Severities, words of a name, and letters of a meaning."""
NAMES = ("Critical", "High", "Medium", "Low")
EMOJI = (":red_circle:", ":large_orange_circle:", ":large_yellow_circle:", ":white_circle:")
MEANS_KEY = re.compile(
    r"^\W*(?:definition|description|meaning|means|criteria|triggered when|when"
    r"|impact|what(?: it is)?|scope|summary)\s*$",
    re.IGNORECASE,
)
EXAMPLES_KEY = re.compile(
    r"^\W*(?:examples?|e\.?g\.?|typical|for example|conditions?|symptoms?|scenarios?)\b", re.IGNORECASE
)
NAME_HEAD = re.compile(r"^\W*(?:name|label|title)\b", re.IGNORECASE)
MEANS_HEAD = re.compile(r"^\W*(?:descri|defin|mean|criteria|impact|what|scope|summary|when)", re.IGNORECASE)
TICKET = re.compile(
    r"ticket\s+queue|standard\s+ticket|ticket\s+only|^\W*(?:file|open|create)\s+an?\s+(?:jira\s+)?ticket$",
    re.IGNORECASE,
)
THRESHOLD = re.compile(r"\d\s?%|\d\s?ms\b|\bp9\d\b|[<>≥≤]\s*\d", re.IGNORECASE)
KEY_VALUE = re.compile(r"^\W*([^:]{2,40}?)\s*[:：]\s*(.*)$")
ASKS = {
    "acknowledge_within": (Kind.ACKNOWLEDGE, Kind.RESPOND, Kind.MEAN_RESPONSE),
    "resolve_within": (Kind.RESOLVE, Kind.MEAN_RESOLUTION),
    "update_every": (Kind.UPDATE,),
    "postmortem_within": (Kind.POSTMORTEM,),
    "monitor_for": (Kind.MONITOR,),
}
SHARED = ("update_every", "postmortem_within")
"""What a document often says once, for the severities that matter most."""
WORTH_A_POSTMORTEM = 2


@dataclass(slots=True)
class Promise:
    """A time that a playbook will hold people to, the line that says it, and why it may be wrong."""

    written: str
    line: int
    guess: str = ""


@dataclass(slots=True)
class Severity:
    """One severity as the document tells it."""

    key: Key
    id: str
    line: int
    name: str = ""
    name_is_guessed: bool = False
    means: str = ""
    examples: list[str] = field(default_factory=list)
    thresholds: list[str] = field(default_factory=list)
    is_ticket: bool = False
    promises: dict[str, Promise] = field(default_factory=dict)


def severities(gathered: Gathered) -> list[Severity]:
    """Return the severities of the document, the highest first; none where it has none."""
    labels = _labels(gathered)
    aliases = _aliases(gathered.definitions)
    family = _family(gathered, labels, aliases)
    if family is None:
        return []
    keys = _in_order([key for key in labels if key[0] == family], gathered.definitions)[:MOST]
    found = [Severity(key, labels[key].spelled, 0) for key in keys]
    for severity in found:
        _describe(severity, [one for one in gathered.definitions if _means(one.found, keys, aliases) == [severity.key]])
        _promise(severity, [one for one in gathered.said if severity.key in _means(one.severities, keys, aliases)])
    _take_over(found, gathered, keys, aliases, labels)
    _share(found, gathered.said)
    _name_the_rest(found)
    return found


def _labels(gathered: Gathered) -> dict[Key, Label]:
    """Return every severity that is described or has a time, as it is first written."""
    labels: dict[Key, Label] = {}
    for found in (
        *(one.found for one in gathered.definitions),
        *(one.severities for one in gathered.said if one.severities),
    ):
        for label in found.labels:
            labels.setdefault(label.key, label)
    lonely = [key for key, label in labels.items() if label.spelled.startswith("S") and label.spelled[1:].isdigit()]
    return {key: label for key, label in labels.items() if len(lonely) != 1 or key not in lonely}


def _aliases(definitions: list[Definition]) -> dict[Key, Key]:
    """Return which word stands for which code: `P1 (Critical)` makes Critical another name of P1."""
    aliases: dict[Key, Key] = {}
    for one in definitions:
        if one.found.name and len(one.found.labels) == 1 and one.found.labels[0].family != WORD_FAMILY:
            aliases.setdefault((WORD_FAMILY, one.found.name.lower()), one.found.labels[0].key)
    return aliases


def _family(gathered: Gathered, labels: dict[Key, Label], aliases: dict[Key, Key]) -> str | None:
    """Return how this document counts its severities: the way that has the most times, then the most places."""
    timed: dict[str, set[Key]] = {}
    for one in gathered.said:
        if one.kind in (*ASKS["acknowledge_within"], *ASKS["resolve_within"]):
            for label in one.severities.labels if one.severities else ():
                key = aliases.get(label.key, label.key)
                timed.setdefault(key[0], set()).add(key)
    described = Counter(label.family for one in gathered.definitions for label in one.found.labels)
    families = {key[0] for key in labels if key not in aliases}
    several = {family for family in families if sum(key[0] == family for key in labels) > 1 or family in timed}

    def weight(family: str) -> tuple[int, bool, int]:
        return (len(timed.get(family, ())), family not in LOOSE_FAMILIES, described[family])

    return max(sorted(several or families), key=weight, default=None)


def _in_order(keys: list[Key], definitions: list[Definition]) -> list[Key]:
    if keys and keys[0][0] == WORD_FAMILY:
        known = all(key[1] in RANKS for key in keys)
        return sorted(keys, key=lambda key: RANKS[key[1]]) if known else keys
    ordered = sorted(keys, key=lambda key: (len(key[1]), key[1]))
    names = {one.found.labels[0].key: one.found.name.lower() for one in reversed(definitions) if one.found.name}
    ranks = [RANKS[names[key]] for key in ordered if names.get(key) in RANKS]
    upside_down = len(ranks) > 1 and ranks == sorted(ranks, reverse=True) and ranks[0] != ranks[-1]
    return ordered[::-1] if upside_down else ordered


def _means(found: Found | None, keys: list[Key], aliases: dict[Key, Key]) -> list[Key]:
    """Return which severities are meant, each by its own name."""
    if found is None:
        return []
    labels = tuple(
        Label(*aliases[label.key], label.spelled) if label.key in aliases and label.key not in keys else label
        for label in found.labels
    )
    return same(keys, Found(found.start, found.end, labels, found.name, found.open_end))


def _promise(severity: Severity, said: list[Said]) -> None:
    for ask, kinds in ASKS.items():
        if best := _best([one for one in said if one.kind in kinds], kinds):
            guess = best.guess
            if best.time.is_immediate:
                guess = "the document says immediate"
            severity.promises[ask] = Promise(best.time.written, best.line, guess)


def _best(said: Iterable[Said], kinds: tuple[Kind, ...]) -> Said | None:
    """Return what counts: the plainest statement, of equal ones the first kind, and of those the first."""
    return max(said, key=lambda one: (one.strength, -kinds.index(one.kind), -one.line), default=None)


def _take_over(
    found: list[Severity], gathered: Gathered, keys: list[Key], aliases: dict[Key, Key], labels: dict[Key, Label]
) -> None:
    """Where another way of counting has as many severities, take what it says of those that say nothing themselves."""
    others: dict[str, list[Key]] = {}
    for key in labels:
        if key[0] != found[0].key[0] and key not in aliases:
            others.setdefault(key[0], []).append(key)
    for family, other in others.items():
        if len(other) != len(keys) or (family == WORD_FAMILY and not all(key[1] in RANKS for key in other)):
            continue
        for severity, key in zip(found, _in_order(other, gathered.definitions), strict=True):
            twin = Severity(key, "", 0)
            _promise(
                twin,
                [
                    one
                    for one in gathered.said
                    if one.severities and key in (label.key for label in one.severities.labels)
                ],
            )
            for ask, promise in twin.promises.items():
                promise.guess = promise.guess or f"the document says it of {labels[key].spelled}"
                severity.promises.setdefault(ask, promise)


def _share(found: list[Severity], said: list[Said]) -> None:
    """Give what is said without a severity to those it must be meant for."""
    for ask, kinds in ASKS.items():
        general = [one for one in said if one.severities is None and one.kind in kinds and one.time.written]
        every = _best([one for one in general if one.for_every], kinds)
        some = _best(general, kinds) if ask in SHARED and not any(one.promises.get(ask) for one in found) else None
        said_once = every or some
        if not said_once:
            continue
        for place, severity in enumerate(found if every else found[:WORTH_A_POSTMORTEM]):
            written = (
                said_once.time.least
                if ask == "update_every" and not place and said_once.time.least
                else said_once.time.written
            )
            why = said_once.guess or (
                "the document says it of all incidents" if every else "the document does not say for which severities"
            )
            severity.promises.setdefault(ask, Promise(written, said_once.line, why))


def _describe(severity: Severity, definitions: list[Definition]) -> None:
    for one in definitions:
        severity.line = severity.line or one.line
        severity.name = severity.name or _worded(one.found.name)
        _from_columns(severity, one)
        rest = _cleaned(one.rest)
        if rest and not severity.name and len(rest.split()) <= LONGEST_NAME and not rest[0].islower():
            severity.name = rest
        elif rest and not severity.means and len(rest.split()) > 1:
            severity.means = rest
        _from_below(severity, one)
    if not severity.means and severity.examples:
        severity.means = severity.examples[0]


def _from_columns(severity: Severity, one: Definition) -> None:
    for head, cell in one.columns.items():
        if not cell or _tells_time(cell):
            continue
        if cell.strip().lower() in RANKS or NAME_HEAD.match(head):
            severity.name = severity.name or _worded(cell)
        elif EXAMPLES_KEY.match(head):
            severity.examples = severity.examples or _split(cell)
        elif MEANS_HEAD.match(head):
            severity.means = severity.means or cell


def _from_below(severity: Severity, one: Definition) -> None:
    examples: list[str] = []
    for block in one.blocks:
        if isinstance(block, Text):
            for line in block.lines:
                _from_line(severity, line, [], examples, in_list=False)
        elif isinstance(block, Bullets):
            for item in block.items:
                below = [inner.text for deeper in item.blocks if isinstance(deeper, Bullets) for inner in deeper.items]
                _from_line(severity, item.text, below, examples, in_list=True)
    severity.examples = severity.examples or examples


def _from_line(severity: Severity, line: str, below: list[str], examples: list[str], *, in_list: bool) -> None:
    severity.is_ticket = severity.is_ticket or TICKET.search(line) is not None
    if match := KEY_VALUE.match(line):
        key, value = match[1], match[2]
        if MEANS_KEY.match(key) and value and not _tells_time(line):
            severity.means = severity.means or value
        elif EXAMPLES_KEY.match(key):
            examples += below or (_split(value) if value else [])
        elif re.match(r"^\W*thresholds?\b", key, re.IGNORECASE):
            severity.thresholds = severity.thresholds or below or _split(value)
    elif _tells_time(line) or not line.strip():
        return
    elif in_list:
        examples.append(line)
    elif not severity.means and len(line) < LONGEST_MEANING:
        severity.means = line


def _tells_time(line: str) -> bool:
    kinds = (Kind.OTHER, Kind.PLAIN)
    return any(claim.kind not in kinds for claim in claims_in(line, None, (), lambda _: False, loose=False))


def _split(cell: str) -> list[str]:
    parts = re.split(r"\s*;\s*|,\s+(?![^()]*\))", cell)
    return [part.strip() for part in parts if part.strip()]


def _cleaned(rest: str) -> str:
    """Return what follows a severity's name, without brackets and sentences that tell times and without marks."""
    text = re.sub(
        r"\(([^()]*)\)", lambda match: "" if _tells_time(match[1]) or not match[1].strip() else match[0], rest
    )
    first = SENTENCE.split(text)[0] if _tells_time(text) else text
    text = first.strip(" \t–—-:|.,;*/()[]=→<>")
    return "" if _tells_time(text) or any(True for _ in _plain_times(text)) else bare(text)


def _plain_times(text: str) -> Iterator[str]:
    yield from re.findall(r"\d+\s*(?:min|hour|hr|day|sec|business)", text, re.IGNORECASE)


def _worded(name: str) -> str:
    name = name.strip()
    return name.capitalize() if name.isupper() or name.islower() else name


def _name_the_rest(found: list[Severity]) -> None:
    for place, severity in enumerate(found):
        if not severity.name:
            severity.name = NAMES[min(place, len(NAMES) - 1)] if len(found) <= len(NAMES) else severity.id
            severity.name_is_guessed = True
        severity.means = severity.means or f"{severity.name} incidents"
        for ask in [ask for ask, promise in severity.promises.items() if not promise.written]:
            del severity.promises[ask]


def emoji(place: int, number: int) -> str:
    """Return the colour of a severity: red for the highest of `number`, white for the lowest."""
    return EMOJI[0] if place == 0 else EMOJI[-1] if place == number - 1 else EMOJI[min(place, len(EMOJI) - 2)]
