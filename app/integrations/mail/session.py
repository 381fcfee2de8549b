"""A connection to the mail server: to an address that the fence lets through, encrypted, logged in.

Without encryption nothing goes but to this very machine: a server that offers no STARTTLS is not talked to
(https://www.rfc-editor.org/rfc/rfc3207).
"""

import asyncio
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import httpx
from aiosmtplib import SMTP, SMTPException
from pydantic import SecretStr

from app.line import ANSWER_WITHIN, PUBLIC, Fence, trust
from app.line.addresses import Address
from app.line.fence import ON_THIS_MACHINE, shares

PORTS = {"smtp": 587, "smtps": 465}
SETTING = "SMTP_URL"
GOODBYE_WITHIN = 1.0
IPV6 = 6


class Unencrypted(Exception):
    """The server offers no encryption."""


@dataclass(frozen=True, slots=True)
class Access:
    """Where the mail server is, and how one is let in. `context` says whose certificates are trusted."""

    host: str
    port: int
    encrypted: bool
    user: str
    password: SecretStr
    fence: Fence = PUBLIC
    context: ssl.SSLContext | None = None

    async def session(self, greet_as: str) -> SMTP:
        """Return a session that mail can be sent in. Raises what connecting raises, and `Unencrypted`."""
        smtp = SMTP(
            hostname=self.host,
            sock=await self._socket(),
            # Some relays know their senders by the name that they greet with.
            local_hostname=greet_as,
            use_tls=self.encrypted,
            start_tls=False,
            tls_context=self.context or trust(),
            timeout=ANSWER_WITHIN.total_seconds(),
        )
        try:
            await smtp.connect()
            await self._let_in(smtp)
        except BaseException:
            smtp.close()
            raise
        return smtp

    async def _let_in(self, smtp: SMTP) -> None:
        await smtp.ehlo()
        # Nobody reads on the way to this machine itself, whose mail server often has a certificate of its own making.
        if not (self.encrypted or self.host in ON_THIS_MACHINE):
            if not smtp.supports_extension("starttls"):
                raise Unencrypted
            await smtp.starttls()
        if self.user:
            await smtp.login(self.user, self.password.get_secret_value())

    async def _socket(self) -> socket.socket:
        host = f"[{self.host}]" if ":" in self.host else self.host
        scheme = "http" if self.host in ON_THIS_MACHINE else "https"
        refused: OSError = ConnectionRefusedError()
        for address, seconds in shares(await self.fence.lead(httpx.URL(f"{scheme}://{host}:{self.port}"))):
            try:
                return await _connected(address, self.port, seconds)
            except OSError as error:
                refused = error
        raise refused


def access(url: SecretStr, fence: Fence = PUBLIC, context: ssl.SSLContext | None = None) -> Access:
    """Return what `SMTP_URL` says."""
    parts = urlsplit(url.get_secret_value())
    return Access(
        host=parts.hostname or "",
        port=parts.port or PORTS[parts.scheme],
        encrypted=parts.scheme == "smtps",
        user=unquote(parts.username or ""),
        password=SecretStr(unquote(parts.password or "")),
        fence=fence,
        context=context,
    )


async def leave(smtp: SMTP) -> None:
    """Say goodbye, and wait for no answer that does not come."""
    with suppress(SMTPException, OSError):
        async with asyncio.timeout(GOODBYE_WITHIN):
            await smtp.quit()
    smtp.close()


async def _connected(address: Address, port: int, seconds: float) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if address.version == IPV6 else socket.AF_INET)
    made.settimeout(0)
    try:
        async with asyncio.timeout(seconds):
            await asyncio.get_running_loop().sock_connect(made, (str(address), port))
    except BaseException:
        made.close()
        raise
    return made
