from pathlib import Path

import pytest

from app.domain import commands as c
from app.domain import events as e
from app.domain.playbook import Playbook
from app.playbooks import message_folders
from app.slack import postmortem
from app.slack.words import Words
from tests import shipped
from tests.domain.given import DEFAULT, Story, at
from tests.slack.accepted import assert_message, shown
from tests.slack.examples import MANAGER, ONCALL, SUPPORT, WORDS, record, resolution, tell

NAMES = {ONCALL.id: "Ann | On-Call", SUPPORT.id: "Sue", MANAGER.id: "Max"}
TEMPLATE = """\
# {{ incident.title }} ({{ severity.id }}, {{ name }}, {{ status }})
{{ measures.MTTD or blank("MTTD") }} / {{ measures.MTTA or blank("MTTA") }} / {{ measures.MTTR or blank("MTTR") }}
{% for row in timeline %}
| {{ row.at | time }} | {{ row.who | cell }} | {{ row.what | cell }} |
{% endfor %}
{% for role, who in roles %}
{{ role }}: {{ who }}
{% endfor %}
{{ resolution.root_cause if resolution else blank("root cause") }}
{% for topic, length in agenda %}
{{ topic }}, {{ length }} min
{% endfor %}
"""


@pytest.fixture
def words(tmp_path: Path) -> Words:
    """Return the words of a playbook whose postmortem is the template above."""
    (tmp_path / "messages").mkdir()
    (tmp_path / "postmortem.md.j2").write_text(TEMPLATE)
    return Words([tmp_path / "messages"])


def draft(story: Story, words: Words) -> str:
    return postmortem.draft(record(story), story.events, NAMES, Playbook(DEFAULT, agenda=(("Timeline", 15),)), words)


def test_a_draft_is_written_from_the_timeline(words: Words) -> None:
    story = tell().do(c.Acknowledge(ONCALL), at(minutes=3)).do(c.AssignRole(MANAGER, "commander", ONCALL.id))
    assert draft(story.do(resolution(ended_at=at(minutes=48)), at(minutes=50)), words) == (
        "# Payment API down (SEV1, incident-12, Resolved)\n"
        "10 min / 5 min / 1 h\n"
        "| 2026-03-04 10:00 UTC | Sue | declared SEV1 Payment API down |\n"
        "| 2026-03-04 10:00 UTC | Tocsin | paged step 1 (Primary on-call): Ann \\| On-Call;"
        " rule: default, step 1, SEV1 declared |\n"
        "| 2026-03-04 10:00 UTC | Tocsin | paged step 3 (Incident manager): Max;"
        " rule: default, step 3, SEV1 declared |\n"
        "| 2026-03-04 10:03 UTC | Ann \\| On-Call | acknowledged it |\n"
        "| 2026-03-04 10:03 UTC | Max | made Ann \\| On-Call Incident commander |\n"
        "| 2026-03-04 10:15 UTC | Tocsin | asked Ann \\| On-Call for the update that was due at 10:15 UTC |\n"
        "| 2026-03-04 10:30 UTC | Tocsin | asked Ann \\| On-Call, Max for the update that was due at 10:15 UTC |\n"
        "| 2026-03-04 10:45 UTC | Tocsin | asked Ann \\| On-Call, Max for the update that was due at 10:15 UTC |\n"
        "| 2026-03-04 10:48 UTC | Tocsin | warned that 80 % of the time to resolve had passed;"
        " it ends at 11:00 UTC |\n"
        "| 2026-03-04 10:50 UTC | Ann \\| On-Call | resolved it; root cause: A full disk; fix: A bigger disk |\n"
        "Incident commander: Ann \\| On-Call\n"
        "A full disk\n"
        "Timeline, 15 min"
    )


def test_what_nobody_knows_is_a_blank(words: Words) -> None:
    text = draft(tell(), words)
    assert "_[to fill in: MTTD]_ / _[to fill in: MTTA]_ / _[to fill in: MTTR]_" in text
    assert "_[to fill in: root cause]_" in text


