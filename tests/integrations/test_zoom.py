"""Zoom: one meeting for each delivery; its token is kept, and fetched anew when it is not taken any more."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from app.config import Settings
from app.domain import commands as c
from app.domain import effects as f
from app.domain.effects import Way
from app.domain.playbook import Playbook
from app.integrations.bridge import bridge as connected_by
from app.integrations.bridge.fixed import Fixed
from app.integrations.bridge.sink import BridgeSink
from app.integrations.bridge.zoom import Account, Zoom
from app.integrations.system import Around
from app.line import PUBLIC
from app.outbox import Away, Dead, Doubtful, Later, Outcome, Sent
from app.sandbox.vendors import Fault, Vendors, zoom
from tests.domain.given import START
from tests.integrations.test_sink import delivery
from tests.slack.examples import record, tell

OPEN = delivery(f.OpenBridge())


class Connected:
    """A sink, and the Zoom behind it; `now` is its clock."""

    def __init__(self, vendors: Vendors) -> None:
        self.fake = vendors.of(zoom.Zoom)
        url = vendors.url("zoom")
        secret = SecretStr(zoom.SECRET)
        self.account = Account(zoom.ACCOUNT, zoom.CLIENT, secret, zoom.HOST, f"{url}/v2", f"{url}/oauth/token")
        self.now = START
        self.made: list[BridgeSink] = []
        self.sink = self.with_account(self.account)

    def with_account(self, account: Account) -> BridgeSink:
        self.made.append(BridgeSink(Zoom(account, now=lambda: self.now)))
        return self.made[-1]

    async def open(self) -> Outcome:
        return await self.sink.deliver(OPEN, record(tell()))


@pytest.fixture
async def bridge(vendors: Vendors) -> AsyncIterator[Connected]:
    connected = Connected(vendors)
    yield connected
    for sink in connected.made:
        await sink.close()


async def test_a_meeting_is_opened_and_its_link_is_learned(bridge: Connected) -> None:
    opened = await bridge.open()
    [meeting] = bridge.fake.meetings.values()
    assert opened == Sent({"call": str(meeting.id)}, (c.RecordBridge(meeting.join_url),))
    assert meeting.topic == "incident-12: SEV1 Payment API down"
    assert meeting.agenda.startswith("tocsin:k1 ")
    assert meeting.join_url.startswith(bridge.account.api.removesuffix("/v2"))


async def test_the_name_of_a_private_incident_is_all_that_zoom_learns(bridge: Connected) -> None:
    secret = record(tell())
    secret = replace(secret, incident=replace(secret.incident, private=True))
    await bridge.sink.deliver(OPEN, secret)
    [meeting] = bridge.fake.meetings.values()
    assert meeting.topic == "private incident incident-12"


async def test_a_token_is_kept_until_shortly_before_its_end(bridge: Connected) -> None:
    await bridge.open()
    bridge.now += timedelta(minutes=50)
    await bridge.open()
    assert len(bridge.fake.tokens) == 1
    bridge.now += timedelta(minutes=6)
    await bridge.open()
    assert len(bridge.fake.tokens) == 2


async def test_a_token_that_was_taken_back_is_fetched_anew(bridge: Connected) -> None:
    await bridge.open()
    bridge.fake.tokens.append("another one took its place")
    assert isinstance(await bridge.open(), Sent)
    assert len(bridge.fake.meetings) == 2


@pytest.mark.parametrize("fault", ["error_after", "drop_after"])
async def test_a_meeting_that_was_opened_without_an_answer_is_found(bridge: Connected, fault: Fault) -> None:
    await bridge.sink.prove()
    bridge.fake.fail(fault)
    assert isinstance(await bridge.open(), Doubtful)
    found = await bridge.sink.find(OPEN, record(tell()))
    [meeting] = bridge.fake.meetings.values()
    assert isinstance(found, Sent)
    assert found.result == {"call": str(meeting.id)}
    assert await bridge.sink.find(replace(OPEN, key="k"), record(tell())) is None


async def test_a_second_meeting_is_taken_away(bridge: Connected) -> None:
    first = await bridge.open()
    await bridge.open()
    assert isinstance(first, Sent)
    assert await bridge.sink.sweep(replace(OPEN, result=first.result), record(tell())) == Sent()
    assert [str(one) for one in bridge.fake.meetings] == [first.result["call"]]


async def test_refusals_say_what_to_look_at(bridge: Connected) -> None:
    stranger = bridge.with_account(replace(bridge.account, secret=SecretStr("wrong-secret")))
    refused = await stranger.deliver(OPEN, record(tell()))
    assert isinstance(refused, Away)
    assert "ZOOM_CLIENT_SECRET" in refused.reason
    assert "wrong-secret" not in refused.reason
    nobody = await bridge.with_account(replace(bridge.account, host="x@example.com")).deliver(OPEN, record(tell()))
    assert isinstance(nobody, Dead)
    assert "User does not exist" in nobody.reason
    await bridge.sink.prove()
    bridge.fake.fail("ratelimited")
    assert await bridge.open() == Later("Zoom asked for a pause", timedelta(seconds=1))


async def test_the_proof_opens_no_meeting(bridge: Connected) -> None:
    assert [one.ok for one in await bridge.sink.prove()] == [True]
    [refused] = await bridge.with_account(replace(bridge.account, host="x@example.com")).prove()
    assert "ZOOM_HOST" in refused.says
    assert not bridge.fake.meetings


async def test_a_link_of_the_playbook_needs_nobody() -> None:
    one = record(tell())
    playbook = Playbook(one.rules, links={"bridge": "https://zoom.us/incident"})
    sink = BridgeSink(Fixed(playbook))
    assert await sink.deliver(OPEN, one) == Sent({"call": "bridge"}, (c.RecordBridge("https://zoom.us/incident"),))
    assert isinstance(await BridgeSink(Fixed(Playbook(one.rules))).deliver(OPEN, one), Dead)


async def test_a_link_that_only_a_playbook_beside_the_one_in_use_has_is_connected() -> None:
    one = record(tell())
    beside = Playbook(one.rules, links={"bridge": "https://zoom.us/beside"})
    playbook = Playbook(replace(one.rules, playbook="in use"), others={one.rules.playbook: beside})
    connected = connected_by(Around(Settings(_env_file=None), playbook, PUBLIC, lambda _: None, {}))
    assert await connected[Way.BRIDGE].deliver(OPEN, one) == Sent(
        {"call": "bridge"}, (c.RecordBridge("https://zoom.us/beside"),)
    )
    [proof] = await connected[Way.BRIDGE].prove()
    assert "https://zoom.us/beside" in proof.says
