from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.domain import commands as c
from app.domain import events as e
from app.domain.reference import Drill, DrillScript, Inject, Period
from app.handle import Handler
from app.slack.blocks import drills, messages
from app.store import Record
from tests.domain.given import DEFAULT, PLAYBOOK, ROSTER, START, Story, at
from tests.slack.accepted import assert_message, shown
from tests.slack.examples import WORDS, record, tell
from tests.slack.test_listeners_buttons import posts
from tests.slack.workplace import CTO, SUPPORT, Workplace, workplace

SCRIPT = DrillScript(
    "The database is gone", "SEV2", ("orders",), ("data-loss",), (Inject(timedelta(minutes=5), "Customers call"),)
)
DRILLS = (
    Drill("monthly", "Monthly drill", Period.MONTH, ("Fail over",), script=SCRIPT),
    Drill("yearly", "Everything at once", Period.YEAR, severity="SEV1"),
)


@pytest.fixture
async def at_work(tmp_path: Path) -> AsyncIterator[Workplace]:
    async with workplace(tmp_path, edited=lambda playbook: replace(playbook, drills=DRILLS)) as place:
        yield place


async def newest(at_work: Workplace) -> Record:
    return (await at_work.edge.store.run(lambda tx: tx.latest(at_work.edge.workspace, 1)))[0]


async def test_the_drills_of_the_playbook_are_listed_with_a_button_each(at_work: Workplace) -> None:
    assert "This playbook has two drills." in await at_work.types("drill")
    message = drills.listing(DRILLS, DEFAULT)
    assert_message(message)
    assert "*Monthly drill*, every month · `/incident drill monthly`" in shown(message)
    assert [block["accessory"]["value"] for block in message.blocks if "accessory" in block] == ["monthly", "yearly"]


@pytest.mark.parametrize("typed", ["drill monthly", "drill Monthly Drill"])
async def test_a_drill_is_started_by_its_name_with_its_script(at_work: Workplace, typed: str) -> None:
    said = await at_work.types(typed)
    assert said.startswith("incident-1 is declared as a drill.")
    incident = (await newest(at_work)).incident
    assert (incident.title, incident.severity, incident.services) == ("The database is gone", "SEV2", "orders")
    assert (incident.drill, incident.drill_name, tuple(incident.tags)) == (True, "monthly", ("data-loss",))
    timers = await at_work.edge.store.run(lambda tx: tx.timers(1))
    assert timers["inject:1"] == incident.declared_at + timedelta(minutes=5)


async def test_whoever_starts_it_alone_reads_its_steps(at_work: Workplace) -> None:
    told = await at_work.control("command", user=SUPPORT, channel="general", command="/incident", text="drill monthly")
    assert "• Fail over" in str(told["response"]["blocks"])
    assert "Fail over" not in str(await newest(at_work))


async def test_a_drill_without_a_script_is_declared_by_its_title(at_work: Workplace) -> None:
    await at_work.types("drill yearly")
    incident = (await newest(at_work)).incident
    assert (incident.title, incident.severity, incident.injects) == ("Everything at once", "SEV1", ())


async def test_one_drill_does_not_run_twice_at_once(at_work: Workplace) -> None:
    await at_work.types("drill monthly")
    assert await at_work.types("drill monthly", user=CTO) == (
        'The drill "Monthly drill" is running already: incident-1. To end it: `/incident resolve 1`'
    )


async def test_a_drill_of_another_playbook_is_another_one(at_work: Workplace) -> None:
    edge, playbook = at_work.edge, at_work.edge.playbook
    theirs = replace(playbook, rules=replace(playbook.rules, playbook="theirs"))
    elsewhere = Handler(edge.store, theirs, edge.now, lambda: None)
    await elsewhere.declare(edge.workspace, c.Declare(c.Actor(CTO), "Theirs", "SEV1", drill=True, drill_name="monthly"))
    assert (await at_work.types("drill monthly")).startswith("incident-2 is declared as a drill.")


async def test_the_button_starts_it_once_however_often_slack_says_so(at_work: Workplace) -> None:
    posted = await posts(at_work, "drill.start", "monthly")
    assert "is declared as a drill" in await at_work.presses(posted, "drill.start", user=SUPPORT)
    assert "is running already" in await at_work.presses(posted, "drill.start", user=CTO)
    assert (await newest(at_work)).incident.number == 1


async def test_the_button_of_a_drill_that_is_gone_says_so(at_work: Workplace) -> None:
    posted = await posts(at_work, "drill.start", "weekly")
    assert (await at_work.presses(posted, "drill.start")).startswith("This belongs to something")


async def test_a_free_drill_is_declared_at_once_or_by_the_form(at_work: Workplace) -> None:
    await at_work.types("drill SEV3 What if DNS fails")
    assert (await newest(at_work)).incident.drill
    assert (await newest(at_work)).incident.title == "What if DNS fails"
    await at_work.types("drill What if DNS fails")
    blocks = {block.get("block_id"): block for block in (await at_work.form())["blocks"]}
    assert blocks["title"]["element"]["initial_value"] == "What if DNS fails"
    assert [one["value"] for one in blocks["kind"]["element"]["initial_options"]] == ["drill"]


def test_what_the_script_brought_up_meanwhile_is_said_after_downtime() -> None:
    command = c.Declare(c.Actor(SUPPORT), "Slow", "SEV2", drill=True, injects=SCRIPT.injects, number=12)
    story = Story(DEFAULT, ROSTER, command, START).do(c.Acknowledge(c.Actor(CTO)), at(minutes=1))
    story.away_until(at(minutes=20))
    caught_up = messages.post("caught_up", record(story), story.last(e.CaughtUp), (), WORDS)
    assert_message(caught_up)
    assert "Meanwhile: the script of the drill went on at" in shown(caught_up)
    injected = messages.post("injected", record(story), story.last(e.Injected), (), WORDS)
    assert shown(injected).strip() == f"DRILL, 1 of {len(SCRIPT.injects)} · Customers call"


def test_the_score_is_read_at_a_glance() -> None:
    story = tell()
    story.incident = replace(story.incident, drill=True)
    story.until(at(minutes=40))
    message = drills.scored(Record(3, "T1", 1, story.incident, story.rules), story.events, PLAYBOOK)
    assert_message(message)
    said = shown(message)
    assert "SEV1 DRILL: Payment API down is over: not everything came in time." in said
    assert ":x: *Acknowledgement:* there was none; SEV1 asks for it within 5 min" in said
    assert ":heavy_minus_sign: *Detection:* there was none, and none was due" in said
