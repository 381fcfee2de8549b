"""Members say of what they are told, and are told of that, once, and not of what they did themselves."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.domain import commands as c
from app.domain import effects as f
from app.domain.commands import Actor
from app.store import Record
from tests.slack.workplace import CTO, ON_CALL, SECOND, SUPPORT, Posted, Workplace, workplace


@pytest.fixture
async def at_work(tmp_path: Path) -> AsyncIterator[Workplace]:
    async with workplace(tmp_path) as place:
        yield place


async def told(at_work: Workplace, record: Record) -> list[tuple[str, str]]:
    """Return who is told what of an incident by direct message."""
    deliveries = await at_work.edge.store.run(lambda tx: tx.deliveries(at_work.edge.workspace, incident_id=record.id))
    tells = (one.effect for one in deliveries if isinstance(one.effect, f.Tell))
    return sorted((one.member, one.message.removeprefix("subscribed_")) for one in tells)


async def test_one_is_told_of_all_or_of_what_was_named_and_can_stop_each(at_work: Workplace) -> None:
    assert await at_work.types("subscriptions", user=CTO) == "You are subscribed to nothing."
    assert await at_work.types("subscribe", user=CTO) == "You are told by direct message of all incidents."
    named = await at_work.types("subscribe sev1, service payments, data-loss, Check out", user=CTO)
    assert named == (
        "You are told by direct message of all incidents; SEV1 incidents; incidents of the service payments; "
        "incidents with the tag data-loss; incidents of the service Check out."
    )
    left = await at_work.types("unsubscribe tag data-loss, payments", user=CTO)
    assert "payments" not in left
    assert "data-loss" not in left
    assert "SEV1" in left
    assert await at_work.types("unsubscribe", user=CTO) == "You are subscribed to nothing."
    assert await at_work.types("subscribe SEV9", user=CTO) == (
        'There is no severity "SEV9" in this playbook. It has: SEV1, SEV2, SEV3, SEV4'
    )
    hostile = await at_work.types("subscribe service <!channel> <https://evil.example|x>", user=CTO)
    assert "<" not in hostile
    assert await at_work.types("subscribe " + "x" * 81, user=CTO) == (
        "Name each in up to 80 characters, with commas between: `/incident subscribe SEV1, service payments`"
    )


async def test_whoever_stops_what_was_never_begun_reads_that_nothing_is_changed(at_work: Workplace) -> None:
    await at_work.types("subscribe", user=CTO)
    assert await at_work.types("unsubscribe SEV2", user=CTO) == (
        "You had not subscribed to SEV2 incidents, so nothing is changed. "
        "You are told by direct message of all incidents."
    )
    await at_work.types("subscribe SEV1", user=CTO)
    assert (await at_work.types("unsubscribe SEV1", user=CTO)).startswith("You are told")


async def test_the_button_beside_one_stops_it(at_work: Workplace) -> None:
    await at_work.types("subscribe SEV1, SEV2", user=CTO)
    shown = await at_work.control("command", user=CTO, channel="general", command="/incident", text="subscriptions")
    buttons = [block["accessory"] for block in shown["response"]["blocks"] if "accessory" in block]
    assert [(one["action_id"], one["value"]) for one in buttons] == [
        ("subscription.stop", "severity:SEV1"),
        ("subscription.stop", "severity:SEV2"),
    ]
    await at_work.types("subscribe", user=CTO)
    shown = await at_work.control("command", user=CTO, channel="general", command="/incident", text="subscriptions")
    posted = Posted("C0GENERAL", (await at_work.state())["channels"][0]["messages"][-1]["ts"])
    await at_work.presses(posted, "subscription.stop", user=CTO, value="all:")
    # To stop one is not to stop all.
    assert await at_work.types("subscriptions", user=CTO) == (
        "You are told by direct message of SEV1 incidents; SEV2 incidents."
    )


async def test_the_home_tab_shows_what_one_is_subscribed_to(at_work: Workplace) -> None:
    await at_work.types("subscribe SEV1", user=CTO)
    await at_work.control("home", user=CTO)
    told = await at_work.control("click", user=CTO, action_id="subscription.list", **{"in": "home"})
    assert told["ok"], told
    shown = str(await at_work.form(CTO))
    assert "My subscriptions" in shown
    assert "You are told by direct message of SEV1 incidents." in shown


async def test_subscribers_hear_from_the_declaration_to_the_end(at_work: Workplace) -> None:
    await at_work.types("subscribe", user=CTO)
    await at_work.types("subscribe SEV1", user=SECOND)
    await at_work.types("subscribe service Payments", user=SUPPORT)
    record = await at_work.declares("SEV2 Payment API down")
    assert await told(at_work, record) == [(CTO, "declared")]
    await at_work.does(record, c.ChangeSeverity(Actor(ON_CALL), "SEV1"))
    await at_work.does(record, c.PostUpdate(Actor(ON_CALL), no_change=True))
    await at_work.does(record, c.PostUpdate(Actor(CTO), happening="Half of the cards work"))
    await at_work.does(record, c.ChangeSeverity(Actor(CTO, admin=True), "SEV3"))
    await at_work.does(record, c.Cancel(Actor(ON_CALL, admin=True), "A test"))
    paged = set((await at_work.current(record)).incident.paged)
    everything = {(CTO, "declared"), (CTO, "severity_changed"), (CTO, "cancelled")}
    everything |= {(SECOND, one) for one in ("severity_changed", "update", "cancelled")}
    assert set(await told(at_work, record)) == {one for one in everything if one[0] not in paged}


async def test_nobody_is_told_of_what_is_private_or_a_drill_nor_twice_of_a_page(at_work: Workplace) -> None:
    for user in (CTO, ON_CALL):
        await at_work.types("subscribe", user=user)
    await at_work.edge.store.run(
        lambda tx: tx.keep_absence(at_work.edge.workspace, CTO, "deactivated", at_work.edge.now(), deactivated=True)
    )
    await at_work.edge.store.run(lambda tx: tx.bind(at_work.edge.workspace, "primary", (ON_CALL,), (ON_CALL,)))
    for text in ("private SEV1 A breach", "SEV1 Payment API down"):
        assert await told(at_work, await at_work.declares(text)) == []
    await at_work.types("drill SEV1 Exercise")
    [drill, *_] = await at_work.edge.store.run(lambda tx: tx.latest(at_work.edge.workspace, 1))
    assert drill.incident.drill
    assert await told(at_work, drill) == []
