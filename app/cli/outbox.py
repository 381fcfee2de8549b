"""`tocsin outbox`: what has not been delivered, and why; and once more with what is dead."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from app.cli.beside import Workspace, beside, workspaces
from app.cli.terminal import AS_JSON, Unanswerable, ago, say_json, say_table
from app.outbox.outcomes import IN_WORDS as WANTED
from app.store import DeliveryState, Transaction, Undelivered

app = typer.Typer(help="Show what has not been delivered, and try again what is dead.", invoke_without_command=True)

UNSENT = (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.UNKNOWN)
COLUMNS = ("State", "What", "Incident", "Decided", "Attempts", "Why", "Key")
IN_WORDS = {kind.__name__: words for kind, words in WANTED.items()}


@app.callback()
def show(
    context: typer.Context,
    *,
    dead: Annotated[bool, typer.Option("--dead", help="What cannot be delivered, in place of what waits.")] = False,
    workspace: Workspace = None,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Show what has not been delivered, pages first; `retry` tries again what is dead."""
    if context.invoked_subcommand:
        return

    def found(tx: Transaction) -> tuple[list[Undelivered], int]:
        chosen = workspaces(tx, workspace)
        count = len(tx.undelivered(chosen, (DeliveryState.DEAD,)))
        return tx.undelivered(chosen, (DeliveryState.DEAD,) if dead else UNSENT), count

    with beside() as here:
        (found_now, count), now = here.store.call(found), here.now
    if as_json:
        say_json([asdict(one) | {"what": _what(one)} for one in found_now])
        return
    if found_now:
        say_table(COLUMNS, (_row(one, now) for one in found_now))
    else:
        typer.echo("No delivery is dead." if dead else "Nothing waits to be delivered.")
    if found_now and dead:
        typer.echo("\nOnce what is in the way is mended: tocsin outbox retry KEY")
    elif count and not dead:
        typer.echo(f"\n{count} dead: tocsin outbox --dead")


@app.command()
def retry(
    keys: Annotated[list[str], typer.Argument(metavar="KEY…", help="Keys from tocsin outbox --dead.")],
    *,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Try dead deliveries again; a running Tocsin takes them up at once."""
    with beside(reading=False) as here:
        now = here.now
        tried = here.store.call(lambda tx: {key: tx.retry(key, now) for key in dict.fromkeys(keys)})
    if as_json:
        say_json([{"key": key, "tried_again": again} for key, again in tried.items()])
    if unknown := [key for key, again in tried.items() if not again]:
        raise Unanswerable(f"No dead delivery has the key {', '.join(unknown)}. To see them: tocsin outbox --dead")
    if not as_json:
        typer.echo("It is tried again." if len(tried) == 1 else f"{len(tried)} are tried again.")


def _row(one: Undelivered, now: datetime) -> tuple[str, ...]:
    decided = ago(one.created_at, now)
    return one.state.value, _what(one), one.incident or "", decided, str(one.attempts), one.reason or "", one.key


def _what(one: Undelivered) -> str:
    return IN_WORDS.get(one.kind, one.kind)
