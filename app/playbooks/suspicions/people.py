"""Responders whom nothing calls, or whom nobody plays."""

from collections.abc import Iterator

from app.domain.playbook import Playbook
from app.playbooks.suspicions.oddity import Oddity, listed

BIND = (
    "write slack, rotation, calendar or on_call_schedule as for the others, or bind somebody with /incident responders"
)


def unpaged(playbook: Playbook) -> Iterator[Oddity]:
    """Find responders that no step pages."""
    paged = {responder for step in playbook.rules.steps for responder in step.pages}
    for one in playbook.rules.responders:
        if one.id not in paged:
            yield Oddity(("responders", one.id), "no step pages it", "page it in a step of escalation, or leave it out")


def unbound(playbook: Playbook) -> Iterator[Oddity]:
    """Find responders of whom the file does not say who they are, where it does say so of others."""
    if not playbook.on_call:
        return
    for one in playbook.rules.responders:
        steps = [step.label for step in playbook.rules.steps if one.id in step.pages]
        if steps and one.id not in playbook.on_call:
            problem = f"nobody is bound to it here, and step {listed(dict.fromkeys(steps))} pages it"
            yield Oddity(("responders", one.id), problem, BIND)
