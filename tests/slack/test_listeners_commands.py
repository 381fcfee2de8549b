from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.domain import commands as c
from app.domain import events as e
from app.domain.playbook import Status
from app.store import Record
from tests.slack.workplace import CTO, ON_CALL, SECOND, SUPPORT, Workplace, workplace


@pytest.fixture
async def at_work(tmp_path: Path) -> AsyncIterator[Workplace]:
    async with workplace(tmp_path) as place:
        yield place


async def timeline(at_work: Workplace, record: Record) -> list[type[e.Event]]:
    return [type(event) for event in await at_work.edge.store.run(lambda tx: tx.timeline(record.id))]


async def test_a_severity_first_declares_at_once(at_work: Workplace) -> None:
    said = await at_work.types("declare sev1: Payment API <down>")
    assert said == "incident-1 is declared. Its channel opens now, and you are invited to it."
    record = await at_work.declares("SEV3 <@U0CTO|cto> broke it")
    first = (await at_work.edge.store.run(lambda tx: tx.by_number(at_work.edge.workspace, 1))) or record
    assert (first.incident.severity, first.incident.title) == ("SEV1", "Payment API <down>")
    assert record.incident.title == "@cto broke it"
    assert record.incident.declared_by == SUPPORT


async def test_without_a_severity_the_form_opens_with_the_title(at_work: Workplace) -> None:
    assert await at_work.types("declare payments fail") == ""
    blocks = {block["block_id"]: block for block in (await at_work.form())["blocks"]}
    assert blocks["title"]["element"]["initial_value"] == "payments fail"


async def test_a_severity_alone_is_chosen_in_the_form(at_work: Workplace) -> None:
    await at_work.types("declare SEV2")
    blocks = {block["block_id"]: block for block in (await at_work.form())["blocks"]}
    assert blocks["severity"]["element"]["initial_option"]["value"] == "SEV2"


async def test_nothing_typed_shows_what_is_open(at_work: Workplace) -> None:
    await at_work.declares()
    assert await at_work.types("") == "One incident is open."


async def test_in_its_channel_the_incident_is_understood(at_work: Workplace) -> None:
    record = await at_work.declares()
    room = await at_work.opens_room(record)
    said = await at_work.types("ack", user=ON_CALL, channel=room.channel)
    assert said == f"You acknowledged <#{room.channel}>. The steps that wait for an acknowledgement stop."
    assert (await at_work.current(record)).incident.acknowledged_by == ON_CALL


@pytest.mark.parametrize("typed", ["ack 1", "ack #1", "1 ack", "#1 ack", "ack incident-1", "acknowledge incident-1"])
async def test_elsewhere_it_is_named(at_work: Workplace, typed: str) -> None:
    record = await at_work.declares()
    await at_work.types(typed, user=ON_CALL)
    assert (await at_work.current(record)).incident.acknowledged_by == ON_CALL


async def test_a_mentioned_channel_names_its_incident(at_work: Workplace) -> None:
    record = await at_work.declares()
    room = await at_work.opens_room(record)
    await at_work.types(f"ack <#{room.channel}|incident-1>", user=ON_CALL)
    assert (await at_work.current(record)).incident.acknowledged_by == ON_CALL


async def test_nobody_guesses_which_incident_is_meant(at_work: Workplace) -> None:
    await at_work.declares()
    assert await at_work.types("ack") == (
        "It is not clear here which incident is meant. Name it by its number, as in `/incident ack 1`."
    )
    assert "`/incident ack 1` SEV1 Payment API down" in await shown_to(at_work, "ack")


async def test_of_many_the_worst_are_named_line_by_line_and_the_rest_counted(at_work: Workplace) -> None:
    for severity in (3, 3, 3, 3, 3):
        await at_work.declares(f"SEV{severity} Slow")
    await at_work.declares("private SEV1 Salaries leaked")
    shown = await shown_to(at_work, "resolve")
    assert shown.index("`/incident resolve 6` SEV1 Salaries leaked (private)") < shown.index("`/incident resolve 5`")
    assert "1 more: `/incident list`" in shown
    assert "`/incident resolve 1`" not in shown


