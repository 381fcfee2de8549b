"""Posts messages: where each goes, what it says, and whether it is there already.

Every message carries the key of its delivery in its metadata; by that an earlier attempt is recognised.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from app import failpoints
from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.effects import Way
from app.domain.incident import MessageRef
from app.domain.playbook import Playbook
from app.outbox import Dead, Outcome, Sent, wanted
from app.slack import errors, postmortem
from app.slack.blocks import briefing, card, checklist, drills, messages, runbook
from app.slack.channels import Channels
from app.slack.errors import Meaning
from app.slack.people import People
from app.slack.text import Message
from app.slack.words import Words
from app.store import Delivery, Record, Store

log = logging.getLogger(__name__)

EVENT_TYPE = "tocsin_delivery"
LOOK_BACK = timedelta(minutes=1)
LOOK_THROUGH = 200
MOST_PAGES = 10
REPEATED = "(possibly repeated)"
"""How the second copy of a page begins, by its template."""

Call = Callable[..., Awaitable[AsyncSlackResponse]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message goes: a conversation (or a member, for a direct message), and a thread in it."""

    channel: str
    thread_ts: str | None = None


@dataclass(frozen=True, slots=True)
class Copy:
    """A message that stands in Slack; a page may say of itself that it may be the second of its kind."""

    message: MessageRef
    says_repeated: bool = False


