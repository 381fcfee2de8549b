"""The audit finds nothing where all is well, and says of everything that is not what it is."""

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from app.audit import Room, Seen, Sight, violations
from app.domain import commands as c
from app.domain import effects as f
from app.domain.timers import timers
from app.handle import Handler
from app.store import Delivery, Store, Transaction
from tests import shipped

WORKSPACE = "T1"
ANN = c.Actor("U_ANN")
NOW = datetime(2026, 3, 4, 10, tzinfo=UTC)
LEASE = timedelta(seconds=20)
HOME = "C1"
DIRECT = "D1"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """A store with one incident that has paged somebody, whose page and card were delivered."""
    opened = Store.open(f"sqlite:///{tmp_path / 'tocsin.db'}")
    handler = Handler(opened, shipped.playbook(), lambda: NOW, lambda: None)
    await opened.run(lambda tx: tx.bind(WORKSPACE, "primary", ("U_ONE",), ("U_ONE",)))
    declared = await handler.declare(WORKSPACE, c.Declare(ANN, "Payment API down", "SEV1"))
    await handler(WORKSPACE, declared.record.id, c.RecordChannel(HOME, "incident-1"))
    await opened.run(deliver)
    yield opened
    opened.close()


def deliver(tx: Transaction) -> None:
    for number, delivery in enumerate(tx.claim(NOW, 50, LEASE), 1):
        place = DIRECT if isinstance(delivery.effect, f.Page) else HOME
        posted = isinstance(delivery.effect, f.Page | f.PostCard)
        tx.finish(delivery, {"channel": place, "ts": f"{number}.0"} if posted else {}, NOW)


async def found(store: Store, slack: Sight | None = None) -> str:
    return "\n".join(await violations(store, WORKSPACE, NOW, slack))


async def shown(store: Store, change: Callable[[tuple[Seen, ...]], tuple[Seen, ...]] = lambda seen: seen) -> Sight:
    """Return what Slack shows of what was delivered, with a change to the direct messages."""
    deliveries = await store.run(lambda tx: tx.deliveries(WORKSPACE))
    return Sight(
        (
            Room(HOME, "incident-1", ours=True, messages=posted_in(deliveries, HOME)),
            Room(DIRECT, "a direct message", ours=False, messages=change(posted_in(deliveries, DIRECT))),
            Room("C9", "incidents", ours=True),
        )
    )


def posted_in(deliveries: list[Delivery], channel: str) -> tuple[Seen, ...]:
    results = [(one.key, one.result) for one in deliveries if one.result and one.result.get("channel") == channel]
    return tuple(Seen(result["ts"], key) for key, result in results)


async def test_there_is_nothing_to_say_where_all_is_well(store: Store) -> None:
    assert await found(store) == ""
    assert await found(store, await shown(store)) == ""


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (
            "UPDATE agenda SET timers = json_remove(timers, '$.update')",
            "the timer update is due at 2026-03-04 10:15:00.000000 UTC by the",
        ),
        ("UPDATE agenda SET next_due = '2026-03-05 10:00:00+00:00'", "its next timer is due"),
        ("UPDATE agenda SET next_page = NULL", "its next page is due"),
        ("DELETE FROM delivery WHERE kind = 'Page'", "and 0 deliveries were made of it"),
        ("UPDATE delivery SET state = 'dead' WHERE kind = 'Page'", "is dead and says no reason"),
        ("UPDATE delivery SET ended_at = NULL WHERE kind = 'Page'", "is sent and does not say since when"),
        ("UPDATE delivery SET state = 'sending' WHERE kind = 'Page'", "is sending, which does not fit to its claim"),
        ("UPDATE delivery SET state = 'unknown' WHERE kind = 'Page'", "would not say so when it is made again"),
        ("UPDATE incident SET state = json_set(state, '$.title', 'x')", "does not add up to what is stored"),
        ("UPDATE incident SET version = 0", "does not go from version 1 to 0"),
        ("UPDATE incident SET state = json_set(state, '$.number', 7)", "do not count from 1 to 1"),
        ("UPDATE incident SET state = 'nonsense'", "The incident with the id 1 cannot be read"),
        (
            "INSERT INTO event SELECT incident_id, 2, 5, workspace, at, kind, body FROM event WHERE version = 2",
            "has a gap in what was saved as version 2",
        ),
        (
            "UPDATE event SET body = json_set(body, '$.at', '2026-03-04T11:00:00Z') WHERE kind = 'ChannelOpened'",
            "which is to come",
        ),
        (
            "UPDATE delivery SET state = 'waiting', held = 1, needs = 'room' WHERE kind = 'PostCard'",
            "waits for the room, which is there",
        ),
    ],
)
async def test_what_is_stored_wrongly_is_found(store: Store, harm: str, said: str) -> None:
    def do(tx: Transaction) -> None:
        assert tx.connection.execute(text("PRAGMA defer_foreign_keys = ON")) is not None
        assert tx.connection.execute(text(harm)).rowcount

    await store.run(do)
    assert said in await found(store)


