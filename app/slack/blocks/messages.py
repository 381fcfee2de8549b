"""Messages about what happened, posted once: the words come from a template, the buttons from here."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.domain import events as e
from app.domain.timers import UPDATE
from app.slack.blocks import buttons
from app.slack.blocks.elements import PRIMARY, Part, preformatted, speak
from app.slack.blocks.facts import facts, plainly, waited
from app.slack.blocks.headline import titled
from app.slack.text import Message, mentions
from app.slack.words import OWN_WORDS, PLAIN, Words
from app.store import Record


def post(name: str, record: Record, event: e.Event, members: Sequence[str], words: Words) -> Message:
    """Return the message `name` about `event`; `members` are mentioned, but for the one who did it."""
    return speak(_said(name, record, event, words, members=members), *_row(name, record, event))


def tell(name: str, record: Record, event: e.Event, words: Words) -> Message:
    """Return the same message for one member's direct messages."""
    return post(name, record, event, (), words)


def page(record: Record, event: e.Paged, words: Words, *, again: bool = False, repeated: bool = False) -> Message:
    """Return a page as it reads now: with buttons while nobody has acknowledged, else with what became of it.

    `again` is for someone whom this incident has called before; `repeated` for a copy sent because Slack did not say
    whether the first arrived.
    """
    said = _said("page", record, event, words, again=again, repeated=repeated, waited=waited(record.incident, event))
    return speak(said, *_row("page", record, event))


def for_customers(record: Record, event: e.UpdatePosted, words: Words) -> str:
    """Return the playbook's text for customers after an update: plain text, to be copied anywhere."""
    every = record.rules.severity(record.incident.severity).tell_customers_every
    # What is promised to customers is their own rhythm, where the playbook has one, beginning with this.
    due = every.again(event.at, record.rules.hours) if every else facts(record, event)["next_update_at"]
    # Whoever reads it later must not read a promise that is broken already.
    promised = due if due and due > event.at else None
    plain = {"name": record.incident.name, "next_page": None, "next_update_at": promised}
    return _said("customer", record, event, _in_plain_text(words.folders), **plain)


def to_copy(record: Record, text: str) -> Message:
    """Return the text for customers for the one who asked for it. `text` is as customers read it, not escaped."""
    said = OWN_WORDS.say("answers/customers", incident=titled(record.incident))
    return speak(said, preformatted(text))


@lru_cache
def _in_plain_text(folders: tuple[Path, ...]) -> Words:
    return Words(folders, PLAIN)


def _said(template: str, record: Record, event: e.Event, words: Words, /, **more: Any) -> str:
    return words.say(template, otherwise=plainly(record, event), **facts(record, event) | _mentioned(event, more))


def _mentioned(event: e.Event, more: dict[str, Any]) -> dict[str, Any]:
    by = getattr(event, "by", None)
    called = [member for member in more.get("members", ()) if member != by]
    return more | {"members": mentions(called)}


def _row(name: str, record: Record, event: e.Event) -> list[Part]:
    return buttons.row(*BUTTONS.get(name, _none)(record, event))


Buttons = Callable[[Record, Any], list[Part]]


def _none(_record: Record, _event: e.Event) -> list[Part]:
    return []


def _answers_to_nudge(record: Record, _event: e.Event) -> list[Part]:
    if not record.incident.is_open:
        return []
    return [buttons.post_update(record, PRIMARY), buttons.no_change(record), buttons.snooze(record)]


def _answers_if_asked(record: Record, event: e.CaughtUp) -> list[Part]:
    return _answers_to_nudge(record, event) if UPDATE in event.missed else []


def _answers_to_page(record: Record, _event: e.Event) -> list[Part]:
    if not record.incident.is_open or record.incident.acknowledged_at:
        return []
    return [buttons.acknowledge(record), buttons.escalate(record, "Escalate now")]


def _answers_of_one(record: Record, event: e.Paged) -> list[Part]:
    answers = _answers_to_page(record, event)
    if answers:
        return [*answers, buttons.decline(record)]
    can_hand_back = record.incident.is_open and record.incident.acknowledged_by in event.members
    return [buttons.hand_back(record)] if can_hand_back else []


def _at_the_end(record: Record, _event: e.Event) -> list[Part]:
    return [buttons.resolve(record), buttons.post_update(record)] if record.incident.is_open else []


def _after_the_end(record: Record, _event: e.Event) -> list[Part]:
    return [] if record.incident.is_open else [buttons.draft_postmortem(record), buttons.reopen(record)]


def _to_reopen(record: Record, _event: e.Event) -> list[Part]:
    return [] if record.incident.is_open else [buttons.reopen(record)]


def _on_postmortem(record: Record, _event: e.Event) -> list[Part]:
    if record.incident.postmortem_done_at:
        return []
    return [buttons.draft_postmortem(record, PRIMARY), buttons.postmortem_done(record)]


def _other_ways(record: Record, event: e.PageRefused) -> list[Part]:
    is_unanswered = record.incident.is_open and not record.incident.acknowledged_at
    escalate = [buttons.escalate(record, "Escalate now")] if is_unanswered else []
    return [*escalate, *([buttons.retry(record, event.delivery)] if event.delivery else [])]


def _to_customers(record: Record, _event: e.Event) -> list[Part]:
    return [buttons.tell_customers(record, PRIMARY)]


def _retry(record: Record, event: e.DeliveryFailed | e.InviteIncomplete | e.ChannelRefused) -> list[Part]:
    return [buttons.retry(record, event.delivery)] if event.delivery else []


def _on_milestone(record: Record, event: e.MilestoneMissed) -> list[Part]:
    reached = event.milestone in record.incident.milestones
    return [] if reached or not record.incident.is_open else [buttons.reach_milestone(record, event.milestone)]


def _list_due(record: Record, event: e.FollowUpDue) -> list[Part]:
    return [
        buttons.open_checklist(record, event.checklist, "Open the list"),
        buttons.add_follow_ups(record, event.checklist),
    ]


BUTTONS: dict[str, Buttons] = {
    "follow_up_due": _list_due,
    "milestone_missed": _on_milestone,
    "nudge": _answers_to_nudge,
    "customers_asked": _to_customers,
    "customers_read_over": _to_customers,
    "customers_wait": _to_customers,
    "caught_up": _answers_if_asked,
    "page": _answers_of_one,
    "page_unconfirmed": _answers_to_page,
    "resolved_there": _at_the_end,
    "monitoring_over": _at_the_end,
    "alerts_resolved": _at_the_end,
    "alerts_fired_again": _to_reopen,
    "resolved": _after_the_end,
    "resolved_early": _after_the_end,
    "draft_due": _on_postmortem,
    "postmortem_reminder": _on_postmortem,
    "invite_incomplete": _retry,
    "delivery_failed": _retry,
    "page_refused": _other_ways,
    "channel_refused": _retry,
}
"""Which messages carry buttons; whether they still make sense is asked of the incident as it stands by then."""
