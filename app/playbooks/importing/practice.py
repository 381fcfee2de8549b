"""What a document says of how well incidents should go, and of what is practised: targets, drills and reviews."""

import re
from typing import Any

from app.playbooks.importing.draft import Draft, id_of, marked, one_line, sentence, word
from app.playbooks.importing.entries import Entry, entries, is_about
from app.playbooks.importing.labels import mentions, same
from app.playbooks.importing.reading import Section, bare, fences_of, items_of, lines_of
from app.playbooks.importing.times import times

_I = re.IGNORECASE
METRICS = (
    ("mttd", re.compile(r"\bMTTD\b|mean\s+time\s+to\s+detect", _I)),
    ("mtta", re.compile(r"\bMTTA\b|mean\s+time\s+to\s+ack", _I)),
    ("mtti", re.compile(r"\bMTTI\b|mean\s+time\s+to\s+(?:investigat|identif)", _I)),
    ("mttr", re.compile(r"\bMTTR\b|mean\s+time\s+to\s+(?:resol|recover|repair|restor)", _I)),
    ("false_positive_rate", re.compile(r"false\s+positive", _I)),
    ("escalation_rate", re.compile(r"escalation\s+rate", _I)),
    ("satisfaction", re.compile(r"satisfaction|\bCSAT\b", _I)),
    ("availability", re.compile(r"uptime|availability", _I)),
    ("error_rate", re.compile(r"error\s+rate", _I)),
    ("response_time", re.compile(r"response\s+time", _I)),
    ("frequency", re.compile(r"incident\s+frequency", _I)),
    ("severity_mix", re.compile(r"severity\s+(?:mix|distribution)", _I)),
)
ABOUT_METRICS = re.compile(r"metric|\bKPIs?\b|target|measure|indicators?\b|\bgoals?\b", _I)
LESS, MORE = (
    re.compile(r"[<≤]|\b(?:under|less\s+than|below|at\s+most|within|max)", _I),
    re.compile(r"[>≥]|\b(?:above|at\s+least|over|more\s+than|min)\b", _I),
)
PERCENT, MILLISECONDS = re.compile(r"(\d{1,3}(?:\.\d{1,4})?)\s?%"), re.compile(r"(\d{1,6})\s?ms\b", _I)
OBJECTIVE = re.compile(r"\b(?:SLO|objective|availability target)\b[^\n%]{0,40}?(\d{2}(?:\.\d{1,4})?)\s?%", _I)
EVERY = (
    ("month", re.compile(r"\bmonth", _I)),
    ("quarter", re.compile(r"\bquarter", _I)),
    ("year", re.compile(r"\b(?:annual|year)", _I)),
)
DRILL = re.compile(r"drill|exercise|game\s*day|simulation|recovery\s+test", _I)
REVIEW = re.compile(r"review|refresh|audit|maintenance|training|update", _I)
ABOUT_BUDGET = re.compile(r"error\s+budget|\bSLOs?\b", _I)
OVER = re.compile(r"\bover (\d+d)\b")
NO_TARGETS = re.compile(r"severity|classification|response\s+times?", _I)
EACH = re.compile(r"^each (?:month|quarter|year): ", _I)
POINT = re.compile(r"^\s*(?:\d+[.)]|[-*])\s*")
MOST_TARGETS, MOST_DRILLS, MOST_REVIEWS, MOST_STEPS = 50, 20, 50, 40
WHOLE = 100


def recognise(draft: Draft) -> None:
    """Find targets, the error budget, drills and reviews."""
    found: list[dict[str, Any]] = []
    for section in draft.root.walk():
        if is_about(section, ABOUT_METRICS, NO_TARGETS):
            _metrics(draft, section, found)
        _budget(draft, section)
        _drill(draft, section)
        for entry in entries(section):
            _practised(draft, section, entry)
    if found:
        draft.data["metrics"] = found


def _metrics(draft: Draft, section: Section, found: list[dict[str, Any]]) -> None:
    for line, text in lines_of(section.blocks):
        one = _metric(draft, text)
        if not one or one in found or len(found) == MOST_TARGETS:
            continue
        if one.keys() & {"below", "above"} or ABOUT_METRICS.search(section.title):
            found.append(one)
            draft.understood(line, f"target for {one['metric']}")


