"""Brings deliveries to Slack: each effect, as one call or a few."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar, assert_never

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.incident import Incident, MessageRef
from app.domain.playbook import Playbook
from app.outbox import Dead, Outcome, Sent
from app.slack import errors, postmortem
from app.slack.blocks import card, messages
from app.slack.channels import Channels
from app.slack.people import People
from app.slack.text import Message
from app.slack.words import Words
from app.store import Delivery, Record, Store

T = TypeVar("T")

EVENT_TYPE = "tocsin_delivery"
LOOK_BACK = timedelta(minutes=1)
LOOK_THROUGH = 200
GONE = ("channel_not_found", "is_archived", "not_in_channel")
FINE_FOR_INVITES = ("already_in_channel", "cant_invite_self")

IN_WORDS: dict[type[f.Effect], str] = {
    f.OpenChannel: "open the channel",
    f.Announce: "announce the incident",
    f.EditAnnouncement: "keep the announcement up to date",
    f.PostCard: "post the card",
    f.EditCard: "keep the card up to date",
    f.PinCard: "pin the card",
    f.AddBookmark: "add a bookmark to the card",
    f.SetTopic: "set the topic",
    f.Invite: "invite people",
    f.Post: "message",
    f.PostChecklist: "post a checklist",
    f.PostPostmortem: "post the postmortem",
    f.Page: "page somebody",
    f.EditPage: "keep a page up to date",
    f.Tell: "send a direct message",
}
"""What each effect wanted to do, for people."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message goes: a conversation (or a member, for a direct message), and a thread in it."""

    channel: str
    thread_ts: str | None = None


