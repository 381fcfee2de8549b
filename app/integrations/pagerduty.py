"""PagerDuty, by its Events API v2: an alert is triggered, acknowledged and resolved by its `dedup_key`.

What it takes, and what its answers mean: https://developer.pagerduty.com/docs/events-api-v2/trigger-events/ and
https://developer.pagerduty.com/docs/events-api-v2/overview/ (response codes and limits). 202 says that it was taken,
400 that it never will be, 429 and 5xx that it is worth trying again. A second trigger with the same `dedup_key` rings
no second time; what acknowledges or resolves an alert that is not open is dropped.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from pydantic import SecretStr

from app import failpoints
from app.integrations.line import Answer, Json, Line, Unanswered, Unreachable
from app.integrations.pager import Alert, Result, Route, one_line
from app.outbox import Away, Dead, Doubtful, Later, Sent

LONGEST_SUMMARY = 1024
LONGEST_REASON = 300
SEVERITIES = ("critical", "error", "warning", "info")
"""PagerDuty's own, for the highest of the playbook's, the next, and so on; some services ring for the first two."""
EVERYBODY = "PAGERDUTY_ROUTING_KEY"
"""The route to all who have no key of their own."""
NOBODYS = "tocsin-is-it-there"
"""The key of no alert: PagerDuty looks at what resolves it, and drops it."""
TRY_AGAIN = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT)


class PagerDuty:
    """Makes PagerDuty ring. A route is an integration key: that of all responders, or one of a responder's own."""

    name = "PagerDuty"

    def __init__(self, everybody: SecretStr | None, own: Mapping[str, SecretStr], address: str) -> None:
        """Take the integration key for `everybody`, and those that single responders have as their `own`, by id."""
        named = ({EVERYBODY: everybody} if everybody else {}) | dict(own)
        first = {key.get_secret_value(): name for name, key in reversed(named.items())}
        self._keys: dict[Route, str] = {name: key for key, name in first.items()}
        self._own = {responder: first[key.get_secret_value()] for responder, key in own.items()}
        self._line = Line(address)

    def routes(self, responders: Sequence[str]) -> Mapping[Route, tuple[str, ...]]:
        """Return the keys that ring for these responders: two who share one are rung by it once."""
        found: dict[Route, tuple[str, ...]] = {}
        for responder in responders:
            route = self._own.get(responder, EVERYBODY)
            if route in self._keys:
                found[route] = (*found.get(route, ()), responder)
        return found

    async def trigger(self, route: Route, alert: Alert) -> Result:
        """Open the alert; if it is open, PagerDuty notes that it was told again."""
        return await self._send(route, "trigger", alert.key, _described(alert))

    async def acknowledge(self, route: Route, key: str) -> Result:
        """Stop its notifications: somebody has taken it."""
        return await self._send(route, "acknowledge", key)

    async def resolve(self, route: Route, key: str) -> Result:
        """Close it."""
        return await self._send(route, "resolve", key)

    async def away(self) -> str | None:
        """Resolve an alert that is none: only whether PagerDuty answers counts, a refusal included."""
        outcome = await self._send(next(iter(self._keys)), "resolve", NOBODYS)
        return outcome.reason if isinstance(outcome, Away | Doubtful) else None

    async def close(self) -> None:
        """Let go of every connection."""
        await self._line.close()

    async def _send(self, route: Route, action: str, key: str, more: Json | None = None) -> Result:
        event = {"routing_key": self._keys[route], "event_action": action, "dedup_key": key}
        try:
            answer = await self._line.post(event | dict(more or {}))
        except Unreachable:
            return Away("PagerDuty cannot be reached")
        except Unanswered:
            return Doubtful("PagerDuty did not answer")
        failpoints.reach("pager.told")
        return self._outcome(answer, route, f"{action} an alert in PagerDuty")

    def _outcome(self, answer: Answer, route: Route, what: str) -> Result:
        if answer.status == HTTPStatus.ACCEPTED:
            return Sent()
        if answer.status in TRY_AGAIN:
            return Later("PagerDuty asked for a pause", answer.pause)
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return Doubtful(f"PagerDuty failed: {answer.status}")
        return Dead(what, f"PagerDuty refuses what the key in {_setting(route)} sends: {self._words(answer)}")

    def _words(self, answer: Answer) -> str:
        said = answer.read()
        errors = said.get("errors") if isinstance(said.get("errors"), list) else [said.get("errors")]
        words = [str(one) for one in (said.get("message"), *(errors or ())) if one]
        told = one_line(": ".join([words[0], ", ".join(words[1:])] if words[1:] else words))[:LONGEST_REASON]
        for key in self._keys.values():
            told = told.replace(key, "[redacted]")
        return f"{told} ({answer.status})" if told else f"it answered {answer.status}"


def _setting(route: Route) -> str:
    return route if route == EVERYBODY else f"TOCSIN_PAGERDUTY_KEYS for {route}"


def _described(alert: Alert) -> Json:
    return {
        "client": "Tocsin",
        "payload": {
            "summary": alert.summary[:LONGEST_SUMMARY],
            "source": alert.source[:LONGEST_SUMMARY],
            "severity": SEVERITIES[min(alert.rank, len(SEVERITIES) - 1)],
            "custom_details": dict(alert.details),
        },
    } | ({"links": [{"href": alert.link, "text": "Open the incident in Slack"}]} if alert.link else {})
