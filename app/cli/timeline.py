"""`tocsin timeline N`: what happened in an incident, line by line."""

from collections.abc import Mapping
from typing import Annotated

import typer

from app.cli.beside import Beside, Workspace, beside, incident
from app.cli.incidents import in_json
from app.cli.names import names
from app.cli.terminal import AS_JSON, at, harmless, say_json, say_table
from app.domain import events as e
from app.slack.blocks import timeline as lines
from app.slack.postmortem import people
from app.slack.words import OWN_MESSAGES, PLAIN, Words
from app.store import Record, Transaction

PLAINLY = Words((OWN_MESSAGES,), PLAIN)


def timeline(
    number: Annotated[int, typer.Argument(metavar="N", min=1, help="The incident's number.")],
    *,
    workspace: Workspace = None,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Show what happened in an incident."""

    def found(tx: Transaction) -> tuple[Record, list[e.Event]]:
        record = incident(tx, number, workspace)
        return record, tx.timeline(record.id)

    with beside() as here:
        record, events = here.store.call(found)
        if as_json:
            happened = [
                {"at": row.at, "by": row.by, "says": row.what} for row in lines.rows(events, record, PLAINLY, names={})
            ]
            say_json(in_json(record) | {"timeline": happened})
        else:
            _say(here, record, events)


def _say(here: Beside, record: Record, events: list[e.Event]) -> None:
    one = record.incident
    called = names(here.settings, people(events))
    title = f"{one.severity} {one.title}: {record.rules.status_label(one.status)}"
    typer.echo(f"{harmless(title)} ({one.name})\n")
    rows = lines.rows(events, record, PLAINLY, names=called)
    say_table(("When", "Who", "What"), ((at(row.at), _who(row.by, called), row.what) for row in rows))


def _who(member: str | None, called: Mapping[str, str]) -> str:
    return called.get(member, member) if member else lines.TOCSIN
