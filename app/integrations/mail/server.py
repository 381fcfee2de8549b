"""Hands mail to the mail server: a connection for each mail, with a limit on everything.

A server that looks for viruses before it answers may take its time over that, ten minutes by
https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.2.6. So its answer is still waited for where the delivery is not,
and the next attempt at the same mail asks for that answer before it sends anything.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP as WIRE

from aiosmtplib import SMTP, SMTPRecipientRefused

from app import failpoints
from app.integrations.mail.failures import PERMANENT, TROUBLES, UNSAID, Failed, shut_out, turned_down, words
from app.integrations.mail.session import Access, leave
from app.line import ANSWER_WITHIN
from app.outbox import Away, Later

TO_THE_END = 1.15
"""So much longer is waited for what may have run out of time: it still says goodbye."""
TAKEN_WITHIN = timedelta(minutes=10)
MOST_UNDER_WAY = 200

Mail = tuple[str, tuple[str, ...]]
"""Its Message-ID, and for whom it is."""


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
    """The mail server that the settings name. `sender` is the bare address that mail comes from.

    All that comes before the text of a mail has to be done `within` a while, and so long its answer is waited for.
    """

    access: Access
    sender: str
    within: timedelta = ANSWER_WITHIN
    _under_way: OrderedDict[Mail, asyncio.Task[Posted | Failed]] = field(default_factory=OrderedDict)

    async def send(self, message: EmailMessage, to: Sequence[str], what: str) -> Posted | Failed:
        """Hand over one mail for these addresses; `what` was wanted, in words. Nothing here raises."""
        mail = (str(message["Message-ID"]), tuple(to))
        task = self._under_way.pop(mail, None)
        if task is None or (task.done() and not isinstance(task.result(), Posted)):
            task = asyncio.create_task(self._hand_over(message, to, what))
        await asyncio.wait({task}, timeout=self.within.total_seconds() * TO_THE_END)
        if task.done():
            return task.result()
        self._under_way[mail] = task
        while len(self._under_way) > MOST_UNDER_WAY:
            self._under_way.popitem(last=False)
        return UNSAID

    async def _hand_over(self, message: EmailMessage, to: Sequence[str], what: str) -> Posted | Failed:
        deadline = asyncio.get_running_loop().time() + self.within.total_seconds()
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
                await smtp.data(message.as_bytes(policy=WIRE), timeout=TAKEN_WITHIN.total_seconds())
            failpoints.reach("mail.handed-over")
        except TROUBLES as error:
            return turned_down(error, what, self.access.password, begun=begun)
        else:
            return posted
        finally:
            await leave(smtp)

    async def away(self) -> str | None:
        """Connect, log in, and send nothing: return why that does not work, or nothing."""
        smtp = await self._session(asyncio.get_running_loop().time() + self.within.total_seconds())
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
