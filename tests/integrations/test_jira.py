"""Jira: one ticket for each delivery, whatever happens on the way; looked up where nobody knows."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from app.domain import commands as c
from app.domain import effects as f
from app.integrations.tickets.jira import Account, Jira
from app.integrations.tickets.sink import TicketSink
from app.integrations.tickets.tracker import State
from app.outbox import Away, Dead, Doubtful, Later, Outcome, Sent
from app.sandbox.vendors import Fault, Vendors, jira
from app.store import Record
from tests.integrations.test_sink import delivery
from tests.slack.examples import ONCALL, SECOND, record, tell

ACCOUNT = Account("", jira.EMAIL, SecretStr(jira.TOKEN), jira.PROJECT, "Task")
OF_INCIDENT = delivery(f.OpenTicket())
LINK = "https://slack.example.com/app_redirect?channel=C1"


def linked(_: Record) -> str:
    return LINK


class Connected:
    """A sink, and the Jira behind it."""

    def __init__(self, vendors: Vendors) -> None:
        self.fake = vendors.of(jira.Jira)
        self.site = vendors.url("jira")
        self.made: list[TicketSink] = []
        self.sink = self.with_account(ACCOUNT)

    def with_account(self, account: Account) -> TicketSink:
        self.made.append(TicketSink(Jira(replace(account, site=self.site)), linked))
        return self.made[-1]

    async def deliver(self, what: Record | None = None) -> Outcome:
        return await self.sink.deliver(OF_INCIDENT, what or record(tell()))

    async def find(self) -> Outcome | None:
        return await self.sink.find(OF_INCIDENT, record(tell()))


@pytest.fixture
async def tracker(vendors: Vendors) -> AsyncIterator[Connected]:
    connected = Connected(vendors)
    yield connected
    for sink in connected.made:
        await sink.close()


async def test_a_ticket_says_what_the_incident_is_and_leads_back(tracker: Connected) -> None:
    opened = await tracker.deliver()
    url = f"{tracker.site}/browse/OPS-1"
    assert opened == Sent({"ticket": "OPS-1"}, (c.RecordTicket(0, "OPS-1", url),))
    [ticket] = tracker.fake.tickets.values()
    assert ticket.summary == "SEV1 Payment API down"
    assert ticket.labels == ["tocsin", "tocsin-k1"]
    assert "incident-12" in ticket.text
    assert "Open the incident in Slack" in ticket.text


async def test_a_follow_up_is_a_ticket_of_its_own(tracker: Connected) -> None:
    story = tell().do(c.AddFollowUps(ONCALL, ("Add an  alert for the queue",), SECOND.id))
    became = await tracker.sink.deliver(delivery(f.OpenTicket(1)), record(story))
    assert isinstance(became, Sent)
    [ticket] = tracker.fake.tickets.values()
    assert ticket.summary == "Add an alert for the queue"
    assert "Follow-up 1 of incident-12" in ticket.text


async def test_of_what_is_private_the_tracker_learns_a_name_alone(tracker: Connected) -> None:
    story = tell().do(c.AddFollowUps(ONCALL, ("Change the leaked key",)))
    secret = record(story)
    secret = replace(secret, incident=replace(secret.incident, private=True))
    await tracker.deliver(secret)
    await tracker.sink.deliver(delivery(f.OpenTicket(1)), secret)
    first, second = tracker.fake.tickets.values()
    assert (first.summary, second.summary) == (
        "private incident incident-12",
        "follow-up 1 of private incident incident-12",
    )
    assert "key" not in second.text
    assert "Payment" not in first.text


@pytest.mark.parametrize("fault", ["error_after", "drop_after"])
async def test_a_ticket_that_was_opened_without_an_answer_is_found(tracker: Connected, fault: Fault) -> None:
    tracker.fake.fail(fault)
    assert isinstance(await tracker.deliver(), Doubtful)
    found = await tracker.find()
    assert isinstance(found, Sent)
    assert found.result == {"ticket": "OPS-1"}
    assert len(tracker.fake.tickets) == 1


async def test_a_ticket_is_found_that_the_search_does_not_know_yet(tracker: Connected) -> None:
    for _ in range(3):
        await tracker.sink.deliver(replace(OF_INCIDENT, key="other"), record(tell()))
    await tracker.deliver()
    tracker.fake.behind = 2
    found = await tracker.find()
    assert isinstance(found, Sent)
    assert found.result == {"ticket": "OPS-4"}


async def test_in_an_empty_project_nothing_is_found(tracker: Connected) -> None:
    assert await tracker.find() is None


async def test_what_was_given_up_in_doubt_is_looked_up_before_it_is_opened_again(tracker: Connected) -> None:
    await tracker.deliver()
    again = await tracker.sink.deliver(replace(OF_INCIDENT, repeated=True), record(tell()))
    assert isinstance(again, Sent)
    assert len(tracker.fake.tickets) == 1


async def test_a_second_copy_says_so_and_is_found_no_more(tracker: Connected) -> None:
    await tracker.deliver()
    await tracker.deliver()
    assert await tracker.sink.sweep(replace(OF_INCIDENT, result={"ticket": "OPS-2"}), record(tell())) == Sent()
    copy, kept = tracker.fake.tickets.values()
    assert copy.summary == "Duplicate of OPS-2: close this one"
    assert kept.summary == "SEV1 Payment API down"
    found = await tracker.find()
    assert isinstance(found, Sent)
    assert found.result == {"ticket": "OPS-2"}


async def test_a_pause_that_is_asked_for_is_kept(tracker: Connected) -> None:
    tracker.fake.fail("ratelimited")
    assert await tracker.deliver() == Later("Jira asked for a pause", timedelta(seconds=1))
    assert not tracker.fake.tickets


async def test_who_is_not_let_in_waits_and_the_reason_names_the_setting_and_no_secret(tracker: Connected) -> None:
    sink = tracker.with_account(replace(ACCOUNT, token=SecretStr("stale-token")))
    refused = await sink.deliver(OF_INCIDENT, record(tell()))
    assert isinstance(refused, Away)
    assert "JIRA_API_TOKEN" in refused.reason
    assert "stale-token" not in refused.reason
    assert await sink.away() == refused.reason


async def test_an_unknown_project_is_said_in_jira_s_words(tracker: Connected) -> None:
    sink = tracker.with_account(replace(ACCOUNT, project="NONE"))
    refused = await sink.deliver(OF_INCIDENT, record(tell()))
    assert isinstance(refused, Dead)
    assert "project: valid project is required" in refused.reason


async def test_states_are_read_and_what_is_gone_is_left_out(tracker: Connected) -> None:
    await tracker.deliver()
    tracker.fake.tickets["OPS-1"].status = "Done"
    found = await tracker.sink.tracker.states(["OPS-1", "OPS-9"])
    assert found == {"OPS-1": State("Done", done=True)}


async def test_the_proof_opens_nothing_and_names_what_is_missing(tracker: Connected) -> None:
    assert [one.ok for one in await tracker.sink.prove()] == [True, True]
    assert [one for one in tracker.fake.heard if one.method != "GET"] == []
    tracker.fake.fields -= {"labels"}
    *_, missing = await tracker.sink.prove()
    assert not missing.ok
    assert "labels" in missing.says
    *_, kind = await tracker.with_account(replace(ACCOUNT, issue_type="Incident")).prove()
    assert "Set JIRA_ISSUE_TYPE to one of: Task, Bug." in kind.says
    [stranger] = await tracker.with_account(replace(ACCOUNT, token=SecretStr("stale"))).prove()
    assert "JIRA_API_TOKEN" in stranger.says
