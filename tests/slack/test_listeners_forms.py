from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.domain import events as e
from app.domain.playbook import Status
from app.sandbox.workspace import UserGroup
from app.slack import requests
from app.store import Record
from tests.slack import payloads
from tests.slack.workplace import CTO, ON_CALL, SECOND, SUPPORT, Workplace, workplace

TOO_FAR = timedelta(hours=5)


@pytest.fixture
async def at_work(tmp_path: Path) -> AsyncIterator[Workplace]:
    async with workplace(tmp_path) as place:
        yield place


async def event(at_work: Workplace, record: Record, kind: type[e.Event]) -> e.Event:
    return [one for one in await at_work.edge.store.run(lambda tx: tx.timeline(record.id)) if isinstance(one, kind)][-1]


async def whispers(at_work: Workplace, user: str) -> list[str]:
    messages = [message for room in (await at_work.state())["channels"] for message in room["messages"]]
    return [one["text"] for one in messages if one.get("ephemeral_for") == user]


async def test_declaring_by_form_is_confirmed_where_it_began(at_work: Workplace) -> None:
    await at_work.types("declare payments fail")
    filled = {"severity": "SEV1", "services": "payments", "impact": "Nobody can pay", "tags": ["data-loss"]}
    assert await at_work.fills(filled) == {"ok": True, "closed": True, "errors": {}}
    [record] = await at_work.edge.store.run(lambda tx: tx.open_records(at_work.edge.workspace))
    incident = record.incident
    assert (incident.title, incident.severity, incident.services) == ("payments fail", "SEV1", "payments")
    assert (incident.impact, list(incident.tags), incident.source) == ("Nobody can pay", ["data-loss"], None)
    assert await whispers(at_work, SUPPORT) == [
        "incident-1 is declared. Its channel opens now, and you are invited to it."
    ]


async def test_a_title_of_spaces_is_refused_under_its_field(at_work: Workplace) -> None:
    await at_work.types("declare")
    told = await at_work.fills({"title": "   ", "severity": "SEV1"})
    assert told["closed"] is False
    assert told["errors"]["title"].startswith("The title is missing.")


async def test_declaring_from_a_message_keeps_its_link(at_work: Workplace) -> None:
    posted = await at_work.control(
        "message", user=SUPPORT, channel="support-desk", text="Payments <fail> & more\nsince ten"
    )
    await at_work.edge.client.conversations_join(channel="C0SUPPORT")
    await at_work.control("shortcut", user=SUPPORT, callback_id="declare_from", channel="support-desk", ts=posted["ts"])
    await at_work.fills({"severity": "SEV3"})
    [record] = await at_work.edge.store.run(lambda tx: tx.open_records(at_work.edge.workspace))
    assert record.incident.title == "Payments <fail> & more"
    assert f"/archives/C0SUPPORT/p{posted['ts'].replace('.', '')}" in (record.incident.source or "")


async def test_a_link_that_slack_does_not_give_holds_nothing_up(at_work: Workplace) -> None:
    posted = await at_work.control("message", user=SUPPORT, channel="support-desk", text="Payments fail")
    await at_work.control("shortcut", user=SUPPORT, callback_id="declare_from", channel="support-desk", ts=posted["ts"])
    await at_work.control("fault", method="chat.getPermalink", kind="server_error", times=1)
    assert (await at_work.fills({"severity": "SEV3"}))["closed"]
    [record] = await at_work.edge.store.run(lambda tx: tx.open_records(at_work.edge.workspace))
    assert (record.incident.title, record.incident.source) == ("Payments fail", None)


async def test_from_the_global_shortcut_the_form_itself_confirms(at_work: Workplace) -> None:
    await at_work.control("shortcut", user=SUPPORT, callback_id="declare")
    assert (await at_work.form())["callback_id"] == "declare"
    assert (await at_work.fills({"title": "Slow", "severity": "SEV2"}))["closed"] is False
    assert "incident-1 is declared." in str((await at_work.form())["blocks"])


