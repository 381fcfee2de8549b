"""Who is on call: whether everybody is bound, the calendars are read, and pages reach whom they call."""

from collections.abc import Iterator
from datetime import datetime

from app.cli.doctor.findings import Finding, failed, warning, well
from app.cli.terminal import at
from app.domain.on_call import Calendar, Fetched, Fixed, Rotation, Schedule
from app.domain.playbook import Playbook, Roster
from app.slack.blocks.on_call import source_in_words
from app.slack.words import quoted
from app.store import Feed, Transaction

KINDS = ((Rotation, "rotation"), (Calendar, "calendar"), (Schedule, "schedule"), (Fixed, "fixed"))


def examine(tx: Transaction, workspace: str, playbook: Playbook, now: datetime) -> list[Finding]:
    """Say how the responders of a workspace stand."""
    findings = [_bindings(playbook, tx.roster(workspace, playbook.on_call, now))]
    if playbook.on_call:
        findings += _calendars(playbook, {one.responder: one for one in tx.feeds(workspace)})
    findings += [
        warning("on call", f"No page reaches {one.member}: {one.reason}. In Slack: /incident responders")
        for one in tx.absences(workspace)
    ]
    return findings


def _bindings(playbook: Playbook, roster: Roster) -> Finding:
    responders = playbook.rules.responders
    unbound = [one.name for one in responders if not (one.id in roster and roster[one.id].members)]
    if not unbound:
        return well("bindings", f"All {len(responders)} responders are bound.")
    if len(unbound) == len(responders):
        return failed("bindings", "No responder is bound, so nobody is paged. In Slack: /incident responders")
    verb = "is" if len(unbound) == 1 else "are"
    return warning("bindings", f"{quoted(unbound)} {verb} bound to nobody. In Slack: /incident responders")


def _calendars(playbook: Playbook, feeds: dict[str, Feed]) -> Iterator[Finding]:
    broken = False
    for responder, plan in playbook.on_call.items():
        if isinstance(plan, Fetched):
            source = f"{source_in_words(plan)} of {playbook.rules.responder_name(responder)}"
            for finding in _fetched(source, feeds.get(responder), _to_know_them(plan)):
                broken = True
                yield finding
    if not broken:
        yield well("on call", f"The playbook says who is: {_counted(playbook)}.")


def _fetched(source: str, feed: Feed | None, to_know_them: str) -> Iterator[Finding]:
    if feed is None or not (feed.fetched_at or feed.failed_since):
        yield warning("on call", f"The {source} was not read yet: tocsin run reads it.")
        return
    if feed.failed_since:
        kept = f" Its shifts are those of {at(feed.fetched_at)}." if feed.fetched_at else ""
        says = f"The {source} cannot be read since {at(feed.failed_since)}: {feed.reason}.{kept}"
        yield failed("on call", f"{says} Correct it in the playbook.")
    if feed.unknown:
        says = f"The {source} names whom nobody knows: {feed.unknown}."
        yield warning("on call", f"{says} {to_know_them}")


def _to_know_them(plan: Fetched) -> str:
    if isinstance(plan, Calendar):
        return "Add them to its people in the playbook."
    return "Give them the same e-mail address here and there."


def _counted(playbook: Playbook) -> str:
    plans = list(playbook.on_call.values())
    counts = ((name, sum(isinstance(plan, kind) for plan in plans)) for kind, name in KINDS)
    return ", ".join(f"{count} {name}{'s' if count > 1 and name != 'fixed' else ''}" for name, count in counts if count)
