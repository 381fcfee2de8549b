"""The command `tocsin`. Quiet when all is well; an error is one line that says what to do, never a traceback."""

import sys

import typer

from app.bot import CannotStart
from app.cli import manifest, playbook, run, sandbox
from app.config import SettingsError
from app.playbooks import PlaybookFaults
from app.store import StoreError

app = typer.Typer(
    name="tocsin",
    help="Runs your incident playbook in Slack, and loses nothing when it is killed.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("try")(sandbox.try_)
app.command("run")(run.run)
app.command("manifest")(manifest.manifest)
app.add_typer(playbook.app, name="playbook")


def main() -> None:
    """Run the command line. What a user can cause ends with status 1 and a line on standard error for each fault."""
    try:
        app()
    except (SettingsError, PlaybookFaults, StoreError, CannotStart, sandbox.PortTaken) as error:
        print(error, file=sys.stderr)  # noqa: T201 -- this is the terminal
        sys.exit(1)
