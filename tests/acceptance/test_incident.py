"""One incident, from its declaration to its postmortem, with the playbook `default`."""

from datetime import timedelta

from app.domain import events as e
from tests.acceptance.workspace import (
    CTO,
    INCIDENTS,
    MANAGER,
    ON_CALL,
    SECONDARY,
    SUPPORT,
    VP,
    Said,
    Town,
    plain,
)


async def page_of(slack: Town, member: str) -> Said:
    """Return the newest page in a member's direct messages."""
    return (await slack.room(member)).posts[-1]


async def test_a_severity_word_declares_at_once(slack: Town) -> None:
    said = await slack.types(SUPPORT, "declare SEV1 Payment API down")
    assert "incident-1 is declared. Its channel opens now, and you are invited to it." in said
    record = await slack.incident()
    assert (record.incident.severity, record.incident.title) == ("SEV1", "Payment API down")
    assert record.incident.declared_by == SUPPORT


async def test_the_form_declares_with_all_that_is_known(slack: Town) -> None:
    await slack.types(SUPPORT, "declare Payments fail", channel="support-desk")
    form = await slack.modal(SUPPORT)
    assert form["callback_id"] == "declare"
    assert await slack.fills(SUPPORT, severity="SEV2", services="payments", impact="Nobody can pay") == {}

    room = await slack.room("incident-1")
    declared = room.find("declared at")
    assert "Payments fail" in declared.text
    assert "*Affected:* payments" in declared.words
    assert "Nobody can pay" in declared.words
    answers = await slack.whispers(SUPPORT)
    assert any("is declared" in said.text and said.channel == "C0SUPPORT" for said in answers.values())


async def test_a_second_declaration_is_shown_what_was_opened_in_the_last_hour(slack: Town) -> None:
    await slack.declares()
    await slack.types(CTO, "declare")
    assert "Payment API down" in str((await slack.modal(CTO))["blocks"])
    await slack.act("close", user=CTO)
    await slack.passes(minutes=61)
    await slack.types(CTO, "declare")
    assert "Payment API down" not in str((await slack.modal(CTO))["blocks"])


async def test_a_form_without_a_title_stays_open_and_says_so(slack: Town) -> None:
    await slack.types(SUPPORT, "declare")
    assert "title" in await slack.fills(SUPPORT, title=" ", severity="SEV1")
    assert await slack.fills(SUPPORT, title="Payments fail", severity="SEV1") == {}
    assert (await slack.incident()).incident.title == "Payments fail"


async def test_the_channel_has_its_people_topic_bookmark_and_pinned_card(slack: Town) -> None:
    await slack.declares()
    room = await slack.room("incident-1")
    assert {SUPPORT, ON_CALL, MANAGER} <= set(room.facts["members"])
    assert room.facts["topic"] == "SEV1 · Payment API down · Investigating"
    assert [one["title"] for one in room.facts["bookmarks"]] == ["Incident card"]
    assert room.card.actions == [
        "incident.command",
        "incident.acknowledge",
        "incident.update",
        "incident.escalate",
        "incident.resolve",
        "incident.more",
    ]


async def test_the_checklist_stands_in_the_thread_of_the_card(slack: Town) -> None:
    await slack.declares()
    room = await slack.room("incident-1")
    [checklist] = room.thread(room.card)
    assert "Triage" in checklist.text
    assert checklist.words.count("☐") == 6


async def test_the_announcement_is_one_post_that_is_kept_up_to_date(slack: Town) -> None:
    await slack.declares()
    [announced] = (await slack.room(INCIDENTS)).posts
    assert "Investigating" in announced.text
    assert f"Follow it in <#{(await slack.room('incident-1')).id}>" in announced.words
    await slack.types(ON_CALL, "status 1 identified")
    await slack.types(ON_CALL, "severity 1 SEV2")
    [announced] = (await slack.room(INCIDENTS)).posts
    assert "SEV2 Payment API down: Identified" in announced.text


async def test_declaring_pages_by_direct_message_with_the_reason(slack: Town) -> None:
    await slack.declares()
    page = await page_of(slack, ON_CALL)
    assert "SEV1 Payment API down: nobody has acknowledged it yet. You are step 1 (Primary on-call)." in page.text
    assert (
        "Why me: default, step 1, SEV1 declared. Sent by Slack direct message alone: no pager is connected"
        in page.words
    )
    assert page.actions == ["incident.acknowledge", "incident.escalate", "page.decline"]
    assert (await slack.room("incident-1")).all(f"<@{ON_CALL}>: step 1 (Primary on-call) pages you")
    assert await slack.pages() == [("1", ON_CALL), ("3", MANAGER)]


