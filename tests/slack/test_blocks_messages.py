from dataclasses import replace
from pathlib import Path

import pytest

from app.domain import commands as c
from app.domain import events as e
from app.domain.evolve import fold
from app.domain.playbook import Roster
from app.slack.blocks import card, messages
from app.slack.text import Message, when, when_in
from app.slack.words import OWN_MESSAGES, Words
from app.store import Record
from tests.domain.given import DEFAULT, MULTI_SERVICE, START, Story, at
from tests.slack.accepted import assert_message, labels, shown
from tests.slack.examples import HEAD, MANAGER, ONCALL, ROSTER, SECOND, SUPPORT, WORDS, record, resolution, tell


def said(name: str, story: Story, kind: type[e.Event], *members: str) -> Message:
    """Return the message `name` about the last event of that kind."""
    message = messages.post(name, record(story), story.last(kind), members, WORDS)
    assert_message(message)
    return message


def test_a_page_says_what_why_and_which_step() -> None:
    story = tell(rules=MULTI_SERVICE).until(at(minutes=15))
    message = messages.page(record(story), story.last(e.Paged), WORDS)
    assert_message(message)
    assert message.text == (
        "SEV1 Payment API down: nobody has acknowledged it for 15 min. You are step 2 (Secondary on-call)."
    )
    assert "Nobody can pay" in shown(message)
    assert f"<#C0INCIDENT12> · declared {when(START)} by <@U0SUPPORT>" in shown(message)
    assert "Why me: multi-service, step 2, unacknowledged 15 min. Sent by Slack direct message alone" in shown(message)
    assert labels(message) == ["Acknowledge", "Escalate now", "I can't take it"]


def test_a_page_says_again_and_possibly_repeated() -> None:
    story = tell()
    message = messages.page(record(story), story.last(e.Paged), WORDS, again=True, repeated=True)
    assert message.text.startswith("(possibly repeated) SEV1 Payment API down: nobody has acknowledged it yet.")
    assert "You are paged again as step 3 (Incident manager)." in message.text


def test_a_stale_page_says_what_became_of_it() -> None:
    story = tell()
    [first, other] = story.all(e.Paged)
    story.do(c.Acknowledge(ONCALL), at(minutes=3))
    taken = messages.page(record(story), first, WORDS)
    assert f"acknowledged at {when(at(minutes=3))} by <@U0ONCALL>" in taken.text
    assert labels(taken) == ["Hand it back"]
    assert labels(messages.page(record(story), other, WORDS)) == []
    story.do(resolution(), at(minutes=30))
    over = messages.page(record(story), first, WORDS)
    assert over.text.endswith(f"resolved at {when(at(minutes=30))} by <@U0ONCALL>. Nothing is left to do.")


def test_a_page_that_stands_in_says_for_whom() -> None:
    story = tell(roster=roster("primary")).until(at(minutes=5))
    message = messages.page(record(story), story.last(e.Paged), WORDS)
    assert 'You stand in: nobody is bound to "Secondary on-call".' in message.text


def test_the_room_is_told_who_is_paged_and_why() -> None:
    story = tell()
    paged = [event for event in story.all(e.Paged) if event.label == "3"]
    message = messages.post("paged", record(story), paged[0], paged[0].members, WORDS)
    assert message.text == "<!subteam^S0MANAGE>: step 3 (Incident manager) pages you for SEV1 Payment API down."
    assert "By Slack direct message. Why: default, step 3, SEV1 declared" in shown(message)
    # The card and the page have the buttons, and are edited; here they would stay when somebody has it.
    assert labels(message) == []


def merged() -> Story:
    other = c.Other(3, "incident-3", "Checkout fails", "investigating", is_open=True, channel="C03")
    return tell().do(c.Merge(ONCALL, 3, other), at(minutes=5))


