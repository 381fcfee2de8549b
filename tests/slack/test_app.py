import json
import sqlite3
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from app.domain import events as e
from app.slack.app import Identity, client
from app.slack.listeners import ROUTES, answer
from app.slack.listeners.answer import Nothing, Offer, Say
from app.slack.requests import Kind, Request
from tests.slack import payloads
from tests.slack.workplace import SUPPORT, Workplace, workplace


@pytest.fixture
async def at_work(tmp_path: Path) -> AsyncIterator[Workplace]:
    async with workplace(tmp_path, connected=False) as place:
        yield place


def test_no_client_sends_twice_by_itself() -> None:
    assert client("xoxb-1", "https://slack.example/api/").retry_handlers == []


def test_a_workspace_of_an_enterprise_is_known_by_both_ids() -> None:
    assert Identity("T1", None, "U1", "B1").workspace == "T1"
    assert Identity("T1", "E1", "U1", "B1").workspace == "E1:T1"


async def test_no_request_waits_for_slack_to_say_who_tocsin_is(at_work: Workplace) -> None:
    await at_work.control("reset_calls")
    response = await at_work.dispatches(payloads.command("help"))
    assert response.status == 200
    assert await at_work.calls("auth.test") == []


async def test_the_answer_to_a_command_is_in_the_acknowledgement(at_work: Workplace) -> None:
    response = await at_work.dispatches(payloads.command("declare SEV1 Payment API down"))
    body = json.loads(response.body)
    assert body["response_type"] == "ephemeral"
    assert body["text"].startswith("incident-1 is declared.")
    assert len(await at_work.edge.store.run(lambda tx: tx.open_records(at_work.edge.workspace))) == 1


async def test_a_redelivered_test_page_pages_nobody_again(at_work: Workplace) -> None:
    sent = payloads.command("test-page")
    first, second = await at_work.dispatches(sent), await at_work.dispatches(sent)
    assert "goes out now" in str(first.body)
    assert "goes out now" not in str(second.body)
    posts = [one for one in await at_work.calls("chat.postMessage") if "This is a test page" in one["text"]]
    assert len(posts) == 1


async def test_a_redelivered_command_changes_nothing_and_answers_the_same(at_work: Workplace) -> None:
    sent = payloads.command("declare SEV1 Payment API down")
    first, second = await at_work.dispatches(sent), await at_work.dispatches(sent)
    assert first.body == second.body
    [record] = await at_work.edge.store.run(lambda tx: tx.open_records(at_work.edge.workspace))
    noted = payloads.command("note 1 once", trigger="2.2.a")
    await at_work.dispatches(noted)
    await at_work.dispatches(noted)
    timeline = await at_work.edge.store.run(lambda tx: tx.timeline(record.id))
    assert [event.text for event in timeline if isinstance(event, e.Noted)] == ["once"]


async def test_the_same_words_typed_twice_are_two_commands(at_work: Workplace) -> None:
    for trigger in ("1.2.a", "1.2.b"):
        await at_work.dispatches(payloads.command("declare SEV1 Payment API down", trigger=trigger))
    assert len(await at_work.edge.store.run(lambda tx: tx.open_records(at_work.edge.workspace))) == 2


async def test_an_event_is_acknowledged_though_its_answer_comes_later(at_work: Workplace) -> None:
    with capture_logs() as logged:
        response = await at_work.dispatches(payloads.home_opened())
    assert response.status == 200
    assert len(await at_work.calls("views.publish")) == 1
    # The sandbox knows no such member: the answer is lost, and the log says so.
    assert [line["event"] for line in logged] == ["an answer did not reach its person"]


async def test_the_messages_tab_publishes_nothing(at_work: Workplace) -> None:
    await at_work.dispatches(payloads.home_opened("messages"))
    assert await at_work.calls("views.publish") == []


@pytest.mark.parametrize(
    "event",
    [
        {"type": "event_callback", "event_id": "Ev2", "event": {"type": "reaction_added", "user": "U1"}},
        {"type": "event_callback", "event_id": "Ev3", "event": {"type": "message", "channel": "C1", "text": "x"}},
    ],
)
async def test_events_that_nobody_asked_for_are_acknowledged(at_work: Workplace, event: Mapping[str, Any]) -> None:
    assert (await at_work.dispatches(event)).status == 200


async def test_the_options_of_a_menu_are_in_the_acknowledgement(at_work: Workplace) -> None:
    response = await at_work.dispatches(payloads.search("bind:primary:group", "on-call"))
    assert [option["value"] for option in json.loads(response.body)["options"]] == ["S0ONCALL"]
    response = await at_work.dispatches(payloads.search("somewhere:else", ""))
    assert json.loads(response.body) == {"options": []}


@pytest.mark.slow
async def test_what_the_database_did_not_take_is_not_called_done(at_work: Workplace, tmp_path: Path) -> None:
    await at_work.dispatches(payloads.command("declare SEV1 Payment API down"))
    blocker = sqlite3.connect(tmp_path / "tocsin.db", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with capture_logs() as logged:
        response = await at_work.dispatches(payloads.command("note 1 lost", trigger="2.2.a"))
    blocker.execute("ROLLBACK")
    blocker.close()
    assert json.loads(response.body)["text"] == (
        "That was not recorded: the database did not answer in time. Press again."
    )
    assert [line["log_level"] for line in logged] == ["warning"]


UNKNOWN = [
    (Kind.COMMAND, Say),
    (Kind.CLICK, Say),
    (Kind.SUBMISSION, Say),
    (Kind.SHORTCUT, Say),
    (Kind.SEARCH, Offer),
    (Kind.EVENT, Nothing),
]


@pytest.mark.parametrize(("kind", "answered"), UNKNOWN)
async def test_whatever_is_asked_is_answered(at_work: Workplace, kind: Kind, answered: type) -> None:
    assert isinstance(await answer(at_work.edge, Request(kind, "unheard.of", SUPPORT, receipt="")), answered)


EVERY_ROUTE = [(kind, name) for kind, routes in ROUTES.items() for name in routes]
HOSTILE = st.sampled_from(["", "0", "-1", "1", "999", "x:1", "timers:1", "<!channel>", "\x00", "' OR 1=1 --", "9" * 99])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(route=st.sampled_from(EVERY_ROUTE), value=HOSTILE, text=HOSTILE, metadata=HOSTILE)
async def test_no_request_breaks_a_route(
    at_work: Workplace, route: tuple[Kind, str], value: str, text: str, metadata: str
) -> None:
    kind, name = route
    request = Request(kind, name, SUPPORT, receipt="", channel="C0GENERAL", value=value, text=text, metadata=metadata)
    assert await answer(at_work.edge, request) is not None
