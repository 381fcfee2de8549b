"""Which runbook is meant: the words of a search, or of an incident, compared with what each runbook says.

A word counts more the rarer it is among the runbooks, and the more prominent the place where it stands: the name of an
alert, then the title and the file's name, the symptoms, the services and tags, the text. Other forms of a word count
less, and slight misspellings only where nothing is spelled like it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import log

from app.domain import spelling
from app.domain.incident import Incident
from app.domain.runbook import Runbook

WEIGHTS = {"alerts": 8.0, "title": 6.0, "id": 6.0, "symptoms": 4.0, "services": 3.0, "tags": 3.0, "body": 1.0}
PROMINENT = ("alerts", "title", "id", "symptoms", "services", "tags")
MOST_WORDS = 40
CLEAR = 0.4
"""So much of what a title or a symptom says must be in the incident's words for its runbook to be offered."""
CONCERNED = 0.4
"""So much of what the incident's words say must a runbook be about."""
MOSTLY = 0.55
"""So much of what was searched for must a runbook be about to be the answer."""
AHEAD = 1.1
"""So much better than the next must a runbook fit to be offered."""

IDLE_WORDS = """a all an and any are as at be been but by can do does for from has have how i if in into is it its not
    of on or our so some somebody something than that the their there this to was we what when where which who why with
    you your"""
IDLE = frozenset(IDLE_WORDS.split())
"""Words that say nothing."""
VAGUE_WORDS = """alert api app application break broke broken critical degraded down error fail failed failure fault
    high incident issue major outage problem production prod service slow system unavailable unreachable"""
VAGUE = frozenset(map(spelling.stem, VAGUE_WORDS.split()))
"""Words that nearly every incident has: they count little."""
VAGUENESS = 0.25
PARTICLES = frozenset({"back", "in", "off", "out", "up"})
BESIDE = 0.4
"""How much less a word counts that is only alike, where another is the very one."""
SAME = {"db": "database", "k8s": "kubernetes", "postgres": "postgresql"}


@dataclass(frozen=True, slots=True)
class Found:
    """A runbook that was found; it fits better, the higher its score.

    `words` are those of the search that it has. It is `sure` where they are most of what was searched for, and stand up
    front: else it only comes near.
    """

    runbook: Runbook
    score: float
    words: tuple[str, ...]
    sure: bool


def search(runbooks: tuple[Runbook, ...], words: str) -> list[Found]:
    """Return the runbooks that `words` may mean, the best first."""
    index = _index(runbooks)
    return index.search(index.meant(words))


def for_incident(runbooks: tuple[Runbook, ...], incident: Incident) -> list[Found]:
    """Return the runbooks that may be about `incident`, the best first."""
    return search(runbooks, _about(incident))


def clear_match(runbooks: tuple[Runbook, ...], incident: Incident) -> Runbook | None:
    """Return the runbook that is plainly about `incident`; nothing where none is, or two are alike."""
    chosen = next((one for one in runbooks if one.id == incident.runbook), None)
    if chosen:
        return chosen
    words = _about(incident)
    names = set(spelling.words(words))
    named = [one for one in runbooks if any(alert.casefold() in names for alert in one.alerts)]
    if named:
        return named[0]
    index = _index(runbooks)
    meant = index.meant(words)
    best = index.search(meant)[:2]
    if not best or (len(best) > 1 and best[0].score < AHEAD * best[1].score):
        return None
    return best[0].runbook if index.tells_plainly(best[0].runbook, meant) else None


def _about(incident: Incident) -> str:
    return " ".join((incident.title, incident.services, *incident.tags))


