"""A simulation in the terminal: a line for each thing that happens, its word first and colour only beside it."""

from collections.abc import Iterable, Sequence
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from app import simulator
from app.cli.terminal import UNBOUNDED, harmless
from app.simulator import Change, Kind, Row, Simulation, words

STYLES = {
    Kind.PAGED: "bold",
    Kind.NUDGED: "cyan",
    Kind.WARNED: "yellow",
    Kind.BREACHED: "bold red",
    Kind.SEVERITY_CHANGED: "bold magenta",
    Kind.MILESTONE_MISSED: "red",
    Kind.POSTMORTEM_DUE: "magenta",
}

Lines = Iterable[tuple[Sequence[str], str]]


def show(played: Simulation) -> None:
    """Print what would happen."""
    drawn = simulator.rows(played.moments)
    typer.echo(f"{harmless(words.headline(played))}\n")
    lines = ((words.line(row, played).cells, STYLES.get(row.first.kind, "")) for row in drawn)
    _say(words.COLUMNS, lines)
    if ending := words.ending(played, drawn):
        typer.echo(f"\n{ending}")


def show_changes(found: Sequence[Change], old: Simulation, new: Simulation) -> None:
    """Print what the new playbook does differently."""
    typer.echo(harmless(f"- {words.headline(old)}"))
    typer.echo(harmless(f"+ {words.headline(new)}") + "\n")
    if found:
        _say(("", *words.COLUMNS), (line for change in found for line in _sides(change, old, new)))
    else:
        typer.echo("Both do the same.")


def _sides(change: Change, old: Simulation, new: Simulation) -> Lines:
    if change.before:
        yield ("-", *words.line(change.before, old).cells), "red"
    if change.after:
        yield ("+", *words.line(change.after, new).cells), "green"


def _say(columns: Sequence[str], lines: Lines) -> None:
    console = Console(highlight=False)
    table = Table(box=None, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in columns:
        table.add_column(column, justify="right" if column == "After" else "left", overflow="fold")
    for cells, style in lines:
        table.add_row(*(Text(harmless(cell)) for cell in cells), style=style)
    if console.is_terminal:
        console.print(table)
    else:
        _say_plainly(table)


def _say_plainly(table: Table) -> None:
    console = Console(highlight=False, width=UNBOUNDED)
    with console.capture() as captured:
        console.print(table)
    typer.echo("\n".join(row.rstrip() for row in captured.get().splitlines()))


def in_json(change: Change) -> dict[str, Any]:
    """Return a change for scripts: what both playbooks do first, how often, and with how many seconds between."""
    return {"change": change.what, "before": _side(change.before), "after": _side(change.after)}


def _side(row: Row | None) -> dict[str, Any] | None:
    if row is None:
        return None
    (event,) = simulator.in_json([row.first])
    return event | {"times": row.times, "every": int(row.every.total_seconds()) if row.every else None}
