"""What monitors send: who may, whether Tocsin listens, and when each was last heard. No alert is sent."""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime
from http import HTTPStatus

from app.alerts.sources import Source, sources
from app.bot import DEFAULT_PORT, on_the_databases_clock, system_clock
from app.cli.doctor.findings import Finding, failed, warning, well
from app.cli.terminal import ago
from app.config import Settings
from app.health.signs import UNSAID_FOR
from app.line import Line, Unanswered, Unreachable
from app.store import Store, StoreError, Transaction

NAME = "alerts"
NOBODY = (
    "No monitor may send alerts. Set the secret of one, TOCSIN_ALERTS_ALERTMANAGER_SECRET say: docs/integrations.md "
    "has the others, and what to paste into each monitor."
)
SILENT = "has not been heard in the last 7 days. Send a test from there to /alerts/"
UNSAID = (
    "of what alerts suggest stands nowhere in Slack yet. See that Tocsin runs and may post in the channels that rules "
    "of alerts name (/invite @Tocsin), and the reason in its log."
)
EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 -- what an operator may have set
HERE = "127.0.0.1"


async def examine(settings: Settings, store: Store | None) -> AsyncIterator[Finding]:
    """Examine them; where none may send, that is said."""
    secrets = settings.alert_secrets
    if not secrets:
        yield warning(NAME, NOBODY)
        return
    yield await _listening(settings, next(iter(secrets)))
    for finding in await _known(settings, store):
        yield finding


async def _listening(settings: Settings, source: str) -> Finding:
    """Send nothing to the door, without a secret, and look whether it is this door that refuses it."""
    host = HERE if settings.host in EVERYWHERE else settings.host
    port = settings.port or DEFAULT_PORT
    line = Line(f"http://{host}:{port}/alerts/{source}")
    try:
        answer = await line.post({})
    except (Unreachable, Unanswered):
        return warning(NAME, f"Nothing takes alerts at port {port} of this machine. Start it here: tocsin run")
    finally:
        await line.close()
    if answer.status == HTTPStatus.UNAUTHORIZED and "error" in answer.read():
        return well(
            NAME, f"Tocsin listens at port {port}. Monitors send to /alerts/{source} at the https address before it."
        )
    return failed(
        NAME,
        f"What listens at port {port} of this machine is no Tocsin with these settings. Start tocsin run anew, or set "
        "PORT to another one.",
    )


async def _known(settings: Settings, store: Store | None) -> list[Finding]:
    if store is None:
        return []
    now = on_the_databases_clock(system_clock(settings), store)()

    def look(tx: Transaction) -> tuple[Mapping[str, datetime], int]:
        return tx.last_heard(), tx.unsaid_suggestions(now - UNSAID_FOR)

    try:
        last, unsaid = await store.run(look, urgent=False)
    except StoreError as error:
        return [failed(NAME, str(error))]
    known = sources(settings.alerts_mapping)
    told = list(_told((known[name] for name in settings.alert_secrets), last, now))
    return [*told, warning(NAME, f"{unsaid} {UNSAID}")] if unsaid else told


def _told(known: Iterator[Source], last: Mapping[str, datetime], now: datetime) -> Iterator[Finding]:
    for source in known:
        if at := last.get(source.name):
            yield well(NAME, f"{source.called} was heard {ago(at, now)}.")
        else:
            yield warning(NAME, f"{source.called} {SILENT}{source.name}.")
