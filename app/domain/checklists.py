"""Checklists: which of their items are ticked, by whom and when.

An item is known by its words, so that a tick survives any change of the playbook around it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.domain import commands as c
from app.domain import events as e
from app.domain.errors import AlreadyTicked, NotTicked


@dataclass(frozen=True, slots=True)
class Ticked:
    """Who ticked an item, and when."""

    by: str
    at: datetime


Ticks = dict[str, dict[str, Ticked]]
"""What is ticked: by the id of the list, then by the words of the item."""


def tick(ticks: Ticks, command: c.TickItem, now: datetime) -> list[e.Event]:
    """Tick an item, unless somebody has."""
    if ticked := ticks.get(command.checklist, {}).get(command.item):
        raise AlreadyTicked(by=ticked.by, at=ticked.at)
    return [e.ItemTicked(now, command.by.id, command.checklist, command.title, command.item)]


def untick(ticks: Ticks, command: c.UntickItem, now: datetime) -> list[e.Event]:
    """Take a tick back."""
    if command.item not in ticks.get(command.checklist, {}):
        raise NotTicked
    return [e.ItemUnticked(now, command.by.id, command.checklist, command.title, command.item)]


def with_tick(ticks: Ticks, event: e.ItemTicked) -> Ticks:
    """Return the ticks, with the one that `event` made."""
    made = {event.item: Ticked(event.by, event.at)}
    return {**ticks, event.checklist: {**ticks.get(event.checklist, {}), **made}}


def without_tick(ticks: Ticks, event: e.ItemUnticked) -> Ticks:
    """Return the ticks, without the one that `event` took back."""
    kept = {item: ticked for item, ticked in ticks.get(event.checklist, {}).items() if item != event.item}
    return {**ticks, event.checklist: kept}


def is_done(ticks: Mapping[str, Mapping[str, Ticked]], checklist: str, items: int) -> bool:
    """Say whether as many items of a list are ticked as it has."""
    return len(ticks.get(checklist, {})) >= items
