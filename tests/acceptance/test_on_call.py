"""Responders who stand in the playbook: a rotation, a calendar, a user group, and somebody who has left."""

from pathlib import Path

import pytest

from tests.acceptance.conftest import OpenTown
from tests.acceptance.workspace import CTO, MANAGER, ON_CALL, SECONDARY, SUPPORT, VP, WORKSPACE, Town, plain
from tests.playbooks.folders import copy_of
from tests.waiting import until

ROTATION = (
    f"""{{name: Primary on-call, rotation: {{members: [{ON_CALL}, {CTO}, {VP}], every: 7d, from: 2026-03-02}}}}"""
)
CALENDAR = f"{{name: Secondary on-call, calendar: {{file: oncall.ics, people: {{Sam: {SECONDARY}}}}}}}"
GROUP = "{name: Incident manager, slack: S0MANAGE}"
SHIFTS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example//on-call//EN
BEGIN:VEVENT
UID:1
DTSTART:20260101T000000Z
DTEND:20260102T000000Z
RRULE:FREQ=DAILY
SUMMARY:Sam
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def planned(tmp_path: Path) -> str:
    """A playbook that says who is on call."""
    folder = copy_of("default", tmp_path)
    text = (folder / "playbook.yml").read_text()
    for name, said in (("Primary on-call", ROTATION), ("Secondary on-call", CALENDAR), ("Incident manager", GROUP)):
        text = text.replace(f"{{name: {name}}}", said)
    (folder / "playbook.yml").write_text(text)
    (folder / "oncall.ics").write_text(SHIFTS)
    return str(folder)


async def begun(open_town: OpenTown, playbook: str, **options: object) -> Town:
    """Start a Tocsin to which nobody was bound, and wait until it has looked ahead."""
    town = await open_town(bound=(), playbook=playbook, **options)

    async def has_looked() -> bool:
        return await town.run(lambda tx: bool(tx.shifts(WORKSPACE, town.sandbox.clock.now()) and tx.groups(WORKSPACE)))

    await until(has_looked)
    return town


async def test_the_playbook_says_who_is_paged_and_oncall_tells(open_town: OpenTown, planned: str) -> None:
    slack = await begun(open_town, planned)
    said = plain(await slack.types(SUPPORT, "oncall"))
    for line in (f"*Secondary on-call*: <@{SECONDARY}>", "*Incident manager*: <!subteam^S0MANAGE>", "· rotation"):
        assert line in said
    await slack.declares()
    first, second = await slack.pages()
    assert first[0] == "1"
    assert first[1] in (ON_CALL, CTO, VP)
    assert f"*Primary on-call*: <@{first[1]}> until" in said
    assert second == ("3", MANAGER)
    await slack.passes(minutes=5, seconds=5)
    assert (await slack.pages())[-1] == ("2", SECONDARY)


async def test_whoever_has_left_is_skipped_and_the_room_and_home_say_so(open_town: OpenTown, planned: str) -> None:
    slack = await begun(open_town, planned)
    turn = (await slack.run(lambda tx: tx.roster(WORKSPACE, slack.bot.playbook.on_call, slack.bot.now())))["primary"]
    [gone], following = turn.members, turn.deputies[0]
    slack.sandbox.slack.workspace.members[gone].deleted = True
    await slack.declares()
    await slack.passes(seconds=5)
    assert ("1", following) in await slack.pages()
    room = await slack.room("incident-1")
    assert f"<@{gone}>" in room.find("I could not page").words
    assert "Whoever is next is paged at once" in room.find("I could not page").words
    # From now on they are not even tried.
    await slack.declares("SEV1 Login down")
    assert f"No page reaches <@{gone}>" in (await slack.room("incident-2")).find("step 1").words
    await slack.act("home", user=SUPPORT)
    home = str((await slack.look())["homes"][SUPPORT]["blocks"])
    assert "To put right" in home
    assert f"No page reaches <@{gone}>" in home


async def test_a_newcomer_is_briefed_in_private(open_town: OpenTown, planned: str) -> None:
    slack = await begun(open_town, planned)
    await slack.declares()
    await slack.types(ON_CALL, "update 1 A disk is full")
    await slack.passes(minutes=3)
    await slack.act("join", user=SECONDARY, channel="incident-1")

    async def briefed() -> bool:
        return "You joined SEV1 Payment API down" in str(await slack.look())

    await until(briefed)
    briefing = (await slack.room(SECONDARY)).find("You joined")
    for words in ("A disk is full", "*Who does what*", "*Where to look*", "☐"):
        assert words in briefing.words
    assert SECONDARY not in [member for _, member in await slack.pages()]