@dataclass(frozen=True, slots=True)
class Poster:
    """Posts, and finds what was posted. Raises what the calls to Slack raise."""

    client: AsyncWebClient
    store: Store
    words: Words
    playbook: Playbook
    people: People
    channels: Channels

    async def post(self, delivery: Delivery, record: Record) -> Outcome:
        """Post what the delivery asks for."""
        if isinstance(delivery.effect, f.PostCard) and record.incident.in_thread:
            return Sent({"skipped": "the announcement is the card"})
        if not _is_there(delivery.effect, self.playbook.of(record.rules)):
            return Sent({"skipped": "the playbook has no such thing any more"})
        place = place_of(delivery.effect, record)
        if place is None:
            return Dead(wanted(delivery.effect), "the incident has no room")
        message = await self._message(delivery, record)
        return await self.send(delivery, place, message)

    async def send(self, delivery: Delivery, place: Place, message: Message) -> Sent:
        """Post one message."""
        response = await self.say(
            self.client.chat_postMessage,
            message,
            channel=place.channel,
            thread_ts=place.thread_ts,
            metadata={"event_type": EVENT_TYPE, "event_payload": {"key": delivery.key}},
            unfurl_links=False,
            unfurl_media=False,
        )
        failpoints.reach("slack.posted")
        # Only a page says that it may be a copy.
        repeated = isinstance(delivery.effect, f.Page) and delivery.repeated
        return sent(delivery, Copy(MessageRef(str(response["channel"]), str(response["ts"])), repeated))

    async def say(self, call: Call, message: Message, **where: Any) -> AsyncSlackResponse:
        """Post or edit a message; where Slack does not take its layout, as plain text."""
        try:
            return await call(text=message.text, blocks=message.blocks, **where)
        except SlackApiError as error:
            if errors.meaning_of(error) is not Meaning.PLAIN:
                raise
            log.warning("Slack takes a message without its layout alone: %s", errors.code_of(error))
        return await call(text=message.text, blocks=[], **where)

    async def _message(self, delivery: Delivery, record: Record) -> Message:  # noqa: C901, PLR0911 -- one case each
        effect, event = delivery.effect, delivery.event
        playbook, words = self.playbook.of(record.rules), self.words.of(record.rules.playbook)
        match effect:
            case f.PostCard():
                return card.card(record)
            case f.Announce():
                return card.announcement(record)
            case f.Post(message=name, members=members) if event:
                return messages.post(name, record, event, members, words)
            case f.Tell(message="handoff" | "arrived" as name) if event:
                timeline = await self._timeline(record)
                return briefing.briefing(name, record, event, timeline, playbook=playbook, words=words)
            case f.PostScore():
                return drills.scored(record, await self._timeline(record), playbook)
            case f.Tell(message=name) if event:
                return messages.tell(name, record, event, words)
            case f.Page(again=again) if isinstance(event, e.Paged):
                return messages.page(record, event, words, again=again, repeated=delivery.repeated)
            case f.PostChecklist(checklist=checklist_id) if listed := playbook.checklist(checklist_id):
                return checklist.checklist(listed, record)
            case f.OfferRunbook(runbook=runbook_id) if offered := playbook.runbook(runbook_id):
                return runbook.offer(offered, record)
            case f.PostPostmortem():
                return await self._postmortem(record)
            case _:
                raise TypeError(f"{type(effect).__name__} is no message")

    async def _timeline(self, record: Record) -> list[e.Event]:
        return await self.store.run(lambda tx: tx.timeline(record.id), urgent=False)

    async def draft(self, record: Record) -> str:
        """Return the postmortem of an incident as it can be drafted now, in Markdown."""
        timeline = await self._timeline(record)
        names = {member: await self.people.name(member) for member in postmortem.people(timeline)}
        playbook, words = self.playbook.of(record.rules), self.words.of(record.rules.playbook)
        return postmortem.draft(record, timeline, names, playbook, words)

    async def _postmortem(self, record: Record) -> Message:
        markdown = await self.draft(record)
        published = Way.DOCUMENTS in self.playbook.of(record.rules).connected
        link = None
        if postmortem.is_too_long(markdown):
            # Uploaded unshared: the message that links it carries the key by which it can be looked up.
            name = f"postmortem-{record.incident.name}.md"
            uploaded = await self.client.files_upload_v2(filename=name, title=name, content=markdown)
            link = str(uploaded["file"]["permalink"])
        return postmortem.message(record, markdown, link, publishes=published)

    async def announce(self, delivery: Delivery, record: Record) -> Outcome:
        """Post the announcement, in a channel that is made or joined for it if need be."""
        name = record.rules.announce_channel(record.incident.severity)
        return await self._post_by_name(delivery, name, card.announcement(record))

    async def notify(self, delivery: Delivery, record: Record, name: str) -> Outcome:
        """Post how it stands in a channel by its name, that is made or joined for it if need be."""
        if delivery.event is None:
            raise TypeError("a channel is told about something that happened")
        words = self.words.of(record.rules.playbook)
        return await self._post_by_name(delivery, name, messages.post("notice", record, delivery.event, (), words))

    async def _post_by_name(self, delivery: Delivery, name: str, message: Message) -> Outcome:
        channel = await self.channels.announce(name)
        if channel is None:
            return await self._post_as_stranger(delivery, name, message)
        try:
            return await self.send(delivery, Place(channel), message)
        except SlackApiError as error:
            if errors.meaning_of(error) is Meaning.GONE:
                self.channels.forget(channel)
            raise

    async def _post_as_stranger(self, delivery: Delivery, name: str, message: Message) -> Outcome:
        # The channel is somebody else's. A public one takes the post by its name, and the answer tells its id.
        announced = await self.send(delivery, Place(f"#{name}"), message)
        # The post stands there by now, so that it must not be made again because the door stays shut.
        try:
            await self.channels.join(name, announced.result["channel"])
        except errors.FAILURES as error:
            log.warning("the channel %s could not be joined: %s", name, errors.code_of(error) or error)
        return announced

    async def copies(self, delivery: Delivery, record: Record) -> list[Copy]:
        """Return the messages that carry this delivery's key, oldest first."""
        found = [
            Copy(MessageRef(place.channel, message["ts"]), says_repeated(message))
            for place in await self._places_to_look(delivery, record)
            async for message in self.since(delivery.created_at - LOOK_BACK, place)
            if delivery_key(message) == delivery.key
        ]
        return sorted(set(found), key=lambda copy: copy.message.ts)

    async def since(self, start: datetime, place: Place) -> AsyncIterator[dict[str, Any]]:
        """Yield the messages of a conversation, or of a thread in it, from `start` on: the newest two thousand."""
        look: Call = self.client.conversations_history
        if place.thread_ts:
            look = partial(self.client.conversations_replies, ts=place.thread_ts)
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            try:
                response = await look(
                    channel=place.channel,
                    oldest=str(start.timestamp()),
                    include_all_metadata=True,
                    limit=LOOK_THROUGH,
                    cursor=cursor,
                )
            except SlackApiError as error:
                # What is gone holds no message.
                if errors.meaning_of(error) in {Meaning.FINE, Meaning.GONE}:
                    return
                raise
            failpoints.reach("slack.looked")
            for message in response["messages"]:
                yield message
            cursor = (response.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return

    async def _places_to_look(self, delivery: Delivery, record: Record) -> list[Place]:
        effect, announcement = delivery.effect, record.incident.announcement
        if name := by_name(effect, record):
            channel = await self.channels.announce(name)
            return [Place(channel)] if channel else []
        place = place_of(effect, record)
        if place and place.channel.startswith(("U", "W")):
            opened = await self.client.conversations_open(users=place.channel)
            failpoints.reach("slack.opened-messages")
            return [Place(str(opened["channel"]["id"]))]
        places = [place] if place else []
        if announcement and not isinstance(effect, f.PostCard):
            # The incident may have gone on in that thread when it was sent.
            places.append(Place(announcement.channel, announcement.ts))
        return list(dict.fromkeys(places))


def sent(delivery: Delivery, copy: Copy) -> Sent:
    """Return the outcome of a message that stands in Slack, with what the incident learns from it."""
    where = {"channel": copy.message.channel, "ts": copy.message.ts}
    result = where | {"says_repeated": True} if copy.says_repeated else where
    return Sent(result, learned=_learned(delivery, copy.message))


def by_name(effect: f.Effect, record: Record) -> str | None:
    """Return the name of the channel in which `effect` posts, where it is not the incident's own."""
    match effect:
        case f.Announce():
            return record.rules.announce_channel(record.incident.severity)
        case f.NotifyChannel(channel=channel):
            return channel
        case _:
            return None


def place_of(effect: f.Effect, record: Record) -> Place | None:  # noqa: PLR0911 -- one case for each kind
    """Return where the message of `effect` goes, as far as there is such a place."""
    incident = record.incident
    match effect:
        case f.Page(member=member) | f.Tell(member=member):
            return Place(member)
        case f.PostPostmortem(member=str(member)) | f.PostScore(member=str(member)):
            return Place(member)
        case f.PostCard() if incident.channel:
            return Place(incident.channel)
        case f.Post(place=f.Place.CARD_THREAD) | f.PostChecklist() | f.OfferRunbook() if incident.card:
            return Place(incident.card.channel, incident.card.ts)
        case f.Post(place=f.Place.ANNOUNCEMENT_THREAD) if incident.announcement:
            return Place(incident.announcement.channel, incident.announcement.ts)
        case f.PostCard():
            return None
        case _ if incident.channel:
            return Place(incident.channel)
        case _ if incident.in_thread and incident.announcement:
            return Place(incident.announcement.channel, incident.announcement.ts)
        case _:
            return None


def _is_there(effect: f.Effect, playbook: Playbook) -> bool:
    """Say whether the incident's playbook, as it is by now, has what is to be posted of it."""
    match effect:
        case f.PostChecklist(checklist=checklist_id):
            return playbook.checklist(checklist_id) is not None
        case f.OfferRunbook(runbook=runbook_id):
            return playbook.runbook(runbook_id) is not None
        case _:
            return True


def _learned(delivery: Delivery, message: MessageRef) -> tuple[c.Command, ...]:
    match delivery.effect, delivery.event:
        case f.PostCard(), _:
            return (c.RecordCard(message.channel, message.ts),)
        case f.PostChecklist(checklist=checklist_id), _:
            return (c.RecordChecklist(checklist_id, message.channel, message.ts),)
        case f.Announce(), _:
            return (c.RecordAnnouncement(message.channel, message.ts),)
        case f.Page(member=member), e.Paged(step=step):
            return (c.RecordPage(step, member, message.channel, message.ts, delivery.key),)
        case _:
            return ()


def says_repeated(message: dict[str, Any]) -> bool:
    """Say whether a message says of itself that it may be the second of its kind."""
    return str(message.get("text") or "").startswith(REPEATED)


def delivery_key(message: dict[str, Any]) -> str | None:
    """Return the key of the delivery that a message was posted for; nothing where Tocsin did not post it."""
    metadata = message.get("metadata") or {}
    return (metadata.get("event_payload") or {}).get("key") if metadata.get("event_type") == EVENT_TYPE else None
