import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.slack import requests
from app.slack.requests import Kind, Payload, Reader, Request, readable
from tests.slack import payloads
from tests.slack.payloads import ANN, TEAM


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def test_a_command_is_read() -> None:
    assert requests.command(payloads.command("ack 12")) == Request(
        Kind.COMMAND,
        "/incident",
        ANN,
        receipt=f"command:{digest('1.2.a')}",
        teams=(TEAM,),
        channel="C0GENERAL",
        text="ack 12",
        trigger_id="1.2.a",
        response_url="https://hooks.slack.com/commands/T0SANDBOX/1/a",
    )


def test_a_button_is_read_with_the_thread_it_stands_in() -> None:
    pressed = payloads.click({"action_id": "nudge.snooze", "value": "7"}, thread_ts="1699999999.000100")
    assert requests.click(pressed) == Request(
        Kind.CLICK,
        "nudge.snooze",
        ANN,
        receipt=f"click:{digest(f'{ANN} 1700000001.5 nudge.snooze')}",
        teams=(TEAM,),
        channel="C0ROOM",
        thread_ts="1699999999.000100",
        value="7",
        trigger_id="1.2.b",
        response_url="https://hooks.slack.com/actions/T0SANDBOX/1/a",
    )


def test_a_choice_from_a_menu_is_its_value() -> None:
    chosen = {"action_id": "incident.more", "type": "static_select", "selected_option": {"value": "timers:7"}}
    assert requests.click(payloads.click(chosen)).value == "timers:7"


def test_a_click_at_home_has_no_channel() -> None:
    request = requests.click(payloads.click_at_home({"action_id": "incident.acknowledge", "value": "7"}))
    assert (request.surface, request.channel, request.response_url) == ("home", None, "")


FILLED = {
    "title": {"type": "plain_text_input", "value": "Payment API\x00 down"},
    "impact": {"type": "plain_text_input", "value": None},
    "severity": {"type": "radio_buttons", "selected_option": {"value": "SEV1"}},
    "role": {"type": "static_select", "selected_option": None},
    "tags": {"type": "multi_static_select", "selected_options": [{"value": "data-loss"}, {"value": "security-breach"}]},
    "member": {"type": "users_select", "selected_user": "U0BOB"},
    "bind:primary:members": {"type": "multi_users_select", "selected_users": ["U0BOB", "U0EVE"]},
    "next_due_at": {"type": "datetimepicker", "selected_date_time": 1_700_000_000},
    "ended_at": {"type": "datetimepicker", "selected_date_time": None},
}


def test_a_form_is_read_field_by_field() -> None:
    request = requests.submission(payloads.submission("declare", FILLED, metadata="42"))
    assert (request.name, request.metadata, request.receipt) == ("declare", "42", f"view:{digest('V2 1.h')}")
    assert request.fields == {
        "title": "Payment API down",
        "impact": None,
        "severity": "SEV1",
        "role": None,
        "tags": ("data-loss", "security-breach"),
        "member": "U0BOB",
        "bind:primary:members": ("U0BOB", "U0EVE"),
        "next_due_at": datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
        "ended_at": None,
    }


def test_a_field_that_is_empty_or_missing_reads_as_nothing() -> None:
    request = requests.submission(payloads.submission("declare", FILLED))
    assert (request.written("impact"), request.chosen("impact"), request.time("ended_at")) == ("", (), None)
    assert (request.written("nowhere"), request.chosen("nowhere"), request.time("nowhere")) == ("", (), None)


def test_a_time_that_no_calendar_has_reads_as_nothing() -> None:
    picked = {"ended_at": {"type": "datetimepicker", "selected_date_time": 10**18}}
    assert requests.submission(payloads.submission("resolve", picked)).time("ended_at") is None


def test_a_shortcut_on_a_message_brings_the_message() -> None:
    request = requests.shortcut(payloads.message_shortcut("it is &lt;down&gt;"))
    assert (request.name, request.channel, request.message_ts) == ("declare_from", "C0GENERAL", "1700000000.000900")
    assert request.text == "it is &lt;down&gt;"


def test_a_global_shortcut_comes_from_nowhere() -> None:
    request = requests.shortcut(payloads.shortcut())
    assert (request.name, request.channel, request.receipt) == ("declare", None, f"shortcut:{digest('1.2.e')}")


def test_the_letters_typed_into_a_menu_are_read() -> None:
    request = requests.search(payloads.search("bind:primary:group", "plat"))
    assert (request.kind, request.name, request.text) == (Kind.SEARCH, "bind:primary:group", "plat")


