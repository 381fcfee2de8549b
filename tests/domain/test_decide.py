import contextlib
import string
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import get_args

import pytest

from app.domain import commands as c
from app.domain import errors, merging
from app.domain import events as e
from app.domain.decide import decide
from app.domain.errors import Rejected
from app.domain.evolve import evolve
from app.domain.incident import Incident
from app.domain.playbook import Milestone, Rules
from tests.domain.given import (
    ADMIN,
    ANN,
    BOB,
    DEFAULT,
    MULTI_SERVICE,
    PRIMARY,
    ROSTER,
    acknowledge,
    at,
    declare,
    declared,
    play,
    resolve,
    update,
)
from tests.domain.samples import COMMANDS, OTHER

PROTOCOL = replace(DEFAULT, milestones=(Milestone("war-room", "War room", timedelta(minutes=5)),))


def decided(incident: Incident | None, command: c.Command, minute: float = 5, rules: Rules = DEFAULT) -> list[e.Event]:
    return decide(incident, command, rules, ROSTER, at(minutes=minute))


def closed() -> Incident:
    return play(DEFAULT, "SEV2").do(resolve(), at(minutes=3)).incident


# --- every command ---


def test_the_samples_leave_no_command_out() -> None:
    assert {type(command) for command in COMMANDS} == set(get_args(c.Command))


@pytest.mark.parametrize("incident", [declared("SEV2"), closed()], ids=["open", "closed"])
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_every_command_is_decided(command: c.Command, incident: Incident) -> None:
    with contextlib.suppress(Rejected):
        assert {type(event) for event in decided(incident, command)} <= set(get_args(e.Event))


@pytest.mark.parametrize("command", COMMANDS[1:], ids=lambda command: type(command).__name__)
def test_only_a_declaration_needs_no_incident(command: c.Command) -> None:
    with pytest.raises(TypeError):
        decided(None, command)


# --- declaring ---


def test_declaring_says_what_is_wrong_and_pages_the_first_step() -> None:
    command = c.Declare(
        ANN, " Payment API down ", "sev2", services=" payments ", impact=" none pay ", tags=("a", "a"), number=12
    )
    happened, paged = decide(None, command, DEFAULT, ROSTER, at())
    assert happened == e.Declared(
        at(),
        ANN.id,
        12,
        0,
        "incident-12",
        "Payment API down",
        "SEV2",
        services="payments",
        impact="none pay",
        tags=("a",),
    )
    assert isinstance(paged, e.Paged)


def test_an_incident_is_named_by_its_number_in_the_year() -> None:
    assert declared("SEV1", MULTI_SERVICE).name == "incident-2026-007"


def test_a_severity_without_a_channel_declares_none() -> None:
    (happened,) = decide(None, declare("SEV4"), MULTI_SERVICE, ROSTER, at())
    assert isinstance(happened, e.Declared)
    assert not happened.wants_channel


# --- acknowledging ---


def test_acknowledging() -> None:
    assert decided(declared(), c.Acknowledge(PRIMARY)) == [e.Acknowledged(at(minutes=5), PRIMARY.id)]


def test_anyone_may_acknowledge() -> None:
    assert decided(declared(), c.Acknowledge(BOB)) == [e.Acknowledged(at(minutes=5), BOB.id)]


# --- updates ---


def test_an_update_says_how_it_stands() -> None:
    command = c.PostUpdate(PRIMARY, "Monitoring", " Fixed ", " Restarted ", " Wait ", next_due_at=at(minutes=20))
    assert decided(declared(), command) == [
        e.UpdatePosted(
            at(minutes=5), PRIMARY.id, "monitoring", "investigating", "Fixed", "Restarted", "Wait", at(minutes=20)
        )
    ]


def test_an_update_without_a_status_keeps_it() -> None:
    (posted,) = decided(declared(), update())
    assert isinstance(posted, e.UpdatePosted)
    assert (posted.status, posted.before) == ("investigating", "investigating")


def test_no_change_needs_no_words() -> None:
    (posted,) = decided(declared(), c.PostUpdate(PRIMARY, no_change=True))
    assert isinstance(posted, e.UpdatePosted)
    assert posted.no_change


def test_a_promise_may_lie_twice_the_rhythm_ahead() -> None:
    (posted,) = decided(declared("SEV2"), update(due=at(minutes=65)))
    assert isinstance(posted, e.UpdatePosted)
    assert posted.next_due_at == at(minutes=65)


