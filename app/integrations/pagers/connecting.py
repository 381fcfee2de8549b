"""The pagers that the settings connect, and which of them a responder is paged by, one after the other."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.config import Settings
from app.domain.effects import PAGING, Way
from app.domain.events import DeliveryFailed, PageUnconfirmed
from app.domain.playbook import Playbook
from app.domain.ways import BY, onward
from app.integrations.pagers import mail, opsgenie, pagerduty, webhook
from app.integrations.pagers.pager import Pager
from app.integrations.pagers.pagerduty_account import Account, account
from app.integrations.pagers.sink import PagerSink
from app.line import Fence
from app.store import Record

Connect = Callable[[Settings, Playbook], Pager | None]
"""Returns the pager that the settings connect, if they do. Raises `Misfit` where they do not fit the playbook."""

MAKERS: Mapping[Way, Connect] = {
    Way.PAGERDUTY: pagerduty.connect,
    Way.OPSGENIE: opsgenie.connect,
    Way.WEBHOOK: webhook.connect,
    Way.EMAIL: mail.connect,
}


@dataclass(frozen=True, slots=True)
class Pagers:
    """Every pager that is connected, by its way, in the order in which they are tried.

    `accounts` are those that know of schedules and people, by their way.
    """

    by_way: Mapping[Way, Pager] = field(default_factory=dict)
    accounts: Mapping[str, Account] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Say whether there is any."""
        return bool(self.by_way)

    def __iter__(self) -> Iterator[Pager]:
        """Yield each."""
        return iter(self.by_way.values())

    @property
    def names(self) -> tuple[str, ...]:
        """What people call each."""
        return tuple(pager.name for pager in self)

    def known_to(self, playbook: Playbook) -> Playbook:
        """Return the playbook, and those beside it, knowing by which of these each responder is paged, and in order."""
        others = {name: self.known_to(other) for name, other in playbook.others.items()}
        pages_by = {one.id: self.ways(one.id, playbook) for one in playbook.rules.responders}
        apart = {way: self._apart(way, pages_by) for way in self.by_way}
        return replace(playbook, pages_by=pages_by, apart=apart, others=others)

    def _apart(self, way: Way, responders: Iterable[str]) -> frozenset[str]:
        pager = self.by_way[way]
        return frozenset(one for one in responders if pager.everybody not in pager.routes([one]))

    def ways(self, responder: str, playbook: Playbook) -> tuple[Way, ...]:
        """Return by which ways a responder is paged, in order: as the playbook says, as far as there is a route."""
        wished = playbook.page_by.get(responder, PAGING)
        return tuple(way for way in wished if way in self.by_way and self.by_way[way].routes([responder]))

    def first(self, responders: Sequence[str], playbook: Playbook) -> Mapping[Way, tuple[str, ...]]:
        """Return the ways that are tried first for these responders, with those whom each is to reach."""
        found: dict[Way, tuple[str, ...]] = {}
        for responder in responders:
            for way in self.ways(responder, playbook)[:1]:
                found[way] = (*found.get(way, ()), responder)
        return found

    def rings(self, responders: Sequence[str], playbook: Playbook) -> str:
        """Return the names of the pagers that are tried first for these responders; nothing where none is."""
        return " and ".join(self.by_way[way].name for way in self.first(responders, playbook))

    def in_turn(self, responders: Sequence[str], playbook: Playbook) -> str:
        """Return the names of the pagers of these responders in the order in which they are tried."""
        found = dict.fromkeys(way for one in responders for way in self.ways(one, playbook))
        return ", then ".join(self.by_way[way].name for way in found)

    def onward(self, event: PageUnconfirmed | DeliveryFailed, playbook: Playbook) -> str:
        """Return the names of the ways by which pages go on that a way has failed; nothing where none is left."""
        order = {one: self.ways(one, playbook) for called in event.pages for one in called.responders}
        found = dict.fromkeys(way for called in event.pages for way in onward(called, order))
        return " and ".join(BY[way] for way in found)

    def sinks(self, link: Callable[[Record], str | None]) -> dict[Way, PagerSink]:
        """Return the sink of the outbox for each; `link` returns where people find an incident."""
        return {way: PagerSink(pager, link) for way, pager in self.by_way.items()}

    async def close(self) -> None:
        """Let go of every one."""
        for pager in (*self, *self.accounts.values()):
            await pager.close()


NO_PAGERS = Pagers()


def pagers(settings: Settings, playbook: Playbook) -> Pagers:
    """Return the pagers that the settings connect. Raises `Misfit` where they do not fit the playbook."""
    made = {way: connect(settings, playbook) for way, connect in MAKERS.items()}
    known = account(settings, Fence(settings.allowed_hosts))
    accounts = {Way.PAGERDUTY.value: known} if known else {}
    return Pagers({way: pager for way in PAGING if (pager := made.get(way))}, accounts)
