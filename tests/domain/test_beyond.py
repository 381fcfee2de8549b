"""What an incident has beyond Slack: its ticket, follow-ups, document and bridge."""

from dataclasses import replace

from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.effects import Way
from app.domain.evolve import evolve
from app.domain.incident import Incident, MessageRef
from app.domain.playbook import Playbook, Rules
from app.domain.react import react
from app.domain.still_wanted import still_wanted
from tests.domain.given import ANN, BOB, DEFAULT, PLAYBOOK, PRIMARY, at, play

TICKETED = replace(DEFAULT, severities=tuple(replace(one, ticket=one.id == "SEV4") for one in DEFAULT.severities))
EVERYTHING = replace(PLAYBOOK, rules=TICKETED, connected=frozenset(Way), bridges=("SEV1",))
NOTHING = replace(EVERYTHING, connected=frozenset({Way.SLACK}))


def declaration(severity: str, *, drill: bool = False) -> e.Declared:
    return e.Declared(at(), ANN.id, 12, 7, "incident-12", "Payment API down", severity, drill=drill)


def outside(event: e.Event, before: Incident | None = None, playbook: Playbook = EVERYTHING) -> list[f.Effect]:
    """Return what is asked of systems outside because of `event`."""
    kinds = f.OpenTicket | f.PublishDocument | f.OpenBridge
    incident = evolve(before or incident_of("SEV1"), event)
    return [one for one in react(event, incident, playbook) if isinstance(one, kinds)]


def incident_of(severity: str) -> Incident:
    return evolve(Incident(0, 0, "", "", "", at(), None), declaration(severity))


def test_a_severity_of_the_ticket_queue_opens_a_ticket_and_the_worst_a_bridge() -> None:
    assert outside(declaration("SEV4")) == [f.OpenTicket(0)]
    assert outside(declaration("SEV1")) == [f.OpenBridge()]
    assert outside(declaration("SEV4", drill=True)) == []


def test_what_no_setting_connects_is_asked_of_nobody() -> None:
    events: tuple[e.Event, ...] = (
        declaration("SEV4"),
        declaration("SEV1"),
        e.FollowUpAdded(at(), ANN.id, 1, "Add an alert"),
        e.PublishingAsked(at(), ANN.id),
        e.BridgeAsked(at(), ANN.id),
    )
    assert [outside(one, playbook=NOTHING) for one in events] == [[]] * len(events)
    assert [len(outside(one)) for one in events] == [1] * len(events)


def test_a_change_of_severity_asks_for_what_the_one_before_did_not() -> None:
    lowered = e.SeverityChanged(at(), ANN.id, "SEV3", "SEV4")
    assert outside(lowered, incident_of("SEV3")) == [f.OpenTicket(0)]
    raised = e.SeverityChanged(at(), ANN.id, "SEV2", "SEV1")
    assert outside(raised, incident_of("SEV2")) == [f.OpenBridge()]
    there = evolve(incident_of("SEV2"), e.BridgeOpened(at(), "https://example.zoom.us/j/7"))
    assert outside(raised, there) == []


def test_a_bridge_that_opens_comes_to_the_top_of_the_channel() -> None:
    opened = e.BridgeOpened(at(), "https://example.zoom.us/j/7")
    carded = replace(incident_of("SEV1"), card=MessageRef("C0ROOM", "1.0"))
    assert f.AddBookmark() in react(opened, evolve(carded, opened), EVERYTHING)
    assert f.AddBookmark() not in react(opened, evolve(incident_of("SEV1"), opened), EVERYTHING)
    # The card is posted at the same time: two that look at once what is missing would both add it.
    assert f.route(f.AddBookmark()).lane


def test_what_there_is_already_is_not_wanted_a_second_time() -> None:
    event = declaration("SEV4")
    incident = incident_of("SEV4")
    ticketed = evolve(incident, e.TicketOpened(at(), "OPS-7", "https://x/browse/OPS-7"))
    assert still_wanted(f.OpenTicket(0), event, incident)
    assert not still_wanted(f.OpenTicket(0), event, ticketed)
    assert still_wanted(f.OpenBridge(), event, incident)
    assert not still_wanted(f.OpenBridge(), event, evolve(incident, e.BridgeOpened(at(), "https://x/j/7")))
    assert not still_wanted(f.OpenBridge(), event, evolve(incident, e.Cancelled(at(), ANN.id, "")))


def written(*texts: str, rules: Rules = DEFAULT) -> Incident:
    return play(rules).do(c.AddFollowUps(PRIMARY, texts, BOB.id)).incident


def test_each_line_that_says_something_is_a_follow_up_of_its_own() -> None:
    one, two = written("  Add an\n alert ", "", "Test the failover").follow_ups
    assert (one.number, one.text, one.owner) == (1, "Add an alert", BOB.id)
    assert (two.number, two.text) == (2, "Test the failover")


def test_a_follow_up_is_done_once_somebody_marks_it_or_its_ticket_is() -> None:
    story = play(DEFAULT).do(c.AddFollowUps(PRIMARY, ("Add an alert", "Test the failover")))
    story.do(c.CompleteFollowUp(BOB, 1)).do(c.RecordTicket(2, "OPS-7", "https://x/browse/OPS-7"))
    story.do(c.RecordTicketState(2, "Closed", done=True))
    assert [one.is_done for one in story.incident.follow_ups] == [True, True]
    story.do(c.ReopenFollowUp(BOB, 1))
    assert [one.is_done for one in story.incident.follow_ups] == [False, True]


def test_the_state_of_a_ticket_is_news_only_where_it_is_another_one() -> None:
    story = play(DEFAULT).do(c.RecordTicket(0, "OPS-7", "https://x/browse/OPS-7"))
    told = c.RecordTicketState(0, "In Progress", done=False)
    assert story.incident.ticket is not None
    assert len(story.do(told).do(told).all(e.TicketMoved)) == 1
    assert story.incident.ticket.state == "In Progress"
    assert story.do(c.RecordTicketState(9, "Done", done=True)).all(e.TicketMoved)[-1].number == 0


def test_what_failed_for_good_is_asked_for_anew_and_people_open_the_ticket_themselves() -> None:
    incident = replace(incident_of("SEV4"), tracked=True, publishing=True, bridge_asked=True)
    for effect in ("OpenTicket", "PublishDocument", "OpenBridge"):
        incident = evolve(incident, e.DeliveryFailed(at(), "12/7", "do it", "it refuses it", effect))
    assert (incident.tracked, incident.publishing, incident.bridge_asked) == (False, False, False)


def test_a_bridge_that_was_asked_for_in_vain_can_be_asked_for_once_it_goes_on() -> None:
    story = play(DEFAULT).do(c.AskBridge(BOB)).do(c.Cancel(PRIMARY)).do(c.Reopen(PRIMARY))
    assert len(story.do(c.AskBridge(BOB)).all(e.BridgeAsked)) == 2


def test_what_is_published_again_says_so() -> None:
    story = play(DEFAULT).do(c.PublishPostmortem(BOB)).do(c.RecordDocument("https://x/1", ("impact",)))
    assert story.last(e.DocumentPublished).blanks == ("impact",)
    story.do(c.PublishPostmortem(BOB)).do(c.RecordDocument("https://x/1"))
    assert [one.again for one in story.all(e.DocumentPublished)] == [False, True]
    assert story.incident.document == "https://x/1"
