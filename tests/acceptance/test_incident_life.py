"""Handing over, merging, private incidents, drills, milestones and a playbook that changes meanwhile, in Slack."""

import shutil
from dataclasses import replace
from pathlib import Path

import ruamel.yaml
from pydantic import SecretStr

from app.domain import commands as c
from app.domain import events as e
from app.domain.playbook import Status
from app.handle import Handler
from app.playbooks.shipped import shipped
from app.sandbox import Sandbox
from tests.acceptance.conftest import OpenTown
from tests.acceptance.workspace import (
    CTO,
    INCIDENTS,
    MANAGER,
    ON_CALL,
    SECONDARY,
    SUPPORT,
    WORKSPACE,
    Room,
    Town,
)

KEY = SecretStr(Sandbox.pagerduty_key)


async def test_why_leads_the_last_page_back_to_its_rule(slack: Town) -> None:
    await slack.declares()
    await slack.passes(minutes=5, seconds=5)
    said = await slack.types(SUPPORT, "why 1")
    assert "*Why:* default, " in said
    assert "*What comes next:*" in said


async def test_the_next_commander_is_briefed_in_person_and_the_room_told_in_one_line(slack: Town) -> None:
    await slack.declares()
    await slack.types(ON_CALL, "ack 1")
    await slack.types(ON_CALL, "update 1 A disk is full")
    await slack.types(ON_CALL, f"handoff 1 <@{SECONDARY}>")
    briefing = (await slack.room(SECONDARY)).find("You lead SEV1 Payment API down now")
    assert f"given to you by <@{ON_CALL}>" in briefing.text
    for words in ("A disk is full", "*Who is on it*", "The next update is due", "☐", "*What comes next"):
        assert words in briefing.words
    room = await slack.room("incident-1")
    assert f"<@{SECONDARY}>" in room.find("gives command").text
    assert SECONDARY in room.facts["members"]
    assert f"<@{SECONDARY}>" in room.card.words


async def test_a_duplicate_goes_on_in_the_other_incident(open_town: OpenTown) -> None:
    slack = await open_town(pager=KEY)
    await slack.declares()
    await slack.types(SECONDARY, "declare SEV1 Checkout fails")
    first, second = await slack.room("incident-1"), await slack.room("incident-2")
    await slack.types(MANAGER, "merge 1", channel=second.id)

    first, second = await slack.room("incident-1"), await slack.room("incident-2")
    assert f"Merged into <#{first.id}>" in second.card.words
    assert f"into <#{first.id}>" in second.find("merged").text
    assert f"<#{second.id}>" in first.find("merged", "Checkout fails").text
    assert SECONDARY in first.facts["members"]
    assert f"<#{second.id}>" in first.card.words
    assert "merged it into" in await slack.types(SUPPORT, "timeline 2")
    assert "into this one" in await slack.types(SUPPORT, "timeline 1")
    assert (await slack.incident(2)).incident.status is Status.CANCELLED
    assert await slack.run(lambda tx: tx.timers(2)) == {}
    alerts = slack.sandbox.slack.workspace.alerts
    assert {alert.status for alert in alerts if "Checkout" in alert.summary} == {"resolved"}
    page = (await slack.room(ON_CALL)).find("Checkout fails")
    assert page.actions == []
    await slack.passes(hours=2)
    assert len(await slack.timeline(e.Paged, 2)) == 2


async def test_a_private_incident_is_seen_by_its_people_alone(slack: Town) -> None:
    await slack.types(SUPPORT, "declare private SEV1 Salaries leaked")
    await slack.passes(minutes=20)
    room = await slack.room("incident-1")
    assert room.facts["kind"] == "private"
    assert {SUPPORT, ON_CALL, MANAGER} <= set(room.facts["members"])
    assert not any("Salaries" in said or "incident-1" in said for said in await _in_public(slack))
    assert "Private: only the people in its channel" in (await slack.room("incident-1")).card.words
    assert "Salaries leaked" in (await slack.room(ON_CALL)).find("You are step 1").text
    for typed in ("list", "", "status 1", "timeline 1"):
        assert "Salaries" not in await slack.types(CTO, typed)
        assert "Salaries" in await slack.types(SUPPORT, typed)
    for member in (CTO, SUPPORT):
        await slack.act("home", user=member)
        await slack.settles()
        assert ("Salaries" in str((await slack.look())["homes"][member])) is (member == SUPPORT)


async def test_without_a_private_channel_its_people_are_told_in_person_and_nobody_else(slack: Town) -> None:
    await slack.fault("conversations.create", "error", error="restricted_action")
    await slack.types(SUPPORT, "declare private SEV1 Salaries leaked")
    await slack.types(ON_CALL, "ack 1")
    assert not any("Salaries" in said for said in await _in_public(slack))
    told = (await slack.room(SUPPORT)).find("I could not open a channel", "in person")
    assert told.actions == ["delivery.retry"]
    assert (await slack.room(SUPPORT)).all(f"<@{ON_CALL}> acknowledged SEV1 Salaries leaked")
    await slack.types(ON_CALL, "postmortem 1")
    for member in (SUPPORT, ON_CALL):
        assert (await slack.room(member)).all("The draft of the postmortem of SEV1 Salaries leaked")
    assert not any("Salaries" in said for said in await _in_public(slack))
    await slack.presses(SUPPORT, told, "delivery.retry")
    assert "incident-1" in await slack.rooms()
    assert (await slack.room("incident-1")).card.actions


