"""Each monitor's own words, read."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import get_args

import pytest

from app.alerts import alertmanager, datadog, generic, grafana, opsgenie, pagerduty
from app.alerts.fields import LONGEST_KEY, LONGEST_TEXT, Part, moment
from app.alerts.notice import Notice, Reading, There, Unusable
from app.alerts.sources import sources
from app.config import alerts as settings
from app.playbooks.language import alerts as language
from tests.alerts import payloads
from tests.alerts.payloads import Payload

EPOCH = "0001-01-01T00:00:00Z"
TEN = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def only(reading: Reading) -> Notice:
    [notice] = reading.notices
    return notice


def test_every_source_has_its_setting_and_no_setting_is_without_one() -> None:
    assert tuple(sources({})) == settings.SOURCES == get_args(language.Source)
    assert set(settings.SOURCES) == {name.split("_")[1] for name in settings.Alerts.model_fields if "secret" in name}


def test_alertmanager_tells_what_fires_since_when() -> None:
    notice = only(alertmanager.read(Part(payloads.alertmanager())))
    assert notice == Notice(
        source="alertmanager",
        fingerprint="b5d4045c3f466fa9",
        group='{}:{alertname="PaymentErrorsHigh"}',
        name="PaymentErrorsHigh",
        firing=True,
        starts_at=TEN.replace(microsecond=123456),
        severity="critical",
        labels={"alertname": "PaymentErrorsHigh", "severity": "critical", "service": "payments"},
        summary="5 % of payments fail",
        url="https://prometheus.example.org/graph?g0.expr=errors",
        pages_as=sha256(b'{}:{alertname="PaymentErrorsHigh"}').hexdigest(),
    )


def test_what_is_over_has_the_key_that_it_fired_with_and_its_end() -> None:
    fired = only(alertmanager.read(Part(payloads.alertmanager())))
    over = only(alertmanager.read(Part(payloads.alertmanager("resolved"))))
    assert (over.fingerprint, over.group) == (fired.fingerprint, fired.group)
    assert (over.firing, over.ends_at) == (False, TEN.replace(minute=20))


@pytest.mark.parametrize(("status", "left_out", "rest"), [("resolved", 412, 1), ("resolved", 0, 0), ("firing", 9, 0)])
def test_the_end_of_a_group_is_that_of_the_alerts_that_were_left_out(status: str, left_out: int, rest: int) -> None:
    named, *more = alertmanager.read(Part(payloads.alertmanager(status) | {"truncatedAlerts": left_out})).notices
    assert [(one.rest, one.firing, one.group) for one in more] == [(True, False, named.group)] * rest


def test_a_field_of_a_later_alertmanager_is_no_fault() -> None:
    payload = payloads.alertmanager() | {"notificationReason": "repeat", "x": [{}]}
    payload["alerts"][0]["new"] = {"a": 1}
    assert only(alertmanager.read(Part(payload))).firing


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"version": "5"}, "`version` is '5'"),
        ({"alerts": None}, "`alerts` is missing"),
        ({"alerts": {}}, "`alerts` is no list"),
        ({"alerts": [7]}, r"`alerts\[0\]` is no object"),
        ({"alerts": [{"labels": {}}]}, r"`alerts\[0\].status` is missing"),
        ({"alerts": [{"status": "pending"}]}, r"`alerts\[0\].status` is neither firing nor resolved"),
        ({"alerts": [{"status": "firing", "labels": []}]}, r"`alerts\[0\].labels` is no object"),
        ({"alerts": [{"status": "firing", "startsAt": {}}]}, r"`alerts\[0\].startsAt` is no text"),
    ],
)
def test_what_is_wrong_is_named(change: Payload, fault: str) -> None:
    with pytest.raises(Unusable, match=fault):
        alertmanager.read(Part(payloads.alertmanager() | change))


def test_grafana_is_alertmanager_with_panels() -> None:
    reading = grafana.read(Part(payloads.grafana()))
    memory, cpu = reading.notices
    assert (memory.source, memory.url) == ("grafana", "https://play.grafana.org/d/abc?viewPanel=1")
    assert memory.starts_at == datetime(2026, 11, 21, 7, 51, 3, 157076, tzinfo=UTC)
    assert (cpu.firing, cpu.name) == (False, "High CPU usage")


def test_grafanas_legacy_alerting_is_told_apart() -> None:
    with pytest.raises(Unusable, match="legacy"):
        grafana.read(Part({"evalMatches": [], "ruleName": "Test", "state": "alerting", "title": "[Alerting] Test"}))


def test_datadog_tells_by_its_transition() -> None:
    notice = only(datadog.read(Part(payloads.datadog())))
    assert (notice.fingerprint, notice.group, notice.severity) == ("5555666677778888", "1234", "P2")
    assert (notice.starts_at, notice.url) == (
        datetime(2025, 11, 21, 10, tzinfo=UTC),
        "https://app.datadoghq.com/monitors/1234",
    )
    assert notice.labels == {
        "availability-zone": "us-east-1a",
        "service": "checkout",
        "env": "prod",
        "monitor": "1234",
        "team": "shop",
        "priority": "P2",
        "transition": "triggered",
    }


@pytest.mark.parametrize(
    ("transition", "firing"),
    [("Re-Triggered", True), ("Warn", True), ("Re-No Data", True), ("Renotify", True), ("Recovered", False)],
)
def test_every_transition_of_datadog_is_known(transition: str, firing: bool) -> None:  # noqa: FBT001 -- a case
    assert only(datadog.read(Part(payloads.datadog(transition)))).firing is firing


def test_the_payload_that_is_pasted_into_datadog_is_the_one_that_is_read() -> None:
    assert set(payloads.datadog()) == set(datadog.PAYLOAD)
    with pytest.raises(Unusable, match="`transition` is missing"):
        datadog.read(Part(dict(datadog.PAYLOAD)))


def test_a_pagerduty_incident_is_an_alert_that_has_paged() -> None:
    reading = pagerduty.read(Part(payloads.pagerduty()))
    notice = only(reading)
    assert (notice.fingerprint, notice.paged) == ("PGR0VU2", "d3640fbd41094207a1c11e58e46b1662")
    assert (notice.firing, notice.severity, notice.services) == (True, "P1", ("API Service",))
    assert (notice.starts_at, reading.acts, reading.told) == (TEN, (), "5ac64822-4adc-4fda-ade0-410becf0de4f")


def test_an_acknowledgement_in_pagerduty_names_who() -> None:
    reading = pagerduty.read(Part(payloads.pagerduty("incident.acknowledged")))
    assert reading.notices == ()
    assert reading.acts == (
        There(
            way="pagerduty",
            did="acknowledged",
            key="d3640fbd41094207a1c11e58e46b1662",
            incident="PGR0VU2",
            person="PLH1HKV",
            name="Tenex Engineer",
            at=TEN.replace(minute=1),
            to=("User 123",),
        ),
    )


def test_what_no_person_did_in_pagerduty_names_nobody() -> None:
    payload = payloads.pagerduty("incident.acknowledged")
    payload["event"]["agent"] = {"id": "PINT", "type": "integration_reference", "summary": "Events API"}
    [act] = pagerduty.read(Part(payload)).acts
    assert (act.person, act.name) == ("", "Events API")
    payload["event"]["agent"] = None
    [act] = pagerduty.read(Part(payload)).acts
    assert (act.person, act.name) == ("", "")


def test_what_is_reopened_in_pagerduty_began_when_it_was() -> None:
    payload = payloads.pagerduty("incident.reopened")
    notice = only(pagerduty.read(Part(payload)))
    assert notice.starts_at == datetime.fromisoformat(payload["event"]["occurred_at"])
    assert notice.starts_at != only(pagerduty.read(Part(payloads.pagerduty("incident.triggered")))).starts_at


def test_resolved_in_pagerduty_is_both_an_act_and_the_end_of_the_alert() -> None:
    reading = pagerduty.read(Part(payloads.pagerduty("incident.resolved")))
    assert only(reading).firing is False
    assert [act.did for act in reading.acts] == ["resolved"]


@pytest.mark.parametrize("kind", ["incident.annotated", "service.updated", "incident.status_update_published"])
def test_what_pagerduty_tells_besides_is_taken_for_nothing(kind: str) -> None:
    assert pagerduty.read(Part(payloads.pagerduty(kind))) == Reading()


def test_pagerdutys_ping_is_taken_for_nothing() -> None:
    assert pagerduty.read(Part(payloads.pagerduty_ping())) == Reading()


def test_opsgenie_tells_in_milliseconds_and_in_nanoseconds() -> None:
    notice = only(opsgenie.read(Part(payloads.opsgenie())))
    assert (notice.fingerprint, notice.paged) == ("052652ac-5d1c-464a-812a-7dd18bbfba8c", "disk-full-db1")
    assert notice.starts_at == datetime(2025, 11, 21, 10, 0, 0, 104000, tzinfo=UTC)
    assert {"env": "prod", "service": "database", "entity": "db1"}.items() <= notice.labels.items()
    over = only(opsgenie.read(Part(payloads.opsgenie("Close"))))
    assert (over.firing, over.ends_at) == (False, datetime(2025, 11, 21, 10, 1, 0, 166002, tzinfo=UTC))


def test_an_acknowledgement_in_opsgenie_names_who() -> None:
    [act] = opsgenie.read(Part(payloads.opsgenie("Acknowledge"))).acts
    assert (act.way, act.did, act.key, act.email) == ("opsgenie", "acknowledged", "disk-full-db1", "fili@example.org")


def test_anything_else_may_say_little() -> None:
    read = generic.reader({})
    notice = only(read(Part({"name": "Backup failed"})))
    assert (notice.firing, notice.group) == (True, notice.fingerprint)
    assert notice.fingerprint == only(read(Part({"name": "Backup failed", "status": "ok"}))).fingerprint


def test_annotations_say_what_the_summary_does_not() -> None:
    sent = {"name": "Disk", "annotations": {"runbook": "r", "description": "Of db1"}}
    assert only(generic.reader({})(Part(sent))).summary == "Of db1"
    assert only(generic.reader({})(Part(sent | {"summary": "Full"}))).summary == "Full"


def test_a_mapping_says_where_the_fields_lie() -> None:
    read = generic.reader({"alerts": "data.items", "name": "rule.title", "status": "state", "labels": "rule.tags"})
    sent = {"data": {"items": [{"rule": {"title": "Disk", "tags": {"a": 1}}, "state": "OK"}]}}
    notice = only(read(Part(sent)))
    assert (notice.name, notice.firing, notice.labels) == ("Disk", False, {"a": "1"})


def test_a_fault_in_what_is_mapped_is_named_as_the_sender_names_it() -> None:
    read = generic.reader({"name": "rule.title", "status": "state"})
    with pytest.raises(Unusable, match=r"`rule\.title` is missing"):
        read(Part({"rule": {}}))
    with pytest.raises(Unusable, match="`state` is no status that Tocsin knows"):
        read(Part({"rule": {"title": "Disk"}, "state": "perhaps"}))


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"name": float("nan")}, "`name` is no text"),
        ({"name": "\x00"}, "`name` is missing"),
        ({"name": " "}, "`name` is missing"),
        ({"name": "x", "starts_at": "yesterday"}, "`starts_at` is no time: write 2026-11-21T10:00:00Z"),
        ({"name": "x", "ends_at": float("inf")}, "`ends_at` is no text"),
    ],
)
def test_what_was_meant_otherwise_is_refused(said: dict[str, object], fault: str) -> None:
    with pytest.raises(Unusable, match=fault):
        generic.reader({})(Part(said))


def test_no_time_at_all_may_be_written_as_monitors_write_it() -> None:
    read = generic.reader({})
    assert [only(read(Part({"name": "x", "starts_at": none}))).starts_at for none in ("", None, EPOCH)] == [None] * 3


def test_what_cannot_be_kept_is_not_kept() -> None:
    payload = payloads.alertmanager(alertname="a\x00b\ud800c\x1b[31m", long="x" * 100_000)
    payload["groupKey"] = "k" * 100_000
    payload["alerts"][0]["labels"] |= {f"l{number}": "" for number in range(1000)}
    notice = only(alertmanager.read(Part(payload)))
    assert notice.name == "a\ufffdb\ufffdc\ufffd[31m"
    assert len(notice.labels["long"]) == LONGEST_TEXT
    assert len(notice.labels) == 100
    assert len(notice.group) <= LONGEST_KEY


@pytest.mark.parametrize("said", ["", "soon", "0001-01-01T00:00:00Z", "9999-99-99", "nan", "1e400", "-inf", "-1"])
def test_what_is_no_time_is_none(said: str) -> None:
    assert moment(said) is None
