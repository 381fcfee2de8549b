"""The sink of the outbox for all that goes by mail: what lists are told, and pages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field

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

MOST_AT_ONCE = 20
"""How many addresses go with one mail: the server answers for each of them in turn, within a few seconds in all."""
REST_COMES = "the rest of the list comes next"
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
        so_far = _SoFar.of(delivery)
        whom = so_far.still_to_mail(to.to)
        posted = await self.server.send(composed, whom[:MOST_AT_ONCE], what)
        if not isinstance(posted, Posted):
            return posted
        return _became(delivery, so_far.after(posted), what, waiting=len(whom) > MOST_AT_ONCE)


@dataclass(frozen=True, slots=True)
class _SoFar:
    """What the server has answered for the addresses of a list by now: who has the mail is not mailed again."""

    reached: tuple[str, ...] = ()
    later: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, delivery: Delivery) -> "_SoFar":
        kept = delivery.result or {}
        return cls(tuple(kept.get("reached", ())), kept.get("later", {}), kept.get("refused", {}))

    def still_to_mail(self, everybody: Sequence[str]) -> list[str]:
        # Whom it has put off comes after all others.
        fresh = [one for one in everybody if one not in {*self.reached, *self.later, *self.refused}]
        return [*fresh, *(one for one in self.later if one in everybody)]

    def after(self, posted: Posted) -> "_SoFar":
        answered = {*posted.reached, *posted.later, *posted.refused}
        later = {one: said for one, said in self.later.items() if one not in answered}
        return _SoFar(
            (*self.reached, *posted.reached), later | dict(posted.later), dict(self.refused) | dict(posted.refused)
        )


def _became(delivery: Delivery, so_far: _SoFar, what: str, *, waiting: bool) -> Outcome:
    if waiting:
        return Later(REST_COMES, tried=False, of_all=False, kept=asdict(so_far))
    if so_far.later:
        reason = f"the mail server puts off {_counted(so_far.later)}"
        return Later(reason, of_all=False, kept=asdict(so_far))
    addresses = len(so_far.reached)
    if not so_far.refused:
        return Sent({"addresses": addresses})
    reason = f"the mail server takes nothing for {_counted(so_far.refused)}"
    if not addresses:
        return Dead(what, reason)
    told = c.RecordFailure(delivery.key, what, reason, type(delivery.effect).__name__)
    return Sent({"addresses": addresses, "refused": len(so_far.refused)}, learned=(told,))


def _counted(told: Mapping[str, str]) -> str:
    first = next(iter(told.values()))
    return f"{len(told)} {'address' if len(told) == 1 else 'addresses'}: {first}"
