"""`tocsin init`: a playbook and settings to start from, by a few questions or by flags."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from app import playbooks
from app.cli.terminal import Unanswerable, harmless
from app.playbooks.business_time import read_zone
from app.playbooks.faults import Wrong, choice, shown
from app.playbooks.names import ID, read_channel
from app.playbooks.starting import Wishes, start

BEGIN_WITH, NAME, ZONE, ANNOUNCE = "default", "our-playbook", "UTC", "incidents"

From = Annotated[str | None, typer.Option("--from", metavar="PLAYBOOK", help="The playbook that ships to begin with.")]
Name = Annotated[str | None, typer.Option("--name", help="What to call your own.")]
Zone = Annotated[str | None, typer.Option("--timezone", help="Where your business hours are, such as Europe/Berlin.")]
Announce = Annotated[str | None, typer.Option("--announce", help="The channel in which incidents are announced.")]
Into = Annotated[Path, typer.Option("--into", metavar="DIR", help="Where to write both, if not here.")]
Yes = Annotated[bool, typer.Option("--yes", help="Ask nothing: take the default for whatever no flag tells.")]


def init(
    begin_with: From = None,
    name: Name = None,
    timezone: Zone = None,
    announce: Announce = None,
    into: Into = Path(),
    *,
    yes: Yes = False,
) -> None:
    """Write a playbook of your own and an .env to start from. Nothing that is there is overwritten."""
    known = ", ".join(playbooks.names())
    wishes = Wishes(
        begin_with=_told(begin_with, f"Which playbook to begin with ({known})", BEGIN_WITH, _shipped, ask=not yes),
        name=_told(name, "What to call yours", NAME, _name, ask=not yes),
        timezone=_told(timezone, "In which time zone you work", ZONE, read_zone, ask=not yes),
        announce=_told(announce, "In which channel incidents are announced", ANNOUNCE, _channel, ask=not yes),
    )
    try:
        folder, settings = start(wishes, into)
    except Wrong as wrong:
        raise Unanswerable(f"{wrong.problem}; {wrong.allowed}.") from None
    except OSError as error:
        raise Unanswerable(
            f"{harmless(str(into))} cannot be written to ({error.strerror}). Name another with --into."
        ) from None
    _say_what_next(folder, settings)


def _told(flag: str | None, question: str, otherwise: str, read: Callable[[str], str], *, ask: bool) -> str:
    if flag is None and ask:
        return str(typer.prompt(question, default=otherwise, value_proc=_asked_again(read)))
    try:
        return read(otherwise if flag is None else flag)
    except Wrong as wrong:
        raise Unanswerable(f"{wrong.problem}; {wrong.allowed}.") from None


def _asked_again(read: Callable[[str], str]) -> Callable[[str], str]:
    def check(answer: str) -> str:
        try:
            return read(answer)
        except Wrong as wrong:
            raise typer.BadParameter(f"{wrong.problem}; {wrong.allowed}") from None

    return check


def _shipped(answer: str) -> str:
    if answer not in playbooks.names():
        raise Wrong(f"{shown(answer)} is no playbook that ships", choice(answer, playbooks.names()))
    return answer


def _name(answer: str) -> str:
    if not re.fullmatch(ID, answer):
        raise Wrong(f"{shown(answer)} cannot be the name of a playbook", "write up to 32 letters, digits, - and _")
    return answer


def _channel(answer: str) -> str:
    return read_channel(answer.removeprefix("#"))


def _say_what_next(folder: Path, settings: Path) -> None:
    shown_folder = folder if folder.is_absolute() else f"./{folder}"
    typer.echo(f"{shown_folder} and {settings} written. Next:")
    for step in (
        f"Change {shown_folder}/playbook.yml as you work, then: tocsin playbook check {shown_folder}",
        f"tocsin playbook simulate {shown_folder}: who would be called, when and why",
        f"tocsin try --playbook {shown_folder}: look at it first, without Slack",
        "tocsin manifest: what to create your Slack app from, at https://api.slack.com/apps",
        f"Put the app's tokens into {settings}",
        f"In {folder.parent if str(folder.parent) != '.' else 'this folder'}: tocsin doctor, then tocsin run",
    ):
        typer.echo(f"  {step}")