def test_a_page_of_what_was_merged_says_where_it_goes_on() -> None:
    story = merged()
    page = messages.page(record(story), story.all(e.Paged)[0], WORDS)
    assert_message(page)
    merging = f"merged into <#C03> at {when(at(minutes=5))} by <@U0ONCALL>. It goes on there."
    assert page.text == f"SEV1 Payment API down: {merging}"
    assert labels(page) == []


def test_the_topic_of_what_was_merged_says_where_it_goes_on() -> None:
    assert card.topic(record(merged())) == "SEV1 · Payment API down · Merged into incident-3"


@pytest.mark.parametrize(
    ("by", "told"),
    [
        (MANAGER, "<@U0MANAGER> gives command of SEV1 Payment API down to <@U0HEAD> in the place of <@U0SECOND>,"),
        (SECOND, "<@U0SECOND> hands command of SEV1 Payment API down over to <@U0HEAD>,"),
        (HEAD, "<@U0HEAD> takes command of SEV1 Payment API down from <@U0SECOND>."),
    ],
)
def test_whoever_does_not_lead_gives_command_and_hands_nothing_over(by: c.Actor, told: str) -> None:
    story = tell().do(c.HandOff(ONCALL, SECOND.id))
    first = said("handed_over", story, e.HandedOver).text
    assert first.startswith("<@U0ONCALL> gives command of SEV1 Payment API down to <@U0SECOND>, who is briefed")
    assert first.endswith("Nobody has acknowledged it yet.")
    story.do(c.Acknowledge(ONCALL)).do(c.HandOff(by, HEAD.id))
    second = said("handed_over", story, e.HandedOver).text
    assert second.startswith(told)
    assert "acknowledged" not in second


def test_a_missing_binding_says_who_stands_in_and_how_to_bind() -> None:
    story = tell(roster=roster("primary")).until(at(minutes=5))
    assert said("paged", story, e.Paged).text == (
        'Nobody is bound to "Secondary on-call", so step 2 pages <@U0ONCALL> again.'
        " Bind someone: `/incident responders`"
    )


def test_with_nobody_bound_at_all_the_responder_is_named_in_words() -> None:
    story = tell(roster={})
    assert said("paged", story, e.Paged).text.startswith(
        'Nobody is bound to "Incident manager", and nobody was paged before, so step 3 reaches nobody: call them'
    )
    assert "By Slack direct message" not in shown(said("paged", story, e.Paged))


def test_whoever_asked_for_a_step_is_named_and_not_pinged_by_it() -> None:
    story = tell().do(c.Acknowledge(SECOND)).do(c.Escalate(SECOND))
    message = said("paged", story, e.Paged)
    assert "asked for by <@U0SECOND>" in shown(message)
    assert message.text == (
        "Nobody else is paged for SEV1 Payment API down: step 2 (Secondary on-call) is whoever asked for it."
    )


def test_a_nudge_names_the_rule_and_the_last_update() -> None:
    story = tell().do(c.Acknowledge(ONCALL)).do(c.PostUpdate(ONCALL, happening="Looking"), at(minutes=2))
    story.until(at(minutes=17))
    message = said("nudge", story, e.Nudged, ONCALL.id)
    last = when(at(minutes=2))
    assert message.text == f"<@U0ONCALL> an update is due now. SEV1 asks for one every 15 min; the last was at {last}."
    assert labels(message) == ["Post update", "No change", "Snooze 15 min"]


def test_a_nudge_that_returns_says_why_others_are_asked() -> None:
    story = tell().do(c.Acknowledge(ONCALL)).until(at(minutes=30))
    text = shown(said("nudge", story, e.Nudged, ONCALL.id, HEAD.id))
    assert f"there was none yet since {when(START)}" in text
    assert f"Asked two times so far for the one that was due at {when(at(minutes=15))}" in text


def test_a_nudge_after_the_end_has_no_buttons() -> None:
    story = tell().do(c.Acknowledge(ONCALL)).until(at(minutes=16)).do(resolution())
    assert labels(said("nudge", story, e.Nudged, ONCALL.id)) == []


