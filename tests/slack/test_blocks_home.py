"""The Home tab: what waits, what is open, who is on call, and what is to be put right."""

from dataclasses import replace
from typing import Any

from app.domain import commands as c
from app.domain import events as e
from app.domain.asking import Ask, asked_of
from app.domain.effects import Way
from app.domain.evolve import fold
from app.domain.on_call import Rotation
from app.domain.playbook import Playbook, Roster
from app.domain.watch import Source, Watch
from app.slack.blocks import home
from app.slack.blocks.home import AtHome, Waiting
from app.slack.blocks.on_call import Duty
from app.slack.words import no_pager
from app.store import Absence, Feed, Record
from tests.domain.given import DEFAULT, PLAYBOOK, START, at
from tests.slack.accepted import assert_view, texts
from tests.slack.examples import HEAD, ONCALL, ROSTER, SUPPORT, at_home, duty, record, resolution, tell

DEFAULTS = Playbook(DEFAULT)


def shown(records: list[Record], waiting: list[Waiting], on_call: Duty, **more: Any) -> dict[str, Any]:
    view = home.home(AtHome(DEFAULTS, records, waiting, on_call, **more))
    assert_view(view)
    return view


def words(view: dict[str, Any]) -> str:
    return "\n".join(texts(view, "mrkdwn"))


def headings(view: dict[str, Any]) -> list[str]:
    return [block["text"]["text"] for block in view["blocks"] if block["type"] == "header"]


def accessory(view: dict[str, Any]) -> str:
    found: str = next(block["accessory"]["action_id"] for block in view["blocks"] if "accessory" in block)
    return found


def test_it_shows_what_waits_who_is_on_call_and_that_no_pager_is() -> None:
    now = record(tell())
    some: Roster = {"primary": ROSTER["primary"], "manager": ROSTER["manager"]}
    view = shown([now], [Waiting(now, (Ask.ACKNOWLEDGE,))], duty(some))
    assert headings(view) == ["Waiting for you", "Open incidents", "On call now", "To put right"]
    text = words(view)
    assert "*Primary on-call*: <@U0ONCALL>" in text
    assert "*Incident manager*: <!subteam^S0MANAGE>" in text
    assert "*Secondary on-call*: nobody yet" in text
    assert 'Nobody plays "Secondary on-call" and "Head of engineering"' in text
    assert "No pager is connected" in text
    assert accessory(view) == "incident.acknowledge"


def test_where_all_is_well_nothing_is_to_be_put_right() -> None:
    view = shown([], [], duty())
    assert headings(view) == ["Open incidents", "On call now"]
    assert "No incident is open." in list(texts(view, "mrkdwn"))


def test_it_says_for_whom_a_pager_rings() -> None:
    text = words(shown([], [], duty(), rings=lambda ids: "PagerDuty" if "secondary" in ids else ""))
    assert "*Secondary on-call*: <@U0SECOND> · PagerDuty" in text
    assert "*Primary on-call*: <@U0ONCALL>\n" in text
    assert "Whoever is marked is paged by that besides the Slack direct message. Primary on-call, " in text
    everybody = words(shown([], [], duty(), rings=lambda _: "PagerDuty"))
    assert "Every page goes by PagerDuty" in everybody
    assert everybody.count("PagerDuty") == 1


def test_what_is_broken_is_told_with_what_to_do() -> None:
    feeds = [
        Feed("primary", at(minutes=-60), at(minutes=-5), "its server answered 404"),
        Feed("secondary", START, unknown="Carl"),
    ]
    absences = [Absence("U0GONE", "this member is deactivated", START, deactivated=True)]
    broken = replace(duty(), feeds=feeds, absences=absences)
    text = words(shown([], [], broken, dead=2))
    assert "The calendar of Primary on-call cannot be read since" in text
    assert "its server answered 404" in text
    assert "The calendar of Secondary on-call names whom nobody knows: Carl." in text
    assert "No page reaches <@U0GONE>: this member is deactivated." in text
    assert "Two messages or calls of the last seven days could not be delivered." in text


def test_a_rotation_says_until_when_and_who_is_next() -> None:
    primary = DEFAULT.responders[0]
    watch = Watch(primary, Source.ROTATION, ("U1",), at(hours=5), ("U2",), skipped=("U9",))
    text = words(shown([], [], Duty([watch])))
    assert "*Primary on-call*: <@U1> until <!date^" in text
    assert ", then <@U2> · rotation · no page reaches <@U9>" in text


