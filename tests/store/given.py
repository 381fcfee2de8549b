"""Incidents to store, without a playbook's help."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from app.domain import effects as f
from app.domain import events as e
from app.domain.evolve import fold
from app.domain.limits import Limit
from app.domain.playbook import Role, Rules, Severity
from app.store import Change, Delivery, Record, Store, Transaction

WORKSPACE = "E1/T1"
ANN, BOB = "U1", "U2"
LEASE = timedelta(seconds=40)
RULES = Rules(
    playbook="default",
    title="Default",
    severities=(
        Severity("SEV1", "Critical", "All is down", acknowledge_within=Limit(timedelta(minutes=15))),
        Severity("SEV2", "Major", "Much is down", resolve_within=Limit()),
    ),
    steps=(),
    responders=(),
    roles=(Role("commander", "Incident commander"),),
)
Effects = Sequence[tuple[int, f.Effect]]


def at(minutes: float = 0) -> datetime:
    return datetime(2026, 3, 2, 10, tzinfo=UTC) + timedelta(minutes=minutes)


def due(**minutes: float) -> dict[str, datetime]:
    return {name: at(after) for name, after in minutes.items()}


def declaration(
    number: int, severity: str = "SEV1", number_in_year: int | None = None, minute: float = 0
) -> e.Declared:
    in_year = number if number_in_year is None else number_in_year
    return e.Declared(at(minute), ANN, number, in_year, f"incident-{number}", "Payment API down", severity)


def change(
    record: Record, *events: e.Event, effects: Effects = (), timers: Mapping[str, datetime] | None = None
) -> Change:
    return Change(record, fold(events, record.incident), events, effects, timers or {})


def add(
    tx: Transaction,
    *later: e.Event,
    severity: str = "SEV1",
    minute: float = 0,
    effects: Effects = (),
    timers: Mapping[str, datetime] | None = None,
    workspace: str = WORKSPACE,
) -> Record:
    number, number_in_year = tx.next_numbers(workspace, 2026)
    events = (declaration(number, severity, number_in_year, minute), *later)
    state = fold(events)
    record = tx.insert(workspace, state, RULES)
    [saved] = tx.save([Change(record, state, events, effects, timers or {})], at(minute))
    return saved


def declare(
    store: Store,
    *later: e.Event,
    severity: str = "SEV1",
    minute: float = 0,
    effects: Effects = (),
    timers: Mapping[str, datetime] | None = None,
    workspace: str = WORKSPACE,
) -> Record:
    return store.call(
        lambda tx: add(
            tx, *later, severity=severity, minute=minute, effects=effects, timers=timers, workspace=workspace
        )
    )


def save(store: Store, *changes: Change, now: datetime | None = None) -> list[Record]:
    return store.call(lambda tx: tx.save(changes, now or at()))


def claim(store: Store, now: datetime | None = None, limit: int = 50) -> list[Delivery]:
    return store.call(lambda tx: tx.claim(now or at(), limit, LEASE))


def effects_of(deliveries: Sequence[Delivery]) -> list[f.Effect]:
    return [delivery.effect for delivery in deliveries]


def finish(store: Store, *deliveries: Delivery, now: datetime | None = None) -> list[bool]:
    return store.call(lambda tx: [tx.finish(one, {"ts": "1.0"}, now or at()) for one in deliveries])
