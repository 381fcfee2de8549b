"""The sink of the outbox for what customers are told: each word once, in the order in which people confirmed them.

Each public incident on the status page carries two keys of ours: which episode of which incident it is, and which
delivery wrote it last. By these an earlier attempt is recognised. What somebody ended or deleted there is not written
over: people are told, and Retry publishes it anew.
"""

from collections.abc import Collection

from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.customers import Impact, PublicStatus, episode_key
from app.integrations.proof import Proof, disproof, unheard
from app.integrations.status.statuspage import Entry, Statuspage, Unheard, Word, worst
from app.outbox import Away, Dead, Doubtful, Outcome, Sent, wanted
from app.store import Delivery, Record

NEW = "To publish it there as a new one, press Retry"
DELETED = f"somebody deleted it on Statuspage, so customers read nothing of it there. {NEW}"
ENDED = f"somebody said on Statuspage itself that it is over. {NEW}"


class Gone(Exception):
    """Somebody took a public incident away on Statuspage: its id there, and why in words."""

    def __init__(self, page: str, reason: str) -> None:
        super().__init__(reason)
        self.page, self.reason = page, reason


class StatusSink:
    """Brings words to customers to Statuspage; `components` are the names of those that the playbook knows."""

    def __init__(self, page: Statuspage, components: Collection[str]) -> None:
        self.page = page
        self.components = components

    async def deliver(self, delivery: Delivery, record: Record) -> Outcome:
        """Publish it: as a new incident there, or as an update of the one that began this episode."""
        if not isinstance(delivery.effect, f.PublishStatus) or not isinstance(delivery.event, e.CustomersTold):
            raise TypeError(f"{type(delivery.effect).__name__} does not go by the status page")
        try:
            return await self._publish(delivery, record, delivery.event)
        except Unheard as unheard_of:
            return unheard_of.outcome
        except Gone as gone:
            return _withdrawn(delivery, gone)

    async def find(self, delivery: Delivery, _record: Record) -> Outcome | None:
        """Look for what this delivery may have written, among what is not over and what is newest."""
        if not isinstance(delivery.event, e.CustomersTold):
            return None
        try:
            entries = [*await self.page.unresolved(), *await self.page.recent()]
        except Unheard as unheard_of:
            return unheard_of.outcome
        found = next((one for one in entries if one.delivery == delivery.key), None)
        return _published(found, delivery.event.episode) if found else None

    async def sweep(self, _delivery: Delivery, _record: Record) -> Outcome:
        """Take nothing away: what customers have read is not undone by itself."""
        return Sent()

    async def away(self) -> str | None:
        """Ask for the page by its key."""
        try:
            await self.page.name()
        except Unheard as unheard_of:
            return str(unheard_of) if isinstance(unheard_of.outcome, Away | Doubtful) else None
        return None

    async def prove(self) -> list[Proof]:
        """Look at the page, and whether it has the playbook's components."""
        try:
            name = await self.page.name()
            ids = await self.page.components(self.components)
        except Unheard as unheard_of:
            outcome = unheard_of.outcome
            if isinstance(outcome, Dead):
                return [disproof(outcome.reason, "See STATUSPAGE_PAGE_ID")]
            return [unheard("Statuspage", outcome)]
        proofs = [Proof(ok=True, says=f'Statuspage takes the key, and shows the page "{name}".')]
        if missing := [one for one in self.components if one not in ids]:
            mend = "Add them there, or name them in playbook.yml, under status_page, as they are called there"
            return [*proofs, disproof(f"The page has no component called {', '.join(missing)}", mend)]
        known = Proof(ok=True, says=f"It has the playbook's components: {', '.join(self.components)}.")
        return [*proofs, *([known] if self.components else [])]

    async def close(self) -> None:
        """Let go of Statuspage."""
        await self.page.close()

    async def _publish(self, delivery: Delivery, record: Record, told: e.CustomersTold) -> Sent:
        ids = await self.page.components(told.components)
        there = await self.page.unresolved()
        ours = await self._ours(record, told, there)
        if ours and ours.delivery == delivery.key:
            # An earlier attempt wrote it, and nobody has looked: Retry, or a pause after looking it up.
            return _published(ours, told.episode)
        keys = (_episode(record, told.episode), delivery.key)
        word = _word(told, keys, sorted(ids.values()), ours, there)
        what = wanted(delivery.effect)
        written = await (self.page.update(ours.id, word, what) if ours else self.page.create(word, what))
        if written is None:
            raise Gone(ours.id if ours else "", DELETED)
        return _published(written, told.episode, tuple(name for name in told.components if name not in ids))

    async def _ours(self, record: Record, told: e.CustomersTold, there: Collection[Entry]) -> Entry | None:
        """Return the incident there in which this episode goes on; nothing where it begins. Raises `Gone`."""
        known = record.incident.on_page
        if known is None or known.episode != told.episode:
            key = _episode(record, told.episode)
            return next((one for one in there if one.episode == key), None)
        found = next((one for one in there if one.id == known.page), None) or await self.page.entry(known.page)
        if found is None:
            raise Gone(known.page, DELETED)
        if found.is_over and told.status != PublicStatus.RESOLVED:
            raise Gone(known.page, ENDED)
        return found


def _episode(record: Record, episode: int) -> str:
    return episode_key(record.workspace, record.id, record.incident.name, episode)


def _word(
    told: e.CustomersTold, keys: tuple[str, str], affected: list[str], ours: Entry | None, there: Collection[Entry]
) -> Word:
    episode, delivery = keys
    others = [one for one in there if ours is None or one.id != ours.id]
    over = told.status == PublicStatus.RESOLVED
    # What it no longer affects works again, unless another one affects it.
    touched = dict.fromkeys((*affected, *(ours.components if ours else ())))
    impacts = {one: Impact(told.impact) if one in affected and not over else Impact.NONE for one in touched}
    return Word(
        headline=told.headline,
        body=told.body,
        status=told.status,
        impact=told.impact,
        episode=episode,
        delivery=delivery,
        components={one: worst(one, impact, others) for one, impact in impacts.items()},
        affected=affected,
    )


def _published(entry: Entry, episode: int, missing: tuple[str, ...] = ()) -> Sent:
    learned = c.RecordPublished(entry.id, episode, entry.url, missing)
    return Sent({"page": entry.id, "url": entry.url}, learned=(learned,))


def _withdrawn(delivery: Delivery, gone: Gone) -> Dead:
    what = wanted(delivery.effect)
    told = c.RecordFailure(delivery.key, what, gone.reason, type(delivery.effect).__name__)
    return Dead(what, gone.reason, learned=(c.RecordWithdrawn(gone.page, gone.reason), told))
