"""`tocsin incidents`: what is open, the worst first, or all there ever was."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import typer

from app.cli.beside import Workspace, beside, workspaces
from app.cli.names import names
from app.cli.terminal import AS_JSON, ago, at, say_json, say_table
from app.slack.blocks.headline import marked
from app.slack.words import NOBODY
from app.store import Record, Transaction

EVERY = 1_000_000
COLUMNS = ("#", "Severity", "Title", "Status", "Acknowledged by", "Declared")


def incidents(
    *,
    every: Annotated[bool, typer.Option("--all", help="Those that are closed, too: all, the newest first.")] = False,
    workspace: Workspace = None,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Show the open incidents, the worst first."""

    def found(tx: Transaction) -> list[Record]:
        listed = (tx.latest(one, EVERY) if every else tx.open_records(one) for one in workspaces(tx, workspace))
        return [record for records in listed for record in records]

    with beside() as here:
        records, now = here.store.call(found), here.now
    if as_json:
        say_json([in_json(record) for record in records])
    elif records:
        several = len({record.workspace for record in records}) > 1
        columns = (*COLUMNS, "Workspace") if several else COLUMNS
        called = names(here.settings, {record.incident.acknowledged_by or "" for record in records} - {""})
        say_table(columns, ((*_row(record, called, now), record.workspace)[: len(columns)] for record in records))
    else:
        typer.echo("There has been no incident yet." if every else "No incident is open.")


def in_json(record: Record) -> dict[str, Any]:
    """Return an incident for scripts; people are member ids, times are UTC."""
    one = record.incident
    return {
        "workspace": record.workspace,
        "number": one.number,
        "name": one.name,
        "severity": one.severity,
        "title": one.title,
        "status": one.status.value,
        "is_open": one.is_open,
        "commander": one.commander,
        "acknowledged_by": one.acknowledged_by,
        "acknowledged_at": one.acknowledged_at,
        "declared_by": one.declared_by,
        "declared_at": one.declared_at,
        "closed_at": one.closed_at,
        "channel": one.channel,
        "private": one.private,
        "drill": one.drill,
        "merged_into": one.merged_into.number if one.merged_into else None,
    }


def _row(record: Record, called: Mapping[str, str], now: datetime) -> tuple[str, ...]:
    one = record.incident
    by = one.acknowledged_by
    return (
        str(one.number),
        one.severity,
        marked(one),
        record.rules.status_label(one.status),
        called.get(by, by) if by else one.acknowledged_name or NOBODY,
        f"{at(one.declared_at)}, {ago(one.declared_at, now)}",
    )
