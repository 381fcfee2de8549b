"""A real SMTP server on this machine that keeps what it is given, and refuses when it is told to."""

import asyncio
import ssl
from asyncio import Transport
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "tocsin", "s3cret/word"


@dataclass
class Postbox:
    """`refusing` says which answer an address gets, `answers` which ones whole mails get, in turn (none: it is taken).

    An answer of `drop` hangs up after the mail was taken; `slow` gives none until it is `done`.
    """

    port: int = 0
    refusing: dict[str, str] = field(default_factory=dict)
    answers: list[str] = field(default_factory=list)
    taken: list[tuple[EmailMessage, list[str]]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    done: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def mails(self) -> list[EmailMessage]:
        """What was taken."""
        return [mail for mail, _ in self.taken]

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take an address, or refuse it."""
        if address in self.refusing:
            return self.refusing[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 -- as above
        """Take a mail, or refuse it."""
        answer = self.answers.pop(0) if self.answers else ""
        if answer not in ("", "drop", "slow"):
            return answer
        content = envelope.content
        assert isinstance(content, bytes)
        mail = message_from_bytes(content.replace(b"\r\n", b"\n"), policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.taken.append((mail, list(envelope.rcpt_tos)))
        self.encrypted.append(session.ssl is not None)
        if answer == "slow":
            await self.done.wait()
        if answer == "drop":
            assert isinstance(server.transport, Transport)
            server.transport.abort()
        return "250 OK"

    def server(self, tls: ssl.SSLContext | None = None, *, asks: bool = False) -> SMTP:
        """Return what talks to one client; it offers encryption with `tls`, and `asks` who they are."""

        def let_in(_server: Any, _session: Any, _envelope: Any, _mechanism: str, login: Any) -> AuthResult:
            known = isinstance(login, LoginPassword) and login == LoginPassword(USER.encode(), PASSWORD.encode())
            return AuthResult(success=known, handled=False)

        more: dict[str, Any] = (
            {"authenticator": let_in, "auth_required": True, "auth_require_tls": False} if asks else {}
        )
        return SMTP(self, tls_context=tls, hostname="mail.example", enable_SMTPUTF8=False, **more)


@asynccontextmanager
async def listening(
    box: Postbox, tls: ssl.SSLContext | None = None, *, asks: bool = False, from_the_start: bool = False
) -> AsyncIterator[None]:
    """Let it listen, encrypted `from_the_start`, or offering that with `tls`."""
    offered, wrapped = (None, tls) if from_the_start else (tls, None)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: box.server(offered, asks=asks), "127.0.0.1", 0, ssl=wrapped)
    box.port = server.sockets[0].getsockname()[1]
    yield
    server.close()
