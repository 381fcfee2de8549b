from dataclasses import replace
from typing import Any

import pytest

from app.domain import commands as c
from app.domain.playbook import Playbook, Role
from app.slack.blocks import modals
from app.slack.text import when_in
from tests.domain.given import DEFAULT, PLAYBOOK, START, at
from tests.slack.accepted import assert_view, texts
from tests.slack.examples import HEAD, MANAGER, ONCALL, ROSTER, record, tell

View = dict[str, Any]


def field(view: View, name: str) -> dict[str, Any]:
    """Return the element of a field; its block and action are named alike, for submissions are read by both."""
    block = next(block for block in view["blocks"] if block.get("block_id") == name)
    assert block["element"]["action_id"] == name
    element: dict[str, Any] = block["element"]
    return element


def names(view: View) -> list[str]:
    return [block["block_id"] for block in view["blocks"] if block["type"] == "input"]


def declare(**known: Any) -> View:
    view = modals.declare(DEFAULT, PLAYBOOK, known.pop("recent", []), START, **known)
    assert_view(view)
    return view


def test_declaring_asks_little() -> None:
    view = declare()
    assert names(view) == ["title", "severity", "services", "impact", "tags", "kind"]
    assert [block["optional"] for block in view["blocks"]] == [False, False, True, True, True, True]


def test_each_severity_stands_with_its_meaning_and_times() -> None:
    first, *_, last = field(declare(), "severity")["options"]
    assert first["text"]["text"] == "*SEV1* Critical: ack 5 min, resolve 1 h, update every 15 min"
    assert first["description"]["text"] == "Everything is down"
    assert last["text"]["text"] == "*SEV4* Low: ack by the end of the next business day"


def test_measurements_that_tell_a_severity_stand_beside_the_choice() -> None:
    severe = replace(DEFAULT.severities[0], thresholds=("error rate over 5 %", "p95 over <500> ms"))
    rules = replace(DEFAULT, severities=(severe, *DEFAULT.severities[1:]))
    now = record(tell(rules=rules))
    for view in (modals.declare(rules, PLAYBOOK, [], START), modals.severity(now)):
        assert_view(view)
        assert "*SEV1* error rate over 5 %, p95 over &lt;500&gt; ms" in list(texts(view["blocks"], "mrkdwn"))
    assert not any(block["type"] == "context" for block in declare()["blocks"])


def test_declaring_is_filled_with_what_was_typed() -> None:
    view = declare(title="Payment\nAPI <down>", severity="SEV2", source="C1:1.2")
    assert field(view, "title")["initial_value"] == "Payment API <down>"
    assert field(view, "severity")["initial_option"]["value"] == "SEV2"
    assert view["private_metadata"] == "C1:1.2"


def test_declaring_shows_what_was_opened_in_the_last_hour() -> None:
    view = modals.declare(DEFAULT, PLAYBOOK, [record(tell())], at(minutes=14))
    assert_view(view)
    assert view["blocks"][0]["text"]["text"] == "Is it this one, opened in the last hour?"
    assert f"declared {when_in(START, at(minutes=14))}" in "".join(texts(view["blocks"][1], "mrkdwn"))


def test_without_tags_none_are_asked_for() -> None:
    view = modals.declare(DEFAULT, Playbook(DEFAULT), [], START)
    assert_view(view)
    assert "tags" not in names(view)


def test_more_severities_than_one_sees_become_a_menu() -> None:
    many = tuple(replace(DEFAULT.severities[0], id=f"SEV{number}") for number in range(11))
    view = modals.declare(replace(DEFAULT, severities=many), PLAYBOOK, [], START)
    assert_view(view)
    assert field(view, "severity")["type"] == "static_select"


def test_an_update_is_filled_with_the_rhythm_and_says_the_latest() -> None:
    view = modals.update(record(tell()), at(minutes=20, seconds=40))
    assert_view(view)
    assert names(view) == ["status", "happening", "actions", "next_steps", "next_due_at"]
    assert field(view, "next_due_at")["initial_date_time"] == at(minutes=35).timestamp()
    assert view["blocks"][-1]["hint"]["text"] == "At the latest in 30 min."
    assert [option["value"] for option in field(view, "status")["options"]] == [
        "investigating",
        "identified",
        "monitoring",
    ]


def test_an_update_without_a_rhythm_promises_nothing_by_itself() -> None:
    view = modals.update(record(tell("SEV4")), START)
    assert_view(view)
    assert "initial_date_time" not in field(view, "next_due_at")
    assert "hint" not in view["blocks"][-1]


def test_resolving_is_filled_with_the_known_times() -> None:
    view = modals.resolve(record(tell()), at(minutes=47, seconds=30))
    assert_view(view)
    assert names(view) == ["root_cause", "fix", "customer_impact", "started_at", "detected_at", "ended_at"]
    assert field(view, "started_at")["initial_date_time"] == START.timestamp()
    assert field(view, "ended_at")["initial_date_time"] == at(minutes=47).timestamp()
    assert view["private_metadata"] == "3"


def test_forms_about_people_know_who_plays_what() -> None:
    story = tell().do(c.AssignRole(MANAGER, "commander", ONCALL.id))
    briefed = replace(
        story.rules, roles=(Role("commander", "Incident commander", "You decide."), *story.rules.roles[1:])
    )
    leader = modals.commander(replace(record(story), rules=briefed))
    assert_view(leader)
    assert field(leader, "member")["initial_user"] == ONCALL.id
    assert "You decide." in list(texts(leader, "mrkdwn"))
    player = modals.role(record(story), "scribe")
    assert_view(player)
    assert field(player, "role")["initial_option"]["value"] == "scribe"
    assert "initial_user" not in field(player, "member")


def test_tags_offer_the_playbook_s_and_those_that_are_there() -> None:
    view = modals.tags(record(tell(tags=("odd",))), PLAYBOOK)
    assert_view(view)
    assert [option["value"] for option in field(view, "tags")["options"]] == ["odd", "data-loss", "security-breach"]
    assert [option["value"] for option in field(view, "tags")["initial_options"]] == ["odd"]


def test_without_any_tag_the_form_says_how_to_type_one() -> None:
    view = modals.tags(record(tell()), Playbook(DEFAULT))
    assert_view(view)
    assert "submit" not in view
    assert "`/incident tag data-loss`" in "".join(texts(view, "mrkdwn"))


@pytest.mark.parametrize("form", [modals.severity, modals.status, modals.cancel])
def test_every_form_names_its_incident(form: Any) -> None:
    view = form(record(tell()))
    assert_view(view)
    assert view["blocks"][0]["elements"][0]["text"] == "SEV1 · Payment API down"
    assert view["callback_id"] == form.__name__


def test_responders_are_bound_to_people_and_groups() -> None:
    view = modals.responders(DEFAULT, {**ROSTER, "head": replace(ROSTER["manager"], targets=(HEAD.id, "S0HEADS"))})
    assert_view(view)
    assert field(view, "bind:primary:members")["initial_users"] == [ONCALL.id]
    assert "initial_option" not in field(view, "bind:primary:group")
    assert field(view, "bind:manager:group")["initial_option"]["value"] == "S0MANAGE"
    assert field(view, "bind:head:members")["initial_users"] == [HEAD.id]
    assert_view(modals.responders(DEFAULT, {}))


def test_the_text_for_customers_is_shown_as_it_is() -> None:
    view = modals.customer(record(tell()), "5 < 6 & *all* is well")
    assert_view(view)
    assert view["blocks"][-1]["elements"][0]["elements"][0]["text"] == "5 < 6 & *all* is well"
