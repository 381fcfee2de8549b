"""The buttons: what each says, and the action that it asks for. Each carries the store's id of its incident."""

from app.domain.durations import in_words
from app.domain.updating import SNOOZE
from app.slack.blocks.elements import BUTTON, PRIMARY, Part, actions, button
from app.slack.text import fit, plain
from app.store import Record

LONGEST_URL = 3000


def declare() -> Part:
    """Open the form that declares."""
    return button("Declare an incident", "incident.declare", "", PRIMARY)


def acknowledge(record: Record) -> Part:
    """Take it."""
    return _about(record, "Acknowledge", "incident.acknowledge", PRIMARY)


def decline(record: Record) -> Part:
    """Pass a page on."""
    return _about(record, "I can't take it", "page.decline")


def take_command(record: Record) -> Part:
    """Lead it."""
    return _about(record, "Take command", "incident.command")


def give_role(record: Record) -> Part:
    """Open the form that gives a role to somebody."""
    return _about(record, "Give a role", "incident.role")


def hand_back(record: Record) -> Part:
    """Say that one cannot keep what one has acknowledged."""
    return _about(record, "Hand it back", "page.decline")


def post_update(record: Record, style: str | None = None) -> Part:
    """Open the form of an update."""
    return _about(record, "Post update", "incident.update", style)


def no_change(record: Record) -> Part:
    """Answer a nudge: nothing is new."""
    return _about(record, "No change", "nudge.no_change")


def snooze(record: Record) -> Part:
    """Put the next nudge off."""
    return _about(record, f"Snooze {in_words(SNOOZE)}", "nudge.snooze")


def tell_customers(record: Record, style: str | None = None) -> Part:
    """Open the form in which somebody confirms what customers read."""
    return _about(record, "Tell customers", "incident.customers", style)


def escalate(record: Record, label: str = "Escalate") -> Part:
    """Page the next step now."""
    return _about(record, label, "incident.escalate")


def resolve(record: Record) -> Part:
    """Open the form that ends it."""
    return _about(record, "Resolve", "incident.resolve")


def reopen(record: Record) -> Part:
    """Open it again."""
    return _about(record, "Reopen", "incident.reopen")


def draft_postmortem(record: Record, style: str | None = None) -> Part:
    """Have the postmortem drafted."""
    return _about(record, "Draft postmortem", "postmortem.draft", style)


def postmortem_done(record: Record) -> Part:
    """Mark the postmortem as done."""
    return _about(record, "Mark as done", "postmortem.done")


def tick(item: str, value: str) -> Part:
    """Tick an item of a checklist."""
    return _of_item(item, "Done", "checklist.tick", value)


def untick(item: str, value: str) -> Part:
    """Take the tick of an item back."""
    return _of_item(item, "Undo", "checklist.untick", value)


def open_checklist(record: Record, checklist: str, label: str = "Open") -> Part:
    """Show a checklist, to be ticked."""
    return button(label, "checklist.open", f"{record.id}:{checklist}")


def open_runbook(runbook: str, record: Record | None, label: str = "Open runbook") -> Part:
    """Show a runbook, for the incident where there is one."""
    return button(label, f"runbook.open:{runbook}", f"{record.id if record else ''}:{runbook}")


def next_part(value: str, part: int, parts: int) -> Part:
    """Show the next part of a runbook."""
    return button(f"Go on, part {part} of {parts}", "runbook.part", value)


def link(label: str, url: str, name: str) -> Part | None:
    """Lead to an address outside; `name` tells the link from others beside it. Slack takes no longer address."""
    return button(label, f"incident.open:{name}", name) | {"url": url} if len(url) <= LONGEST_URL else None


def add_follow_ups(record: Record, checklist: str = "") -> Part:
    """Open the form that writes follow-ups down; of a checklist, with what is still to be done there."""
    return button("Add follow-ups", "follow_up.add", f"{record.id}:{checklist}")


def complete_follow_up(record: Record, number: int, text: str) -> Part:
    """Mark a follow-up as done."""
    return _of_item(text, "Done", "follow_up.done", f"{record.id}:{number}")


def undo_follow_up(record: Record, number: int, text: str) -> Part:
    """Say that a follow-up is not done after all."""
    return _of_item(text, "Undo", "follow_up.undo", f"{record.id}:{number}")


def publish_postmortem(record: Record) -> Part:
    """Have the postmortem published."""
    return _about(record, "Publish", "postmortem.publish")


def reach_milestone(record: Record, milestone: str) -> Part:
    """Mark a milestone as reached."""
    return button("Mark reached", "milestone.reach", f"{record.id}:{milestone}")


def retry(record: Record, delivery: str) -> Part:
    """Try a dead delivery again."""
    return button("Retry", "delivery.retry", f"{record.id}:{delivery}")


def bind_responders() -> Part:
    """Open the form that says who the responders are."""
    return button("Bind responders", "responders.open", "")


def subscriptions() -> Part:
    """Show what one is subscribed to."""
    return button("My subscriptions", "subscription.list", "")


def stop_subscription(subject: str, value: str) -> Part:
    """Let go of one subscription."""
    return button("Stop", "subscription.stop", f"{subject}:{value}")


def row(*buttons: Part) -> list[Part]:
    """Return a row of buttons; nothing where there is none."""
    return [actions(*buttons)] if buttons else []


def _about(record: Record, label: str, action: str, style: str | None = None) -> Part:
    return button(label, action, str(record.id), style)


def _of_item(item: str, label: str, action: str, value: str) -> Part:
    # Read aloud, forty buttons that say the same are of no use.
    return button(label, action, value) | {"accessibility_label": fit(plain(f"{label}: {item}"), BUTTON)}
