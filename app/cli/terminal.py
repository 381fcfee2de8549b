"""What a person reads in the terminal, and a script instead of it: quiet tables, plain times, JSON."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.domain.durations import in_words
from app.slack.text import clean, one_line

AS_JSON = typer.Option("--json", help="For scripts: JSON.")
UNBOUNDED = 10_000
"""Columns, where nobody looks: a file or another program gets every word."""


class Unanswerable(Exception):
    """One sentence: what was asked has no answer, and what to ask instead."""


def say_json(value: Any) -> None:
    """Print a value for scripts."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


def say_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table, aligned; what people wrote in it can do nothing to the terminal."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=UNBOUNDED)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(harmless(cell)) for cell in row))
    console.print(table)


def harmless(text: str) -> str:
    """Return text as one line without anything that a terminal obeys."""
    return one_line(clean(text))


def at(moment: datetime) -> str:
    """Return a moment in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def ago(moment: datetime, now: datetime) -> str:
    """Return how long ago, or in how long, a moment is."""
    passed = now - moment
    return f"{in_words(passed)} ago" if passed.total_seconds() >= 0 else f"in {in_words(-passed)}"


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)
