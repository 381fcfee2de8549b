"""One thing that is odd, and how lists of names are told."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.playbooks.document import KeyPath


@dataclass(frozen=True, slots=True)
class Oddity:
    """What is odd (`problem`) at `path`, and what to do about it (`advice`)."""

    path: KeyPath
    problem: str
    advice: str


def listed(names: Iterable[str]) -> str:
    """Return names as people list them: "SEV1, SEV2 and SEV3"."""
    every = list(names)
    return " and ".join(filter(None, [", ".join(every[:-1]), *every[-1:]]))
