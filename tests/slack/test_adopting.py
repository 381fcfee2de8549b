from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.domain import commands as c
from app.domain import events as e
from app.domain.limits import Limit
from app.domain.playbook import Playbook
from app.handle import Handler
from app.store import Record
from tests import shipped
from tests.slack.test_listeners_buttons import posts
from tests.slack.workplace import CTO, SUPPORT, Workplace, workplace


def edited(playbook: Playbook) -> Playbook:
    first, *rest = playbook.rules.severities
    longer = replace(first, resolve_within=Limit(timedelta(hours=2)))
    return replace(playbook, rules=replace(playbook.rules, severities=(longer, *rest)))


@pytest.fixture
async def at_work(tmp_path: Path) -> AsyncIterator[Workplace]:
    """A Tocsin that was started again with an edited playbook."""
    async with workplace(tmp_path, edited=edited) as place:
        yield place


async def declared_before(at_work: Workplace) -> Record:
    """Return an incident that was declared before the playbook was edited."""
    command = c.Declare(c.Actor(SUPPORT), "Payment API down", "SEV1")
    before = Handler(at_work.edge.store, shipped.playbook(), at_work.edge.now, lambda: None)
    return (await before.declare(at_work.edge.workspace, command)).record


async def previewed(at_work: Workplace, member: str) -> dict[str, Any]:
    typed = {"command": "/incident", "text": "playbook adopt 1"}
    told = await at_work.control("command", user=member, channel="general", **typed)
    response: dict[str, Any] = told["response"]
    return response


async def test_an_unchanged_playbook_leaves_nothing_to_adopt(at_work: Workplace) -> None:
    await at_work.declares()
    assert await at_work.types("playbook adopt 1") == (
        "incident-1 is run by the playbook default as Tocsin read it when it started, so there is nothing to adopt. "
        "After an edit of its files, start Tocsin anew, and then type `/incident playbook adopt` again."
    )


async def test_what_would_change_is_shown_and_changes_once_confirmed(at_work: Workplace) -> None:
    record = await declared_before(at_work)
    response = await previewed(at_work, CTO)
    assert "SEV1: resolve within 1 h becomes 2 h" in str(response["blocks"])
    value = response["blocks"][-1]["elements"][0]["value"]
    assert (await at_work.current(record)).rules == record.rules

    posted = await posts(at_work, "playbook.adopt", value)
    said = await at_work.presses(posted, "playbook.adopt", user=CTO)
    assert said.startswith("incident-1 is run by the playbook default as it is now.")
    current = await at_work.current(record)
    assert current.rules == at_work.edge.playbook.rules
    due = await at_work.edge.store.run(lambda tx: tx.timers(record.id))
    assert due["resolve.limit"] == current.incident.declared_at + timedelta(hours=2)
    events = await at_work.edge.store.run(lambda tx: tx.timeline(record.id))
    [adopted] = [one for one in events if isinstance(one, e.RulesAdopted)]
    assert adopted.changes == ("SEV1: resolve within 1 h becomes 2 h",)


async def test_another_change_meanwhile_has_to_be_looked_at_first(at_work: Workplace) -> None:
    record = await declared_before(at_work)
    posted = await posts(at_work, "playbook.adopt", f"{record.id}:0123456789ab")
    assert (await at_work.presses(posted, "playbook.adopt", user=CTO)).startswith("The playbook has changed since")
    assert (await at_work.current(record)).rules == record.rules


async def test_only_those_concerned_change_the_rules(at_work: Workplace) -> None:
    record = await declared_before(at_work)
    response = await previewed(at_work, SUPPORT)
    posted = await posts(at_work, "playbook.adopt", response["blocks"][-1]["elements"][0]["value"])
    said = await at_work.presses(posted, "playbook.adopt", user=SUPPORT)
    assert said.startswith("Changing the rules of an open incident is for the commander")
    assert (await at_work.current(record)).rules == record.rules


async def test_an_unknown_word_after_playbook_says_what_can_follow(at_work: Workplace) -> None:
    assert (await at_work.types("playbook fnord")).startswith("After `playbook` one of these words can follow:")
