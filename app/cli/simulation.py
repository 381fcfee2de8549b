"""`tocsin playbook simulate`: a playbook tried in virtual time, as a timeline that one can read at a glance."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from app import playbooks, simulator
from app.cli import picture
from app.cli.terminal import AS_JSON, Unanswerable, say_json
from app.domain.playbook import Playbook
from app.simulator import Simulation, Typed

Name = Annotated[str, typer.Argument(metavar="NAME|DIR", help="A playbook that ships, or a folder.")]
Severity = Annotated[str | None, typer.Option("--severity", metavar="ID", help="Of what severity the incident is.")]
DeclaredAt = Annotated[
    str | None,
    typer.Option("--declared-at", metavar="ISO", help="When; without a zone, in the playbook's. Now, if left out."),
]
AcknowledgeAfter = Annotated[
    str | None, typer.Option("--acknowledge-after", metavar="D", help="Somebody takes it: 4m.")
]
IdentifyAfter = Annotated[str | None, typer.Option("--identify-after", metavar="D", help="The cause is known.")]
UpdateAfter = Annotated[
    list[str] | None, typer.Option("--update-after", metavar="D", help="Somebody posts an update; as often as needed.")
]
ResolveAfter = Annotated[str | None, typer.Option("--resolve-after", metavar="D", help="It is over.")]
Tag = Annotated[
    list[str] | None, typer.Option("--tag", metavar="T[@D]", help="It carries a tag, from the start or after D.")
]
Lasts = Annotated[
    str | None,
    typer.Option("--for", metavar="D", help="How long to watch; if left out, until only repetitions are left."),
]
Diff = Annotated[
    str | None, typer.Option("--diff", metavar="OTHER", help="Show only what OTHER would do differently from NAME.")
]


def simulate(
    name: Name,
    *,
    severity: Severity = None,
    declared_at: DeclaredAt = None,
    acknowledge_after: AcknowledgeAfter = None,
    identify_after: IdentifyAfter = None,
    update_after: UpdateAfter = None,
    resolve_after: ResolveAfter = None,
    tag: Tag = None,
    lasts: Lasts = None,
    as_json: Annotated[bool, AS_JSON] = False,
    diff: Diff = None,
) -> None:
    """Play an incident in virtual time: who is paged, nudged and warned, when and why."""
    playbook = playbooks.load(name).playbook
    typed = Typed(
        severity=severity or _ask_for_severity(playbook),
        declared_at=declared_at,
        acknowledge_after=acknowledge_after,
        identify_after=identify_after,
        update_after=update_after or (),
        resolve_after=resolve_after,
        tag=tag or (),
        lasts=lasts,
    )
    now = datetime.now(UTC)
    played = _played(name, playbook, typed, now)
    if diff:
        other = _played(diff, playbooks.load(diff).playbook, typed, now)
        _say_changes(*simulator.side_by_side(played, other), as_json=as_json)
    elif as_json:
        say_json(simulator.in_json(played.moments))
    else:
        picture.show(played)


def _ask_for_severity(playbook: Playbook) -> str:
    known = ", ".join(one.id for one in playbook.rules.severities)
    raise Unanswerable(f"Of what severity is the incident? Write --severity and one of: {known}")


def _played(name: str, playbook: Playbook, typed: Typed, now: datetime) -> Simulation:
    try:
        script = simulator.read(typed, playbook, now)
        if script.declared_at.year != now.year:
            # Public holidays are known for the years around a day.
            playbook = playbooks.load(name, script.declared_at.date()).playbook
        return simulator.simulate(playbook.rules, script)
    except simulator.CannotSimulate as error:
        raise Unanswerable(str(error)) from None


def _say_changes(old: Simulation, new: Simulation, *, as_json: bool) -> None:
    found = simulator.changes(old, new)
    if as_json:
        say_json([picture.in_json(change) for change in found])
    else:
        picture.show_changes(found, old, new)
