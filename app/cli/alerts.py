"""`tocsin alerts`: what monitors sent, and what became of it; and once more with what was sent."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer

from app.alerts.notice import NO_ALERT, OWN_PAGE, PAGERS, Unusable
from app.alerts.sources import Source, sources
from app.alerts.taking import notices_of
from app.cli.beside import beside
from app.cli.terminal import AS_JSON, Unanswerable, ago, at, say_json, say_table
from app.playbooks.durations import read_duration
from app.playbooks.faults import Wrong
from app.slack.text import fit
from app.store import KeptBody, Transaction

app = typer.Typer(help="Show what monitors sent, and take it once more.", invoke_without_command=True)

MOST = 1000
NAMED = 3
COLUMNS = ("Id", "Received", "From", "Alerts", "Times", "What became of it")
NAME_SHOWN = 40
NOT_TAKEN = "waits to be taken"
Since = Annotated[str, typer.Option("--since", metavar="TIME", help="How far back: 2h, 7d. Bodies are kept 7 days.")]


@app.callback()
def show(
    context: typer.Context,
    *,
    since: Since = "24h",
    everything: Annotated[bool, typer.Option("--all", help="Tocsin's own pages that came back too.")] = False,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
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
        shown = found if everything else [one for one in found if not _is_echo(one)]
        _say(shown, known, now, left_out=len(found) - len(shown))
        if len(found) == MOST:
            typer.echo(f"These are of the newest {MOST}. Older ones are kept for 7 days, and replayed with the others.")
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
        then = here.now - period
        count = here.store.call(lambda tx: _replay(tx, ids) if ids else tx.replay_since(then))
    if not count:
        raise Unanswerable(f"No monitor has sent anything in the last {since}.")
    taken = "It is" if count == 1 else f"{count} are"
    typer.echo(f"{taken} taken again within seconds, by the Tocsin that runs, or once it does. See: tocsin alerts")


def _replay(tx: Transaction, ids: Sequence[int]) -> int:
    known = tx.replay(ids)
    if unknown := sorted(set(ids) - set(known)):
        missing = ", ".join(map(str, unknown))
        raise Unanswerable(f"Nothing with the id {missing} is kept. To see what is: tocsin alerts --since 7d")
    return len(known)


def _period(written: str) -> timedelta:
    try:
        return read_duration(written)
    except Wrong as wrong:
        raise Unanswerable(f"{wrong.problem}: {wrong.allowed}.") from None


def _say(found: Sequence[KeptBody], known: Mapping[str, Source], now: datetime, *, left_out: int) -> None:
    if found:
        say_table(COLUMNS, (_row(one, known, now) for one in found))
    if left_out:
        typer.echo(f"Left out: {left_out} that told of Tocsin's own pages. With them: tocsin alerts --all")


def _is_echo(one: KeptBody) -> bool:
    """Say whether a pager told nothing but what became of a page of Tocsin's own."""
    return not one.waiting and one.source in PAGERS and one.became.endswith((NO_ALERT, OWN_PAGE))


def _row(one: KeptBody, known: Mapping[str, Source], now: datetime) -> tuple[str, ...]:
    names = [fit(name, NAME_SHOWN) for name in _names(one, known)]
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
