"""Pages by mail, to the addresses that the playbook names for its responders.

A mail rings no phone by itself: it is the last of the ways unless the playbook puts it before others.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from types import MappingProxyType

from app.config import Settings
from app.domain.playbook import Playbook
from app.integrations.mail.compose import Composer
from app.integrations.mail.connecting import mail_server
from app.integrations.mail.server import MailServer, Posted
from app.integrations.mail.words import MailWords
from app.integrations.pagers.pager import Alert, Result, Route
from app.integrations.proof import Proof
from app.outbox import Dead, Later, Sent

TEMPLATE = "mail/page"
WHAT = "page by mail"
TOLD_APART_BY = 12

Now = Callable[[], datetime]


class MailPager:
    """Mails pages. A route is an address."""

    name = "e-mail"
    everybody = None

    def __init__(
        self, server: MailServer, composer: Composer, addresses: Mapping[str, Sequence[str]], now: Now | None = None
    ) -> None:
        """Take the `addresses` of each responder, by id; `now` dates the mail."""
        self._server, self._composer = server, composer
        self._addresses = addresses
        self._words = MailWords(MappingProxyType({}))
        self._now = now or _utc

    def routes(self, responders: Sequence[str]) -> Mapping[Route, tuple[str, ...]]:
        """Return the addresses of these responders: two who share one are mailed once."""
        found: dict[Route, tuple[str, ...]] = {}
        for responder in responders:
            for address in self._addresses.get(responder, ()):
                found[address] = (*found.get(address, ()), responder)
        return found

    async def trigger(self, route: Route, alert: Alert) -> Result:
        """Mail a page."""
        # The same page to another address is another mail.
        apart = sha256(route.encode()).hexdigest()[:TOLD_APART_BY]
        message = self._composer.compose(
            self._words.write(TEMPLATE, "", {"alert": alert, "link": alert.link}, repeated=alert.repeated),
            [route],
            key=f"{alert.key}-{apart}",
            at=self._now(),
            thread=f"page-{alert.key}",
            urgent=True,
        )
        match await self._server.send(message, [route], WHAT):
            case Posted(later=later) if later:
                return Later(f"the mail server puts it off: {later[route]}", of_all=False)
            case Posted(refused=refused) if refused:
                return Dead(WHAT, f"the mail server takes nothing for {route}: {refused[route]}")
            case Posted():
                return Sent()
            case failed:
                return failed

    async def acknowledge(self, route: Route, key: str) -> Result:  # noqa: ARG002 -- a mail rings once
        """Do nothing: a mail does not go on ringing."""
        return Sent()

    async def resolve(self, route: Route, key: str) -> Result:  # noqa: ARG002 -- the same
        """Do nothing, for the same reason."""
        return Sent()

    async def away(self) -> str | None:
        """Ask the mail server whether it is there and lets us in."""
        return await self._server.away()

    async def prove(self) -> list[Proof]:
        """Say whom pages reach; whether the server is there, the sink of all mail looks at."""
        whom = [f"{responder} ({', '.join(addresses)})" for responder, addresses in self._addresses.items()]
        return [Proof(ok=True, says=f"Pages by mail go to {', '.join(whom)}; nobody was mailed.")]

    async def close(self) -> None:
        """Do nothing: each mail has a connection of its own."""


def connect(settings: Settings, playbook: Playbook) -> MailPager | None:
    """Return what mails pages, if there is a mail server and a responder with an address. Raises `Misfit`."""
    server = mail_server(settings)
    if server is None or not playbook.emails:
        return None
    return MailPager(server, Composer(settings.mail_from), playbook.emails)


def _utc() -> datetime:
    return datetime.now(UTC)
