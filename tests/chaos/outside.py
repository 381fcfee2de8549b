"""The life of an incident that every system outside hears of, each of which fails as it can in its turn."""

import asyncio
import re
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from app.domain import events as e
from app.failpoints import Name
from app.playbooks.shipped import shipped
from app.sandbox.vendors import ALL, Fault, Vendors
from app.sandbox.vendors.confluence import Confluence
from app.sandbox.vendors.jira import Jira
from app.sandbox.vendors.opsgenie import Opsgenie
from app.sandbox.vendors.statuspage import Statuspage
from app.sandbox.vendors.zoom import Zoom
from tests.acceptance.workspace import ON_CALL, SUPPORT
from tests.chaos.run import AGAIN, Databases, Found, Place, kill_in
from tests.chaos.scenarios import Scenario, has, types
from tests.chaos.scene import Scene, scene
from tests.integrations.postbox import Postbox

BEFORE_LONG = 0.02
"""Seconds after which something lands that was given up: less than the look that follows takes to come."""
WEATHER: Sequence[Fault] = ("error_after", "ratelimited", "drop_after", "late", "server_error")
PLACES: Sequence[Name] = ("line.asking", "line.answered", "mail.handed-over", "outbox.delivered")
"""Between any two steps of what is told to a system outside."""
IN_BAD_WEATHER: Sequence[Name] = (
    "outbox.looked-up",
    "line.answered",
    "outbox.looking-up",
    "outbox.learned",
    "line.asking",
)
"""What is killed in the middle of while a system fails: a name for each way to fail, so that each meets each."""
CHANGES = {
    "acknowledge_within: 5m": "acknowledge_within: 900h",
    "resolve_within: 1h": "resolve_within: 900h",
    "update_every: 15m": "update_every: 900h",
    "tell_customers_every: 30m": "tell_customers_every: 900h",
    "postmortem_within: 72h": "postmortem_within: 900h",
    "{open: 1h, severities: [SEV1]}": "{open: 900h, severities: [SEV1]}",
    "primary: {name: Primary on-call}": "primary: {name: Primary on-call, page_by: [pagerduty, email]}",
    "incident-manager: {name: Incident manager}": "incident-manager: {name: Incident manager, page_by: opsgenie}",
}
LISTS = """
mail:
  stakeholders: {to: [all@example.com], when: [declared, resolved]}
  customers: {to: [they@customer.example], when: customers_told}
"""
HEADLINE = "Payments fail ({})"
MAILED_IN_DOUBT = re.compile(r"MailList \S+ is dead in the end: .*twice: nobody knows whether it arrived")
"""No mail server says what it took: after a second answer that did not come, people are told, and nothing is mailed."""


@dataclass
class Outside:
    """All systems outside."""

    vendors: Vendors
    box: Postbox = field(default_factory=Postbox)

    def settings(self) -> dict[str, Any]:
        """What connects a Tocsin to them."""
        mail = {"smtp_url": SecretStr(f"smtp://127.0.0.1:{self.box.port}"), "mail_from": "tocsin@example.com"}
        return {**self.vendors.settings(), **mail}

    def turns(self, number: int) -> None:
        """Let each system fail in another way than the one beside it, and than it did for the incident before."""
        for place, fake in enumerate(self.vendors.fakes.values(), start=number):
            fake.faults.clear()
            fake.fail(WEATHER[place % len(WEATHER)])
        self.box.answers = ["drop"]

    def calms_down(self) -> None:
        """Let nothing fail any more."""
        for fake in self.vendors.fakes.values():
            fake.faults.clear()
        self.box.answers = []

    def faults(self, incidents: int) -> Iterator[str]:
        """Return what stands twice, or not at all, once `incidents` have lived their lives."""
        for what, there in self._made().items():
            found = Counter(there)
            yield from (f"{what} {one} stands {times} times" for one, times in found.items() if times > 1)
            if len(found) != incidents:
                yield f"of {incidents} incidents, {len(found)} have their {what}: {sorted(found)}"
        rung = (one for one in self.vendors.of(Opsgenie).alerts if one.rung > 1)
        yield from (f"Opsgenie rang {one.rung} times for {one.alias}" for one in rung)
        yield from self._mailed_twice()

    def _made(self) -> dict[str, list[str]]:
        tickets = self.vendors.of(Jira).tickets.values()
        return {
            "ticket": [one.summary for one in tickets if "tocsin-duplicate" not in one.labels],
            "status incident": [one.name for one in self.vendors.of(Statuspage).incidents.values()],
            "word to customers": [
                f"{one.name}: {update['body']}"
                for one in self.vendors.of(Statuspage).incidents.values()
                for update in one.updates
            ],
            "document": [one.title for one in self.vendors.of(Confluence).pages.values()],
            "bridge": [f"{one.topic} {one.agenda}" for one in self.vendors.of(Zoom).meetings.values()],
            "alert": [one.alias for one in self.vendors.of(Opsgenie).alerts],
        }

    def _mailed_twice(self) -> Iterator[str]:
        sent = Counter(
            (str(mail["Message-ID"]), to)
            for mail, reached in self.box.taken
            for to in reached
            if "(possibly repeated)" not in str(mail["Subject"])
        )
        yield from (f"the mail {key} to {to} came {times} times" for (key, to), times in sent.items() if times > 1)


