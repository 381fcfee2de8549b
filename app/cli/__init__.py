"""The command `tocsin`. Quiet when all is well; an error is one line that says what to do, never a traceback."""

import os
import sys
from importlib.metadata import version
from typing import Annotated

import typer
from typer.exceptions import TyperException

from app.bot import CannotStart
from app.cli import (
    alerts,
    doctor,
    exporting,
    importing,
    incidents,
    init,
    manifest,
    metrics,
    outbox,
    playbook,
    run,
    sandbox,
    timeline,
)
from app.cli.terminal import Unanswerable
from app.config import SettingsError
from app.playbooks import PlaybookFaults
from app.store import StoreError

INTERRUPTED = 130

app = typer.Typer(
    name="tocsin",
    help="Runs your incident playbook in Slack, and loses nothing when it is killed.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _say_version(wanted: bool) -> None:  # noqa: FBT001 -- typer's way
    if wanted:
        typer.echo(f"Tocsin {version('tocsin')}")
        raise typer.Exit


Version = Annotated[bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say which version.")]


@app.callback()
def tocsin(*, version: Version = False) -> None:
    """Runs your incident playbook in Slack, and loses nothing when it is killed."""


app.command("try")(sandbox.try_)
app.command("init")(init.init)
app.command("run")(run.run)
app.command("doctor")(doctor.doctor)
app.command("incidents")(incidents.incidents)
app.command("timeline")(timeline.timeline)
app.command("metrics")(metrics.metrics)
app.add_typer(outbox.app, name="outbox")
app.add_typer(alerts.app, name="alerts")
app.command("manifest")(manifest.manifest)
app.add_typer(playbook.app, name="playbook")
playbook.app.command("import")(importing.import_)
playbook.app.command("export")(exporting.export)


def main() -> None:
    """Run the command line. What a user can cause ends with a line on standard error for each fault.

    The status is 1, or 2 where the command itself was not understood.
    """
    try:
        sys.exit(app(prog_name="tocsin", standalone_mode=False))
    except TyperException as error:
        _say(_misunderstood(error), status=error.exit_code)
    except typer.Abort:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # Whoever read it has read enough; Python would say so once more while it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (SettingsError, PlaybookFaults, StoreError, CannotStart, sandbox.PortTaken, Unanswerable) as error:
        _say(str(error), status=1)


def _misunderstood(error: TyperException) -> str:
    """Return what was wrong with the command, and where help is; nothing where that help is shown already."""
    message = error.format_message()
    command = getattr(error, "ctx", None)
    ending = "" if message.endswith((".", "?", ")")) else "."
    return f"{message}{ending} See: {command.command_path if command else 'tocsin'} --help" if message else ""


def _say(faults: str, *, status: int) -> None:
    if faults:
        print(faults, file=sys.stderr)  # noqa: T201 -- this is the terminal
    sys.exit(status)
