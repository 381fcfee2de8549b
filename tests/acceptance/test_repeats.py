"""What Slack delivers twice, what two people do at once, and what comes too late."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from app.domain import events as e
from app.sandbox.delivery import PayloadKind
from tests.acceptance.conftest import OpenTown
from tests.acceptance.workspace import MANAGER, ON_CALL, SECONDARY, SUPPORT, Json, Town

LONG = "very long " * 400


@pytest.fixture
async def slack(open_town: OpenTown, monkeypatch: pytest.MonkeyPatch) -> Town:
    """A workspace whose Slack delivers every command, click and submission twice."""
    town = await open_town()
    delivery = town.sandbox.slack.delivery
    once = delivery.ask

    async def twice(kind: PayloadKind, payload: Json) -> Json | None:
        first = await once(kind, payload)
        await once(kind, payload)
        return first

    monkeypatch.setattr(delivery, "ask", twice)
    return town


@pytest.fixture
async def calm(open_town: OpenTown) -> Town:
    """A workspace whose Slack delivers everything once."""
    return await open_town()


async def kinds(slack: Town) -> list[str]:
    """Return what happened to the incident that people did, by its kind."""
    return [type(one).__name__ for one in await slack.timeline(object) if getattr(one, "by", None)]


async def test_a_command_that_comes_twice_declares_once(slack: Town) -> None:
    await slack.declares()
    assert len(await slack.run(lambda tx: tx.latest("T0SANDBOX", 9))) == 1
    assert await slack.pages() == [("1", ON_CALL), ("3", MANAGER)]


async def test_a_form_that_comes_twice_declares_once(slack: Town) -> None:
    await slack.types(SUPPORT, "declare")
    assert await slack.fills(SUPPORT, title="Payments fail", severity="SEV2") == {}
    assert len(await slack.run(lambda tx: tx.latest("T0SANDBOX", 9))) == 1
    assert len((await slack.room(ON_CALL)).posts) == 1


async def test_a_click_that_comes_twice_escalates_once(slack: Town) -> None:
    await slack.declares("SEV2 Search is slow")
    await slack.presses(ON_CALL, (await slack.room("incident-1")).card, "incident.escalate")
    assert await slack.pages() == [("1", ON_CALL), ("2", SECONDARY)]
    await slack.presses(ON_CALL, (await slack.room("incident-1")).card, "incident.escalate")
    assert len(await slack.pages()) == 3


async def test_an_update_that_comes_twice_is_posted_once(slack: Town) -> None:
    await slack.declares()
    await slack.types(ON_CALL, "update", channel="incident-1")
    assert await slack.fills(ON_CALL, happening="The disk is full") == {}
    assert len((await slack.room("incident-1")).all("The disk is full")) == 1
    assert await kinds(slack) == ["Declared", "UpdatePosted"]


async def test_a_resolution_that_comes_twice_resolves_once(slack: Town) -> None:
    await slack.declares()
    await slack.types(ON_CALL, "resolve", channel="incident-1")
    assert await slack.fills(ON_CALL, fix="A bigger disk") == {}
    assert len((await slack.room("incident-1")).all("was resolved by")) == 1


async def test_notes_that_only_look_the_same_are_both_kept(slack: Town) -> None:
    await slack.declares()
    await slack.types(ON_CALL, "note still slow", channel="incident-1")
    await slack.types(ON_CALL, "note still slow", channel="incident-1")
    assert len(await slack.timeline(e.Noted)) == 2


async def test_an_event_that_comes_twice_changes_nothing(calm: Town) -> None:
    await calm.declares()
    told: list[Json] = []
    delivery = calm.sandbox.slack.delivery
    original: Callable[[Json], Any] = delivery.tell

    async def remember(event: Json) -> None:
        told.append(event)
        await original(event)

    delivery.tell = remember  # type: ignore[method-assign]
    await calm.act("home", user=ON_CALL)
    await asyncio.gather(*(original(event) for event in told))
    await calm.settles()
    assert told
    assert await kinds(calm) == ["Declared"]
    assert "Payment API down" in str((await calm.look())["homes"][ON_CALL]["blocks"])


async def test_of_two_who_acknowledge_at_once_one_wins_and_the_other_is_told_who(calm: Town) -> None:
    await calm.declares()
    pages = {member: (await calm.room(member)).posts[0] for member in (ON_CALL, MANAGER)}
    before = {member: await calm.whispers(member) for member in pages}
    await asyncio.gather(
        *(
            calm.act("click", user=member, channel=page.channel, ts=page.ts, action_id="incident.acknowledge")
            for member, page in pages.items()
        )
    )
    await calm.settles()
    [acknowledged] = await calm.timeline(e.Acknowledged)
    loser = MANAGER if acknowledged.by == ON_CALL else ON_CALL
    told = [said.text for ts, said in (await calm.whispers(loser)).items() if ts not in before[loser]]
    assert len(told) == 1
    assert told[0].startswith(f"<@{acknowledged.by}> acknowledged")


async def test_of_two_who_take_command_at_once_one_leads_and_the_other_is_told_who(calm: Town) -> None:
    await calm.declares()
    card, takers = (await calm.room("incident-1")).card, (ON_CALL, MANAGER)
    before = {member: await calm.whispers(member) for member in takers}
    press = {"channel": card.channel, "ts": card.ts, "action_id": "incident.command"}
    await asyncio.gather(*(calm.act("click", user=member, **press) for member in takers))
    await calm.settles()
    [given] = await calm.timeline(e.RoleAssigned)
    assert (await calm.incident()).incident.commander == given.member
    loser = MANAGER if given.member == ON_CALL else ON_CALL
    told = [said.words for ts, said in (await calm.whispers(loser)).items() if ts not in before[loser]]
    assert len(told) == 1
    assert f"<@{given.member}> has been Incident commander" in told[0]
    await calm.types(loser, f"handoff <@{loser}>", channel="incident-1")
    assert (await calm.incident()).incident.commander == loser


async def test_of_two_who_name_themselves_at_once_one_leads_and_the_other_is_told_who(calm: Town) -> None:
    await calm.declares()
    typed = {"channel": "incident-1", "command": "/incident"}
    answers = await asyncio.gather(
        *(
            calm.act("command", user=one, text=f"role incident commander <@{one}>", **typed)
            for one in (ON_CALL, MANAGER)
        )
    )
    await calm.settles()
    [given] = await calm.timeline(e.RoleAssigned)
    refused = answers[0 if given.member == MANAGER else 1]
    assert f"<@{given.member}> became Incident commander" in str(refused["response"])
    await calm.passes(seconds=10)
    await calm.types(MANAGER, f"role incident commander <@{SECONDARY}>", channel="incident-1")
    assert (await calm.incident()).incident.commander == SECONDARY


async def test_a_button_that_is_out_of_date_says_what_became_of_the_incident(calm: Town) -> None:
    record = await calm.declares()
    await calm.presses(ON_CALL, (await calm.room("incident-1")).card, "incident.acknowledge")
    await calm.passes(minutes=16)
    nudge = (await calm.room("incident-1")).find("an update is due now")
    await calm.types(ON_CALL, "resolve 1")
    await calm.fills(ON_CALL)
    for button in ("nudge.snooze", "nudge.no_change", "incident.update"):
        told = await calm.presses(MANAGER, nudge, button)
        assert "was resolved at" in told
        assert f"by <@{ON_CALL}>. To work on it again: `/incident reopen`" in told
    assert (await calm.incident(record.incident.number)).incident.status == "resolved"


async def test_hostile_text_pings_nobody_and_links_nowhere(calm: Town) -> None:
    hostile = "<!channel> <@U0CTO> <https://evil.example|your bank> *bold* & @here"
    await calm.types(SUPPORT, "declare")
    assert await calm.fills(SUPPORT, title=hostile, severity="SEV1", impact=hostile) == {}
    await calm.types(SUPPORT, f"note 1 {hostile}")
    await calm.types(ON_CALL, "update 1")
    assert await calm.fills(ON_CALL, happening=hostile) == {}
    rooms = [await calm.room(name) for name in ("incident-1", "incidents", ON_CALL)]
    for said in (said for room in rooms for said in room.posts):
        written = str([said.text, said.blocks])
        assert "<!channel>" not in written
        assert "<https://evil" not in written
        if said.channel != rooms[0].id:
            assert "<@U0CTO>" not in written
    assert "evil.example" in (await calm.incident()).incident.title


async def test_very_long_text_is_cut_and_says_so(calm: Town) -> None:
    await calm.types(SUPPORT, "declare")
    errors = await calm.fills(SUPPORT, title="x" * 400, severity="SEV1")
    assert errors
    assert await calm.fills(SUPPORT, title="x" * 150, severity="SEV1", impact=LONG[:2500]) == {}
    await calm.types(ON_CALL, f"update 1 {LONG}")
    room = await calm.room("incident-1")
    assert "more characters)" in room.find("very long").words
    assert len(room.facts["topic"]) <= 250
    assert "very long" in room.card.words
