"""Says in a channel what alerts suggest, one message for each suggestion, and edits it as that changes.

A message carries the key of its suggestion in its metadata: where nobody knows whether an attempt has posted it, it is
looked for before it is posted.
"""

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from slack_sdk.errors import SlackApiError

from app.domain.incident import MessageRef
from app.domain.playbook import Playbook
from app.handle import Now
from app.outbox import Away, Dead, Doubtful, Failed, Later
from app.slack import errors
from app.slack.blocks.suggestions import suggestion
from app.slack.errors import Meaning
from app.slack.posting import EVENT_TYPE, LOOK_BACK, Place, Poster, delivery_key
from app.slack.text import Message
from app.store import Record, Store, StoreError, Suggestion, SuggestionState, Transaction, codec

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
LIMIT = 10.0
LEASE = timedelta(seconds=30)
"""By then an attempt has ended, and what it posted can be seen: each is claimed only when its turn comes."""
EDIT_EVERY = timedelta(seconds=10)
EDIT_SELDOM = timedelta(minutes=1)
MANY = 12
AGAIN = timedelta(seconds=10)
AGAIN_REFUSED = timedelta(minutes=5)
SURPRISE = "an unforeseen failure; the log of Tocsin has it"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A suggestion that is this process's until then; `record` is the incident that somebody declared for it."""

    one: Suggestion
    until: datetime
    record: Record | None


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
        more = True
        while more:
            claimed = await self.store.run(self._claim, urgent=False)
            more = claimed is not None and await self._tell(claimed)

    def _claim(self, tx: Transaction) -> Claimed | None:
        now = self.now()
        claimed = tx.claim_suggestion(self.workspace, now, now + LEASE)
        if claimed is None:
            return None
        return Claimed(claimed, now + LEASE, tx.readable(claimed.incident_id) if claimed.incident_id else None)

    async def _tell(self, claimed: Claimed) -> bool:
        """Say one, and return whether another may be said now."""
        one = claimed.one
        failed: Failed
        try:
            async with asyncio.timeout(LIMIT):
                stands = await self._stand(one, suggestion(one, claimed.record))
        except errors.FAILURES as error:
            failed = errors.outcome(error, "say what alerts suggest")
        except Exception:
            # Whatever goes wrong with one, the others are said.
            log.exception("what alerts suggest could not be said")
            failed = Dead("say what alerts suggest", SURPRISE) if one.attempts else Doubtful(SURPRISE)
        else:
            next_at = self.now() + (EDIT_EVERY if one.version < MANY else EDIT_SELDOM)

            def note(tx: Transaction) -> bool:
                return tx.note_suggestion(one, claimed.until, stands.channel, stands.ts, next_at)

            if not await self.store.run(note, urgent=False):
                log.warning("a suggestion was claimed too long ago: it is left to whoever has it now")
            return True
        await self._put_off(claimed, failed)
        return not isinstance(failed, Later | Away)

    async def _stand(self, one: Suggestion, message: Message) -> MessageRef:
        """Let the message stand in its channel as it reads now.

        One that somebody deleted is posted anew while its alerts fire and nobody has answered it.
        """
        stood = MessageRef(one.channel, one.ts) if one.channel and one.ts else None
        if stood and (await self._edit(stood, message) or one.state is not SuggestionState.OPEN):
            return stood
        name = self._channel(one)
        channel = await self.poster.channels.announce(name)
        if one.attempts and channel and (found := await self._found(one, channel)) and await self._edit(found, message):
            return found
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

    async def _edit(self, stands: MessageRef, message: Message) -> bool:
        """Edit a message, and return whether it was there."""
        try:
            await self.poster.say(self.poster.client.chat_update, message, channel=stands.channel, ts=stands.ts)
        except SlackApiError as error:
            if errors.meaning_of(error) not in {Meaning.POST_ANEW, Meaning.GONE}:
                raise
            return False
        return True

    async def _found(self, one: Suggestion, channel: str) -> MessageRef | None:
        async for message in self.poster.since(one.created_at - LOOK_BACK, Place(channel)):
            if delivery_key(message) == one.key:
                return MessageRef(channel, str(message["ts"]))
        return None

    def _channel(self, one: Suggestion) -> str:
        rules, severity = self.playbook.rules, one.proposal.severity
        known = severity in [each.id for each in rules.severities]
        return one.proposal.channel or (rules.announce_channel(severity) if severity and known else rules.announce)

    async def _put_off(self, claimed: Claimed, failed: Failed) -> None:
        one, now = claimed.one, self.now()
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
        await self.store.run(lambda tx: tx.put_off_suggestion(one.id, claimed.until, until, **changes), urgent=False)
