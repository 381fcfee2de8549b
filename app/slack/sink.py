"""Brings deliveries to Slack: each effect, as one call or a few."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar, assert_never

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from app import failpoints
from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.incident import Incident, MessageRef
from app.handle import Now
from app.outbox import Dead, Later, Outcome, Sent, wanted
from app.slack import errors
from app.slack.blocks import card, messages
from app.slack.posting import Place, Poster, place_of, sent
from app.slack.text import Message
from app.store import Delivery, Record

T = TypeVar("T")

FINE_FOR_INVITES = ("already_in_channel", "cant_invite_self")


class SlackSink:
    """The world, where the world is Slack.

    A pause that Slack asks for holds for all that it counts together: each method, and the posts of each channel.
    """

    def __init__(self, client: AsyncWebClient, poster: Poster, now: Now) -> None:
        self.client = client
        self.poster = poster
        self.now = now
        self._paused_until: dict[str, datetime] = {}

    async def deliver(self, delivery: Delivery, record: Record) -> Outcome:
        """Do what the delivery asks for, unless Slack asked for a pause in that."""
        counted, now = counted_together(delivery.effect, record), self.now()
        paused_until = self._paused_until.get(counted, now)
        if paused_until > now:
            return Later(errors.PAUSED, paused_until - now)
        outcome = await self._guarded(delivery, lambda: self._deliver(delivery, record))
        if isinstance(outcome, Later) and outcome.reason == errors.PAUSED and outcome.after:
            others = {name: until for name, until in self._paused_until.items() if until > now}
            self._paused_until = others | {counted: self.now() + outcome.after}
        return outcome

    async def find(self, delivery: Delivery, record: Record) -> Outcome | None:
        """Look for a message that an earlier attempt may have posted."""

        async def look() -> Outcome | None:
            found = await self.poster.copies(delivery, record)
            return sent(delivery, found[0]) if found else None

        return await self._guarded(delivery, look)

    async def sweep(self, delivery: Delivery, record: Record) -> Outcome:
        """Delete all copies of a message but the one that the delivery ended with."""
        kept = (delivery.result or {}).get("ts")

        async def tidy() -> Outcome:
            for copy in await self.poster.copies(delivery, record):
                if kept and copy.ts != kept:
                    await self.client.chat_delete(channel=copy.channel, ts=copy.ts)
                    failpoints.reach("slack.deleted-copy")
            return Sent()

        return await self._guarded(delivery, tidy)

    async def away(self) -> str | None:
        """Ask Slack who this is: what takes our token takes our messages too."""
        try:
            await self.client.auth_test()
        except errors.FAILURES as error:
            became = errors.outcome(error, "reach Slack")
            return None if isinstance(became, Later) else became.reason
        return None

    async def _guarded(self, delivery: Delivery, work: Callable[[], Awaitable[T]]) -> T | Outcome:
        try:
            return await work()
        except errors.FAILURES as error:
            in_person = isinstance(delivery.effect, f.Page | f.Tell)
            return errors.outcome(error, what_it_wanted(delivery), in_person=in_person)

    async def _deliver(self, delivery: Delivery, record: Record) -> Outcome:  # noqa: C901, PLR0911, PLR0912 -- one case each
        effect, incident = delivery.effect, record.incident
        match effect:
            case f.OpenChannel():
                return await self.poster.channels.open_for(record)
            case f.Announce():
                return await self.poster.announce(delivery, record)
            case f.EditAnnouncement():
                return await self._edit_announcement(delivery, record)
            case f.EditCard() if incident.in_thread:
                return await self._edit_announcement(delivery, record)
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
                return await self.poster.post(delivery, record)
            case f.RingPager() | f.QuietPager():
                raise TypeError(f"{type(effect).__name__} does not go by Slack")
            case _:
                assert_never(effect)

    async def _edit(self, message: MessageRef | None, now: Message) -> Outcome:
        if message is None:
            return Sent({"skipped": "there is no such message"})
        await self.client.chat_update(channel=message.channel, ts=message.ts, text=now.text, blocks=now.blocks)
        failpoints.reach("slack.edited")
        return Sent()

    async def _edit_announcement(self, delivery: Delivery, record: Record) -> Outcome:
        try:
            return await self._edit(record.incident.announcement, card.announcement(record))
        except SlackApiError as error:
            if errors.code_of(error) != "message_not_found":
                raise
        # Somebody deleted it: a fresh one takes its place.
        posted = await self.poster.announce(delivery, record)
        return (
            Sent(posted.result, learned=(c.RecordAnnouncement(**posted.result),))
            if isinstance(posted, Sent)
            else posted
        )

    async def _edit_card(self, delivery: Delivery, record: Record) -> Outcome:
        try:
            return await self._edit(record.incident.card, card.card(record))
        except SlackApiError as error:
            if errors.code_of(error) != "message_not_found" or not record.incident.channel:
                raise
        # Somebody deleted the card: a fresh one takes its place.
        posted = await self.poster.send(delivery, Place(record.incident.channel), card.card(record))
        return Sent(posted.result, learned=(c.RecordCard(**posted.result),))

    async def _edit_pages(self, record: Record, member: str) -> Outcome:
        timeline = await self.poster.store.run(lambda tx: tx.timeline(record.id), urgent=False)
        paged = [event for event in timeline if isinstance(event, e.Paged) and member in event.members]
        for page in record.incident.page_messages:
            if page.member == member and paged:
                with tolerated("message_not_found"):
                    await self._edit(page.message, messages.page(record, paged[-1], self.poster.words))
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
        failpoints.reach("slack.linked")
        there = await self.client.bookmarks_list(channel_id=channel)
        failpoints.reach("slack.listed-bookmarks")
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
        if not failed:
            return Sent()
        told = c.RecordInviteIncomplete(delivery.key, len(members), failed)
        return Dead(wanted(delivery.effect), "some could not be invited", learned=(told,))


def counted_together(effect: f.Effect, record: Record) -> str:
    """Return the name of what Slack's limits count an effect under."""
    match effect:
        case f.EditAnnouncement() | f.EditCard() | f.EditPage():
            return "edits"
        case f.PostCard() | f.Post() | f.PostChecklist() | f.PostPostmortem() | f.Page() | f.Tell():
            place = place_of(effect, record)
            return f"posts in {place.channel}" if place else "posts"
        case f.Announce():
            return f"posts in {record.rules.announce_channel(record.incident.severity)}"
        case _:
            return type(effect).__name__


def what_it_wanted(delivery: Delivery) -> str:
    """Return what a delivery wanted to do, for people."""
    match delivery.effect, delivery.event:
        case f.Page(), e.Paged(responders=responders):
            return f"page {', '.join(responders)}"
        case effect, _:
            return wanted(effect)


@contextmanager
def tolerated(code: str) -> Iterator[None]:
    """Take an error of Slack's as success: what was wanted is so already."""
    try:
        yield
    except SlackApiError as error:
        if errors.code_of(error) != code:
            raise
