"""Pages by several ways, one after the other: a way that fails, or does not confirm in time, is followed by the next.

Nothing here remembers anything. What a page has tried travels with it, from the event that decided it to the event
that says that a way failed it; whom it has reached are the alerts that the incident knows of.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.calling import Calling
from app.domain.effects import Way
from app.domain.incident import Incident, Ring

Order = Mapping[str, Sequence[Way]]
"""By which ways each responder is paged, the first one first."""

Apart = Mapping[Way, Collection[str]]
"""Whom each way reaches by a route of their own."""
NOBODY: Apart = MappingProxyType({})

BY = {
    Way.SLACK: "Slack direct message",
    Way.PAGERDUTY: "PagerDuty",
    Way.OPSGENIE: "Opsgenie",
    Way.WEBHOOK: "webhook",
    Way.EMAIL: "e-mail",
}
"""By what a page goes, as people say it."""


def by(way: str) -> str:
    """Return what people call a way of paging; one that is not known, as it is stored."""
    return BY[Way(way)] if way in BY else way


def callings(event: e.Event | None) -> tuple[Calling, ...]:
    """Return whom pagers are to call because of `event`."""
    match event:
        case e.Paged(pages=pages) if pages:
            return (Calling(event.step, event.at, pages, event.why, event.until_acknowledged),)
        case e.PageUnconfirmed(pages=pages) | e.DeliveryFailed(pages=pages):
            return pages
        case _:
            return ()


def behind(effect: f.Effect, event: e.Event | None) -> Calling | None:
    """Return what a pager that is told of `effect` has to know of the event behind it."""
    if not isinstance(effect, f.RingPager):
        return None
    wanted = set(effect.responders)
    of_step = (one for one in callings(event) if effect.step in ("", one.step) and wanted.issubset(one.responders))
    found = next(of_step, None)
    return found and replace(found, responders=effect.responders)


def failed(effect: f.Effect, event: e.Event | None, paged: Collection[str] = ()) -> tuple[Calling, ...]:
    """Return whom the way of `effect` has failed, all but those it has `paged`, with what was tried by now."""
    called = behind(effect, event)
    if called is None or not isinstance(effect, f.RingPager):
        return ()
    whom = tuple(one for one in called.responders if one not in paged)
    return (replace(called, responders=whom, tried=(*called.tried, effect.way.value)),)


def late(effect: f.Effect, event: e.Event | None, incident: Incident) -> tuple[Calling, ...]:
    """Return whom a page that does not go out in time leaves unpaged: no other way has reached them meanwhile."""
    return _left(failed(effect, event), incident)


def _left(failures: Iterable[Calling], incident: Incident) -> tuple[Calling, ...]:
    left = (replace(one, responders=still_to_reach(one, incident)) for one in failures)
    return tuple(one for one in left if one.responders)


def to_pass_on(incident: Incident, command: c.RecordFailure) -> tuple[Calling, ...]:
    """Return whom a way has failed that no other way has paged, or is to page because it was late before this."""
    if command.delivery in incident.unconfirmed:
        return ()
    return _left(command.pages, incident)


def rings_at_first(event: e.Paged, incident: Incident, order: Order, apart: Apart = NOBODY) -> list[f.RingPager]:
    """Return what pages the responders of a step by the first of their ways.

    A monitor that paged by itself before the incident was declared has paged whom the declaration pages, but for those
    whom that way reaches `apart` from all others.
    """
    by_monitor = {ring.way for ring in incident.rings if ring.by_monitor and event.at <= (ring.paged_at or event.at)}
    rings = [one for called in callings(event) for one in _rings([called], order)]
    left = (replace(one, responders=_apart(one, apart)) if one.way in by_monitor else one for one in rings)
    return [one for one in left if one.responders]


def _apart(ring: f.RingPager, apart: Apart) -> tuple[str, ...]:
    return tuple(one for one in ring.responders if one in apart.get(ring.way, ()))


def rings_next(event: e.PageUnconfirmed | e.DeliveryFailed, order: Order) -> list[f.RingPager]:
    """Return what pages those whom a way has failed by the next of their ways, as far as one is left."""
    return _rings(event.pages, order)


def _rings(called: Iterable[Calling], order: Order) -> list[f.RingPager]:
    return [f.RingPager(some, way, one.step) for one in called for way, some in onward(one, order).items()]


def onward(called: Calling, order: Order) -> dict[Way, tuple[str, ...]]:
    """Return by which ways a page goes on, with those whom each is to reach."""
    found: dict[Way, tuple[str, ...]] = {}
    for responder in called.responders:
        for way in [one for one in order.get(responder, ()) if one not in called.tried][:1]:
            found[way] = (*found.get(way, ()), responder)
    return found


def still_to_reach(called: Calling, incident: Incident, way: str = "") -> tuple[str, ...]:
    """Return whom no way, or no other way than `way`, has paged already."""
    others = (ring for ring in _of_page(incident, called.step, called.at) if ring.way != way)
    reached = {one for ring in others for one in ring.responders}
    return tuple(one for one in called.responders if one not in reached)


def still_to_ring(called: Calling, incident: Incident, way: str, key: str) -> tuple[str, ...]:
    """Return for whom the alert of that key is still to ring by `way`: for nobody a second time."""
    rung = {one for ring in _of_page(incident, called.step, called.at) if ring.key == key for one in ring.responders}
    return tuple(one for one in still_to_reach(called, incident, way) if one not in rung)


def still_wanted(effect: f.RingPager, event: e.Event, incident: Incident) -> bool:
    """Say whether it should still ring: not for what is taken, over or paged anew, nor where another way has rung."""
    called = behind(effect, event)
    if called is None or not incident.is_open:
        return False
    # Of a page that only goes to the next in line in Slack, no pager is told: this one is still to ring.
    fired = incident.steps.get(called.step)
    overtaken = fired is not None and fired.rung_at not in (None, called.at)
    taken = incident.acknowledged_at is not None and incident.acknowledged_at >= called.at
    return not overtaken and not taken and bool(still_to_reach(called, incident, effect.way))


def with_ring(rings: tuple[Ring, ...], new: Ring) -> tuple[Ring, ...]:
    """Return the alerts with one that rings now; of alerts for the same people, one goes on.

    That is the one of the newest page, and, of one page, the one by the way that confirmed first. One that only
    perhaps rings takes the place of none.
    """
    others = [one for one in rings if one.key != new.key]
    taken_by = _instead(others, new)
    if taken_by:
        return (*rings, replace(new, replaced_by=taken_by.key))
    if new.perhaps:
        return (*rings, new)
    rung = {one for ring in (new, *others) if _same_page(ring, new) and not ring.perhaps for one in ring.responders}
    return (*(_after(one, new, rung) for one in rings), new)


def _instead(others: Sequence[Ring], new: Ring) -> Ring | None:
    """Return the alert that makes a new one needless: by another way, or of a newer page."""
    sure = (one for one in others if _is_live(one, new) and not one.perhaps)
    better = [one for one in sure if _same_page(one, new) or _is_newer(one, new)]
    covered = {responder for one in better for responder in one.responders}
    return better[0] if better and covered.issuperset(new.responders) else None


def _after(old: Ring, new: Ring, rung: set[str]) -> Ring:
    if old.key == new.key or not _is_live(old, new):
        return old
    by_all = rung if old.perhaps or _is_newer(new, old) else set(new.responders)
    covered = by_all.issuperset(old.responders)
    return replace(old, replaced_by=new.key) if covered and not _is_newer(old, new) else old


def _is_live(one: Ring, beside: Ring) -> bool:
    return one.step == beside.step and not one.replaced_by and not one.by_monitor


def _same_page(one: Ring, other: Ring) -> bool:
    return one.step == other.step and one.paged_at == other.paged_at and not one.replaced_by


def _is_newer(one: Ring, other: Ring) -> bool:
    return one.paged_at is not None and (other.paged_at is None or one.paged_at > other.paged_at)


def _of_page(incident: Incident, step: str, at: object) -> list[Ring]:
    of_page = (ring for ring in incident.rings if (ring.step, ring.paged_at) == (step, at))
    return [ring for ring in of_page if not (ring.replaced_by or ring.perhaps)]