async def test_acknowledging_stops_the_escalation(slack: Town) -> None:
    await slack.declares()
    told = await slack.presses(ON_CALL, await page_of(slack, ON_CALL), "incident.acknowledge")
    assert "You acknowledged" in told
    await slack.passes(minutes=50)
    assert await slack.pages() == [("1", ON_CALL), ("3", MANAGER)]
    for member in (ON_CALL, MANAGER):
        page = await page_of(slack, member)
        assert f"by <@{ON_CALL}>" in page.text
        # Only whoever has it can hand it back.
        assert page.actions == (["page.decline"] if member == ON_CALL else [])
    assert "incident.acknowledge" not in (await slack.room("incident-1")).card.actions
    assert len((await slack.room("incident-1")).all(f"<@{ON_CALL}> acknowledged")) == 1


async def test_nobody_acknowledges_so_the_next_step_is_paged_and_then_again(slack: Town) -> None:
    await slack.declares()
    await slack.passes(minutes=11)
    assert await slack.pages() == [("1", ON_CALL), ("3", MANAGER), ("2", SECONDARY), ("2", SECONDARY)]
    first, second = (await slack.room(SECONDARY)).posts
    assert "Why me: default, step 2, unacknowledged 5 min." in first.words
    assert "You are paged again as step 2" in second.text
    assert SECONDARY in (await slack.room("incident-1")).facts["members"]


async def test_the_limit_to_acknowledge_is_warned_of_and_its_breach_told(slack: Town) -> None:
    await slack.declares()
    await slack.passes(minutes=6)
    room = await slack.room("incident-1")
    warned = room.find("80 % of the time to acknowledge")
    assert "it ends in 1 min" in plain(warned.text)
    assert (
        "Nobody has acknowledged SEV1 Payment API down. SEV1 asks for it within 5 min" in room.find("Nobody has").text
    )


async def test_escalating_pages_the_next_step_now(slack: Town) -> None:
    await slack.declares()
    await slack.presses(ON_CALL, await page_of(slack, ON_CALL), "incident.escalate")
    assert (await slack.pages())[2:] == [("2", SECONDARY)]
    assert f"asked for by <@{ON_CALL}>" in (await page_of(slack, SECONDARY)).words
    await slack.types(ON_CALL, "escalate 1")
    assert (await slack.pages())[3:] == [("4", VP)]
    await slack.types(ON_CALL, "escalate 1")
    assert (await slack.pages())[4:] == [("4", VP)]


async def test_whoever_cannot_take_it_passes_it_on(slack: Town) -> None:
    await slack.declares("SEV2 Search is slow")
    told = await slack.presses(ON_CALL, await page_of(slack, ON_CALL), "page.decline")
    assert "Noted that you cannot take" in told
    assert await slack.pages() == [("1", ON_CALL), ("2", SECONDARY)]
    assert f"<@{ON_CALL}> cannot take SEV2 Search is slow." in (await slack.room("incident-1")).find("cannot take").text


async def test_whoever_has_acknowledged_can_hand_it_back(slack: Town) -> None:
    record = await slack.declares("SEV2 Search is slow")
    await slack.types(ON_CALL, "ack 1")
    page = await page_of(slack, ON_CALL)
    assert page.actions == ["page.decline"]
    await slack.presses(ON_CALL, page, "page.decline")
    assert (await slack.incident(record.incident.number)).incident.acknowledged_by is None
    assert "You are step 2" in (await page_of(slack, SECONDARY)).text


async def test_somebody_takes_command_and_is_told_what_is_asked_of_them(slack: Town) -> None:
    await slack.declares()
    room = await slack.room("incident-1")
    await slack.presses(ON_CALL, room.card, "incident.command")
    assert "You lead and decide" not in (await slack.room("incident-1")).find("is Incident commander").words
    assert "You lead and decide; you do not fix." in (await slack.room(ON_CALL)).find("You are Incident").words
    assert "incident.command" not in (await slack.room("incident-1")).card.actions
    await slack.types(ON_CALL, "role technical-lead @secondary", channel="incident-1")
    assert (await slack.incident()).incident.roles == {"commander": ON_CALL, "technical-lead": SECONDARY}
    assert SECONDARY in (await slack.room("incident-1")).facts["members"]


