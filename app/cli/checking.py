"""`tocsin playbook check`: all that is wrong with a playbook, and what is suspicious in one that can be used."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from app import playbooks
from app.cli.terminal import AS_JSON, say_json
from app.playbooks import Fault, PlaybookFaults

Name = Annotated[str | None, typer.Argument(metavar="[NAME|DIR]", help="A playbook that ships, or a folder.")]
Strict = Annotated[bool, typer.Option("--strict", help="Fail on warnings, too.")]


@dataclass(frozen=True)
class Checked:
    """What was found in one playbook; `summary` counts what it holds, where it can be read."""

    name: str
    summary: str = ""
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()


def check(name: Name = None, *, strict: Strict = False, as_json: Annotated[bool, AS_JSON] = False) -> None:
    """Say all that is wrong with a playbook, one line a fault, and what is suspicious; without a name, all that ship.

    The status is 1 where there are faults, so that a pipeline stops.
    """
    checked = [_checked(each) for each in ([name] if name else playbooks.names())]
    if as_json:
        say_json([_in_json(one) for one in checked])
    else:
        for one in checked:
            _say(one)
    failed = any(one.faults or (strict and one.warnings) for one in checked)
    raise typer.Exit(code=1 if failed else 0)


def _checked(name: str) -> Checked:
    try:
        source = playbooks.load(name)
    except PlaybookFaults as error:
        return Checked(name, faults=tuple(error.faults))
    rules = source.playbook.rules
    holds = f"{len(rules.severities)} severities, {len(rules.steps)} steps"
    return Checked(rules.playbook, holds, warnings=playbooks.suspicions(source))


def _say(one: Checked) -> None:
    if one.summary:
        count = len(one.warnings)
        warnings = f", {count} warning{'s' * (count > 1)}" if count else ""
        typer.echo(f"{one.name}: {one.summary}, no faults{warnings}")
    for found in (*one.faults, *one.warnings):
        typer.echo(str(found))


def _in_json(one: Checked) -> dict[str, Any]:
    return {"playbook": one.name, "faults": _places(one.faults), "warnings": _places(one.warnings)}


def _places(found: Iterable[Fault]) -> list[dict[str, Any]]:
    return [
        {"file": str(one.seen), "line": one.line, "key": one.key, "problem": one.problem, "do": one.allowed}
        for one in found
    ]
