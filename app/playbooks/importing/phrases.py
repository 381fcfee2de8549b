"""The words of templates: what each `[placeholder]` and each label of a line stands for in Jinja."""

import re

from app.playbooks.importing.labels import SOMEWHERE

Phrases = tuple[tuple[str, str], ...]
"""Patterns of what is asked, each with the expression that a template prints for it."""

_I = re.IGNORECASE
PLACEHOLDER = re.compile(r"\[([^\[\]\n]{1,80})\](?!\()")
NOBODY, UNKNOWN = '"nobody yet"', '"not known yet"'
ALWAYS: Phrases = (
    (r"next\s+update", 'next_update_at | time if next_update_at else "when there is news"'),
    (
        r"^(?:update\s+)?(?:frequency|interval|cadence)$",
        'severity.update_every.every if severity.update_every else "as soon as there is news"',
    ),
    (
        r"commander|\bIC\b|incident\s+lead|^lead$|on[\s-]?call|engineer",
        f"commander | member if commander else {NOBODY}",
    ),
    (
        r"^(?:sev(?:erity)?(?: level)?|priority|p\d|sev-?\d|\d(?:\s*[/|-]\s*\d)+|(?:p|sev-?)\d(?:/(?:p|sev-?)\d)+)$",
        "severity.id",
    ),
    (r"^status$|investigating|current\s+status", "status"),
    (
        r"service|systems?\s+affected|affected\s+(?:systems|components)|^components?$|^feature$|^product$",
        f"incident.services or {UNKNOWN}",
    ),
    (r"(?<!financial )impact|users?\s+affected|who\s+is\s+affected", f"incident.impact or {UNKNOWN}"),
    (r"^(?:incident\s+)?(?:id|number|no\.?)$|incident\s+id", "name"),
    (r"channel", "name"),
    (
        r"^(?:title|incident|summary|description|issue|subject)$|brief\s+description|incident\s+(?:title|name)",
        "incident.title",
    ),
    (
        r"start(?:ed)?(?:\s+time)?$|detected|timestamp|^time$|^date$|date/time|^time\s+started",
        "incident.declared_at | time",
    ),
)
AFTER_UPDATE = (
    (r"timestamp|^time$|^date$|last\s+update", "event.at | time"),
    (r"actions?\s+(?:taken|in\s+progress)|what\s+we(?:['’]re|\s+are)\s+doing", 'event.actions or "nothing yet"'),
    (r"next\s+(?:steps?|actions?)", 'event.next_steps or "not decided yet"'),
    (
        r"situation|what\s+(?:is\s+)?happen|current\s+(?:state|understanding)|findings|hypothesis",
        'event.happening or "nothing new"',
    ),
)
FOR_CUSTOMERS = ((r"service|^feature$|^product$", 'incident.services or "our service"'),)
AFTER_RESOLUTION = (
    (r"duration|time\s+to\s+resol|resolution\s+time", 'duration | duration if duration else "not known"'),
    (r"root\s+cause|^cause$", f"event.root_cause or {UNKNOWN}"),
    (
        r"^fix$|what\s+was\s+done|resolution(?:\s+summary)?$|solution|how\s+(?:it\s+was\s+)?fixed",
        'event.fix or "not written down yet"',
    ),
    (r"impact", 'event.customer_impact or "not written down yet"'),
    (r"post[\s-]?mortem|date/time", 'postmortem_due_at | time if postmortem_due_at else "none is asked for"'),
)
IN_POSTMORTEM: Phrases = (
    (r"duration", 'measures.MTTR | duration if measures.MTTR is not none else blank("how long")'),
    (r"^sev|priority|^\d(?:[/-]\d)+$|severity", "severity.id"),
    (r"service", 'incident.services or blank("which services")'),
    (
        r"(?<!financial )impact|affected\s+users",
        '(resolution.customer_impact if resolution else "") or incident.impact or blank("who noticed, and what")',
    ),
    (
        r"root\s+cause|technical\s+explanation",
        'resolution.root_cause if resolution and resolution.root_cause else blank("what made it happen")',
    ),
    (r"incident\s+(?:title|name)|^title$|^name$|^incident$", "incident.title"),
    (r"incident\s+(?:id|number)|^id$", "name"),
    (r"^date$|date\s+of", 'times.declared | time if times.declared else blank("when")'),
)
GENERIC = re.compile(
    r"^(?:name|time|date|list|description|id|link|number|timestamp|value|text"
    r"|x+|\.{2,}|…|person|estimate|details?|brief description|user impact description"
    r"|list of services|date/time)$",
    _I,
)
IS_MARK = re.compile(r"RESOLVED|UPDATE|CLOSED|INVESTIGATING|INCIDENT|ALERT|(?:P|SEV-?)\d", _I)
LABEL_BEFORE = re.compile(r"([A-Za-z][A-Za-z /-]{1,30}?)\W*:\W*$")