async def test_the_commander_is_named_from_the_menu(slack: Town) -> None:
    record = await slack.declares()
    room = await slack.room("incident-1")
    await slack.presses(MANAGER, room.card, "incident.more", f"commander:{record.id}")
    assert await slack.fills(MANAGER, member=SECONDARY) == {}
    assert (await slack.incident()).incident.commander == SECONDARY
    assert f"<@{SECONDARY}>, you are Incident commander" in (await slack.room("incident-1")).posts[-1].text


async def test_the_status_changes_with_and_without_words(slack: Town) -> None:
    await slack.declares()
    await slack.types(ON_CALL, "status monitoring", channel="incident-1")
    room = await slack.room("incident-1")
    assert f"<@{ON_CALL}> set SEV1 Payment API down to Monitoring; it was Investigating." in room.posts[-1].text
    assert room.facts["topic"].endswith("Monitoring")
    assert "Is it really fixed?" in room.thread(room.card)[-1].text
    assert "Monitoring" in await slack.types(ON_CALL, "status", channel="incident-1")


async def test_a_tag_fires_the_step_that_waits_for_it(slack: Town) -> None:
    await slack.declares("SEV3 Odd rows")
    await slack.types(ON_CALL, "tag data-loss", channel="incident-1")
    assert await slack.pages() == [("1", ON_CALL), ("4", VP)]
    assert "Why me: default, step 4, tag data-loss." in (await page_of(slack, VP)).words
    room = await slack.room("incident-1")
    assert "added data-loss. Tags now: data-loss." in room.thread(room.card)[-1].text
    await slack.types(ON_CALL, "tag -data-loss", channel="incident-1")
    assert (await slack.incident()).incident.tags == {}


async def test_a_note_stands_in_the_thread_and_in_the_timeline(slack: Town) -> None:
    await slack.declares()
    await slack.types(SECONDARY, "note restarted 12 pods", channel="incident-1")
    room = await slack.room("incident-1")
    assert room.thread(room.card)[-1].text == f"<@{SECONDARY}> noted: restarted 12 pods"
    assert "restarted 12 pods" in await slack.types(SUPPORT, "timeline 1")


async def test_timers_say_what_comes_next_and_when(slack: Town) -> None:
    await slack.declares()
    said = plain(await slack.types(SUPPORT, "timers", channel="incident-1"))
    assert "*in 5 min, 10:05 UTC* step 2 pages Secondary on-call unless acknowledged" in said
    assert "*in 15 min, 10:15 UTC* an update is asked for: SEV1 asks for one every 15 min" in said


async def test_anybody_raises_the_severity_but_not_everybody_lowers_it(slack: Town) -> None:
    await slack.declares("SEV3 Odd rows")
    await slack.types(SUPPORT, "severity SEV1", channel="incident-1")
    assert (await slack.incident()).incident.severity == "SEV1"
    assert await slack.pages() == [("1", ON_CALL), ("3", MANAGER)]
    said = await slack.types(SUPPORT, "severity SEV2", channel="incident-1")
    assert "Lowering the severity is for the commander, a responder of this incident, or an admin." in said
    await slack.types(ON_CALL, "severity SEV2", channel="incident-1")
    assert (await slack.incident()).incident.severity == "SEV2"
    assert (await slack.room("incident-1")).facts["topic"].startswith("SEV2")


async def test_an_admin_may_what_a_responder_may(slack: Town) -> None:
    await slack.declares("SEV2 Odd rows")
    await slack.types(CTO, "severity SEV3", channel="incident-1")
    assert (await slack.incident()).incident.severity == "SEV3"


async def test_resolving_with_wrong_times_says_so_under_the_field(slack: Town) -> None:
    await slack.declares()
    await slack.passes(minutes=47)
    room = await slack.room("incident-1")
    await slack.presses(ON_CALL, room.card, "incident.resolve")
    at = int(slack.now.timestamp())
    wrong = await slack.fills(ON_CALL, started_at=at - 600, detected_at=at - 1200)
    assert wrong.keys() == {"detected_at"}
    assert "cannot come before" in wrong["detected_at"]
    future = await slack.fills(ON_CALL, started_at=at - 1200, detected_at=at - 1200, ended_at=at + 3600)
    assert future.keys() == {"ended_at"}
    unborn = await slack.fills(ON_CALL, started_at=at + 3600, detected_at=at + 3600, ended_at=at + 3600)
    assert unborn.keys() == {"started_at"}
    assert (await slack.incident()).incident.is_open