def test_after_downtime_one_message_tells_it_all() -> None:
    story = tell(rules=MULTI_SERVICE).until(at(minutes=5)).away_until(at(minutes=70))
    message = said("caught_up", story, e.CaughtUp, ONCALL.id)
    assert message.text == (
        f"I was away from {when(at(minutes=5))} to {when(at(minutes=70))}. Meanwhile:"
        f" step 2 fell due at {when(at(minutes=15))} (paged now),"
        f" the time to acknowledge ran out at {when(at(minutes=15))},"
        " four updates fell due (one asked for now)."
    )
    assert labels(message) == ["Post update", "No change", "Snooze 15 min"]
    assert "<@U0ONCALL> an update is due now. SEV1 asks for one every 15 min." in shown(message)


def test_a_page_that_was_to_be_repeated_is_told_as_such() -> None:
    story = tell(rules=MULTI_SERVICE).until(at(minutes=31)).away_until(at(minutes=50))
    assert f"the page of the last step was to be repeated at {when(at(minutes=45))} (repeated now)" in (
        said("caught_up", story, e.CaughtUp).text
    )


def test_without_a_missed_update_none_is_asked_for() -> None:
    story = tell().do(c.Acknowledge(ONCALL)).do(c.PostUpdate(ONCALL, happening="x", next_due_at=at(minutes=29)))
    event = e.CaughtUp(at(minutes=10), at(minutes=5), {"resolve.warning": at(minutes=7)})
    message = messages.post("caught_up", record(story), event, (), WORDS)
    assert message.text.endswith(f"Meanwhile: 80 % of a limit passed at {when(at(minutes=7))}.")
    assert labels(message) == []


def test_limits_are_told_with_their_rule() -> None:
    story = tell().until(at(minutes=6))
    warned = said("limit_warned", story, e.LimitWarned, ONCALL.id).text
    end = when_in(at(minutes=5), at(minutes=4))
    assert warned == (
        f"<@U0ONCALL> 80 % of the time to acknowledge SEV1 Payment API down has passed; it ends {end}."
        " SEV1 asks for it within 5 min. To take it: `/incident ack`"
    )
    broken = said("limit_broken", story, e.LimitBroken).text
    assert broken.startswith(
        "Nobody has acknowledged SEV1 Payment API down."
        f" SEV1 asks for it within 5 min; that passed at {when(at(minutes=5))}."
    )


def test_a_limit_in_business_time_is_told_as_such() -> None:
    story = tell("SEV4", rules=MULTI_SERVICE).until(at(hours=48))
    assert "SEV4 asks for it by the end of the next business day" in said("limit_broken", story, e.LimitBroken).text


def test_an_update_says_how_it_stands_and_when_the_next_is_due() -> None:
    story = tell().do(c.Acknowledge(ONCALL))
    story.do(c.PostUpdate(ONCALL, "identified", "Disk\nfull", "Freed *space*", "Bigger disk, 11:00", at(minutes=25)))
    message = said("update", story, e.UpdatePosted)
    assert message.text == "Update on SEV1 Payment API down by <@U0ONCALL>: Identified. Disk full"
    assert "*Done so far*\nFreed *space*" in shown(message)
    assert f"The next update is due {when_in(at(minutes=25), START)}." in shown(message)


def test_no_change_is_a_public_update() -> None:
    story = tell().do(c.Acknowledge(ONCALL)).do(c.PostUpdate(ONCALL, no_change=True))
    assert said("no_change", story, e.UpdatePosted).text == (
        "No change on SEV1 Payment API down, says <@U0ONCALL>: Investigating."
        f" The next update is due {when_in(at(minutes=15), START)}."
    )


def test_acknowledging_says_what_stops_and_what_goes_on() -> None:
    message = said("acknowledged", tell().do(c.Acknowledge(ONCALL)), e.Acknowledged)
    assert message.text.startswith("<@U0ONCALL> acknowledged SEV1 Payment API down.")
    assert f"Next: step 4 at {when(at(hours=1))} unless resolved." in shown(message)
    assert "Nobody leads it yet" in shown(message)