def line_of(line: str, known: Phrases, *, first: bool) -> str:
    """Return a line of a template: what is known in Jinja, all else as it stands."""
    label = re.match(r"^[\s*•-]*([A-Za-z][A-Za-z /-]{1,30}?)\s*:\s*(?=\S)", line)
    placeholders = [match for match in PLACEHOLDER.finditer(line) if not (first and IS_MARK.fullmatch(match[1]))]
    if first and not placeholders:
        return _headline(line)
    if label and not placeholders and (said := expression(label[1], known)) and not re.search(r"https?:", line):
        return escaped(line[: label.end()]) + printed(said)
    line = re.sub(r"#incident-\[[^\]]+\]", "[channel]", line)
    line = re.sub(r"\b(?:SEV|P)[\s-]?\[(?:\d|[/\s|-])+\]", "[severity]", line)
    parts, at = [], 0
    for match in PLACEHOLDER.finditer(line):
        asked, before = match[1].strip(), line[at : match.start()]
        labelled = LABEL_BEFORE.search(line[: match.start()])
        said = expression(asked, known) if not GENERIC.match(asked) or asked.lower() == "timestamp" else None
        said = said or (expression(labelled[1], known) if labelled else None)
        if said and said.startswith("severity.update_every"):
            before = re.sub(r"\bevery\s+$", "", before)
        parts += [escaped(before), printed(said) if said else escaped(match[0])]
        at = match.end()
    return "".join([*parts, escaped(line[at:])])


def _headline(line: str) -> str:
    """Return an example of a first line with the incident's own severity and title: `[P0] Service outage`."""
    code = SOMEWHERE.search(line)
    marked = re.match(r"^(\W*\[)(?:P|SEV-?)\d\](\s*)", line, _I)
    if marked:
        return escaped(marked[1]) + printed("severity.id") + "]" + marked[2] + printed("incident.title")
    if re.match(r"^\W*\[(?:RESOLVED|UPDATE|CLOSED)\]", line):
        return escaped(line.split("]", maxsplit=1)[0] + "] ") + printed("incident.title")
    if not code:
        return escaped(line)
    before, after = line[: code.start()], line[code.end() :]
    title = re.match(r"(\s*(?:INCIDENT|ALERT)?\s*[\]):]+\s*)\S.*$", after)
    if title:
        return escaped(before) + printed("severity.id") + escaped(title[1]) + printed("incident.title")
    named = re.match(r"^(.*?:\s*)\S.*?(\s*\(?)$", before)
    if named:
        return (
            escaped(named[1]) + printed("incident.title") + escaped(named[2]) + printed("severity.id") + escaped(after)
        )
    return escaped(before) + printed("severity.id") + escaped(after)


def expression(asked: str, known: Phrases) -> str | None:
    """Return what a template prints for what is asked, if that is known."""
    return next((said for pattern, said in known if re.search(pattern, asked.strip(), _I)), None)


def printed(expression: str) -> str:
    """Return an expression so that a template prints it."""
    return f"{{{{ {expression} }}}}"


def escaped(text: str) -> str:
    """Return text so that a template says it as it stands."""
    return text.replace("{", "{{ '{' }}")
