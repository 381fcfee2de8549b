"""What each monitor really sends, after its documentation (the addresses stand in app/alerts)."""

import hashlib
import hmac
import json
from copy import deepcopy
from typing import Any

Payload = dict[str, Any]

SECRETS = {
    name: (f"the-secret-of-{name}",)
    for name in ("alertmanager", "grafana", "datadog", "pagerduty", "opsgenie", "generic")
}


def alertmanager(status: str = "firing", **labels: str) -> Payload:
    named = {"alertname": "PaymentErrorsHigh", "severity": "critical", "service": "payments", **labels}
    over = status == "resolved"
    return {
        "receiver": "tocsin",
        "status": status,
        "alerts": [
            {
                "status": status,
                "labels": dict(named),
                "annotations": {"summary": "5 % of payments fail", "runbook_url": "https://runbooks.example.org/pay"},
                "startsAt": "2026-11-21T10:00:00.123456789Z",
                "endsAt": "2026-11-21T10:20:00Z" if over else "0001-01-01T00:00:00Z",
                "generatorURL": "https://prometheus.example.org/graph?g0.expr=errors",
                "fingerprint": "b5d4045c3f466fa9",
            }
        ],
        "groupLabels": {"alertname": named["alertname"]},
        "commonLabels": named,
        "commonAnnotations": {"summary": "5 % of payments fail"},
        "externalURL": "http://alertmanager:9093",
        "version": "4",
        "groupKey": '{}:{alertname="PaymentErrorsHigh"}',
        "truncatedAlerts": 0,
    }


def grafana() -> Payload:
    return {
        "receiver": "tocsin",
        "status": "firing",
        "orgId": 1,
        "alerts": [
            {
                "status": "firing",
                "labels": {"alertname": "High memory usage", "team": "blue", "zone": "us-1"},
                "annotations": {"description": "The system has high memory usage", "summary": "Memory in us-1"},
                "startsAt": "2026-11-21T09:51:03.157076+02:00",
                "endsAt": "0001-01-01T00:00:00Z",
                "generatorURL": "https://play.grafana.org/alerting/1afz29v7z/edit",
                "fingerprint": "c6eadffa33fcdf37",
                "silenceURL": "https://play.grafana.org/alerting/silence/new?alertmanager=grafana",
                "dashboardURL": "",
                "panelURL": "https://play.grafana.org/d/abc?viewPanel=1",
                "values": {"B": 44.23943737541908, "C": 1},
            },
            {
                "status": "resolved",
                "labels": {"alertname": "High CPU usage", "team": "blue", "zone": "eu-1"},
                "annotations": {},
                "startsAt": "2026-11-21T09:56:03.157076+02:00",
                "endsAt": "2026-11-21T10:56:03.157076+02:00",
                "generatorURL": "https://play.grafana.org/alerting/d1rdpdv7k/edit",
                "fingerprint": "bc97ff14869b13e3",
                "values": None,
            },
        ],
        "groupLabels": {},
        "commonLabels": {"team": "blue"},
        "commonAnnotations": {},
        "externalURL": "https://play.grafana.org/",
        "version": "1",
        "groupKey": "{}:{}",
        "truncatedAlerts": 3,
        "title": "[FIRING:1, RESOLVED:1]  (blue)",
        "state": "alerting",
        "message": "**Firing**",
    }


def datadog(transition: str = "Triggered") -> Payload:
    return {
        "cycle": "5555666677778888",
        "monitor": "1234",
        "transition": transition,
        "title": "Checkout is slow on service:checkout",
        "priority": "P2",
        "scope": "availability-zone:us-east-1a,service:checkout",
        "tags": "env:prod,monitor,team:shop",
        "host": "$HOSTNAME",
        "date": "1763719200000",
        "text": "p99 is above 2 s",
        "link": "https://app.datadoghq.com/monitors/1234",
    }