def test_declining_and_handing_back_differ() -> None:
    story = tell().do(c.Decline(ONCALL))
    assert said("declined", story, e.Declined).text == "<@U0ONCALL> cannot take SEV1 Payment API down."
    story.do(c.Acknowledge(SECOND)).do(c.Decline(SECOND))
    assert said("declined", story, e.HandedBack).text.startswith("<@U0SECOND> hands SEV1 Payment API down back:")


@pytest.mark.parametrize(("to", "word"), [("SEV2", "lowered"), ("SEV1", "raised")])
def test_another_severity_says_what_it_asks_for(to: str, word: str) -> None:
    story = tell("SEV1" if to == "SEV2" else "SEV2").do(c.ChangeSeverity(MANAGER, to))
    message = said("severity_changed", story, e.SeverityChanged)
    assert message.text.startswith(f"<@U0MANAGER> {word} Payment API down from")
    assert f"It asks for an update every {'30' if to == 'SEV2' else '15'} min." in shown(message)


def test_roles_are_told_to_whoever_plays_them() -> None:
    story = tell().do(c.AssignRole(MANAGER, "scribe", ONCALL.id))
    assert said("role_assigned", story, e.RoleAssigned).text == (
        "<@U0ONCALL>, you are Scribe of SEV1 Payment API down now, says <@U0MANAGER>."
    )
    story.do(c.AssignRole(ONCALL, "commander", ONCALL.id))
    assert said("role_assigned", story, e.RoleAssigned, ONCALL.id).text == (
        "<@U0ONCALL> is Incident commander of SEV1 Payment API down now."
    )


def test_the_resolution_tells_all_and_offers_the_postmortem() -> None:
    story = tell().do(resolution(), at(minutes=95))
    message = said("resolved", story, e.Resolved)
    assert message.text == ":white_check_mark: <@U0ONCALL> resolved SEV1 Payment API down after 1 h 47 min."
    assert "*Root cause*\nA full disk" in shown(message)
    assert "SEV1 asks for it within 3 d." in shown(message)
    assert labels(message) == ["Draft postmortem", "Reopen"]
    story.do(c.Reopen(MANAGER, "It is back"))
    assert labels(said("resolved", story, e.Resolved)) == []


def test_reopening_says_that_the_clocks_start_again() -> None:
    story = tell().do(resolution(), at(minutes=20)).do(c.Reopen(MANAGER, "It is back"), at(minutes=40))
    message = said("reopened", story, e.Reopened, MANAGER.id, ONCALL.id)
    assert message.text == "<@U0MANAGER> reopened SEV1 Payment API down: It is back"
    assert f"<@U0ONCALL> nobody has acknowledged it, and its clocks start again at {when(at(minutes=40))}." in shown(
        message
    )


def test_small_changes_are_one_sentence() -> None:
    story = tell().do(c.AddNote(SUPPORT, "Twitter is <full> of it")).do(c.ChangeTags(ONCALL, ("data-loss",)))
    story.do(c.ChangeStatus(ONCALL, "monitoring")).do(c.Cancel(MANAGER, "Only a test"))
    assert said("noted", story, e.Noted).text == "<@U0SUPPORT> noted: Twitter is &lt;full&gt; of it"
    assert said("tags_changed", story, e.TagsChanged).text == "<@U0ONCALL> added data-loss. Tags now: data-loss."
    assert said("status_changed", story, e.StatusChanged).text == (
        "<@U0ONCALL> set SEV1 Payment API down to Monitoring; it was Investigating."
    )
    assert said("cancelled", story, e.Cancelled).text == (
        "<@U0MANAGER> cancelled SEV1 Payment API down as a false alarm: Only a test"
    )


