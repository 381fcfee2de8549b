"""Who is on call, until when, and who comes next."""

from datetime import UTC, date, datetime, timedelta

from app.domain.on_call import Calendar, Fixed, OnCall, Override, Rotation, Shift
from app.domain.playbook import Bound, Responder, Roster
from app.domain.roster import Known
from app.domain.watch import Source, Watch, watches

NOW = datetime(2026, 3, 4, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
MONDAY = datetime(2026, 3, 9, 9, tzinfo=UTC)
PRIMARY = Responder("primary", "Primary on-call")
WEEKLY = Rotation(("U1", "U2", "U3"), timedelta(days=7), date(2026, 3, 2))


def watch(plan: OnCall | None = None, bindings: Roster | None = None, known: Known | None = None) -> Watch:
    plans = {"primary": plan} if plan else {}
    return next(watches([PRIMARY], bindings or {}, plans, known or Known(), NOW))


def test_of_a_rotation_the_next_takes_over_at_the_handover() -> None:
    assert watch(WEEKLY) == Watch(PRIMARY, Source.ROTATION, ("U1",), MONDAY, ("U2",))


def test_whoever_turns_alone_is_relieved_by_an_override_alone() -> None:
    alone = Rotation(("U1",), timedelta(days=7), date(2026, 3, 2))
    assert watch(alone) == Watch(PRIMARY, Source.ROTATION, ("U1",))
    relieved = Override("U9", MONDAY + 200 * HOUR, MONDAY + 300 * HOUR)
    covered = Rotation(("U1",), timedelta(days=7), date(2026, 3, 2), overrides=(relieved,))
    assert watch(covered) == Watch(PRIMARY, Source.ROTATION, ("U1",), relieved.starts, ("U9",))


def test_of_a_calendar_the_next_change_counts_and_not_where_one_shift_follows_another_of_the_same() -> None:
    shifts = (
        Shift("U1", NOW - HOUR, NOW + HOUR),
        Shift("U1", NOW + HOUR, NOW + 2 * HOUR),
        Shift("U2", NOW + 2 * HOUR, MONDAY),
    )
    known = Known(shifts={"primary": shifts})
    calendar = Calendar(file="a.ics")
    assert watch(calendar, known=known) == Watch(PRIMARY, Source.CALENDAR, ("U1",), NOW + 2 * HOUR, ("U2",))
    assert watch(calendar) == Watch(PRIMARY, Source.CALENDAR)


def test_a_calendar_in_which_nobody_follows_says_until_when() -> None:
    known = Known(shifts={"primary": (Shift("U1", NOW - HOUR, NOW + HOUR),)})
    assert watch(Calendar(file="a.ics"), known=known) == Watch(PRIMARY, Source.CALENDAR, ("U1",), NOW + HOUR)


def test_a_binding_a_group_and_nobody_have_no_end() -> None:
    assert watch(WEEKLY, {"primary": Bound(("S1",), ("U5",))}) == Watch(PRIMARY, Source.SLACK, ("S1",))
    assert watch(Fixed(("U1",))) == Watch(PRIMARY, Source.FIXED, ("U1",))
    assert watch() == Watch(PRIMARY, Source.NOWHERE)


def test_whom_no_page_reaches_is_named_beside_whoever_stands_in() -> None:
    found = watch(WEEKLY, known=Known(absent={"U1": "deactivated"}))
    assert (found.targets, found.skipped) == (("U2",), ("U1",))


def test_whoever_stands_in_and_comes_next_stays() -> None:
    both = Rotation(("U1", "U2"), timedelta(days=7), date(2026, 3, 2))
    assert watch(both, known=Known(absent={"U1": "deactivated"})).until is None


def test_whom_no_page_reaches_does_not_come_next_either() -> None:
    assert watch(WEEKLY, known=Known(absent={"U2": "deactivated"})).then == ("U3",)
