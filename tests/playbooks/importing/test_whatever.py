"""Whatever a file holds, it ends in a playbook that can be used and in a report."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.playbooks import load
from app.playbooks.importing import chapters, import_markdown, readable, save

PIECES = (
    *(
        "# ",
        "## ",
        "### P1",
        "**",
        "- ",
        "- [ ] ",
        "1. ",
        "|",
        "---|",
        "\n",
        "\n\n",
        "```\n",
        "```bash\n",
        "    ",
        "> ",
    ),
    *(
        "kubectl get pods\n",
        "[Name]",
        "{{",
        "}}",
        "{%",
        "P1",
        "SEV-1",
        "Critical",
        "High",
        "Low",
        ": ",
        "Response time",
    ),
    *("15 minutes", "1 hour", "next business day", "immediate", "Escalation", "Level 1: ", "On-call engineer", "→ "),
    *("Symptoms:", "Contacts", "a@b.example", "https://x.example/{a}", "#incidents", "T+5 min: Declared", "Agenda"),
    *("Post-mortem", "update every", "\t", "<br>", "<!channel>", "\x00", "é", "🚨", "Roles", "Incident commander"),
    *(
        "Monthly: drill",
        "MTTR < 1 h",
        "99.9 %",
        "Severity",
        "yes",
        "null",
        "~",
        "'",
        '"',
        "\\",
        "#",
        "---\n",
        "0 minutes",
    ),
    *("999999 days", "½ hour", "SEV1 to SEV9", "P0-P9", "=", "Customer", "Communication Template\n", "<table><tr><td>"),
    *(
        "```yaml tocsin\n",
        "playbook:\n",
        "  name: x\n",
        "  severities: []\n",
        "files:\n",
        "  ../x: y\n",
        "  roles: 3\n",
    ),
)
documents = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=12)), max_size=40).map("".join)
some = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@pytest.mark.slow
@some
@given(documents)
def test_any_markdown_becomes_a_playbook(text: str) -> None:
    imported = import_markdown(text)
    assert imported.files["playbook.yml"]
    assert chapters(imported)
    assert not any("could not be put" in note.text for note in imported.notes)


@pytest.mark.slow
@some
@given(st.binary(max_size=400))
def test_any_bytes_become_a_playbook(content: bytes) -> None:
    assert import_markdown(readable(content)).files["playbook.yml"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "```yaml tocsin\nplaybook: 3\nfiles: 4\nwithout: 5\n```\n",
        "```yaml tocsin\nplaybook: {severities: {P1: 3}, escalation: 7, roles: [], name: [1]}\n```\n",
        "```yaml tocsin\nplaybook: {'=': {title: 1}}\nfiles: {/etc/passwd: x, ../../x: y}\n```\n",
        "```yaml tocsin\n{ not: yaml\n",
        "# T\n\n- P1: 15 min\n\n```yaml tocsin\nplaybook: {severities: {P9: {name: x}}}\n```\n",
    ],
)
def test_a_block_at_the_end_that_says_nonsense_does_no_harm(text: str, tmp_path: Path) -> None:
    folder = save(import_markdown(text), tmp_path)
    assert load(str(folder)).playbook.rules.severities
    assert {file.name for file in tmp_path.iterdir()} == {folder.name}


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "[" * 300_000,
        "- [ ] a **b** c\n" * 40_000,
        "| a " * 60 + "\n" + "|-" * 60 + "\n" + "|1" * 200_000,
        "# P1: 5 m\n" * 30_000,
    ],
    ids=["brackets", "points", "cells", "headings"],
)
def test_a_huge_document_is_cut_and_that_is_told(text: str) -> None:
    imported = import_markdown(text)
    assert any("KiB" in note.text for note in imported.notes)


def test_text_that_was_read_in_the_wrong_encoding_is_mended() -> None:
    garbled = "🚨".encode().decode("cp1252")
    imported = import_markdown(f"# Runbook\n\n## Alert template\n\n```\n{garbled} INCIDENT [Title]\n```\n")
    assert imported.files["messages/declared.j2"].startswith("🚨 INCIDENT")