def test_failed_steps_are_told_with_a_way_to_retry() -> None:
    story = tell().do(c.RecordInviteIncomplete("k1", 7, {ONCALL.id: "deactivated", SECOND.id: "guest"}))
    message = said("invite_incomplete", story, e.InviteIncomplete)
    assert message.text == (
        "I could not invite 2 of 7 to <#C0INCIDENT12>: <@U0ONCALL> (deactivated), <@U0SECOND> (guest)."
        " Everyone else is in."
    )
    assert message.blocks[-1]["elements"][0]["value"] == "3:k1"
    story.do(c.RecordFailure("k2", "post a message", "the channel is archived"))
    told = messages.tell("delivery_failed", record(story), story.last(e.DeliveryFailed), WORDS)
    assert told.text.startswith("SEV1 Payment API down: I could not post a message: the channel is archived.")
    assert labels(told) == ["Retry"]


def test_the_way_to_the_channel_is_told() -> None:
    story = tell("SEV4", rules=MULTI_SERVICE).do(c.ChangeSeverity(MANAGER, "SEV1"))
    opened = e.ChannelOpened(story.now, "C0INCIDENT12", "incident-12")
    then = Record(3, "T1", 1, fold([opened], story.incident), story.rules)
    moved = messages.post("moved", then, opened, (), WORDS)
    assert moved.text == "SEV1 Payment API down has a channel of its own now: <#C0INCIDENT12>. Follow it there."
    refused = e.ChannelRefused(story.now, "the name is taken")
    here = messages.post("channel_refused", record(story, channel=None), refused, (), WORDS)
    assert here.text.endswith("the name is taken. It goes on in this thread.")


def test_the_postmortem_is_asked_for_by_its_rule() -> None:
    story = tell().do(resolution(), at(minutes=60)).until(at(hours=49, minutes=1))
    message = said("postmortem_reminder", story, e.PostmortemReminded, ONCALL.id)
    assert message.text.startswith("<@U0ONCALL> the postmortem of SEV1 Payment API down is due in 1 d, <!date^")
    assert message.text.endswith("SEV1 asks for it within 3 d of the resolution.")
    assert labels(message) == ["Draft postmortem", "Mark as done"]
    story.do(c.CompletePostmortem(ONCALL))
    assert labels(said("postmortem_reminder", story, e.PostmortemReminded)) == []
    assert said("postmortem_done", story, e.PostmortemCompleted).text.startswith("<@U0ONCALL> marked the postmortem of")


def test_the_text_for_customers_can_be_copied_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "customer.j2").write_text("{{ event.happening }} & next at {{ next_update_at | time }}, {{ name }}")
    story = tell().do(c.PostUpdate(ONCALL, happening="<5 % fail"))
    text = messages.for_customers(record(story), story.last(e.UpdatePosted), Words([tmp_path, OWN_MESSAGES]))
    assert text == "<5 % fail & next at 10:15 UTC, incident-12"


def test_customers_are_promised_nothing_that_is_past(tmp_path: Path) -> None:
    (tmp_path / "customer.j2").write_text("{{ next_update_at | time if next_update_at else 'soon' }}")
    asked = [e.UpdatePosted(at(minutes=minute), "U1", "investigating", "investigating") for minute in (14, 16)]
    told = [messages.for_customers(record(tell()), one, Words([tmp_path, OWN_MESSAGES])) for one in asked]
    assert told == ["10:15 UTC", "soon"]


def test_a_broken_template_still_says_what_happened_and_what_was_written(tmp_path: Path) -> None:
    (tmp_path / "update.j2").write_text("{{ evnt.happening }}")
    story = tell().do(c.PostUpdate(ONCALL, happening="Disk <full>"))
    message = messages.post("update", record(story), story.last(e.UpdatePosted), (), Words([tmp_path, OWN_MESSAGES]))
    assert_message(message)
    assert message.text == "SEV1 Payment API down: update posted."
    assert "happening: Disk &lt;full&gt;" in shown(message)
    assert "(template update.j2 failed: UndefinedError: 'evnt' is undefined)" in shown(message)


