"""A way out by which nothing goes for a while, as far as an incident waits for what should go there."""

from dataclasses import replace
from datetime import datetime

from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.incident import Incident


def called(way: str) -> str:
    """Return what people call a way; one that is not known, as it is stored."""
    return f.CALLED[f.Way(way)] if way in f.CALLED else way


def learn(incident: Incident, command: c.RecordAway | c.RecordBack, now: datetime) -> list[e.Event]:
    """Return that a way is away, or back, unless the incident knows it already."""
    known = command.way in incident.away
    match command:
        case c.RecordAway(way, reason, waiting, instead, is_told):
            return [] if known else [e.WayAway(now, way, reason, waiting, instead, is_told)]
        case c.RecordBack(way=way):
            return [e.WayBack(now, way)] if known else []


def evolve(incident: Incident, event: e.WayAway | e.WayBack) -> Incident:
    """Return what is true of `incident` after it."""
    others = tuple(way for way in incident.away if way != event.way)
    return replace(incident, away=(*others, event.way) if isinstance(event, e.WayAway) else others)


def react(event: e.WayAway | e.WayBack, incident: Incident) -> list[f.Effect]:
    """Say it once when it begins, and once when it is over."""
    if not incident.is_open:
        return []
    match event:
        case e.WayAway(is_told=is_told):
            return [] if is_told else [f.Post("way_away")]
        case e.WayBack():
            return [f.Post("way_back")]
