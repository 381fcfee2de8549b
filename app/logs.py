"""How Tocsin logs: one line an event, and no line with a secret in it.

Redaction is the last thing that happens to a line, so that it covers libraries and tracebacks too.
"""

import logging
import re
import sys
from collections.abc import Iterable
from typing import TextIO

import structlog
from structlog.typing import Processor

REDACTED = "[redacted]"
SECRETS = [
    # Slack's tokens: xoxb-…, xapp-…, xoxe.xoxp-…, xoxe-…, xwfp-…
    (re.compile(r"\bx(?:ox[a-z]|app|wfp)(?:\.xox[a-z])?-[A-Za-z0-9-]+"), REDACTED),
    (re.compile(r"(\bhooks\.slack(?:-gov)?\.com/)[^\s\"'\\<>]+"), rf"\1{REDACTED}"),
    (re.compile(r"(?i)(\bauthorization[\\\"']*\s*[:=,]\s*(?:b(?=[\\\"']))?[\\\"']*)[^\\\"'\r\n,}]+"), rf"\1{REDACTED}"),
    (re.compile(r"(?i)(\bbearer\s+)[\w.~+/=-]{16,}"), rf"\1{REDACTED}"),
    (re.compile(r"(?i)(\brouting_key[\\\"']*\s*[:=]\s*[\\\"']*)\w+"), rf"\1{REDACTED}"),
    # Socket Mode's one-time ticket, and the password in a database's address
    (re.compile(r"(\bticket=)[\w-]+"), rf"\1{REDACTED}"),
    (re.compile(r"(://[^\s:/@]*:)[^\s/@]+(?=@)"), rf"\1{REDACTED}"),
]
# These log every call, request or second at INFO.
CHATTY = ("alembic", "apscheduler", "httpcore", "httpx", "slack_bolt", "slack_sdk", "uvicorn.access")


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
        return redact(super().format(record), self._secrets)


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
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if terminal
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    )
    return [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last]
