"""Opsgenie, and the operations of Jira Service Management that take its place: one client, two addresses.

What they take: https://docs.opsgenie.com/docs/alert-api (alerts, and the state of a request), the codes of answers:
https://docs.opsgenie.com/docs/response, and the same for Jira Service Management:
https://developer.atlassian.com/cloud/jira/service-desk-ops/rest/v2/api-group-integration-events/ (`identifierType`:
https://jira.atlassian.com/browse/JSDCLOUD-14179). An alert is told apart by its `alias`, the delivery's key: while it
is open, a second one of the same alias only counts up. 202 says that a request was taken, not that it was done; that is
asked for by its id, which is unknown (404) until it is. Opsgenie ends on 5 April 2027:
https://support.atlassian.com/opsgenie/docs/what-happens-when-opsgenie-is-turned-off/
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from urllib.parse import quote, urlsplit

from pydantic import SecretStr

from app.alerts.opsgenie import BESIDE
from app.config import Settings
from app.domain.playbook import Playbook
from app.integrations.answers import OtherSide
from app.integrations.misfit import Misfit
from app.integrations.pagers.pager import Alert, Result, Route
from app.integrations.proof import Proof, disproof, unheard
from app.line import PUBLIC, Answer, Fence, Json, Line, one_line
from app.outbox import Dead, Failed, Later, Sent

SETTING = "OPSGENIE_API_KEY"
PRIORITIES = ("P1", "P2", "P3", "P4", "P5")
"""For the highest severity of the playbook, the next, and so on."""
LONGEST_MESSAGE, LONGEST_ENTITY, LONGEST_DESCRIPTION, LONGEST_DETAILS = 130, 512, 15_000, 8000
SOURCE = "Tocsin"
EVERYBODY = "whoever the integration names"
"""The route to responders whom no setting names: the team and the rules of the integration say who is called."""
BETWEEN = ","
"""No name in the settings may hold one."""
ASK_AFTER = (0.2, 0.5, 1.0, 1.5)
"""How long to wait before each time that is asked what became of a request, in seconds."""
NOBODYS = "00000000-0000-0000-0000-000000000000"
"""The id of no request."""
ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
ENDS = (
    "Opsgenie ends on 5 April 2027. Until then, move to Jira Service Management, and set OPSGENIE_API_URL to "
    "https://api.atlassian.com/jsm/ops/integration/v2 with a key from there."
)


class Opsgenie:
    """Opens alerts. A route is whom one is for: what `own` names for its responders (`team:Payments`), by their ids.

    Responders who are called together share one alert, since one alias is one alert: those whom `own` names one, and
    all others another, for an alert that names somebody calls nobody else.
    """

    everybody = EVERYBODY

    def __init__(
        self,
        key: SecretStr,
        own: Mapping[str, str],
        address: str,
        fence: Fence = PUBLIC,
        ask_after: Sequence[float] = ASK_AFTER,
    ) -> None:
        """Take the key of an integration and the address that takes it."""
        host = urlsplit(address).hostname or ""
        self.name = "Jira Service Management" if host.endswith(".atlassian.com") else "Opsgenie"
        self._ends = host.endswith(".opsgenie.com")
        self._own, self._ask_after = dict(own), ask_after
        self._line = Line(
            address, headers={"Authorization": SecretStr(f"GenieKey {key.get_secret_value()}")}, fence=fence
        )
        self._side = OtherSide(self.name, SETTING, (key,), "OPSGENIE_API_URL")

    def routes(self, responders: Sequence[str]) -> Mapping[Route, tuple[str, ...]]:
        """Return the route to those of these responders whom the settings name, and the one to all others."""
        named = tuple(one for one in responders if one in self._own)
        others = tuple(one for one in responders if one not in self._own)
        targets = BETWEEN.join(dict.fromkeys(self._own[one] for one in named))
        return {route: whom for route, whom in ((targets, named), (EVERYBODY, others)) if whom}

    async def trigger(self, route: Route, alert: Alert) -> Result:
        """Open the alert, and wait until that has become of it."""
        what = f"open an alert in {self.name}"
        told = {"alias": self._alias(route, alert.key), **_described(route, alert)}
        asked = await self._side.hear(self._line.ask("POST", "alerts", json=told), what)
        if not isinstance(asked, Answer):
            return asked
        return await self._became(str(asked.read().get("requestId", "")), what)

    async def acknowledge(self, route: Route, key: str) -> Result:
        """Stop its notifications: somebody has taken it."""
        return await self._act(self._alias(route, key), "acknowledge")

    async def resolve(self, route: Route, key: str) -> Result:
        """Close it."""
        return await self._act(self._alias(route, key), "close")

    async def away(self) -> str | None:
        """Ask for a request that is none: that it is unknown shows that we are let in."""
        asked = await self._ask_nothing()
        return None if isinstance(asked, Answer | Dead | Later) else asked.reason

    async def prove(self) -> list[Proof]:
        """Ask the same."""
        match await self._ask_nothing():
            case Answer():
                proofs = [Proof(ok=True, says=f"{self.name} takes the key in {SETTING}; nobody was rung.")]
            case Dead(reason=reason):
                proofs = [disproof(reason, f"See {SETTING} and OPSGENIE_API_URL")]
            case failed:
                proofs = [unheard(self.name, failed)]
        return [*proofs, *([Proof(ok=True, says=ENDS, to_look_at=True)] if self._ends else [])]

    async def close(self) -> None:
        """Let go of every connection."""
        await self._line.close()

    def _alias(self, route: Route, key: str) -> str:
        return f"{key}{BESIDE}" if self._own and route == EVERYBODY else key

    async def _act(self, alias: str, act: str) -> Result:
        asking = self._line.ask(
            "POST",
            f"alerts/{quote(alias, safe='')}/{act}",
            json={"source": SOURCE},
            query={"identifierType": "alias"},
        )
        # What is no alert any more need not be stopped.
        asked = await self._side.hear(asking, f"{act} an alert in {self.name}", also=(HTTPStatus.NOT_FOUND,))
        return Sent() if isinstance(asked, Answer) else asked

    async def _became(self, request: str, what: str) -> Result:
        """Return what became of a request, as soon as that is known."""
        for pause in self._ask_after:
            await asyncio.sleep(pause)
            asked = await self._ask(request)
            if not isinstance(asked, Answer):
                return asked
            if asked.is_good:
                return _outcome(asked.read().get("data"), what, self.name)
        # Told again under the same alias, it rings no second time.
        return Later(f"{self.name} has not said yet that the alert is open", of_all=False)

    async def _ask(self, request: str) -> Answer | Failed:
        asking = self._line.ask("GET", f"alerts/requests/{quote(request, safe='')}")
        return await self._side.hear(asking, f"ask {self.name}", also=(HTTPStatus.NOT_FOUND,))

    async def _ask_nothing(self) -> Answer | Failed:
        return await self._ask(NOBODYS)


def connect(settings: Settings, playbook: Playbook) -> Opsgenie | None:
    """Return Opsgenie, if the settings connect it. Raises `Misfit` where they do not fit the playbook."""
    known = [responder.id for responder in playbook.rules.responders]
    if strangers := sorted(set(settings.opsgenie_responders) - set(known)):
        raise Misfit(
            f"TOCSIN_OPSGENIE_RESPONDERS names {', '.join(strangers)}, unknown to the playbook {playbook.name}. "
            f"Its responders are {', '.join(known)}."
        )
    if settings.opsgenie_api_key is None:
        return None
    fence = Fence(settings.allowed_hosts)
    return Opsgenie(settings.opsgenie_api_key, settings.opsgenie_responders, settings.opsgenie_api_url, fence)


def _described(route: Route, alert: Alert) -> Json:
    told = "\n".join(f"{name}: {said}" for name, said in alert.details.items())
    link = f"\n{alert.link}" if alert.link else ""
    responders = [_responder(target) for target in route.split(BETWEEN)] if route != EVERYBODY else []
    return {
        "message": alert.summary[:LONGEST_MESSAGE],
        # The message is short; what it leaves out stands here.
        "description": f"{alert.summary}\n\n{told}{link}"[:LONGEST_DESCRIPTION],
        "priority": PRIORITIES[min(alert.rank, len(PRIORITIES) - 1)],
        "entity": alert.source[:LONGEST_ENTITY],
        "source": SOURCE,
        "details": {name: said[: LONGEST_DETAILS // (len(alert.details) or 1)] for name, said in alert.details.items()},
    } | ({"responders": responders} if responders else {})


def _responder(target: str) -> Json:
    kind, _, name = target.partition(":")
    by = "id" if ID.fullmatch(name) else "username" if kind == "user" else "name"
    return {"type": kind, by: name}


def _outcome(data: object, what: str, name: str) -> Result:
    told = data if isinstance(data, dict) else {}
    if told.get("success"):
        return Sent()
    return Dead(what, f"{name} did not: {one_line(str(told.get('status') or 'it does not say why'))[:300]}")