def test_a_binding_that_covers_a_rotation_says_so() -> None:
    watch = Watch(DEFAULT.responders[0], Source.SLACK, ("U1",))
    plans = {"primary": Rotation(("U2",), at(days=7) - START, START.date())}
    text = words(shown([], [], Duty([watch], on_call=plans)))
    assert "bound in Slack, which comes before the playbook" in text


def test_what_waits_is_not_listed_again_below() -> None:
    one, other = record(tell()), replace(record(tell(title="Checkout fails")), id=4)
    said = words(shown([one, other], [Waiting(one, (Ask.ACKNOWLEDGE,))], duty(ROSTER)))
    assert said.count("SEV1 · Payment API down") == said.count("SEV1 · Checkout fails") == 1
    assert "The one that is open waits for you, above." in words(
        shown([one], [Waiting(one, (Ask.ACKNOWLEDGE,))], duty(ROSTER))
    )


def test_it_stays_within_slacks_limits() -> None:
    view = home.home(at_home([replace(record(tell()), id=one) for one in range(200)], DEFAULTS, "x" * 3000))
    assert_view(view)
    said = list(texts(view, "mrkdwn"))
    assert said.count("180 more incidents are left out.") == said.count("160 more incidents are left out.") == 1


def asks(member: str, now: Record, playbook: Playbook = DEFAULTS) -> list[Ask]:
    return list(asked_of(member, now.incident, now.rules, playbook))


def test_whoever_is_paged_is_asked_until_somebody_has_it() -> None:
    assert asks(ONCALL.id, record(tell())) == [Ask.ACKNOWLEDGE]
    assert asks(SUPPORT.id, record(tell())) == []
    assert asks(ONCALL.id, record(tell().do(c.Acknowledge(ONCALL)))) == []


def test_whoever_leads_is_asked_for_the_update_that_is_due() -> None:
    story = tell().do(c.Acknowledge(ONCALL))
    nudged = fold([e.Nudged(at(minutes=15), at(minutes=15), 1, (ONCALL.id,))], story.incident)
    now = Record(3, "T1", 1, nudged, story.rules)
    assert asks(ONCALL.id, now) == [Ask.UPDATE]
    assert accessory(shown([], [Waiting(now, (Ask.UPDATE,))], duty())) == "incident.update"


def test_whoever_has_a_role_is_reminded_of_what_is_open_on_the_lists() -> None:
    story = tell().do(c.Acknowledge(ONCALL)).do(c.AssignRole(SUPPORT, "scribe", HEAD.id))
    listed = PLAYBOOK.checklists[0]
    posted = fold([e.ChecklistPosted(at(), listed.id, "C1", "1.0")], story.incident)
    now = Record(3, "T1", 1, posted, story.rules)
    assert asks(HEAD.id, now, PLAYBOOK) == [Ask.CHECKLIST]
    ticked = fold([e.ItemTicked(at(), HEAD.id, listed.id, listed.title, item) for item in listed.items], posted)
    assert asks(HEAD.id, Record(3, "T1", 1, ticked, story.rules), PLAYBOOK) == []
    view = home.home(AtHome(PLAYBOOK, [], [Waiting(now, (Ask.CHECKLIST,))], duty(), rings=no_pager))
    assert f"*Not done yet*: {listed.title}. `/incident checklist 12`" in words(view)


def test_whoever_ended_it_is_asked_for_the_postmortem_until_it_is_done() -> None:
    story = tell().do(resolution())
    assert asks(ONCALL.id, record(story)) == [Ask.POSTMORTEM]
    assert accessory(shown([], [Waiting(record(story), (Ask.POSTMORTEM,))], duty())) == "postmortem.draft"
    assert asks(ONCALL.id, record(story.do(c.CompletePostmortem(ONCALL)))) == []


def test_a_system_that_takes_nothing_is_named_and_what_its_vendor_says_is_no_link() -> None:
    view = shown([], [], duty(), away={Way.TRACKER: "Jira does not let us in: <!channel> *no* (401). See JIRA_TOKEN"})
    assert headings(view)[-1] == "To put right"
    assert "Jira does not let us in: &lt;!channel&gt;" in words(view)
    assert "What goes to the tracker waits, and is tried again for 24 hours." in words(view)
