"""Counts the failpoints that a process comes to, and kills it at the one that was chosen.

The count lies in memory that the process shares with whoever watches it, so that it outlives the process.
"""

import mmap
import os
import signal
import struct
import threading
from collections import Counter
from pathlib import Path

from app.failpoints import NAMES, Name

STATE = struct.Struct("=qq")
ANY = -1


class Fuse:
    """Kills the process that burns it, at the failpoint for which it was lit."""

    def __init__(self, folder: Path) -> None:
        """Open the fuse in `folder`; made where there is none."""
        path = folder / "fuse"
        if not path.exists():
            path.write_bytes(bytes(STATE.size))
        with path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), STATE.size)
        self._trace = folder / "trace"
        self._file = self._trace.open("ab", buffering=0)
        self._one_at_a_time = threading.Lock()

    @property
    def left(self) -> int:
        """How many failpoints are to come before the kill; 0 for no kill."""
        return self._state[0]

    def light(self, hit: int, name: Name | None = None) -> None:
        """Kill at the `hit`-th failpoint from now on, or the `hit`-th of one name."""
        STATE.pack_into(self._shared, 0, hit, ANY if name is None else NAMES.index(name))

    def put_out(self) -> None:
        """Do not kill."""
        self.light(0)

    def burn(self, name: Name) -> None:
        """Take note of a failpoint; on the thread that came to it."""
        self._file.write(f"{name}\n".encode())
        with self._one_at_a_time:
            left, which = self._state
            if not left or which not in (ANY, NAMES.index(name)):
                return
            STATE.pack_into(self._shared, 0, left - 1, which)
            if left == 1:
                os.kill(os.getpid(), signal.SIGKILL)

    def reached(self) -> Counter[str]:
        """Return how often each failpoint was reached since this was asked last."""
        counted = Counter(self._trace.read_text().split())
        os.truncate(self._trace, 0)
        return counted

    def close(self) -> None:
        """Let go of the files."""
        self._file.close()
        self._shared.close()

    @property
    def _state(self) -> tuple[int, int]:
        left, which = STATE.unpack_from(self._shared)
        return int(left), int(which)
