"""What the language can say beyond what the playbooks that ship need."""

import re
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from app.domain.limits import Limit
from app.domain.playbook import Condition, Rules, Trigger
from app.playbooks import load, message_folders, names
from app.playbooks.durations import read_duration, read_limit
from app.playbooks.shipped import shipped
from tests.playbooks.folders import copy_of

TODAY = date(2026, 11, 21)


def rules_with(old: str, new: str, into: Path) -> Rules:
    file = copy_of("default", into) / "playbook.yml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    return load(str(file.parent), TODAY).playbook.rules


DURATIONS = {
    "15m": timedelta(minutes=15),
    "2h": timedelta(hours=2),
    "1h30m": timedelta(minutes=90),
    "3d": timedelta(days=3),
    "72h": timedelta(days=3),
    "1d2h3m": timedelta(days=1, hours=2, minutes=3),
}


@pytest.mark.parametrize(("written", "duration"), DURATIONS.items())
def test_durations(written: str, duration: timedelta) -> None:
    assert read_duration(written) == duration
    assert read_limit(written) == Limit(duration)


@pytest.mark.parametrize("written", ["", "m", "15", "1.5h", "30m2h", "-5m", "5 m", "5M", "٣m", "0h0m", None, 5, True])
def test_what_is_no_duration(written: object) -> None:
    with pytest.raises(ValueError, match=r"is not a duration|is no time at all"):
        read_duration(written)


TRIGGERS = {
    "declared": [Condition(Trigger.DECLARED)],
    "next business hour": [Condition(Trigger.NEXT_BUSINESS_HOUR)],
    "{unacknowledged: 15m}": [Condition(Trigger.UNACKNOWLEDGED, timedelta(minutes=15))],
    "{unacknowledged: acknowledge_within}": [Condition(Trigger.UNACKNOWLEDGED)],
    "{open: 2h}": [Condition(Trigger.OPEN, timedelta(hours=2))],
    "{open: resolve_within}": [Condition(Trigger.OPEN)],
    "{undiagnosed: 15m}": [Condition(Trigger.UNDIAGNOSED, timedelta(minutes=15))],
    "{tag: data-loss}": [Condition(Trigger.TAG, tags=("data-loss",))],
    "{tag: [data-loss, user-impact]}": [Condition(Trigger.TAG, tags=("data-loss", "user-impact"))],
    "[declared, {open: 1h, severities: [SEV2]}]": [
        Condition(Trigger.DECLARED),
        Condition(Trigger.OPEN, timedelta(hours=1), severities=("SEV2",)),
    ],
}


@pytest.mark.parametrize(("written", "conditions"), TRIGGERS.items())
def test_conditions(written: str, conditions: list[Condition], tmp_path: Path) -> None:
    row = "{step: 1, page: primary, when: declared, severities: [SEV1, SEV2, SEV3]}"
    rules = rules_with(row, f"{{step: 1, page: primary, when: {written}}}", tmp_path)
    assert list(rules.steps[0].when) == conditions


def test_the_severities_of_a_step_hold_where_a_condition_names_none(tmp_path: Path) -> None:
    when = "[{open: 1h}, {tag: data-loss, severities: [SEV3]}]"
    rules = rules_with("when: declared, severities: [SEV1, SEV2, SEV3]", f"when: {when}, severities: [SEV1]", tmp_path)
    assert [condition.severities for condition in rules.steps[0].when] == [("SEV1",), ("SEV3",)]


def test_a_step_may_page_several_and_have_a_word_for_a_label(tmp_path: Path) -> None:
    rules = rules_with("{step: 1, page: primary,", "{step: security, page: [primary, secondary],", tmp_path)
    assert (rules.steps[0].label, rules.steps[0].pages) == ("security", ("primary", "secondary"))


def test_business_hours_of_its_own(tmp_path: Path) -> None:
    hours = '{days: [mon..thu, sat], opens: "08:30", closes: "16:00", holidays: [2026-12-24]}'
    rules = rules_with("timezone: UTC", f"timezone: Europe/Berlin\nbusiness_hours: {hours}", tmp_path)
    assert (rules.hours.zone, rules.hours.opens, rules.hours.closes) == ("Europe/Berlin", time(8, 30), time(16))
    assert rules.hours.days == {0, 1, 2, 3, 5}
    assert rules.hours.holidays == {date(2026, 12, 24)}


def test_holidays_of_a_country_and_its_part_from_last_year_to_three_ahead(tmp_path: Path) -> None:
    hours = "{holidays: [2026-12-24, {country: DE, subdivision: BY}]}"
    days = rules_with("timezone: UTC", f"business_hours: {hours}", tmp_path).hours.holidays
    assert {date(2026, 12, 24), date(2026, 12, 25), date(2026, 1, 6)} <= days
    assert {day.year for day in days} == {2025, 2026, 2027, 2028, 2029}


def test_a_week_may_begin_on_sunday(tmp_path: Path) -> None:
    rules = rules_with("timezone: UTC", "business_hours: {days: [sun..thu]}", tmp_path)
    assert rules.hours.days == {6, 0, 1, 2, 3}


def test_words_stay_words(tmp_path: Path) -> None:
    rules = rules_with("    name: Low", "    name: on", tmp_path)
    assert rules.severities[3].name == "on"
    rules = rules_with("    name: Low", "    name: 12:30", tmp_path / "again")
    assert rules.severities[3].name == "12:30"


def test_a_playbook_may_use_its_own_words_for_a_status(tmp_path: Path) -> None:
    rules = rules_with("timezone: UTC", "statuses: {investigating: Active}", tmp_path)
    assert rules.status_labels == {"investigating": "Active"}


def test_names_lists_what_ships() -> None:
    assert {"default", "multi-service"} <= set(names())


def test_a_folder_is_loaded_by_its_path_and_by_its_file(tmp_path: Path) -> None:
    folder = copy_of("default", tmp_path)
    assert load(str(folder)).folder == folder
    assert load(str(folder / "playbook.yml")).folder == folder


def test_a_name_that_ships_comes_before_a_folder_of_that_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy_of("default", tmp_path)
    monkeypatch.chdir(tmp_path)
    assert load("default").folder == shipped() / "playbooks" / "default"
    assert load("./default").folder == tmp_path / "default"


def test_its_own_messages_come_before_those_of_every_playbook() -> None:
    source = load("default")
    assert message_folders(source) == [source.folder / "messages", shipped() / "messages"]


def test_a_name_may_not_outgrow_a_channel(tmp_path: Path) -> None:
    with pytest.raises(Exception, match=re.escape("cannot become the name of a channel")):
        rules_with("incident-{number}", f"{'i' * 75}-{{number}}", tmp_path)
