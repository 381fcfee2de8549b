"""Who is on call, in lines: for `/incident oncall`, and for the Home tab."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.domain.on_call import OnCall, Schedule
from app.domain.playbook import Rules
from app.domain.watch import Source, Watch
from app.domain.ways import by
from app.slack.blocks.answers import left_out
from app.slack.blocks.elements import leading, sections, speak
from app.slack.text import Message, escape, fit, mention, mentions, on_day
from app.slack.words import OWN_WORDS
from app.store import Absence, Feed

LINE = 600
ROOM = 7000
ROOM_FOR_TROUBLES = 3000


@dataclass(frozen=True, slots=True)
class Duty:
    """What is known of who is on call: each responder's watch, the calendars, and whom no page reaches."""

    watches: Sequence[Watch]
    feeds: Sequence[Feed] = ()
    absences: Sequence[Absence] = ()
    on_call: Mapping[str, OnCall] = field(default_factory=dict)

    @property
    def unbound(self) -> list[str]:
        """The names of the responders whom nobody plays."""
        return [one.responder.name for one in self.watches if not one.targets]


def on_call(duty: Duty, rules: Rules, at: datetime | None = None) -> Message:
    """Return who is on call, until when and who comes next; `at` is the moment that was asked for, if not now."""
    said = OWN_WORDS.say("answers/on_call", title=rules.title, at=on_day(at) if at else None)
    lines = leading([watch_line(one, duty) for one in duty.watches], ROOM)
    left = len(duty.watches) - len(lines)
    wrong = leading(list(troubles(duty, rules)), ROOM_FOR_TROUBLES)
    return speak(said, *sections(lines), *([left_out(left)] if left else []), *sections(wrong))


def watch_line(one: Watch, duty: Duty) -> str:
    """Return who plays one responder."""
    said = OWN_WORDS.say(
        "answers/watch",
        watch=one,
        targets=mentions(one.targets),
        until=on_day(one.until) if one.until else None,
        then=mentions(one.then),
        planned=one.source is Source.SLACK and one.responder.id in duty.on_call,
        skipped=mentions(one.skipped),
    )
    return fit(said, LINE)


def source_in_words(plan: OnCall | None) -> str:
    """Return what people call that from which it is known who is on call."""
    return f"{by(plan.way)} schedule" if isinstance(plan, Schedule) else "calendar"


def troubles(duty: Duty, rules: Rules) -> Iterator[str]:
    """Yield what is wrong with calendars and members, a sentence for each."""
    for feed in duty.feeds:
        name = rules.responder_name(feed.responder)
        source = source_in_words(duty.on_call.get(feed.responder))
        if feed.failed_since:
            since, fetched = on_day(feed.failed_since), on_day(feed.fetched_at) if feed.fetched_at else None
            yield fit(
                OWN_WORDS.say("answers/feed", source=source, name=name, since=since, fetched=fetched, feed=feed), LINE
            )
        if feed.unknown:
            yield fit(OWN_WORDS.say("answers/feed_unknown", source=source, name=name, feed=feed), LINE)
    for one in duty.absences:
        yield fit(f"No page reaches {mention(one.member)}: {escape(one.reason)}. They are skipped.", LINE)