async def test_resolving_tells_how_long_it_took_and_stops_everything(slack: Town) -> None:
    await slack.declares()
    await slack.passes(minutes=47)
    began = int((await slack.incident()).incident.declared_at.timestamp())
    await slack.presses(ON_CALL, (await slack.room("incident-1")).card, "incident.resolve")
    times = {"started_at": began - 600, "detected_at": began, "ended_at": began + 2400}
    assert await slack.fills(ON_CALL, root_cause="A full disk", fix="A bigger disk", **times) == {}

    room = await slack.room("incident-1")
    resolved = room.find("was resolved by")
    assert "after 50 min" in resolved.text
    assert "*Root cause:* A full disk" in resolved.words
    assert "*Fix:* A bigger disk" in resolved.words
    assert room.facts["topic"].endswith("Resolved")
    assert room.card.actions == ["postmortem.draft", "incident.reopen"]
    assert "After the incident" in room.thread(room.card)[-1].text
    assert "Resolved" in (await slack.room(INCIDENTS)).posts[0].text
    pages, posts = await slack.pages(), len(room.posts)
    await slack.passes(hours=20)
    assert await slack.pages() == pages
    assert len((await slack.room("incident-1")).posts) == posts


async def test_the_postmortem_is_reminded_of_before_it_is_due_and_when_it_is(slack: Town) -> None:
    await resolved(slack)
    await slack.passes(hours=47, minutes=50)
    assert (await slack.room("incident-1")).all("the postmortem of", "is due") == []
    await slack.passes(minutes=15)
    reminded = (await slack.room("incident-1")).find("the postmortem of")
    assert "is due in 1 d" in reminded.text
    assert reminded.actions == ["postmortem.draft", "postmortem.done"]
    await slack.passes(hours=24)
    assert "is due now" in (await slack.room("incident-1")).posts[-1].text


async def test_a_postmortem_that_is_done_is_not_asked_for(slack: Town) -> None:
    await resolved(slack)
    await slack.passes(hours=49)
    await slack.presses(ON_CALL, (await slack.room("incident-1")).posts[-1], "postmortem.done")
    await slack.passes(hours=48)
    assert "as done. Its reminders stop." in (await slack.room("incident-1")).posts[-1].text


async def resolved(slack: Town, text: str = "SEV1 Payment API down") -> None:
    """Have an incident resolved."""
    await slack.declares(text)
    await slack.types(ON_CALL, "resolve 1")
    assert await slack.fills(ON_CALL, root_cause="A full disk") == {}


async def test_the_postmortem_is_drafted_from_the_timeline(slack: Town) -> None:
    await slack.declares()
    await slack.types(ON_CALL, "ack 1")
    await slack.types(ON_CALL, "note the disk is full", channel="incident-1")
    await slack.passes(minutes=30)
    await slack.types(ON_CALL, "resolve 1")
    assert await slack.fills(ON_CALL, root_cause="A full disk") == {}
    await slack.types(SUPPORT, "1", command="/postmortem")

    draft = (await slack.room("incident-1")).posts[-1]
    assert draft.blocks[0]["type"] == "markdown"
    assert "# Postmortem: Payment API down" in draft.words
    assert "| Time to resolve (MTTR) | 30 min |" in draft.words
    assert "noted: the disk is full" in draft.words
    assert "A full disk" in draft.words
    assert "_[to fill in: what helped, and should stay]_" in draft.words
    assert draft.files == []


async def test_a_long_postmortem_is_cut_and_comes_whole_as_a_file(slack: Town) -> None:
    await slack.declares()
    for number in range(12):
        await slack.types(ON_CALL, f"note {number} {'what we saw ' * 100}", channel="incident-1")
    await slack.types(SUPPORT, "1", command="/postmortem")

    draft = (await slack.room("incident-1")).posts[-1]
    assert len(draft.blocks[0]["text"]) <= 12_000
    assert "Cut here: Slack shows no more." in draft.words
    [file] = draft.files
    async with slack.session.get(file["url"]) as response:
        whole = await response.text()
    assert len(whole) > 12_000
    assert whole.startswith("# Postmortem: Payment API down")
    assert "noted: 11 what we saw" in whole