class SlackSink:
    """The world, where the world is Slack."""

    def __init__(
        self, client: AsyncWebClient, store: Store, words: Words, playbook: Playbook, people: People, channels: Channels
    ) -> None:
        self.client = client
        self.store = store
        self.words = words
        self.playbook = playbook
        self.people = people
        self.channels = channels

    async def deliver(self, delivery: Delivery, record: Record) -> Outcome:
        """Do what the delivery asks for."""
        return await self._guarded(delivery, lambda: self._deliver(delivery, record))

    async def find(self, delivery: Delivery, record: Record) -> Outcome | None:
        """Look for a message that an earlier attempt may have posted."""

        async def look() -> Outcome | None:
            found = await self._copies(delivery, record)
            return self._sent(delivery, found[0]) if found else None

        return await self._guarded(delivery, look)

    async def sweep(self, delivery: Delivery, record: Record) -> Outcome:
        """Delete all copies of a message but the first."""

        async def tidy() -> Outcome:
            for copy in (await self._copies(delivery, record))[1:]:
                await self.client.chat_delete(channel=copy.channel, ts=copy.ts)
            return Sent()

        return await self._guarded(delivery, tidy)

    async def _guarded(self, delivery: Delivery, work: Callable[[], Awaitable[T]]) -> T | Outcome:
        try:
            return await work()
        except errors.FAILURES as error:
            return errors.outcome(error, IN_WORDS[type(delivery.effect)])

    async def _deliver(self, delivery: Delivery, record: Record) -> Outcome:  # noqa: C901, PLR0911 -- one case each
        effect, incident = delivery.effect, record.incident
        match effect:
            case f.OpenChannel():
                return await self.channels.open_for(record)
            case f.Announce():
                return await self._announce(delivery, record)
            case f.EditAnnouncement():
                return await self._edit(incident.announcement, card.announcement(record))
            case f.EditCard() if incident.in_thread:
                return await self._edit(incident.announcement, card.announcement(record))
            case f.EditCard():
                return await self._edit_card(delivery, record)
            case f.PinCard():
                return await self._pin(incident)
            case f.AddBookmark():
                return await self._bookmark(incident)
            case f.SetTopic():
                return await self._set_topic(record)
            case f.Invite(members=members):
                return await self._invite(delivery, incident, members)
            case f.EditPage(member=member):
                return await self._edit_pages(record, member)
            case f.PostCard() | f.Post() | f.PostChecklist() | f.PostPostmortem() | f.Page() | f.Tell():
                return await self._post(delivery, record)
            case _:
                assert_never(effect)

    async def _post(self, delivery: Delivery, record: Record) -> Outcome:
        place = self._place(delivery.effect, record)
        if place is None:
            return Dead(IN_WORDS[type(delivery.effect)], "the incident has no room")
        message = await self._message(delivery, record)
        return await self._send(delivery, place, message)

    async def _send(self, delivery: Delivery, place: Place, message: Message) -> Outcome:
        response = await self.client.chat_postMessage(
            channel=place.channel,
            thread_ts=place.thread_ts,
            text=message.text,
            blocks=message.blocks,
            metadata={"event_type": EVENT_TYPE, "event_payload": {"key": delivery.key}},
            unfurl_links=False,
            unfurl_media=False,
        )
        return self._sent(delivery, MessageRef(str(response["channel"]), str(response["ts"])))

    def _sent(self, delivery: Delivery, message: MessageRef) -> Sent:
        return Sent({"channel": message.channel, "ts": message.ts}, learned=_learned(delivery, message))

    def _place(self, effect: f.Effect, record: Record) -> Place | None:
        incident = record.incident
        match effect:
            case f.Page(member=member) | f.Tell(member=member):
                return Place(member)
            case f.PostCard() if incident.channel:
                return Place(incident.channel)
            case f.Post(place=f.Place.CARD_THREAD) | f.PostChecklist() if incident.card:
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

    async def _message(self, delivery: Delivery, record: Record) -> Message:
        effect, event = delivery.effect, delivery.event
        match effect:
            case f.PostCard():
                return card.card(record)
            case f.Announce():
                return card.announcement(record)
            case f.Post(message=name, members=members) if event:
                return messages.post(name, record, event, members, self.words)
            case f.Tell(message=name) if event:
                return messages.tell(name, record, event, self.words)
            case f.Page(again=again) if isinstance(event, e.Paged):
                return messages.page(record, event, self.words, again=again, repeated=delivery.repeated)
            case f.PostChecklist(checklist=checklist_id):
                checklist = next(one for one in self.playbook.checklists if one.id == checklist_id)
                return messages.checklist(checklist, record)
            case f.PostPostmortem():
                return await self._postmortem(record)
            case _:
                raise TypeError(f"{type(effect).__name__} is no message")

    async def _postmortem(self, record: Record) -> Message:
        timeline = await self.store.run(lambda tx: tx.timeline(record.id), urgent=False)
        names = {member: await self.people.name(member) for member in postmortem.people(timeline)}
        markdown = postmortem.draft(record, timeline, names, self.playbook, self.words)
        link = None
        if postmortem.is_too_long(markdown):
            # Uploaded unshared: the message that links it carries the key by which it can be looked up.
            name = f"postmortem-{record.incident.name}.md"
            uploaded = await self.client.files_upload_v2(filename=name, title=name, content=markdown)
            link = str(uploaded["file"]["permalink"])
        return postmortem.message(record, markdown, link)

    async def _announce(self, delivery: Delivery, record: Record) -> Outcome:
        name = record.rules.severity(record.incident.severity).announce or record.rules.announce
        channel = await self.channels.announce(name)
        if channel is None:
            return await self._announce_as_stranger(delivery, record, name)
        try:
            return await self._send(delivery, Place(channel), card.announcement(record))
        except SlackApiError as error:
            if errors.code_of(error) in GONE:
                self.channels.forget(channel)
            raise

    async def _announce_as_stranger(self, delivery: Delivery, record: Record, name: str) -> Outcome:
        # The channel is somebody else's. A public one takes the post by its name, and the answer tells its id.
        sent = await self._send(delivery, Place(f"#{name}"), card.announcement(record))
        if isinstance(sent, Sent):
            await self.channels.join(name, sent.result["channel"])
        return sent

    async def _edit(self, message: MessageRef | None, now: Message) -> Outcome:
        if message is None:
            return Sent({"skipped": "there is no such message"})
        await self.client.chat_update(channel=message.channel, ts=message.ts, text=now.text, blocks=now.blocks)
        return Sent()

    async def _edit_card(self, delivery: Delivery, record: Record) -> Outcome:
        try:
            return await self._edit(record.incident.card, card.card(record))
        except SlackApiError as error:
            if errors.code_of(error) != "message_not_found" or not record.incident.channel:
                raise
        # Somebody deleted the card: a fresh one takes its place.
        sent = await self._send(delivery, Place(record.incident.channel), card.card(record))
        return Sent(sent.result, learned=(c.RecordCard(**sent.result),)) if isinstance(sent, Sent) else sent

    async def _edit_pages(self, record: Record, member: str) -> Outcome:
        timeline = await self.store.run(lambda tx: tx.timeline(record.id), urgent=False)
        paged = [event for event in timeline if isinstance(event, e.Paged) and member in event.members]
        for page in record.incident.page_messages:
            if page.member == member and paged:
                await self._edit(page.message, messages.page(record, paged[-1], self.words))
        return Sent()

    async def _pin(self, incident: Incident) -> Outcome:
        if incident.card:
            with tolerated("already_pinned"):
                await self.client.pins_add(channel=incident.card.channel, timestamp=incident.card.ts)
        return Sent()

    async def _bookmark(self, incident: Incident) -> Outcome:
        if incident.card is None:
            return Sent({"skipped": "there is no card"})
        channel = incident.card.channel
        link = (await self.client.chat_getPermalink(channel=channel, message_ts=incident.card.ts))["permalink"]
        there = await self.client.bookmarks_list(channel_id=channel)
        if not any(bookmark.get("link") == link for bookmark in there["bookmarks"]):
            await self.client.bookmarks_add(channel_id=channel, title="Incident card", type="link", link=link)
        return Sent()

    async def _set_topic(self, record: Record) -> Outcome:
        if record.incident.channel is None:
            return Sent({"skipped": "there is no channel"})
        await self.client.conversations_setTopic(channel=record.incident.channel, topic=card.topic(record))
        return Sent()

    async def _invite(self, delivery: Delivery, incident: Incident, members: tuple[str, ...]) -> Outcome:
        if incident.channel is None:
            return Sent({"skipped": "there is no channel"})
        try:
            response = await self.client.conversations_invite(
                channel=incident.channel, users=",".join(members), force=True
            )
        except SlackApiError as error:
            response = error.response
            if not response.get("errors") and errors.code_of(error) not in FINE_FOR_INVITES:
                raise
        failed = {
            str(one.get("user") or "somebody"): errors.in_words(str(one.get("error")))
            for one in response.get("errors") or ()
            if one.get("error") not in FINE_FOR_INVITES
        }
        learned = (c.RecordInviteIncomplete(delivery.key, len(members), failed),) if failed else ()
        return Sent({"failed": failed} if failed else {}, learned=learned)

    async def _copies(self, delivery: Delivery, record: Record) -> list[MessageRef]:
        """Return the messages that carry this delivery's key, oldest first."""
        place = await self._place_to_look(delivery, record)
        if place is None:
            return []
        oldest = str((delivery.created_at - LOOK_BACK).timestamp())
        look = partial(
            self.client.conversations_replies if place.thread_ts else self.client.conversations_history,
            channel=place.channel,
            oldest=oldest,
            include_all_metadata=True,
            limit=LOOK_THROUGH,
        )
        response = await (look(ts=place.thread_ts) if place.thread_ts else look())
        ours = [message["ts"] for message in response["messages"] if _key(message) == delivery.key]
        return [MessageRef(place.channel, ts) for ts in sorted(ours)]

    async def _place_to_look(self, delivery: Delivery, record: Record) -> Place | None:
        if isinstance(delivery.effect, f.Announce):
            name = record.rules.severity(record.incident.severity).announce or record.rules.announce
            channel = await self.channels.announce(name)
            return Place(channel) if channel else None
        place = self._place(delivery.effect, record)
        if place and place.channel.startswith(("U", "W")):
            opened = await self.client.conversations_open(users=place.channel)
            return Place(str(opened["channel"]["id"]))
        return place


def _learned(delivery: Delivery, message: MessageRef) -> tuple[c.Command, ...]:
    match delivery.effect, delivery.event:
        case f.PostCard(), _:
            return (c.RecordCard(message.channel, message.ts),)
        case f.Announce(), _:
            return (c.RecordAnnouncement(message.channel, message.ts),)
        case f.Page(member=member), e.Paged(step=step):
            return (c.RecordPage(step, member, message.channel, message.ts),)
        case _:
            return ()


def _key(message: dict[str, Any]) -> str | None:
    metadata = message.get("metadata") or {}
    return (metadata.get("event_payload") or {}).get("key") if metadata.get("event_type") == EVENT_TYPE else None


@contextmanager
def tolerated(code: str) -> Iterator[None]:
    """Take an error of Slack's as success: what was wanted is so already."""
    try:
        yield
    except SlackApiError as error:
        if errors.code_of(error) != code:
            raise
