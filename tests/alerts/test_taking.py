"""What becomes of alerts, from the request to the incident."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from app.alerts.suggested import ignore
from app.alerts.taking import last_workspace
from app.domain import commands as c
from app.domain import effects as f
from app.domain import events as e
from app.domain.alerts import AlertRule, Deed
from app.domain.playbook import Status
from app.handle import declare, handle
from app.store import NotRecorded, Store, SuggestionState, Transaction
from tests import shipped
from tests.alerts.given import DOWN, NOW, WORKSPACE, Desk, notice, over

ANN = c.Actor("U_ANN", admin=True)
BREACH = "WaqitiSecurityBreachDetected"


async def do(desk: Desk, command: c.Command, number: int = 1) -> None:
    def work(tx: Transaction) -> None:
        record = tx.by_number(WORKSPACE, number)
        assert record is not None
        handle(tx, record.id, command, desk.playbook, desk.clock())

    await desk.store.run(work)


async def test_an_alert_declares_with_severity_services_tags_and_runbook_of_its_rule(desk: Desk) -> None:
    await desk.hear(notice(BREACH, summary="Odd logins", labels={"service": "api-gateway"}))

    incident = await desk.only()
    assert (incident.severity, incident.services, list(incident.tags)) == ("P1", "api-gateway", ["security-breach"])
    assert incident.title == f"{BREACH}: Odd logins"
    assert incident.declared_by is None
    effects = [one.effect for one in await desk.deliveries()]
    assert f.OfferRunbook("security-breach") in effects
    assert {one.step for one in await desk.timeline() if isinstance(one, e.Paged)} == {
        "1:platform-engineer",
        "security:security-team",
    }


async def test_the_first_alerts_own_time_is_the_detection_time(desk: Desk) -> None:
    early, late = NOW - timedelta(minutes=9), NOW - timedelta(minutes=3)
    await desk.hear(notice(of="b", starts_at=late), notice(of="a", starts_at=early))

    assert (await desk.only()).detected_at == early


@pytest.mark.parametrize("impossible", [timedelta(minutes=5), -timedelta(days=2)])
async def test_a_detection_time_that_cannot_be_is_now(desk: Desk, impossible: timedelta) -> None:
    await desk.hear(notice(starts_at=NOW + impossible))

    assert (await desk.only()).detected_at == NOW


async def test_the_alerts_of_one_group_make_one_incident_that_counts_them(desk: Desk) -> None:
    await desk.hear(notice(of="a"), notice(of="b"), notice(of="c"))

    tally = (await desk.only()).alerts
    assert tally is not None
    assert (tally.seen, tally.firing, tally.names) == (3, 3, (DOWN,))


async def test_two_alertmanagers_that_send_the_same_group_make_one_incident(desk: Desk) -> None:
    await desk.hear(notice(), body=b'{"from": "one"}')
    await desk.hear(notice(), body=b'{"from": "other"}')

    assert len(await desk.timeline()) == len(
        [one for one in await desk.timeline() if not isinstance(one, e.AlertsCounted)]
    )
    assert len(await desk.incidents()) == 1


async def test_a_repeated_notification_changes_nothing(desk: Desk) -> None:
    await desk.hear(notice())
    before = await desk.timeline()
    desk.clock.passes(hours=4)

    await desk.hear(notice())

    assert await desk.timeline() == before
    [body] = await desk.bodies()
    assert body.heard == 2


async def test_a_request_with_a_receipt_is_taken_once(desk: Desk) -> None:
    await desk.hear(notice(), once="alert:1")
    await desk.hear(notice("WaqitiHighCPUUsage"), once="alert:1")

    assert len(await desk.incidents()) == 1


async def test_what_is_over_before_it_began_declares_nothing(desk: Desk) -> None:
    fires = notice()
    await desk.hear(over(fires, NOW))
    await desk.hear(fires)

    assert await desk.incidents() == []


async def test_an_alert_that_is_said_to_fire_long_after_its_end_does_fire(desk: Desk) -> None:
    fires = notice()
    await desk.hear(over(fires, NOW))
    desk.clock.passes(minutes=6)

    await desk.hear(fires)

    assert len(await desk.incidents()) == 1


async def test_when_all_alerts_are_over_the_room_is_offered_the_end_and_nothing_resolves_by_itself(desk: Desk) -> None:
    one, other = notice(of="a"), notice(of="b")
    await desk.hear(one, other)
    desk.clock.passes(minutes=5)
    await desk.hear(over(one, desk.clock()))
    assert f.Post("alerts_resolved") not in [sent.effect for sent in await desk.deliveries()]
    desk.clock.passes(minutes=5)

    await desk.hear(over(other, desk.clock()))

    assert f.Post("alerts_resolved") in [sent.effect for sent in await desk.deliveries()]
    incident = await desk.only()
    assert incident.is_open
    assert incident.alerts is not None
    assert (incident.alerts.seen, incident.alerts.firing) == (2, 0)


async def test_alerts_that_fire_again_are_told_in_the_room_of_their_open_incident(desk: Desk) -> None:
    await desk.hear(notice())
    desk.clock.passes(minutes=5)
    await desk.hear(over(notice(), desk.clock()))
    desk.clock.passes(minutes=5)

    await desk.hear(notice(starts_at=desk.clock()))

    assert isinstance((await desk.timeline())[-1], e.AlertsCounted)
    assert (await desk.timeline())[-1].again  # type: ignore[union-attr]
    assert len(await desk.incidents()) == 1


async def test_soon_after_the_end_it_offers_to_reopen_and_declares_only_if_nobody_does(desk: Desk) -> None:
    await desk.hear(notice())
    await do(desk, c.Resolve(ANN))
    await desk.hear(over(notice(), desk.clock()))
    desk.clock.passes(minutes=10)
    await desk.hear(notice(starts_at=desk.clock()))
    assert isinstance((await desk.timeline())[-1], e.AlertsFiredAgain)
    await desk.taking.follow_up()
    assert len(await desk.incidents()) == 1

    desk.clock.passes(minutes=6)
    await desk.taking.follow_up()

    first, second = await desk.incidents()
    assert first.status is Status.RESOLVED
    assert second.is_open
    assert second.alerts is not None
    assert second.alerts.firing == 1


async def test_nothing_is_declared_where_somebody_reopened_it(desk: Desk) -> None:
    await desk.hear(notice())
    await do(desk, c.Resolve(ANN))
    await desk.hear(over(notice(), desk.clock()))
    desk.clock.passes(minutes=10)
    await desk.hear(notice(starts_at=desk.clock()))
    await do(desk, c.Reopen(ANN))
    desk.clock.passes(minutes=6)

    await desk.taking.follow_up()

    assert len(await desk.incidents()) == 1


async def test_long_after_the_end_it_declares_anew(desk: Desk) -> None:
    await desk.hear(notice())
    await do(desk, c.Resolve(ANN))
    await desk.hear(over(notice(), desk.clock()))
    desk.clock.passes(minutes=20)

    await desk.hear(notice(starts_at=desk.clock()))

    assert [one.is_open for one in await desk.incidents()] == [False, True]


async def test_an_alert_that_goes_on_after_the_end_declares_nothing(desk: Desk) -> None:
    await desk.hear(notice())
    await do(desk, c.Resolve(ANN))
    desk.clock.passes(hours=5)

    await desk.hear(notice())

    assert len(await desk.incidents()) == 1


async def test_an_alert_of_the_same_service_counts_in_the_open_incident(desk: Desk) -> None:
    await desk.hear(notice(labels={"service": "payment-service"}))
    desk.clock.passes(minutes=1)
    await desk.hear(notice("WaqitiHighCPUUsage", labels={"service": "payment-service"}))

    incident = await desk.only()
    assert incident.alerts is not None
    assert incident.alerts.names == (DOWN, "WaqitiHighCPUUsage")


async def test_a_worse_one_of_the_same_service_is_an_incident_of_its_own(desk: Desk) -> None:
    await desk.hear(notice("WaqitiHighCPUUsage", labels={"service": "payment-service"}))
    await desk.hear(notice(labels={"service": "payment-service"}))

    assert [one.severity for one in await desk.incidents()] == ["P3", "P1"]


async def test_a_worse_one_of_the_same_group_raises_the_incident_at_once(desk: Desk) -> None:
    await desk.hear(notice("WaqitiHighCPUUsage", group="g", of="a"))
    await desk.hear(notice(BREACH, group="g", of="b"))

    incident = await desk.only()
    assert (incident.severity, list(incident.tags)) == ("P1", ["security-breach"])
    assert "security:security-team" in incident.steps


async def test_no_alert_joins_a_private_incident_by_its_service(desk: Desk) -> None:
    await desk.hear(notice())
    private = c.Declare(ANN, "Theft", "P1", services="payment-service", private=True)
    await desk.store.run(lambda tx: declare(tx, WORKSPACE, private, desk.playbook, desk.clock()))
    await do(desk, c.Resolve(ANN))
    await desk.hear(notice("WaqitiHighCPUUsage", labels={"service": "payment-service"}))

    assert len(await desk.incidents()) == 3


async def test_a_merged_incident_counts_on_in_the_one_that_it_was_merged_into(desk: Desk) -> None:
    await desk.hear(notice())
    await desk.hear(notice(BREACH))
    await do(desk, c.Merge(ANN, 2), number=1)
    desk.clock.passes(minutes=2)

    await desk.hear(notice(of="x", group=DOWN))

    assert len(await desk.incidents()) == 2
    tally = (await desk.incidents())[1].alerts
    assert tally is not None
    assert tally.seen == 3


async def test_what_no_rule_declares_is_suggested_once_for_its_group(desk: Desk) -> None:
    await desk.hear(notice("DiskFull", of="a", labels={"severity": "warning"}))
    await desk.hear(notice("DiskFull", of="b", labels={"severity": "warning"}))

    [suggestion] = await desk.suggestions()
    assert (suggestion.proposal.title, suggestion.seen, suggestion.firing) == ("DiskFull", 2, 2)
    assert await desk.incidents() == []


async def test_a_suggestion_whose_alerts_end_says_so(desk: Desk) -> None:
    await desk.hear(notice("DiskFull"))
    await desk.hear(over(notice("DiskFull"), desk.clock()))

    [suggestion] = await desk.suggestions()
    assert (suggestion.state, suggestion.firing) == (SuggestionState.OVER, 0)


async def test_an_alert_that_flaps_is_suggested_once_an_hour(desk: Desk) -> None:
    for _ in range(4):
        await desk.hear(notice("DiskFull", starts_at=desk.clock()))
        desk.clock.passes(minutes=6)
        await desk.hear(over(notice("DiskFull", starts_at=desk.clock() - timedelta(minutes=6)), desk.clock()))
    assert len(await desk.suggestions()) == 1
    desk.clock.passes(minutes=61)

    await desk.hear(notice("DiskFull", starts_at=desk.clock()))

    assert len(await desk.suggestions()) == 2


@pytest.mark.parametrize("labels", [{"severity": "info"}, {"severity": "none"}])
async def test_nothing_becomes_of_what_a_rule_ignores_and_the_body_is_kept(desk: Desk, labels: dict[str, str]) -> None:
    await desk.hear(notice("Whatever", labels=labels))

    assert (await desk.incidents(), await desk.suggestions()) == ([], [])
    [body] = await desk.bodies()
    assert body.became == "ignored"


async def test_an_alert_is_only_attached_where_its_rule_says_so(store: Store) -> None:
    rules = (AlertRule(Deed.ATTACH, names=("Side*",)), *shipped.playbook("waqiti").alerts)
    desk = Desk(store, playbook=replace(shipped.playbook("waqiti"), alerts=rules))
    side = notice("SideEffect", labels={"service": "payment-service"})
    await desk.hear(side)
    assert await desk.incidents() == []
    await desk.hear(notice(labels={"service": "payment-service"}))
    desk.clock.passes(minutes=2)

    await desk.hear(side)

    tally = (await desk.only()).alerts
    assert tally is not None
    assert tally.seen == 2


async def test_a_storm_makes_one_incident_and_few_entries_in_its_timeline(desk: Desk) -> None:
    for start in range(0, 5000, 500):
        notices = [notice(of=str(number), group=f"g{number}") for number in range(start, start + 500)]
        await desk.hear(*notices)
        desk.clock.passes(seconds=6)
    desk.clock.passes(minutes=1)
    await desk.taking.follow_up()

    incident = await desk.only()
    assert incident.alerts is not None
    assert (incident.alerts.seen, incident.alerts.firing) == (5000, 5000)
    assert len([one for one in await desk.timeline() if isinstance(one, e.AlertsCounted)]) <= 3


async def test_a_storm_of_unlike_alerts_makes_few_incidents_and_few_suggestions(desk: Desk) -> None:
    rules = (AlertRule(Deed.DECLARE, names=("Down*",), severity="P2"),)
    desk = Desk(desk.store, playbook=replace(desk.playbook, alerts=rules))
    await desk.hear(*(notice(f"Down{number}") for number in range(300)))
    await desk.hear(*(notice(f"Odd{number}") for number in range(300)))
    desk.clock.passes(minutes=1)
    await desk.taking.follow_up()

    incidents = await desk.incidents()
    assert len(incidents) == 5
    assert sum(one.alerts.seen for one in incidents if one.alerts) == 300
    suggestions = await desk.suggestions()
    assert len(suggestions) == 5
    assert sum(one.seen for one in suggestions) == 300


async def test_what_comes_into_a_suggestion_of_others_is_named_there_and_never_in_one_that_was_answered(
    desk: Desk,
) -> None:
    for number in range(6):
        await desk.hear(notice(f"Odd{number}", labels={"service": f"svc{number}"}))
    newest = (await desk.suggestions())[0]
    assert (newest.proposal.others, newest.proposal.services) == (("Odd5",), ("svc4", "svc5"))
    assert newest.proposal.whole_title == "Odd4 and 1 other alert"
    await desk.store.run(lambda tx: ignore(tx, WORKSPACE, newest.id, "U0BOB", desk.clock()))

    await desk.hear(notice("Odd6"))

    assert [one.proposal.others for one in await desk.suggestions()] == [("Odd5",), ("Odd6",), (), (), ()]


async def test_too_many_requests_at_once_are_asked_to_come_again(desk: Desk) -> None:
    came = (desk.hear(notice(of=str(number)), body=b"%d" % number) for number in range(110))
    became = await asyncio.gather(*came, return_exceptions=True)

    assert [isinstance(one, NotRecorded) for one in became] == [False] * 100 + [True] * 10
    assert [one for one in became if one is not None and not isinstance(one, NotRecorded)] == []


async def test_what_comes_before_the_workspace_is_known_is_taken_once_it_is(store: Store) -> None:
    desk = Desk(store, workspace=None)
    body = (
        b'{"version": "4", "groupKey": "g", "alerts": [{"status": "firing", "fingerprint": "f",'
        b' "startsAt": "2026-03-04T09:58:00Z", "labels": {"alertname": "WaqitiPaymentSystemDown"}}]}'
    )
    await desk.hear(body=body)
    assert await desk.incidents() == []

    await desk.taking.know(WORKSPACE)

    incident = await desk.only()
    assert incident.detected_at == NOW - timedelta(minutes=2)
    await desk.taking.follow_up()
    assert len(await desk.incidents()) == 1


async def test_a_page_that_the_monitor_made_is_taken_over(store: Store) -> None:
    connected = replace(shipped.playbook("waqiti"), connected=frozenset(f.Way))
    desk = Desk(store, playbook=connected)
    await desk.hear(notice(source="pagerduty", paged="PD1"))

    incident = await desk.only()
    assert [(ring.key, ring.by_monitor) for ring in incident.rings] == [("PD1", True)]
    await desk.hear(notice(source="pagerduty", paged="PD1", of="again"))
    assert len(await desk.incidents()) == 1


async def test_what_a_rule_says_the_monitor_pages_itself_is_taken_over_under_its_key(store: Store) -> None:
    rules = (AlertRule(Deed.DECLARE, severity="P2", paged_by="pagerduty", apart=True),)
    desk = Desk(store, playbook=replace(shipped.playbook("waqiti"), connected=frozenset(f.Way), alerts=rules))
    await desk.hear(notice("Odd", pages_as="key-of-the-group"), notice("Odd", of="b", pages_as="key-of-the-group"))
    await desk.hear(notice("Odd", of="c", pages_as="another-key"))

    assert [(ring.key, ring.by_monitor) for ring in (await desk.only()).rings] == [
        ("key-of-the-group", True),
        ("another-key", True),
    ]


async def test_what_pagerduty_tells_of_a_page_of_tocsins_own_changes_nothing(store: Store) -> None:
    desk = Desk(store, playbook=replace(shipped.playbook("waqiti"), connected=frozenset(f.Way)))
    await desk.hear(notice())
    [first, *_] = await desk.deliveries()

    await desk.hear(notice("Page", source="pagerduty", paged=first.key))

    assert len(await desk.incidents()) == 1
    assert [body.became for body in await desk.bodies() if body.source == "pagerduty"] == [
        "of a page that is known here"
    ]


async def test_what_is_older_than_seven_days_is_forgotten(desk: Desk) -> None:
    await desk.hear(notice("DiskFull"))
    await desk.hear(over(notice("DiskFull"), desk.clock()))
    desk.clock.passes(days=7, minutes=1)

    await desk.taking.forget()

    assert (await desk.bodies(), await desk.suggestions()) == ([], [])


async def test_after_a_restart_alerts_are_taken_for_the_workspace_that_was_last(desk: Desk) -> None:
    assert await desk.store.run(last_workspace) is None
    await desk.hear(notice())
    assert await desk.store.run(last_workspace) == WORKSPACE
    await desk.taking.know("T2")
    assert await desk.store.run(last_workspace) == "T2"


async def test_a_click_goes_before_the_rest_of_a_storm(store: Store) -> None:
    desk = Desk(store, most_waiting=1000)
    storm = [asyncio.create_task(desk.hear(notice(of=str(one), group=f"g{one}"))) for one in range(800)]
    await asyncio.sleep(0)

    taken = len(await desk.bodies())

    assert taken < len(storm)
    await asyncio.gather(*storm)
    assert len(await desk.bodies()) == len(storm)
    assert len(await desk.incidents()) == 1
