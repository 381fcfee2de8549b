from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from app.slack.blocks import markdown
from app.slack.blocks.elements import message
from tests.slack.accepted import assert_message
from tests.slack.hostile import ATTACKS, HOSTILE

MOST = 8000


def elements(text: str) -> list[dict[str, Any]]:
    """Return the elements of a text that is one part; Slack takes them."""
    [part] = markdown.parts(text, MOST)
    assert_message(message("A runbook.", *part))
    return [element for block in part for element in block["elements"]]


def words(element: dict[str, Any]) -> str:
    if element["type"] == "rich_text_list":
        return "|".join(words(one) for one in element["elements"])
    return "".join(leaf["text"] for leaf in element["elements"])


def test_commands_are_shown_as_they_are_to_be_copied() -> None:
    code = 'psql -c "SELECT 1 < 2 & *x*" | grep <!channel>\n\n  indented'
    [step, block] = elements(f"1. Look:\n\n```sql\n{code}\n```")
    assert words(step) == "1. Look:"
    assert (block["type"], words(block)) == ("rich_text_preformatted", code)


def test_numbers_go_on_around_commands() -> None:
    steps = elements("1. One\n\n```\na\n```\n\n2. Two\n\n```\nb\n```\n\n3. Three")
    assert [words(one) for one in steps] == ["1. One", "a", "2. Two", "b", "3. Three"]
    nested = elements("1. One\n   ```\n   a\n   ```\n2. Two\n   - deep")
    assert [words(one) for one in nested] == ["1. One", "a", "2. Two", "deep"]
    assert nested[-1]["indent"] == 1


def test_headings_emphasis_and_links_have_their_styles() -> None:
    [head, line] = elements("## Look\n\n*one* **two** `three` [four](https://four.example/?a=1&b=2)")
    assert head["elements"] == [{"type": "text", "text": "Look", "style": {"bold": True}}]
    styled = [leaf for leaf in line["elements"] if leaf["text"].strip()]
    assert [leaf.get("style") for leaf in styled] == [{"italic": True}, {"bold": True}, {"code": True}, None]
    assert styled[-1] == {"type": "link", "url": "https://four.example/?a=1&b=2", "text": "four"}


def test_only_addresses_of_the_web_mail_and_phones_are_links() -> None:
    [line] = elements("[a](mailto:a@example.com) [b](tel:+1555) [c](file:///etc/passwd) [d](/page)")
    assert [leaf["text"] for leaf in line["elements"] if leaf["type"] == "link"] == ["a", "b"]
    assert "d (/page)" in words(line)


def test_things_to_do_have_boxes() -> None:
    lists = elements("- [ ] look\n- [x] done\n- other")
    assert [words(one) for one in lists] == ["☐ look", "☑ done", "other"]


def test_tables_keep_their_columns() -> None:
    [table] = elements("| code | meaning |\n|---|---|\n| 503 | **down** |\n| 4 | x |")
    assert words(table) == "code  meaning\n503   down\n4     x"


def test_quotes_and_html_are_words() -> None:
    [quote, html] = elements("> be *calm*\n>\n> and quick\n\n<script>alert(1)</script>")
    assert (quote["type"], words(quote)) == ("rich_text_quote", "be calm\nand quick")
    assert words(html) == "<script>alert(1)</script>"


def test_a_long_text_is_divided_and_loses_nothing() -> None:
    chapter = "## Chapter {0}\n\nLook at {0}.\n\n```\nkubectl logs {0}\n```\n\n"
    text = "".join(chapter.format(number) for number in range(600))
    parts = markdown.parts(text, MOST)
    assert len(parts) > 2
    for part in parts:
        assert_message(message("A runbook.", *part))
    told = [words(one) for part in parts for block in part for one in block["elements"]]
    assert told == [line for n in range(600) for line in (f"Chapter {n}", f"Look at {n}.", f"kubectl logs {n}")]


def test_no_part_ends_with_a_heading() -> None:
    parts = markdown.parts("\n\n".join(f"## {'h' * 90}\n\n{'p' * 900}" for _ in range(60)), MOST)
    assert all(words(part[-1]["elements"][-1]).startswith("p") for part in parts)


def test_a_very_long_command_is_divided_between_its_lines() -> None:
    lines = [f"line {number} {'x' * 90}" for number in range(100)]
    pieces = markdown.pieces("```\n" + "\n".join(lines) + "\n```")
    assert "\n".join(words(piece.part) for piece in pieces) == "\n".join(lines)


def test_a_very_long_line_is_divided_between_its_words() -> None:
    line = " ".join(f"word{number}" for number in range(3000))
    for written in (line, f"- {line}", f"> {line}", f"1. {line}", f"**{line}**"):
        told = " ".join(words(piece.part) for piece in markdown.pieces(written))
        assert told.removeprefix("1. ").split() == line.split()
        for part in markdown.parts(written, MOST):
            assert_message(message("A runbook.", *part))


def test_nothing_comes_of_nothing() -> None:
    assert markdown.parts(" \n\n***\n", MOST) == []


@example("x" * 30_000)
@given(st.one_of(HOSTILE, st.lists(st.sampled_from([*ATTACKS, "- ", "\n", "> ", "1. ", "|", "```"])).map("".join)))
def test_any_text_becomes_blocks_that_slack_takes(text: str) -> None:
    for part in markdown.parts(text, MOST):
        assert_message(message("A runbook.", *part))