def test_where_no_rhythm_is_asked_for_any_promise_will_do() -> None:
    assert decided(declared("SEV4"), update(due=at(days=3)))


# --- severity and status ---


def test_changing_the_severity_names_both() -> None:
    (changed,) = decided(declared("SEV2"), c.ChangeSeverity(PRIMARY, "sev3"))
    assert changed == e.SeverityChanged(at(minutes=5), PRIMARY.id, "SEV2", "SEV3")


def test_raising_opens_the_channel_of_an_incident_that_had_none() -> None:
    changed, *_ = decided(declared("SEV4", MULTI_SERVICE), c.ChangeSeverity(ANN, "SEV3"), rules=MULTI_SERVICE)
    assert isinstance(changed, e.SeverityChanged)
    assert changed.opens_channel


def test_a_channel_that_is_there_stays_when_the_severity_is_lowered_and_raised() -> None:
    story = play(MULTI_SERVICE, "SEV3").do(c.ChangeSeverity(PRIMARY, "SEV4"), at(minutes=1))
    assert story.incident.wants_channel
    assert not story.do(c.ChangeSeverity(ANN, "SEV3"), at(minutes=2)).last(e.SeverityChanged).opens_channel


def test_raising_takes_the_earlier_of_promise_and_new_rhythm() -> None:
    story = play(DEFAULT, "SEV2").do(update(due=at(minutes=60)), at(minutes=1))
    (changed, *_) = decided(story.incident, c.ChangeSeverity(ANN, "SEV1"))
    assert isinstance(changed, e.SeverityChanged)
    assert changed.promised_at == at(minutes=20)


def test_changing_the_status_names_both() -> None:
    assert decided(declared(), c.ChangeStatus(ANN, "Identified")) == [
        e.StatusChanged(at(minutes=5), ANN.id, "investigating", "identified")
    ]


# --- roles, tags, notes ---


def test_a_role_goes_to_a_member() -> None:
    assert decided(declared(), c.AssignRole(ANN, "scribe", BOB.id)) == [
        e.RoleAssigned(at(minutes=5), ANN.id, "scribe", BOB.id)
    ]


def test_only_tags_that_change_are_told() -> None:
    incident = declared("SEV3", tags=("a", "b"))
    assert decided(incident, c.ChangeTags(ANN, add=("b", "c", "c"), remove=("a", "z"))) == [
        e.TagsChanged(at(minutes=5), ANN.id, ("c",), ("a",))
    ]


@pytest.mark.parametrize("incident", [declared(), closed()], ids=["open", "closed"])
def test_a_note_can_be_written_at_any_time(incident: Incident) -> None:
    assert decided(incident, c.AddNote(BOB, " Hello ")) == [e.Noted(at(minutes=5), BOB.id, "Hello")]


# --- the end ---


def test_times_that_nobody_gave_are_those_that_are_known() -> None:
    assert decided(declared(), c.Resolve(PRIMARY, " disk ", " bigger disk ", " none ")) == [
        e.Resolved(at(minutes=5), PRIMARY.id, "disk", "bigger disk", "none", at(), at(), at(minutes=5))
    ]


def test_it_may_have_started_before_anybody_declared_it() -> None:
    (resolved,) = decided(declared(), c.Resolve(PRIMARY, started_at=at(minutes=-30)))
    assert isinstance(resolved, e.Resolved)
    assert (resolved.started_at, resolved.detected_at, resolved.ended_at) == (at(minutes=-30), at(), at(minutes=5))


def test_resolving_needs_no_acknowledgement() -> None:
    assert decided(declared(), resolve(BOB))


def test_cancelling_says_why() -> None:
    assert decided(declared(), c.Cancel(PRIMARY, " A test ")) == [e.Cancelled(at(minutes=5), PRIMARY.id, "A test")]


@pytest.mark.parametrize("end", [resolve(), c.Cancel(PRIMARY)], ids=["resolved", "cancelled"])
def test_what_is_closed_can_be_reopened(end: c.Command) -> None:
    incident = play(DEFAULT).do(end, at(minutes=3)).incident
    assert decided(incident, c.Reopen(PRIMARY, " Again ")) == [e.Reopened(at(minutes=5), PRIMARY.id, "Again")]


