import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from app.domain import commands as c
from app.domain import events as e
from app.domain.commands import Actor
from app.slack import blocks
from app.slack.blocks import card
from app.slack.blocks.elements import actions, button
from app.slack.listeners import opening
from app.slack.listeners.buttons import BUTTONS, MENU
from app.slack.listeners.forms import FORMS
from app.store import Record
from tests.slack import payloads
from tests.slack.workplace import CTO, ON_CALL, SECOND, SUPPORT, Posted, Workplace, workplace

FAMILIES = (
    *("checklist", "delivery", "drill", "follow_up", "incident", "milestone", "nudge", "page", "playbook"),
    *("postmortem", "responders", "runbook", "subscription", "suggestion"),
)
BLOCKS = "\n".join(file.read_text() for file in Path(blocks.__file__).parent.glob("*.py"))


def test_every_button_that_is_drawn_has_a_route_and_none_is_left_over() -> None:
    drawn = set(re.findall(rf'"((?:{"|".join(FAMILIES)})\.[a-z_]+)(?:"|:\{{)', BLOCKS))
    # A link needs no answer; Slack reports its click all the same.
    assert drawn | {"incident.open"} == set(BUTTONS)


def test_every_form_and_every_choice_has_a_route() -> None:
    others = {"customers", "customers_confirm", "declare", "follow_ups", "merge", "responders"}
    assert {*opening.FORMS, *others} == set(FORMS)
    assert {word for word, _ in (*card.MENU, card.HAND_BACK)} == set(MENU)


@pytest.fixture
async def at_work(tmp_path: Path) -> AsyncIterator[Workplace]:
    async with workplace(tmp_path) as place:
        yield place


async def happened(at_work: Workplace, record: Record) -> list[type[e.Event]]:
    return [type(event) for event in await at_work.edge.store.run(lambda tx: tx.timeline(record.id))]


async def posts(at_work: Workplace, action: str, value: str, channel: str = "C0GENERAL") -> Posted:
    blocks = [actions(button("Do it", action, value))]
    answer = await at_work.edge.client.chat_postMessage(channel=channel, text="Do it?", blocks=blocks)
    return Posted(answer["channel"], answer["ts"])


async def test_a_click_in_the_room_shows_there_and_says_nothing_more(at_work: Workplace) -> None:
    record = await at_work.declares()
    posted = await at_work.opens_room(record)
    assert await at_work.presses(posted, "incident.acknowledge") == ""
    assert (await at_work.current(record)).incident.acknowledged_by == ON_CALL


async def test_a_click_elsewhere_is_confirmed_to_that_person_alone(at_work: Workplace) -> None:
    record = await at_work.declares()
    posted = await posts(at_work, "incident.escalate", str(record.id))
    assert await at_work.presses(posted, "incident.escalate") == "The next step of incident-1 is paged now."


async def test_of_two_people_one_wins_and_the_other_is_told_who(at_work: Workplace) -> None:
    record = await at_work.declares()
    posted = await at_work.opens_room(record)
    said = await asyncio.gather(
        at_work.presses(posted, "incident.acknowledge", user=ON_CALL),
        at_work.presses(posted, "incident.acknowledge", user=SECOND),
    )
    winner = (await at_work.current(record)).incident.acknowledged_by
    [told] = [one for one in said if one]
    assert told.startswith(f"<@{winner}> acknowledged <#{posted.channel}> at")
    assert (await happened(at_work, record)).count(e.Acknowledged) == 1


async def test_a_stale_button_says_what_became_of_the_incident(at_work: Workplace) -> None:
    record = await at_work.declares()
    posted = await at_work.opens_room(record)
    await at_work.does(record, c.Resolve(Actor(CTO)))
    for action in ("incident.acknowledge", "incident.update", "incident.resolve", "incident.escalate"):
        said = await at_work.presses(posted, action)
        assert said.startswith(f"<#{posted.channel}> was resolved at <!date^"), action
        assert f"by <@{CTO}>. To work on it again: `/incident reopen`" in said


