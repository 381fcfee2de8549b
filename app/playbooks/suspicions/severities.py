"""Severities that call nobody, or whose times contradict each other."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from app.domain.durations import in_words
from app.domain.limits import Limit
from app.domain.playbook import Playbook, Rules, Severity, Trigger
from app.playbooks.suspicions.oddity import Oddity, listed

TIMES = ("acknowledge_within", "resolve_within", "update_every")


def reaches_nobody(playbook: Playbook) -> Iterator[Oddity]:
    """Find severities for which nobody is paged, whatever time passes.

    One that is to be acknowledged in business time is read in the announce channel, and one with a ticket there.
    """
    for at, one in enumerate(playbook.rules.severities):
        read_at_work = one.acknowledge_within is not None and one.acknowledge_within.after is None
        if not (one.ticket or read_at_work or _is_paged(one, playbook.rules)):
            advice = f"name {one.id} in a step of escalation, or write ticket: true if a ticket is enough"
            yield Oddity(("severities", at), f"{one.id} has no responders: no step pages anybody for it", advice)


def pages_once(playbook: Playbook) -> Iterator[Oddity]:
    """Find severities whose pages are not repeated, for want of a time to acknowledge."""
    for at, one in enumerate(playbook.rules.severities):
        if one.acknowledge_within is None and _is_paged(one, playbook.rules):
            problem = f"{one.id} pages people and has no acknowledge_within: nobody is paged again"
            yield Oddity(("severities", at), problem, "write by when somebody has it, such as acknowledge_within: 15m")


def slower_than_resolution(playbook: Playbook) -> Iterator[Oddity]:
    """Find times that cannot pass before the incident should be over."""
    for at, one in enumerate(playbook.rules.severities):
        times = (
            ("update_every", one.update_every, "no update is asked for in time"),
            ("acknowledge_within", one.acknowledge_within, "it may be over before anybody has it"),
            ("monitor_for", Limit(one.monitor_for) if one.monitor_for else None, "the fix is watched for longer"),
        )
        for key, limit, meaning in times:
            if limit and one.resolve_within and _is_longer(limit, one.resolve_within, or_as_long=key == "update_every"):
                problem = f"{_told(limit)} is slower than resolve_within ({_told(one.resolve_within)}): {meaning}"
                yield Oddity(("severities", at, key), problem, f"shorten {key}, or give it longer to be resolved")


def out_of_order(playbook: Playbook) -> Iterator[Oddity]:
    """Find severities that are given more time than the next lower one."""
    for at, (high, low) in enumerate(pairwise(playbook.rules.severities)):
        for key in TIMES:
            mine, its = getattr(high, key), getattr(low, key)
            if mine and its and _is_longer(mine, its):
                problem = f"{high.id} has longer ({_told(mine)}) than {low.id} ({_told(its)}), which is lower"
                yield Oddity(("severities", at, key), problem, "severities stand from highest to lowest: mend one")


def late_milestones(playbook: Playbook) -> Iterator[Oddity]:
    """Find milestones that are wanted later than the resolution."""
    for one in playbook.rules.milestones:
        named = _named(one.severities, playbook.rules)
        before = [severity.id for severity in named if _ends_before(one.within, severity.resolve_within)]
        if before:
            problem = f"{in_words(one.within)} is later than resolve_within of {listed(before)}"
            yield Oddity(("milestones", one.id, "within"), problem, "shorten it, or name other severities")


def late_drafts(playbook: Playbook) -> Iterator[Oddity]:
    """Find drafts that are wanted later than the postmortem itself."""
    for at, one in enumerate(playbook.rules.drafts):
        named = _named(one.severities, playbook.rules)
        before = [severity.id for severity in named if _ends_before(one.within, severity.postmortem_within)]
        if before:
            problem = f"{in_words(one.within)} is later than postmortem_within of {listed(before)}"
            yield Oddity(("postmortem", "drafts", at, "within"), problem, "let the draft come before the postmortem")


def _is_paged(severity: Severity, rules: Rules) -> bool:
    by_time = (
        condition
        for step in rules.steps
        if step.pages
        for condition in step.when
        if condition.trigger is not Trigger.TAG
    )
    return any(condition.names(severity.id) for condition in by_time)


def _named(severities: tuple[str, ...], rules: Rules) -> list[Severity]:
    return [one for one in rules.severities if not severities or one.id in severities]


def _ends_before(within: timedelta, limit: Limit | None) -> bool:
    return limit is not None and limit.after is not None and within > limit.after


def _is_longer(limit: Limit, than: Limit, *, or_as_long: bool = False) -> bool:
    """Compare two durations; business time is longer than any of less than a day, and cannot be compared with more."""
    if limit.after is None or than.after is None:
        return limit.after is None and than.after is not None and than.after.days < 1
    return limit.after >= than.after if or_as_long else limit.after > than.after


def _told(limit: Limit) -> str:
    return in_words(limit.after) if limit.after is not None else limit.until.value
