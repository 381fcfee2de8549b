"""An Alertmanager for the sandbox: it sends real webhooks to the app, for alerts of which the playbook says something.

What it sends: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
"""

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from pydantic import SecretStr

from app.domain.alerts import Alert, Deed, verdict
from app.domain.playbook import Playbook
from app.line import Answer, Line, Unanswered, Unreachable
from app.sandbox.clock import MovableClock
from app.sandbox.people import Impossible
from app.sandbox.workspace import Json

HOST = "127.0.0.1"
MOST_CHOICES = 8
Labels: TypeAlias = Mapping[str, str]
UNNAMED: tuple[str, tuple[Labels, str]] = (
    "DiskWillFillInFourHours",
    ({"severity": "warning", "instance": "db-1"}, "The disk of db-1 is full in four hours"),
)
"""An alert that no playbook names."""
ALERTMANAGER = "alertmanager"
RESOLVED = "resolved"
STATES = ("firing", RESOLVED)
NO_END = "0001-01-01T00:00:00Z"
SAID = {
    Deed.DECLARE: "declares an incident",
    Deed.SUGGEST: "suggests an incident",
    Deed.ATTACH: "joins an open incident",
    Deed.IGNORE: "is ignored",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """An alert that can be sent, and what the playbook makes of it, in words."""

    name: str
    says: str
    summary: str
    labels: Labels = field(default_factory=dict)


class Monitor:
    """An Alertmanager. The app listens at `port`; 0 where it does not."""

    def __init__(self, clock: MovableClock) -> None:
        self.secret = secrets.token_hex(16)
        self.port = 0
        self.choices: tuple[Choice, ...] = ()
        self._clock = clock
        self._since: dict[str, str] = {}

    @property
    def at(self) -> str:
        """Where the app takes alerts: an address to which their source is added."""
        return f"http://{HOST}:{self.port}/alerts"

    def follow(self, playbook: Playbook) -> None:
        """Offer the alerts of which this playbook says something."""
        self.choices = tuple(_choices(playbook))

    def snapshot(self) -> Json:
        """Return what can be sent, and what fires."""
        return {
            "choices": [{"name": one.name, "says": one.says} for one in self.choices],
            "firing": [{"name": name, "since": since} for name, since in self._since.items()],
        }

    async def send(self, name: str, status: str) -> Json:
        """Send one alert, firing or resolved, and return the status of the answer. Raises `Impossible`."""
        choice = next((one for one in self.choices if one.name == name), None)
        if choice is None or status not in STATES or not self.port:
            raise Impossible("there is no such alert here")
        payload = self._payload(choice, status)
        answer = await self._post(payload)
        if not answer.is_good:
            raise Impossible(f"Tocsin answered {answer.status}: {answer.read().get('error')}")
        self._note(name, status, payload["alerts"][0]["startsAt"])
        return {"status": answer.status}

    async def _post(self, payload: Json) -> Answer:
        line = Line(f"{self.at}/{ALERTMANAGER}", headers={"Authorization": SecretStr(f"Bearer {self.secret}")})
        try:
            return await line.post(payload)
        except (Unreachable, Unanswered):
            raise Impossible("Tocsin does not answer") from None
        finally:
            await line.close()

    def _note(self, name: str, status: str, since: str) -> None:
        if status == RESOLVED:
            self._since.pop(name, None)
        else:
            self._since[name] = since

    def _payload(self, choice: Choice, status: str) -> Json:
        now = self._clock.now().isoformat()
        since = self._since.get(choice.name, now)
        labels = {"alertname": choice.name, **choice.labels}
        alert = {
            "status": status,
            "labels": labels,
            "annotations": {"summary": choice.summary},
            "startsAt": since,
            "endsAt": now if status == RESOLVED else NO_END,
            "generatorURL": "https://prometheus.example.org/graph",
            "fingerprint": hashlib.sha256(repr(labels).encode()).hexdigest()[:16],
        }
        return {
            "version": "4",
            "groupKey": f'{{}}:{{alertname="{choice.name}"}}',
            "truncatedAlerts": 0,
            "status": status,
            "receiver": "tocsin",
            "groupLabels": {"alertname": choice.name},
            "commonLabels": labels,
            "commonAnnotations": {"summary": choice.summary},
            "externalURL": "https://alertmanager.example.org",
            "alerts": [alert],
        }


def _choices(playbook: Playbook) -> list[Choice]:
    """Return what can be sent, what nothing becomes of last."""
    named = {name: (labels, summary) for name, labels, summary in _named(playbook)}
    offered = [*[*named.items()][: MOST_CHOICES - 1], UNNAMED]
    return sorted((_choice(playbook, name, *said) for name, said in offered), key=_is_ignored)


def _choice(playbook: Playbook, name: str, labels: Labels, summary: str) -> Choice:
    found = verdict(Alert(ALERTMANAGER, name, labels=labels), playbook.alerts, playbook.runbooks)
    severity = f" as {found.severity}" if found.deed is Deed.DECLARE and found.severity else ""
    runbook = playbook.runbook(found.runbook) if found.runbook else None
    return Choice(name, SAID[found.deed] + severity, runbook.title if runbook else summary, labels)


def _is_ignored(choice: Choice) -> bool:
    return choice.says == SAID[Deed.IGNORE]


def _named(playbook: Playbook) -> Iterator[tuple[str, Labels, str]]:
    """Return alerts that its rules are about, with a summary; what is about no name is given one."""
    for rule in playbook.alerts:
        labels = {label: said[0].replace("*", "x") for label, said in rule.labels.items()}
        if rule.names:
            yield from ((name.replace("*", "x"), labels, "A check of the sandbox fails") for name in rule.names)
        elif labels and rule.deed is not Deed.IGNORE:
            labelled = labels | {"service": "payments"}
            yield "PaymentErrors" + "".join(labels.values()), labelled, "One payment in twenty fails"
