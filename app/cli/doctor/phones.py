"""The pagers: whether one is connected, whom none reaches, and, on request, whether they ring."""

from collections.abc import AsyncIterator

from app.bot import CannotStart, pagers_of
from app.cli.doctor.findings import Finding, failed, warning, well
from app.config import Settings
from app.domain.durations import in_words
from app.domain.playbook import Playbook
from app.integrations import Pagers, Tried, try_pager

NONE = "None is connected: a Slack message wakes nobody whose phone is on Do Not Disturb. Set PAGERDUTY_ROUTING_KEY."


async def examine(settings: Settings, playbook: Playbook | None, *, ring: bool) -> AsyncIterator[Finding]:
    """Say whom no pager reaches; make the pagers ring if `ring`."""
    if playbook is None:
        return
    try:
        pagers = pagers_of(settings, playbook)
    except CannotStart:
        # Whoever looks at the systems themselves says so.
        return
    if not pagers:
        yield failed("pager", f"{NONE} Nothing could ring.") if ring else warning("pager", NONE)
        return
    everybody = [responder.id for responder in playbook.rules.responders]
    try:
        for pager in pagers if ring else ():
            for tried in await try_pager(pager, everybody):
                yield _rung(tried)
    finally:
        await pagers.close()
    if mute := _mute(pagers, playbook):
        yield warning("pager", mute)
    elif not ring:
        yield well("pager", "Everybody is reached by more than Slack. To ring: tocsin doctor --page")


def _mute(pagers: Pagers, playbook: Playbook) -> str:
    mute = [one.name for one in playbook.rules.responders if not pagers.ways(one.id, playbook)]
    if not mute:
        return ""
    return (
        f"Nothing but Slack reaches: {', '.join(mute)}. Give them a key of their own (TOCSIN_PAGERDUTY_KEYS, say), "
        "or name another way for them in the playbook: page_by."
    )


def _rung(tried: Tried) -> Finding:
    if tried.reason:
        return failed("pager", f"{tried.way} did not ring: {tried.reason}. Look at its key and its status page.")
    if tried.left:
        return warning("pager", f"{tried.way} rang, and its alert stayed open: {tried.left}. Resolve it there.")
    return well(
        "pager", f"{tried.way} took the test page in {in_words(tried.took)}. Ask whoever is on call whether it rang."
    )
