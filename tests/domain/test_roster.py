"""Who plays a responder: bindings before the playbook, and whom no page reaches before nobody."""

from datetime import UTC, date, datetime, timedelta

from app.domain.on_call import Calendar, Fixed, Rotation, Shift
from app.domain.playbook import Bound
from app.domain.roster import Known, roster

NOW = datetime(2026, 3, 4, 10, tzinfo=UTC)
WEEKLY = Rotation(("U1", "U2", "U3"), timedelta(days=7), date(2026, 3, 2))
GONE = {"U1": "this member is deactivated"}


def test_a_binding_made_in_slack_wins_over_the_playbook() -> None:
    bound = Bound(("U9",), ("U9",))
    assert roster({"primary": bound}, {"primary": WEEKLY}, Known(), NOW) == {"primary": bound}


def test_a_fixed_group_is_paged_through_the_members_that_were_fetched() -> None:
    known = Known(groups={"S1": ("U1", "U2")})
    found = roster({}, {"primary": Fixed(("U2", "S1", "S2"))}, known, NOW)
    assert found["primary"] == Bound(("U2", "S1", "S2"), ("U2", "U1"))


def test_of_a_rotation_one_member_is_called_and_the_others_come_after() -> None:
    assert roster({}, {"primary": WEEKLY}, Known(), NOW)["primary"] == Bound(("U1",), ("U1",), ("U2", "U3"))


def test_of_a_calendar_those_are_called_whose_shift_it_is() -> None:
    hour = timedelta(hours=1)
    shifts = (Shift("U1", NOW - hour, NOW + hour), Shift("U2", NOW + hour, NOW + 2 * hour))
    known = Known(shifts={"primary": shifts})
    assert roster({}, {"primary": Calendar(file="oncall.ics")}, known, NOW)["primary"] == Bound(
        ("U1",), ("U1",), ("U2",)
    )
    assert roster({}, {"primary": Calendar(file="oncall.ics")}, Known(), NOW)["primary"].members == ()


def test_whom_no_page_reaches_is_skipped_to_the_next_in_the_rotation() -> None:
    found = roster({}, {"primary": WEEKLY}, Known(absent=GONE), NOW)["primary"]
    assert found == Bound(("U2",), ("U2",), ("U3",), skipped=("U1",))


def test_of_several_members_those_are_called_whom_a_page_reaches() -> None:
    found = roster({"primary": Bound(("S1", "U1"), ("U1", "U2"))}, {}, Known(absent=GONE), NOW)["primary"]
    assert found == Bound(("S1",), ("U2",), skipped=("U1",))


def test_where_nobody_else_is_left_the_page_is_tried_all_the_same() -> None:
    bound = Bound(("U1",), ("U1",))
    assert roster({"primary": bound}, {}, Known(absent=GONE), NOW)["primary"] == bound
