"""What can be typed, picked and chosen in a form, filled with what is known."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.domain.durations import in_words
from app.domain.limits import Limit
from app.domain.playbook import OPEN_STATUSES, Rules, Severity, Status
from app.slack.blocks.elements import CHOICES_SEEN_AT_ONCE, OPTION, OPTIONS, Part, mrkdwn, option, plain_text
from app.slack.text import GROUP, MEMBER, clean, escape, fit, one_line

LONGEST_TEXT = 2500
A_MINUTE = 60


def line(limit: int, value: str = "", *, focus: bool = False) -> Part:
    """Return a field for one line of text."""
    return _filled(
        "plain_text_input", max_length=limit, initial_value=fit(one_line(clean(value)), limit), focus_on_load=focus
    )


def lines(value: str = "", *, focus: bool = False) -> Part:
    """Return a field for some lines of text."""
    written = fit(clean(value), LONGEST_TEXT)
    return _filled(
        "plain_text_input", max_length=LONGEST_TEXT, multiline=True, initial_value=written, focus_on_load=focus
    )


def moment(at: datetime | None) -> Part:
    """Return a picker of day and time, which knows whole minutes."""
    return _filled("datetimepicker", initial_date_time=int(at.timestamp()) // A_MINUTE * A_MINUTE if at else None)


def person(member: str | None = None) -> Part:
    """Return a picker of one member."""
    return _filled("users_select", initial_user=member if member and MEMBER.fullmatch(member) else None)


def people(targets: Sequence[str]) -> Part:
    """Return a picker of members, filled with those among `targets`."""
    return _filled("multi_users_select", initial_users=[one for one in targets if MEMBER.fullmatch(one)])


def group(targets: Sequence[str]) -> Part:
    """Return a picker of one user group, filled with the first among `targets`; Slack asks Tocsin for its options."""
    bound = next((one for one in targets if GROUP.fullmatch(one)), None)
    chosen = option(f"User group {bound}", bound) if bound else None
    return _filled("external_select", initial_option=chosen) | {"min_query_length": 0}


def select(options: Sequence[Part], chosen: str | None = None) -> Part:
    """Return a menu of which one option is chosen."""
    return _filled("static_select", options=list(options)[:OPTIONS], initial_option=_chosen(options, chosen))


def status(rules: Rules, now: Status) -> Part:
    """Return a menu of the statuses of an open incident."""
    return select([option(rules.status_label(one), one.value) for one in OPEN_STATUSES], now.value)


def severity(rules: Rules, chosen: str | None) -> Part:
    """Return the severities, each with what it asks for and means; as a menu where they are too many to be seen."""
    if len(rules.severities) > CHOICES_SEEN_AT_ONCE:
        return select([option(f"{one.id} {one.name}: {asks(one)}", one.id) for one in rules.severities], chosen)
    options = [_described(one) for one in rules.severities]
    return _filled("radio_buttons", options=options, initial_option=_chosen(options, chosen))


def tags(known: Sequence[str], carried: Sequence[str]) -> Part | None:
    """Return a menu of tags, of which those that are `carried` are chosen; nothing where none is known."""
    options = [option(tag, tag) for tag in known if len(tag) <= OPTION][:OPTIONS]
    chosen = [one for one in options if one["value"] in carried]
    return _filled("multi_static_select", options=options, initial_options=chosen) if options else None


KINDS = {
    "private": ("Private", "Only the people in it know of it: a private channel, and no announcement"),
    "drill": ("Drill", "An exercise: marked as one everywhere, and left out of the metrics"),
}


def kinds(chosen: Sequence[str]) -> Part:
    """Return the boxes that make an incident private or a drill, those of `chosen` ticked."""
    known = KINDS.items()
    options = [option(label, kind) | {"description": plain_text(means, OPTION)} for kind, (label, means) in known]
    return _filled("checkboxes", options=options, initial_options=[one for one in options if one["value"] in chosen])


def asks(severity: Severity) -> str:
    """Return what a severity asks for: "ack 5 min, resolve 1 h, update every 15 min"."""
    asked = [_within("ack", severity.acknowledge_within), _within("resolve", severity.resolve_within)]
    if severity.update_every:
        asked.append(f"update {severity.update_every.every}")
    return ", ".join(filter(None, asked)) or "no limits"


def _within(what: str, limit: Limit | None) -> str:
    if limit is None:
        return ""
    return f"{what} {in_words(limit.after)}" if limit.after else f"{what} {limit.within}"


def _described(severity: Severity) -> Part:
    return {
        "text": mrkdwn(f"*{escape(severity.id)}* {escape(severity.name)}: {asks(severity)}", OPTION),
        "description": plain_text(severity.means, OPTION),
        "value": severity.id,
    }


def _chosen(options: Sequence[Part], value: str | None) -> Part | None:
    return next((one for one in options if one["value"] == value), None)


def _filled(kind: str, **known: Any) -> Part:
    return {"type": kind} | {name: value for name, value in known.items() if value}
