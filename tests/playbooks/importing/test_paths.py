"""Escalation paths as people write them: the steps that must be read of each document, and what the report must say.

Beside each document lies what it says: its steps as the report shows them, and words of the report.
"""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from app.playbooks import load
from app.playbooks.importing import chapters, import_markdown, save
from app.playbooks.importing.document import recognised
from app.playbooks.importing.paging import step_told

DOCUMENTS = sorted((Path(__file__).parent / "paths").glob("*.md"))
each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.stem)


def meant(document: Path) -> dict[str, Any]:
    return dict(YAML(typ="safe", pure=True).load(document.with_suffix(".yml").read_text()))


@each_document
def test_every_step_is_read_with_whom_when_and_for_which_severities(document: Path) -> None:
    draft = recognised(document.read_text(), document.stem, None)
    assert [step_told(draft, step) for step in draft.data["escalation"]] == meant(document)["steps"]


@each_document
def test_the_report_shows_the_steps_and_says_what_is_a_guess_and_what_is_left(document: Path, tmp_path: Path) -> None:
    imported = import_markdown(document.read_text(), document.stem)
    told = [text for one in chapters(imported) for text in (*one.understood, *one.guessed, *one.left)]
    wanted = [*meant(document)["steps"], *meant(document)["report"]]
    assert [words for words in wanted if not any(words in text for text in told)] == []
    assert load(str(save(imported, tmp_path))).playbook.rules.steps


def test_what_a_list_says_to_do_is_no_role() -> None:
    draft = recognised("# R\n\n## War room\n\n- Assign a commander\n- Scribe: writes\n", "runbook", None)
    assert [one["name"] for one in draft.data["roles"].values()] == ["Incident commander", "Scribe"]


def test_the_first_sentence_behind_a_severity_is_what_it_means() -> None:
    text = "# R\n\n- SEV1 (critical): total outage. Respond in 10 min\n- SEV2 (major): one part. Respond in 1 h\n"
    draft = recognised(text, "runbook", None)
    assert [one["means"] for one in draft.data["severities"]] == ["Total outage", "One part"]


def test_a_heading_whose_words_stand_in_the_playbook_is_not_said_to_be_left() -> None:
    text = "# R\n\n## P1\n\n### What it is\n\n- No orders at all\n\n## P2\n\nRespond within 1 h\n\n## Else\n\nHello.\n"
    told = {one.title: one for one in chapters(import_markdown(text))}
    assert told["Else"].left == ("not understood: “Hello.”",)
    assert told["Else"].is_left


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    ["a" * 200_000, "word " * 40_000, "- call the lead, and the cto after 5 min " * 100],
    ids=["word", "words", "orders"],
)
def test_a_path_of_one_endless_line_is_read_in_time(text: str) -> None:
    imported = import_markdown(f"# R\n\n## Escalation\n\n{text}\n")
    assert chapters(imported)
