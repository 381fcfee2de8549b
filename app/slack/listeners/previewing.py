"""`/incident playbook` and `/incident playbook preview`: what the playbook would do, to the one who asks."""

from app import simulator
from app.domain.errors import UnknownSeverity
from app.simulator import Script
from app.slack.blocks import preview as blocks
from app.slack.listeners.answer import Answer, Say
from app.slack.listeners.edge import Edge
from app.slack.listeners.grammar import Phrase, one_of
from app.slack.requests import Request

MOST = 500
"""Moments: enough for any page, and worked out while the one who asks waits."""


async def overview(edge: Edge, _request: Request, _phrase: Phrase) -> Answer:
    """Say which playbook this is, and what can be asked of it."""
    return Say(blocks.overview(edge.playbook))


async def preview(edge: Edge, _request: Request, phrase: Phrase) -> Answer:
    """Show what would happen if an incident of the severity that was typed, or the highest, were declared now."""
    rules = edge.playbook.rules
    known = [severity.id for severity in rules.severities]
    severity = one_of(phrase.written, known) if phrase.rest else known[0]
    if severity is None:
        raise UnknownSeverity(severity=phrase.written, known=", ".join(known))
    now = edge.now().replace(second=0, microsecond=0)
    roster = await edge.store.run(lambda tx: tx.roster(edge.workspace, edge.playbook.on_call, now))
    return Say(blocks.preview(simulator.simulate(rules, Script(severity, now), MOST), roster))