async def test_an_update_is_posted_and_offers_its_text_for_customers(at_work: Workplace) -> None:
    record = await at_work.declares()
    await at_work.types("update 1")
    filled = {"status": "identified", "happening": "The queue is full", "actions": "Drained it", "next_steps": "Watch"}
    told = await at_work.fills(filled)
    assert told["closed"] is False
    posted = await event(at_work, record, e.UpdatePosted)
    assert isinstance(posted, e.UpdatePosted)
    assert (posted.status, posted.happening, posted.actions) == ("identified", "The queue is full", "Drained it")
    assert posted.next_due_at is not None
    assert (await at_work.form())["callback_id"] == "customers"


async def test_a_promise_too_far_is_refused_under_its_field(at_work: Workplace) -> None:
    await at_work.declares()
    await at_work.types("update 1")
    due = int((at_work.edge.now() + TOO_FAR).timestamp())
    told = await at_work.fills({"happening": "Looking", "next_due_at": due})
    assert told["errors"]["next_due_at"].startswith("SEV1 asks for an update every 15 min")
    assert "<!date" not in told["errors"]["next_due_at"]


async def test_a_promise_in_the_past_is_refused_under_its_field(at_work: Workplace) -> None:
    await at_work.declares()
    await at_work.types("update 1")
    told = await at_work.fills({"happening": "Looking", "next_due_at": 1_700_000_000})
    assert told["errors"]["next_due_at"].startswith("The next update cannot be due at")


async def test_an_update_without_words_is_refused_under_its_field(at_work: Workplace) -> None:
    await at_work.declares()
    await at_work.types("update 1")
    assert "happening" in (await at_work.fills({"happening": "  "}))["errors"]


async def test_resolving_ends_it(at_work: Workplace) -> None:
    record = await at_work.declares()
    await at_work.types("resolve 1")
    assert (await at_work.fills({"root_cause": "A full queue", "fix": "A larger one"}))["closed"]
    incident = (await at_work.current(record)).incident
    assert incident.status is Status.RESOLVED
    assert incident.resolution
    assert incident.resolution.root_cause == "A full queue"


async def test_times_out_of_order_are_refused_under_the_later_one(at_work: Workplace) -> None:
    record = await at_work.declares()
    await at_work.types("resolve 1")
    began = int(record.incident.declared_at.timestamp())
    told = await at_work.fills({"started_at": began, "detected_at": began - 600})
    assert list(told["errors"]) == ["detected_at"]
    told = await at_work.fills({"started_at": began, "detected_at": began, "ended_at": began + 3600})
    assert told["errors"]["ended_at"].startswith("The end cannot be at")


async def test_a_form_sent_off_too_late_says_what_became_of_the_incident(at_work: Workplace) -> None:
    await at_work.declares()
    await at_work.types("update 1")
    await at_work.types("cancel 1 a false alarm", user=CTO)
    told = await at_work.fills({"happening": "Looking"})
    assert told["closed"] is False
    view = await at_work.form()
    assert view["callback_id"] == "told"
    assert "incident-1 was cancelled at" in str(view["blocks"])


async def test_small_forms_send_their_command(at_work: Workplace) -> None:
    record = await at_work.declares("SEV2 Slow")
    forms: dict[str, dict[str, Any]] = {
        "severity 1": {"severity": "SEV1"},
        "tag 1": {"tags": ["data-loss"]},
    }
    for typed, filled in forms.items():
        await at_work.types(typed)
        assert (await at_work.fills(filled))["closed"], typed
    card = await at_work.opens_room(record)
    await at_work.presses(card, "incident.more", value=f"roles:{record.id}")
    assert (await at_work.fills({"role": "commander", "member": ON_CALL}, user=ON_CALL))["closed"]
    await at_work.types("tag 1")
    await at_work.fills({"tags": ["security-breach"]})
    await at_work.types("cancel 1", user=ON_CALL)
    await at_work.fills({"reason": "A test"}, user=ON_CALL)
    incident = (await at_work.current(record)).incident
    assert (incident.severity, incident.commander, list(incident.tags)) == ("SEV1", ON_CALL, ["security-breach"])
    assert incident.status is Status.CANCELLED


