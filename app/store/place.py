"""Whether the file that is open still stands where it was opened.

On Unix an open file can be deleted, moved or replaced, and whoever has it open notices nothing: what they write goes
into a file that nobody will find again.
"""

import logging
import os
from collections.abc import Callable
from pathlib import Path

from app.store.errors import FileGone

log = logging.getLogger(__name__)

Identity = tuple[int, int]
"""The device that a file is on, and its number there: no other file has them while somebody has it open."""


def identity(file: str | Path) -> Identity | None:
    """Return which file stands there; nothing where none can be seen."""
    try:
        found = os.stat(file)  # noqa: PTH116 -- at every transaction, and half as dear as a `Path`'s
    except OSError:
        return None
    return found.st_dev, found.st_ino


class Place:
    """The place of a file, and which one stood there when it was first opened."""

    def __init__(self, file: Path) -> None:
        self.known: Identity | None = None
        self._file = str(file)
        self._is_gone = False

    def note(self) -> None:
        """Remember which file stands there, the first time."""
        self.known = self.known or identity(self._file)

    def check(self, on_loss: Callable[[], None] | None = None) -> None:
        """See that it is still that file which stands there; raises `FileGone`, `on_loss` done once before."""
        if self.known is None or identity(self._file) == self.known:
            self._note_return()
            return
        if not self._is_gone:
            self._is_gone = True
            log.error(
                "the database %s was deleted, moved or replaced while Tocsin runs: nothing is recorded. Put that file "
                "back, or restart Tocsin to begin anew with what is there",
                self._file,
            )
            if on_loss:
                on_loss()
        raise FileGone

    def _note_return(self) -> None:
        if self._is_gone:
            self._is_gone = False
            log.warning("the database %s is back: it goes on", self._file)
