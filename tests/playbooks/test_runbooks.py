"""Runbooks are read with what is known of them, and what cannot stand is told with its file, line and key."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.runbook import Runbook
from app.playbooks import load, names, runbooks
from app.playbooks.names import Defined
from tests import shipped
from tests.playbooks.folders import copy_of, faults_of

WHOLE = """\
---
title: Certificate ran out
symptoms: [Browsers warn, '"certificate has expired"']
alerts: [CertificateExpired]
severity: SEV2
services: [edge]
tags: [user-impact]
warnings: [Do not switch checks off]
---

## Mitigation

```bash
certbot renew
```
"""


def folder_with(into: Path, **texts: str) -> Path:
    folder = copy_of("default", into)
    for name, text in texts.items():
        (folder / "runbooks" / f"{name}.md").write_text(text)
    return folder


def test_a_runbook_is_read_with_its_front_matter_and_its_text(tmp_path: Path) -> None:
    playbook = load(str(folder_with(tmp_path, certificate=WHOLE))).playbook
    assert [one for one in playbook.runbooks if one.id == "certificate"] == [
        Runbook(
            id="certificate",
            title="Certificate ran out",
            body="## Mitigation\n\n```bash\ncertbot renew\n```",
            symptoms=("Browsers warn", '"certificate has expired"'),
            alerts=("CertificateExpired",),
            severity="SEV2",
            services=("edge",),
            tags=("user-impact",),
            warnings=("Do not switch checks off",),
        )
    ]


def test_windows_line_ends_and_rules_in_the_text_change_nothing(tmp_path: Path) -> None:
    text = f"{WHOLE}\n---\n\nMore\n".replace("\n", "\r\n")
    folder = folder_with(tmp_path)
    (folder / "runbooks" / "certificate.md").write_bytes(text.encode())
    (read,) = [one for one in load(str(folder)).playbook.runbooks if one.id == "certificate"]
    assert read.body == "## Mitigation\n\n```bash\ncertbot renew\n```\n\n\n---\n\nMore".replace("\n\n\n", "\n\n")


FAULTS = {
    "an unknown severity": ("SEV2", "SEV5", 5, "severity", '"SEV5" is not a severity', "allowed: SEV1, SEV2"),
    "a misspelt severity": ("SEV2", "SVE2", 5, "severity", '"SVE2" is not a severity', "did you mean SEV2?"),
    "a misspelt tag": ("user-impact", "user-inpact", 7, "tags[0]", "is not a tag", "did you mean user-impact?"),
    "a misspelt key": ("symptoms:", "symptom:", 3, "symptom", "not a key that stands here", "did you mean symptoms?"),
    "text where a list belongs": ("[edge]", "edge", 6, "services", "is not a list", "the services that it is about"),
    "no title": ("title: Certificate ran out\n", "", 2, "title", "missing", "write what it is about"),
    "an unknown contact": (
        "services:",
        "contacts: [acme]\nservices:",
        6,
        "contacts[0]",
        "is not a contact",
        "",
    ),
    "an unknown tool": ("services:", "tools: [certbot]\nservices:", 6, "tools[0]", "is not a tool", ""),
    "broken YAML": ("[edge]", "[edge", 7, "", "not YAML", "indent with spaces"),
    "a key written twice": ("services: [edge]", "severity: SEV1", 6, "severity", "first on line 5", "keep one"),
    "no front matter": ("---\ntitle", "title", 1, "", "does not say what it is about", "begin it with a line of ---"),
    "front matter without an end": ("\n---\n", "\n", 1, "", "its first part has no end", "close it"),
    "no text": (WHOLE.partition("\n---\n")[2], "", 9, "", "a runbook without a text", "write below it"),
}


@pytest.mark.parametrize("case", FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_names_its_file_line_and_key(case: tuple[str, str, int, str, str, str], tmp_path: Path) -> None:
    old, new, line, key, problem, allowed = case
    assert old in WHOLE
    folder = folder_with(tmp_path, certificate=WHOLE.replace(old, new, 1))
    (fault,) = faults_of(folder)
    assert fault.file == folder / "runbooks" / "certificate.md"
    assert (fault.line, fault.key) == (line, key)
    assert problem in fault.problem
    assert allowed in fault.allowed


def test_an_alert_leads_to_one_runbook(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, certificate=WHOLE, other=WHOLE)
    (fault,) = faults_of(folder)
    assert (fault.file.name, fault.line, fault.key) == ("other.md", 4, "alerts[0]")
    assert '"CertificateExpired" is an alert of certificate.md as well' in fault.problem


def test_the_name_of_a_file_must_be_an_id(tmp_path: Path) -> None:
    (fault,) = faults_of(folder_with(tmp_path, **{"my certificate": WHOLE}))
    assert "not a name for a runbook" in fault.problem


def test_faults_of_runbooks_and_of_the_playbook_are_told_together(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, certificate=WHOLE.replace("SEV2", "SEV5"), other=WHOLE.replace("user-impact", "x"))
    file = folder / "playbook.yml"
    file.write_text(file.read_text().replace("update_every: 15m", "update_every: soon", 1))
    assert [fault.file.name for fault in faults_of(folder)] == ["playbook.yml", "certificate.md", "other.md"]


def test_references_are_not_doubted_where_the_playbook_cannot_be_read(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, certificate=WHOLE)
    (folder / "playbook.yml").write_text("severities: [")
    assert {fault.file.name for fault in faults_of(folder)} == {"playbook.yml"}


@pytest.mark.parametrize("name", names())
def test_what_ships_has_runbooks_that_name_symptoms(name: str) -> None:
    runbooks = shipped.playbook(name).runbooks
    assert len(runbooks) >= 6
    assert all(one.symptoms for one in runbooks)


DEFINED = Defined(("SEV2",), (), (), ("user-impact",), (), (), ())
fragments = st.text(max_size=6) | st.sampled_from(
    ["---", "---\n", "[", "{", ": ", "- ", "&a", "*a", "!!x ", "\t", "\r", "'"]
)


@given(edits=st.lists(st.tuples(st.integers(0, len(WHOLE)), st.integers(0, 40), fragments), min_size=1, max_size=3))
def test_whatever_becomes_of_a_runbook_it_is_read_or_its_faults_are_told(
    edits: list[tuple[int, int, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = WHOLE
    for at, cut, put in edits:
        text = text[:at] + put + text[at + cut :]
    folder = tmp_path_factory.mktemp("spoiled")
    (folder / "runbooks").mkdir()
    (folder / "runbooks" / "certificate.md").write_bytes(text.encode("utf-8", "surrogatepass"))
    read, faults = runbooks.read(folder, DEFINED)
    assert bool(read) != bool(faults)
    for fault in faults:
        assert 1 <= fault.line <= text.count("\n") + 1
        assert "\n" not in str(fault)
