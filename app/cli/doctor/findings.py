"""What is found of one thing."""

from dataclasses import dataclass, replace
from typing import Self

from app.health import State


@dataclass(frozen=True, slots=True)
class Finding:
    """How one thing stands, in a sentence; where it is not well, with the one thing to do."""

    name: str
    state: State
    says: str

    def with_says(self, says: str) -> Self:
        """Return it with another sentence."""
        return replace(self, says=says)

    def as_json(self) -> dict[str, str]:
        """Return it for scripts."""
        return {"check": self.name, "state": self.state.value, "says": self.says}


def well(name: str, says: str) -> Finding:
    """Return that something is well."""
    return Finding(name, State.OK, says)


def warning(name: str, says: str) -> Finding:
    """Return that something should be looked at."""
    return Finding(name, State.WARNING, says)


def failed(name: str, says: str) -> Finding:
    """Return that something does not work."""
    return Finding(name, State.FAILED, says)
