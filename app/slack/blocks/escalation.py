"""The escalation policy of one incident in words: which steps have paged, and which comes next."""

from datetime import datetime

from app.domain.incident import Fired
from app.domain.playbook import Step, Trigger
from app.domain.timers import REPEAT, STEP, first_condition, timers
from app.slack.text import Safe, escape, when
from app.store import Record

UNLESS = {
    Trigger.UNACKNOWLEDGED: "unless acknowledged",
    Trigger.OPEN: "unless resolved",
    Trigger.UNDIAGNOSED: "unless its cause is found",
}


def escalation(record: Record) -> Safe:
    """Return "step 1 paged 10:02; step 2 at 10:17 unless acknowledged"."""
    parts = [*paged(record), *filter(None, [next_page(record)])]
    return Safe("; ".join(parts) or "no step pages anybody")


def paged(record: Record) -> list[Safe]:
    """Return what each step did that has fired, in the order of the policy."""
    fired = [(step, record.incident.steps.get(step.key)) for step in record.rules.steps]
    return [_fired(step, what, record) for step, what in fired if what]


def _fired(step: Step, fired: Fired, record: Record) -> Safe:
    rang = any(ring.step == step.key for ring in record.incident.rings)
    did = ("paged" if fired.members or rang else "reached nobody") if step.pages else "fired"
    return Safe(f"{step_name(step.label)} {did} {_on_card(fired.at, record)}")


def next_page(record: Record) -> Safe | None:
    """Return which page comes next, when, and what would prevent it; nothing where none can come by itself."""
    due = timers(record.incident, record.rules)
    pages = {name: at for name, at in due.items() if name.startswith(STEP) or name == REPEAT}
    if not pages:
        return None
    name = min(pages, key=lambda one: pages[one])
    again = " again" if name == REPEAT else ""
    return Safe(f"{page_name(name, record)}{again} at {_on_card(pages[name], record)}{unless(name, record)}")


def page_name(timer: str, record: Record) -> Safe:
    """Return "step 2" for a timer that pages; the repeated page is of the step that fired last."""
    key = (record.incident.last_step or "") if timer == REPEAT else timer.removeprefix(STEP)
    step = record.rules.step(key)
    return step_name(step.label if step else key.partition(":")[0])


def step_name(label: str) -> Safe:
    """Return how people call a step."""
    return Safe(f"step {escape(label)}")


def unless(timer: str, record: Record) -> str:
    """Return " unless acknowledged": what keeps a timer that pages from firing."""
    if timer == REPEAT:
        return f" {UNLESS[Trigger.UNACKNOWLEDGED]}"
    step = record.rules.step(timer.removeprefix(STEP))
    first = first_condition(record.incident, record.rules, step) if step else None
    prevented = UNLESS.get(first[1].trigger) if first else None
    return f" {prevented}" if prevented else ""


def _on_card(at: datetime, record: Record) -> Safe:
    return when(at, record.incident.declared_at)
