"""PagerDuty, by its Events API v2: an alert is triggered, acknowledged and resolved by its `dedup_key`.

What it takes, and what its answers mean: https://developer.pagerduty.com/docs/events-api-v2/trigger-events/ and
https://developer.pagerduty.com/docs/events-api-v2/overview/ (response codes and limits). 202 says that it was taken,
400 that it never will be, 429 and 5xx that it is worth trying again. A second trigger with the same `dedup_key` rings
no second time; what acknowledges or resolves an alert that is not open is dropped.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from pydantic import SecretStr

from app.config import Settings
from app.domain.playbook import Playbook
from app.integrations.answers import OtherSide
from app.integrations.misfit import Misfit
from app.integrations.pagers.pager import Alert, Result, Route
from app.integrations.pagers.pagerduty_account import NO_TOKEN, Account, account, schedules_of
from app.integrations.proof import Proof, disproof, unheard
from app.line import PUBLIC, Answer, Fence, Json, Line, Unanswered, Unreachable, one_line
from app.outbox import Away, Dead, Doubtful, Later, Sent

LONGEST_SUMMARY = 1024
LONGEST_REASON = 300
SEVERITIES = ("critical", "error", "warning", "info")
"""PagerDuty's own, for the highest of the playbook's, the next, and so on; some services ring for the first two."""
EVERYBODY = "PAGERDUTY_ROUTING_KEY"
"""The route to all who have no key of their own."""
NOBODYS = "tocsin-is-it-there"
"""The key of no alert: PagerDuty looks at what resolves it, and drops it."""
ADDRESS = OtherSide("PagerDuty", "PAGERDUTY_EVENTS_URL")
"""Of its own answers it says more than others do; where another answers in its place, that is told as for all."""
TRY_AGAIN = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT)


class PagerDuty:
    """Makes PagerDuty ring. A route is an integration key: that of all responders, or one of a responder's own."""

    name = "PagerDuty"
    everybody = EVERYBODY

    def __init__(
        self,
        everybody: SecretStr | None,
        own: Mapping[str, SecretStr],
        address: str,
        *,
        fence: Fence = PUBLIC,
        account: Account | None = None,
        schedules: Sequence[str] = (),
    ) -> None:
        """Take the integration key for `everybody`, and those that single responders have as their `own`, by id.

        `account` knows the `schedules` that the playbook names.
        """
        named = ({EVERYBODY: everybody} if everybody else {}) | dict(own)
        first = {key.get_secret_value(): name for name, key in reversed(named.items())}
        self._keys: dict[Route, str] = {name: key for key, name in first.items()}
        self._own = {responder: first[key.get_secret_value()] for responder, key in own.items()}
        self._line = Line(address, fence=fence)
        self._account, self._schedules = account, schedules

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

    async def prove(self) -> list[Proof]:
        """Resolve an alert that is none by each key: that shows whether the key is taken, and rings nobody."""
        proofs = [_proof(route, await self.resolve(route, NOBODYS)) for route in self._keys]
        if self._account:
            return [*proofs, *await self._account.prove(self._schedules)]
        return [
            *proofs,
            *([Proof(ok=False, says=f"The playbook names schedules. {NO_TOKEN}")] if self._schedules else []),
        ]

    async def close(self) -> None:
        """Let go of every connection."""
        await self._line.close()
        if self._account:
            await self._account.close()

    async def _send(self, route: Route, action: str, key: str, more: Json | None = None) -> Result:
        event = {"routing_key": self._keys[route], "event_action": action, "dedup_key": key}
        try:
            answer = await self._line.post(event | dict(more or {}))
        except Unreachable as error:
            return Away(f"PagerDuty cannot be reached: {error}")
        except Unanswered:
            return Doubtful("PagerDuty did not answer")
        return self._outcome(answer, route, f"{action} an alert in PagerDuty")

    def _outcome(self, answer: Answer, route: Route, what: str) -> Result:
        if answer.leads_elsewhere or (answer.is_good and answer.is_web_page):
            return ADDRESS.refusal(answer, what)
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
        told = one_line(": ".join([words[0], ", ".join(words[1:])] if words[1:] else words))
        for key in self._keys.values():
            told = told.replace(key, "[redacted]")
        return f"{told[:LONGEST_REASON]} ({answer.status})" if told else f"it answered {answer.status}"


def connect(settings: Settings, playbook: Playbook) -> PagerDuty | None:
    """Return PagerDuty, if the settings connect it. Raises `Misfit` where they do not fit the playbook."""
    known = [responder.id for responder in playbook.rules.responders]
    if strangers := sorted(set(settings.pagerduty_keys) - set(known)):
        raise Misfit(
            f"TOCSIN_PAGERDUTY_KEYS names {', '.join(strangers)}, unknown to the playbook {playbook.name}. "
            f"Its responders are {', '.join(known)}."
        )
    if not (settings.pagerduty_routing_key or settings.pagerduty_keys):
        return None
    fence = Fence(settings.allowed_hosts)
    return PagerDuty(
        settings.pagerduty_routing_key,
        settings.pagerduty_keys,
        settings.pagerduty_events_url,
        fence=fence,
        account=account(settings, fence),
        schedules=schedules_of(playbook),
    )


def _proof(route: Route, result: Result) -> Proof:
    match result:
        case Sent():
            return Proof(ok=True, says=f"PagerDuty takes what the key in {_setting(route)} sends; nobody was rung.")
        case Dead(reason=reason):
            return disproof(reason, "Copy the Integration Key anew from the service in PagerDuty, Integrations")
        case _:
            return unheard("PagerDuty", result)


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