def _metric(draft: Draft, text: str) -> dict[str, Any] | None:
    name = next((name for name, pattern in METRICS if pattern.search(text)), None)
    if name is None:
        return None
    told, _, note = text.partition(";")
    value = _value(told)
    if value is None:
        note = one_line(text.partition(":")[2])
        return {"metric": name, "note": note} if note else None
    way = "above" if MORE.search(told) and not LESS.search(told) else "below"
    severities = _severities(draft, told)
    one: dict[str, Any] = {"metric": name} | ({"severities": severities} if severities else {}) | {way: value}
    return one | ({"note": one_line(note)} if note.strip() else {})


def _severities(draft: Draft, text: str) -> list[str]:
    known = [one.key for one in draft.severities]
    keys = [key for found in mentions(text, lambda _: False) for key in same(known, found)]
    return [one.id for one in draft.severities if one.key in keys]


def _value(text: str) -> str | None:
    if percent := PERCENT.search(text):
        return f"{percent[1]} %" if 0 < float(percent[1]) <= WHOLE else None
    if short := MILLISECONDS.search(text):
        return f"{short[1]} ms"
    spans = (one.written for one in times(text) if one.written and not one.written.startswith(("end", "next")))
    return next(spans, None)


def _budget(draft: Draft, section: Section) -> None:
    titles = " ".join([section.title, *(one.title for one in section.above())])
    if "error_budget" in draft.data or not ABOUT_BUDGET.search(titles):
        return
    for line, text in [*lines_of(section.blocks), *((one.line, one.content) for one in fences_of(section.blocks))]:
        if objective := OBJECTIVE.search(text):
            over = OVER.search(text)
            draft.data["error_budget"] = {"objective": f"{objective[1]} %", "over": over[1] if over else "30d"}
            if not over:
                draft.guess(("error_budget", "over"), "a month, taken as 30 days", line)
            return


def _drill(draft: Draft, section: Section) -> None:
    """Take a section that is headed by a drill and how often it is held."""
    title, mark = marked(section.title)
    period = _period(title)
    above = section.parent.title if section.parent else ""
    if not period or not section.is_heading or not DRILL.search(f"{title} {above}"):
        return
    title = EACH.sub("", bare(title))
    steps = [one_line(POINT.sub("", text)) for text in _steps(section)][:MOST_STEPS]
    one: dict[str, Any] = {"title": word(sentence(title)), "every": period} | ({"steps": steps} if steps else {})
    told = [text.partition(":")[2].strip() for _, text in lines_of(section.blocks) if text.startswith("Severity:")]
    if told and told[0] in draft.ids():
        one["severity"] = told[0]
    _put_drill(draft, section.line, mark, one)
    draft.taken.add(section.line)


def _practised(draft: Draft, section: Section, entry: Entry) -> None:
    """Take a point such as `Monthly: incident simulation` for a drill or a review."""
    period = _period(entry.name) or (_period(entry.value) if re.search(r"review|drill", entry.name, _I) else None)
    if period is None or section.line in draft.taken:
        return
    what, mark = marked(entry.value) if _period(entry.name) else (entry.name, "")
    if DRILL.search(f"{section.title} {what}"):
        _put_drill(draft, entry.line, mark, {"title": word(sentence(what)), "every": period})
    elif REVIEW.search(f"{section.title} {what}"):
        reviews = draft.data.setdefault("reviews", [])
        if len(reviews) < MOST_REVIEWS:
            reviews.append({"title": word(sentence(what)), "every": period})
            draft.understood(entry.line, f"review each {period}")


def _put_drill(draft: Draft, line: int, mark: str, one: dict[str, Any]) -> None:
    drills = draft.data.setdefault("drills", {})
    if len(drills) < MOST_DRILLS and one["title"]:
        drills[mark or id_of(one["title"], "drill", drills)] = one
        draft.understood(line, f"drill each {one['every']}")


def _steps(section: Section) -> list[str]:
    listed = [item.text for item in items_of(section.blocks)]
    fenced = [line for fence in fences_of(section.blocks) for line in fence.content.splitlines()]
    return listed or [line for line in fenced if line.strip()]


def _period(text: str) -> str | None:
    return next((period for period, pattern in EVERY if pattern.search(text)), None)
