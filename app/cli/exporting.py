"""`tocsin playbook export`: a playbook as a runbook in Markdown, which `tocsin playbook import` reads back."""

from pathlib import Path
from typing import Annotated

import typer

from app import playbooks
from app.cli.terminal import Unanswerable, harmless
from app.playbooks.exporting import markdown

Name = Annotated[str, typer.Argument(metavar="NAME|DIR", help="A playbook that ships, or a folder.")]
Output = Annotated[Path | None, typer.Option("--output", metavar="FILE", help="Where to write it, if not here.")]


def export(name: Name, output: Output = None) -> None:
    """Print a playbook as a Markdown runbook, or write it to a file that is not there yet."""
    text = markdown(playbooks.load(name))
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        with output.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise Unanswerable(f"{harmless(str(output))} is there already. Name another file with --output.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        raise Unanswerable(
            f"{harmless(str(output))} cannot be written ({reason}). Name another with --output."
        ) from None
    typer.echo(f"{output} written. Back into a playbook: tocsin playbook import {output}")
