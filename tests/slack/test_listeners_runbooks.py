from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.domain import effects as f
from app.slack.blocks import runbook
from tests.slack.workplace import ON_CALL, SUPPORT, Posted, Workplace, workplace


@pytest.fixture
async def at_work(tmp_path: Path) -> AsyncIterator[Workplace]:
    async with workplace(tmp_path, "waqiti") as place:
        yield place


async def answered(at_work: Workplace, user: str = SUPPORT) -> list[dict[str, Any]]:
    rooms = (await at_work.state())["channels"]
    return [one for room in rooms for one in room["messages"] if one.get("ephemeral_for") == user]


async def test_a_search_shows_the_best_with_its_commands_and_offers_others(at_work: Workplace) -> None:
    said = await at_work.types("runbook database conection")
    assert said == 'Runbook "Database connection issues"'
    [shown] = await answered(at_work)
    text = str(shown["blocks"])
    assert "rich_text_preformatted" in text
    assert "runbook.open:" in text


async def test_the_warnings_of_a_breach_come_first(at_work: Workplace) -> None:
    said = await at_work.types("runbook WaqitiSecurityBreachDetected")
    assert said == 'Runbook "Security breach detected": Do not restart services; that destroys evidence'
    [shown] = await answered(at_work)
    assert "Do not restart services" in str(shown["blocks"][1])


async def test_in_a_room_the_one_that_fits_the_incident_comes_without_words(at_work: Workplace) -> None:
    record = await at_work.declares("P1 Payment system answers with 503")
    room = await at_work.opens_room(record)
    assert await at_work.types("runbook", channel=room.channel) == 'Runbook "Payment system down"'
    assert await at_work.types(f"{record.incident.number} runbook") == 'Runbook "Payment system down"'
    assert await at_work.types(f"runbook {record.incident.number}") == 'Runbook "Payment system down"'
    assert await at_work.presses(room, "incident.more", value=f"runbook:{record.id}") == 'Runbook "Payment system down"'


async def test_what_no_runbook_says_is_answered_with_all_of_them(at_work: Workplace) -> None:
    assert (await at_work.types("runbook groceries")).startswith('No runbook is plainly about "groceries".')
    [shown] = await answered(at_work)
    pressed = Posted("C0GENERAL", shown["ts"])
    said = await at_work.presses(pressed, "runbook.choose", user=SUPPORT, value=":security-breach")
    assert said.startswith('Runbook "Security breach detected"')
    assert (await at_work.types("runbook")).startswith("There are nine runbooks.")


async def test_a_number_that_is_no_incident_is_searched_for(at_work: Workplace) -> None:
    assert await at_work.types("runbook 503") == 'Runbook "Payment system down"'


async def test_declaring_what_a_runbook_is_about_offers_it(at_work: Workplace) -> None:
    record = await at_work.declares("P1 Payment system down")
    deliveries = await at_work.edge.store.run(lambda tx: tx.deliveries(at_work.edge.workspace, incident_id=record.id))
    assert f.OfferRunbook("payment-system-down") in [one.effect for one in deliveries]
    room = await at_work.opens_room(record)
    one = at_work.edge.playbook.runbook("payment-system-down")
    assert one
    message = runbook.offer(one, record)
    answer = await at_work.edge.client.chat_postMessage(channel=room.channel, text=message.text, blocks=message.blocks)
    posted = Posted(room.channel, answer["ts"])
    said = await at_work.presses(posted, "runbook.open:payment-system-down", user=ON_CALL)
    assert said == 'Runbook "Payment system down"'


async def test_declaring_anything_else_offers_none(at_work: Workplace) -> None:
    record = await at_work.declares("P1 Something odd on the website")
    deliveries = await at_work.edge.store.run(lambda tx: tx.deliveries(at_work.edge.workspace, incident_id=record.id))
    assert not [one for one in deliveries if isinstance(one.effect, f.OfferRunbook)]


@pytest.mark.parametrize(
    ("action", "value"),
    [("runbook.open:gone", ":gone"), ("runbook.open:x", "999:first"), ("runbook.part", ":security-breach:x")],
)
async def test_a_button_of_what_is_no_more_is_refused(at_work: Workplace, action: str, value: str) -> None:
    button = {"type": "button", "text": {"type": "plain_text", "text": "Open"}, "action_id": action, "value": value}
    block = {"type": "actions", "elements": [button]}
    answer = await at_work.edge.client.chat_postMessage(channel="C0GENERAL", text="Open?", blocks=[block])
    said = await at_work.presses(Posted(answer["channel"], answer["ts"]), action)
    assert said.startswith("This belongs to something that Tocsin does not know")


async def test_contacts_are_found_by_any_of_their_words(at_work: Workplace) -> None:
    assert (await at_work.types("contacts")).endswith("contacts.")
    assert await at_work.types("contacts payments stripe") == "One contact."
    assert "+1-888-926-2961" in str((await answered(at_work))[-1]["blocks"])
    assert (await at_work.types("contacts xyz")).startswith('No contact says "xyz".')


async def test_tools_lead_to_the_time_of_the_incident(at_work: Workplace) -> None:
    assert (await at_work.types("tools")).startswith("Where to look, for the last half hour.")
    record = await at_work.declares("P1 Payment system down")
    room = await at_work.opens_room(record)
    assert (await at_work.types("tools", channel=room.channel)).startswith("Where to look for P1 Payment system down")
    began = int(record.incident.declared_at.timestamp() * 1000) - 30 * 60 * 1000
    assert f"from={began}&" in str((await answered(at_work))[-1]["blocks"])