async def test_status_and_commander_by_form(at_work: Workplace) -> None:
    record = await at_work.declares()
    card = await at_work.opens_room(record)
    await at_work.presses(card, "incident.more", value=f"status:{record.id}")
    await at_work.fills({"status": "monitoring"}, user=ON_CALL)
    await at_work.presses(card, "incident.more", value=f"commander:{record.id}")
    await at_work.fills({"member": SECOND}, user=ON_CALL)
    incident = (await at_work.current(record)).incident
    assert (incident.status, incident.commander) == (Status.MONITORING, SECOND)


async def test_an_admin_binds_responders_to_members_and_groups(at_work: Workplace) -> None:
    await at_work.types("responders", user=CTO)
    suggested = await at_work.control("suggest", user=CTO, action_id="bind:primary:group", value="on-c")
    assert [option["value"] for option in suggested["options"]] == ["S0ONCALL"]
    told = await at_work.fills({"bind:primary:group": "S0ONCALL", "bind:secondary:members": [CTO]}, user=CTO)
    assert told["closed"] is False
    shown = str((await at_work.form(CTO))["blocks"])
    assert "Primary on-call: <!subteam^S0ONCALL>" in shown
    assert f"Secondary on-call: <@{CTO}>" in shown
    assert "Incident manager: nobody yet" in shown
    roster = await at_work.edge.store.run(lambda tx: tx.bindings(at_work.edge.workspace))
    assert roster["primary"].targets == ("S0ONCALL",)
    assert set(roster["primary"].members) == {ON_CALL, SECOND}
    assert roster["secondary"].members == (CTO,)


async def test_of_a_thousand_groups_a_menu_offers_the_first_hundred_and_finds_every_one(at_work: Workplace) -> None:
    many = {f"S{number:05}": UserGroup(f"S{number:05}", f"team-{number:05}", "A team", []) for number in range(1000)}
    at_work.sandbox.slack.workspace.usergroups |= many
    await at_work.types("responders", user=CTO)

    async def offered(typed: str) -> list[str]:
        suggested = await at_work.control("suggest", user=CTO, action_id="bind:primary:group", value=typed)
        return [option["value"] for option in suggested["options"]]

    assert len(await offered("team")) == 100
    assert await offered("team-00999") == ["S00999"]


async def test_a_group_that_slack_does_not_open_is_told_under_its_field(at_work: Workplace) -> None:
    await at_work.types("responders", user=CTO)
    await at_work.control("suggest", user=CTO, action_id="bind:primary:group", value="")
    await at_work.control("fault", method="usergroups.users.list", kind="server_error", times=1)
    told = await at_work.fills({"bind:primary:group": "S0ONCALL"}, user=CTO)
    assert told["errors"]["bind:primary:group"].startswith("Slack did not say in time who is in this group.")
    assert not await at_work.edge.store.run(lambda tx: tx.bindings(at_work.edge.workspace))


async def test_a_redelivered_form_declares_once(at_work: Workplace) -> None:
    filled = {
        "title": {"type": "plain_text_input", "value": "Payments fail"},
        "severity": {"type": "radio_buttons", "selected_option": {"value": "SEV1"}},
    }
    sent = payloads.submission("declare", filled)
    await at_work.dispatches(sent)
    await at_work.dispatches(sent)
    assert len(await at_work.edge.store.run(lambda tx: tx.open_records(at_work.edge.workspace))) == 1


async def test_an_unknown_form_is_answered_in_its_place(at_work: Workplace) -> None:
    response = await at_work.dispatches(payloads.submission("explode", {}))
    assert response.status == 200
    assert '"response_action": "update"' in response.body


async def test_what_belongs_to_no_incident_is_refused(at_work: Workplace) -> None:
    response = await at_work.dispatches(payloads.submission("cancel", {}, metadata="404"))
    assert "does not know any more" in response.body


def test_a_form_is_told_apart_from_its_next_submission() -> None:
    sent = payloads.submission("update", {})
    again = {**sent, "view": sent["view"] | {"hash": "2.h"}}
    assert requests.submission(sent).receipt != requests.submission(again).receipt
