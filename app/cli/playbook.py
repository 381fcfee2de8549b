"""`tocsin playbook`: check a playbook before it is trusted."""

import json
from typing import Annotated

import typer

from app import playbooks
from app.playbooks import PlaybookFaults

app = typer.Typer(help="Check playbooks, and help editors to write them.", no_args_is_help=True)

Name = Annotated[str | None, typer.Argument(metavar="[NAME|DIR]", help="A playbook that ships, or a folder.")]


@app.command()
def check(name: Name = None) -> None:
    """Say all that is wrong with a playbook, one line a fault; without a name, with all that ship."""
    faults = [fault for each in ([name] if name else playbooks.names()) for fault in _faults(each)]
    for fault in faults:
        typer.echo(str(fault))
    raise typer.Exit(code=1 if faults else 0)


@app.command()
def schema() -> None:
    """Print the JSON Schema of playbook.yml, for editors."""
    typer.echo(json.dumps(playbooks.schema(), indent=2, ensure_ascii=False))


def _faults(name: str) -> tuple[playbooks.Fault, ...]:
    try:
        source = playbooks.load(name)
    except PlaybookFaults as error:
        return tuple(error.faults)
    rules = source.playbook.rules
    typer.echo(f"{rules.playbook}: {len(rules.severities)} severities, {len(rules.steps)} steps, no faults")
    return ()