@pytest.mark.parametrize(
    ("action", "value"),
    [
        ("incident.acknowledge", "999"),
        ("incident.acknowledge", "x"),
        ("incident.acknowledge", "9" * 40),
        ("incident.acknowledge", "-1"),
        ("incident.acknowledge", "１"),
        ("incident.more", "explode:1"),
        ("incident.more", "timers:x"),
        ("incident.explode", "1"),
    ],
)
async def test_a_button_that_nobody_knows_is_refused_politely(at_work: Workplace, action: str, value: str) -> None:
    record = await at_work.declares()
    posted = await posts(at_work, action, value)
    assert (await at_work.presses(posted, action)).startswith("This belongs to something that Tocsin does not know")
    assert (await at_work.current(record)).version == record.version


async def test_the_menu_of_the_card_opens_forms_and_answers(at_work: Workplace) -> None:
    record = await at_work.declares()
    posted = await at_work.opens_room(record)
    for choice, form in {"commander": "commander", "roles": "role", "tags": "tags", "cancel": "cancel"}.items():
        assert await at_work.presses(posted, "incident.more", value=f"{choice}:{record.id}") == ""
        view = await at_work.form(ON_CALL)
        assert (view["callback_id"], view["private_metadata"]) == (form, str(record.id))
        await at_work.control("close", user=ON_CALL)
    said = await at_work.presses(posted, "incident.more", value=f"timers:{record.id}")
    assert said.startswith(f"What comes next for <#{posted.channel}>")


async def test_take_it_makes_the_one_who_presses_commander(at_work: Workplace) -> None:
    record = await at_work.declares()
    posted = await at_work.opens_room(record)
    await at_work.presses(posted, "incident.command", user=SECOND)
    assert (await at_work.current(record)).incident.commander == SECOND


async def test_the_buttons_of_a_nudge(at_work: Workplace) -> None:
    record = await at_work.declares()
    posted = await posts(at_work, "nudge.no_change", str(record.id))
    assert await at_work.presses(posted, "nudge.no_change") == "Your update is in incident-1."
    posted = await posts(at_work, "nudge.snooze", str(record.id))
    assert (await at_work.presses(posted, "nudge.snooze")).startswith("No update is due yet")


async def test_who_cannot_take_it_passes_it_on(at_work: Workplace) -> None:
    record = await at_work.declares()
    posted = await posts(at_work, "page.decline", str(record.id))
    assert await at_work.presses(posted, "page.decline") == (
        "Noted that you cannot take incident-1. Whoever is next is paged."
    )
    assert e.Declined in await happened(at_work, record)


async def test_the_buttons_after_the_end(at_work: Workplace) -> None:
    record = await at_work.declares()
    await at_work.does(record, c.Resolve(Actor(CTO)))
    posted = await posts(at_work, "postmortem.draft", str(record.id))
    assert await at_work.presses(posted, "postmortem.draft") == (
        "The draft of the postmortem is posted in incident-1 in a moment."
    )
    posted = await posts(at_work, "postmortem.done", str(record.id))
    assert (await at_work.presses(posted, "postmortem.done")).startswith("The postmortem of incident-1 is done.")
    posted = await posts(at_work, "incident.reopen", str(record.id))
    assert (await at_work.presses(posted, "incident.reopen", user=CTO)).startswith("incident-1 is open again.")


async def test_a_dead_delivery_is_tried_again(at_work: Workplace) -> None:
    await at_work.declares()
    posted = await posts(at_work, "delivery.retry", "1:0001:invite")
    assert await at_work.presses(posted, "delivery.retry") == "It is tried again now."
    posted = await posts(at_work, "delivery.retry", "1:gone")
    assert (await at_work.presses(posted, "delivery.retry")).startswith("That is not waiting for a retry any more")
    assert at_work.retried == ["0001:invite", "gone"]


