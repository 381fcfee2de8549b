"""The sink of the outbox for all that goes by one pager: pages ring, and what is acknowledged or over is quiet."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta

from app.domain import commands as c
from app.domain import effects as f
from app.domain import ways
from app.domain.calling import Calling
from app.domain.incident import Ring
from app.integrations.pagers.pager import Failed, Pager, Result, Route, alert
from app.integrations.proof import Proof
from app.outbox import Away, Dead, Doubtful, Later, Outcome, Sent, wanted
from app.store import Delivery, Record

NO_ROUTE = "no key and no address for them is set any more"
STILL_RINGS = Sent({"skipped": "nobody has acknowledged it"})


class PagerSink:
    """Brings pages to one pager. `link` returns where people find an incident, if there is such a place.

    Two responders whom the same route reaches are rung once for each step.
    """

    def __init__(self, pager: Pager, link: Callable[[Record], str | None]) -> None:
        self.pager = pager
        self.link = link

    async def deliver(self, delivery: Delivery, record: Record) -> Outcome:
        """Make it ring, or be quiet."""
        match delivery.effect:
            case f.RingPager() as effect:
                called = ways.behind(effect, delivery.event)
                if called is None:
                    raise TypeError("a ring follows from a page")
                return await self._ring(delivery, record, called, effect.way)
            case f.QuietPager(way=way):
                return await self._quiet(delivery, record, way)
            case f.EndRing(key=key, responders=responders):
                return await self._end(delivery, key, responders)
            case effect:
                raise TypeError(f"{type(effect).__name__} does not go by a pager")

    async def find(self, _delivery: Delivery, _record: Record) -> Outcome | None:
        """Find nothing: the pager knows the key, so that it can be told again."""
        return None

    async def sweep(self, _delivery: Delivery, _record: Record) -> Outcome:
        """Take nothing away: what is told twice under one key is there once."""
        return Sent()

    async def away(self) -> str | None:
        """Ask the pager whether it is there."""
        return await self.pager.away()

    async def prove(self) -> list[Proof]:
        """Look at the pager."""
        return await self.pager.prove()

    async def close(self) -> None:
        """Let go of the pager."""
        await self.pager.close()

    async def _ring(self, delivery: Delivery, record: Record, called: Calling, way: f.Way) -> Outcome:
        whom = ways.still_to_ring(called, record.incident, way, delivery.key)
        routes = self.pager.routes(whom)
        what = alert(delivery.key, record, called, self.link(record), repeated=delivery.repeated)
        results = await asyncio.gather(*(self.pager.trigger(route, what) for route in routes))
        rung = [one for (_, some), became in zip(routes.items(), results, strict=True) if _ok(became) for one in some]
        if set(whom) - {one for some in routes.values() for one in some}:
            results = [*results, Dead("", NO_ROUTE)]
        learned = c.RecordRing(
            called.step,
            delivery.key,
            tuple(rung),
            paged_at=called.at,
            way=way.value,
            partly=not all(map(_ok, results)),
        )
        return together(delivery, results, *((learned,) if rung else ()))

    async def _quiet(self, delivery: Delivery, record: Record, way: f.Way) -> Outcome:
        incident = record.incident
        if incident.is_open and incident.acknowledged_at is None:
            return STILL_RINGS
        act = self.pager.acknowledge if incident.is_open else self.pager.resolve
        answered = [one for one in incident.live_rings if one.way == way and incident.has_answered(one)]
        everybody = [responder.id for responder in record.rules.responders]
        return together(delivery, await asyncio.gather(*(act(*held) for held in self._held(answered, everybody))))

    async def _end(self, delivery: Delivery, key: str, responders: Sequence[str]) -> Outcome:
        routes = self.pager.routes(responders)
        return together(delivery, await asyncio.gather(*(self.pager.resolve(one, key) for one in routes)))

    def _held(self, rings: Collection[Ring], everybody: Sequence[str]) -> list[tuple[Route, str]]:
        # By which route a monitor rang nobody knows here: where there is no such alert, nothing comes of it.
        told = ((ring.key, everybody if ring.by_monitor else ring.responders) for ring in rings)
        return list(dict.fromkeys((route, key) for key, whom in told for route in self.pager.routes(whom)))


def _ok(result: Result) -> bool:
    return isinstance(result, Sent)


def together(delivery: Delivery, results: Sequence[Result], *learned: c.RecordRing) -> Result:
    """Return what became of a delivery that went by several routes; `learned` is what the incident should know of it.

    While one of them may still get through, it is tried again, for those who are not known to be rung.
    """
    failed = [one for one in results if not isinstance(one, Sent)]
    reason = _reasons(failed)
    if not failed:
        return Sent({"routes": len(results)}, learned)
    if _all(failed, Dead):
        return _dead(delivery, failed, learned)
    if _all(results, Away, Dead):
        return Away(reason)
    if _all(results, Sent, Later, Away, Dead):
        return Later(reason, _longest_pause(failed), learned=learned, of_all=any(map(_is_of_all, failed)))
    return Doubtful(reason, learned=learned)


def what_it_wanted(delivery: Delivery) -> str:
    """Return what a delivery wanted to do, for people."""
    if isinstance(delivery.effect, f.RingPager):
        return f"page by {ways.by(delivery.effect.way)}"
    return wanted(delivery.effect)


def _dead(delivery: Delivery, failed: Sequence[Failed], learned: Sequence[c.RecordRing]) -> Dead:
    what, reason = what_it_wanted(delivery), _reasons(failed)
    rung = [one for ring in learned for one in ring.responders]
    pages = ways.failed(delivery.effect, delivery.event, rung)
    told = c.RecordFailure(delivery.key, what, reason, type(delivery.effect).__name__, pages)
    return Dead(what, reason, learned=(*learned, told))


def _reasons(failed: Sequence[Failed]) -> str:
    return "; ".join(dict.fromkeys(one.reason for one in failed))


def _all(results: Sequence[Result], *kinds: type[Result]) -> bool:
    return all(isinstance(one, kinds) for one in results)


def _is_of_all(failed: Failed) -> bool:
    return isinstance(failed, Away) or (isinstance(failed, Later) and failed.of_all)


def _longest_pause(failed: Sequence[Failed]) -> timedelta | None:
    return max((one.after for one in failed if isinstance(one, Later) and one.after), default=None)
