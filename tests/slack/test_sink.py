"""The sink: each effect, brought to the Slack on this machine, once and again."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from app import playbooks
from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.outbox import Away, Dead, Doubtful, Later, Outcome, Queued, Sent
from app.outbox.outcomes import IN_WORDS
from app.slack import errors
from app.slack.channels import Channels
from app.slack.posting import Poster
from app.slack.sink import SlackSink
from app.slack.words import Words
from app.store import Delivery, DeliveryState, Record
from tests import shipped
from tests.slack.workplace import CTO, ON_CALL, SECOND, SUPPORT, Workplace, workplace

BOT = "U0TOCSIN"


@dataclass
class Hands:
    """A sink at work on one incident, which has its channel and its card."""

    place: Workplace
    sink: SlackSink
    record: Record

    async def does(self, effect: f.Effect, event: e.Event | None = None, **known: Any) -> Outcome:
        """Deliver an effect."""
        await self.reads()
        return await self.sink.deliver(self.delivery(effect, event, **known), self.record)

    async def reads(self) -> None:
        """Take the incident as it is stored."""
        self.record = await self.place.current(self.record)

    def delivery(self, effect: f.Effect, event: e.Event | None = None, **known: Any) -> Delivery:
        """Return a delivery of an effect."""
        now = self.place.edge.now()
        row = Delivery(
            id=1,
            key="k1",
            workspace=self.record.workspace,
            incident_id=self.record.id,
            effect=effect,
            event=event,
            state=DeliveryState.SENDING,
            token="t",
            lookup=False,
            attempts=1,
            repeated=False,
            created_at=now,
            not_before=now,
            result=None,
            reason=None,
        )
        return replace(row, **known)

    async def room(self) -> dict[str, Any]:
        """Return the incident's channel."""
        rooms = (await self.place.state())["channels"]
        return next(room for room in rooms if room["id"] == self.record.incident.channel)


@pytest.fixture
async def hands(tmp_path: Path) -> AsyncIterator[Hands]:
    async with workplace(tmp_path, connected=False) as place:
        source = shipped.source()
        edge = place.edge
        channels = Channels(edge.client, BOT)
        words = Words(playbooks.message_folders(source))
        poster = Poster(edge.client, edge.store, words, source.playbook, edge.people, channels)
        declaration = c.Declare(c.Actor(SUPPORT), "Payment API down", "SEV1")
        record = (await edge.handler.declare(edge.workspace, declaration)).record
        posted = await place.opens_room(record)
        await place.does(record, c.RecordCard(posted.channel, posted.ts))
        hands = Hands(place, SlackSink(edge.client, poster, edge.now), record)
        await hands.reads()
        yield hands


def noted(hands: Hands, text: str = "still slow") -> e.Noted:
    return e.Noted(hands.place.edge.now(), ON_CALL, text)


def notified(hands: Hands) -> e.ChannelsNotified:
    why = "default, step 3, open 45 min"
    return e.ChannelsNotified(hands.place.edge.now(), "3:#leadership", "3", ("leadership",), why)


async def test_every_effect_is_known_in_words() -> None:
    assert {kind.__name__ for kind in IN_WORDS} == {kind.__name__ for kind in f.Effect.__args__}


async def test_a_post_carries_the_key_of_its_delivery(hands: Hands) -> None:
    outcome = await hands.does(f.Post("noted"), noted(hands))
    assert isinstance(outcome, Sent)
    message = (await hands.room())["messages"][-1]
    assert message["ts"] == outcome.result["ts"]
    assert message["metadata"] == {"event_type": "tocsin_delivery", "event_payload": {"key": "k1"}}


async def test_a_post_that_stands_there_is_found_by_its_key_and_another_is_not(hands: Hands) -> None:
    first = await hands.does(f.Post("noted"), noted(hands))
    delivery = hands.delivery(f.Post("noted"), noted(hands))
    assert await hands.sink.find(delivery, hands.record) == first
    assert await hands.sink.find(replace(delivery, key="k2"), hands.record) is None


