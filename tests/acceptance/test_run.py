"""`tocsin run` as an operator meets it: it starts, says plainly what is wrong, and stops when it is told to."""

import asyncio
import os
import shutil
import signal
import socket
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import aiohttp
import pytest

from app.store import DeliveryState
from tests.acceptance.workspace import CHECKOUT, SUPPORT, TOCSIN_RUN, WORKSPACE, Process
from tests.waiting import IN_TIME, until

pytestmark = pytest.mark.slow

STOPS_WITHIN = 10


async def runs(folder: Path, *arguments: str, **environment: str) -> tuple[int, str]:
    """Run Tocsin to its end, and return its status and what it said."""
    command = (*TOCSIN_RUN[:-1], *(arguments or ("run",)))
    running = await asyncio.create_subprocess_exec(
        *command, env={"PATH": os.environ["PATH"], "PYTHONPATH": str(CHECKOUT)} | environment, cwd=folder, stderr=PIPE
    )
    async with asyncio.timeout(IN_TIME):
        _, said = await running.communicate()
    assert running.returncode is not None
    return running.returncode, said.decode()


def playbook(folder: Path, *replaced: str) -> Path:
    """Copy the playbook `default` to a folder, with some words of it replaced."""
    target = Path(shutil.copytree(CHECKOUT / "templates" / "playbooks" / "default", folder / "mine"))
    text = (target / "playbook.yml").read_text()
    for old, new in zip(replaced[::2], replaced[1::2], strict=True):
        assert old in text
        text = text.replace(old, new)
    (target / "playbook.yml").write_text(text)
    return target


async def test_without_settings_it_names_each_that_is_missing_and_where_to_find_it(tmp_path: Path) -> None:
    status, said = await runs(tmp_path)
    assert status == 1
    lines = said.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("SLACK_BOT_TOKEN is not set.")
    assert lines[1].startswith("Neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set.")


async def test_with_wrong_settings_there_is_one_line_for_each_and_no_secret_in_it(tmp_path: Path) -> None:
    status, said = await runs(
        tmp_path,
        SLACK_BOT_TOKEN="xoxp-hush",
        SLACK_APP_TOKEN="xoxb-hush",
        DATABASE_URL="mysql://hush",
        PORT="many",
        TOCSIN_ADMINS="@ann",
    )
    assert status == 1
    assert [line.split()[0] for line in said.splitlines()] == [
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "DATABASE_URL",
        "TOCSIN_ADMINS",
        "PORT",
    ]
    assert "hush" not in said


async def test_a_broken_playbook_is_refused_by_file_line_and_key(tmp_path: Path) -> None:
    folder = playbook(tmp_path, "update_every: 30m", "update_evry: 30m")
    status, said = await runs(tmp_path, SLACK_BOT_TOKEN="xoxb-1", SLACK_APP_TOKEN="xapp-1", TOCSIN_PLAYBOOK=str(folder))
    assert status == 1
    [line] = said.splitlines()
    assert "playbook.yml:" in line
    assert "update_evry" in line
    assert "Traceback" not in said


async def test_a_playbook_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    status, said = await runs(tmp_path, SLACK_BOT_TOKEN="xoxb-1", SLACK_APP_TOKEN="xapp-1", TOCSIN_PLAYBOOK="mine")
    assert status == 1
    assert len(said.splitlines()) == 1
    assert "default" in said


async def test_a_database_that_cannot_be_opened_is_one_sentence(tmp_path: Path) -> None:
    status, said = await runs(
        tmp_path, SLACK_BOT_TOKEN="xoxb-1", SLACK_APP_TOKEN="xapp-1", DATABASE_URL="sqlite:////nowhere/tocsin.db"
    )
    assert status == 1
    assert len(said.splitlines()) == 1
    assert "/nowhere" in said


async def test_a_second_one_on_the_same_file_is_told_in_one_line_that_there_is_one(process: Process) -> None:
    await process.start()
    listening = len(await process.calls("apps.connections.open"))
    status, said = await runs(process.folder, **process.environment)
    assert status == 1
    [line] = said.splitlines()
    assert line.startswith(f"Another Tocsin runs on the file {process.database}. Stop it first")
    assert len(await process.calls("apps.connections.open")) == listening
    assert process.running
    assert process.running.returncode is None


async def test_where_the_disk_does_not_last_a_file_is_refused_in_one_line(tmp_path: Path) -> None:
    status, said = await runs(tmp_path, SLACK_BOT_TOKEN="xoxb-1", SLACK_APP_TOKEN="xapp-1", DYNO="web.1")
    assert status == 1
    [line] = said.splitlines()
    assert line.startswith("DATABASE_URL names an SQLite file")
    assert line.endswith("heroku addons:create heroku-postgresql")


@pytest.mark.parametrize(
    ("setting", "value"), [("SLACK_BOT_TOKEN", "xoxb-another"), ("SLACK_APP_TOKEN", "xapp-another")]
)
async def test_a_token_that_slack_does_not_take_is_one_sentence(process: Process, setting: str, value: str) -> None:
    status, said = await runs(process.folder, **process.environment | {setting: value})
    assert status == 1
    plain = [line for line in said.splitlines() if line.startswith("Slack does not take")]
    assert len(plain) == 1
    assert setting in plain[0]
    assert "Traceback" not in said


