"""`tocsin playbook`: check a playbook before it is trusted, and try it before it goes live."""

import json

import typer

from app import playbooks
from app.cli import checking, simulation

app = typer.Typer(help="Check playbooks, try them, and help editors to write them.", no_args_is_help=True)
app.command()(checking.check)
app.command()(simulation.simulate)


@app.command()
def schema() -> None:
    """Print the JSON Schema of playbook.yml, for editors."""
    typer.echo(json.dumps(playbooks.schema(), indent=2, ensure_ascii=False))