async def test_a_reply_in_a_thread_is_found_too(hands: Hands) -> None:
    effect = f.Post("noted", f.Place.CARD_THREAD)
    await hands.does(effect, noted(hands))
    assert isinstance(await hands.sink.find(hands.delivery(effect, noted(hands)), hands.record), Sent)


async def test_a_page_is_found_in_the_direct_messages(hands: Hands) -> None:
    paged = e.Paged(hands.place.edge.now(), "1:primary", "1", ("Primary on-call",), (ON_CALL,), (ON_CALL,), "declared")
    sent = await hands.does(f.Page(ON_CALL), paged)
    assert isinstance(sent, Sent)
    [learned] = sent.learned
    assert isinstance(learned, c.RecordPage)
    assert (learned.step, learned.member, learned.ts) == ("1:primary", ON_CALL, sent.result["ts"])
    assert await hands.sink.find(hands.delivery(f.Page(ON_CALL), paged), hands.record) == sent


async def test_of_two_copies_the_second_is_taken_away(hands: Hands) -> None:
    first = await hands.does(f.Post("noted"), noted(hands))
    await hands.does(f.Post("noted"), noted(hands))
    assert isinstance(first, Sent)
    delivery = replace(hands.delivery(f.Post("noted"), noted(hands)), result=first.result)
    assert await hands.sink.sweep(delivery, hands.record) == Sent()
    copies = [one for one in (await hands.room())["messages"] if "still slow" in one["text"]]
    assert [one["ts"] for one in copies] == [first.result["ts"]]
    assert await hands.sink.sweep(delivery, hands.record) == Sent()


async def test_of_two_copies_of_what_was_no_longer_wanted_one_is_left(hands: Hands) -> None:
    first = await hands.does(f.Post("noted"), noted(hands))
    await hands.does(f.Post("noted"), noted(hands))
    assert isinstance(first, Sent)
    delivery = replace(hands.delivery(f.Post("noted"), noted(hands)), result={"skipped": "no longer wanted"})
    assert await hands.sink.sweep(delivery, hands.record) == Sent()
    copies = [one for one in (await hands.room())["messages"] if "still slow" in one["text"]]
    assert [one["ts"] for one in copies] == [first.result["ts"]]


async def test_a_copy_that_was_posted_long_ago_is_still_found(hands: Hands) -> None:
    delivery = hands.delivery(f.Post("noted"), noted(hands))
    first = await hands.sink.deliver(delivery, hands.record)
    hands.place.sandbox.clock.move(timedelta(hours=30).total_seconds())
    for _ in range(30):
        await hands.does(f.Post("noted"), noted(hands, "more"), key="other")
    assert await hands.sink.find(delivery, hands.record) == first


async def test_pin_bookmark_and_topic_can_be_done_twice(hands: Hands) -> None:
    for effect in (f.PinCard(), f.AddBookmark(), f.SetTopic()):
        assert isinstance(await hands.does(effect), Sent)
        assert isinstance(await hands.does(effect), Sent)
    room = await hands.room()
    assert (len(room["pins"]), len(room["bookmarks"])) == (1, 1)
    assert room["topic"] == "SEV1 · Payment API down · Investigating"


async def test_the_links_of_the_playbook_stand_at_the_top_of_the_channel(hands: Hands) -> None:
    links = {"bridge": "https://zoom.example/incident", "status_page": "https://status.example"}
    hands.sink.poster = replace(hands.sink.poster, playbook=replace(hands.sink.poster.playbook, links=links))
    await hands.does(f.AddBookmark())
    await hands.does(f.AddBookmark())
    titles = [bookmark["title"] for bookmark in (await hands.room())["bookmarks"]]
    assert titles == ["Incident card", "Bridge", "Status page"]


