"""docs/playbooks.md is true: its commands are run one after the other, and print what stands beside them.

With TOCSIN_WRITE_DOCS=1 the outputs are written into the page instead of compared.
"""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.cli.terminal import Unanswerable
from app.playbooks import PlaybookFaults

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "playbooks.md"
BLOCK = re.compile(r"```(?P<kind>\w+)\n(?P<text>.*?)```", re.DOTALL)
TOP_KEY = re.compile(r"^(?=[a-z_]+:)", re.MULTILINE)
FILE = Path("bakery") / "playbook.yml"


def test_every_command_of_the_page_prints_what_the_page_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "templates").symlink_to(ROOT / "templates")
    page = PAGE.read_text()
    played = BLOCK.sub(_played, page)
    if os.environ.get("TOCSIN_WRITE_DOCS"):
        PAGE.write_text(played)
    assert played == page


def test_the_page_names_every_key_of_the_top() -> None:
    page = PAGE.read_text()
    schema = (ROOT / "templates" / "playbooks" / "playbook.schema.json").read_text()
    keys = re.findall(r'^    "(\w+)": \{', schema.partition('\n  "properties": {')[2], re.MULTILINE)
    assert "escalation" in keys
    assert [key for key in keys if not re.search(rf"(^|`){key}\b", page, re.MULTILINE)] == []


def _played(block: re.Match[str]) -> str:
    kind, text = block["kind"], block["text"]
    if kind == "yaml":
        _write(text)
    elif kind == "console":
        commands = [line[2:] for line in text.splitlines() if line.startswith("$ ")]
        text = "".join(f"$ {command}\n{_run(command)}" for command in commands)
    return f"```{kind}\n{text}```"


def _write(text: str) -> None:
    """Put the keys of a block into the file, in place of those of the same name."""
    if not FILE.parent.exists():
        return
    keys = {part.partition(":")[0]: part for part in TOP_KEY.split(FILE.read_text() if FILE.exists() else "") if part}
    new = {part.partition(":")[0]: part.rstrip() + "\n" for part in TOP_KEY.split(text) if part.strip()}
    FILE.write_text("".join((keys | new).values()))


def _run(command: str) -> str:
    words = shlex.split(command)
    if words[0] != "tocsin":
        assert shutil.which(words[0])
        subprocess.run(words, check=True)
        return ""
    result = CliRunner().invoke(app, words[1:])
    if isinstance(result.exception, PlaybookFaults | Unanswerable):
        return f"{result.exception}\n"
    assert isinstance(result.exception, SystemExit | None), result.exception
    return "".join(f"{line.rstrip()}\n" for line in result.output.splitlines())
