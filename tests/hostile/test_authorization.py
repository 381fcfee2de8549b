"""Who may do what, asked with forged ids: what is not theirs is refused with a sentence that tells nothing."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.domain import commands as c
from app.slack.listeners import ROUTES
from app.slack.listeners.buttons import ON_INCIDENT
from app.slack.requests import Kind
from app.store import Record
from tests.slack import payloads
from tests.slack.payloads import Payload
from tests.slack.workplace import CTO, ON_CALL, SUPPORT, Workplace, workplace

ELSEWHERE = "T0ELSEWHERE"
THEIRS = "Their merger leaks"
REFUSED = (
    "This belongs to something that Tocsin does not know any more",
    "There is no incident",
    "Slack did not say who asks",
    "Only members of the workspace that Tocsin belongs to",
)
ABOUT_ONE = [name for name in ROUTES[Kind.SUBMISSION] if name not in ("declare", "responders")]
CHOICES = ("cancel", "commander", "decline", "roles", "severity", "status", "tags", "timeline", "timers")
WORDS = ("ack", "status", "timeline", "timers", "update x", "note x", "resolve", "escalate", "cancel x", "postmortem")


@pytest.fixture
async def at_work(tmp_path: Path) -> AsyncIterator[Workplace]:
    async with workplace(tmp_path, connected=False) as place:
        for workspace, title in ((place.edge.workspace, "Our disk"), (ELSEWHERE, THEIRS)):
            await place.edge.handler.declare(workspace, c.Declare(c.Actor(SUPPORT), title, "SEV1", impact=title))
        yield place


async def stored(at_work: Workplace, workspace: str) -> Record:
    [record] = await at_work.edge.store.run(lambda tx: tx.latest(workspace, 9))
    return record


async def told(at_work: Workplace, payload: Payload) -> str:
    """Send a payload, and return all that came of it: the answer, and every call to Slack."""
    before = await all_calls(at_work)
    response = await at_work.dispatches({name: one for name, one in payload.items() if name != "response_url"})
    assert response.status == 200
    after = await all_calls(at_work)
    return f"{response.body}{json.dumps(after[len(before) :], ensure_ascii=False)}"


async def all_calls(at_work: Workplace) -> list[Any]:
    async with at_work.http.get(f"{at_work.sandbox.url}_control/calls") as answer:
        calls: list[Any] = await answer.json()
    return calls


def of_incident(value: str, trigger: str, **who: str) -> Iterator[Payload]:
    """Yield every way of asking something of the incident with the id `value`."""
    for action in ON_INCIDENT:
        yield payloads.click({"action_id": action, "value": value}, **who)
        yield payloads.click_at_home({"action_id": action, "value": value}, **who)
    for choice in CHOICES:
        yield payloads.click({"action_id": "incident.more", "selected_option": {"value": f"{choice}:{value}"}}, **who)
    yield payloads.click({"action_id": "delivery.retry", "value": f"{value}:0123456789abcdef"}, **who)
    for form in ABOUT_ONE:
        yield payloads.submission(form, {}, metadata=value, **who)


async def assert_refused(at_work: Workplace, payload: Payload) -> None:
    payload["trigger_id"] = at_work.sandbox.slack.triggers.pull(ON_CALL)
    said = await told(at_work, payload)
    assert any(sentence in said for sentence in REFUSED), (payload, said)
    assert THEIRS not in said


@pytest.mark.slow
async def test_what_belongs_to_another_workspace_is_as_if_it_were_not(at_work: Workplace) -> None:
    ours, theirs = await stored(at_work, at_work.edge.workspace), await stored(at_work, ELSEWHERE)
    for payload in of_incident(str(theirs.id), "", user=ON_CALL):
        await assert_refused(at_work, payload)
    for word in WORDS:
        first, _, rest = word.partition(" ")
        said = await told(at_work, payloads.command(f"{first} {theirs.id} {rest}", user=ON_CALL, trigger=word))
        assert "There is no incident #2" in said
        assert THEIRS not in said
    assert await stored(at_work, ELSEWHERE) == theirs
    assert await stored(at_work, at_work.edge.workspace) == ours


STRANGERS: list[Payload] = [
    {"team": {"id": "T0EVIL", "domain": "evil"}, "user": {"id": ON_CALL}},
    {"user": {"id": "U0EVIL", "team_id": "T0EVIL"}},
    {"user": {"id": ON_CALL, "team_id": "T0EVIL"}, "team": payloads.WEB},
    {"user": {"id": "U0EVIL", "team_id": "T0EVIL"}, "enterprise": {"id": "E0EVIL", "name": "Evil"}},
    {"user": {}},
    {"user": None},
    {"user": {"id": ""}},
    {"user": {"id": "<!channel>"}},
    {"user": {"id": "B0TOCSIN"}},
]


@pytest.mark.parametrize("stranger", STRANGERS)
async def test_whoever_is_not_of_this_workspace_gets_nothing(at_work: Workplace, stranger: Payload) -> None:
    ours = await stored(at_work, at_work.edge.workspace)
    others = [payloads.shortcut(), payloads.message_shortcut("x"), payloads.submission("declare", {}), *foreign_forms()]
    for payload in (*of_incident(str(ours.id), "", user=ON_CALL), *others):
        said = await told(at_work, payload | stranger | {"trigger_id": at_work.sandbox.slack.triggers.pull(ON_CALL)})
        assert any(sentence in said for sentence in REFUSED[2:]), (payload, said)
        assert "Our disk" not in said
    assert await stored(at_work, at_work.edge.workspace) == ours


def foreign_forms() -> Iterator[Payload]:
    yield payloads.submission("responders", {"bind:primary:members": {"selected_users": ["U0EVIL"]}}, user=CTO)
    yield payloads.click({"action_id": "responders.open", "value": ""}, user=CTO)


@pytest.mark.parametrize(
    "who", [{"team_id": "T0EVIL"}, {"team_id": "T0EVIL", "enterprise_id": "E0EVIL"}, {"user_id": ""}]
)
async def test_a_command_from_elsewhere_gets_nothing(at_work: Workplace, who: Payload) -> None:
    ours = await stored(at_work, at_work.edge.workspace)
    for word in ("", "list", "help me", "declare SEV1 x", "responders", *WORDS):
        said = await told(at_work, payloads.command(word, user=ON_CALL, trigger=word or "none") | who)
        assert any(sentence in said for sentence in REFUSED[2:]), (word, said)
        assert "Our disk" not in said
    assert await stored(at_work, at_work.edge.workspace) == ours


async def test_the_home_tab_of_a_stranger_stays_empty(at_work: Workplace) -> None:
    opened = payloads.home_opened() | {"team_id": "T0EVIL"}
    assert await told(at_work, opened) == "[]"
    assert await told(at_work, payloads.search("bind:primary:group", "on") | STRANGERS[1]) == '{"options": []}[]'


async def test_the_menus_of_a_form_show_groups_to_members_alone(at_work: Workplace) -> None:
    assert "S0ONCALL" in await told(at_work, payloads.search("bind:primary:group", "on"))


async def test_an_admin_who_was_deactivated_is_none(at_work: Workplace) -> None:
    at_work.sandbox.slack.workspace.members[CTO].deleted = True
    asked = payloads.click({"action_id": "responders.open", "value": ""}, user=CTO)
    said = await told(at_work, asked | {"trigger_id": at_work.sandbox.slack.triggers.pull(CTO)})
    assert "Binding responders is for admins" in said


async def test_the_metadata_of_another_incident_is_no_way_around_the_rules(at_work: Workplace) -> None:
    ours = await stored(at_work, at_work.edge.workspace)
    said = await told(at_work, payloads.submission("cancel", {}, metadata=str(ours.id), user="U0VPENG"))
    assert "is for the commander, a responder of this incident, or an admin" in said
    assert (await stored(at_work, at_work.edge.workspace)).incident.is_open
