"""`tocsin playbook import`, `tocsin playbook export` and `tocsin init`: what they write, and what they refuse to."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.playbooks import load
from tests.cli.terminal import Terminal, Told

RUNBOOK = "# Shop\n\n| Severity | Response | Resolution |\n|---|---|---|\n| P1 | 15 min | 2 h |\n| P2 | 1 h | NBD |\n"


@pytest.fixture
def tocsin(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Terminal:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.md").write_text(RUNBOOK)
    return Terminal(monkeypatch, capsys)


def refused(told: Told, *words: str) -> None:
    assert told.status == 1
    assert told.out == ""
    assert len(told.err.splitlines()) == 1
    assert all(word in told.err for word in words)


def test_a_runbook_becomes_a_playbook_that_passes_the_check(tocsin: Terminal) -> None:
    told = tocsin("playbook", "import", "shop.md", "--name", "shop")
    assert told.status == 0
    assert "         understood  P1 acknowledge_within 15m" in told.lines
    assert tocsin("playbook", "check", "./shop").status == 0
    assert [one.id for one in load("./shop").playbook.rules.severities] == ["P1", "P2"]


@pytest.mark.parametrize("content", [b"", b"\n \n", b"Nothing of a runbook.\n", bytes(range(128, 256)) * 12])
def test_a_file_in_which_nothing_is_understood_is_refused(tocsin: Terminal, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "empty.md").write_bytes(content)
    refused(tocsin("playbook", "import", "empty.md"), "empty.md", "understood", "tocsin init")
    assert not (tmp_path / "empty").exists()


def test_after_an_import_the_safe_steps_come_first(tocsin: Terminal) -> None:
    told = tocsin("playbook", "import", "shop.md", "--name", "shop")
    following = [line.strip() for line in told.lines[-4:]]
    assert [line.removesuffix(" ./shop") for line in following[:3]] == [
        "tocsin playbook check",
        "tocsin playbook simulate",
        "tocsin try --playbook",
    ]
    assert following[3] == "TOCSIN_PLAYBOOK=./shop tocsin run"


def test_a_long_title_makes_a_name_of_whole_words(tocsin: Terminal, tmp_path: Path) -> None:
    (tmp_path / "long.md").write_text(RUNBOOK.replace("Shop", "Kestrel Logistics: production incident response"))
    assert json.loads(tocsin("playbook", "import", "long.md", "--json").out)["folder"] == "kestrel-logistics-production"


def test_for_scripts_the_report_is_json(tocsin: Terminal) -> None:
    told = json.loads(tocsin("playbook", "import", "shop.md", "--json").out)
    assert told["folder"] == "shop"
    assert "playbook.yml" in told["files"]
    assert [one["title"] for one in told["headings"]][1:] == ["Shop"]


def test_a_folder_that_is_there_is_replaced_only_if_asked(tocsin: Terminal, tmp_path: Path) -> None:
    tocsin("playbook", "import", "shop.md", "--name", "shop")
    (tmp_path / "shop" / "notes.txt").write_text("mine")
    (tmp_path / "shop" / "runbooks").mkdir(exist_ok=True)
    (tmp_path / "shop" / "runbooks" / "old.md").write_text("old")
    refused(tocsin("playbook", "import", "shop.md", "--name", "shop"), "--force", "--name")
    assert tocsin("playbook", "import", "shop.md", "--name", "shop", "--force").status == 0
    assert (tmp_path / "shop" / "notes.txt").read_text() == "mine"
    assert not (tmp_path / "shop" / "runbooks" / "old.md").exists()


def test_what_cannot_be_read_or_written_is_one_line(tocsin: Terminal) -> None:
    refused(tocsin("playbook", "import", "nothing.md"), "nothing.md", "Name a Markdown file")
    refused(tocsin("playbook", "import", "."), "Name a Markdown file")
    refused(tocsin("playbook", "import", "shop.md", "--name", "a b"), "--name")
    refused(tocsin("playbook", "import", "shop.md", "--into", "shop.md"), "--into")


def test_an_export_goes_to_the_terminal_or_to_a_new_file(tocsin: Terminal, tmp_path: Path) -> None:
    printed = tocsin("playbook", "export", "default").out
    assert printed.startswith("# Tocsin's own playbook\n")
    assert tocsin("playbook", "export", "default", "--output", "out.md").status == 0
    assert (tmp_path / "out.md").read_text() == printed
    refused(tocsin("playbook", "export", "default", "--output", "out.md"), "is there already")
    assert tocsin("playbook", "export", "nothing").status == 1


def test_init_by_flags_asks_nothing(tocsin: Terminal, tmp_path: Path) -> None:
    told = tocsin("init", "--from", "waqiti", "--name", "acme", "--timezone", "Europe/Berlin", "--announce", "outages")
    assert told.status == 0
    rules = load("./acme").playbook.rules
    assert (rules.playbook, rules.announce, rules.hours.zone) == ("acme", "outages", "Europe/Berlin")
    assert "TOCSIN_PLAYBOOK=./acme\n" in (tmp_path / ".env").read_text()
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0
    assert any("tocsin doctor" in line for line in told.lines)


def test_init_asks_again_until_it_can_use_the_answer(tmp_path: Path) -> None:
    answers = "default\nacme\nEurope/Berln\nEurope/Berlin\nNo Channel\n#outages\n"
    result = CliRunner().invoke(app, ["init", "--into", str(tmp_path)], input=answers)
    assert result.exit_code == 0
    assert "did you mean Europe/Berlin?" in result.output
    assert load(str(tmp_path / "acme")).playbook.rules.announce == "outages"


def test_init_overwrites_nothing(tocsin: Terminal, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SLACK_BOT_TOKEN=mine\n")
    refused(tocsin("init", "--yes"), ".env is there already")
    assert (tmp_path / ".env").read_text() == "SLACK_BOT_TOKEN=mine\n"
    assert not (tmp_path / "our-playbook").exists()


@pytest.mark.parametrize(
    ("flag", "value", "hint"),
    [
        ("--from", "defualt", "default"),
        ("--timezone", "Berlin", "Europe/Berlin"),
        ("--name", "ä", "letters"),
        ("--announce", "a b", "channel"),
    ],
)
def test_init_says_what_a_flag_may_be(tocsin: Terminal, flag: str, value: str, hint: str) -> None:
    refused(tocsin("init", "--yes", flag, value), hint)
