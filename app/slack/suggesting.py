"""Says in a channel what alerts suggest, one message for each suggestion, and edits it as that changes.

A message carries the key of its suggestion in its metadata: where nobody knows whether an attempt has posted it, it is
looked for before it is posted.
"""

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import timedelta

from slack_sdk.errors import SlackApiError

from app.domain.incident import MessageRef
from app.domain.playbook import Playbook
from app.handle import Now
from app.outbox import Away, Dead, Failed, Later
from app.slack import errors
from app.slack.blocks.suggestions import suggestion
from app.slack.errors import Meaning
from app.slack.posting import EVENT_TYPE, LOOK_BACK, Place, Poster, delivery_key
from app.slack.text import Message
from app.store import Record, Store, StoreError, Suggestion, Transaction, codec

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
AT_ONCE = 10
LIMIT = 10.0
LEASE = timedelta(seconds=30)
"""By then an attempt has ended, and what it posted can be seen."""
EDIT_EVERY = timedelta(seconds=10)
EDIT_SELDOM = timedelta(minutes=1)
MANY = 12
AGAIN = timedelta(seconds=10)
AGAIN_REFUSED = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Suggesting:
    """Posts and edits the messages of suggestions, as long as it runs."""

    poster: Poster
    store: Store
    playbook: Playbook
    workspace: str
    now: Now

    async def run(self) -> None:
        """Look for what is to be said, until cancelled."""
        while True:
            try:
                await self.tell()
            except StoreError as error:
                log.warning("what alerts suggest could not be looked up: %s", error)
            except Exception:
                # The outermost loop: whatever goes wrong with one, the next round comes.
                log.exception("what alerts suggest could not be said")
            await asyncio.sleep(LOOK_EVERY)

    async def tell(self) -> None:
        """Say what is to be said now."""
        now = self.now()

        def claim(tx: Transaction) -> list[tuple[Suggestion, Record | None]]:
            claimed = tx.claim_suggestions(self.workspace, now, now + LEASE, AT_ONCE)
            return [(one, tx.incident(one.incident_id) if one.incident_id else None) for one in claimed]

        for one, record in await self.store.run(claim, urgent=False):
            await self._tell(one, record)

    async def _tell(self, one: Suggestion, record: Record | None) -> None:
        try:
            async with asyncio.timeout(LIMIT):
                stands = await self._stand(one, suggestion(one, record))
        except errors.FAILURES as error:
            await self._put_off(one, errors.outcome(error, "say what alerts suggest"))
            return
        next_at = self.now() + (EDIT_EVERY if one.version < MANY else EDIT_SELDOM)
        await self.store.run(lambda tx: tx.note_suggestion(one, stands.channel, stands.ts, next_at), urgent=False)

    async def _stand(self, one: Suggestion, message: Message) -> MessageRef:
        """Let the message stand in its channel as it reads now."""
        if one.channel and one.ts:
            return await self._edit(MessageRef(one.channel, one.ts), message)
        name = self._channel(one)
        channel = await self.poster.channels.announce(name)
        if one.attempts and channel and (found := await self._found(one, channel)):
            return await self._edit(found, message)
        try:
            return await self._post(one, channel or f"#{name}", message)
        except SlackApiError as error:
            if channel and errors.meaning_of(error) is Meaning.GONE:
                self.poster.channels.forget(channel)
            raise

    async def _post(self, one: Suggestion, where: str, message: Message) -> MessageRef:
        posted = await self.poster.say(
            self.poster.client.chat_postMessage,
            message,
            channel=where,
            metadata={"event_type": EVENT_TYPE, "event_payload": {"key": one.key}},
            unfurl_links=False,
            unfurl_media=False,
        )
        return MessageRef(str(posted["channel"]), str(posted["ts"]))

    async def _edit(self, stands: MessageRef, message: Message) -> MessageRef:
        try:
            await self.poster.say(self.poster.client.chat_update, message, channel=stands.channel, ts=stands.ts)
        except SlackApiError as error:
            # One that somebody deleted is not posted anew: they have read it.
            if errors.meaning_of(error) not in {Meaning.POST_ANEW, Meaning.GONE}:
                raise
        return stands

    async def _found(self, one: Suggestion, channel: str) -> MessageRef | None:
        async for message in self.poster.since(one.created_at - LOOK_BACK, Place(channel)):
            if delivery_key(message) == one.key:
                return MessageRef(channel, str(message["ts"]))
        return None

    def _channel(self, one: Suggestion) -> str:
        rules, severity = self.playbook.rules, one.proposal.severity
        known = severity in [each.id for each in rules.severities]
        return one.proposal.channel or (rules.announce_channel(severity) if severity and known else rules.announce)

    async def _put_off(self, one: Suggestion, failed: Failed) -> None:
        now = self.now()
        changes: dict[str, object] = {}
        match failed:
            case Later(after=after):
                until, changes = now + (after or AGAIN), {"attempts": one.attempts}
            case Away():
                until, changes = now + AGAIN, {"attempts": one.attempts}
            case Dead() if one.proposal.channel:
                # Better said where incidents are announced than nowhere.
                until = now
                changes = {"attempts": 0, "proposal": codec.encode(replace(one.proposal, channel=None))}
            case Dead():
                until, changes = now + AGAIN_REFUSED, {"attempts": 0}
            case _:
                until = now + LEASE
        log.warning("that alerts suggest an incident was not said, it is tried again: %s", failed.reason)
        await self.store.run(lambda tx: tx.put_off_suggestion(one.id, until, **changes), urgent=False)
