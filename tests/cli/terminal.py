"""The command line, run as an operator does."""

import sys
from dataclasses import dataclass

import pytest

from app.cli import main


@dataclass(frozen=True)
class Told:
    """What a command ended with, and what it printed."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """The lines that it printed, without blanks at their ends."""
        return [line.rstrip() for line in self.out.splitlines() if line.strip()]


class Terminal:
    """Runs `tocsin`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(self, *arguments: str) -> Told:
        """Run it to its end."""
        self._monkeypatch.setattr(sys, "argv", ["tocsin", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = self._capsys.readouterr()
        return Told(int(ended.value.code or 0), printed.out, printed.err)
