"""The systems outside that are connected: whether each takes what we send. Nobody is rung, and nothing is changed."""

from collections.abc import AsyncIterator

from app.bot import DEFAULT_PORT, CannotStart, connected, pagers_of
from app.cli.doctor.findings import Finding, failed, warning, well
from app.config import Settings
from app.domain.effects import Way
from app.integrations import Connected
from app.integrations.proof import Proof, disproof
from app.line import Line, Unanswered, Unreachable
from app.playbooks import Source

READ = "docs/integrations.md says how"
WAYS = {
    "pagerduty": (Way.PAGERDUTY, "PAGERDUTY_ROUTING_KEY"),
    "opsgenie": (Way.OPSGENIE, "OPSGENIE_API_KEY"),
    "webhook": (Way.WEBHOOK, "TOCSIN_PAGER_WEBHOOK_URL and TOCSIN_PAGER_WEBHOOK_SECRET"),
    "email": (Way.EMAIL, "SMTP_URL and TOCSIN_MAIL_FROM"),
    "statuspage": (Way.STATUS_PAGE, "STATUSPAGE_API_KEY and STATUSPAGE_PAGE_ID"),
    "jira": (Way.TRACKER, "JIRA_URL, JIRA_EMAIL, JIRA_API_TOKEN and JIRA_PROJECT"),
    "confluence": (Way.DOCUMENTS, "CONFLUENCE_URL, CONFLUENCE_EMAIL, CONFLUENCE_API_TOKEN and CONFLUENCE_SPACE"),
    "zoom": (Way.BRIDGE, "ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID, ZOOM_CLIENT_SECRET and ZOOM_HOST"),
}
"""What goes out, by the name that people give it: its way, and the settings that connect it."""
STATUS_PAGE = "status-page"
NAMES = (*WAYS, STATUS_PAGE)


async def examine(settings: Settings, source: Source | None, only: str | None = None) -> AsyncIterator[Finding]:
    """Examine every system that is connected, or `only` the one of that name, whether it is connected or not."""
    if only in (None, *WAYS) and source:
        async for one in _outside(settings, source, only):
            yield one
    if only == STATUS_PAGE or (only is None and settings.status_page):
        yield await _own_page(settings)


async def _outside(settings: Settings, source: Source, only: str | None) -> AsyncIterator[Finding]:
    try:
        found = connected(settings, source, pagers_of(settings, source.playbook))
    except CannotStart as error:
        # It may be about another system than the one that was asked for.
        yield failed("settings", str(error))
        return
    try:
        for name in [only] if only else WAYS:
            for one in await _proven(name, found, asked_for=name == only):
                yield one
    finally:
        await found.close()


async def _proven(name: str, found: Connected, *, asked_for: bool) -> list[Finding]:
    way, settings = WAYS[name]
    system = found.sinks.get(way)
    if system:
        return [finding(name, proof) for proof in await system.prove()]
    return [failed(name, f"It is not connected. Set {settings}; {READ}.")] if asked_for else []


async def _own_page(settings: Settings) -> Finding:
    if not settings.status_page:
        return failed(STATUS_PAGE, f"It is off. Set TOCSIN_STATUS_PAGE; {READ}.")
    port = settings.port or DEFAULT_PORT
    line = Line(f"http://127.0.0.1:{port}/status")
    try:
        answer = await line.ask("GET")
    except (Unreachable, Unanswered):
        return failed(STATUS_PAGE, f"Nobody answers on port {port} of this machine. Start Tocsin: tocsin run.")
    finally:
        await line.close()
    if answer.is_good:
        return well(STATUS_PAGE, f"Tocsin serves it on port {port}; see that {settings.status_page} leads there.")
    mend = "See whether it is this Tocsin that listens there, and start it anew"
    return finding(STATUS_PAGE, disproof(f"port {port} answers {answer.status} to /status", mend))


def finding(name: str, proof: Proof) -> Finding:
    """Return how a system stands by what was found of it."""
    if proof.to_look_at:
        return warning(name, proof.says)
    return well(name, proof.says) if proof.ok else failed(name, proof.says)
