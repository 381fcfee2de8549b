"""Hands mail to the mail server: a connection for each mail, with a limit on everything."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP as WIRE

from aiosmtplib import SMTP, SMTPRecipientRefused

from app import failpoints
from app.integrations.mail.failures import PERMANENT, TROUBLES, Failed, shut_out, turned_down, words
from app.integrations.mail.session import Access, leave
from app.line import ANSWER_WITHIN
from app.outbox import Away, Later


@dataclass(frozen=True, slots=True)
class Posted:
    """The server has answered for each address: it takes the mail (`reached`), perhaps `later`, or never (`refused`).

    The last two come with its words.
    """

    reached: tuple[str, ...] = ()
    later: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MailServer:
    """The mail server that the settings name. `sender` is the bare address that mail comes from."""

    access: Access
    sender: str

    async def send(self, message: EmailMessage, to: Sequence[str], what: str) -> Posted | Failed:
        """Hand over one mail for these addresses; `what` was wanted, in words. Nothing here raises."""
        deadline = asyncio.get_running_loop().time() + ANSWER_WITHIN.total_seconds()
        smtp = await self._session(deadline)
        if not isinstance(smtp, SMTP):
            return smtp
        begun = False
        try:
            async with asyncio.timeout_at(deadline):
                await smtp.mail(self.sender)
                posted = await self._addressed(smtp, to)
                if posted.reached:
                    begun = True
                    await smtp.data(message.as_bytes(policy=WIRE))
            failpoints.reach("mail.handed-over")
        except TROUBLES as error:
            return turned_down(error, what, self.access.password, begun=begun)
        else:
            return posted
        finally:
            await leave(smtp)

    async def away(self) -> str | None:
        """Connect, log in, and send nothing: return why that does not work, or nothing."""
        smtp = await self._session(asyncio.get_running_loop().time() + ANSWER_WITHIN.total_seconds())
        if not isinstance(smtp, SMTP):
            return smtp.reason
        await leave(smtp)
        return None

    async def _session(self, deadline: float) -> SMTP | Away | Later:
        try:
            async with asyncio.timeout_at(deadline):
                return await self.access.session(self.sender.rpartition("@")[2])
        except TROUBLES as error:
            return shut_out(error, self.access.password)

    async def _addressed(self, smtp: SMTP, to: Sequence[str]) -> Posted:
        reached: list[str] = []
        later: dict[str, str] = {}
        refused: dict[str, str] = {}
        for address in to:
            try:
                await smtp.rcpt(address)
            except SMTPRecipientRefused as error:
                (refused if error.code >= PERMANENT else later)[address] = words(error, self.access.password)
            else:
                reached.append(address)
        return Posted(tuple(reached), later, refused)
