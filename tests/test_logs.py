"""Logging: one line an event, and no secret in any."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from app import logs


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in logs.CHATTY:
        logging.getLogger(name).setLevel(logging.NOTSET)
    structlog.reset_defaults()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("token xoxb-12-34-aB end", "token [redacted] end"),
        ("xapp-1-A0-9-ff, xoxp-1, xoxe-1-ab", "[redacted], [redacted], [redacted]"),
        ("xoxe.xoxp-1-ab and xwfp-9", "[redacted] and [redacted]"),
        ("Authorization: Bearer abc.def", "Authorization: [redacted]"),
        ("{'Authorization': 'GenieKey k-1', 'a': 1}", "{'Authorization': '[redacted]', 'a': 1}"),
        (r"{\"authorization\": \"Token t=1\"}", r"{\"authorization\": \"[redacted]\"}"),
        ("(b'authorization', b'Basic dTpw')", "(b'authorization', b'[redacted]')"),
        ("sent bearer abcdefghijklmnop1", "sent bearer [redacted]"),
        ("https://hooks.slack.com/services/T0/B0/x>", "https://hooks.slack.com/[redacted]>"),
        ('{"routing_key": "0123456789abcdef"}', '{"routing_key": "[redacted]"}'),
        (r"{\"routing_key\": \"0123456789abcdef\"}", r"{\"routing_key\": \"[redacted]\"}"),
        ("{'routing_key': '0123456789abcdef', 'a': 1}", "{'routing_key': '[redacted]', 'a': 1}"),
        ("wss://w.slack.com/link/?ticket=ab-1&app_id=2", "wss://w.slack.com/link/?ticket=[redacted]&app_id=2"),
        ("postgresql://me:pa55@host/db", "postgresql://me:[redacted]@host/db"),
    ],
)
def test_secrets_are_redacted(text: str, shown: str) -> None:
    assert logs.redact(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "Copy the Bot User OAuth Token (xoxb-…)",
        "#12 SEV1 Payment API down, update due 10:15",
        "http://127.0.0.1:8080/api/chat.postMessage",
        "the bearer of this",
    ],
)
def test_plain_words_stay(text: str) -> None:
    assert logs.redact(text) == text


def test_a_line_is_json_with_its_context(stream: io.StringIO) -> None:
    logs.configure("info", stream=stream)
    log = structlog.get_logger("app.clock")
    with structlog.contextvars.bound_contextvars(incident=12):
        log.info("ticked", due=3)
        log.debug("not shown")
    line = json.loads(stream.getvalue())
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "ticked",
        "due": 3,
        "incident": 12,
        "level": "info",
        "logger": "app.clock",
    }


def test_libraries_and_tracebacks_are_redacted(stream: io.StringIO) -> None:
    logs.configure("info", secrets=["5ecret"], stream=stream)
    try:
        raise ValueError("no xoxb-1-2 with 5ecret")  # noqa: TRY301
    except ValueError:
        logging.getLogger("aiohttp.client").exception("failed: %s", "xapp-1-2")
    line = json.loads(stream.getvalue())
    assert line["event"] == "failed: [redacted]"
    assert line["exception"].endswith("ValueError: no [redacted] with [redacted]")


def test_a_terminal_gets_plain_tracebacks(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "isatty", lambda: True)
    logs.configure("info", stream=stream)
    local = "un" + "seen"
    try:
        raise ValueError("xoxb-1-2", len(local))  # noqa: TRY301
    except ValueError:
        structlog.get_logger("app.outbox").exception("gave up")
    assert "gave up" in stream.getvalue()
    assert "[redacted]" in stream.getvalue()
    assert "unseen" not in stream.getvalue()


def test_chatty_libraries_speak_at_warning(stream: io.StringIO) -> None:
    logs.configure("info", stream=stream)
    logging.getLogger("apscheduler.executors.default").info("Running job")
    logging.getLogger("slack_bolt.AsyncApp").warning("unhandled")
    assert json.loads(stream.getvalue())["event"] == "unhandled"


@pytest.mark.parametrize(
    "text",
    [
        "body_params: {'trigger_id': '{}', 'view': 1}",
        r"{\"trigger_id\": \"{}\"}",
        "trigger_id={}&text=x",
        r"{\"response_url\": \"{}\"}",
        "'private_metadata': '{} C1 1.2', 'blocks'",
        "private_metadata={}&a=1",
    ],
)
def test_what_slack_lends_for_a_moment_is_redacted(text: str) -> None:
    assert "13.7.ab" not in logs.redact(text.replace("{}", "http://127.0.0.1/13.7.ab"))
    assert text.partition("{}")[0] in logs.redact(text)


INJECTED = "quiet\r\nlevel=critical \x1b[2Jall \x9b1mis\u2028lost \u202e\ud83d"


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("how", ["event", "value", "foreign"])
def test_a_log_line_cannot_be_forged(
    stream: io.StringIO, monkeypatch: pytest.MonkeyPatch, how: str, *, terminal: bool
) -> None:
    monkeypatch.setattr(stream, "isatty", lambda: terminal)
    logs.configure("info", stream=stream)
    match how:
        case "event":
            structlog.get_logger("app.clock").warning(INJECTED)
        case "value":
            structlog.get_logger("app.clock").warning("x", error=INJECTED)
        case _:
            logging.getLogger("aiohttp").warning("failed: %s", INJECTED)
    assert len(stream.getvalue().splitlines()) == 1
    for forged in ("\r", "\x1b[2J", "\x9b", "\u2028", "\u202e"):
        assert forged not in stream.getvalue()
    stream.getvalue().encode()


def test_a_traceback_on_a_terminal_cannot_move_its_cursor(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "isatty", lambda: True)
    logs.configure("info", stream=stream)
    try:
        raise ValueError(INJECTED)  # noqa: TRY301
    except ValueError:
        structlog.get_logger("app.outbox").exception("gave up")
    assert "\x1b[2J" not in stream.getvalue()
    assert "\r" not in stream.getvalue()
    stream.getvalue().encode()
