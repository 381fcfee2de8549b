"""`tocsin doctor`: looks over an installation, and says of each thing whether it is well and what to do.

findings.py      what is found of one thing
installation.py  settings, playbook, who would notice that Tocsin is dead
record.py        the database, and the audit of what is in it
workplace.py     Slack: tokens, scopes, a channel, a message
on_call.py       who is bound, which calendars are read, whom no page reaches
monitors.py      what monitors send
phones.py        who is paged by nothing but Slack, and, on request, whether phones ring
systems.py       every system outside that is connected, and what Tocsin itself serves
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Annotated

import typer

from app import config, logs
from app.cli.doctor import installation, monitors, phones, record, systems, workplace
from app.cli.doctor.findings import Finding, failed
from app.cli.terminal import AS_JSON, harmless, say_json
from app.config import Settings
from app.domain.playbook import Playbook
from app.health import State
from app.logs import redact

COLOURS = {State.OK: typer.colors.GREEN, State.WARNING: typer.colors.YELLOW, State.FAILED: typer.colors.RED}

NAMES = (monitors.NAME, *systems.NAMES)
"""What can be looked at alone."""


def doctor(
    *,
    page: Annotated[bool, typer.Option("--page", help="Make the pager ring, for 5 seconds.")] = False,
    only: Annotated[str | None, typer.Option(help=f"Look at one system alone: {', '.join(NAMES)}.")] = None,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Look the installation over: a line for each thing, with the one thing to do. Fails where something failed."""
    logs.configure("error")
    if only not in (None, *NAMES):
        raise typer.BadParameter(f"{only} is none that Tocsin knows: {', '.join(NAMES)}.", param_hint="--only")
    if only and page:
        raise typer.BadParameter("It rings nobody with --only. Leave one of them out.", param_hint="--page")
    found = asyncio.run(_look_over(only, page=page, aloud=not as_json))
    if as_json:
        say_json([finding.as_json() for finding in found])
    else:
        typer.echo(f"\n{_summary(found)}")
    raise typer.Exit(1 if any(finding.state is State.FAILED for finding in found) else 0)


async def _look_over(only: str | None, *, page: bool, aloud: bool) -> list[Finding]:
    settings, faults = config.look(slack=only is None)
    found = []
    findings = _one(settings, faults, only) if only else _findings(settings, faults, page=page)
    async for finding in findings:
        shown = finding.with_says(harmless(redact(finding.says, settings.secrets)))
        found.append(shown)
        if aloud:
            state = typer.style(f"{shown.state.value:<8}", COLOURS[shown.state])
            typer.echo(f"{state} {shown.name:<11} {shown.says}")
    return found


async def _findings(settings: Settings, faults: list[str], *, page: bool) -> AsyncIterator[Finding]:
    for finding in installation.settings(settings, faults):
        yield finding
    source, finding = installation.playbook(settings)
    yield finding
    playbook = source.playbook if source else None
    async for finding in _inside(settings, playbook):
        yield finding
    async for finding in phones.examine(settings, playbook, ring=page):
        yield finding
    async for finding in systems.examine(settings, source):
        yield finding
    for finding in installation.watchers(settings):
        yield finding


async def _inside(settings: Settings, playbook: Playbook | None) -> AsyncIterator[Finding]:
    async with AsyncExitStack() as stack:
        store, findings = record.opened(settings, stack)
        for finding in findings:
            yield finding
        if store:
            async for finding in record.examine(store, settings, playbook):
                yield finding
        async for finding in workplace.examine(settings, playbook, store):
            yield finding
        if settings.alert_secrets:
            async for finding in monitors.examine(settings, store):
                yield finding


async def _one(settings: Settings, faults: list[str], only: str) -> AsyncIterator[Finding]:
    for fault in faults:
        yield failed("settings", fault)
    if only == monitors.NAME:
        async with AsyncExitStack() as stack:
            async for finding in monitors.examine(settings, record.opened(settings, stack)[0]):
                yield finding
        return
    source, finding = installation.playbook(settings)
    if source is None:
        yield finding
    async for finding in systems.examine(settings, source, only):
        yield finding


def _summary(found: list[Finding]) -> str:
    failed = sum(finding.state is State.FAILED for finding in found)
    to_look_at = sum(finding.state is State.WARNING for finding in found)
    told = [f"{failed} failed"] * bool(failed) + [f"{to_look_at} to look at"] * bool(to_look_at)
    return f"{', '.join(told)}." if told else "All is well."