async def test_with_nothing_open_the_answer_says_what_to_type(at_work: Workplace) -> None:
    assert "`/incident reopen 12`" in await at_work.types("reopen")


@pytest.mark.parametrize("typed", ["ack 7", "ack 999999999", "ack incident-2026-007", "ack #general"])
async def test_an_incident_that_does_not_exist_is_refused(at_work: Workplace, typed: str) -> None:
    assert (await at_work.types(typed)).startswith("There is no incident ")


async def test_in_a_room_a_number_may_be_text(at_work: Workplace) -> None:
    record = await at_work.declares()
    room = await at_work.opens_room(record)
    await at_work.types("note 12 customers called", channel=room.channel)
    events = await at_work.edge.store.run(lambda tx: tx.timeline(record.id))
    assert [event.text for event in events if isinstance(event, e.Noted)] == ["12 customers called"]


async def test_a_second_acknowledgement_is_told_who_was_first(at_work: Workplace) -> None:
    record = await at_work.declares()
    await at_work.types("ack 1", user=ON_CALL)
    said = await at_work.types("ack 1", user=SECOND)
    assert said.startswith(f"<@{ON_CALL}> acknowledged incident-1 at <!date^")
    assert (await timeline(at_work, record)).count(e.Acknowledged) == 1


async def test_escalating_pages_the_next_step(at_work: Workplace) -> None:
    record = await at_work.declares()
    assert await at_work.types("escalate 1") == "The next step of incident-1 is paged now."
    assert (await timeline(at_work, record))[-2:] == [e.Escalated, e.Paged]


async def test_update_with_text_posts_it(at_work: Workplace) -> None:
    record = await at_work.declares()
    await at_work.types("update 1 we see & fix it")
    events = await at_work.edge.store.run(lambda tx: tx.timeline(record.id))
    assert [event.happening for event in events if isinstance(event, e.UpdatePosted)] == ["we see & fix it"]


@pytest.mark.parametrize(
    ("typed", "form"),
    [
        ("update 1", "update"),
        ("resolve 1", "resolve"),
        ("close 1", "resolve"),
        ("severity 1", "severity"),
        ("tag 1", "tags"),
        ("cancel 1", "cancel"),
        ("status 1 resolved", "resolve"),
        ("status 1 cancelled", "cancel"),
    ],
)
async def test_words_that_need_more_open_a_form(at_work: Workplace, typed: str, form: str) -> None:
    record = await at_work.declares()
    assert await at_work.types(typed) == ""
    view = await at_work.form()
    assert (view["callback_id"], view["private_metadata"]) == (form, str(record.id))


async def test_a_form_for_a_closed_incident_does_not_open(at_work: Workplace) -> None:
    await at_work.declares()
    await at_work.types("cancel 1 a false alarm", user=CTO)
    assert (await at_work.types("update 1")).startswith("incident-1 was cancelled at <!date^")
    assert not (await at_work.state())["modals"].get(SUPPORT)


async def test_status_says_how_it_stands_or_changes(at_work: Workplace) -> None:
    record = await at_work.declares()
    assert "Payment API down" in await at_work.types("status 1")
    assert "Payment API down" in await at_work.types("1")
    assert await at_work.types("status 1 Monitoring") == "incident-1: Monitoring."
    assert (await at_work.current(record)).incident.status is Status.MONITORING
    assert (await at_work.types("status 1 fine")).startswith('There is no status "fine" to set.')


async def test_anyone_raises_and_responders_lower_the_severity(at_work: Workplace) -> None:
    record = await at_work.declares("SEV2 Slow")
    assert await at_work.types("severity 1 sev1") == "incident-1 is SEV1 now."
    assert (await at_work.types("sev 1 SEV4")).startswith("Lowering the severity is for the commander")
    assert (await at_work.types("sev 1 SEV9")).startswith('There is no severity "SEV9"')
    assert (await at_work.current(record)).incident.severity == "SEV1"


