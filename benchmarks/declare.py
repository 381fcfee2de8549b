"""Declare to ready: from the command's arrival until the channel is there and usable.

The whole of `tocsin run` over Socket Mode, against a Slack that answers each call after a delay. Ready is when Slack
has answered for all of: the channel, its people, the card, the notice in the announce channel and the topic; pinned is
when it has for the card's pin too. Goals are multiples of the delay: two calls have to wait for each other (a channel
must be there before anything can be in it), with the pin three. Then ten are declared at once, of mixed severities;
that is reported, with how often Tocsin called what Slack limits.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.children import TOCSIN_RUN, child, over_socket
from benchmarks.prepared import ANNOUNCE, DECLARER, WORKSPACE, fill
from benchmarks.rounds import Plan, in_turns
from benchmarks.row import Better, Goal, Row
from benchmarks.slack import Call, FakeSlack

DELAY = 0.3
READY, PINNED = Goal(Better.LESS, 2.3), Goal(Better.LESS, 3.3)
MIXED = ("SEV3", "SEV1", "SEV4", "SEV2", "SEV2", "SEV4", "SEV1", "SEV3", "SEV1", "SEV2")
QUIET = 1.5
ALL_WITHIN = 120.0
LOOK_EVERY = 0.02
POST = "chat.postMessage"
LIMITED = ("conversations.create", "conversations.setTopic", "pins.add", "bookmarks.add", POST, "chat.update")


@dataclass(frozen=True, slots=True)
class Opened:
    """How many seconds after its command an incident was ready, and its card pinned."""

    severity: str
    ready: float
    pinned: float


@dataclass(frozen=True, slots=True)
class Round:
    """One declared alone, ten declared at once, and the calls that the ten led to."""

    alone: Opened
    ten: list[Opened]
    calls: list[Call]


async def measure(plan: Plan) -> list[Row]:
    """Measure it, with a new process in each round."""
    many = MIXED[: plan.size(len(MIXED), 2)]

    async def ours(number: int) -> Round:
        room = plan.room(f"declare-{number}")
        database = f"sqlite:///{room / 'tocsin.db'}"
        fill(database)
        async with FakeSlack(DELAY) as slack, child(room, *TOCSIN_RUN, settings=over_socket(slack, database)):
            await slack.connected()
            # The first one after a start also finds the announce channel.
            await _declare(slack, ["SEV1"])
            await slack.quiet(QUIET)
            [alone] = await _declare(slack, ["SEV1"])
            await slack.quiet(QUIET)
            before = len(slack.calls)
            return Round(alone, await _declare(slack, many), slack.calls[before:])

    async def delay(_: int) -> None:
        """The other side is the delay itself."""

    taken = await in_turns(plan, ours, delay)
    rounds = [one for one in taken.ours if one]
    return [
        _row("ready", "Declare to ready", READY, [one.alone.ready for one in rounds], taken.disk),
        _row("pinned", "Declare to pinned", PINNED, [one.alone.pinned for one in rounds], taken.disk),
        _ten(rounds, taken.disk),
    ]


async def _declare(slack: FakeSlack, severities: Sequence[str]) -> list[Opened]:
    """Declare one incident of each of `severities` at once, and wait until all are pinned."""
    began = asyncio.get_running_loop().time()
    before = len(slack.calls)
    titles = {f"Outage {before}-{place:02} of the benchmark": severity for place, severity in enumerate(severities)}
    commands = [_command(f"declare {severity} {title}") for title, severity in titles.items()]
    await asyncio.gather(*(slack.send("slash_commands", command) for command in commands))
    async with asyncio.timeout(ALL_WITHIN):
        while True:
            found = [_opened(slack.calls[before:], title, titles[title], began) for title in titles]
            opened = [one for one in found if one]
            if len(opened) == len(titles):
                return opened
            await asyncio.sleep(LOOK_EVERY)


def _opened(calls: Sequence[Call], title: str, severity: str, began: float) -> Opened | None:
    """Return when the incident of that title was ready and pinned; nothing while it is not."""
    posts = [call for call in calls if call.method == POST and title in str(call.arguments)]
    notice = [call for call in posts if call.arguments["channel"] == ANNOUNCE]
    cards = {call.answer["ts"]: call for call in posts if call.arguments["channel"] != ANNOUNCE}
    pins = [call for call in calls if call.method == "pins.add" and call.arguments["timestamp"] in cards]
    if not (notice and pins):
        return None
    channel = pins[0].arguments["channel"]
    about = [
        next((call for call in calls if call.method == method and call.arguments.get("channel") == channel), None)
        for method in ("conversations.invite", "conversations.setTopic")
    ]
    made = next((call for call in calls if _made(call) == channel), None)
    needed = [made, cards[pins[0].arguments["timestamp"]], notice[0], *about]
    if None in needed:
        return None
    ready = max(call.answered_at for call in needed if call)
    return Opened(severity, ready - began, pins[0].answered_at - began)


def _made(call: Call) -> str | None:
    return str(call.answer["channel"]["id"]) if call.method == "conversations.create" else None


def _row(name: str, what: str, goal: Goal, ours: list[float], disk: list[float]) -> Row:
    note = f"the delay is {DELAY * 1000:.0f} ms for each call."
    against = "Slack's delay for one call"
    return Row(name, what, "s", ours, [DELAY] * len(ours), against, goal=goal, note=note, disk=disk)


def _ten(rounds: Sequence[Round], disk: list[float]) -> Row:
    worst = sorted(rounds[-1].ten, key=lambda one: one.ready)
    busiest = max(_most_in_a_second(one.calls) for one in rounds)
    calls = Counter(call.method for call in rounds[-1].calls)
    order = ", ".join(f"{one.severity} {one.ready:.1f}" for one in worst)
    return Row(
        name="ten-at-once",
        what=f"{len(worst)} declared at once, until all are ready",
        unit="s",
        ours=[max(opened.ready for opened in one.ten) for one in rounds],
        theirs=[],
        against="",
        note=f"ready after (s): {order}. Most messages to one channel within a second: {busiest}.",
        disk=disk,
        more={
            "worst_severity_ready_s": [_last_of("SEV1", one.ten) for one in rounds],
            "most_messages_to_one_channel_in_a_second": busiest,
            "calls": {method: calls[method] for method in LIMITED},
        },
    )


def _last_of(severity: str, opened: Iterable[Opened]) -> float:
    return max((one.ready for one in opened if one.severity == severity), default=0.0)


def _most_in_a_second(calls: Iterable[Call]) -> int:
    posts = [(str(call.arguments["channel"]), call.came_at) for call in calls if call.method == POST]
    return max(
        (sum(1 for to, at in posts if to == channel and 0 <= at - came < 1) for channel, came in posts), default=0
    )


def _command(text: str) -> dict[str, Any]:
    return {
        "token": "unused",
        "command": "/incident",
        "text": text,
        "user_id": DECLARER,
        "user_name": "support",
        "team_id": WORKSPACE,
        "team_domain": "benchmark",
        "channel_id": "C0GENERAL",
        "channel_name": "general",
        "api_app_id": "A0TOCSIN",
        "is_enterprise_install": "false",
        "response_url": "http://127.0.0.1:9/commands",
        "trigger_id": f"1.2.{text}",
    }
