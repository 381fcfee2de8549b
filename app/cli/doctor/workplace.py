"""Slack: tokens, scopes, a channel made and put away, a message posted and deleted, who reads, and who is on call."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator
from functools import partial
from typing import TypeVar

from app.audit import violations
from app.bot import on_the_databases_clock, system_clock, token
from app.cli.doctor import on_call
from app.cli.doctor.findings import Finding, failed, warning, well
from app.cli.doctor.record import listed
from app.config import FIND_APP, FIND_BOT, Mode, Settings
from app.domain.playbook import Playbook
from app.slack import checkup, errors
from app.slack.app import client
from app.slack.channels import CHANNEL_ID, Channels
from app.slack.client import Client
from app.slack.sight import sight
from app.store import Store, Transaction

WITHIN = 10.0
RECENT = 5
NETWORK = "Look at https://slack-status.com, and whether this machine reaches Slack."
INSTALL = "Give the app what tocsin manifest prints, and install it again."
T = TypeVar("T")


class Reason(str):
    """Why something did not work in Slack, and what to do."""

    __slots__ = ()


async def examine(settings: Settings, playbook: Playbook | None, store: Store | None) -> AsyncIterator[Finding]:
    """Examine Tocsin in Slack; where Slack is away, what can be known without it."""
    workspace = None
    if settings.slack_bot_token:
        web = client(token(settings.slack_bot_token), settings.slack_api_url)
        known = await _tried(checkup.introduce(web), FIND_BOT)
        if isinstance(known, Reason):
            yield failed("slack", f"{known} Scopes, channel and message were not tried.")
        else:
            workspace = known.identity.workspace
            yield well("slack", f"Tocsin is in the workspace {workspace}.")
            async for finding in _in_slack(web, settings, known, store):
                yield finding
            if playbook:
                channels = Channels(web, known.identity.user_id)
                for name in _announced_in(playbook):
                    yield await _read(channels, name)
    if playbook and store:
        chosen = [workspace] if workspace else await store.run(Transaction.workspaces, urgent=False)
        now = on_the_databases_clock(system_clock(settings), store)()
        for one in chosen or [""]:
            work = partial(on_call.examine, workspace=one, playbook=playbook, now=now)
            for finding in await store.run(work, urgent=False):
                yield finding


async def _in_slack(
    web: Client, settings: Settings, known: checkup.Introduction, store: Store | None
) -> AsyncIterator[Finding]:
    yield _scopes(known)
    if settings.mode is Mode.SOCKET:
        connected = await _tried(checkup.can_connect(web, token(settings.slack_app_token)), FIND_APP)
        yield (
            failed("socket", connected)
            if isinstance(connected, Reason)
            else well("socket", "Slack takes the app-level token.")
        )
    async for finding in _room(web):
        yield finding
    if store:
        for finding in await _shown(web, settings, known, store):
            yield finding


def _scopes(known: checkup.Introduction) -> Finding:
    if known.granted is None:
        return warning("scopes", "Slack does not say which scopes were granted.")
    if known.lacking:
        return failed("scopes", f"Not granted: {', '.join(sorted(known.lacking))}. {INSTALL}")
    return well("scopes", f"All {len(known.granted)} that are needed were granted.")


async def _room(web: Client) -> AsyncIterator[Finding]:
    room = await _tried(checkup.make_room(web))
    if isinstance(room, Reason):
        yield failed("channel", f"No channel could be made: {room} Incidents go on in the announce channel meanwhile.")
        return
    said = await _tried(checkup.speak_in(web, room))
    put_away = await _tried(checkup.put_away(web, room))
    if isinstance(put_away, Reason):
        yield warning(
            "channel", f"One was made, and could not be archived: {put_away} Archive #{checkup.ROOM}-… by hand."
        )
    else:
        yield well("channel", "One was made and archived.")
    yield failed("message", said) if isinstance(said, Reason) else well("message", "One was posted and deleted.")


def _announced_in(playbook: Playbook) -> list[str]:
    rules = playbook.rules
    return list(dict.fromkeys((rules.announce, *(rules.announce_channel(one.id) for one in rules.severities))))


async def _read(channels: Channels, name: str) -> Finding:
    """Say whether anybody reads an announce channel: one that Tocsin has made itself begins with nobody in it."""
    readers = await _tried(channels.readers(name))
    room = name if CHANNEL_ID.fullmatch(name) else f"#{name}"
    invite = f"Invite whoever is to read it: /invite @somebody, in {room}."
    if isinstance(readers, Reason):
        return warning("announce", f"Who reads {room} could not be looked up: {readers}")
    if readers is None:
        return well("announce", f"Tocsin is not in {room} yet; it makes it, or joins it, with the first incident.")
    if not readers:
        nobody = f"Nobody but Tocsin is in {room}: nobody reads what is announced, or suggested by alerts."
        return warning("announce", f"{nobody} {invite}")
    return well("announce", f"{room} has people in it, who read what is announced.")


async def _shown(web: Client, settings: Settings, known: checkup.Introduction, store: Store) -> list[Finding]:
    """Compare what Slack shows of the incidents of late with the record of them."""
    workspace, bot_user = known.identity.workspace, known.identity.user_id
    now = on_the_databases_clock(system_clock(settings), store)
    recent = await store.run(lambda tx: tx.latest(workspace, RECENT), urgent=False)

    async def compared() -> list[str]:
        seen = await sight(web, bot_user, recent)
        alone = await violations(store, workspace, now())
        return [sentence for sentence in await violations(store, workspace, now(), seen) if sentence not in alone]

    found = await _tried(compared(), within=3 * WITHIN)
    if found and not isinstance(found, Reason):
        # A Tocsin that runs posts while it is being read: only what is still so a moment later counts.
        again = await _tried(compared(), within=3 * WITHIN)
        found = again if isinstance(again, Reason) else [one for one in found if one in again]
    if isinstance(found, Reason):
        return [warning("in slack", f"What Slack shows could not be read: {found}")]
    agrees = (
        f"It shows what the record says of the last {len(recent)} incidents."
        if recent
        else "No incident to look at yet."
    )
    return listed("in slack", found, well("in slack", agrees))


async def _tried(work: Awaitable[T], find: str = "", within: float = WITHIN) -> T | Reason:
    try:
        async with asyncio.timeout(within):
            return await work
    except errors.FAILURES as error:
        return Reason(" ".join(_why(error, find)))


def _why(error: Exception, find: str) -> Iterator[str]:
    reason = str(errors.outcome(error, "").reason) if not isinstance(error, TimeoutError) else "Slack does not answer"
    yield f"{reason[:1].upper()}{reason[1:].rstrip('.')}."
    code = errors.code_of(error)
    if code in errors.TOKEN:
        yield find
    elif code == "missing_scope":
        yield INSTALL
    elif not code:
        yield NETWORK