async def test_a_page_before_its_time_is_found(store: Store) -> None:
    second = shipped.playbook().rules.steps[1]
    early = text(
        "INSERT INTO event SELECT incident_id, 2, 1, workspace, at, kind, json_set(body, '$.step', :step) FROM event "
        "WHERE kind = 'Paged' LIMIT 1"
    )
    await store.run(lambda tx: tx.connection.execute(early, {"step": second.key}))
    assert "Paged happened at 2026-03-04 10:00:00.000000 UTC, and was due at 2026-03-04 10:05:00" in await found(store)


async def test_a_step_that_paged_twice_at_once_is_found(store: Store) -> None:
    again = "INSERT INTO event SELECT incident_id, 2, 1, workspace, at, kind, body FROM event WHERE kind = 'Paged'"
    await store.run(lambda tx: tx.connection.execute(text(again + " LIMIT 1")))
    assert "step 1 paged 2 times" in await found(store)


async def test_a_page_after_the_end_is_found(store: Store) -> None:
    over = text(
        "INSERT INTO event SELECT incident_id, 2, 1, workspace, at, 'Cancelled', "
        "json_object('at', json_extract(body, '$.at'), 'by', 'U1', 'reason', '') FROM event WHERE kind = 'Declared'"
    )
    late = text(
        "INSERT INTO event SELECT incident_id, 2, 2, workspace, at, kind, body FROM event WHERE kind = 'Paged' LIMIT 1"
    )

    def do(tx: Transaction) -> None:
        for statement in (over, late):
            tx.connection.execute(statement)

    await store.run(do)
    assert "step 1 paged at 2026-03-04 10:00:00.000000 UTC, when it was over" in await found(store)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda seen: (), "(Page) was made, and Slack shows nothing of it"),
        (lambda seen: seen * 2, "shows 2 copies of the delivery"),
        (lambda seen: seen * 2, "more than one does not say that it may be repeated"),
        (lambda seen: (replace(seen[0], says_repeated=True),), "as possibly repeated, and it was not"),
        (lambda seen: (*seen, Seen("9.0", "strange")), "a message of the delivery strange, which the store does not"),
    ],
    ids=["lost", "doubled", "unmarked", "marked", "strange"],
)
async def test_what_slack_shows_otherwise_is_found(
    store: Store, change: Callable[[tuple[Seen, ...]], tuple[Seen, ...]], said: str
) -> None:
    assert said in await found(store, await shown(store, change))


async def test_a_second_channel_is_found(store: Store) -> None:
    both = replace(await shown(store), rooms=(*(await shown(store)).rooms, Room("C2", "incident-1-2", ours=True)))
    assert "Tocsin made the channel incident-1-2 (C2), and no incident has it." in await found(store, both)


async def test_a_copy_that_is_to_be_swept_away_is_no_fault(store: Store) -> None:
    def doubt(tx: Transaction) -> None:
        tx.connection.execute(text("UPDATE delivery SET repeated = 1, sweep_at = ended_at WHERE kind = 'Page'"))

    await store.run(doubt)
    twice = await shown(store, lambda seen: (seen[0], replace(seen[0], ts="9.0", says_repeated=True)))
    assert await found(store, twice) == ""


async def test_a_damaged_file_is_found(store: Store, tmp_path: Path) -> None:
    # Another program does not look after what belongs together.
    with closing(sqlite3.connect(tmp_path / "tocsin.db", isolation_level=None)) as stranger:
        stranger.execute("DELETE FROM event WHERE kind = 'Paged'")
    assert "The database file is damaged: row" in await found(store)


async def test_all_that_time_brings_about_is_in_order(tmp_path: Path) -> None:
    now = NOW
    opened = Store.open(f"sqlite:///{tmp_path / 'fintech.db'}")
    handler = Handler(opened, shipped.playbook("fintech"), lambda: now, lambda: None)
    record = (await handler.declare(WORKSPACE, c.Declare(ANN, "Payments are slow", "SEV-2"))).record
    for _ in range(40):
        now = min(timers(record.incident, record.rules).values())
        record = (await handler(WORKSPACE, record.id, c.Tick())).record
    assert record.incident.severity == "SEV-1"
    assert record.incident.fired.keys() > {"milestone:diagnosis", "resolve.limit"}
    told = await violations(opened, WORKSPACE, now)
    opened.close()
    assert [one for one in told if "delivery" not in one] == []


async def test_what_happened_before_other_rules_were_adopted_is_in_order(store: Store) -> None:
    later = NOW + timedelta(minutes=5)
    handler = Handler(store, shipped.playbook(), lambda: later, lambda: None)
    assert (await handler(WORKSPACE, 1, c.Tick())).events
    rules = shipped.playbook().rules
    calm = tuple(replace(one, acknowledge_within=None) for one in rules.severities)
    slower = replace(rules, severities=calm)
    adopted = await handler(WORKSPACE, 1, c.AdoptRules(c.Actor("U_ADMIN", admin=True), slower))
    assert adopted.record.rules == slower
    told = await violations(store, WORKSPACE, later)
    assert not [one for one in told if "was due" in one]
