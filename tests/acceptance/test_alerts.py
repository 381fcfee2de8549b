"""Alerts as people meet them in Slack: what declares, what is suggested, and how it ends."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

from app.alerts.notice import Notice, Reading
from app.bot import Bot
from app.store import SuggestionState
from tests.acceptance.conftest import OpenTown
from tests.acceptance.workspace import INCIDENTS, ON_CALL, SUPPORT, Said, Town, plain

HOSTILE = "<!channel> <https://evil.example|Log in> {{ 7 * 7 }} *bold*"


def notice(town: Town, name: str, *, firing: bool = True, of: str = "", **more: object) -> Notice:
    known = {"starts_at": began(town), "ends_at": None if firing else town.now} | more
    return Notice("alertmanager", f"{name}/{of}", name, name, firing=firing, **known)  # type: ignore[arg-type]


def began(town: Town) -> datetime:
    """Return four minutes ago, as forms tell it."""
    return (town.now - timedelta(minutes=4)).replace(microsecond=0)


async def hear(town: Town, *notices: Notice) -> None:
    """Let Tocsin hear of alerts, and wait until all that follows is done."""
    await town.bot.taking.take("alertmanager", repr(notices).encode(), Reading(notices))
    await tell(town)


async def tell(town: Town) -> None:
    assert town.bot.suggesting
    await town.bot.suggesting.tell()
    await town.settles()


async def suggested(town: Town) -> list[Said]:
    return [one for one in (await town.room(INCIDENTS)).posts if "suggestion.declare" in one.actions]


async def test_an_alert_declares_pages_and_is_counted_on_the_card(open_town: OpenTown) -> None:
    town = await open_town(playbook="waqiti")
    down = notice(town, "WaqitiPaymentSystemDown", labels={"service": "payment-service"}, url="https://prom.example/g")
    await hear(town, down, replace(down, fingerprint="2"))

    record = await town.incident()
    room = await town.room(record.incident.name)
    assert "an alert" in room.card.words
    assert "Alerts: 2 of 2 fire, WaqitiPaymentSystemDown, told by Alertmanager" in room.card.words
    assert "|open the monitor>" in room.card.words
    assert ("1", ON_CALL) in await town.pages()
    assert room.thread(room.card), "the runbook is offered"
    assert any("Payment system down" in reply.words for reply in room.thread(room.card))


async def test_when_its_alerts_are_over_the_room_offers_to_resolve(open_town: OpenTown) -> None:
    town = await open_town(playbook="waqiti")
    down = notice(town, "WaqitiPaymentSystemDown")
    await hear(town, down)
    await town.passes(minutes=3)
    await hear(town, replace(down, firing=False, ends_at=town.now))

    room = await town.room((await town.incident()).incident.name)
    offer = room.find("The alert of WaqitiPaymentSystemDown is over. Is the incident over, too?")
    assert "incident.resolve" in offer.actions
    assert "Alert is over: WaqitiPaymentSystemDown" in room.card.words
    assert (await town.incident()).incident.is_open
    await town.presses(ON_CALL, offer, "incident.resolve")
    assert (await town.fills(ON_CALL, root_cause="A lock")) == {}
    resolution = (await town.incident()).incident.resolution
    assert resolution
    assert resolution.detected_at == down.starts_at


async def test_an_alert_that_fires_again_soon_after_offers_to_reopen(open_town: OpenTown) -> None:
    town = await open_town(playbook="waqiti")
    down = notice(town, "WaqitiPaymentSystemDown")
    await hear(town, down)
    await town.types(ON_CALL, "ack 1")
    await hear(town, replace(down, firing=False, ends_at=town.now))
    await town.types(ON_CALL, "cancel 1 a test")
    await town.passes(minutes=2)

    await hear(town, replace(down, starts_at=town.now))

    room = await town.room((await town.incident()).incident.name)
    offer = room.find("fires again")
    await town.presses(ON_CALL, offer, "incident.reopen")
    assert (await town.incident()).incident.is_open
    await town.passes(minutes=6)
    assert (await town.incident()).incident.number == 1


async def test_what_is_suggested_is_declared_at_once_with_its_severity(open_town: OpenTown) -> None:
    town = await open_town(playbook="eazepay")
    await hear(town, notice(town, "DiskFull", labels={"service": "postgres"}))
    [message] = await suggested(town)
    assert "Declare P2" in message.words

    told = await town.presses(SUPPORT, message, "suggestion.declare")

    record = await town.incident()
    assert "is declared" in told
    assert (record.incident.declared_by, record.incident.severity, record.incident.services) == (
        SUPPORT,
        "P2",
        "postgres",
    )
    assert record.incident.alerts
    await tell(town)
    assert await suggested(town) == []
    said = (await town.room(INCIDENTS)).find(f"<@{SUPPORT}> declared")
    assert said.ts == message.ts


async def test_what_is_suggested_without_a_severity_opens_the_form(open_town: OpenTown) -> None:
    town = await open_town()
    await hear(town, notice(town, "DiskFull", labels={"service": "postgres"}))
    [message] = await suggested(town)

    await town.presses(SUPPORT, message, "suggestion.declare")
    assert (await town.fills(SUPPORT, severity="SEV3")) == {}

    incident = (await town.incident()).incident
    assert (incident.title, incident.services, incident.severity) == ("DiskFull", "postgres", "SEV3")
    assert incident.alerts
    assert incident.detected_at == began(town)


async def test_a_suggestion_is_one_message_kept_up_to_date(slack: Town) -> None:
    first = notice(slack, "DiskFull", of="a")
    await hear(slack, first)
    await slack.passes(seconds=20)
    await hear(slack, notice(slack, "DiskFull", of="b"))
    [message] = await suggested(slack)
    assert "2 of 2 alerts fire, told by Alertmanager" in message.words
    await slack.passes(seconds=20)

    ended = [replace(first, firing=False, ends_at=slack.now), notice(slack, "DiskFull", of="b", firing=False)]
    await hear(slack, *ended)

    [message] = await suggested(slack)
    assert "It was over by itself" in message.words


async def test_what_somebody_ignores_says_so_and_keeps_quiet(slack: Town) -> None:
    await hear(slack, notice(slack, "DiskFull", of="a"))
    [message] = await suggested(slack)

    await slack.presses(SUPPORT, message, "suggestion.ignore")
    await slack.passes(seconds=20)
    await hear(slack, notice(slack, "DiskFull", of="b"))

    [message] = await suggested(slack)
    assert f"<@{SUPPORT}> ignored this" in message.words
    assert "suggestion.ignore" not in message.actions


async def test_a_suggestion_is_not_posted_twice_where_nobody_knows_whether_it_was(slack: Town) -> None:
    await slack.fault("chat.postMessage", "accept_then_drop")
    await hear(slack, notice(slack, "DiskFull"))
    await slack.passes(seconds=40)
    await tell(slack)

    assert len(await suggested(slack)) == 1
    [suggestion] = await slack.run(lambda tx: tx.suggested("T0SANDBOX", "alertmanager", slack.now - timedelta(hours=1)))
    assert (suggestion.state, suggestion.told) == (SuggestionState.OPEN, suggestion.version)


async def test_a_suggestion_waits_while_slack_is_down(slack: Town) -> None:
    await slack.fault("chat.postMessage", "ratelimited", retry_after=15)
    await hear(slack, notice(slack, "DiskFull"))
    assert await suggested(slack) == []
    await slack.passes(seconds=20)
    await tell(slack)

    assert len(await suggested(slack)) == 1


async def test_text_of_an_alert_mentions_nobody_and_leads_nowhere(slack: Town) -> None:
    odd = notice(slack, "DiskFull", summary=HOSTILE, labels={"service": HOSTILE}, url="https://x.example/a>b")
    await hear(slack, odd)
    [message] = await suggested(slack)

    assert "<!channel>" not in message.words
    assert "<https" not in message.words
    assert "49" not in plain(message.words)
    assert "incident.open:monitor" not in message.actions


async def test_an_alert_declares_and_pages_though_slack_is_down_since_the_start(open_town: OpenTown) -> None:
    town = await open_town(playbook="waqiti")
    await hear(town, notice(town, "WaqitiHighCPUUsage"))
    await town.bot.stop()
    cut_off = Bot(
        town.bot.settings.model_copy(update={"slack_api_url": "http://127.0.0.1:9/api/"}), town.sandbox.clock.now
    )
    starting = asyncio.create_task(cut_off.start())
    try:
        await cut_off.taking.take("alertmanager", b"{}", Reading((notice(town, "WaqitiSecurityBreachDetected"),)))
        [newest] = await cut_off.store.run(lambda tx: tx.latest("T0SANDBOX", 1))
    finally:
        starting.cancel()
        await asyncio.wait((starting,))
        await cut_off.stop()
    assert newest.incident.severity == "P1"
    assert newest.incident.everybody_paged