async def tell_customers(world: Scene, number: int) -> bool:
    """Write what customers read, look at it, and confirm."""
    await world.act("command", user=ON_CALL, channel="general", command="/incident", text=f"customers {number}")
    words = {"headline": HEADLINE.format(number), "body": "We are looking into it.", "public_status": "identified"}
    await world.act("submit", user=ON_CALL, values={**words, "public_impact": "major"})
    told = await world.act("submit", user=ON_CALL, values={})
    return bool(told["ok"]) and bool(told["closed"])


async def resolve(world: Scene, number: int) -> bool:
    await world.act("command", user=ON_CALL, channel="general", command="/incident", text=f"resolve {number}")
    told = await world.act("submit", user=ON_CALL, values={"root_cause": "A full disk"})
    return bool(told["ok"])


def typed(who: str, text: str, confirmed: str = "") -> Callable[[Scene, int], Any]:
    """Return what types a command about an incident."""

    async def act(world: Scene, number: int) -> bool:
        return await types(world, who, text.format(number), confirmed)

    return act


LIFE = (
    Scenario("declare", typed(SUPPORT, "declare SEV1 Payment API {} is down", "is declared"), has(e.Declared)),
    Scenario("acknowledge", typed(ON_CALL, "ack {}"), has(e.Acknowledged)),
    Scenario("tell customers", tell_customers, has(e.CustomersTold)),
    Scenario("follow up", typed(ON_CALL, "follow-up {0} Watch the disk of API {0}"), has(e.FollowUpAdded)),
    Scenario("resolve", resolve, has(e.Resolved)),
    Scenario("publish", typed(ON_CALL, "publish {}"), has(e.PublishingAsked)),
)
"""What each system outside hears of once."""


def playbook(folder: Path) -> str:
    """Write down a playbook that uses every way, with times so long that none comes."""
    copy = folder / "outside"
    shutil.copytree(shipped() / "playbooks" / "default", copy)
    file = copy / "playbook.yml"
    text = file.read_text()
    for before, after in CHANGES.items():
        assert before in text
        text = text.replace(before, after)
    file.write_text(text + LISTS)
    return str(copy)


@asynccontextmanager
async def outside() -> AsyncIterator[Outside]:
    """Play every system outside."""
    there = Outside(Vendors([fake() for fake in ALL]))
    for fake in there.vendors.fakes.values():
        fake.pause = BEFORE_LONG
    there.vendors.of(Statuspage).show(["Website", "API", "Sign-in", "Payments"])
    mail = await asyncio.get_running_loop().create_server(there.box.server, "127.0.0.1", 0)
    there.box.port = mail.sockets[0].getsockname()[1]
    await there.vendors.start()
    try:
        yield there
    finally:
        mail.close()
        await there.vendors.stop()


async def live(places: Sequence[Place], folder: Path, database: Databases, *, stormy: bool = False) -> Found:
    """Kill Tocsin at each of these places, in every chapter of a life; where it is `stormy`, all systems fail too."""
    found = Found()
    with database() as url:
        async with outside() as there, scene(folder, url, playbook(folder), there.settings()) as world:
            there.vendors.of(Statuspage).now = world.sandbox.clock.now
            await world.starts()
            for number, place in enumerate(places, start=1):
                for chapter, scenario in enumerate(LIFE):
                    if stormy:
                        there.turns(number)
                    await kill_in(scenario, world, number, place, again=(number + chapter) % AGAIN == 0)
                there.calms_down()
                await world.finishes()
            left = (one for one in await world.faults() if not (stormy and MAILED_IN_DOUBT.search(one)))
            faults = [*left, *there.faults(len(places))]
            found.add(world, faults, f"incident number n was killed at the n-th of {[*map(str, places)]}")
    return found


async def reached(folder: Path) -> Counter[str]:
    """Return which failpoints a whole life comes to."""
    async with outside() as there, scene(folder, None, playbook(folder), there.settings()) as world:
        await world.starts()
        for scenario in LIFE:
            assert await scenario.act(world, 1)
            await world.finishes()
        return world.fuse.reached()
