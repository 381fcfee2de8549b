"""The sink of the outbox for all that goes by mail: what lists are told, and pages."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.playbook import Playbook
from app.domain.reference import MailingList
from app.integrations.mail.compose import Composer
from app.integrations.mail.server import MailServer, Posted
from app.integrations.mail.words import MailWords, facts
from app.integrations.proof import Proof, disproof
from app.integrations.system import System
from app.outbox import Dead, Later, Outcome, Sent
from app.store import Delivery, Record

REMEMBERED = 200
GONE = Sent({"skipped": "the playbook has no such list any more"})
NOT_FOR_THEM = Sent({"skipped": "what is private or a drill is mailed to nobody"})


@dataclass(frozen=True, slots=True)
class MailSink:
    """Mails lists. `pages` takes what goes to responders by mail, where one of them has an address."""

    server: MailServer
    composer: Composer
    words: MailWords
    playbook: Playbook
    link: Callable[[Record], str | None]
    pages: System | None = None
    _reached: OrderedDict[str, set[str]] = field(default_factory=OrderedDict)

    async def deliver(self, delivery: Delivery, record: Record) -> Outcome:
        """Mail a list, or page by mail."""
        match delivery.effect, delivery.event:
            case f.MailList(list_id=list_id, message=message), event if event:
                found = next((one for one in self.playbook.of(record.rules).mailing if one.id == list_id), None)
                return await self._mail(delivery, record, event, found, message) if found else GONE
            case _, _ if self.pages:
                return await self.pages.deliver(delivery, record)
            case _:
                return Dead("page somebody by mail", "no responder of the playbook has an address any more")

    async def find(self, _delivery: Delivery, _record: Record) -> Outcome | None:
        """Find nothing: no mail server tells what it took. The second copy has the same Message-ID, and says so."""
        return None

    async def sweep(self, _delivery: Delivery, _record: Record) -> Outcome:
        """Take nothing away: what was mailed stays mailed."""
        return Sent()

    async def away(self) -> str | None:
        """Ask the mail server whether it is there and lets us in."""
        return await self.server.away()

    async def prove(self) -> list[Proof]:
        """Connect and log in, and mail nobody."""
        if reason := await self.server.away():
            return [disproof(reason, "See SMTP_URL")]
        lists = ", ".join(one.id for one in self.playbook.mailing) or "none"
        said = (
            f"The mail server lets Tocsin in, and mail is from {self.composer.sender}. Lists of the playbook: {lists}."
        )
        return [Proof(ok=True, says=said), *(await self.pages.prove() if self.pages else ())]

    async def close(self) -> None:
        """Do nothing: each mail has a connection of its own."""

    async def _mail(self, delivery: Delivery, record: Record, event: e.Event, to: MailingList, message: str) -> Outcome:
        if record.incident.private or record.incident.drill:
            return NOT_FOR_THEM
        what = f"mail the list {to.id}"
        given = facts(record, event, to, self.link(record))
        composed = self.composer.compose(
            self.words.write(message, record.rules.playbook, given, repeated=delivery.repeated),
            to.to,
            key=delivery.key,
            at=delivery.created_at,
            thread=f"incident-{record.id}-{to.id}",
            hidden=to.is_of_customers,
        )
        known = self._reached.get(delivery.key, set())
        posted = await self.server.send(composed, [one for one in to.to if one not in known], what)
        return self._became(delivery, posted, what) if isinstance(posted, Posted) else posted

    def _became(self, delivery: Delivery, posted: Posted, what: str) -> Outcome:
        # Those who have it are not mailed again for the sake of the others, as long as this process lives.
        reached = self._reached.pop(delivery.key, set()) | set(posted.reached)
        if posted.later:
            self._reached[delivery.key] = reached
            while len(self._reached) > REMEMBERED:
                self._reached.popitem(last=False)
            return Later(f"the mail server puts off {_counted(posted.later)}")
        if not posted.refused:
            return Sent({"addresses": len(reached)})
        reason = f"the mail server takes nothing for {_counted(posted.refused)}"
        if not reached:
            return Dead(what, reason)
        told = c.RecordFailure(delivery.key, what, reason, type(delivery.effect).__name__)
        return Sent({"addresses": len(reached), "refused": len(posted.refused)}, learned=(told,))


def _counted(told: Mapping[str, str]) -> str:
    first = next(iter(told.values()))
    return f"{len(told)} {'address' if len(told) == 1 else 'addresses'}: {first}"
