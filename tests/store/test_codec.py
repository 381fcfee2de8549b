import dataclasses
import types
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import events as e
from app.domain.effects import Effect, Post
from app.domain.events import Event
from app.domain.hours import BusinessHours
from app.domain.incident import Incident
from app.domain.limits import Limit
from app.domain.playbook import Rules
from app.store import codec
from tests.store.given import ANN, RULES, at

SIMPLE: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(),
    int: st.integers(-(2**31), 2**31),
    bool: st.booleans(),
    type(None): st.none(),
    datetime: st.datetimes(timezones=st.just(UTC)),
    date: st.dates(),
    time: st.times(),
    timedelta: st.timedeltas(timedelta(), timedelta(days=4000)),
}


def values(hint: Any) -> st.SearchStrategy[Any]:  # noqa: PLR0911 -- one for each shape of a type
    """Return values of a type as the domain's classes name it; hypothesis alone would make times without a zone."""
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return st.builds(hint, **{name: values(one) for name, one in get_type_hints(hint).items()})
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(hint)
    match get_origin(hint), get_args(hint):
        case (origin, options) if origin in (Union, types.UnionType):
            return st.one_of(*map(values, options))
        case (origin, (item, *_)) if origin is tuple:
            return st.lists(values(item), max_size=3).map(tuple)
        case (origin, (item,)) if origin is frozenset:
            return st.frozensets(values(item), max_size=3)
        case (origin, (key, item)) if origin in (dict, Mapping):
            return st.dictionaries(values(key), values(item), max_size=3)
    return SIMPLE[hint]


@given(st.one_of(*map(values, get_args(Event))))
def test_every_event_comes_back_as_it_was(event: Event) -> None:
    assert codec.decode_event(codec.kind(event), codec.encode(event)) == event


@given(st.one_of(*map(values, get_args(Effect))))
def test_every_effect_comes_back_as_it_was(effect: Effect) -> None:
    assert codec.decode_effect(codec.kind(effect), codec.encode(effect)) == effect


@given(values(Incident))
def test_every_incident_comes_back_as_it_was(incident: Incident) -> None:
    assert codec.decode_incident(codec.encode(incident)) == incident


@given(values(Rules))
def test_every_set_of_rules_comes_back_as_it_was(rules: Rules) -> None:
    _, body = codec.encode_rules(rules)
    assert codec.decode_rules(body) == rules


def test_equal_rules_have_the_same_digest() -> None:
    holidays = [date(2026, 1, day) for day in range(1, 20)]
    one = dataclasses.replace(
        RULES,
        hours=BusinessHours(holidays=frozenset(holidays)),
        status_labels={"resolved": "Closed", "monitoring": "Watching"},
    )
    other = dataclasses.replace(
        one,
        hours=BusinessHours(holidays=frozenset(reversed(holidays))),
        status_labels={"monitoring": "Watching", "resolved": "Closed"},
    )
    assert codec.encode_rules(one) == codec.encode_rules(other)
    assert codec.encode_rules(one)[0] != codec.encode_rules(RULES)[0]


def test_a_field_that_an_old_event_did_not_have_takes_its_default() -> None:
    body = '{"at":"2026-03-02T10:00:00Z","due_at":"2026-03-02T10:00:00Z","count":1,"members":["U1"]}'
    assert codec.decode_event("Nudged", body) == e.Nudged(at(), at(), 1, (ANN,))


def test_a_field_that_events_no_longer_have_is_passed_over() -> None:
    body = '{"at":"2026-03-02T10:00:00Z","by":"U1","mood":"grim"}'
    assert codec.decode_event("Acknowledged", body) == e.Acknowledged(at(), ANN)


def test_an_old_effect_and_an_old_incident_are_still_read() -> None:
    assert codec.decode_effect("Post", '{"message":"nudge","colour":"red"}') == Post("nudge")
    body = (
        '{"number":1,"number_in_year":1,"name":"incident-1","title":"Down","severity":"SEV1",'
        '"declared_at":"2026-03-02T10:00:00Z","declared_by":null,"mood":"grim"}'
    )
    assert codec.decode_incident(body) == Incident(1, 1, "incident-1", "Down", "SEV1", at(), None)


def test_a_kind_that_there_never_was_is_told_apart() -> None:
    with pytest.raises(KeyError):
        codec.decode_event("Exploded", "{}")


def test_rules_from_before_limits_could_be_told_in_business_time_are_still_read() -> None:
    _, body = codec.encode_rules(RULES)
    told_as_limits = '"postmortem_within":null'
    assert told_as_limits in body
    old = body.replace(told_as_limits, '"postmortem_within":"P3D"')
    read = codec.decode_rules(old.replace('"update_every":null', '"update_every":"PT15M"'))
    asked = {(one.update_every, one.postmortem_within) for one in read.severities}
    assert asked == {(Limit(timedelta(minutes=15)), Limit(timedelta(days=3)))}
