"""Refusals: what a person is told when a command cannot be done.

    Rejected
    ├── NotOpen            the incident is resolved or cancelled
    ├── NotClosed          only a closed incident can be reopened
    ├── NotAllowed         the table in `permissions` asks for somebody else
    ├── AlreadyAcknowledged
    ├── AlreadyThat        nothing would change
    ├── …
    └── one class for each sentence, below

The docstring of a class is the sentence that the person reads. `{name!t}` in it stands for a time, `{name!m}` for a
member, `{name!c}` for the incident itself; a bare `{name}` is text from people and is escaped where it is shown.
A refusal is an ordinary answer and never an error in the log.
"""

import string
from collections.abc import Callable
from datetime import datetime
from typing import Any

Show = Callable[[Any], str]


class _Sentence(string.Formatter):
    def __init__(self, show: dict[str, Show]) -> None:
        super().__init__()
        self.show = show

    def convert_field(self, value: Any, conversion: str | None) -> Any:
        return self.show[conversion or ""](value)


def _plain_time(at: datetime) -> str:
    return f"{at.day} {at:%b %H:%M} UTC"


PLAIN: dict[str, Show] = {"": str, "t": _plain_time, "m": lambda member: f"@{member}", "c": str}


class Rejected(Exception):
    """That cannot be done now."""

    def __init__(self, **facts: Any) -> None:
        super().__init__()
        self.facts = facts

    def sentence(self, show: dict[str, Show] = PLAIN) -> str:
        """Say what the person should read; `show` turns each kind of fact into words."""
        lines = " ".join((type(self).__doc__ or "").split())
        return _Sentence(show).format(lines, **self.facts)

    def __str__(self) -> str:
        """Return the sentence in plain words."""
        return self.sentence()


class NotOpen(Rejected):
    """{incident!c} was {status} at {at!t} by {by!m}. To work on it again: `/incident reopen`"""


class NotClosed(Rejected):
    """{incident!c} is open: its status is {status}. Only a resolved or cancelled incident can be reopened."""


class NotAllowed(Rejected):
    """{what} is for the commander, a responder of this incident, or an admin. Ask one of them, or take command:
    `/incident role`"""


class AlreadyAcknowledged(Rejected):
    """{by!m} acknowledged {incident!c} at {at!t}. To page more people: `/incident escalate`"""


class AcknowledgedElsewhere(Rejected):
    """{who} acknowledged {incident!c} in {there} at {at!t}. To page more people: `/incident escalate`"""


class AlreadyThat(Rejected):
    """{incident!c} already has {what} {value}. Nothing was changed."""


class AlreadyNoted(Rejected):
    """This message is in the timeline of {incident!c} already."""


class AlreadyDeclined(Rejected):
    """You passed this on at {at!t}. You are asked again if nobody else takes it."""


class JustEscalated(Rejected):
    """{by!m} asked for the next step at {at!t}, and it is being paged. To page the one after it, press again in a
    moment."""


class AlreadyInRole(Rejected):
    """{member!m} is {role} of {incident!c} already. Nothing was changed."""


class AlreadyLed(Rejected):
    """{member!m} has been {role} of {incident!c} since {at!t}. To take it over all the same: `/incident handoff`"""


class JustAssigned(Rejected):
    """{member!m} became {role} of {incident!c} at {at!t}, a moment ago. To choose somebody else all the same, ask again
    in a moment."""


class NoStep(Rejected):
    """{severity} has no escalation step in this playbook, so there is nobody to page. To page people, raise the
    severity: `/incident severity`"""


class TagTooLong(Rejected):
    """A tag has {longest} characters at most, so that menus can show it. Shorten this one: {tag}"""


class UnknownSeverity(Rejected):
    """There is no severity "{severity}" in this playbook. It has: {known}"""


class UnknownStatus(Rejected):
    """There is no status "{status}" to set. It can be: {known}. To end an incident: `/incident resolve` or
    `/incident cancel`"""


class UnknownRole(Rejected):
    """There is no role "{role}" in this playbook. It has: {known}"""


class MissingText(Rejected):
    """{what} is missing. {hint}"""


class PromiseTooFar(Rejected):
    """{severity} asks for an update {every}, so the next one can be promised for {latest!t} at the latest."""