@dataclass(frozen=True, slots=True)
class _Meant:
    """A word of a search: how much it says, and which words of the runbooks it may stand for, how surely each."""

    written: str
    says: float
    terms: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Page:
    """A runbook as the index has it: how much each of its words counts, and its prominent lines."""

    runbook: Runbook
    weights: Mapping[str, float]
    lines: tuple[tuple[str, ...], ...]
    about: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Index:
    """All runbooks; `starting` and `ending` hold their words by their first and last letters."""

    pages: tuple[_Page, ...]
    rarity: Mapping[str, float]
    starting: Mapping[str, Sequence[str]]
    ending: Mapping[str, Sequence[str]]

    def meant(self, words: str) -> Sequence[_Meant]:
        """Return what the words of a search may stand for."""
        joined = ((word, word) for word in _joined(words) if word in self.rarity)
        wanted = dict((*_stemmed(words), *joined)[:MOST_WORDS])
        return [self._meant(term, written) for term, written in wanted.items()]

    def search(self, meant: Sequence[_Meant]) -> list[Found]:
        """Return the runbooks that fit, the best first."""
        scored = (self._found(page, meant) for page in self.pages)
        return sorted((one for one in scored if one.score), key=lambda one: -one.score)

    def tells_plainly(self, runbook: Runbook, meant: Sequence[_Meant]) -> bool:
        """Say whether a search has enough of what a runbook says up front, and little else."""
        [page] = [page for page in self.pages if page.runbook is runbook]
        said = {term: sure for word in meant for term, sure in word.terms.items()}
        return _is_about(page, meant, CONCERNED) and any(self._share(line, said) >= CLEAR for line in page.lines)

    def _found(self, page: _Page, meant: Sequence[_Meant]) -> Found:
        words = tuple(word.written for word in meant if page.weights.keys() & word.terms.keys())
        return Found(page.runbook, self._score(page, meant), words, _is_about(page, meant, MOSTLY, BESIDE))

    def _meant(self, word: str, written: str) -> _Meant:
        alike = self.starting.get(word[0], ())
        found = {term: sure for term in alike if (sure := spelling.likeness(word, term))}
        if word in found:
            # "data" begins "database", and is yet another word.
            found = {term: BESIDE for term in found if len(term) > len(word)} | {word: spelling.SAME}
        if not found:
            near = (*alike, *self.ending.get(word[-1], ()))
            found = {term: spelling.MISSPELLED for term in near if spelling.is_misspelled(word, term)}
        rarest = max((self.rarity[term] for term in found), default=_rarity(word, 1, len(self.pages)))
        return _Meant(written, rarest, found)

    def _score(self, page: _Page, meant: Sequence[_Meant]) -> float:
        return sum(
            max((page.weights.get(term, 0) * self.rarity[term] * sure for term, sure in word.terms.items()), default=0)
            for word in meant
        )

    def _share(self, line: Sequence[str], said: Mapping[str, float]) -> float:
        whole = sum(self.rarity[term] for term in line)
        return sum(self.rarity[term] * said.get(term, 0) for term in line) / whole if whole else 0


def _is_about(page: _Page, meant: Sequence[_Meant], share: float, by_its_text: float = 0) -> bool:
    """Say whether so large a `share` of a search stands up front; what the text alone has counts `by_its_text`."""
    whole = sum(word.says for word in meant)
    named = sum(word.says for word in meant if page.about & word.terms.keys())
    mentioned = sum(word.says for word in meant if page.weights.keys() & word.terms.keys())
    return named + by_its_text * (mentioned - named) >= share * whole


@lru_cache(maxsize=8)
def _index(runbooks: tuple[Runbook, ...]) -> _Index:
    pages = tuple(_page(one) for one in runbooks)
    having: dict[str, int] = {}
    for page in pages:
        for term in page.weights:
            having[term] = having.get(term, 0) + 1
    starting: dict[str, list[str]] = {}
    ending: dict[str, list[str]] = {}
    for term in having:
        starting.setdefault(term[0], []).append(term)
        ending.setdefault(term[-1], []).append(term)
    rarity = {term: _rarity(term, count, len(pages)) for term, count in having.items()}
    return _Index(pages, rarity, starting, ending)


def _rarity(term: str, having: int, pages: int) -> float:
    return log(1 + pages / having) * (VAGUENESS if term in VAGUE else 1)


def _page(runbook: Runbook) -> _Page:
    weights: dict[str, float] = {}
    for field, weight in WEIGHTS.items():
        terms = [*_terms(_text(runbook, field)), *_joined(_text(runbook, field))]
        for term in set(terms):
            # Said ten times it counts more than said once, yet not ten times as much.
            weights[term] = weights.get(term, 0) + weight * terms.count(term) / (terms.count(term) + 0.5)
    lines = tuple(tuple(dict.fromkeys(_terms(line))) for line in (runbook.title, *runbook.symptoms))
    names = [_text(runbook, field) for field in PROMINENT]
    about = frozenset(term for name in names for term in (*_terms(name), *_joined(name)))
    return _Page(runbook, weights, lines, about)


def _text(runbook: Runbook, field: str) -> str:
    value: str | tuple[str, ...] = getattr(runbook, field)
    return value if isinstance(value, str) else " ".join(value)


def _terms(text: str) -> list[str]:
    return [term for term, _ in _stemmed(text)]


def _stemmed(text: str) -> list[tuple[str, str]]:
    """Return the words of a text that say something: each as it is compared, and as it was written."""
    return [(spelling.stem(SAME.get(word, word)), word) for word in spelling.words(text) if word not in IDLE]


def _joined(text: str) -> list[str]:
    """Return what people write as one word or as two: "log in" and "login", "roll back" and "rollback"."""
    pairs = pairwise(spelling.words(text))
    return [f"{word}{particle}" for word, particle in pairs if particle in PARTICLES and word not in IDLE]