@pytest.mark.parametrize(
    ("written", "markdown"),
    [
        ("<!channel> & *all*", "&lt;!channel&gt; &amp; \\*all\\*"),
        ("[bank](https://evil.example.com)", "\\[bank\\](https\\://evil.example.com)"),
        ("see www.evil.example.com or a@b.example", "see www\\.evil.example.com or a\\@b.example"),
        ("# loud\n- item\n1. one\n    2) two", "\\# loud\n\\- item\n1\\. one\n2\\) two"),
        ("```\ncode", "\\`\\`\\`\ncode"),
        ("a | b ~~c~~ C:\\x", "a \\| b \\~\\~c\\~\\~ C:\\\\x"),
        ("2.5 s -1 + 2", "2.5 s -1 + 2"),
    ],
)
def test_foreign_text_reads_as_it_was_written(written: str, markdown: str) -> None:
    assert postmortem.in_markdown(written) == markdown


def test_a_cell_is_one_line() -> None:
    assert postmortem.cell("a\nb | c") == "a b \\| c"


def test_everybody_who_is_named_is_known_by_name() -> None:
    story = tell().do(c.AssignRole(MANAGER, "scribe", "U0SCRIBE")).do(c.RecordInviteIncomplete("k", 2, {"U0GONE": "x"}))
    story.do(c.AddNote(SUPPORT, "U0NOTE is an id, and Ugh is none"))
    assert postmortem.people(story.events) == {SUPPORT.id, ONCALL.id, MANAGER.id, "U0SCRIBE", "U0GONE"}


def test_a_short_draft_is_shown_whole() -> None:
    message = postmortem.message(record(tell()), "# Postmortem\n\nAll of it", None)
    assert_message(message)
    assert message.blocks[-2]["text"] == "# Postmortem\n\nAll of it"
    assert message.text.startswith("The draft of the postmortem of SEV1 Payment API down")


def test_a_long_draft_is_cut_at_a_line_and_says_where_the_whole_is() -> None:
    markdown = "# Postmortem\n" + "| a line of the timeline |\n" * 900
    assert postmortem.is_too_long(markdown)
    message = postmortem.message(record(tell()), markdown, "https://acme.slack.com/files/F1/x.md")
    assert_message(message)
    kept, _, note = shown(message).rpartition("\n\n")
    assert kept.splitlines()[-1] == "| a line of the timeline |"
    assert note == "**Cut here: Slack shows no more.** The whole is in the file: https://acme.slack.com/files/F1/x.md"
    assert len(shown(message)) > postmortem.LONGEST - 200


def test_a_strange_address_of_the_file_is_left_out() -> None:
    message = postmortem.message(record(tell()), "x\n" * 9000, "https://evil.example.com/[x](y)")
    assert shown(message).endswith("The whole could not be put into a file.")


def test_without_a_working_template_the_timeline_is_there_all_the_same() -> None:
    story = tell().do(c.AddNote(SUPPORT, "Looked at <everything>"))
    text = draft(story, WORDS)
    assert text.startswith("# Postmortem: Payment API down\n")
    assert "- 2026-03-04 10:00 UTC Sue noted: Looked at &lt;everything&gt;" in text
    assert "(template postmortem.md.j2 failed: TemplateNotFound" in text.replace("\\", "")


@pytest.mark.parametrize("name", ["default", "multi-service"])
def test_the_playbooks_that_ship_draft_one(name: str) -> None:
    source = shipped.source(name)
    story = tell(rules=source.playbook.rules, roster={})
    story.do(c.Acknowledge(ONCALL), at(minutes=3)).do(resolution(), at(minutes=47))
    words = Words(message_folders(source))
    text = postmortem.draft(record(story), story.events, NAMES, source.playbook, words)
    assert "failed" not in text
    assert "A full disk" in text
    assert "10 min" in text
    assert "to fill in" in text
    assert isinstance(story.last(e.Resolved), e.Resolved)
    assert_message(postmortem.message(record(story), text, None))