def test_a_page_goes_out_although_its_template_does_not_come_to_an_end(tmp_path: Path) -> None:
    (tmp_path / "page.j2").write_text("{% for a in range(999) %}{% for b in range(999) %}{% endfor %}{% endfor %}")
    story = tell()
    message = messages.page(record(story), story.last(e.Paged), Words([tmp_path, OWN_MESSAGES]))
    assert_message(message)
    assert "SEV1 Payment API down: paged." in shown(message)
    assert "(template page.j2 failed: TooMuch: it takes more than 20,000 steps)" in shown(message)
    assert labels(message) == labels(messages.page(record(story), story.last(e.Paged), WORDS))


def roster(*responders: str) -> Roster:
    """Return the roster in which those alone are bound."""
    return {one: ROSTER[one] for one in responders}


def test_that_nothing_falls_due_by_itself_can_be_said_of_an_incident_that_cannot_be_decided() -> None:
    broken = record(tell())
    unknown = replace(broken, incident=replace(broken.incident, severity="SEV9"))
    said = messages.post("stuck", unknown, e.Stuck(at(minutes=5)), (), WORDS)
    assert_message(said)
    assert "SEV9" in shown(said)
    assert "call people yourselves" in shown(said)


def test_a_step_of_an_outage_is_not_called_paged_before_its_page_went_out() -> None:
    story = tell()
    steps = {f"step:{story.rules.steps[1].key}": at(minutes=15)}
    caught_up = e.CaughtUp(at(minutes=26), at(minutes=5), steps, cut_off=True)
    words = shown(messages.post("caught_up", record(story), caught_up, (), WORDS))
    assert "I could not post here from" in words
    assert f"step {story.rules.steps[1].label} fell due" in words
    assert "paged" not in words.partition("Next:")[0]


def test_whoever_was_paged_while_nothing_could_be_posted_is_told_with_it() -> None:
    story = tell()
    step = story.rules.steps[1].key
    story.do(c.RecordRing(step, "tocsin-1", ("primary",), paged_at=at(minutes=15)), at(minutes=15))
    caught_up = e.CaughtUp(at(minutes=26), at(minutes=5), {f"step:{step}": at(minutes=15)}, cut_off=True)
    words = shown(messages.post("caught_up", record(story), caught_up, (), WORDS))
    assert f"fell due at {when(at(minutes=15))} (paged by PagerDuty at {when(at(minutes=15))})." in words


def test_a_published_postmortem_says_what_only_people_can_fill_in() -> None:
    story = tell()
    whole = e.DocumentPublished(at(minutes=40), "https://wiki.example.com/7")
    parts = replace(whole, blanks=("a summary", "the *impact*", "what, and why", "x", "y"))
    assert messages.post("document_published", record(story), whole, (), WORDS).text.endswith("|open it>.")
    message = messages.post("document_published", record(story), parts, (), WORDS)
    assert message.text.endswith("Still to be filled in there: a summary; the *impact*; what, and why; and two more.")


def test_of_what_is_over_customers_read_no_impact() -> None:
    told = e.CustomersTold(at(minutes=40), "U1", "All works", "It works again.", "resolved", "critical", ("Payments",))
    message = messages.post("customers_told", record(tell()), told, (), WORDS)
    assert 'told customers "All works" (resolved for Payments).' in shown(message)


def test_rows_of_one_step_that_fell_due_together_are_one_step_in_what_was_missed() -> None:
    rules = replace(DEFAULT, steps=tuple(replace(step, label="1") for step in DEFAULT.steps))
    both = {f"step:{step.key}": at(minutes=1) for step in rules.steps[:2]}
    caught_up = e.CaughtUp(at(minutes=26), at(), both, cut_off=True)
    assert shown(messages.post("caught_up", record(tell(rules=rules)), caught_up, (), WORDS)).count("fell due") == 1