def pagerduty(kind: str = "incident.triggered", **incident: Any) -> Payload:
    reference = {"html_url": "https://acme.pagerduty.com/x", "self": "https://api.pagerduty.com/x"}
    return {
        "event": {
            "id": "5ac64822-4adc-4fda-ade0-410becf0de4f",
            "event_type": kind,
            "resource_type": "incident",
            "occurred_at": "2026-11-21T10:01:00.000Z",
            "agent": {"id": "PLH1HKV", "summary": "Tenex Engineer", "type": "user_reference", **reference},
            "client": {"name": "PagerDuty"},
            "data": {
                "id": "PGR0VU2",
                "type": "incident",
                "self": "https://api.pagerduty.com/incidents/PGR0VU2",
                "html_url": "https://acme.pagerduty.com/incidents/PGR0VU2",
                "number": 2,
                "status": "triggered",
                "incident_key": "d3640fbd41094207a1c11e58e46b1662",
                "created_at": "2026-11-21T10:00:00Z",
                "title": "A little bump in the road",
                "service": {"id": "PF9KMXH", "summary": "API Service", "type": "service_reference", **reference},
                "assignees": [{"id": "PTUXL6G", "summary": "User 123", "type": "user_reference", **reference}],
                "escalation_policy": {"id": "PUS0KTE", "summary": "Default", **reference},
                "teams": [{"id": "PFCVPS0", "summary": "Engineering", "type": "team_reference", **reference}],
                "priority": {"id": "PSO75BM", "summary": "P1", "type": "priority_reference", **reference},
                "urgency": "high",
                "conference_bridge": None,
                "resolve_reason": None,
                **incident,
            },
        }
    }


def pagerduty_ping() -> Payload:
    return {
        "event": {
            "id": "01FKZOXA868SHYEE4DVNWB5P9W",
            "event_type": "pagey.ping",
            "resource_type": "pagey",
            "occurred_at": "2026-04-07T03:00:55.532Z",
            "agent": {"id": "PVE0ZR9", "type": "user_reference"},
            "client": None,
            "data": {"message": "Hello from your friend Pagey!", "type": "ping"},
        }
    }


def opsgenie(action: str = "Create") -> Payload:
    return {
        "source": {"name": "web", "type": "API"},
        "alert": {
            "updatedAt": 1763719260166002000,
            "tags": ["env:prod", "urgent"],
            "teams": ["team1"],
            "recipients": ["recipient1"],
            "message": "Disk is full",
            "username": "fili@example.org",
            "alertId": "052652ac-5d1c-464a-812a-7dd18bbfba8c",
            "source": "monitoring",
            "alias": "disk-full-db1",
            "tinyId": "23",
            "createdAt": 1763719200104,
            "userId": "daed1180-0ce8-438b-8f8e-57e1a5920a2d",
            "entity": "db1",
            "priority": "P1",
            "details": {"service": "database"},
        },
        "action": action,
        "integrationId": "37c8f316-17c6-49d7-899b-9c7e540c048d",
        "integrationName": "Integration1",
    }


def generic() -> Payload:
    return {
        "name": "Backup failed",
        "status": "firing",
        "id": "backup-42",
        "group": "backups",
        "severity": "high",
        "services": ["backup", "database"],
        "labels": {"host": "db1"},
        "annotations": {"log": "exit 1"},
        "summary": "The nightly backup of db1 failed",
        "url": "https://ci.example.org/42",
        "starts_at": "2026-11-21T10:00:00Z",
    }


EXAMPLES: dict[str, list[Payload]] = {
    "alertmanager": [alertmanager(), alertmanager("resolved")],
    "grafana": [grafana()],
    "datadog": [datadog(), datadog("Recovered"), datadog("Re-No Data")],
    "pagerduty": [
        *(
            pagerduty(f"incident.{kind}")
            for kind in ("triggered", "acknowledged", "resolved", "reassigned", "annotated")
        ),
        pagerduty_ping(),
    ],
    "opsgenie": [opsgenie(action) for action in ("Create", "Acknowledge", "Close", "AddNote")],
    "generic": [generic(), {"alerts": [generic(), {"name": "Just a name"}]}],
}


def examples(source: str) -> list[Payload]:
    """Return copies that may be changed."""
    return deepcopy(EXAMPLES[source])


def proven(source: str, body: bytes, secret: str = "") -> dict[str, str]:
    """Return the headers with which that source sends this."""
    held = secret or SECRETS[source][0]
    if source == "pagerduty":
        return {"x-pagerduty-signature": "v1=" + hmac.new(held.encode(), body, hashlib.sha256).hexdigest()}
    return {"authorization": f"Bearer {held}"}


def written(payload: Payload) -> bytes:
    return json.dumps(payload).encode()
