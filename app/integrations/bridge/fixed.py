"""The link to a call that stands in the playbook, always the same."""

from collections.abc import Mapping, Sequence

from app.domain.playbook import Playbook
from app.integrations.bridge.calls import Call
from app.integrations.proof import Proof
from app.outbox import Dead, Failed
from app.store import Record

LINK = "bridge"


class Fixed:
    """Names the link of the playbook that an incident is run by. Nothing is asked of anybody."""

    name = "the playbook's bridge"

    def __init__(self, playbook: Playbook) -> None:
        self._playbook = playbook

    async def open(self, _key: str, record: Record) -> Call | Failed:
        """Return the link."""
        url = self._playbook.of(record.rules).links.get(LINK)
        return Call(LINK, url) if url else Dead("open the bridge", "the playbook has no link to one, under links")

    async def find(self, _key: str, _record: Record) -> Sequence[Call] | Failed:
        """Find nothing: the link is the same each time."""
        return ()

    async def end(self, _call: Call) -> Failed | None:
        """Leave it as it is."""
        return None

    async def away(self) -> str | None:
        """Be there."""
        return None

    async def prove(self) -> list[Proof]:
        """Say which link it is."""
        same = " or ".join(dict.fromkeys(links(self._playbook).values()))
        return [Proof(ok=True, says=f"Every incident of a playbook has the same bridge: {same}.")]

    async def close(self) -> None:
        """Hold nothing open."""


def links(playbook: Playbook) -> Mapping[str, str]:
    """Return the link of each playbook that incidents may be run by, by its name."""
    every = {playbook.name: playbook, **playbook.others}
    return {name: one.links[LINK] for name, one in every.items() if LINK in one.links}
