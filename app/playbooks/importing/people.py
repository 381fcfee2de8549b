"""Whom a document names to be called, and when: the escalation policy, whatever shape it has."""

import re
from typing import Any

from app.playbooks.importing.draft import Draft, id_of, marked
from app.playbooks.importing.moments import answer_within, conditions, only_for, own, put_tag
from app.playbooks.importing.paging import doubt, step_told, uncalled
from app.playbooks.importing.reading import Section, bare, lines_of
from app.playbooks.importing.rows import CRITERIA, ESCALATION, Row, policies, rows_of
from app.playbooks.names import ID

TO_LEVEL = re.compile(r"(?:level|tier|step|l)[\s-]?(\d{1,2})", re.IGNORECASE)
MOST_STEPS, MATTER_MOST = 12, 2


def recognise(draft: Draft) -> None:
    """Find the escalation policy, and whom it calls."""
    _listed_tags(draft)
    sections = list(policies(draft.root))
    rows = [row for section in sections for row in rows_of(section)][:MOST_STEPS]
    draft.data["responders"] = {}
    draft.data["escalation"] = []
    if not rows:
        _on_call_alone(draft)
        return
    lines: list[int] = []
    for place, row in enumerate(rows):
        _step(draft, row, rows[place - 1] if place else None, place)
        lines += [row.line] * (len(draft.data["escalation"]) - len(lines))
    for section in sections:
        _criteria(draft, section)
    _somebody_first(draft)
    _for_whom(draft, rows)
    uncalled(draft, rows)
    for line, step in zip(lines, draft.data["escalation"], strict=False):
        draft.understood(line, step_told(draft, step))


def _listed_tags(draft: Draft) -> None:
    for section in draft.root.walk():
        if bare(section.title).lower() == "tags":
            for _, text in lines_of(section.blocks):
                if re.fullmatch(ID, text):
                    put_tag(draft, text)


def _step(draft: Draft, row: Row, before: Row | None, place: int) -> None:
    responders, steps = draft.data["responders"], draft.data["escalation"]
    if row.when:
        steps.append(_exact_step(draft, row))
        return
    pages = [_responder(responders, name) for name in row.who]
    if not pages:
        return
    step: dict[str, Any] = {
        "step": _number(row.label or str(place + 1)),
        "page": pages[0] if len(pages) == 1 else pages,
    }
    when = list(conditions(draft, row, before, first=not steps))
    path = ("escalation", len(steps))
    if not when:
        when = [_otherwise(draft, place) | ({"severities": only} if (only := only_for(draft, row)) else {})]
        why = "the document does not say when"
        draft.guess((*path, "when"), why, row.line, f"step {step['step']} ({', '.join(row.who)})")
    elif row.order and (why := doubt(row, when)):
        draft.guess((*path, "when"), why, row.line, f"step {step['step']} ({', '.join(row.who)})")
    if steps and (answer := answer_within(row)):
        step["respond_within"] = answer
    step["when"] = when[0] if len(when) == 1 else when
    if not any((one["step"], one.get("page")) == (step["step"], step["page"]) for one in steps):
        steps.append(step)


def _exact_step(draft: Draft, row: Row) -> dict[str, Any]:
    """Return a step as an exported runbook tells it."""
    step: dict[str, Any] = {"step": _number(row.label)}
    if row.who:
        step["page"] = [_responder(draft.data["responders"], name) for name in row.who]
    if tells := row.also.get("tells"):
        step["notify"] = [name.strip().lstrip("#") for name in tells.split(",")]
    if becomes := row.also.get("becomes"):
        step["severity"] = becomes
    if answer := row.also.get("answer within"):
        step["respond_within"] = answer
    for tag in [tag for one in row.when for tag in one.get("tag", [])]:
        put_tag(draft, tag)
    return step | {"when": row.when}


def _number(label: str) -> int | str:
    return int(label) if label.isdigit() else label


def _responder(responders: dict[str, Any], name: str) -> str:
    name, mark = marked(name)
    known = next((key for key, one in responders.items() if one["name"].lower() == name.lower()), None)
    if known is None:
        known = mark if mark and mark not in responders else id_of(name, "responder", responders)
        responders[known] = {"name": name}
    return known


