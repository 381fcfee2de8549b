"""The command `tocsin`. Quiet when all is well; an error is one line that says what to do, never a traceback."""

import os
import sys

import typer
from typer.exceptions import TyperException

from app.bot import CannotStart
from app.cli import doctor, incidents, manifest, outbox, playbook, run, sandbox, timeline
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
app.command("try")(sandbox.try_)
app.command("run")(run.run)
app.command("doctor")(doctor.doctor)
app.command("incidents")(incidents.incidents)
app.command("timeline")(timeline.timeline)
app.add_typer(outbox.app, name="outbox")
app.command("manifest")(manifest.manifest)
app.add_typer(playbook.app, name="playbook")


def main() -> None:
    """Run the command line. What a user can cause ends with a line on standard error for each fault.

    The status is 1, or 2 where the command itself was not understood.
    """
    try:
        sys.exit(app(standalone_mode=False))
    except TyperException as error:
        message = error.format_message()
        _say(f"{message}{'' if message.endswith(('.', '?', ')')) else '.'} See: tocsin --help", status=error.exit_code)
    except typer.Abort:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # Whoever read it has read enough; Python would say so once more while it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (SettingsError, PlaybookFaults, StoreError, CannotStart, sandbox.PortTaken, Unanswerable) as error:
        _say(str(error), status=1)


def _say(faults: str, *, status: int) -> None:
    print(faults, file=sys.stderr)  # noqa: T201 -- this is the terminal
    sys.exit(status)
