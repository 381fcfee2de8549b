"""`tocsin alerts`: what monitors sent, and what became of it; and once more with what was sent."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer

from app.alerts.notice import Unusable
from app.alerts.sources import Source, sources
from app.alerts.taking import notices_of
from app.cli.beside import beside
from app.cli.terminal import AS_JSON, Unanswerable, ago, at, say_json, say_table
from app.playbooks.durations import read_duration
from app.playbooks.faults import Wrong
from app.store import KeptBody

app = typer.Typer(help="Show what monitors sent, and take it once more.", invoke_without_command=True)

MOST = 1000
NAMED = 3
COLUMNS = ("Id", "Received", "From", "Alerts", "Times", "What became of it")
NOT_TAKEN = "waits to be taken"
Since = Annotated[str, typer.Option("--since", metavar="TIME", help="How far back: 2h, 7d. Bodies are kept 7 days.")]


@app.callback()
def show(context: typer.Context, *, since: Since = "24h", as_json: Annotated[bool, AS_JSON] = False) -> None:
    """Show what monitors sent, the newest first; `replay` takes it once more."""
    if context.invoked_subcommand:
        return
    period = _period(since)
    with beside() as here:
        now, known = here.now, sources(here.settings.alerts_mapping)
        found = here.store.call(lambda tx: tx.bodies(now - period, MOST))
    if as_json:
        say_json([_in_json(one, known) for one in found])
    elif found:
        say_table(COLUMNS, (_row(one, known, now) for one in found))
    else:
        typer.echo(f"No monitor has sent anything in the last {since}.")


@app.command()
def replay(
    ids: Annotated[list[int] | None, typer.Argument(metavar="ID…", help="Ids from tocsin alerts.")] = None,
    *,
    since: Annotated[str | None, typer.Option("--since", metavar="TIME", help="All of that time: 2h, 7d.")] = None,
) -> None:
    """Take what was sent once more, by the rules as they are now; what was taken already changes nothing."""
    if bool(ids) == bool(since):
        raise Unanswerable("Say which: tocsin alerts replay 12 13, or tocsin alerts replay --since 2h")
    period = _period(since) if since else timedelta()
    with beside(reading=False) as here:
        now = here.now

        def again(tx: Any) -> tuple[list[int], list[int]]:
            wanted = list(ids or ()) or [one.id for one in tx.bodies(now - period, MOST)]
            return wanted, tx.replay(wanted)

        wanted, known = here.store.call(again)
    if unknown := sorted(set(wanted) - set(known)):
        missing = ", ".join(map(str, unknown))
        raise Unanswerable(f"Nothing with the id {missing} is kept. To see what is: tocsin alerts --since 7d")
    if not known:
        raise Unanswerable(f"No monitor has sent anything in the last {since}.")
    count = "It is" if len(known) == 1 else f"{len(known)} are"
    typer.echo(f"{count} taken again within seconds, by the Tocsin that runs, or once it does. See: tocsin alerts")


def _period(written: str) -> timedelta:
    try:
        return read_duration(written)
    except Wrong as wrong:
        raise Unanswerable(f"{wrong.problem}: {wrong.allowed}.") from None


def _row(one: KeptBody, known: Mapping[str, Source], now: datetime) -> tuple[str, ...]:
    names = _names(one, known)
    told = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
    received = f"{at(one.received_at)}, {ago(one.received_at, now)}"
    became = NOT_TAKEN if one.waiting else one.became
    return str(one.id), received, one.source, told, str(one.heard), became


def _names(one: KeptBody, known: Mapping[str, Source]) -> list[str]:
    try:
        return list(dict.fromkeys(notice.name for notice in notices_of(one, known)))
    except Unusable:
        return []


def _in_json(one: KeptBody, known: Mapping[str, Source]) -> dict[str, Any]:
    return {
        "id": one.id,
        "workspace": one.workspace,
        "source": one.source,
        "received_at": one.received_at,
        "times": one.heard,
        "waiting": one.waiting,
        "became": one.became,
        "alerts": _names(one, known),
        "body": one.body.decode(errors="replace"),
    }
