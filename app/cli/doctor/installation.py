"""Settings, playbook, and who would notice that Tocsin is dead."""

from collections.abc import Iterator

from app import playbooks
from app.cli.doctor.findings import Finding, failed, warning, well
from app.config import Mode, Settings
from app.playbooks import PlaybookFaults, Source


def settings(read: Settings, faults: list[str]) -> Iterator[Finding]:
    """Say what is wrong with the settings."""
    for fault in faults:
        yield failed("settings", fault)
    if not faults:
        yield well("settings", f"All there; {'HTTP' if read.mode is Mode.HTTP else 'Socket Mode'}.")


def playbook(read: Settings) -> tuple[Source | None, Finding]:
    """Read the playbook."""
    try:
        source = playbooks.load(read.playbook)
    except PlaybookFaults as error:
        first, *others = map(str, error.faults)
        more = f" And {len(others)} more: tocsin playbook check {read.playbook}" if others else ""
        return None, failed("playbook", f"{first}{more}")
    rules = source.playbook.rules
    return source, well(
        "playbook", f"{source.playbook.name}: {len(rules.severities)} severities, {len(rules.steps)} steps."
    )


def watchers(read: Settings) -> Iterator[Finding]:
    """Say who would notice that Tocsin is dead."""
    if read.heartbeat_url:
        yield well("heartbeat", "Goes out every 30 s while all is well.")
    else:
        yield warning(
            "heartbeat",
            "None is sent, so nobody would notice that Tocsin is dead: set TOCSIN_HEARTBEAT_URL to the address that a "
            "dead-man service gives you.",
        )
    if read.port or read.mode is Mode.HTTP:
        yield well("health", f"/healthz, /livez{_metrics(read)} on port {read.port or 'PORT'}.")
    else:
        yield well("health", "Not served; to serve /healthz, /livez and /metrics, set PORT.")


def _metrics(read: Settings) -> str:
    return (
        " and /metrics" if read.metrics_token or read.mode is Mode.SOCKET else " (for /metrics, TOCSIN_METRICS_TOKEN)"
    )