class PromiseInThePast(Rejected):
    """The next update cannot be due at {at!t}: that time has passed. Choose a later one."""


class TimesOutOfOrder(Rejected):
    """{later} ({later_at!t}) cannot come before {earlier} ({earlier_at!t}). Correct one of the two."""


class TimeInTheFuture(Rejected):
    """{what} cannot be at {at!t}: that time has not come yet."""


class UnknownMilestone(Rejected):
    """{milestone} is no milestone of {severity}. Known ones: {known}."""


class AlreadyReached(Rejected):
    """{title} was reached at {at!t}. Nothing is left to do for it."""


class NothingToSnooze(Rejected):
    """No update is due yet, so there is nothing to snooze. The next one is due at {at!t}."""


class AlreadySnoozed(Rejected):
    """This update was snoozed already, until {at!t}. Post an update or say that nothing changed: `/incident update`"""


class NoUpdatesAsked(Rejected):
    """{severity} asks for no regular updates, so there is nothing to snooze."""


class AlreadyTicked(Rejected):
    """{by!m} ticked this at {at!t}. Nothing was changed. To take the tick back, press Undo beside it."""


class NotTicked(Rejected):
    """This is not ticked any more: somebody took the tick back. To tick it, press Done beside it."""


class NotResolvedYet(Rejected):
    """{incident!c} is not resolved yet. Its postmortem can be marked as done after the resolution."""


class AlreadyMerged(NotOpen):
    """{incident!c} was merged into {into} at {at!t} by {by!m}, and goes on there. To open this one again all the same:
    `/incident reopen`"""


class MergedIntoItself(Rejected):
    """{incident!c} cannot be merged into itself. Name the incident that it is the same as by its number:
    `/incident merge 12`"""


class MergedIntoClosed(Rejected):
    """{name} is {status}, so nothing can be merged into it. To open it again first: `/incident reopen {number}`"""


class MergedIntoMerged(Rejected):
    """{name} was merged itself, into incident {number}. Merge into that one: `/incident merge {number}`"""


class MergedAcross(Rejected):
    """One of the two incidents is {what} and the other is not, so they stay apart."""


class NotForCustomers(Rejected):
    """{incident!c} is {what}, so nothing of it is ever told to customers."""


class ToldMeanwhile(Rejected):
    """{by!m} told customers at {at!t}: "{headline}". Yours was not sent. To go on from there: `/incident customers`"""


class OnlyTheLastWord(Rejected):
    """{incident!c} is {status}, so customers can only be told that it is over. To work on it again:
    `/incident reopen`"""


class WordsTooLong(Rejected):
    """The {what} for customers has {longest} characters at most, and this one has {length}. Shorten it."""


class UnknownPublicStatus(Rejected):
    """There is no public status "{status}". Status pages know: {known}"""


class UnknownImpact(Rejected):
    """There is no impact "{impact}". Status pages know: {known}"""


class NothingToAdopt(Rejected):
    """{incident!c} is run by the playbook {playbook} as Tocsin read it when it started, so there is nothing to adopt.
    After an edit of its files, start Tocsin anew, and then type `/incident playbook adopt` again."""


class NoSuchFollowUp(Rejected):
    """There is no follow-up {number} here: {count} are written down. To see them: `/incident follow-ups`"""


class AlreadyDone(Rejected):
    """Follow-up {number} is done already. Nothing was changed."""


class NotDone(Rejected):
    """Follow-up {number} is not marked as done in Slack, so there is nothing to take back."""


class TooManyFollowUps(Rejected):
    """An incident has {most} follow-ups at most, so that people can keep them. Write down the ones that matter."""


class StaysHere(Rejected):
    """{incident!c} is {what}, so its postmortem is published nowhere. The draft is in its channel alone."""


class AlreadyPublishing(Rejected):
    """The postmortem of {incident!c} is being published: its link comes into the channel by itself."""


class BridgeThere(Rejected):
    """{incident!c} has a bridge already: {url}"""


class BridgeOnItsWay(Rejected):
    """The bridge of {incident!c} is being opened: its link comes into the channel by itself."""


class SeverityGone(Rejected):
    """{incident!c} is or was {severity}, which the playbook as it is now does not have. It has: {known}. The incident
    stays with the rules that it was declared under."""
