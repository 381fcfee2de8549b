"""Who people are in Slack: admins, names, members of user groups. Nothing here raises because Slack failed."""

import asyncio
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from app.slack.errors import FAILURES, code_of
from app.store import seconds_to_answer

log = structlog.get_logger(__name__)

# People wait for the answer while this is looked up, and Slack waits 3 s for it.
PATIENCE = 1.0
# What is then to be recorded needs some of it too.
FOR_THE_STORE = 0.4
AN_HOUR = 3600.0
A_MINUTE = 60.0
MOST_MEMBERS = 1000

T = TypeVar("T")


def patience() -> float:
    """Return how many seconds Slack may take, while somebody waits, to say what an answer needs."""
    return min(PATIENCE, seconds_to_answer() - FOR_THE_STORE)


@dataclass(frozen=True, slots=True)
class Member:
    """What is known of a member; one who is `gone` has a deactivated account."""

    name: str
    admin: bool
    gone: bool = False
    bot: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A user group: its id, what people type to mention it, and its title."""

    id: str
    handle: str
    title: str

    def matches(self, words: str) -> bool:
        """Say whether somebody who typed `words` may mean this group."""
        return words.casefold().lstrip("@") in f"{self.handle} {self.title}".casefold()


class _Memory(Generic[T]):
    """Values by key, forgotten after some seconds."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds, self._clock = seconds, clock
        self._values: dict[str, tuple[float, T]] = {}

    def get(self, key: str) -> T | None:
        kept = self._values.get(key)
        return kept[1] if kept and self._clock() < kept[0] else None

    def keep(self, key: str, value: T) -> T:
        now = self._clock()
        self._values = {name: kept for name, kept in self._values.items() if now < kept[0]}
        self._values[key] = (now + self._seconds, value)
        return value


class People:
    """What Slack says of its people, remembered for a while. `admins` are such whatever Slack says."""

    def __init__(
        self, client: AsyncWebClient, admins: frozenset[str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client, self._admins = client, admins
        self._members: _Memory[Member] = _Memory(AN_HOUR, clock)
        self._addresses: _Memory[str] = _Memory(AN_HOUR, clock)
        self._groups: _Memory[tuple[Group, ...]] = _Memory(A_MINUTE, clock)

    async def is_admin(self, user: str) -> bool:
        """Say whether `user` is an admin by the settings or of the workspace."""
        if user in self._admins:
            return True
        member = await self._member(user)
        return member is not None and member.admin

    async def name(self, user: str) -> str:
        """Return what people call `user`, or the bare id where Slack does not say."""
        member = await self._member(user)
        return member.name if member else user

    async def is_gone(self, user: str) -> bool | None:
        """Say whether the account of `user` is deactivated, or was an hour ago; nothing where Slack does not say."""
        member = await self._member(user)
        return member.gone if member else None

    async def is_bot(self, user: str) -> bool:
        """Say whether `user` is an app, as far as Slack says."""
        member = await self._member(user)
        return member is not None and member.bot

    async def with_address(self, address: str) -> str | None:
        """Return the member whose e-mail address that is, if there is one and Slack says so."""
        known = self._addresses.get(address)
        if known is not None:
            return known
        answer = await self._asked("users.lookupByEmail", expected=("users_not_found",), email=address)
        return self._addresses.keep(address, str(answer["user"]["id"])) if answer else None

    async def members(self, group: str) -> tuple[str, ...] | None:
        """Return the members of a user group, or nothing where Slack does not say."""
        answer = await self._asked("usergroups.users.list", usergroup=group)
        return None if answer is None else tuple(answer.get("users") or ())

    async def groups(self) -> tuple[Group, ...]:
        """Return the user groups of the workspace, by handle; none where Slack does not say."""
        known = self._groups.get("all")
        if known is not None:
            return known
        answer = await self._asked("usergroups.list")
        if answer is None:
            return ()
        groups = (Group(one["id"], one.get("handle", ""), one.get("name", "")) for one in answer["usergroups"])
        return self._groups.keep("all", tuple(sorted(groups, key=lambda group: group.handle)))

    async def is_in(self, channel: str, user: str) -> bool:
        """Say whether `user` is in `channel`; not, where Slack does not say."""
        answer = await self._asked("conversations.members", channel=channel, limit=str(MOST_MEMBERS))
        return answer is not None and user in (answer.get("members") or ())

    async def _member(self, user: str) -> Member | None:
        known = self._members.get(user)
        if known is not None:
            return known
        answer = await self._asked("users.info", user=user)
        return None if answer is None else self._members.keep(user, _member(answer["user"]))

    async def _asked(self, method: str, *, expected: Collection[str] = (), **arguments: str) -> dict[str, Any] | None:
        try:
            async with asyncio.timeout(patience()):
                answer = await self._client.api_call(method, params=arguments)
        except FAILURES as error:
            if code_of(error) in expected:
                return None
            log.warning("Slack did not say who people are", method=method, error=str(error))
            return None
        return dict(answer.data) if isinstance(answer.data, dict) else None


def _member(user: dict[str, Any]) -> Member:
    profile = user.get("profile") or {}
    name = profile.get("display_name") or profile.get("real_name") or user.get("name") or user["id"]
    is_here = not (user.get("deleted") or user.get("is_stranger"))
    admin = is_here and any(user.get(flag) for flag in ("is_admin", "is_owner", "is_primary_owner"))
    return Member(name, admin, gone=bool(user.get("deleted")), bot=bool(user.get("is_bot")))