async def test_an_admin_of_the_workspace_may_do_what_others_may_not(at_work: Workplace) -> None:
    record = await at_work.declares()
    assert (await at_work.types("cancel 1 a false alarm")).startswith("Cancelling an incident is for the commander")
    assert (await at_work.types("cancel 1 a false alarm", user=CTO)).startswith("incident-1 is cancelled.")
    assert (await at_work.current(record)).incident.status is Status.CANCELLED
    assert (await at_work.types("reopen 1 it came back", user=CTO)).startswith("incident-1 is open again.")


async def test_slack_is_asked_for_admins_only_where_that_decides(at_work: Workplace) -> None:
    await at_work.declares()
    await at_work.types("ack 1", user=ON_CALL)
    await at_work.types("cancel 1 a false alarm", user=ON_CALL)
    assert await at_work.calls("users.info") == []


async def test_roles_are_listed_with_who_has_them(at_work: Workplace) -> None:
    record = await at_work.declares()
    await at_work.types("role 1 @secondary incident commander")
    told = await at_work.control("command", user=SUPPORT, channel="general", command="/incident", text="role 1")
    shown = str(told["response"]["blocks"])
    assert f"*Incident commander* <@{SECOND}>" in shown
    for role in record.rules.roles[1:]:
        assert f"*{role.name}* nobody yet" in shown
    assert "incident.role" in shown
    assert "incident.command" not in shown


async def test_a_role_is_given_to_the_member_who_is_mentioned(at_work: Workplace) -> None:
    record = await at_work.declares()
    said = await at_work.types("role 1 @secondary incident commander")
    assert said == f"Roles of incident-1: Incident commander <@{SECOND}>."
    assert (await at_work.current(record)).incident.commander == SECOND
    assert await at_work.types("role 1 commander") == "Name the member with @, as in `/incident role commander @name`."
    assert (await at_work.types("role 1 @secondary king")).startswith('There is no role "king"')


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("role 1 commander bob", "Name the member with @, as in `/incident role commander @bob`."),
        ("role 1 incident commander bob", "Name the member with @, as in `/incident role commander @bob`."),
        ("role 1 commander `bob smith`", "Name the member with @, as in `/incident role commander @name`."),
        ("role 1 king bob", 'There is no role "king bob" in this playbook. It has: commander,'),
    ],
)
async def test_a_name_without_the_sign_is_shown_with_it(at_work: Workplace, typed: str, said: str) -> None:
    await at_work.declares()
    assert (await at_work.types(typed)).startswith(said)


async def test_the_list_has_what_is_open_first_and_of_that_the_worst(at_work: Workplace) -> None:
    for title in ("SEV2 Slow", "SEV1 Down", "SEV3 Odd"):
        await at_work.declares(title)
    await at_work.does(await at_work.declares("SEV1 Gone"), c.Cancel(c.Actor(CTO, admin=True)))
    told = await at_work.control("command", user=SUPPORT, channel="general", command="/incident", text="list")
    lines = [block["text"]["text"] for block in told["response"]["blocks"][1:] if block["type"] == "section"]
    assert [title for line in lines for title in ("Slow", "Down", "Odd", "Gone") if title in line] == [
        *("Down", "Slow", "Odd", "Gone"),
    ]


async def test_the_form_shows_the_worst_of_the_last_hour_first(at_work: Workplace) -> None:
    for title in ("SEV1 Down", "SEV2 Slow"):
        await at_work.declares(title)
    await at_work.types("declare")
    shown = str((await at_work.form())["blocks"])
    assert shown.index("Down") < shown.index("Slow")


async def test_the_help_names_severities_that_there_are(tmp_path: Path) -> None:
    async with workplace(tmp_path, "eazepay") as place:
        assert "`declare P0 Payment API down`" in (said := await shown_to(place, "help"))
        assert "SEV" not in said
        assert "`/incident drill P0 Payment API down`" in await shown_to(place, "drill")


