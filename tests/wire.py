"""A network between Tocsin and its PostgreSQL, to be cut."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


class Wire:
    """A way to a PostgreSQL that can swallow what is sent over it, in either direction, and stay connected."""

    def __init__(self, server: Path) -> None:
        self.server = server
        self.passes = threading.Event()
        self.passes.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._ends: list[socket.socket] = [self._listener]
        self._threads: list[threading.Thread] = []
        self._begin(self._accept)

    def close(self) -> None:
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for end in self._ends:
            end.close()

    def _begin(self, work: Callable[..., None], *ends: socket.socket) -> None:
        thread = threading.Thread(target=work, args=ends, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.socket(socket.AF_UNIX)
                self._ends += [near, far]
                far.connect(str(self.server / ".s.PGSQL.5432"))
                self._begin(self._carry, near, far)
                self._begin(self._carry, far, near)

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                if self.passes.is_set():
                    other.sendall(data)
            other.shutdown(socket.SHUT_WR)
