"""The playbooks that ship, for incidents that were declared under one that is not in use any more."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from app.playbooks.source import Source, load, message_folders_of, names


def beside_others(source: Source, wanted: Iterable[str]) -> Source:
    """Return a playbook that knows those others among the `wanted` that ship. They are read now, not in a click."""
    known = set(names()) & set(wanted) - {source.playbook.name}
    others = {name: load(name).playbook for name in sorted(known)}
    return replace(source, playbook=replace(source.playbook, others=others))


def folders_beside(source: Source) -> dict[str, list[Path]]:
    """Return where the messages of the playbooks lie that ship, but for that of `source`."""
    return {name: message_folders_of(name) for name in names() if name != source.playbook.name}