def test_the_postmortem_can_be_drafted_before_and_after_the_end() -> None:
    for incident in (declared(), closed()):
        assert decided(incident, c.DraftPostmortem(BOB)) == [e.PostmortemDrafted(at(minutes=5), BOB.id)]


def test_the_postmortem_is_done_once() -> None:
    assert decided(closed(), c.CompletePostmortem(BOB)) == [e.PostmortemCompleted(at(minutes=5), BOB.id)]


# --- what deliveries learned ---


def test_a_channel_is_learned_once() -> None:
    opened = play(DEFAULT).do(c.RecordChannel("C12", "incident-12"), at(minutes=1)).incident
    assert opened.channel == "C12"
    assert decided(opened, c.RecordChannel("C12", "incident-12")) == []
    assert decided(opened, c.RecordChannelRefused("name_taken")) == []


def test_a_page_is_confirmed_once() -> None:
    confirm = c.RecordPage("1:primary", PRIMARY.id, "D1", "3.0")
    assert decided(play(DEFAULT).do(confirm, at(minutes=1)).incident, confirm) == []


def test_deliveries_report_to_a_closed_incident_too() -> None:
    before: dict[type[c.Command], e.Event] = {
        c.RecordChannelLost: e.ChannelOpened(at(minutes=3), "C12", "incident-12"),
        c.RecordBack: e.WayAway(at(minutes=3), "tracker", "Jira does not answer"),
        c.RecordWithdrawn: e.Published(at(minutes=3), "p1", 1),
        c.RecordTicketState: e.TicketOpened(at(minutes=3), "OPS-7", "https://example.atlassian.net/browse/OPS-7"),
    }
    for command in COMMANDS:
        if type(command).__name__.startswith("Record"):
            known = before.get(type(command))
            assert decided(evolve(closed(), known) if known else closed(), command)


def test_a_channel_is_lost_once_and_only_the_one_it_has() -> None:
    opened = play(DEFAULT).do(c.RecordChannel("C12", "incident-12"), at(minutes=1)).incident
    assert decided(opened, c.RecordChannelLost("C11", "the channel is archived")) == []
    [lost] = decided(opened, c.RecordChannelLost("C12", "the channel is archived"))
    assert decided(evolve(opened, lost), c.RecordChannelLost("C12", "the channel is archived")) == []


# --- refusals: each kind, and what leads to it ---


@dataclass(frozen=True)
class Refusal:
    """What is refused, and the sentence that the person reads."""

    kind: type[Rejected]
    incident: Callable[[], Incident]
    command: c.Command
    sentence: str
    rules: Rules = DEFAULT


def acknowledged() -> Incident:
    return play(DEFAULT, "SEV2").do(acknowledge(), at(minutes=1)).incident


def told(status: str, *, body: str = "We are on it", impact: str = "major") -> c.TellCustomers:
    return c.TellCustomers(BOB, "Paying fails", body, status, impact)


def promising() -> Incident:
    return declared("SEV2")


def nudged() -> Incident:
    return play(DEFAULT, "SEV1").do(acknowledge(), at(minutes=1)).until(at(minutes=15)).incident


def snoozed() -> Incident:
    return play(DEFAULT, "SEV1").do(acknowledge(), at(minutes=1)).do(c.Snooze(BOB), at(minutes=16)).incident


def done() -> Incident:
    return play(DEFAULT).do(resolve(), at(minutes=1)).do(c.CompletePostmortem(BOB), at(minutes=2)).incident


PROMISE = c.AddFollowUps(BOB, ("Add an alert",))

