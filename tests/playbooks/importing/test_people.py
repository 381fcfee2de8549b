"""Who is called and when, as runbooks tell it: lists, tables, trees, arrows, and reasons."""

from typing import Any

import pytest

from app.playbooks.importing.document import recognised

SEVERITIES = """
# Runbook

| Severity | Response | Resolution |
|---|---|---|
| SEV1 | 15 min | 1 h |
| SEV2 | 30 min | 4 h |

"""
NUMBERED = """
## Escalation path
1. **Level 1**: On-call engineer
   - 15 minutes
2. **Level 2**: Team lead
   - 30 minutes
"""
MATRIX = """
## Escalation matrix
1. Primary on-call
2. Backend lead + Product manager (if no answer in 10 minutes)
3. CTO (if still open after 2 hours)
"""
TABLE = """
## Escalation

| Step | Whom | After |
|---|---|---|
| 1 | On-call engineer | immediately |
| 2 | Team lead | 15 minutes without acknowledgement |
| 3 | Director | 45 minutes |
"""
TREE = """
## Escalation

```
L1: On-call engineer (15 min response)
    ├─ tries what the runbook says
    ├─ if stuck > 20 min → escalate
L2: Platform lead (5 min response)
```
"""
ARROWS = """
## Escalation path

On-call engineer → Team lead (after 15 min) → CIO (after 2 hours)
"""
ROTATION = """
## On-call rotation

**Primary on-call**
- **Role**: First responder
- **Escalation time**: 20 minutes for SEV1, 40 minutes for SEV2

**Secondary on-call**
- **Contact**: If primary doesn't respond in 10 minutes

**Management**
- **Engineering manager**: For SEV1 incidents immediately
- **VP Engineering**: For SEV1 incidents lasting > 2 hours
"""


def steps(escalation: str) -> list[tuple[Any, Any]]:
    data = recognised(SEVERITIES + escalation, "runbook", None).data
    return [(step["page"], step["when"]) for step in data["escalation"]]


def test_a_numbered_list_hands_on_after_the_time_of_each_level() -> None:
    assert steps(NUMBERED) == [
        ("on-call-engineer", "declared"),
        ("team-lead", {"unacknowledged": "15m"}),
    ]


def test_brackets_say_when() -> None:
    assert steps(MATRIX) == [
        ("primary-on-call", "declared"),
        (["backend-lead", "product-manager"], {"unacknowledged": "10m"}),
        ("cto", {"open": "2h"}),
    ]


def test_a_table_says_who_and_when() -> None:
    assert steps(TABLE) == [
        ("on-call-engineer", "declared"),
        ("team-lead", {"unacknowledged": "15m"}),
        ("director", {"open": "45m"}),
    ]


def test_a_tree_in_a_block_hands_on_when_somebody_is_stuck() -> None:
    assert steps(TREE) == [("on-call-engineer", "declared"), ("platform-lead", {"undiagnosed": "20m"})]


def test_arrows_lead_from_one_to_the_next() -> None:
    assert steps(ARROWS) == [
        ("on-call-engineer", "declared"),
        ("team-lead", {"open": "15m"}),
        ("cio", {"open": "2h"}),
    ]


def test_a_rotation_names_severities_for_its_times() -> None:
    assert steps(ROTATION) == [
        ("primary-on-call", "declared"),
        (
            "secondary-on-call",
            [
                {"unacknowledged": "10m"},
                {"open": "20m", "severities": ["SEV1"]},
                {"open": "40m", "severities": ["SEV2"]},
            ],
        ),
        ("engineering-manager", {"at": "declared", "severities": ["SEV1"]}),
        ("vp-engineering", {"open": "2h", "severities": ["SEV1"]}),
    ]


def test_reasons_become_conditions_and_tags() -> None:
    reasons = "\n### Escalate to Level 2 if:\n- No resolution after 45 minutes\n- Security breach\n- It rains\n"
    data = recognised(SEVERITIES + NUMBERED + reasons, "runbook", None).data
    assert data["escalation"][1]["when"] == [{"unacknowledged": "15m"}, {"open": "45m"}, {"tag": ["security-breach"]}]
    assert data["tags"] == ["security-breach"]


@pytest.mark.parametrize("text", ["", "# Nothing\n\nNothing here.", "## Escalation\n\nAsk around.\n"])
def test_without_a_path_one_person_is_called_and_that_is_a_guess(text: str) -> None:
    draft = recognised(text, "runbook", None)
    assert [(one["page"], one["when"]) for one in draft.data["escalation"]] == [("primary", "declared")]
    assert ("escalation", 0) in draft.guesses


def test_times_for_no_severity_hold_for_those_that_matter_most() -> None:
    third = "| SEV3 | 1 day | 5 days |\n\n"
    draft = recognised(SEVERITIES.rstrip() + "\n" + third + NUMBERED, "runbook", None)
    assert draft.data["escalation"][1]["when"] == {"unacknowledged": "15m", "severities": ["SEV1", "SEV2"]}
    assert ("escalation", 1, "when") in draft.guesses
