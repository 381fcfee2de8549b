"""The command itself: what it says of its words, and of those that it does not know."""

import pytest

from tests.cli.terminal import Terminal


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(monkeypatch, capsys)


def test_it_says_which_version_it_is(terminal: Terminal) -> None:
    told = terminal("--version")
    assert told.status == 0
    assert told.lines[0].startswith("Tocsin 0.")


@pytest.mark.parametrize("words", [(), ("playbook",), ("outbox", "--help")])
def test_a_word_too_few_shows_the_help_alone(terminal: Terminal, words: tuple[str, ...]) -> None:
    told = terminal(*words)
    assert "Usage: tocsin" in told.out
    assert told.err == ""


def test_an_unknown_word_names_the_help_of_its_group(terminal: Terminal) -> None:
    told = terminal("playbook", "chek")
    assert told.status == 2
    assert told.err.strip().endswith("See: tocsin playbook --help")
    assert terminal("chek").err.strip().endswith("See: tocsin --help")