async def test_a_drill_is_marked_everywhere_runs_its_script_and_is_scored(open_town: OpenTown, tmp_path: Path) -> None:
    slack = await open_town(playbook=str(_with_drill(tmp_path)), pager=KEY)
    await slack.types(SUPPORT, "drill monthly")
    room = await slack.room("incident-1")
    assert room.facts["topic"].startswith("DRILL · SEV1 · Database gone")
    assert "DRILL · SEV1" in room.card.words
    assert "DRILL · SEV1" in (await slack.room(INCIDENTS)).find("Database gone").words
    page = (await slack.room(ON_CALL)).find("You are step 1")
    assert page.text.startswith("SEV1 DRILL: Database gone")
    alerts = slack.sandbox.slack.workspace.alerts
    assert alerts
    assert all(alert.summary.startswith("DRILL SEV1 Database gone") for alert in alerts)

    await slack.presses(ON_CALL, page, "incident.acknowledge")
    await slack.passes(minutes=6)
    assert (await slack.room("incident-1")).all("· Customers call the support desk")
    await slack.types(ON_CALL, "update 1 We fail over")
    await slack.passes(minutes=5)
    await slack.types(ON_CALL, "resolve 1")
    await slack.fills(ON_CALL, root_cause="A drill")
    score = (await slack.room("incident-1")).find("is over: everything came in time")
    assert ":white_check_mark: *Acknowledgement:* at once" in score.words
    assert ":white_check_mark: *Updates in time:* 1 of 1" in score.words
    await slack.passes(hours=80)
    assert not (await slack.room("incident-1")).all("postmortem", "is due")


async def test_a_changed_playbook_reaches_an_open_incident_only_when_somebody_lets_it(slack: Town) -> None:
    # It was declared before Tocsin was started again with an edited playbook.
    edited = slack.bot.playbook
    shorter = replace(edited.rules, steps=edited.rules.steps[:-1])
    assert slack.bot.edge
    command = c.Declare(c.Actor(SUPPORT), "Payment API down", "SEV1")
    before = Handler(slack.store, replace(edited, rules=shorter), lambda: slack.now, slack.bot.outbox.wake)
    await before.declare(WORKSPACE, command)
    await slack.settles()
    await slack.types(ON_CALL, "ack 1")
    assert (await slack.incident()).rules == shorter

    channel = (await slack.room("incident-1")).id
    said = await slack.types(ON_CALL, "playbook adopt", channel=channel)
    assert "Step 4: new, pages Head of engineering" in said
    assert (await slack.incident()).rules == shorter
    shown = next(one for one in (await slack.whispers(ON_CALL)).values() if "playbook.adopt" in one.actions)
    await slack.presses(ON_CALL, shown, "playbook.adopt")
    assert (await slack.incident()).rules == edited.rules
    assert "Step 4: new" in (await slack.room("incident-1")).find("be run by the playbook default as it is now").words
    await slack.passes(minutes=61)
    assert [label for label, _ in await slack.pages()].count("4") == 1


async def test_a_milestone_is_marked_by_its_button(open_town: OpenTown) -> None:
    slack = await open_town(playbook="fintech")
    await slack.types(SUPPORT, "declare SEV-2 Checkout is slow")
    record = await slack.incident()
    await slack.types(ON_CALL, f"ack {record.incident.number}")
    room = str((await slack.incident()).incident.channel)
    await slack.passes(minutes=31)
    missed = (await slack.room(room)).find("Mitigation under way", "is not reached")
    assert ":x: Mitigation" in (await slack.room(room)).card.words
    await slack.presses(ON_CALL, missed, "milestone.reach")
    assert ":white_check_mark: Mitigation" in (await slack.room(room)).card.words


async def _in_public(slack: Town) -> list[str]:
    rooms = map(Room, (await slack.look())["channels"])
    return [said.words for room in rooms if room.facts["kind"] == "channel" for said in room.messages]


def _with_drill(folder: Path) -> Path:
    made = folder / "practised"
    shutil.copytree(shipped() / "playbooks" / "default", made)
    (made / "drills").mkdir(exist_ok=True)
    yaml = ruamel.yaml.YAML()
    shape = yaml.load((made / "playbook.yml").read_text())
    shape["drills"] = {"monthly": {"title": "Monthly drill", "every": "month", "script": "monthly.yml"}}
    yaml.dump(shape, made / "playbook.yml")
    script = {
        "title": "Database gone",
        "severity": "SEV1",
        "injects": [{"after": "5m", "say": "Customers call the support desk"}],
    }
    yaml.dump(script, made / "drills" / "monthly.yml")
    return made
