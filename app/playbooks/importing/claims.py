"""What a line says of times: for which severities, and whether for the response, the resolution or something else."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from app.playbooks.importing.labels import Found, at_start, mentions
from app.playbooks.importing.times import Time, times


class Kind(StrEnum):
    """What a time is for."""

    ACKNOWLEDGE = "acknowledge"
    RESPOND = "respond"
    MEAN_RESPONSE = "MTTA"
    RESOLVE = "resolve"
    MEAN_RESOLUTION = "MTTR"
    UPDATE = "update"
    POSTMORTEM = "postmortem"
    MONITOR = "monitor"
    ESCALATE = "escalate"
    OTHER = "other"
    PLAIN = "plain"
    """Said beside a severity without a word for what it is."""


_I = re.IGNORECASE
WORDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (
        Kind.OTHER,
        re.compile(
            r"\bincident[\s-]+response(?!\s+(?:time|sla|target)s?\b)|\bresponse\s+(?:team"
            r"|plan|process|procedures?|playbook|runbook|code|body|times?\s*[<>≥]?\s*\d+\s*ms)\b"
            r"|\b(?:error|api|slow|degraded|high)\s+(?:response|resolution)s?\b|\bdisaster\s+recovery\b"
            r"|\bretention\b|\bsupport\s+hours\b|\bavailab\w+|\bcoverage\b|\bdns\s+resolution\b",
            _I,
        ),
    ),
    (
        Kind.ESCALATE,
        re.compile(
            r"\b(?:auto[\s-]?)?escalat\w*|\b(?:no|without(?:\s+(?:an?|any))?)\s+(?:initial\s+)?(?:response"
            r"|ack\w*|reply|answer|update|progress|resolution|fix)\b"
            r"|\b(?:not|n['’]?t|never|un)[\s-]*(?:been\s+|yet\s+|be\s+)?(?:ack\w*|respon\w*"
            r"|resol\w*|answer\w*|fixed|pick\w*|mitigat\w*|contain\w*)|\bif\s+stuck\b"
            r"|\bstuck\b",
            _I,
        ),
    ),
    (
        Kind.POSTMORTEM,
        re.compile(
            r"\bpost[\s-]?mortems?\b|\bpost[\s-]?incident[\s-]+(?:review|report|meeting"
            r"|analysis|retro\w*)|\bPIRs?\b|\bRCAs?\b|\broot[\s-]?cause[\s-]+(?:analysis"
            r"|report)|\bretrospectives?\b"
            r"|\bafter[\s-]?action\b|\bincident\s+reports?\b|\breview\s+meeting\b|\bincident\s+review\b"
            r"|\blessons[\s-]+learned\b",
            _I,
        ),
    ),
    (
        Kind.UPDATE,
        re.compile(
            r"\bupdat\w*(?:\s+(?:frequency|interval|cadence))?|\bcadence\b|\bcomm(?:unication)?s?\s+(?:frequency"
            r"|interval|cadence|rhythm)\b|\bstatus\s+reports?\b"
            r"|\bcommunicat\w*|\bkeep\s+\w+\s+informed\b|\b(?:tell|brief)\s+(?:\w+\s+)?(?:customers?"
            r"|stakeholders?|management|users|people|every(?:body|one))\b|\binform\w*|\bcomms\b|\bstakeholder\s+(?:notifications?"
            r"|comms)\b|\breport(?:ing)?\s+(?:frequency|interval)\b|\bprogress\s+reports?\b",
            _I,
        ),
    ),
    (
        Kind.ACKNOWLEDGE,
        re.compile(
            r"\back(?:['’]?(?:d|ed)|s|ing)?\b|\backnowledg\w*|\baknowledg\w*|\bTTA\b|\btime[\s-]to[\s-](?:ack"
            r"|own|claim)\w*|\bconfirm\s+receipt\b",
            _I,
        ),
    ),
    (Kind.MEAN_RESPONSE, re.compile(r"\bMTTA\b|\bmean[\s-]time[\s-]to[\s-](?:ack|respon|engage)\w*", _I)),
    (
        Kind.RESPOND,
        re.compile(
            r"\brespon(?:se|ses|d|ds|ded|ding|siveness)\b|\breact(?:ion|s|ed)?\b|\b(?:first"
            r"|initial)\s+(?:touch|contact|reply|answer|action)\b|\bengag(?:e|ed|ement)\b"
            r"|\bpick(?:ed)?[\s-]?up\b"
            r"|\banswer(?:ed|s)?\b|\breply\b|\btime[\s-]to[\s-](?:engage|react|start)\b"
            r"|\b(?:start|begin)s?\s+(?:work\w*|investigat\w*)|\bwork(?:ing)?\s+(?:starts"
            r"|begins)\b|\bmobili[sz]\w*|\bFRT\b|\bhow\s+(?:fast|quickly|soon)\b|\bjoin(?:s"
            r"|ed)?\b|\bon\s+it\b|\blook(?:ed)?\s+at\b",
            _I,
        ),
    ),
    (
        Kind.MEAN_RESOLUTION,
        re.compile(r"\bMTTR\b|\bRTO\b|\bmean[\s-]time[\s-]to[\s-](?:resol|recover|repair|restor|fix)\w*", _I),
    ),
    (
        Kind.RESOLVE,
        re.compile(
            r"\bresol(?:ution|utions|ve|ves|ved|ving)\b|\bTTR\b|\bfix(?:ed|es)?\b|\brestor(?:e"
            r"|ed|es|ation|ing)\b|\brecover(?:y|ed|s)?\b|\bclos(?:e|ed|ure|ing)\b|\brepair(?:ed)?\b"
            r"|\bsolv(?:e|ed|ing)\b"
            r"|\bremed(?:y|iat\w*)|\bcomplet(?:ed|ion)\b|\bback\s+(?:to\s+normal|up|in\s+service)\b"
            r"|\btime[\s-]to[\s-](?:fix|repair|recover|resol|restor)\w*|\bTTF\b",
            _I,
        ),
    ),
    (Kind.MONITOR, re.compile(r"\bmonitor(?:ed|ing)?\b|\bobserv(?:e|ed|ation)\b|\bstab(?:le|ility)\b|\bwatch\b", _I)),
    (
        Kind.OTHER,
        re.compile(
            r"\bdetect\w*|\bMTTD\b|\bMTTI\b|\bTTD\b|\bdiagnos\w*|\binvestigat\w*|\btriage\b"
            r"|\bassess\w*|\bmitigat\w*|\bworkarounds?\b|\bcontain\w*|\bnotif\w*|\bpag(?:e"
            r"|ed|es|ing)\b|\bcall(?:ed|s)?\b|\balert(?:s|ed)?\b"
            r"|\bwar[\s-]?room\b|\bbridge\b|\blast(?:s|ing|ed)?\b|\blonger\b|\bdowntime\b"
            r"|\bdown\s+(?:for|more)\b|\bduration\b|\bexceed\w*|\bmore\s+than\b|\bover\b"
            r"|\bat\s+least\b|\bolder\b|\bdata\s+loss\b|\bRPO\b|\btraining\b|\bbackups?\b"
            r"|\buptime\b|\blatency\b|\bwait\b|\btimeout\b|\bfor\s+the\s+(?:last|past)\b"
            r"|\bafter\s+hours\b|\bimpact\w*|\baffect\w*|\bcustomers?\s+(?:within|notification)\b",
            _I,
        ),
    ),
)
TIMELESS_TITLE = re.compile(
    r"process|procedure|\bplan\b|\bteam\b|playbook|runbook|\bsteps?\b|\bactions?\b"
    r"|checklist|template|scenario|post|verification|\brole|contact|matrix of"
    r"|communication\b(?!.*(?:freq|caden|time))",
    _I,
)
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z(\[“\"])|\n")
CLAUSE = re.compile(r"[;,|•()\[\]{}]|\s[/+]\s|\s+(?:and|&|then|but|with|plus|while)\s+|\s*[→⇒]\s*|->|\.\s")
EVERY = re.compile(r"\b(?:every|each|per)\b|ly\b", _I)
OBJECT = re.compile(r"\s+(?:to\s+)?(?:(?:the|an?|all|any|every|each|its|such)\s+)?(?:initial\s+|first\s+)?", _I)
EITHER = re.compile(r"\s*(?:or|and|/|&)\s*(?:be\s+)?", _I)
PROMISE = re.compile(
    r"^\W*(?:sla|slo|target(?:\s+time)?|time(?:\s*frame|line)?|deadline|expectation|within|speed)\s*[:=–-]", _I
)
POINTS_BACK = re.compile(
    r"[^.;()]{0,40}?(?:\bfor|\bon|\bin\s+case\s+of|\(|\bif|=|[-–—]|\bwith)\s*(?:any|all|an?|the|both)?\s*|\s*", _I
)
NOT_MEANT = re.compile(
    r"\b(?:escalat|upgrad|rais|downgrad|treat|reclassif|promot|chang|mov|lower"
    r"|bump|becom)\w*(?:\s+\w+){0,3}?(?:\s+(?:to|as|into|from)|\s*[:-])?\s+(?:an?\s+"
    r"|the\s+)?$",
    _I,
)
BESIDE = re.compile(
    r"[\s:;,.–—|(\[<≤~=*/-]*(?:within|in|under|less\s+than|up\s+to|max(?:imum)?\.?"
    r"|at\s+most|target|sla|time|by|of|no\s+later\s+than|incidents?|issues?|[<≤~\s:])*\s*",
    _I,
)
AT_THE_END = re.compile(r"[)\].;,*\s]*(?:24\s?[/x]\s?7)?[)\].;,*\s]*")


@dataclass(frozen=True, slots=True)
class Claim:
    """One time in a line. `severities` is nothing where the line names none and stands under none."""

    kind: Kind
    severities: Found | None
    time: Time
    is_plain: bool = False
    is_rhythmic: bool = False
    """Whether the text says `every`."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word that says what a time is for, from `start` to `end`."""

    start: int
    end: int
    kind: Kind