async def test_where_calls_are_opened_the_bridge_at_the_top_is_that_of_the_incident(hands: Hands) -> None:
    opening = replace(
        hands.sink.poster.playbook, links={"bridge": "https://zoom.example/all"}, connected=frozenset({f.Way.BRIDGE})
    )
    hands.sink.poster = replace(hands.sink.poster, playbook=opening)
    await hands.does(f.AddBookmark())
    assert len((await hands.room())["bookmarks"]) == 1
    await hands.place.does(hands.record, c.RecordBridge("https://zoom.example/j/1"))
    await hands.does(f.AddBookmark())
    assert [one["link"] for one in (await hands.room())["bookmarks"]][1:] == ["https://zoom.example/j/1"]


async def test_whoever_is_in_the_channel_already_is_no_failure(hands: Hands) -> None:
    assert await hands.does(f.Invite((ON_CALL, SECOND, BOT))) == Sent()


async def test_whoever_cannot_be_invited_is_named(hands: Hands) -> None:
    outcome = await hands.does(f.Invite((ON_CALL, "U0NOBODY")))
    assert isinstance(outcome, Dead)
    [told] = outcome.learned
    assert told == c.RecordInviteIncomplete("k1", 2, {"U0NOBODY": "not in this workspace"})


async def test_the_card_is_edited_in_place(hands: Hands) -> None:
    await hands.place.does(hands.record, c.Acknowledge(c.Actor(ON_CALL)))
    before = len((await hands.room())["messages"])
    assert await hands.does(f.EditCard()) == Sent()
    room = await hands.room()
    assert len(room["messages"]) == before
    assert hands.record.incident.card
    [card] = [one for one in room["messages"] if one["ts"] == hands.record.incident.card.ts]
    assert "incident.acknowledge" not in str(card["blocks"])


async def test_a_card_that_is_gone_is_posted_anew(hands: Hands) -> None:
    assert hands.record.incident.card
    card = hands.record.incident.card
    await hands.place.edge.client.chat_delete(channel=card.channel, ts=card.ts)
    outcome = await hands.does(f.EditCard())
    assert isinstance(outcome, Sent)
    assert outcome.learned == (c.RecordCard(outcome.result["channel"], outcome.result["ts"]),)


async def test_the_announcement_is_made_and_learned(hands: Hands) -> None:
    outcome = await hands.does(f.Announce())
    assert isinstance(outcome, Sent)
    assert outcome.learned == (c.RecordAnnouncement(outcome.result["channel"], outcome.result["ts"]),)
    assert isinstance(await hands.sink.find(hands.delivery(f.Announce()), hands.record), Sent)


async def test_another_channel_is_told_where_the_incident_stands_and_why(hands: Hands) -> None:
    effect, event = f.NotifyChannel("leadership"), notified(hands)
    outcome = await hands.does(effect, event)
    assert isinstance(outcome, Sent)
    told = hands.place.sandbox.slack.workspace.channel_named("leadership")
    assert told
    assert outcome.result["channel"] == told.id
    said = told.messages[outcome.result["ts"]]
    assert "SEV1 Payment API down: investigating" in said.text
    assert "Why here: default, step 3, open 45 min" in str(said.blocks)


async def test_what_another_channel_was_told_is_found_by_its_key(hands: Hands) -> None:
    effect, event = f.NotifyChannel("leadership"), notified(hands)
    assert await hands.sink.find(hands.delivery(effect, event), hands.record) is None
    posted = await hands.does(effect, event)
    assert await hands.sink.find(hands.delivery(effect, event), hands.record) == posted


async def test_what_there_is_nothing_to_edit_of_is_left_alone(hands: Hands) -> None:
    assert await hands.does(f.EditAnnouncement()) == Sent({"skipped": "there is no such message"})


@pytest.mark.parametrize("effect", [f.Post("noted"), f.EditCard(), f.SetTopic(), f.Invite((SECOND,)), f.PinCard()])
async def test_an_archived_channel_is_lost_and_what_was_wanted_is_tried_again(hands: Hands, effect: f.Effect) -> None:
    channel = hands.record.incident.channel
    assert channel
    await hands.place.control("fault", method="*", kind="error", error="is_archived")
    lost = c.RecordChannelLost(channel, "the channel is archived")
    assert await hands.does(effect, noted(hands)) == Later("the channel is archived", timedelta(), learned=(lost,))


