"""Brings deliveries to Slack: each effect, as one call or a few."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TypeVar, assert_never

from slack_sdk.errors import SlackApiError

from app import failpoints
from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.incident import Incident, MessageRef
from app.domain.playbook import Playbook
from app.domain.subscribing import is_to_subscriber
from app.handle import Now
from app.outbox import Dead, Later, Outcome, Queued, Sent, wanted
from app.slack import errors
from app.slack.blocks import card, checklist, messages
from app.slack.client import POST, Client
from app.slack.errors import Meaning
from app.slack.pace import Pace
from app.slack.posting import Place, Poster, by_name, place_of, sent
from app.slack.text import Message
from app.store import Delivery, Record, Transaction

T = TypeVar("T")

INVITE = "conversations.invite"
POSTS = (f.PostCard, f.Post, f.PostChecklist, f.OfferRunbook, f.PostPostmortem, f.PostScore, f.Page, f.Tell, f.Announce)
IN_PERSON = (f.Page, f.Tell)
BRIDGE = "bridge"
LINKS = {BRIDGE: "Bridge", "status_page": "Status page", "tickets": "Tickets", "postmortems": "Postmortems"}
"""The links of a playbook that stand at the top of the channel, beside that to the card."""


class SlackSink:
    """The world, where the world is Slack. What an error means stands in `app.slack.errors`, and is mended here."""

    def __init__(self, client: Client, poster: Poster, now: Now) -> None:
        self.client = client
        self.poster = poster
        self.now = now
        self.pace = Pace()

    async def deliver(self, delivery: Delivery, record: Record) -> Outcome:
        """Do what the delivery asks for; a message, when its turn in its conversation has come."""
        conversation = self._conversation(delivery.effect, record)
        if conversation is None:
            return await self._guarded(delivery, record, lambda: self._deliver(delivery, record))
        if pause := self.client.pause(POST, conversation):
            return Later(errors.PAUSED, pause, tried=False)
        place = self.poster.channels.one_name(conversation)
        if turn := self.pace.turn(place, delivery.key, self.now()):
            return Queued(turn)
        outcome = await self._guarded(delivery, record, lambda: self._deliver(delivery, record))
        if pause := self.client.pause(POST, conversation):
            self.pace.slow_down(place, self.now() + pause)
        return outcome

    def follow(self, now: datetime) -> None:
        """Let turns and pauses go with a clock that was set back."""
        self.client.follow(now)
        self.pace.follow(now)

    async def find(self, delivery: Delivery, record: Record) -> Outcome | None:
        """Look for a message that an earlier attempt may have posted."""

        async def look() -> Outcome | None:
            found = await self.poster.copies(delivery, record)
            return sent(delivery, found[0]) if found else None

        return await self._guarded(delivery, record, look)

    async def sweep(self, delivery: Delivery, record: Record) -> Outcome:
        """Delete all copies of a message but the one that the delivery ended with; the first, where it is not there.

        A page that somebody answered while nobody knew whether it had arrived ended with none, and may stand twice.
        """

        async def tidy() -> Outcome:
            copies = await self.poster.copies(delivery, record)
            ended_with = [copy for copy in copies if copy.message.ts == (delivery.result or {}).get("ts")]
            for copy in copies:
                if copy not in (ended_with or copies)[:1]:
                    with tolerated(Meaning.FINE):
                        await self.client.chat_delete(channel=copy.message.channel, ts=copy.message.ts)
                    failpoints.reach("slack.deleted-copy")
            return Sent()

        return await self._guarded(delivery, record, tidy)

    async def away(self) -> str | None:
        """Ask Slack who this is: what takes our token takes our messages too."""
        try:
            await self.client.auth_test()
        except errors.FAILURES as error:
            became = errors.outcome(error, "reach Slack")
            return None if isinstance(became, Later) else became.reason
        return None

    def _conversation(self, effect: f.Effect, record: Record) -> str | None:
        """Return where a message goes; nothing for what is no message."""
        if name := by_name(effect, record):
            return self.poster.channels.known(name)
        place = place_of(effect, record) if isinstance(effect, POSTS) else None
        return place.channel if place else None

    async def _guarded(self, delivery: Delivery, record: Record, work: Callable[[], Awaitable[T]]) -> T | Outcome:
        try:
            try:
                return await work()
            except SlackApiError as error:
                channel = errors.channel_of(error)
                if errors.meaning_of(error) is not Meaning.JOIN or not channel:
                    raise
                await self.client.conversations_join(channel=channel)
                return await work()
        except errors.FAILURES as error:
            return _became(error, delivery, record)

    async def _deliver(self, delivery: Delivery, record: Record) -> Outcome:  # noqa: C901, PLR0911, PLR0912 -- one case each
        effect, incident = delivery.effect, record.incident
        match effect:
            case f.OpenChannel():
                return await self.poster.channels.open_for(record)
            case f.Announce():
                return await self.poster.announce(delivery, record)
            case f.NotifyChannel(channel=channel):
                return await self.poster.notify(delivery, record, channel)
            case f.EditAnnouncement():
                return await self._edit_announcement(delivery, record)
            case f.EditCard() if incident.in_thread:
                return await self._edit_announcement(delivery, record)
            case f.EditCard():
                return await self._edit_card(delivery, record)
            case f.PinCard():
                return await self._pin(incident)
            case f.AddBookmark():
                return await self._bookmark(incident, self.poster.playbook.of(record.rules))
            case f.SetTopic():
                return await self._set_topic(record)
            case f.Invite(members=members):
                return await self._invite(delivery, incident, members)
            case f.EditPage(member=member):
                return await self._edit_pages(record, member)
            case f.EditChecklist(checklist=checklist_id):
                return await self._edit_checklist(record, checklist_id)
            case f.PostCard() | f.Post() | f.PostChecklist() | f.PostPostmortem() | f.OfferRunbook():
                return await self.poster.post(delivery, record)
            case f.Page() | f.Tell() | f.PostScore():
                return await self.poster.post(delivery, record)
            case f.PublishStatus() | f.RingPager() | f.QuietPager() | f.EndRing() | f.MailList() | f.TellSubscribers():
                raise TypeError(f"{type(effect).__name__} does not go by Slack")
            case f.OpenTicket() | f.PublishDocument() | f.OpenBridge():
                raise TypeError(f"{type(effect).__name__} does not go by Slack")
            case _:
                assert_never(effect)

    async def _edit(self, message: MessageRef | None, now: Message) -> Outcome:
        if message is None:
            return Sent({"skipped": "there is no such message"})
        await self.poster.say(self.client.chat_update, now, channel=message.channel, ts=message.ts)
        failpoints.reach("slack.edited")
        return Sent()

    async def _edit_announcement(self, delivery: Delivery, record: Record) -> Outcome:
        try:
            return await self._edit(record.incident.announcement, card.announcement(record))
        except SlackApiError as error:
            if errors.meaning_of(error) not in {Meaning.POST_ANEW, Meaning.GONE}:
                raise
        # Somebody deleted it, or its channel: a fresh one takes its place.
        if record.incident.announcement:
            self.poster.channels.forget(record.incident.announcement.channel)
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
            if errors.meaning_of(error) is not Meaning.POST_ANEW or not record.incident.channel:
                raise
        # Somebody deleted the card: a fresh one takes its place.
        posted = await self.poster.send(delivery, Place(record.incident.channel), card.card(record))
        return Sent(posted.result, learned=(c.RecordCard(**posted.result),))

    async def _edit_checklist(self, record: Record, checklist_id: str) -> Outcome:
        listed = self.poster.playbook.of(record.rules).checklist(checklist_id)
        if listed is None:
            return Sent({"skipped": "the playbook has no such checklist any more"})
        # One that somebody deleted is not posted anew: `/incident checklist` shows it to whoever wants it.
        with tolerated(Meaning.POST_ANEW, Meaning.GONE):
            await self._edit(record.incident.checklists.get(checklist_id), checklist.checklist(listed, record))
        return Sent()

    async def _edit_pages(self, record: Record, member: str) -> Outcome:
        def known(tx: Transaction) -> tuple[list[e.Event], list[Delivery]]:
            return tx.timeline(record.id), tx.deliveries(record.workspace, incident_id=record.id)

        timeline, deliveries = await self.poster.store.run(known, urgent=False)
        paged = [event for event in timeline if isinstance(event, e.Paged) and member in event.members]
        results = [one.result for one in deliveries if isinstance(one.effect, f.Page) and one.result]
        repeated = {result.get("ts") for result in results if result.get("says_repeated")}
        for page in record.incident.page_messages:
            if page.member == member and paged:
                # Beside a first copy that came late, the second still has to say that it may be one.
                marked = page.message.ts in repeated
                # One that is gone is not posted anew: that would be a second page.
                with tolerated(Meaning.POST_ANEW, Meaning.GONE):
                    words = self.poster.words.of(record.rules.playbook)
                    said = messages.page(record, paged[-1], words, repeated=marked)
                    await self._edit(page.message, said)
        return Sent()

    async def _pin(self, incident: Incident) -> Outcome:
        if incident.card:
            await self.client.pins_add(channel=incident.card.channel, timestamp=incident.card.ts)
        return Sent()

    async def _bookmark(self, incident: Incident, playbook: Playbook) -> Outcome:
        if incident.card is None:
            return Sent({"skipped": "there is no card"})
        channel = incident.card.channel
        link = (await self.client.chat_getPermalink(channel=channel, message_ts=incident.card.ts))["permalink"]
        failpoints.reach("slack.linked")
        there = await self.client.bookmarks_list(channel_id=channel)
        failpoints.reach("slack.listed-bookmarks")
        known = {bookmark.get("link") for bookmark in there["bookmarks"]}
        # Where calls are opened, people find that of this incident, once it is, and no second one.
        call = incident.bridge if f.Way.BRIDGE in playbook.connected else playbook.links.get(BRIDGE, "")
        links = {**playbook.links, BRIDGE: call}
        of_playbook = ((url, title) for what, title in LINKS.items() if (url := links.get(what)))
        for url, title in ((link, "Incident card"), *of_playbook):
            if url not in known:
                await self.client.bookmarks_add(channel_id=channel, title=title, type="link", link=url)
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
            if not isinstance(response.data, Mapping) or not response.get("errors"):
                raise
        failed = {
            str(one.get("user") or "somebody"): errors.in_words(str(one.get("error")))
            for one in response.get("errors") or ()
            if errors.meaning(INVITE, str(one.get("error"))) is not Meaning.FINE
        }
        if not failed:
            return Sent()
        told = c.RecordInviteIncomplete(delivery.key, len(members), failed)
        return Dead(wanted(delivery.effect), "some could not be invited", learned=(told,))


def _became(error: Exception, delivery: Delivery, record: Record) -> Outcome:
    what, in_person = what_it_wanted(delivery), isinstance(delivery.effect, IN_PERSON)
    if isinstance(error, SlackApiError):
        match errors.meaning_of(error):
            case Meaning.FINE:
                return Sent({"skipped": errors.reason(error)})
            case Meaning.GONE if not in_person and errors.channel_of(error) == record.incident.channel:
                return _moved_out(errors.reason(error), record.incident)
            case _ if is_to_subscriber(delivery.effect) and errors.code_of(error) in errors.UNREACHABLE:
                return Sent({"skipped": errors.reason(error, in_person=True)})
            case _ if isinstance(delivery.effect, f.Page) and errors.code_of(error) in errors.UNREACHABLE:
                return _not_reached(delivery, delivery.effect.member, errors.reason(error, in_person=True))
            case _:
                pass
    return errors.outcome(error, what, in_person=in_person)


def _moved_out(reason: str, incident: Incident) -> Outcome:
    # The incident learns that it has lost its room, and what was to be said there is said where it goes on.
    learned = (c.RecordChannelLost(incident.channel, reason),) if incident.channel else ()
    return Later(reason, timedelta(), learned=learned)


def _not_reached(delivery: Delivery, member: str, reason: str) -> Outcome:
    event = delivery.event
    if not isinstance(event, e.Paged):
        return Dead(what_it_wanted(delivery), reason)
    told = c.RecordPageRefused(event.step, member, event.responders, reason, delivery.key)
    return Dead(what_it_wanted(delivery), reason, learned=(told,))


def what_it_wanted(delivery: Delivery) -> str:
    """Return what a delivery wanted to do, for people."""
    match delivery.effect, delivery.event:
        case f.Page(), e.Paged(responders=responders):
            return f"page {', '.join(responders)}"
        case effect, _:
            return wanted(effect)


@contextmanager
def tolerated(*meanings: Meaning) -> Iterator[None]:
    """Take an error of Slack's that means one of these as success."""
    try:
        yield
    except SlackApiError as error:
        if errors.meaning_of(error) not in meanings:
            raise