def kinds_in(text: str) -> list[Word]:
    """Return the words in `text` that say what a time is for; of two at one place the first of `WORDS`."""
    found: list[Word] = []
    for kind, pattern in WORDS:
        for match in pattern.finditer(text):
            if not any(word.start < match.end() and match.start() < word.end for word in found):
                found.append(Word(*match.span(), kind))
    return sorted(found, key=lambda word: word.start)


def kinds_of_head(head: str) -> tuple[Kind, ...]:
    """Return what a column, or the lines under a heading, are about: more than one for `Response / Resolution`."""
    kinds = [word.kind for word in kinds_in(head) if word.kind not in (Kind.OTHER, Kind.MONITOR)]
    spelled_out = [kind for kind in kinds if kind not in (Kind.MEAN_RESPONSE, Kind.MEAN_RESOLUTION)]
    return tuple(dict.fromkeys(spelled_out or kinds))


def kinds_of_title(title: str) -> tuple[Kind, ...]:
    """Return what the lines under a heading are about, where it says so and is no chapter of its own."""
    kinds = kinds_of_head(title)
    return () if TIMELESS_TITLE.search(title) and Kind.POSTMORTEM not in kinds else kinds


def claims_in(
    text: str, current: Found | None, about: tuple[Kind, ...], words: Callable[[str], bool], *, loose: bool
) -> Iterator[Claim]:
    """Yield what `text` says of times.

    `current` are the severities under which it stands and `about` what its heading is about; both hold where the text
    does not say otherwise.
    """
    for sentence in SENTENCE.split(text):
        start = at_start(sentence, loose=loose)
        current, said = start or (current, sentence)
        yield from _Sentence(said, current, about, words, start[0] if start else None, loose=loose).claims()


