"""What a playbook says of customers: which parts they know, and how often they are told."""

from datetime import timedelta
from pathlib import Path

import pytest

from app.domain.reference import Component
from app.playbooks import PlaybookFaults, load
from tests.playbooks.folders import copy_of

WRITTEN = """
status_page:
  components:
    - Website
    - {name: Payments, services: [payment-service]}
"""


def written(tmp_path: Path, text: str) -> Path:
    """Return the folder of a playbook that says that of its status page."""
    folder = copy_of("eazepay", tmp_path)
    file = folder / "playbook.yml"
    file.write_text(file.read_text() + text)
    return folder


def test_a_component_is_a_name_or_a_name_with_what_people_call_it(tmp_path: Path) -> None:
    playbook = load(str(written(tmp_path, WRITTEN))).playbook
    assert playbook.components == (Component("Website"), Component("Payments", ("payment-service",)))


def test_two_components_of_one_name_are_a_fault(tmp_path: Path) -> None:
    with pytest.raises(PlaybookFaults, match="Website stands there twice"):
        load(str(written(tmp_path, WRITTEN.replace("Payments", "WEBSITE"))))


@pytest.mark.parametrize(
    ("name", "every"), [("fintech", {"SEV-1": 15, "SEV-2": 15}), ("eazepay", {"P0": 15, "P1": 15}), ("waqiti", {})]
)
def test_customers_are_told_as_often_as_the_source_says(name: str, every: dict[str, int]) -> None:
    severities = load(name).playbook.rules.severities
    told = {one.id: one.tell_customers_every.after for one in severities if one.tell_customers_every}
    assert told == {severity: timedelta(minutes=count) for severity, count in every.items()}