def _criteria(draft: Draft, section: Section) -> None:
    """Add what is listed under `Escalate to Level 2 if`."""
    for one in section.walk():
        level = TO_LEVEL.search(one.title)
        if not (CRITERIA.search(one.title) and ESCALATION.search(one.title)):
            continue
        steps = draft.data["escalation"]
        step = next((step for step in steps if level and str(step["step"]) == level[1]), None)
        if level is None and len(steps) > 1:
            step = steps[1]
        if step is not None:
            found = [condition for _, said in lines_of(one.blocks) for condition in own(draft, said, first=False)]
            _add(step, found)
            if found:
                draft.understood(one.line, f"{len(found)} reasons to call step {step['step']}")


def _add(step: dict[str, Any], found: list[Any]) -> None:
    conditions = step["when"] if isinstance(step["when"], list) else [step["when"]]
    tags = [tag for one in found if isinstance(one, dict) for tag in one.get("tag", [])]
    known = [tag for one in conditions if isinstance(one, dict) for tag in one.get("tag", [])]
    new = [one for one in found if not (isinstance(one, dict) and "tag" in one) and one not in conditions]
    conditions = [one for one in conditions if not (isinstance(one, dict) and "tag" in one)] + new
    if tags or known:
        conditions.append({"tag": list(dict.fromkeys([*known, *tags]))})
    step["when"] = conditions[0] if len(conditions) == 1 else conditions[:8]


def _otherwise(draft: Draft, place: int) -> Any:
    asked = [one.id for one in draft.severities if "acknowledge_within" in one.promises]
    ended = [one.id for one in draft.severities if "resolve_within" in one.promises]
    if place > 1 and ended:
        return {"open": "resolve_within", "severities": ended[:MATTER_MOST]}
    if place <= 1 and asked:
        return {"unacknowledged": "acknowledge_within", "severities": asked}
    return {"unacknowledged": f"{15 * place}m"}


def _somebody_first(draft: Draft) -> None:
    """See that somebody is called at the declaration."""
    steps = draft.data["escalation"]
    first = [one for one in steps if {"declared", "next business hour"} & {*_moments(one)}]
    if not first and steps:
        when = steps[0]["when"]
        steps[0]["when"] = ["declared", *(when if isinstance(when, list) else [when])]
        draft.guess(("escalation", 0, "when"), "somebody has to be called when an incident is declared")


def _for_whom(draft: Draft, rows: list[Row]) -> None:
    """Let times that the document names for no severity hold for those that matter most."""
    matter_most = draft.ids()[:MATTER_MOST]
    tickets = [one["id"] for one in draft.data["severities"] if one.get("ticket")]
    for at, step in enumerate(draft.data["escalation"]):
        conditions = step["when"] if isinstance(step["when"], list) else [step["when"]]
        if any(row.when for row in rows):
            continue
        timed = [one for one in conditions if isinstance(one, dict) and not {"at", "tag", "severities"} & one.keys()]
        for one in timed if len(draft.severities) > len(matter_most) else []:
            one["severities"] = list(matter_most)
            draft.guess(
                ("escalation", at, "when"),
                "no severity of the document was recognised"
                if draft.knows_no_severity
                else "the document does not say for which severities",
                told=f"step {step['step']}",
            )
        if tickets and "declared" in conditions:
            conditions[conditions.index("declared")] = {
                "at": "declared",
                "severities": [key for key in draft.ids() if key not in tickets],
            }
            step["when"] = conditions if len(conditions) > 1 else conditions[0]


def _moments(step: dict[str, Any]) -> list[Any]:
    conditions = step["when"] if isinstance(step["when"], list) else [step["when"]]
    return [one if isinstance(one, str) else one.get("at") for one in conditions]


def _on_call_alone(draft: Draft) -> None:
    draft.data["responders"] = {"primary": {"name": "Primary on-call"}}
    draft.data["escalation"] = [{"step": 1, "page": "primary", "when": "declared"}]
    draft.guess(("escalation", 0), "the document has no escalation path, so one person is called")