REFUSALS = (
    Refusal(
        errors.NotOpen,
        closed,
        c.Acknowledge(BOB),
        "incident-12 was resolved at 4 Mar 10:03 UTC by @U_PRIMARY. To work on it again: `/incident reopen`",
    ),
    Refusal(
        errors.NotOpen,
        lambda: play(DEFAULT).do(c.Cancel(PRIMARY), at(minutes=2)).incident,
        c.Escalate(BOB),
        "incident-12 was cancelled at 4 Mar 10:02 UTC by @U_PRIMARY. To work on it again: `/incident reopen`",
    ),
    Refusal(
        errors.TagTooLong,
        declared,
        c.ChangeTags(PRIMARY, add=("x" * 76,)),
        f"A tag has 75 characters at most, so that menus can show it. Shorten this one: {'x' * 76}",
    ),
    Refusal(
        errors.NotClosed,
        declared,
        c.Reopen(PRIMARY),
        "incident-12 is open: its status is Investigating. Only a resolved or cancelled incident can be reopened.",
    ),
    Refusal(
        errors.NotAllowed,
        declared,
        c.Cancel(BOB),
        "Cancelling an incident is for the commander, a responder of this incident, or an admin. Ask one of them, or "
        "take command: `/incident role`",
    ),
    Refusal(
        errors.AlreadyAcknowledged,
        acknowledged,
        c.Acknowledge(BOB),
        "@U_PRIMARY acknowledged incident-12 at 4 Mar 10:01 UTC. To page more people: `/incident escalate`",
    ),
    Refusal(
        errors.AcknowledgedElsewhere,
        lambda: evolve(declared(), e.Acknowledged(at(minutes=1), None, "pagerduty", "Nadia Nowak")),
        c.Acknowledge(BOB),
        "Nadia Nowak acknowledged incident-12 in PagerDuty at 4 Mar 10:01 UTC. "
        "To page more people: `/incident escalate`",
    ),
    Refusal(
        errors.AlreadyThat,
        declared,
        c.ChangeSeverity(PRIMARY, "SEV1"),
        "incident-12 already has severity SEV1. Nothing was changed.",
    ),
    Refusal(
        errors.AlreadyThat,
        declared,
        c.ChangeStatus(PRIMARY, "investigating"),
        "incident-12 already has status investigating. Nothing was changed.",
    ),
    Refusal(
        errors.AlreadyThat,
        lambda: declared(tags=("data-loss", "seen")),
        c.ChangeTags(PRIMARY, add=("seen",)),
        "incident-12 already has these tags: data-loss, seen. Nothing was changed.",
    ),
    Refusal(
        errors.AlreadyNoted,
        lambda: play(DEFAULT).do(c.AddNote(PRIMARY, "It is DNS", message="C1:1.0"), at(minutes=1)).incident,
        c.AddNote(BOB, "It is DNS", message="C1:1.0"),
        "This message is in the timeline of incident-12 already.",
    ),
    Refusal(
        errors.AlreadyDeclined,
        lambda: play(DEFAULT).do(c.Decline(PRIMARY), at(minutes=1)).incident,
        c.Decline(PRIMARY),
        "You passed this on at 4 Mar 10:01 UTC. You are asked again if nobody else takes it.",
    ),
    Refusal(
        errors.JustEscalated,
        lambda: play(DEFAULT).do(c.Escalate(ANN), at(minutes=4, seconds=55)).incident,
        c.Escalate(BOB),
        f"@{ANN.id} asked for the next step at 4 Mar 10:04 UTC, and it is being paged. To page the one after it, "
        "press again in a moment.",
    ),
    Refusal(
        errors.AlreadyInRole,
        lambda: play(DEFAULT).do(c.AssignRole(ANN, "commander", BOB.id), at(minutes=1)).incident,
        c.AssignRole(ANN, "commander", BOB.id),
        f"@{BOB.id} is Incident commander of incident-12 already. Nothing was changed.",
    ),
    Refusal(
        errors.AlreadyLed,
        lambda: play(DEFAULT).do(c.TakeCommand(BOB), at(minutes=1)).incident,
        c.TakeCommand(ANN),
        f"@{BOB.id} has been Incident commander of incident-12 since 4 Mar 10:01 UTC. To take it over all the same: "
        "`/incident handoff`",
    ),
    Refusal(
        errors.JustAssigned,
        lambda: play(DEFAULT).do(c.TakeCommand(BOB), at(minutes=4, seconds=55)).incident,
        c.AssignRole(ANN, "commander", ANN.id),
        f"@{BOB.id} became Incident commander of incident-12 at 4 Mar 10:04 UTC, a moment ago. To choose somebody else "
        "all the same, ask again in a moment.",
    ),
    Refusal(
        errors.AlreadyThat,
        done,
        c.CompletePostmortem(ANN),
        "incident-12 already has its postmortem marked as done. Nothing was changed.",
    ),
    Refusal(
        errors.NoStep,
        lambda: declared("SEV4"),
        c.Escalate(ANN),
        "SEV4 has no escalation step in this playbook, so there is nobody to page. To page people, raise the "
        "severity: `/incident severity`",
    ),
    Refusal(
        errors.UnknownSeverity,
        declared,
        c.ChangeSeverity(ANN, "P1"),
        'There is no severity "P1" in this playbook. It has: SEV1, SEV2, SEV3, SEV4',
    ),
    Refusal(
        errors.UnknownStatus,
        declared,
        c.ChangeStatus(ANN, "resolved"),
        'There is no status "resolved" to set. It can be: investigating, identified, monitoring. To end an incident: '
        "`/incident resolve` or `/incident cancel`",
    ),
    Refusal(
        errors.UnknownRole,
        declared,
        c.AssignRole(ANN, "king", BOB.id),
        'There is no role "king" in this playbook. It has: commander, scribe',
    ),
    Refusal(
        errors.MissingText,
        declared,
        c.AddNote(ANN, "  "),
        "The note is missing. Write it after the word: `/incident note restarted the pods`",
    ),
    Refusal(
        errors.MissingText,
        declared,
        c.PostUpdate(ANN, happening=" "),
        "What is happening is missing. One sentence is enough.",
    ),
    Refusal(
        errors.PromiseTooFar,
        promising,
        update(due=at(minutes=66)),
        "SEV2 asks for an update every 30 min, so the next one can be promised for 4 Mar 11:05 UTC at the latest.",
    ),
    Refusal(
        errors.PromiseInThePast,
        promising,
        update(due=at(minutes=5)),
        "The next update cannot be due at 4 Mar 10:05 UTC: that time has passed. Choose a later one.",
    ),
    Refusal(
        errors.TimesOutOfOrder,
        declared,
        c.Resolve(ANN, started_at=at(minutes=3), detected_at=at(minutes=1)),
        "The detection (4 Mar 10:01 UTC) cannot come before the start (4 Mar 10:03 UTC). Correct one of the two.",
    ),
    Refusal(
        errors.TimesOutOfOrder,
        declared,
        c.Resolve(ANN, detected_at=at(minutes=3), ended_at=at(minutes=2)),
        "The end (4 Mar 10:02 UTC) cannot come before the detection (4 Mar 10:03 UTC). Correct one of the two.",
    ),
    Refusal(
        errors.TimeInTheFuture,
        declared,
        c.Resolve(ANN, ended_at=at(minutes=6)),
        "The end cannot be at 4 Mar 10:06 UTC: that time has not come yet.",
    ),
    Refusal(
        errors.NothingToSnooze,
        declared,
        c.Snooze(ANN),
        "No update is due yet, so there is nothing to snooze. The next one is due at 4 Mar 10:15 UTC.",
    ),
    Refusal(
        errors.AlreadySnoozed,
        snoozed,
        c.Snooze(ANN),
        "This update was snoozed already, until 4 Mar 10:30 UTC. Post an update or say that nothing changed: "
        "`/incident update`",
    ),
    Refusal(
        errors.NoUpdatesAsked,
        lambda: declared("SEV4"),
        c.Snooze(ANN),
        "SEV4 asks for no regular updates, so there is nothing to snooze.",
    ),
    Refusal(
        errors.MergedIntoItself,
        declared,
        c.Merge(ADMIN, 12, merging.other(declared(), DEFAULT)),
        "incident-12 cannot be merged into itself. Name the incident that it is the same as by its number: "
        "`/incident merge 12`",
    ),
    Refusal(
        errors.MergedIntoClosed,
        declared,
        c.Merge(ADMIN, 3, replace(OTHER, is_open=False, status="resolved")),
        "incident-3 is resolved, so nothing can be merged into it. To open it again first: `/incident reopen 3`",
    ),
    Refusal(
        errors.MergedIntoMerged,
        declared,
        c.Merge(ADMIN, 3, replace(OTHER, is_open=False, merged_into=2)),
        "incident-3 was merged itself, into incident 2. Merge into that one: `/incident merge 2`",
    ),
    Refusal(
        errors.MergedAcross,
        declared,
        c.Merge(ADMIN, 3, replace(OTHER, private=True)),
        "One of the two incidents is private and the other is not, so they stay apart.",
    ),
    Refusal(
        errors.MergedAcross,
        declared,
        c.Merge(ADMIN, 3, replace(OTHER, drill=True)),
        "One of the two incidents is a drill and the other is not, so they stay apart.",
    ),
    Refusal(
        errors.NothingToAdopt,
        declared,
        c.AdoptRules(ADMIN, DEFAULT),
        "incident-12 is run by the playbook default as Tocsin read it when it started, so there is nothing to adopt. "
        "After an edit of its files, start Tocsin anew, and then type `/incident playbook adopt` again.",
    ),
    Refusal(
        errors.SeverityGone,
        declared,
        c.AdoptRules(ADMIN, replace(DEFAULT, severities=DEFAULT.severities[1:])),
        "incident-12 is or was SEV1, which the playbook as it is now does not have. It has: SEV2, SEV3, SEV4. The "
        "incident stays with the rules that it was declared under.",
    ),
    Refusal(
        errors.AlreadyTicked,
        lambda: play(DEFAULT).do(c.TickItem(PRIMARY, "triage", "Triage", "Look"), at(minutes=3)).incident,
        c.TickItem(ANN, "triage", "Triage", "Look"),
        "@U_PRIMARY ticked this at 4 Mar 10:03 UTC. Nothing was changed. To take the tick back, press Undo beside it.",
    ),
    Refusal(
        errors.NotTicked,
        declared,
        c.UntickItem(ANN, "triage", "Triage", "Look"),
        "This is not ticked any more: somebody took the tick back. To tick it, press Done beside it.",
    ),
    Refusal(
        errors.UnknownMilestone,
        lambda: declared("SEV1", PROTOCOL),
        c.ReachMilestone(PRIMARY, "peace"),
        "peace is no milestone of SEV1. Known ones: war-room.",
        rules=PROTOCOL,
    ),
    Refusal(
        errors.AlreadyReached,
        lambda: play(PROTOCOL, "SEV1").do(c.ReachMilestone(PRIMARY, "war-room"), at(minutes=3)).incident,
        c.ReachMilestone(PRIMARY, "war-room"),
        "War room was reached at 4 Mar 10:03 UTC. Nothing is left to do for it.",
        rules=PROTOCOL,
    ),
    Refusal(
        errors.NotResolvedYet,
        declared,
        c.CompletePostmortem(ANN),
        "incident-12 is not resolved yet. Its postmortem can be marked as done after the resolution.",
    ),
    Refusal(
        errors.AlreadyTicked,
        lambda: play(DEFAULT).do(c.TickItem(PRIMARY, "triage", "Triage", "Look"), at(minutes=3)).incident,
        c.TickItem(BOB, "triage", "Triage", "Look"),
        "@U_PRIMARY ticked this at 4 Mar 10:03 UTC. Nothing was changed. To take the tick back, press Undo beside it.",
    ),
    Refusal(
        errors.NotTicked,
        declared,
        c.UntickItem(BOB, "triage", "Triage", "Look"),
        "This is not ticked any more: somebody took the tick back. To tick it, press Done beside it.",
    ),
    Refusal(
        errors.NotForCustomers,
        lambda: replace(declared(), private=True),
        told("investigating"),
        "incident-12 is private, so nothing of it is ever told to customers.",
    ),
    Refusal(
        errors.ToldMeanwhile,
        lambda: play(DEFAULT).do(told("investigating"), at(minutes=3)).incident,
        told("identified"),
        '@U_BOB told customers at 4 Mar 10:03 UTC: "Paying fails". Yours was not sent. To go on from there: '
        "`/incident customers`",
    ),
    Refusal(
        errors.OnlyTheLastWord,
        closed,
        told("monitoring"),
        "incident-12 is resolved, so customers can only be told that it is over. To work on it again: "
        "`/incident reopen`",
    ),
    Refusal(
        errors.WordsTooLong,
        declared,
        told("investigating", body="x" * 2001),
        "The text for customers has 2000 characters at most, and this one has 2001. Shorten it.",
    ),
    Refusal(
        errors.UnknownPublicStatus,
        declared,
        told("fine"),
        'There is no public status "fine". Status pages know: investigating, identified, monitoring, resolved',
    ),
    Refusal(
        errors.UnknownImpact,
        declared,
        told("investigating", impact="huge"),
        'There is no impact "huge". Status pages know: none, minor, major, critical',
    ),
    Refusal(
        errors.NoSuchFollowUp,
        declared,
        c.CompleteFollowUp(BOB, 3),
        "There is no follow-up 3 here: 0 are written down. To see them: `/incident follow-ups`",
    ),
    Refusal(
        errors.AlreadyDone,
        lambda: play(DEFAULT).do(PROMISE).do(c.CompleteFollowUp(BOB, 1)).incident,
        c.CompleteFollowUp(BOB, 1),
        "Follow-up 1 is done already. Nothing was changed.",
    ),
    Refusal(
        errors.NotDone,
        lambda: play(DEFAULT).do(PROMISE).incident,
        c.ReopenFollowUp(BOB, 1),
        "Follow-up 1 is not marked as done in Slack, so there is nothing to take back.",
    ),
    Refusal(
        errors.TooManyFollowUps,
        declared,
        c.AddFollowUps(BOB, tuple(map(str, range(101)))),
        "An incident has 100 follow-ups at most, so that people can keep them. Write down the ones that matter.",
    ),
    Refusal(
        errors.StaysHere,
        lambda: replace(declared(), private=True),
        c.PublishPostmortem(BOB),
        "incident-12 is private, so its postmortem is published nowhere. The draft is in its channel alone.",
    ),
    Refusal(
        errors.AlreadyPublishing,
        lambda: play(DEFAULT).do(c.PublishPostmortem(BOB)).incident,
        c.PublishPostmortem(BOB),
        "The postmortem of incident-12 is being published: its link comes into the channel by itself.",
    ),
    Refusal(
        errors.BridgeThere,
        lambda: play(DEFAULT).do(c.RecordBridge("https://example.zoom.us/j/7")).incident,
        c.AskBridge(BOB),
        "incident-12 has a bridge already: https://example.zoom.us/j/7",
    ),
    Refusal(
        errors.BridgeOnItsWay,
        lambda: play(DEFAULT).do(c.AskBridge(BOB)).incident,
        c.AskBridge(BOB),
        "The bridge of incident-12 is being opened: its link comes into the channel by itself.",
    ),
)


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.kind.__name__)
def test_a_refusal_says_what_to_do_next(refusal: Refusal) -> None:
    with pytest.raises(Rejected) as caught:
        decided(refusal.incident(), refusal.command, rules=refusal.rules)
    assert type(caught.value) is refusal.kind
    assert str(caught.value) == refusal.sentence


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.kind.__name__)
def test_a_refusal_is_given_the_facts_that_its_sentence_names(refusal: Refusal) -> None:
    with pytest.raises(Rejected) as caught:
        decided(refusal.incident(), refusal.command, rules=refusal.rules)
    named = {name for _, name, _, _ in string.Formatter().parse(type(caught.value).__doc__ or "") if name}
    assert named <= set(caught.value.facts)
    assert None not in caught.value.facts.values()


