from datetime import UTC, datetime

import pytest

from app.domain import commands as c
from app.domain import events as e
from app.domain.decide import decide
from app.domain.playbook import Rules
from tests.domain.given import (
    ANN,
    BOB,
    DEFAULT,
    MULTI_SERVICE,
    NOBODY,
    PRIMARY,
    ROSTER,
    SECONDARY,
    acknowledge,
    at,
    declared,
    play,
    resolve,
    update,
)

SATURDAY_NIGHT = datetime(2026, 3, 7, 23, tzinfo=UTC)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_tick_before_anything_is_due_does_nothing() -> None:
    assert decide(declared(), c.Tick(), DEFAULT, ROSTER, at(minutes=3, seconds=59)) == []


def test_a_second_tick_at_the_same_time_does_nothing() -> None:
    story = play(DEFAULT, "SEV1").until(at(hours=1))
    assert decide(story.incident, c.Tick(), DEFAULT, ROSTER, at(hours=1)) == []


# --- limits ---


@pytest.mark.parametrize(
    ("rules", "severity", "limits"),
    [
        (DEFAULT, "SEV1", [(4, "acknowledge"), (5, "acknowledge"), (48, "resolve"), (60, "resolve")]),
        (DEFAULT, "SEV2", [(12, "acknowledge"), (15, "acknowledge"), (192, "resolve"), (240, "resolve")]),
        (DEFAULT, "SEV3", [(48, "acknowledge"), (60, "acknowledge"), (1152, "resolve"), (1440, "resolve")]),
        (MULTI_SERVICE, "SEV1", [(12, "acknowledge"), (15, "acknowledge"), (96, "resolve"), (120, "resolve")]),
        (MULTI_SERVICE, "SEV2", [(24, "acknowledge"), (30, "acknowledge")]),
        (MULTI_SERVICE, "SEV3", [(96, "acknowledge"), (120, "acknowledge")]),
    ],
)
def test_limits_warn_at_80_percent_and_break_once(rules: Rules, severity: str, limits: list[tuple[float, str]]) -> None:
    found = play(rules, severity).until(at(days=2)).limits
    assert [(minute, limit) for minute, limit, _ in found] == limits
    assert [what for _, _, what in found] == ["warned", "broken"] * (len(limits) // 2)


def test_acknowledging_keeps_the_acknowledgement_limit() -> None:
    story = play(MULTI_SERVICE, "SEV1").do(acknowledge(), at(minutes=11)).until(at(hours=3))
    assert story.limits == [(96, "resolve", "warned"), (120, "resolve", "broken")]


def test_resolving_keeps_the_limit() -> None:
    assert play(MULTI_SERVICE, "SEV1").do(resolve(), at(minutes=11)).until(at(days=9)).limits == []


@pytest.mark.parametrize(
    ("declared_at", "warned", "broken"),
    [
        ("2026-03-04 10:00", "2026-03-05 14:00", "2026-03-05 17:00"),  # 80 % of 15 business hours
        ("2026-03-07 23:00", "2026-03-09 15:24", "2026-03-09 17:00"),  # of 8
        ("2026-03-09 08:00", "2026-03-10 13:48", "2026-03-10 17:00"),  # of 16
        ("2026-03-06 16:30", "2026-03-09 15:18", "2026-03-09 17:00"),  # of 8 and a half
    ],
)
@pytest.mark.parametrize("rules", [DEFAULT, MULTI_SERVICE])
def test_sev4_is_to_be_acknowledged_by_the_end_of_the_next_business_day(
    rules: Rules, declared_at: str, warned: str, broken: str
) -> None:
    story = play(rules, "SEV4", now=utc(declared_at)).until(utc("2026-03-20 00:00"))
    assert [(type(one), one.at) for one in story.events[1:]] == [
        (e.LimitWarned, utc(warned)),
        (e.LimitBroken, utc(broken)),
    ]


def test_a_warning_says_when_the_limit_breaks() -> None:
    warned = play(DEFAULT, "SEV2").until(at(minutes=12)).last(e.LimitWarned)
    assert warned == e.LimitWarned(at(minutes=12), "acknowledge", at(minutes=12), at(minutes=15))


def test_a_limit_whose_due_time_moves_is_armed_anew() -> None:
    story = play(DEFAULT, "SEV2").do(acknowledge(), at(minutes=20)).do(c.Decline(PRIMARY), at(minutes=30))
    assert story.until(at(minutes=50)).limits == [
        (12, "acknowledge", "warned"),
        (15, "acknowledge", "broken"),
        (42, "acknowledge", "warned"),
        (45, "acknowledge", "broken"),
    ]


def test_raising_the_severity_starts_its_limits_there() -> None:
    story = play(DEFAULT, "SEV3").do(c.ChangeSeverity(ANN, "SEV2"), at(minutes=30)).until(at(minutes=60))
    assert story.limits == [(42, "acknowledge", "warned"), (45, "acknowledge", "broken")]


def test_reopening_starts_the_limits_anew() -> None:
    story = play(MULTI_SERVICE, "SEV1").do(resolve(), at(minutes=100)).do(c.Reopen(PRIMARY), at(minutes=200))
    assert story.until(at(minutes=320)).limits == [
        (12, "acknowledge", "warned"),
        (15, "acknowledge", "broken"),
        (96, "resolve", "warned"),
        (212, "acknowledge", "warned"),
        (215, "acknowledge", "broken"),
        (296, "resolve", "warned"),
        (320, "resolve", "broken"),
    ]


# --- nudges ---


@pytest.mark.parametrize(
    ("rules", "severity", "nudges"),
    [
        (DEFAULT, "SEV1", [15, 30, 45, 60]),
        (DEFAULT, "SEV2", [30, 60]),
        (MULTI_SERVICE, "SEV1", [15, 30, 45, 60]),
        (MULTI_SERVICE, "SEV2", [30, 60]),
        (MULTI_SERVICE, "SEV4", []),
    ],
)
def test_unanswered_nudges_repeat_by_the_rhythm(rules: Rules, severity: str, nudges: list[float]) -> None:
    story = play(rules, severity).until(at(minutes=60))
    assert story.nudges == nudges
    assert [one.count for one in story.all(e.Nudged)] == list(range(1, len(nudges) + 1))


def test_a_nudge_asks_the_commander() -> None:
    story = play(DEFAULT, "SEV2").do(acknowledge(), at(minutes=1))
    story.do(c.AssignRole(ANN, "commander", BOB.id), at(minutes=2)).until(at(minutes=30))
    assert story.last(e.Nudged).members == (BOB.id,)


def test_without_a_commander_it_asks_whoever_acknowledged() -> None:
    story = play(DEFAULT, "SEV2").do(acknowledge(SECONDARY), at(minutes=1)).until(at(minutes=30))
    assert story.last(e.Nudged).members == (SECONDARY.id,)


def test_unacknowledged_it_asks_whom_the_escalation_has_reached() -> None:
    assert play(DEFAULT, "SEV2").until(at(minutes=30)).last(e.Nudged).members == (SECONDARY.id,)


def test_with_nobody_bound_it_asks_the_declarer() -> None:
    assert play(DEFAULT, "SEV2", roster=NOBODY).until(at(minutes=30)).last(e.Nudged).members == (ANN.id,)


def test_from_the_second_nudge_on_whom_the_escalation_has_reached_is_mentioned_too() -> None:
    story = play(DEFAULT, "SEV2").do(c.Escalate(ANN), at(minutes=1)).do(acknowledge(BOB), at(minutes=2))
    first, second = story.until(at(minutes=60)).all(e.Nudged)
    assert first.members == (BOB.id,)
    assert second.members[0] == BOB.id
    assert len(second.members) > 1


def test_a_nudge_says_when_the_update_was_due() -> None:
    story = play(DEFAULT, "SEV2").until(at(minutes=60))
    assert [one.due_at for one in story.all(e.Nudged)] == [at(minutes=30), at(minutes=30)]


def test_an_update_starts_the_rhythm_anew() -> None:
    story = play(DEFAULT, "SEV2").do(acknowledge(), at(minutes=1)).do(update(), at(minutes=20))
    assert story.until(at(minutes=60)).nudges == [50]


def test_a_no_change_update_resets_the_nudge() -> None:
    story = play(DEFAULT, "SEV2").do(acknowledge(), at(minutes=1)).until(at(minutes=60))
    story.do(c.PostUpdate(PRIMARY, no_change=True), at(minutes=61))
    assert story.incident.nudges == 0
    story.until(at(minutes=95))
    assert story.nudges == [30, 60, 91]
    assert story.last(e.Nudged).count == 1


def test_a_promised_update_is_asked_for_when_it_was_promised() -> None:
    story = play(DEFAULT, "SEV2").do(update(due=at(minutes=55)), at(minutes=10)).until(at(minutes=90))
    assert story.nudges == [55, 85]


def test_a_promise_holds_where_the_severity_asks_for_no_updates() -> None:
    story = play(DEFAULT, "SEV4").do(update(due=at(minutes=55)), at(minutes=10)).until(at(minutes=300))
    assert story.nudges == [55]


# --- snoozing ---


def test_snoozing_puts_the_nudge_off_by_a_quarter_of_an_hour() -> None:
    story = play(DEFAULT, "SEV2").do(c.Snooze(PRIMARY), at(minutes=33))
    assert story.last(e.Snoozed).until == at(minutes=48)
    assert story.until(at(minutes=80)).nudges == [30, 48, 78]


def test_snoozing_never_goes_past_the_next_update() -> None:
    story = play(DEFAULT, "SEV1").do(c.Snooze(PRIMARY), at(minutes=20))
    assert story.last(e.Snoozed).until == at(minutes=30)
    assert story.until(at(minutes=30)).nudges == [15, 30]


def test_an_update_drops_the_snooze() -> None:
    story = play(DEFAULT, "SEV2").do(c.Snooze(PRIMARY), at(minutes=33)).do(update(), at(minutes=35))
    assert story.until(at(minutes=65)).nudges == [30, 65]


def test_the_next_due_time_may_be_snoozed_again() -> None:
    story = play(DEFAULT, "SEV2").do(c.Snooze(PRIMARY), at(minutes=33)).do(update(), at(minutes=35))
    assert story.do(c.Snooze(PRIMARY), at(minutes=66)).last(e.Snoozed).due_at == at(minutes=65)


# --- severities that change ---


def test_raising_the_severity_shortens_the_rhythm() -> None:
    story = play(DEFAULT, "SEV3").do(acknowledge(), at(minutes=1)).do(c.ChangeSeverity(ANN, "SEV1"), at(minutes=10))
    assert story.until(at(minutes=40)).nudges == [25, 40]


def test_raising_takes_the_new_rhythm_before_a_later_promise() -> None:
    story = play(DEFAULT, "SEV2").do(update(due=at(minutes=70)), at(minutes=10))
    assert story.do(c.ChangeSeverity(ANN, "SEV1"), at(minutes=20)).until(at(minutes=35)).nudges == [35]


def test_raising_keeps_an_earlier_promise() -> None:
    story = play(DEFAULT, "SEV2").do(update(due=at(minutes=25)), at(minutes=10))
    assert story.do(c.ChangeSeverity(ANN, "SEV1"), at(minutes=20)).until(at(minutes=30)).nudges == [25]


def test_lowering_keeps_the_promise() -> None:
    story = play(DEFAULT, "SEV1").do(acknowledge(), at(minutes=1)).do(update(due=at(minutes=35)), at(minutes=10))
    assert story.do(c.ChangeSeverity(PRIMARY, "SEV3"), at(minutes=20)).until(at(minutes=60)).nudges == [35]


def test_raising_while_an_update_is_overdue_blames_no_downtime() -> None:
    story = play(DEFAULT, "SEV2").do(acknowledge(), at(minutes=1))
    story.do(c.ChangeSeverity(ANN, "SEV1"), at(minutes=50)).until(at(minutes=52))
    assert story.nudges[0] == 30
    assert story.all(e.CaughtUp) == []


def test_raising_it_back_blames_no_downtime() -> None:
    story = play(MULTI_SERVICE, "SEV1").do(acknowledge(), at(minutes=1))
    story.do(c.ChangeSeverity(PRIMARY, "SEV3"), at(minutes=5)).do(c.ChangeSeverity(ANN, "SEV1"), at(hours=3))
    story.until(at(hours=3, minutes=2))
    assert story.all(e.CaughtUp) == []
    assert story.limits == [(180, "resolve", "warned"), (180, "resolve", "broken")]


def test_lowering_makes_no_limit_break_twice() -> None:
    story = play(DEFAULT, "SEV1").until(at(minutes=20)).do(c.ChangeSeverity(PRIMARY, "SEV4"), at(minutes=21))
    assert story.until(at(days=3)).limits[2:] == [(1684.2, "acknowledge", "warned"), (1860, "acknowledge", "broken")]


# --- after downtime ---


def test_a_tick_a_minute_late_is_an_ordinary_one() -> None:
    story = play(DEFAULT, "SEV2").until(at(minutes=14)).away_until(at(minutes=16))
    assert story.all(e.CaughtUp) == []
    assert not story.last(e.Paged).late


def test_a_tick_later_than_that_catches_up() -> None:
    story = play(DEFAULT, "SEV2").until(at(minutes=14)).away_until(at(minutes=16, seconds=1))
    assert story.last(e.CaughtUp).away_since == at(minutes=14)
    assert story.last(e.Paged).late


def test_without_knowing_since_when_it_was_away_the_first_missed_time_is_told() -> None:
    events = decide(declared("SEV2"), c.Tick(), DEFAULT, ROSTER, at(minutes=50))
    assert isinstance(events[0], e.CaughtUp)
    assert events[0].away_since == at(minutes=12)


def test_a_long_outage_of_the_bot_fires_each_overdue_timer_once() -> None:
    story = play(MULTI_SERVICE, "SEV1").away_until(at(minutes=250))
    happened = story.events[3:]
    assert [type(one) for one in happened] == [
        e.CaughtUp,
        e.Paged,
        e.LimitWarned,
        e.LimitBroken,
        e.LimitWarned,
        e.LimitBroken,
        e.Nudged,
    ]
    assert story.last(e.Paged).label == "2"
    assert all(one.late for one in happened if isinstance(one, e.Paged | e.LimitWarned | e.LimitBroken | e.Nudged))


def test_the_return_tells_what_was_missed() -> None:
    story = play(MULTI_SERVICE, "SEV1").away_until(at(minutes=250))
    caught_up = story.last(e.CaughtUp)
    assert {name: (moment - at()).total_seconds() / 60 for name, moment in caught_up.missed.items()} == {
        "step:2:secondary": 15,
        "step:4:vp": 120,
        "step:5:cto": 240,
        "update": 15,
        "acknowledge.warning": 12,
        "acknowledge.limit": 15,
        "resolve.warning": 96,
        "resolve.limit": 120,
    }
    assert caught_up.updates == 16  # 15, 30, … 240


def test_each_further_step_follows_five_minutes_after_the_page_before_it() -> None:
    story = play(MULTI_SERVICE, "SEV1").away_until(at(minutes=250)).until(at(minutes=280))
    assert story.pages[2:] == [(250, "2"), (255, "4"), (260, "5"), (275, "5")]
    assert len(story.all(e.CaughtUp)) == 1
    assert [one.late for one in story.all(e.Paged)[2:]] == [True, False, False, False]


def test_a_page_asked_for_meanwhile_puts_the_next_step_off() -> None:
    story = play(MULTI_SERVICE, "SEV1").away_until(at(minutes=250)).do(c.Escalate(ANN), at(minutes=252))
    assert story.until(at(minutes=260)).pages[2:] == [(250, "2"), (252, "4"), (257, "5")]


def test_acknowledging_after_the_return_stops_the_unacknowledged_steps() -> None:
    story = play(DEFAULT, "SEV2").away_until(at(minutes=50)).do(acknowledge(), at(minutes=52))
    assert story.until(at(hours=3)).pages == [(0, "1"), (50, "2"), (60, "3")]


def test_a_step_that_falls_due_after_the_return_fires_on_time() -> None:
    story = play(MULTI_SERVICE, "SEV1").away_until(at(minutes=118)).until(at(minutes=121))
    assert story.pages[2:] == [(118, "2"), (120, "4")]


def test_a_page_that_was_only_to_be_repeated_is_repeated_once() -> None:
    story = play(DEFAULT, "SEV3").until(at(minutes=60)).away_until(at(minutes=500))
    assert story.pages == [(0, "1"), (60, "2"), (500, "2")]
    assert story.until(at(minutes=560)).pages[-1] == (560, "2")


def test_rows_due_at_the_start_of_business_hours_fire_on_the_return() -> None:
    back = datetime(2026, 3, 9, 13, tzinfo=UTC)
    story = play(MULTI_SERVICE, "SEV3", now=SATURDAY_NIGHT).away_until(back)
    assert [(one.at, one.label) for one in story.all(e.Paged)] == [(back, "1")]


def test_after_the_return_nudges_go_on_by_the_rhythm() -> None:
    story = play(MULTI_SERVICE, "SEV2").away_until(at(minutes=250)).until(at(minutes=310))
    assert story.nudges == [250, 280, 310]


def test_a_second_outage_is_caught_up_like_the_first() -> None:
    story = play(MULTI_SERVICE, "SEV1").away_until(at(minutes=250)).away_until(at(minutes=300)).until(at(minutes=306))
    assert story.pages[2:] == [(250, "2"), (300, "4"), (305, "5")]
    assert len(story.all(e.CaughtUp)) == 2


def test_a_person_who_acts_before_the_first_tick_after_an_outage_sets_off_no_storm() -> None:
    story = play(MULTI_SERVICE, "SEV1")
    story.now = at(minutes=250)
    story.do(c.ChangeTags(ANN, add=("data-loss",)))
    assert story.pages == [(0, "1"), (0, "3")]
    story.do(c.Tick()).until(at(minutes=260))
    assert story.pages[2:] == [(250, "2"), (255, "4"), (260, "5")]


def test_a_resolved_incident_has_nothing_to_catch_up() -> None:
    story = play(DEFAULT, "SEV3").do(resolve(), at(minutes=5)).away_until(at(days=9))
    assert story.all(e.CaughtUp) == []


# --- the postmortem ---


def test_the_postmortem_is_asked_for_before_and_at_its_due_time() -> None:
    story = play(DEFAULT, "SEV1").do(resolve(), at(minutes=40)).until(at(days=9))
    before, due_now = story.all(e.PostmortemReminded)
    assert at(minutes=40) < before.at < at(days=3, minutes=40)
    assert due_now.at == at(days=3, minutes=40)
    assert {before.postmortem_due_at, due_now.postmortem_due_at} == {at(days=3, minutes=40)}


@pytest.mark.parametrize(("rules", "severity"), [(DEFAULT, "SEV3"), (DEFAULT, "SEV4"), (MULTI_SERVICE, "SEV3")])
def test_a_severity_without_a_postmortem_is_not_reminded(rules: Rules, severity: str) -> None:
    assert play(rules, severity).do(resolve(), at(minutes=4)).until(at(days=9)).all(e.PostmortemReminded) == []


def test_a_false_alarm_needs_no_postmortem() -> None:
    assert play(DEFAULT).do(c.Cancel(PRIMARY), at(minutes=4)).until(at(days=9)).all(e.PostmortemReminded) == []


def test_a_postmortem_that_is_done_is_not_asked_for() -> None:
    story = play(DEFAULT).do(resolve(), at(minutes=4)).do(c.CompletePostmortem(ANN), at(days=1))
    assert story.until(at(days=9)).all(e.PostmortemReminded) == []


def test_after_downtime_one_reminder_speaks_for_both() -> None:
    story = play(DEFAULT).do(resolve(), at(minutes=4)).away_until(at(days=9))
    assert [one.late for one in story.all(e.PostmortemReminded)] == [True, False]


def test_reopening_stops_the_reminders_and_resolving_starts_them_anew() -> None:
    story = play(DEFAULT).do(resolve(), at(minutes=4)).do(c.Reopen(PRIMARY), at(days=1))
    story.do(resolve(), at(days=1, minutes=3)).until(at(days=9))
    assert [one.postmortem_due_at for one in story.all(e.PostmortemReminded)] == [at(days=4, minutes=3)] * 2


def test_raising_keeps_the_due_time_that_people_were_told() -> None:
    story = play(DEFAULT, "SEV2").do(c.ChangeSeverity(ANN, "SEV1"), at(minutes=20)).until(at(minutes=31))
    assert story.nudges == [30]
