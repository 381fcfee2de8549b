"""`tocsin doctor` on who is on call: bindings, calendars and members whom no page reaches."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from app.cli.doctor.findings import Finding
from app.cli.doctor.on_call import examine
from app.domain.effects import Way
from app.domain.on_call import Calendar, Fixed, OnCall, Rotation, Schedule, Shift
from app.health import State
from app.store import Store
from tests import shipped

WORKSPACE = "T1"
NOW = datetime(2026, 3, 4, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
EVERYBODY: Mapping[str, OnCall] = {
    "primary": Calendar(file="oncall.ics"),
    "secondary": Rotation(("U1", "U2"), timedelta(days=7), date(2026, 3, 2)),
    "incident-manager": Fixed(("U3",)),
    "head-of-engineering": Fixed(("U4",)),
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store.open(f"sqlite:///{tmp_path / 'tocsin.db'}")) as opened:
        yield opened


def found(store: Store, on_call: Mapping[str, OnCall] = EVERYBODY) -> list[Finding]:
    playbook = replace(shipped.playbook(), on_call=on_call)
    return store.call(partial(examine, workspace=WORKSPACE, playbook=playbook, now=NOW))


def read(store: Store, unknown: str = "") -> None:
    shifts = [Shift("U9", NOW - HOUR, NOW + HOUR)]
    store.call(lambda tx: tx.keep_shifts(WORKSPACE, "primary", shifts, NOW - HOUR, unknown))


def test_where_the_playbook_says_who_is_on_call_all_is_well(store: Store) -> None:
    read(store)
    says = "The playbook says who is: 1 rotation, 1 calendar, 2 fixed."
    assert found(store) == [
        Finding("bindings", State.OK, "All 4 responders are bound."),
        Finding("on call", State.OK, says),
    ]


def test_a_playbook_that_says_nothing_is_not_asked_for_calendars(store: Store) -> None:
    assert [one.name for one in found(store, {})] == ["bindings"]


def test_a_calendar_that_was_not_read_yet_is_named(store: Store) -> None:
    assert found(store)[1:] == [
        Finding("on call", State.WARNING, "The calendar of Primary on-call was not read yet: tocsin run reads it.")
    ]


def test_a_calendar_that_fails_says_since_when_and_what_counts_meanwhile(store: Store) -> None:
    read(store)
    store.call(lambda tx: tx.keep_failure(WORKSPACE, "primary", "its server answered 404", NOW))
    bindings, failing = found(store)
    assert bindings.state is State.OK
    assert failing == Finding(
        "on call",
        State.FAILED,
        "The calendar of Primary on-call cannot be read since 2026-03-04 10:00:00 UTC: its server answered 404. "
        "Its shifts are those of 2026-03-04 09:00:00 UTC. Correct it in the playbook.",
    )


def test_whom_nobody_knows_and_whom_no_page_reaches_are_named(store: Store) -> None:
    read(store, "Carl")
    store.call(lambda tx: tx.keep_absence(WORKSPACE, "U3", "this member is deactivated", NOW))
    says = [one.says for one in found(store)[1:]]
    assert says == [
        "The calendar of Primary on-call names whom nobody knows: Carl. Add them to its people in the playbook.",
        "No page reaches U3: this member is deactivated. In Slack: /incident responders",
    ]


def test_whom_a_schedule_names_is_known_by_the_address(store: Store) -> None:
    read(store, "Carl")
    [_, said] = found(store, {**EVERYBODY, "primary": Schedule(Way.PAGERDUTY, "PABC123")})
    assert said.says.endswith("names whom nobody knows: Carl. Give them the same e-mail address here and there.")