def test_an_event_is_known_by_its_id() -> None:
    request = requests.event(payloads.home_opened("messages"))
    assert (request.name, request.user, request.value, request.receipt) == (
        "app_home_opened",
        ANN,
        "messages",
        f"event:{digest('Ev1')}",
    )


def test_a_reaction_names_the_message_that_it_is_on() -> None:
    request = requests.event(payloads.reaction_added("eyes"))
    assert (request.name, request.value) == ("reaction_added", "eyes")
    assert (request.channel, request.message_ts) == ("C0ROOM", "1700000000.000100")


def test_whoever_joins_is_of_the_workspace_that_slack_names() -> None:
    request = requests.event(payloads.member_joined(team="T0EVIL"))
    assert (request.channel, request.teams) == ("C0ROOM", ("T0EVIL",))


def test_a_shortcut_on_a_message_brings_its_author_and_thread() -> None:
    body = payloads.message_shortcut("It is DNS", callback="note_from")
    body["message"]["thread_ts"] = "1700000000.000100"
    request = requests.shortcut(body)
    assert (request.name, request.author, request.thread_ts) == ("note_from", "U0BOB", "1700000000.000100")


@pytest.mark.parametrize(
    ("sent", "written"),
    [
        ("a &amp; b &lt;c&gt;", "a & b <c>"),
        ("&amp;lt;", "&lt;"),
        ("<@U0BOB|bob> broke <#C1|payments>", "@bob broke #payments"),
        ("<@U0BOB> and <#C1>", "@U0BOB and #C1"),
        ("<!here> <!subteam^S1|@oncall>", "@here @oncall"),
        ("<https://evil.example/x|your bank>", "https://evil.example/x"),
        ("<http://a.example|a.example> <mailto:ann@a.example|ann@a.example>", "a.example ann@a.example"),
        ("<https://a.example/x>", "https://a.example/x"),
        ("  x < y  ", "x < y"),
    ],
)
def test_slacks_markup_reads_as_people_wrote_it(sent: str, written: str) -> None:
    assert readable(sent) == written


READERS: list[Reader] = [
    requests.command,
    requests.click,
    requests.submission,
    requests.search,
    requests.shortcut,
    requests.event,
]
KEYS = st.sampled_from(
    [
        "type",
        "user",
        "user_id",
        "channel",
        "container",
        "view",
        "state",
        "values",
        "actions",
        "action_id",
        "value",
        "selected_option",
        "selected_options",
        "selected_users",
        "selected_date_time",
        "message",
        "event",
        "event_id",
        "trigger_id",
        "id",
        "hash",
        "text",
        "callback_id",
        "command",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=8,
)


@pytest.mark.parametrize("read", READERS)
@settings(max_examples=50)
@given(body=st.dictionaries(KEYS, JSON, max_size=8))
def test_no_payload_breaks_a_reader(read: Reader, body: dict[str, Any]) -> None:
    request = read(body)
    assert isinstance(request.name, str)
    assert isinstance(request.user, str)
    request.text.encode()
    request.value.encode()


HALF = "\ud83d\x00"


@pytest.mark.parametrize(
    ("read", "body"),
    [
        (requests.command, payloads.command(HALF, user=f"U{HALF}", channel=HALF, trigger=HALF)),
        (requests.click, payloads.click({"action_id": HALF, "value": HALF}, user=HALF, thread_ts=HALF)),
        (requests.submission, payloads.submission(HALF, {"role": {"selected_user": HALF}}, metadata=HALF, user=HALF)),
        (requests.submission, payloads.submission("x", {"tags": {"selected_options": [{"value": HALF}]}})),
        (requests.submission, payloads.submission("x", {"severity": {"selected_option": {"value": HALF}}})),
        (requests.submission, payloads.submission("x", {"bind": {"selected_users": [HALF, 7, None]}})),
        (requests.shortcut, payloads.message_shortcut(HALF)),
    ],
)
def test_nothing_that_is_read_breaks_the_database(read: Reader, body: Payload) -> None:
    said = repr(read(body))
    assert "\\ud83d" not in said
    assert "\\x00" not in said


def test_a_request_that_cannot_be_told_from_others_has_no_receipt() -> None:
    assert requests.command(payloads.command(trigger="")).receipt == ""


@pytest.mark.parametrize(
    ("read", "body"),
    [
        (requests.command, payloads.command()),
        (requests.click, payloads.click({"action_id": "a", "value": "1"})),
        (requests.submission, payloads.submission("update", {})),
        (requests.shortcut, payloads.shortcut()),
        (requests.event, payloads.home_opened()),
    ],
)
def test_a_redelivery_has_the_same_receipt(read: Reader, body: Payload) -> None:
    assert read(body).receipt == read(dict(body)).receipt != ""
