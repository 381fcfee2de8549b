"""The pager: whether one is connected and takes what it is sent, and, on request, whether it rings."""

from collections.abc import AsyncIterator

from app.bot import CannotStart, pager_of
from app.cli.doctor.findings import Finding, failed, warning, well
from app.config import Settings
from app.domain.durations import in_words
from app.domain.playbook import Playbook
from app.integrations import Pager, Tried, try_pager
from app.integrations.pager import Result
from app.outbox import Sent

NONE = "None is connected: a Slack message wakes nobody whose phone is on Do Not Disturb. Set PAGERDUTY_ROUTING_KEY."
NO_ALERT = "tocsin-doctor"


async def examine(settings: Settings, playbook: Playbook | None, *, ring: bool) -> AsyncIterator[Finding]:
    """Examine the pager; make it ring if `ring`."""
    if playbook is None:
        return
    try:
        pager = pager_of(settings, playbook)
    except CannotStart as error:
        yield failed("pager", str(error))
        return
    if pager is None:
        yield failed("pager", f"{NONE} Nothing could ring.") if ring else warning("pager", NONE)
        return
    try:
        async for finding in _asked(pager, playbook, ring=ring):
            yield finding
    finally:
        await pager.close()


async def _asked(pager: Pager, playbook: Playbook, *, ring: bool) -> AsyncIterator[Finding]:
    everybody = [responder.id for responder in playbook.rules.responders]
    if ring:
        for tried in await try_pager(pager, everybody):
            yield _rung(tried)
    else:
        for route in pager.routes(everybody):
            # The end of an alert that never was: it rings nobody, and shows whether the key is taken.
            yield _taken(pager, await pager.resolve(route, NO_ALERT))
    mute = [one.name for one in playbook.rules.responders if not pager.routes([one.id])]
    if mute:
        yield warning("pager", f"It rings for nobody of: {', '.join(mute)}. Set TOCSIN_PAGERDUTY_KEYS.")


def _taken(pager: Pager, outcome: Result) -> Finding:
    if isinstance(outcome, Sent):
        return well("pager", f"{pager.name} takes what it is sent; nobody was rung. To ring: tocsin doctor --page")
    return failed("pager", f"{pager.name}: {outcome.reason}. Look at its key and its status page.")


def _rung(tried: Tried) -> Finding:
    if tried.reason:
        return failed("pager", f"{tried.way} did not ring: {tried.reason}. Look at its key and its status page.")
    if tried.left:
        return warning("pager", f"{tried.way} rang, and its alert stayed open: {tried.left}. Resolve it there.")
    return well(
        "pager", f"{tried.way} took the test page in {in_words(tried.took)}. Ask whoever is on call whether it rang."
    )
