"""How Tocsin logs: one line an event, and no line with a secret in it.

Redaction is the last thing that happens to a line, so that it covers libraries and tracebacks too.
"""

import io
import logging
import re
import sys
from collections.abc import Iterable
from typing import TextIO

import structlog
from structlog.typing import EventDict, ExcInfo, Processor

REDACTED = "[redacted]"
SECRETS = [
    # Slack's tokens: xoxb-…, xapp-…, xoxe.xoxp-…, xoxe-…, xwfp-…
    (re.compile(r"\bx(?:ox[a-z]|app|wfp)(?:\.xox[a-z])?-[A-Za-z0-9-]+"), REDACTED),
    (re.compile(r"(\bhooks\.slack(?:-gov)?\.com/)[^\s\"'\\<>]+"), rf"\1{REDACTED}"),
    (re.compile(r"(?i)(\bauthorization[\\\"']*\s*[:=,]\s*(?:b(?=[\\\"']))?[\\\"']*)[^\\\"'\r\n,}]+"), rf"\1{REDACTED}"),
    (re.compile(r"(?i)(\bbearer\s+)[\w.~+/=-]{16,}"), rf"\1{REDACTED}"),
    (re.compile(r"(?i)(\brouting_key[\\\"']*\s*[:=]\s*[\\\"']*)\w+"), rf"\1{REDACTED}"),
    # What opens a form, and what speaks in Tocsin's name: in payloads, forms and arguments that libraries show at DEBUG
    (re.compile(r"(?i)(\b(?:trigger_id|response_url)[\\\"']*\s*[:=]\s*[\\\"']*)[^\\\"'\s,}]+"), rf"\1{REDACTED}"),
    (re.compile(r"(?i)(\bprivate_metadata(?:[\\\"']*\s*:\s*[\\\"']+|=))[^\\\"'\r\n&]+"), rf"\1{REDACTED}"),
    # Socket Mode's one-time ticket, and the password in a database's address
    (re.compile(r"(\bticket=)[\w-]+"), rf"\1{REDACTED}"),
    (re.compile(r"(://[^\s:/@]*:)[^\s/@]+(?=@)"), rf"\1{REDACTED}"),
]
# Its lines at DEBUG are nothing but addresses that must not be shown, and what is said there.
SILENT = ("slack_sdk.webhook",)
# These log every call, request or second at INFO.
CHATTY = ("alembic", "apscheduler", "httpcore", "httpx", "slack_bolt", "slack_sdk", "uvicorn.access")

# What breaks a line, moves a terminal's cursor, turns the direction of text, or cannot be written at all. JSON escapes
# the first of them by itself.
_CONTROLS = "\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff"
_UNSEEN = re.compile(f"[{_CONTROLS}]")
_UNSEEN_IN_A_LINE = re.compile(f"[\x00-\x1f{_CONTROLS}]")
_UNSEEN_IN_LINES = re.compile(f"[\x00-\x08\x0b-\x1f{_CONTROLS}]")


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return the text without Slack's tokens, credentials, webhook addresses and `secrets`."""
    for secret in secrets:
        text = text.replace(secret, REDACTED)
    for pattern, replacement in SECRETS:
        text = pattern.sub(replacement, text)
    return text


class _RedactingFormatter(structlog.stdlib.ProcessorFormatter):
    def __init__(self, processors: list[Processor], secrets: Iterable[str]) -> None:
        super().__init__(processors=processors, foreign_pre_chain=_enrich())
        self._secrets = [secret for secret in secrets if secret]

    def format(self, record: logging.LogRecord) -> str:
        return _UNSEEN.sub(_escaped, redact(super().format(record), self._secrets))


def configure(level: str, *, secrets: Iterable[str] = (), stream: TextIO | None = None) -> None:
    """Send all logging to one stream: readable on a terminal, JSON elsewhere.

    `secrets` are values that no pattern can know, such as the signing secret.
    """
    stream = stream or sys.stderr
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_RedactingFormatter(_render(terminal=stream.isatty()), secrets))
    numeric = logging.getLevelNamesMapping()[level.upper()]
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(numeric)
    for name in CHATTY:
        logging.getLogger(name).setLevel(max(numeric, logging.WARNING))
    for name in SILENT:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*_enrich(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(numeric),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


def _enrich() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _render(*, terminal: bool) -> list[Processor]:
    # Plain tracebacks: rich ones show the local variables, with the secrets in them.
    last: list[Processor] = (
        [_on_one_line, structlog.dev.ConsoleRenderer(exception_formatter=_plain_traceback)]
        if terminal
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    )
    return [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last]


def _escaped(unseen: re.Match[str]) -> str:
    return f"\\u{ord(unseen[0]):04x}"


def _on_one_line(_: object, __: str, line: EventDict) -> EventDict:
    return {
        name: _UNSEEN_IN_A_LINE.sub(_escaped, told) if isinstance(told, str) else told for name, told in line.items()
    }


def _plain_traceback(terminal: TextIO, failure: ExcInfo) -> None:
    lines = io.StringIO()
    structlog.dev.plain_traceback(lines, failure)
    terminal.write(_UNSEEN_IN_LINES.sub(_escaped, lines.getvalue()))