async def test_what_is_said_in_another_archived_channel_is_dead(hands: Hands) -> None:
    announced = await hands.does(f.Announce())
    assert isinstance(announced, Sent)
    await hands.place.does(hands.record, c.RecordAnnouncement(**announced.result))
    hands.place.sandbox.slack.workspace.channels[announced.result["channel"]].archived = True
    effect = f.Post("noted", f.Place.ANNOUNCEMENT_THREAD)
    assert await hands.does(effect, noted(hands)) == Dead("post a message", "the channel is archived")


async def test_a_page_that_cannot_arrive_names_whom_it_was_for(hands: Hands) -> None:
    hands.place.sandbox.slack.workspace.members[CTO].deleted = True
    paged = e.Paged(hands.place.edge.now(), "1:cto", "1", ("CTO",), (CTO,), (CTO,), "declared")
    outcome = await hands.does(f.Page(CTO), paged)
    reason = "Slack opens no direct messages with this member, who may be deactivated"
    told = c.RecordPageRefused("1:cto", CTO, ("CTO",), reason, "k1")
    assert outcome == Dead("page CTO", reason, learned=(told,))


async def test_a_subscriber_who_has_left_is_passed_over_without_a_word(hands: Hands) -> None:
    hands.place.sandbox.slack.workspace.members[CTO].deleted = True
    told = await hands.does(f.Tell(CTO, "subscribed_declared"), noted(hands))
    assert told == Sent({"skipped": "Slack opens no direct messages with this member, who may be deactivated"})


async def test_a_pause_holds_for_the_posts_of_that_channel_and_for_nothing_else(hands: Hands) -> None:
    await hands.place.control("fault", method="chat.postMessage", kind="ratelimited", times=1, seconds=7)
    asked = len(await hands.place.calls("chat.postMessage"))
    assert await hands.does(f.Post("noted"), noted(hands)) == Later(errors.PAUSED, timedelta(seconds=7))
    again = await hands.does(f.Post("noted", f.Place.CARD_THREAD), noted(hands))
    assert isinstance(again, Later)
    assert again.after
    assert timedelta(seconds=6) < again.after <= timedelta(seconds=7)
    assert not again.tried
    assert len(await hands.place.calls("chat.postMessage")) == asked + 1
    assert isinstance(await hands.does(f.Tell(ON_CALL, "noted"), noted(hands)), Sent)
    assert isinstance(await hands.does(f.SetTopic()), Sent)
    hands.place.sandbox.clock.move(7)
    assert isinstance(await hands.does(f.Post("noted"), noted(hands)), Sent)
    # After a pause it goes on one at a time.
    assert isinstance(await hands.does(f.Post("noted", f.Place.CARD_THREAD), noted(hands), key="k2"), Queued)
    hands.place.sandbox.clock.move(1)
    assert isinstance(await hands.does(f.Post("noted", f.Place.CARD_THREAD), noted(hands), key="k2"), Sent)


async def test_a_pause_in_a_method_holds_for_all_its_calls(hands: Hands) -> None:
    await hands.place.control("fault", method="chat.update", kind="ratelimited", times=1, seconds=7)
    await hands.does(f.Announce())
    assert isinstance(await hands.does(f.EditCard()), Later)
    assert isinstance(await hands.does(f.EditCard()), Later)
    assert len(await hands.place.calls("chat.update")) == 1


