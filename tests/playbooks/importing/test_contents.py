"""What else a runbook holds: checklists, roles, scenarios, templates, contacts, tools, and how it is looked back on."""

from typing import Any

from app.playbooks.importing import chapters, import_markdown
from app.playbooks.importing.document import recognised
from app.playbooks.importing.draft import Draft

SEVERITIES = "# Runbook\n\n- P1 (Critical): respond within 15 min\n- P2 (High): respond within 1 h\n\n"


def draft(text: str) -> Draft:
    return recognised(SEVERITIES + text, "runbook", None)


def data(text: str) -> dict[str, Any]:
    return draft(text).data


def test_boxes_become_a_checklist_of_its_phase() -> None:
    found = data("## Verification\n\n- [ ] Health checks pass\n- [x] No alert is firing\n")["checklists"]
    assert found == {
        "verification": {
            "title": "Verification",
            "when": "monitoring",
            "items": ["Health checks pass", "No alert is firing"],
        }
    }


def test_lists_for_the_time_after_come_due() -> None:
    found = data("## Post-incident actions\n\n### Week 1\n\n- [ ] Runbooks updated\n")["checklists"]["week-1"]
    assert (found["when"], found["due"]) == ("resolved", "7d")


def test_a_checklist_below_a_severity_is_for_that_severity() -> None:
    found = data("## P2: when a part is down\n\n### Checklist\n\n- [ ] Open a ticket\n")["checklists"]
    assert [one["severities"] for one in found.values()] == [["P2"]]


def test_the_one_who_leads_is_the_commander() -> None:
    roles = data("## Roles\n\n- Scribe: writes\n- Incident commander (IC): leads the response\n")["roles"]
    assert list(roles) == ["commander", "scribe"]
    assert roles["commander"] == {"name": "Incident commander", "briefing": "leads the response"}


def test_a_scenario_becomes_a_runbook_with_symptoms_alerts_severity_and_warnings() -> None:
    text = (
        "## Common scenarios\n\n### 1. Payments are down (CRITICAL)\n\n**Symptoms**\n\n- Alert: `PaymentsDown`\n"
        "- No payment goes through\n\n**Steps**\n\n1. Do not restart the ledger\n\n```bash\nkubectl get pods\n```\n"
    )
    runbook = draft(text).files["runbooks/payments-are-down.md"]
    front, body = runbook.removeprefix("---\n").split("---\n", 1)
    assert front == (
        "title: Payments are down\nsymptoms:\n  - No payment goes through\nalerts:\n  - PaymentsDown\n"
        "severity: P1\nwarnings:\n  - Do not restart the ledger\n"
    )
    assert "```bash\nkubectl get pods\n```" in body
    assert "Symptoms" not in body


def test_placeholders_become_what_is_known_and_stay_where_nothing_is() -> None:
    text = (
        "## Communication templates\n\n### Initial alert\n\n```\nTitle: [Brief description]\nLead: [Name]\n"
        "Bridge: [Conference link]\n{% raw %}\n```\n"
    )
    said = draft(text).files["messages/declared.j2"].splitlines()
    assert said[0] == "Title: {{ incident.title }}"
    assert said[1] == 'Lead: {{ commander | member if commander else "nobody yet" }}'
    assert said[2] == "Bridge: [Conference link]"
    assert said[3] == "{{ '{' }}% raw %}"


def test_an_example_in_a_template_becomes_what_it_is_an_example_of() -> None:
    example = "[P1] Shop is back\nService: Shop\nFix: Rollback\n"
    text = f"## Communication templates\n\n### Resolution update\n\n```\n{example}```\n"
    said = draft(text).files["messages/resolved.j2"].splitlines()
    assert said[0] == "[{{ severity.id }}] {{ incident.title }}"
    assert said[1].startswith("Service: {{ incident.services")
    assert said[2].startswith("Fix: {{ event.fix")


def test_contacts_tools_and_links_are_found_in_lists_and_tables() -> None:
    found = data(
        "## Contacts\n\n- **AWS Support**: Enterprise Support (case portal)\n- **Stripe**: +1-555-0100-200\n"
        "\n## Tools\n\n| Tool | Link |\n|---|---|\n| Grafana | https://grafana.example/d/{x} |\n"
        "\n## Links\n\n- Status page: https://status.example\n"
    )
    assert found["contacts"]["aws-support"]["note"] == "Enterprise Support (case portal)"
    assert found["contacts"]["stripe"]["phone"] == "+1-555-0100-200"
    assert found["tools"]["grafana"]["url"] == "https://grafana.example/d/{{x}}"
    assert found["links"] == {"status_page": "https://status.example"}


def test_targets_name_their_severities() -> None:
    found = data("## Metrics\n\n- MTTR (P1): < 2 hours\n- Uptime: > 99.9 %\n")["metrics"]
    assert found == [
        {"metric": "mttr", "severities": ["P1"], "below": "2h"},
        {"metric": "availability", "above": "99.9 %"},
    ]


def test_an_agenda_keeps_its_minutes_and_guesses_where_it_has_none() -> None:
    made = draft("## Postmortem agenda\n\n1. **Timeline** (15 minutes)\n2. Causes\n")
    assert made.data["postmortem"]["agenda"] == [
        {"topic": "Timeline", "minutes": 15},
        {"topic": "Causes", "minutes": 10},
    ]
    assert ("postmortem", "agenda", 1, "minutes") in made.guesses


def test_the_form_of_a_postmortem_is_filled_in() -> None:
    form = "# Postmortem: [Incident title]\n\n## Timeline\n| 14:30 | x |\n\n## Notes\n[Notes]\n"
    text = f"## Postmortem template\n\n```markdown\n{form}```\n"
    form = draft(text).files["postmortem.md.j2"]
    assert form.startswith("# Postmortem: {{ incident.title }}\n")
    assert "{% for row in timeline %}" in form
    assert "14:30" not in form
    assert form.endswith("## Notes\n[Notes]\n")


def test_a_protocol_in_minutes_becomes_milestones() -> None:
    text = "## P2: partial outage\n\n```\nT+5 min: Declare incident\nT+60 min: Resolution\n```\n"
    found = data(text)["milestones"]
    assert found["declare-incident"] == {
        "title": "Declare incident",
        "within": "5m",
        "severities": ["P2"],
        "reached": "room",
    }
    assert data(text)["severities"][1]["resolve_within"] == "1h"


def test_the_report_goes_heading_by_heading_and_names_what_is_left() -> None:
    told = {
        chapter.title: chapter
        for chapter in chapters(
            import_markdown(SEVERITIES + "## Our values\n\nWe are kind.\n\n## Metrics\n\n- MTTD: 5 min\n")
        )
    }
    assert told["Our values"].is_left
    assert "target for mttd" in told["Metrics"].understood
    assert "P1 acknowledge_within 15m" in told["Runbook"].understood


def test_every_guess_is_marked_in_the_file() -> None:
    imported = import_markdown("# Runbook\n\n- P1: immediate response\n- P2: 1 hour\n")
    lines = imported.files["playbook.yml"].splitlines()
    guessed = [line for line in lines if "# guessed: " in line]
    assert any(
        line.strip().startswith("acknowledge_within: 5m # guessed: the document says immediate") for line in guessed
    )
    assert any("acknowledge_within: 1h # guessed:" in line for line in guessed)
