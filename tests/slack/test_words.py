import re
from collections.abc import Callable
from pathlib import Path

import pytest

from app.slack.text import mention
from app.slack.words import OWN_MESSAGES, OWN_WORDS, PLAIN, Words, counted, listed, quoted
from tests.domain.given import DEFAULT, START, at, minutes

Say = Callable[..., str]


@pytest.fixture
def say(tmp_path: Path) -> Say:
    """Return what says a template that is written on the spot."""

    def say(template: str, words: Words | None = None, **context: object) -> str:
        (tmp_path / "x.j2").write_text(template)
        return (words or Words([tmp_path])).say("x", otherwise="It happened.", **context)

    return say


def test_whatever_a_template_prints_is_escaped(say: Say) -> None:
    for template in (
        "{{ text }}",
        "{{ text ~ '' }}",
        "{{ [text] | join }}",
        "{{ text | upper | lower }}",
        "{{ text | safe }}",
    ):
        assert say(template, text="<!channel>") == "&lt;!channel&gt;"


def test_filters_bring_ids_and_times_to_life(say: Say) -> None:
    assert say("{{ who | member }}, {{ at | time }}, {{ at }}", who="U0ANN", at=START) == (
        "<@U0ANN>, <!date^1772618400^{time}|10:00 UTC>, <!date^1772618400^{time}|10:00 UTC>"
    )
    assert say("{{ ids | members }}", ids=["U0ANN", "U0BOB"]) == "<@U0ANN>, <@U0BOB>"
    assert say("{{ soon | soon }}", soon=at(minutes=5), at=START).startswith("in 5 min, <!date^")
    assert say("{{ mark }}", mark=mention("U0ANN")) == "<@U0ANN>"


def test_filters_escape_what_is_no_id(say: Say) -> None:
    assert say("{{ who | member }}", who="<!channel>") == "@&lt;!channel&gt;"
    assert say("{{ none | member }} {{ none | member('<!here>') }}") == "nobody yet &lt;!here&gt;"


def test_values_print_in_words(say: Say) -> None:
    assert say("{{ lasted }}|{{ nothing }}|{{ 7 }}", lasted=minutes(107), nothing=None) == "1 h 47 min||7"
    assert say("{{ 'identified' | status }} {{ 'scribe' | role }}", rules=DEFAULT) == "Identified Scribe"


@pytest.mark.parametrize(
    "template",
    [
        "{{ unknown }}",
        "{% if %}",
        "{{ 1 / 0 }}",
        "{{ text.__class__.__mro__ }}",
        "{% include 'none' %}",
        "{{ text | nofilter }}",
        "{% include 'x.j2' %}",
        "{% for a in range(999) %}{% for b in range(999) %}{% endfor %}{% endfor %}",
        "{% for a in many %}{% for b in many %}{% endfor %}{% endfor %}",
        "{{ text * 10**7 }}",
    ],
)
def test_a_template_that_fails_gives_the_plain_sentence_and_says_so(say: Say, template: str) -> None:
    said = say(template, text="x", many=range(999))
    assert said.startswith("It happened.\n(template x.j2 failed: ")


def test_a_missing_template_gives_the_plain_sentence_too(tmp_path: Path) -> None:
    assert Words([tmp_path]).say("gone", otherwise="It happened.").startswith("It happened.\n(template gone.j2 failed")


def test_a_failure_cannot_smuggle_a_mention(say: Say) -> None:
    assert "<" not in say("{{ {}['<!channel>'] }}")


def test_the_first_folder_that_has_a_template_gives_it(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        (folder / "both.j2").write_text(folder.name)
    (second / "one.j2").write_text("only {% include 'both.j2' %}")
    words = Words([first, second])
    assert words.say("both") == "first"
    assert words.say("one") == "only first"


def test_a_template_changes_nothing(say: Say) -> None:
    tags = {"data-loss": START}
    assert "failed" in say("{{ tags.clear() }}", tags=tags)
    assert tags


def test_plain_text_has_no_markup(tmp_path: Path, say: Say) -> None:
    said = say(
        "{{ who | member }} < {{ at | time }} {{ later | soon }}",
        Words([tmp_path], PLAIN),
        who="U0ANN",
        at=START,
        later=at(hours=30),
    )
    assert said == "@U0ANN < 10:00 UTC 2026-03-05 16:00 UTC"


def test_small_numbers_are_words() -> None:
    assert [counted(number) for number in (0, 1, 10, 11, 1234)] == ["no", "one", "ten", "11", "1,234"]


@pytest.mark.parametrize(
    ("names", "said"), [([], ""), (["A"], "A"), (["A", "B"], "A and B"), (["A", "B", "C"], "A, B and C")]
)
def test_names_are_listed(names: list[str], said: str) -> None:
    assert listed(names) == said


def test_names_are_quoted() -> None:
    assert quoted(["A"]) == '"A"'
    assert quoted(["A", "B", "C"]) == '"A", "B" and "C"'


def test_every_sentence_of_tocsin_compiles() -> None:
    for name in OWN_WORDS._environment.list_templates():
        OWN_WORDS._environment.get_template(name)


def test_no_sentence_shouts_jokes_or_says_sorry() -> None:
    unwanted = re.compile(r"!|\b(?:please|sorry|apolog\w+|oops|successfully|something went wrong)\b", re.IGNORECASE)
    for file in OWN_MESSAGES.rglob("*.j2"):
        said = re.sub(r"{{.*?}}|{%.*?%}|{#.*?#}", "", file.read_text(), flags=re.DOTALL)
        assert not unwanted.search(said), file.name