async def test_what_nobody_foresaw_is_told_and_logged_once(at_work: Workplace) -> None:
    await at_work.declares()
    posted = await posts(at_work, "delivery.retry", "1:explode")
    with capture_logs() as logged:
        said = await at_work.presses(posted, "delivery.retry")
    assert said == "Tocsin could not finish this, and its log says why. Read `/incident timeline`, then try again."
    [line] = logged
    assert (line["event"], line["kind"], line["name"]) == ("a listener failed", "click", "delivery.retry")
    assert line["exc_info"]
    assert "explode" not in str(line)


async def test_an_answer_to_a_click_in_a_thread_stays_in_the_thread(at_work: Workplace) -> None:
    await at_work.declares()
    root = await posts(at_work, "incident.open", "1")
    blocks = [actions(button("Do it", "incident.acknowledge", "999"))]
    answer = await at_work.edge.client.chat_postMessage(
        channel=root.channel, text="Do it?", blocks=blocks, thread_ts=root.ts
    )
    await at_work.presses(Posted(root.channel, answer["ts"]), "incident.acknowledge")
    [general] = [room for room in (await at_work.state())["channels"] if room["name"] == "general"]
    [whisper] = [one for one in general["messages"] if one.get("ephemeral_for") == ON_CALL]
    assert whisper["thread_ts"] == root.ts


async def test_a_form_that_slack_opens_too_late_is_told(at_work: Workplace) -> None:
    record = await at_work.declares()
    posted = await at_work.opens_room(record)
    await at_work.control("fault", method="views.open", kind="error", times=1, error="expired_trigger_id")
    assert await at_work.presses(posted, "incident.update") == "Slack did not open the form in time. Press again."
    assert await at_work.presses(posted, "incident.update") == ""
    assert (await at_work.form(ON_CALL))["callback_id"] == "update"


async def test_a_form_that_slack_has_no_time_for_is_told(at_work: Workplace) -> None:
    posted = await at_work.opens_room(await at_work.declares())
    await at_work.control("fault", method="views.open", kind="ratelimited", times=1, seconds=7)
    # The second press asks nobody: the pause lasts.
    for _ in range(2):
        assert await at_work.presses(posted, "incident.update") == "Slack did not open the form in time. Press again."


@pytest.mark.slow
async def test_nobody_waits_three_seconds_for_a_form(at_work: Workplace) -> None:
    await at_work.control("fault", method="views.open", kind="delay", times=1, seconds=4)
    assert await at_work.types("declare") == "Slack did not open the form in time. Press again."


async def test_the_home_tab_shows_what_waits_and_follows_a_click(at_work: Workplace) -> None:
    await at_work.declares()
    await at_work.edge.store.run(lambda tx: tx.bind(at_work.edge.workspace, "primary", (ON_CALL,), (ON_CALL,)))
    waiting = await at_work.declares("SEV2 Slow")
    await at_work.control("home", user=ON_CALL)
    assert "Waiting for you" in str((await at_work.state())["homes"][ON_CALL])
    told = await at_work.control(
        "click", user=ON_CALL, action_id="incident.acknowledge", value=str(waiting.id), **{"in": "home"}
    )
    assert told["ok"]
    assert "Waiting for you" not in str((await at_work.state())["homes"][ON_CALL])
    assert (await at_work.current(waiting)).incident.acknowledged_by == ON_CALL


async def test_a_refusal_at_home_is_a_dialog(at_work: Workplace) -> None:
    await at_work.declares()
    await at_work.control("home", user=SUPPORT)
    await at_work.control("click", user=SUPPORT, action_id="responders.open", **{"in": "home"})
    view = await at_work.form(SUPPORT)
    assert view["callback_id"] == "told"
    assert "Binding responders is for admins" in str(view["blocks"])


async def test_a_redelivered_click_changes_nothing(at_work: Workplace) -> None:
    record = await at_work.declares()
    pressed = payloads.click({"action_id": "incident.escalate", "value": str(record.id)})
    pressed["response_url"] = ""
    first, second = await at_work.dispatches(pressed), await at_work.dispatches(pressed)
    assert (first.status, second.status) == (200, 200)
    assert (await happened(at_work, record)).count(e.Escalated) == 1
