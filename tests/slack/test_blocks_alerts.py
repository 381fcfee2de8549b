"""Alerts as Slack shows them: a line on the card, what is offered, and where they are told later."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.domain import events as e
from app.domain.alerts import Proposal, Tally
from app.playbooks import message_folders
from app.slack.blocks import alerts, messages, suggestions, timeline
from app.slack.postmortem import draft
from app.slack.text import Message
from app.slack.words import OWN_WORDS, Words
from app.store import Suggestion, SuggestionState
from tests import shipped
from tests.domain.given import START, at
from tests.slack.examples import record, tell

TALLY = Tally("alertmanager", ("HighErrorRate",), 3, 2)
PROPOSAL = Proposal("DiskFull: /var", "grafana", "DiskFull", services=("postgres",), detected_at=START)


def suggestion(**known: Any) -> Suggestion:
    facts: dict[str, Any] = {
        "id": 1,
        "key": "k",
        "workspace": "T1",
        "source": "grafana",
        "proposal": PROPOSAL,
        "by": None,
        "state": SuggestionState.OPEN,
        "incident_id": None,
        "seen": 1,
        "firing": 1,
        "created_at": START,
        "changed_at": START,
        "channel": None,
        "ts": None,
        "version": 1,
        "told": 0,
        "attempts": 0,
    }
    return Suggestion(**facts | known)


def actions(message: Message) -> list[str]:
    return [one["action_id"] for block in message.blocks for one in block.get("elements", ()) if "action_id" in one]


@pytest.mark.parametrize(
    ("tally", "said"),
    [
        (replace(TALLY, seen=1, firing=1), "Alert fires: HighErrorRate, told by Alertmanager"),
        (replace(TALLY, seen=1, firing=0), "Alert is over: HighErrorRate, told by Alertmanager"),
        (TALLY, "Alerts: 2 of 3 fire, HighErrorRate, told by Alertmanager"),
        (replace(TALLY, seen=12_000, firing=0), "Alerts: all 12,000 are over, HighErrorRate, told by Alertmanager"),
        (
            replace(TALLY, names=("A", "B", "C", "D", "<!here>"), source="other"),
            "Alerts: 2 of 3 fire, A, B, C and 2 more kinds, told by other",
        ),
    ],
)
def test_the_alerts_of_an_incident_are_one_line(tally: Tally, said: str) -> None:
    assert alerts.in_short(tally) == said


@pytest.mark.parametrize(
    ("url", "leads"),
    [
        ("https://prometheus.example/graph?g0.expr=up&g0.tab=1", True),
        ("http://prometheus.example/graph", False),
        ("https://evil.example/a|b", False),
        ("https://user@evil.example/", False),
        ("javascript:alert(1)", False),
        ("", False),
    ],
)
def test_only_a_plain_https_address_becomes_a_button(url: str, leads: bool) -> None:  # noqa: FBT001
    assert bool(alerts.to_monitor(url)) is leads
    assert bool(alerts.way_to_monitor(url)) is leads


def test_a_suggestion_asks_whether_it_is_an_incident() -> None:
    told = suggestions.suggestion(suggestion(), None)
    assert told.text == "Is it an incident? Alert DiskFull: /var"
    assert "One alert fires, told by Grafana, first at" in str(told.blocks)
    assert "Affected: postgres." in str(told.blocks)
    assert actions(told) == ["suggestion.declare", "suggestion.ignore"]


def test_a_suggestion_names_what_came_together_with_it() -> None:
    proposal = replace(suggestion().proposal, others=("A", "B", "C", "D", "<!here>"))
    told = suggestions.suggestion(replace(suggestion(), proposal=proposal, seen=6, firing=6), None)
    assert "With it five others, since many are suggested just now: A, B, C and 2 more." in str(told.blocks)


@pytest.mark.parametrize("state", [SuggestionState.DECLARED, SuggestionState.IGNORED])
def test_a_suggestion_that_somebody_answered_does_not_say_what_fires_now(state: SuggestionState) -> None:
    said = str(suggestions.suggestion(suggestion(state=state, by="U0ANN", seen=9, firing=9), None).blocks)
    assert "9 alerts, told by Grafana, first at" in said
    assert " fire " not in said
    assert "Is it an incident" not in said


def test_a_suggestion_that_somebody_declared_leads_to_the_incident_unless_it_is_private() -> None:
    declared = suggestion(state=SuggestionState.DECLARED, by="U0ANN", incident_id=1)
    told = record(tell())
    said = suggestions.suggestion(declared, told)
    assert "<@U0ANN> declared" in str(said.blocks)
    assert told.incident.name in str(said.blocks) or f"<#{told.incident.channel}>" in str(said.blocks)
    assert actions(said) == []
    private = replace(told, incident=replace(told.incident, private=True))
    assert told.incident.name not in str(suggestions.suggestion(declared, private).blocks)


def test_that_all_alerts_are_over_comes_with_a_button_to_resolve() -> None:
    told = record(tell())
    over = e.AlertsResolved(at(minutes=9), replace(TALLY, firing=0))
    said = messages.post("alerts_resolved", told, over, (), OWN_WORDS)
    assert said.text.startswith("All 3 alerts of Payment API down are over. Is the incident over, too?")
    assert actions(said) == ["incident.resolve", "incident.update"]


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (e.AlertsCounted(at(), TALLY, ("DiskFull",)), "counted 3 alerts, 2 firing; new: DiskFull"),
        (e.AlertsCounted(at(), TALLY, again=True), "counted 3 alerts, 2 firing, after all were over"),
        (e.AlertsResolved(at(), TALLY), "saw the last of 3 alerts end: HighErrorRate"),
        (e.AlertsFiredAgain(at(), ("A", "B"), at()), "saw A, B fire again"),
    ],
)
def test_the_timeline_tells_of_alerts_in_a_line(event: e.Event, said: str) -> None:
    [row] = timeline.rows([event], record(tell()))
    assert row.what == said


@pytest.mark.parametrize("name", ["default", "eazepay", "fintech", "multi-service", "phase26", "waqiti"])
def test_a_postmortem_says_which_monitor_detected_it(name: str) -> None:
    told = record(tell())
    known = replace(told.incident, alerts=TALLY, detected_at=told.incident.declared_at - timedelta(minutes=3))
    words = Words(message_folders(shipped.source(name)))
    written = draft(replace(told, incident=known), [], {}, shipped.playbook(name), words)
    assert "by Alertmanager: HighErrorRate" in written