async def test_a_port_that_is_taken_is_one_sentence(process: Process) -> None:
    with socket.create_server(("0.0.0.0", 0)) as taken:  # noqa: S104 -- as Tocsin does
        port = taken.getsockname()[1]
        status, said = await runs(
            process.folder,
            **process.environment | {"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": "s", "PORT": str(port)},
        )
    assert status == 1
    assert f"Port {port} is taken." in said
    assert "Traceback" not in said


async def test_the_port_of_the_page_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        status, said = await runs(tmp_path, "try", "--no-browser", "--port", port)
    assert (status, said) == (1, f"Port {port} is taken. Choose another: tocsin try --port 0\n")


async def test_it_waits_for_a_slack_that_is_away_and_stops_when_it_is_told_to(process: Process) -> None:
    await process.fault("auth.test", "server_error", times=100)
    running = await asyncio.create_subprocess_exec(
        *TOCSIN_RUN, env=process.environment, cwd=process.folder, stderr=PIPE
    )

    async def asked() -> bool:
        return bool(await process.calls("auth.test"))

    await until(asked)
    began = monotonic()
    running.send_signal(signal.SIGTERM)
    _, said = await running.communicate()
    assert running.returncode == 0, said.decode()
    assert "Traceback" not in said.decode()
    assert monotonic() - began < STOPS_WITHIN


@pytest.mark.kill
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
async def test_told_to_stop_in_the_middle_of_a_post_it_finishes_it_and_ends_well(
    process: Process, how: signal.Signals
) -> None:
    await process.cast("primary")
    await process.start()
    await process.fault("chat.postMessage", "delay", times=3, seconds=1)
    await process.act("command", user=SUPPORT, channel="general", command="/incident", text="declare SEV1 It burns")

    async def asked() -> bool:
        return bool(await process.calls("chat.postMessage"))

    await until(asked)
    began = monotonic()
    assert await process._end(how) == 0
    assert monotonic() - began < STOPS_WITHIN
    said = (process.folder / "log").read_text()
    assert "Traceback" not in said
    assert "exception" not in said.lower()
    counts = await process.remembers(lambda tx: tx.delivery_counts(WORKSPACE))
    assert (counts[DeliveryState.SENDING], counts[DeliveryState.UNKNOWN]) == (0, 0)
    assert counts[DeliveryState.SENT] > 0


@pytest.mark.kill
async def test_told_to_stop_while_slack_hangs_it_does_not_wait_for_ever(process: Process) -> None:
    await process.start()
    await process.fault("views.publish", "delay", times=9, seconds=20)
    await process.fault("chat.postMessage", "delay", times=9, seconds=20)
    await process.act("command", user=SUPPORT, channel="general", command="/incident", text="declare SEV1 It burns")
    await process.act("home", user=SUPPORT)

    async def asked() -> bool:
        return bool(await process.calls("views.publish"))

    await until(asked)
    began = monotonic()
    assert await process.terminate() == 0
    assert monotonic() - began < STOPS_WITHIN
    assert "Traceback" not in (process.folder / "log").read_text()


@asynccontextmanager
async def trying(folder: Path, *more: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """Run `tocsin try`, and yield its process and the address of its page."""
    running = await asyncio.create_subprocess_exec(
        *(*TOCSIN_RUN[:-1], "try", "--no-browser", "--port", "0", *more),
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(CHECKOUT), "PYTHONUNBUFFERED": "1"},
        cwd=folder,
        stdout=PIPE,
        stderr=sys.stderr,
    )
    assert running.stdout
    try:
        async with asyncio.timeout(IN_TIME):
            line = (await running.stdout.readline()).decode()
        yield running, next(word for word in line.split() if word.startswith("http"))
    finally:
        if running.returncode is None:
            running.kill()
            await running.wait()


@pytest.mark.kill
async def test_the_workspace_to_try_comes_back_as_it_was_after_a_kill(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    async with trying(tmp_path, "--data", str(folder)) as (running, page), aiohttp.ClientSession(page) as session:
        await until(lambda: commands(session))
        wish = {"user": "support", "channel": "general", "command": "/incident", "text": "declare SEV1 It burns"}
        async with session.post("/_control/command", json=wish) as told:
            assert (await told.json())["ok"]
        async with session.post("/_control/advance", json={"seconds": 400}) as told:
            assert (await told.json())["ok"]
        running.kill()
        await running.wait()
    async with trying(tmp_path, "--data", str(folder)) as (running, page), aiohttp.ClientSession(page) as session:
        async with session.get("/_control/state") as state:
            rooms = {room["name"]: room for room in (await state.json())["channels"]}
        assert {"incident-1", "incidents"} <= rooms.keys()
        assert any("step 2" in message["text"] for message in rooms["incident-1"]["messages"])
        await until(lambda: due(session))
        running.terminate()
        async with asyncio.timeout(STOPS_WITHIN):
            assert await running.wait() == 0


async def commands(session: aiohttp.ClientSession) -> bool:
    """Say whether Tocsin answers commands by now."""
    wish = {"user": "support", "channel": "support-desk", "command": "/incident", "text": "help"}
    async with session.post("/_control/command", json=wish) as told:
        return bool((await told.json())["ok"])


async def due(session: aiohttp.ClientSession) -> bool:
    """Say whether the page shows what is due next."""
    async with session.get("/_control/state") as state:
        return bool((await state.json())["due"])
