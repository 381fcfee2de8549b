"""What rings: the alerts that the sandbox's PagerDuty holds."""

from dataclasses import dataclass

from app.sandbox import Sandbox
from app.sandbox.faults import KINDS, Fault
from app.sandbox.vendors.pagerduty import METHOD
from app.sandbox.workspace import Alert


@dataclass(frozen=True)
class Phones:
    """The sandbox's PagerDuty."""

    sandbox: Sandbox

    @property
    def alerts(self) -> list[Alert]:
        """Every alert so far, oldest first."""
        return self.sandbox.slack.workspace.alerts

    @property
    def log(self) -> list[list[str]]:
        """What was done with each alert."""
        return [[entry["action"] for entry in alert.log] for alert in self.alerts]

    def fail(self, kind: str, times: int = 1, error: str = "", seconds: float = 1) -> None:
        """Let the next events go wrong."""
        self.sandbox.slack.pager_faults.add(Fault(METHOD, KINDS[kind], times, seconds, error))

    def go_down(self, *, down: bool = True) -> None:
        """Take PagerDuty down, or let it be back."""
        self.sandbox.slack.pager_down = down
