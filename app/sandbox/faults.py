"""Faults that a test or a demonstration asks for: the next calls of a method go wrong as told."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

FaultKind = Literal[
    "ratelimited", "server_error", "unavailable", "accept_then_drop", "fails_but_does", "late", "delay", "error"
]
KINDS: Mapping[str, FaultKind] = {kind: kind for kind in get_args(FaultKind)}
ANY_METHOD = "*"


@dataclass
class Fault:
    """One way to go wrong, the next `times` times. A pause lasts `seconds`, or is asked for as `retry_after` says."""

    method: str
    kind: FaultKind
    times: int
    seconds: float
    error: str = ""
    retry_after: str | None = None


class Faults:
    """The faults that are still to come, taken in the order in which they were asked for."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self.outage: Fault | None = None
        """What befalls every call for as long as it stands here."""

    def add(self, fault: Fault) -> None:
        """Let the next calls of the fault's method go wrong."""
        self._waiting.append(fault)

    def clear(self) -> None:
        """Let nothing more go wrong."""
        self._waiting.clear()
        self.outage = None

    def take(self, method: str) -> Fault | None:
        """Return the fault that befalls this call, if any, and count it."""
        if self.outage:
            return self.outage
        for fault in self._waiting:
            if fault.method in {method, ANY_METHOD}:
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
                return fault
        return None
