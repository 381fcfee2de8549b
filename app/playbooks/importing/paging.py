"""What a report says of the steps of an escalation path, and what of them may be wrong."""

import re
from typing import Any

from app.playbooks.importing.draft import Draft, one_line
from app.playbooks.importing.moments import only_for
from app.playbooks.importing.rows import Row
from app.playbooks.importing.times import NEXT_BUSINESS_DAY, times

LIMITS = {"acknowledge_within": "not acknowledged in time", "resolve_within": "not resolved in time"}
TRIGGERS = {"unacknowledged": "unacknowledged for", "open": "open for", "undiagnosed": "undiagnosed for"}
FOR_SOME = re.compile(r"\bfor\s+(?:an?\s+|any\s+|all\s+)?(?:[A-Z]\w+)(?:,?\s+(?:and|or)\s+[A-Z]\w+)*")
LONGEST_QUOTE = 160


def step_told(draft: Draft, step: dict[str, Any]) -> str:
    """Return a step as the report shows it: `step 2: Team lead, unacknowledged for 10m (P1)`."""
    pages = step.get("page", [])
    names = [draft.data["responders"][key]["name"] for key in ([pages] if isinstance(pages, str) else pages)]
    when = "; ".join(condition_told(one) for one in conditions_of(step))
    return f"step {step['step']}: {', '.join(names) or 'nobody is called'}, {when}"


def condition_told(condition: Any) -> str:
    """Return a condition as the report shows it."""
    if isinstance(condition, str):
        return f"when {condition}" if condition == "declared" else condition
    only = condition.get("severities", [])
    for_whom = f" ({', '.join(only)})" if only else ""
    key, value = next((key, value) for key, value in condition.items() if key != "severities")
    match key:
        case "at":
            return condition_told(value) + for_whom
        case "tag":
            return f"tagged {', '.join(value)}{for_whom}"
        case _:
            return LIMITS.get(value, f"{TRIGGERS.get(key, key)} {value}") + for_whom


def conditions_of(step: dict[str, Any]) -> list[Any]:
    """Return the conditions of a step, which may be one alone."""
    when = step["when"]
    return when if isinstance(when, list) else [when]


def doubt(row: Row, when: list[Any]) -> str:
    """Return why a step may be wrong that was read from a sentence; nothing where the sentence is plain."""
    if row.order is None:
        return ""
    said = f"read from “{one_line(row.order.said, LONGEST_QUOTE)}”"
    some = FOR_SOME.search(row.order.said)
    named = any(isinstance(one, dict) and "severities" in one for one in when)
    if some and not named:
        return f"{said}: it says “{some[0]}”, which is no severity that was recognised"
    if row.order.is_soft:
        return f"{said}: whoever is to be told is paged"
    if sum(isinstance(one, dict) and "tag" not in one for one in when) > 1 or len(times(row.order.said)) > len(when):
        return f"{said}: it names more than one time"
    return ""


def uncalled(draft: Draft, rows: list[Row]) -> None:
    """Report for which severities nobody is called at the declaration, and for which somebody is who need not be."""
    called = [one for step in draft.data["escalation"] for one in conditions_of(step) if _is_at_once(one)]
    if not any(isinstance(one, str) for one in called):
        known = {key for one in called for key in one.get("severities", draft.ids())}
        known |= {one["id"] for one in draft.data["severities"] if one.get("ticket")}
        if called and (missing := [key for key in draft.ids() if key not in known]):
            names = ", ".join(missing)
            draft.left(
                rows[0].line, f"nobody is called when {names} is declared: the escalation path names no step for it"
            )
    elif not any(row.when or only_for(draft, row) for row in rows):
        _needless(draft, rows[0].line)


def _needless(draft: Draft, line: int) -> None:
    """Mark a first step that wakes somebody for what can wait for the morning, where the document does not say so."""
    waits = [one["id"] for one in draft.data["severities"] if one.get("acknowledge_within") == NEXT_BUSINESS_DAY]
    step = draft.data["escalation"][0]
    if waits and not draft.knows_no_severity and "declared" in conditions_of(step):
        why = f"it calls for {', '.join(waits)} too, at any hour: the document does not say for which severities"
        draft.guess(("escalation", 0, "when"), why, line, f"step {step['step']}")


def _is_at_once(condition: Any) -> bool:
    moment = condition.get("at") if isinstance(condition, dict) else condition
    return moment in ("declared", "next business hour")
