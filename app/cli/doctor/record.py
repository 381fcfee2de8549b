"""The database: whether it opens, how long an Acknowledge takes, who works on it, and the audit of what is in it."""

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, closing
from datetime import datetime, timedelta
from statistics import median
from time import perf_counter

from app.audit import violations
from app.bot import on_the_databases_clock, system_clock
from app.cli.doctor.findings import Finding, failed, warning, well
from app.clock import PULSE
from app.config import Settings
from app.domain import commands as c
from app.domain.durations import in_words
from app.domain.playbook import Playbook
from app.handle import Now, declare, handle
from app.store import CannotOpen, DeliveryState, Store, StoreError, Transaction
from app.store.errors import NothingThere

TRIES = 20
SLACK_WAITS = 3.0
SLOW = 1.0
STILL_RUNS = timedelta(minutes=1)
PAGE_WAITS = timedelta(minutes=1)
SHOWN = 10
NOWHERE, NOBODY = "doctor", c.Actor("doctor")
"""The workspace of an incident that is taken back before it is one, and who acts in it."""


def opened(settings: Settings, stack: AsyncExitStack) -> tuple[Store | None, list[Finding]]:
    """Open the database beside a Tocsin that may run on it; nothing is made where there is none."""
    try:
        store = Store.open(settings.database_url, reading=True)
    except NothingThere:
        return None, [warning("database", "There is none yet; tocsin run makes it.")]
    except CannotOpen as error:
        return None, [failed("database", str(error))]
    stack.callback(store.close)
    return store, []


async def examine(store: Store, settings: Settings, playbook: Playbook | None) -> AsyncIterator[Finding]:
    """Examine what is in it; without a playbook there is nothing to acknowledge, and that is not timed."""
    now = on_the_databases_clock(system_clock(settings), store)
    try:
        yield await _kind(store)
        if playbook:
            yield await _speed(settings, playbook, now)
        yield await _running(store, now)
        for finding in await _audit(store, now):
            yield finding
        for finding in await store.run(lambda tx: list(_stuck(tx, now())), urgent=False):
            yield finding
    except StoreError as error:
        yield failed("database", str(error))


async def _kind(store: Store) -> Finding:
    shared = await store.run(lambda tx: tx.shared, urgent=False)
    return well("database", "PostgreSQL: several Tocsins may run on it." if shared else "SQLite: one Tocsin at a time.")


async def _speed(settings: Settings, playbook: Playbook, now: Now) -> Finding:
    # The one check that writes: everything else is read, so that nobody waits for it.
    with closing(Store.open(settings.database_url)) as store:
        took = [await _acknowledgement(store, playbook, now) for _ in range(TRIES)]
    usual, slowest = median(took), max(took)
    says = (
        f"Decided and on the disk in {_ms(usual)}, {_ms(slowest)} at most of {TRIES} that were tried and taken back; "
        f"Slack waits {SLACK_WAITS:.0f} s."
    )
    if slowest > SLOW:
        return warning("acknowledge", f"{says} Look at the disk, or at what else uses the database.")
    return well("acknowledge", says)


async def _acknowledgement(store: Store, playbook: Playbook, now: Now) -> float:
    """Return how many seconds an Acknowledge takes to be decided, written and committed.

    Its incident is taken back within the transaction, so that nobody ever sees either. A beat is committed in its
    place: a commit waits for the disk once, however little is in it.
    """
    severity = playbook.rules.severities[0].id

    def work(tx: Transaction) -> float:
        began = perf_counter()
        with tx.connection.begin_nested() as savepoint:
            made = declare(tx, NOWHERE, c.Declare(NOBODY, "Nothing is wrong", severity), playbook, now())
            declared = perf_counter()
            handle(tx, made.record.id, c.Acknowledge(NOBODY), playbook, now())
            acknowledged = perf_counter()
            savepoint.rollback()
        tx.beat("doctor", now())
        return perf_counter() - began - (acknowledged - declared)

    began = perf_counter()
    others = await store.run(work)
    return perf_counter() - began - others


async def _running(store: Store, now: Now) -> Finding:
    ticked = await store.run(lambda tx: tx.pulse(PULSE), urgent=False)
    if ticked and now() - ticked < STILL_RUNS:
        return well("running", f"A Tocsin runs on it; its clock beat {in_words(now() - ticked)} ago.")
    last = f" since {ticked:%Y-%m-%d %H:%M} UTC" if ticked else " yet"
    return warning("running", f"No Tocsin has run on it{last}: tocsin run.")


async def _audit(store: Store, now: Now) -> list[Finding]:
    found = [
        sentence
        for workspace in await store.run(Transaction.workspaces, urgent=False)
        for sentence in await violations(store, workspace, now())
    ]
    return listed("audit", found, well("audit", "The record adds up: no timer, post or page is lost."))


def listed(name: str, sentences: list[str], otherwise: Finding) -> list[Finding]:
    """Return a failure for each sentence, the first few of them, or `otherwise`."""
    left = len(sentences) - SHOWN
    more = [failed(name, f"And {left} more.")] if left > 0 else []
    return [*(failed(name, sentence) for sentence in sentences[:SHOWN]), *more] or [otherwise]


def _stuck(tx: Transaction, now: datetime) -> Iterable[Finding]:
    for one in tx.put_offs():
        record = tx.incident(one.id)
        name = record.incident.name if record else f"the incident with the id {one.id}"
        yield failed("put off", f"{name} {one.reason}, so that nothing of it falls due: the log says why. Report it.")
    late = [way for way, at in tx.oldest_unsent_page().items() if now - at > PAGE_WAITS]
    if late:
        yield failed("pages", f"A page has waited for over a minute ({', '.join(late)}): tocsin outbox")
    dead = sum(count for (state, _), count in tx.deliveries_by_state().items() if state is DeliveryState.DEAD)
    if dead:
        yield warning("outbox", f"{dead} could not be delivered: tocsin outbox --dead")
    elif not late:
        yield well("outbox", "Everything could be delivered.")


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"