async def shown_to(place: Workplace, text: str) -> str:
    """Type a command, and return all that its answer shows."""
    told = await place.control("command", user=SUPPORT, channel="general", command="/incident", text=text)
    return str(told["response"])


async def test_tags_come_and_go(at_work: Workplace) -> None:
    record = await at_work.declares()
    assert await at_work.types("tag 1 +data-loss user-impact") == "Tags of incident-1: data-loss, user-impact."
    assert await at_work.types("tags 1 -data-loss") == "Tags of incident-1: user-impact."
    assert list((await at_work.current(record)).incident.tags) == ["user-impact"]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("data-los", "Did you mean `/incident tag data-loss -data-los`?"),
        ("nosuch", "It names: "),
    ],
)
async def test_a_tag_that_the_playbook_does_not_name_is_taken_and_told_as_such(
    at_work: Workplace, typed: str, told: str
) -> None:
    record = await at_work.declares()
    said = await at_work.types(f"tag 1 {typed}")
    assert said.startswith(f'Tags of incident-1: {typed}. No step waits for "{typed}", which this playbook does not')
    assert told in said
    assert list((await at_work.current(record)).incident.tags) == [typed]


async def test_a_note_needs_words(at_work: Workplace) -> None:
    await at_work.declares()
    assert (await at_work.types("note 1")).startswith("The note is missing.")


@pytest.mark.parametrize("typed", ["timeline 1", "timers 1", "list", "help"])
async def test_what_is_only_read_is_answered(at_work: Workplace, typed: str) -> None:
    record = await at_work.declares()
    assert await at_work.types(typed)
    assert (await at_work.current(record)).version == record.version


async def test_a_mistyped_word_is_guessed_with_a_button(at_work: Workplace) -> None:
    await at_work.declares()
    said = await at_work.control("command", user=ON_CALL, channel="general", command="/incident", text="aknowledge 1")
    assert said["response"]["text"].startswith('Unknown word "aknowledge". Did you mean `/incident ack`?')
    [button] = [block["elements"][0] for block in said["response"]["blocks"] if block["type"] == "actions"]
    assert (button["action_id"], button["value"]) == ("incident.acknowledge", "1")
    assert (await at_work.types("xyzzy")).startswith('Unknown word "xyzzy".')


@pytest.mark.parametrize(("typed", "command"), [("1", "/postmortem"), ("postmortem 1", "/incident")])
async def test_a_draft_of_an_open_incident_says_that_it_is_open(at_work: Workplace, typed: str, command: str) -> None:
    record = await at_work.declares()
    said = await at_work.types(typed, command=command)
    assert said.startswith(
        "The draft of the postmortem is posted in incident-1 in a moment. The incident is still open"
    )
    assert (await timeline(at_work, record))[-1] is e.PostmortemDrafted


async def test_responders_are_for_admins(at_work: Workplace) -> None:
    assert (await at_work.types("responders")).startswith("Binding responders is for admins of this workspace")
    assert await at_work.types("responders", user=CTO) == ""
    assert (await at_work.form(CTO))["callback_id"] == "responders"


async def test_text_from_people_pings_nobody(at_work: Workplace) -> None:
    await at_work.declares("SEV1 <!channel> <https://evil.example|bank>")
    said = await shown_to(at_work, "ack")
    assert "SEV1 &lt;!channel&gt; &lt;https://evil.example" in said
    assert "<" not in said


async def test_an_incident_of_another_workspace_cannot_be_reached(at_work: Workplace) -> None:
    record = await at_work.declares()
    command = c.Declare(c.Actor(SUPPORT), "Theirs", "SEV1")
    theirs = (await at_work.edge.handler.declare("T0THEIRS", command)).record
    assert (await at_work.types(f"status {theirs.incident.number + 7}")).startswith("There is no incident")
    posted = await at_work.posts_card(theirs, "C0GENERAL")
    assert (await at_work.presses(posted, "incident.acknowledge")).startswith("This belongs to something")
    assert (await at_work.current(theirs)).incident.acknowledged_by is None
    assert record.workspace != theirs.workspace