class _Sentence:
    def __init__(
        self,
        text: str,
        current: Found | None,
        about: tuple[Kind, ...],
        words: Callable[[str], bool],
        start: Found | None,
        *,
        loose: bool,
    ) -> None:
        self._text, self._current, self._about, self._start = text, current, about, start
        self._times = times(text)
        self._words = kinds_in(text)
        named = [one for one in mentions(text, words, loose=loose) if not NOT_MEANT.search(text[: one.start])]
        if (start and not (named and named[0].start < start.end)) or start:
            named = [start, *(one for one in named if one.start >= start.end)]
        self._named = named
        self._cuts = [cut for cut in CLAUSE.finditer(text) if not self._is_inside(cut)]

    def claims(self) -> Iterator[Claim]:
        plain = 0
        for at, time in enumerate(self._times):
            kind = self._kind(at)
            severities = self._severities(at)
            if kind is None:
                kind = self._about[min(plain, len(self._about) - 1)] if self._about else self._beside(time)
                plain += 1
                if kind is not None and (kind is not Kind.POSTMORTEM or self._named):
                    yield Claim(kind, severities, time, is_plain=not self._about)
            else:
                every = EVERY.search(self._text[max(0, time.start - 8) : time.end]) is not None
                yield Claim(kind, severities, time, is_rhythmic=every)

    def _kind(self, at: int) -> Kind | None:
        """Return what the word that belongs to a time says: the last before it, or the first after it."""
        time = self._times[at]
        begin, end = self._clause(time)
        inside = [word for word in self._words if begin <= word.start and word.end <= end]
        before = [word for word in inside if word.end <= time.start]
        after = [word for word in inside if word.start >= time.end]
        if self._words_follow(begin) and after:
            return after[0].kind
        if before:
            return self._either(before)
        if after:
            return after[0].kind
        earlier = [word for word in self._words if word.end <= begin]
        return earlier[-1].kind if earlier else None

    def _either(self, before: list[Word]) -> Kind:
        """Return what the last of some words says; of `resolve or mitigate` what a playbook knows."""
        last = before[-1]
        if last.kind is Kind.OTHER and len(before) > 1 and OBJECT.fullmatch(self._text, before[-2].end, last.start):
            return before[-2].kind
        if last.kind is Kind.OTHER and len(before) > 1 and EITHER.fullmatch(self._text, before[-2].end, last.start):
            return before[-2].kind
        return last.kind

    def _words_follow(self, begin: int) -> bool:
        """Say whether in this clause each word stands after its time: `15 min response – 2 h resolution`."""
        times_here = [time for time in self._times if self._clause(time)[0] == begin]
        if not times_here:
            return False
        end = self._clause(times_here[0])[1]
        inside = [word for word in self._words if begin <= word.start and word.end <= end]
        before_first = [word for word in inside if word.end <= times_here[0].start]
        after_last = [word for word in inside if word.start >= times_here[-1].end]
        return not before_first and bool(after_last)

    def _clause(self, time: Time) -> tuple[int, int]:
        begin = max((cut.end() for cut in self._cuts if cut.end() <= time.start), default=0)
        end = min((cut.start() for cut in self._cuts if cut.start() >= time.end), default=len(self._text))
        return begin, end

    def _is_inside(self, cut: re.Match[str]) -> bool:
        spans: list[Time | Found | Word] = [*self._times, *self._named, *self._words]
        return any(one.start < cut.end() and cut.start() < one.end for one in spans)

    def _severities(self, at: int) -> Found | None:
        """Return whom a time is for: those named right after it (`15 min for P1`), or the last named before it."""
        time = self._times[at]
        until = self._times[at + 1].start if at + 1 < len(self._times) else len(self._text)
        behind = [one for one in self._named if time.end <= one.start < until]
        ahead = [one for one in self._named if one.end <= time.start]
        points_back = bool(behind) and POINTS_BACK.fullmatch(self._text, time.end, behind[0].start)
        if points_back and (not ahead or self._text[time.end : behind[0].start].strip(" \t,;")):
            return _joined([behind[0], *self._follow(behind)])
        if not ahead:
            return self._current
        group = [ahead[-1]]
        for one in reversed(ahead[:-1]):
            if not re.fullmatch(r"[\s,&/]*(?:and|or)?\s*", self._text[one.end : group[0].start]):
                break
            group.insert(0, one)
        return _joined(group)

    def _follow(self, behind: list[Found]) -> Iterator[Found]:
        for one, following in pairwise(behind):
            if not re.fullmatch(r"[\s,&/]*(?:and|or)?\s*", self._text[one.end : following.start]):
                return
            yield following

    def _beside(self, time: Time) -> Kind | None:
        """Take a time right beside a severity, or at the end of a line that begins with one, for a promise."""
        if self._current and not self._start and PROMISE.match(self._text):
            return Kind.PLAIN
        if not self._named or not time.written:
            return None
        ahead = [one for one in self._named if one.end <= time.start]
        behind = [one for one in self._named if one.start >= time.end]
        if ahead and BESIDE.fullmatch(self._text, ahead[-1].end, time.start):
            return Kind.PLAIN
        if behind and not ahead and POINTS_BACK.fullmatch(self._text, time.end, behind[0].start):
            return Kind.PLAIN
        set_off = re.search(r"[–—:(|-]\s*(?:within|in|under|[<≤~])?\s*$", self._text[: time.start])
        ends = AT_THE_END.fullmatch(self._text, time.end)
        before = [one for one in self._times if one.end <= time.start]
        if self._start and ends and set_off:
            return Kind.PLAIN
        return (
            Kind.PLAIN
            if self._start and before and re.fullmatch(r"[\s,;/|–—()-]*", self._text[before[-1].end : time.start])
            else None
        )


def _joined(group: list[Found]) -> Found:
    if len(group) == 1:
        return group[0]
    labels = tuple(label for one in group for label in one.labels)
    return Found(group[0].start, group[-1].end, labels, "", group[-1].open_end)
