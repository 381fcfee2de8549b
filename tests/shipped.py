"""What ships with Tocsin, read once for all tests: that takes longer than most of them, and none changes it."""

from copy import deepcopy
from datetime import date
from functools import cache
from typing import Any

from app import playbooks
from app.domain.playbook import Playbook
from app.playbooks import Source
from app.slack import manifest as shipped


@cache
def source(name: str = "default", today: date | None = None) -> Source:
    """Return a playbook that ships, and where it lies."""
    return playbooks.load(name, today)


def playbook(name: str = "default") -> Playbook:
    """Return a playbook that ships."""
    return source(name).playbook


def manifest() -> dict[str, Any]:
    """Return the manifest, for the test to change as it likes."""
    return deepcopy(_manifest())


@cache
def _manifest() -> dict[str, Any]:
    return shipped.manifest()
