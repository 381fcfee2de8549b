import io
import json
import logging
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import structlog

from app import logs


@dataclass
class Logged:
    """What Tocsin logged, as it stands in its log."""

    stream: io.StringIO

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    @property
    def alarming(self) -> list[dict[str, Any]]:
        """The lines about what nobody foresaw."""
        return [line for line in self.lines if line["level"] in ("error", "critical") or "exception" in line]


@pytest.fixture
def logged() -> Iterator[Logged]:
    """The log, as operators have it by default."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure("info", stream=stream)
    yield Logged(stream)
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in logs.CHATTY:
        logging.getLogger(name).setLevel(logging.NOTSET)
    structlog.reset_defaults()


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
