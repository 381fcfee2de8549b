"""Says in the announce channel which drills and reviews have fallen due, once in each period."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from app.domain.periods import has_come_round
from app.domain.playbook import Playbook
from app.domain.reference import Drill, Review
from app.slack import errors
from app.slack.blocks import drills
from app.slack.channels import Channels
from app.slack.client import Client
from app.slack.text import Message
from app.store import Store, Transaction

log = logging.getLogger(__name__)

Due = Drill | Review


@dataclass(frozen=True, slots=True)
class DueDates:
    """Which drills and reviews of the playbook are due, and telling people so.

    Each counts from when this Tocsin first saw it, so that a fresh one does not ask for everything at once. What is
    told is remembered after it stands in Slack: it may be told twice, should Tocsin be stopped in between, never not.
    """

    client: Client
    channels: Channels
    store: Store
    playbook: Playbook
    workspace: str

    async def tell(self, now: datetime) -> None:
        """Tell what has fallen due, in business hours."""
        if not self.playbook.rules.hours.is_open(now):
            return
        for one in await self.store.run(lambda tx: self._due(tx, now), urgent=False):
            if await self._post(_message(one)):
                told = partial(Transaction.beat, name=_name(one), now=now, workspace=self.workspace)
                await self.store.run(told, urgent=False)

    def _due(self, tx: Transaction, now: datetime) -> list[Due]:
        found: list[Due] = []
        for one in self._all():
            last = tx.pulse(_name(one), self.workspace)
            if last is None:
                tx.beat(_name(one), now, self.workspace)
            elif has_come_round(one.every, last, now, self.playbook.rules.hours.zone):
                found.append(one)
        return found

    def _all(self) -> Iterator[Due]:
        yield from self.playbook.drills
        yield from self.playbook.reviews

    async def _post(self, message: Message) -> bool:
        try:
            channel = await self.channels.announce(self.playbook.rules.announce)
            where = channel or f"#{self.playbook.rules.announce}"
            await self.client.chat_postMessage(channel=where, text=message.text, blocks=message.blocks)
        except errors.FAILURES as error:
            log.warning("that something is due was not told, it is tried again: %s", errors.code_of(error) or error)
            return False
        return True


def _message(one: Due) -> Message:
    return drills.due(one) if isinstance(one, Drill) else drills.review_due(one)


def _name(one: Due) -> str:
    return f"drill:{one.id}" if isinstance(one, Drill) else f"review:{one.title}"
