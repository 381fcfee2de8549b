"""The sink of the outbox for all that goes by the pager: pages ring, and what is acknowledged or over is quiet."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta

from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.incident import Incident, Ring
from app.integrations.pager import Failed, Pager, Result, Route, alert
from app.outbox import Away, Dead, Doubtful, Later, Outcome, Sent, wanted
from app.store import Delivery, Record

NOT_CONNECTED = Sent({"skipped": "no pager is connected"})
NOT_FOR_THEM = Sent({"skipped": "no pager is connected for these responders"})
STILL_RINGS = Sent({"skipped": "nobody has acknowledged it"})


class PagerSink:
    """Brings pages to a pager, if there is one. `link` returns where people find an incident, if there is such a place.

    Two responders whom the same route reaches are rung once for each step.
    """

    def __init__(self, pager: Pager | None, link: Callable[[Record], str | None]) -> None:
        self.pager = pager
        self.link = link

    async def deliver(self, delivery: Delivery, record: Record) -> Outcome:
        """Make it ring, or be quiet."""
        if self.pager is None:
            return NOT_CONNECTED
        match delivery.effect, delivery.event:
            case f.RingPager(responders=responders), e.Paged() as event:
                return await self._ring(self.pager, delivery, record, event, responders)
            case f.QuietPager(), _:
                return await self._quiet(self.pager, delivery, record.incident)
            case f.EndRing(key=key, responders=responders), _:
                return await self._end(self.pager, delivery, key, responders)
            case effect, _:
                raise TypeError(f"{type(effect).__name__} does not go by the pager")

    async def find(self, _delivery: Delivery, _record: Record) -> Outcome | None:
        """Find nothing: the pager knows the key, so that it can be told again."""
        return None

    async def sweep(self, _delivery: Delivery, _record: Record) -> Outcome:
        """Take nothing away: what is told twice under one key is there once."""
        return Sent()

    async def away(self) -> str | None:
        """Ask the pager whether it is there."""
        return await self.pager.away() if self.pager else None

    async def close(self) -> None:
        """Let go of the pager."""
        if self.pager:
            await self.pager.close()

    async def _ring(
        self, pager: Pager, delivery: Delivery, record: Record, event: e.Paged, responders: Sequence[str]
    ) -> Outcome:
        routes = pager.routes(responders)
        if not routes:
            return NOT_FOR_THEM
        what = alert(delivery.key, record, event, self.link(record))
        results = await asyncio.gather(*(pager.trigger(route, what) for route in routes))
        rung = [one for (_, some), became in zip(routes.items(), results, strict=True) if _ok(became) for one in some]
        learned = c.RecordRing(event.step, delivery.key, tuple(rung), paged_at=event.at)
        return together(delivery, results, *((learned,) if rung else ()))

    async def _quiet(self, pager: Pager, delivery: Delivery, incident: Incident) -> Outcome:
        if incident.is_open and incident.acknowledged_at is None:
            return STILL_RINGS
        act = pager.acknowledge if incident.is_open else pager.resolve
        answered = [ring for ring in incident.rings if incident.has_answered(ring)]
        results = await asyncio.gather(*(act(route, key) for route, key in _held(pager, answered)))
        return together(delivery, results)

    async def _end(self, pager: Pager, delivery: Delivery, key: str, responders: Sequence[str]) -> Outcome:
        return together(delivery, await asyncio.gather(*(pager.resolve(one, key) for one in pager.routes(responders))))


def _held(pager: Pager, rings: Collection[Ring]) -> Sequence[tuple[Route, str]]:
    return list(dict.fromkeys((route, ring.key) for ring in rings for route in pager.routes(ring.responders)))


def _ok(result: Result) -> bool:
    return isinstance(result, Sent)


def together(delivery: Delivery, results: Sequence[Result], *learned: c.Command) -> Result:
    """Return what became of a delivery that went by several routes; `learned` is what the incident should know of it.

    While one of them may still get through, all are tried again: the pager knows the key.
    """
    failed = [one for one in results if not isinstance(one, Sent)]
    reason = "; ".join(dict.fromkeys(one.reason for one in failed))
    if not failed:
        return Sent({"routes": len(results)}, learned)
    if _all(failed, Dead):
        what = what_it_wanted(delivery)
        told = c.RecordFailure(delivery.key, what, reason, type(delivery.effect).__name__)
        return Dead(what, reason, learned=(*learned, told))
    if _all(results, Away, Dead):
        return Away(reason)
    if _all(results, Sent, Later, Dead):
        return Later(reason, _longest_pause(failed))
    return Doubtful(reason)


def what_it_wanted(delivery: Delivery) -> str:
    """Return what a delivery wanted to do, for people."""
    match delivery.effect, delivery.event:
        case f.RingPager(), e.Paged(responders=names):
            return f"make the pager ring for {', '.join(names)}"
        case effect, _:
            return wanted(effect)


def _all(results: Sequence[Result], *kinds: type[Result]) -> bool:
    return all(isinstance(one, kinds) for one in results)


def _longest_pause(failed: Sequence[Failed]) -> timedelta | None:
    return max((one.after for one in failed if isinstance(one, Later) and one.after), default=None)