def test_every_kind_of_refusal_is_met_here() -> None:
    kinds = {kind for kind in Rejected.__subclasses__() if kind.__module__ == errors.__name__}
    assert {refusal.kind for refusal in REFUSALS} == kinds


def test_a_declaration_needs_a_title_and_a_known_severity() -> None:
    with pytest.raises(errors.MissingText, match="The title is missing"):
        decide(None, declare(title="  "), DEFAULT, ROSTER, at())
    with pytest.raises(errors.UnknownSeverity):
        decide(None, declare("P0"), DEFAULT, ROSTER, at())


def test_second_acknowledgement_is_rejected() -> None:
    for by in (PRIMARY, BOB):
        with pytest.raises(errors.AlreadyAcknowledged):
            decided(acknowledged(), c.Acknowledge(by))


def test_a_refusal_is_worded_as_the_place_that_shows_it_asks() -> None:
    refusal = errors.AlreadyAcknowledged(incident="incident-12", at=at(), by=PRIMARY.id)
    show: dict[str, errors.Show] = {"": str, "t": lambda _: "just now", "m": "<@{}>".format, "c": "#{}".format}
    assert refusal.sentence(show).startswith("<@U_PRIMARY> acknowledged #incident-12 at just now. ")


def test_snoozing_twice_is_refused_until_the_next_due_time() -> None:
    assert decided(nudged(), c.Snooze(BOB), 16)
    with pytest.raises(errors.AlreadySnoozed):
        decided(snoozed(), c.Snooze(BOB), 17)
    again = play(DEFAULT, "SEV1").do(c.Snooze(BOB), at(minutes=16)).until(at(minutes=30)).incident
    with pytest.raises(errors.AlreadySnoozed):  # the same due time, nudged once more
        decided(again, c.Snooze(BOB), 31)