def refusal(code: str | None, status: int = 200, **headers: str) -> SlackApiError:
    data = {"ok": False, "error": code} if code else {}
    response = AsyncSlackResponse(
        client=None, http_verb="POST", api_url="", req_args={}, data=data, headers=headers, status_code=status
    )
    return SlackApiError("no", response)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (refusal("channel_not_found"), Dead("do it", errors.in_words("channel_not_found"))),
        (refusal("some_new_error"), Dead("do it", "Slack says some_new_error")),
        (refusal("ratelimited", 429, **{"Retry-After": "7"}), Later("Slack asked for a pause", timedelta(seconds=7))),
        (refusal("ratelimited", 429), Later("Slack asked for a pause", timedelta(seconds=30))),
        (
            refusal("ratelimited", 429, **{"Retry-After": "9" * 30}),
            Later("Slack asked for a pause", timedelta(minutes=5)),
        ),
        (refusal("message_limit_exceeded"), Later("Slack asked for a pause", timedelta(seconds=30))),
        (refusal("invalid_auth"), Away(errors.in_words("invalid_auth"))),
        (refusal("fatal_error"), Doubtful("Slack failed: fatal_error")),
        (refusal("internal_error"), Doubtful("Slack failed: internal_error")),
        (refusal(None, 503), Doubtful("Slack failed: 503")),
        (TimeoutError(), Doubtful("the connection to Slack broke: TimeoutError")),
        (aiohttp.ServerDisconnectedError(), Doubtful("the connection to Slack broke: ServerDisconnectedError")),
        (ConnectionResetError(), Doubtful("the connection to Slack broke: ConnectionResetError")),
    ],
)
def test_what_an_error_means(error: Exception, outcome: Outcome) -> None:
    assert errors.outcome(error, "do it") == outcome


async def test_a_slack_that_cannot_be_reached_did_nothing_for_certain(hands: Hands) -> None:
    hands.sink.client.base_url = "http://127.0.0.1:9/"
    assert await hands.does(f.SetTopic()) == Away("Slack cannot be reached")
    assert await hands.sink.away() == "Slack cannot be reached"


async def posts_triage(hands: Hands) -> c.RecordChecklist:
    outcome = await hands.does(f.PostChecklist("triage"))
    assert isinstance(outcome, Sent)
    [learned] = outcome.learned
    assert isinstance(learned, c.RecordChecklist)
    await hands.place.does(hands.record, learned)
    return learned


async def test_where_a_checklist_stands_is_learned_and_there_it_is_edited(hands: Hands) -> None:
    posted = await posts_triage(hands)
    triage = hands.sink.poster.playbook.checklist("triage")
    assert triage
    await hands.place.does(hands.record, c.TickItem(c.Actor(ON_CALL), "triage", triage.title, triage.items[0]))
    assert await hands.does(f.EditChecklist("triage")) == Sent()
    listed = next(one for one in (await hands.room())["messages"] if one["ts"] == posted.ts)
    assert listed["text"].endswith("1 of 6 done.")


async def test_a_checklist_that_somebody_deleted_is_not_posted_anew(hands: Hands) -> None:
    posted = await posts_triage(hands)
    await hands.place.edge.client.chat_delete(channel=posted.channel, ts=posted.ts)
    before = len((await hands.room())["messages"])
    assert await hands.does(f.EditChecklist("triage")) == Sent()
    assert await hands.does(f.EditChecklist("verification")) == Sent()
    assert len((await hands.room())["messages"]) == before


@pytest.mark.parametrize("effect", [f.PostChecklist("gone"), f.EditChecklist("gone"), f.OfferRunbook("gone")])
async def test_what_the_playbook_has_no_more_is_passed_over(hands: Hands, effect: f.Effect) -> None:
    outcome = await hands.does(effect)
    assert isinstance(outcome, Sent)
    assert "skipped" in outcome.result


async def test_a_runbook_is_offered_in_the_thread_of_the_card(hands: Hands) -> None:
    outcome = await hands.does(f.OfferRunbook("memory"))
    assert isinstance(outcome, Sent)
    offered = next(one for one in (await hands.room())["messages"] if one["ts"] == outcome.result["ts"])
    assert (offered["thread_ts"], offered["text"]) == (
        hands.record.incident.card and hands.record.incident.card.ts,
        'There is a runbook for this: "Memory used up".',
    )