async def test_a_reopened_incident_starts_its_clocks_anew(slack: Town) -> None:
    await resolved(slack)
    room = await slack.room("incident-1")
    said = await slack.types(SUPPORT, "reopen", channel="incident-1")
    assert "Reopening an incident is for the commander" in said
    await slack.presses(ON_CALL, room.card, "incident.reopen")
    room = await slack.room("incident-1")
    assert f"<@{ON_CALL}> reopened SEV1 Payment API down." in room.find("reopened").text
    assert "incident.acknowledge" in room.card.actions
    await slack.passes(minutes=4)
    assert len(await slack.pages()) == 2
    await slack.passes(minutes=2)
    assert (await slack.pages())[2:] == [("2", SECONDARY)]


async def test_a_false_alarm_is_cancelled_by_whom_it_concerns(slack: Town) -> None:
    await slack.declares()
    assert "Cancelling an incident is for" in await slack.types(SUPPORT, "cancel it was me", channel="incident-1")
    await slack.types(ON_CALL, "cancel a test ran against production", channel="incident-1")
    room = await slack.room("incident-1")
    assert "as a false alarm: a test ran against production" in room.find("cancelled").text
    assert room.facts["topic"].endswith("Cancelled")
    assert room.card.actions == ["incident.reopen"]
    await slack.passes(hours=80)
    assert len(await slack.pages()) == 2


async def test_the_list_and_the_menu_name_what_is_open(slack: Town) -> None:
    assert "No incident is open." in await slack.types(SUPPORT, "")
    await slack.declares()
    await slack.declares("SEV3 Odd rows")
    await slack.types(ON_CALL, "cancel 2")
    await slack.fills(ON_CALL)
    menu = await slack.types(SUPPORT, "")
    assert "One incident is open." in menu
    assert "Payment API down" in menu
    listed = await slack.types(SUPPORT, "list")
    assert "Two incidents." in listed
    assert "Odd rows" in listed


async def test_help_and_a_guess_for_a_word_that_is_close(slack: Town) -> None:
    assert "`declare [title]` opens the form" in await slack.types(SUPPORT, "help")
    await slack.declares()
    assert "Did you mean `/incident escalate`?" in await slack.types(SUPPORT, "esclate", channel="incident-1")


async def test_an_incident_is_named_from_elsewhere_by_number_or_name(slack: Town) -> None:
    await slack.declares()
    await slack.types(SUPPORT, "note 1 by number")
    await slack.types(SUPPORT, "note #1 by hash")
    await slack.types(SUPPORT, "note incident-1 by name")
    await slack.types(SUPPORT, "1 note number first")
    assert [noted.text for noted in await slack.timeline(e.Noted)] == [
        "by number",
        "by hash",
        "by name",
        "number first",
    ]
    assert "There is no incident #7." in await slack.types(SUPPORT, "ack 7")
    assert "It is not clear here which incident is meant." in await slack.types(SUPPORT, "ack")


async def test_the_home_tab_shows_what_waits_for_the_member(slack: Town) -> None:
    await slack.declares()
    await slack.act("home", user=ON_CALL)
    await slack.settles()
    home = (await slack.look())["homes"][ON_CALL]
    assert "Payment API down" in str(home["blocks"])


async def test_a_message_becomes_an_incident_that_links_back(slack: Town) -> None:
    said = await slack.act("message", user=SUPPORT, channel="general", text="Customers cannot pay\nsince noon")
    await slack.act("shortcut", user=SUPPORT, callback_id="declare_from", channel="general", ts=said["ts"])
    await slack.settles()
    assert await slack.fills(SUPPORT, severity="SEV2") == {}
    record = await slack.incident()
    assert record.incident.title == "Customers cannot pay"
    assert record.incident.source
    assert "Declared from <http" in (await slack.room("incident-1")).card.words


async def test_two_incidents_keep_their_own_numbers_and_channels(slack: Town) -> None:
    await slack.declares()
    await slack.declares("SEV2 Search is slow", by=CTO)
    assert {"incident-1", "incident-2"} <= set(await slack.rooms())
    assert len((await slack.room(INCIDENTS)).posts) == 2
    assert (await slack.incident(2)).incident.declared_at - (await slack.incident(1)).incident.declared_at < timedelta(
        minutes=1
    )
