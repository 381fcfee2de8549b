"""`/incident drill`: an exercise is declared, by its name in the playbook or freely."""

from app.domain import commands as c
from app.domain.playbook import Playbook
from app.domain.reference import Drill
from app.slack.blocks import drills
from app.slack.listeners import acting, opening
from app.slack.listeners.answer import Answer, Say
from app.slack.listeners.edge import Edge
from app.slack.listeners.grammar import Phrase, one_of, take_severity
from app.slack.listeners.refusals import DrillRunning, Outdated
from app.slack.requests import Request
from app.store import Record


async def drill(edge: Edge, request: Request, phrase: Phrase) -> Answer:
    """Start the drill that was named, or one of the title that was typed; without either, show the playbook's."""
    if not phrase.rest:
        return Say(drills.listing(edge.playbook.drills, edge.playbook.rules))
    if named := _named(edge.playbook, phrase.written):
        return await start(edge, request, named)
    severity, title = take_severity(phrase.written, [severity.id for severity in edge.playbook.rules.severities])
    if severity is None or not title:
        return await opening.declaration(edge, request, title=title, severity=severity, kinds=("drill",))
    return Say(await acting.declare(edge, request, c.Declare(c.Actor(request.user), title, severity, drill=True)))


async def press_start(edge: Edge, request: Request) -> Answer:
    """Start the drill whose id the button carries."""
    named = next((one for one in edge.playbook.drills if one.id == request.value), None)
    if named is None:
        raise Outdated
    return await start(edge, request, named)


async def start(edge: Edge, request: Request, one: Drill) -> Answer:
    """Declare a drill of the playbook, unless it is being run."""
    found = await edge.store.run(lambda tx: tx.open_records(edge.workspace))
    running = next((record for record in found if _is(one, record, edge.playbook)), None)
    if running and not await _is_repeated(edge, request):
        raise DrillRunning(title=one.title, name=running.incident.name, number=running.incident.number)
    declared = await acting.declare(edge, request, _declaration(edge.playbook, one, request.user))
    return Say(drills.started(declared, one))


def _is(one: Drill, record: Record, playbook: Playbook) -> bool:
    # A drill of another playbook may have the same id.
    return record.incident.drill_name == one.id and record.rules.playbook == playbook.name


async def _is_repeated(edge: Edge, request: Request) -> bool:
    # A second copy of the very press that started it finds the answer of the first.
    kept = await edge.store.run(lambda tx: tx.receipt(edge.workspace, request.receipt))
    return bool(request.receipt) and kept is not None


def _declaration(playbook: Playbook, one: Drill, by: str) -> c.Declare:
    script, highest = one.script, playbook.rules.severities[0].id
    return c.Declare(
        by=c.Actor(by),
        title=script.title if script else one.title,
        severity=(script.severity if script else one.severity) or highest,
        services=", ".join(script.services) if script else "",
        tags=script.tags if script else (),
        drill=True,
        drill_name=one.id,
        injects=script.injects if script else (),
    )


def _named(playbook: Playbook, words: str) -> Drill | None:
    names = {name: one for one in playbook.drills for name in (one.title, one.id)}
    found = one_of(words, list(names))
    return names[found] if found else None
