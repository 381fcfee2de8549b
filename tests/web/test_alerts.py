"""The door for alerts: who is let in, and what is answered."""

import base64
import hashlib
import hmac

import pytest

from tests.alerts import payloads
from tests.alerts.payloads import SECRETS, examples, proven, written
from tests.web.doors import NOW, Taker, client, door, send


@pytest.mark.parametrize("source", SECRETS)
async def test_what_each_source_really_sends_is_taken(taker: Taker, source: str) -> None:
    for payload in examples(source):
        payload.get("event", {}).update({"occurred_at": "2025-11-21T10:00:00Z"})
        answer = await send(door(taker), source, written(payload))
        assert answer.status_code == 200, answer.text
    assert [(name, body) for name, body, _, _ in taker.taken if name != source or not body] == []
    assert any(reading.notices for _, _, reading, _ in taker.taken)


async def test_what_is_taken_is_what_was_sent_byte_by_byte(taker: Taker) -> None:
    body = b'\xef\xbb\xbf{"name": "x", "name": "y",  "n": NaN}'
    assert (await send(door(taker), "generic", body)).status_code == 200
    [(_, kept, reading, once)] = taker.taken
    assert (kept, reading.notices[0].name, once) == (body, "y", "")


async def test_what_is_not_posted_is_answered_with_what_to_do(taker: Taker) -> None:
    async with client(door(taker)) as site:
        answer = await site.get("/alerts/alertmanager")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.json() == {"error": "Alerts are sent here with POST."}


@pytest.mark.parametrize("source", SECRETS)
async def test_nobody_without_the_secret_is_let_in(taker: Taker, source: str) -> None:
    body = written(examples(source)[0])
    wrong = [
        *({}, {"authorization": ""}, {"authorization": "Bearer"}, {"authorization": "Bearer "}),
        {"authorization": "Bearer the-secret-of-nobody"},
        *({"authorization": "Basic !"}, {"authorization": "Basic " + base64.b64encode(b"\xff\xfe").decode()}),
        {"authorization": f"Digest {SECRETS[source][0]}"},
        proven(source, body, "the-secret-of-nobody"),
        *({name: value} for name in ("x-pagerduty-signature", "x-grafana-alerting-signature") for value in ("", "v1=")),
        {"webhook-signature": "v1,", "webhook-id": "1", "webhook-timestamp": str(int(NOW))},
    ]
    for headers in wrong:
        answer = await send(door(taker), source, body, headers)
        assert answer.status_code == 401
        assert "SECRET" in answer.json()["error"]
    assert taker.taken == []


async def test_a_token_is_taken_as_the_password_of_basic_authentication_too(taker: Taker) -> None:
    told = base64.b64encode(b"anybody:" + SECRETS["alertmanager"][0].encode()).decode()
    body = written(payloads.alertmanager())
    assert (await send(door(taker), "alertmanager", body, {"authorization": f"Basic {told}"})).status_code == 200


async def test_two_secrets_are_valid_while_one_takes_the_others_place(taker: Taker) -> None:
    secrets = dict.fromkeys(("alertmanager", "pagerduty"), ("the-new-secret-1234", "the-old-secret-1234"))
    for source, both in secrets.items():
        payload = examples(source)[-1]
        payload.get("event", {}).update({"occurred_at": "2025-11-21T10:00:00Z"})
        body = written(payload)
        for secret in both:
            assert (await send(door(taker, secrets), source, body, proven(source, body, secret))).status_code == 200
        answer = await send(door(taker, secrets), source, body, proven(source, body, "the-older-secret-1234"))
        assert answer.status_code == 401


async def test_a_source_without_a_secret_is_closed_and_says_which_setting_opens_it(taker: Taker) -> None:
    answer = await send(door(taker, {}), "grafana", b"{}", {"authorization": "Bearer "})
    assert answer.status_code == 404
    assert "TOCSIN_ALERTS_GRAFANA_SECRET" in answer.json()["error"]
    assert (await send(door(taker), "nagios", b"{}", {})).status_code == 404


async def test_any_of_pagerdutys_signatures_will_do(taker: Taker) -> None:
    body = written(payloads.pagerduty_ping() | {"x": 1})
    [right] = proven("pagerduty", body).values()
    assert (
        await send(door(taker), "pagerduty", body, {"x-pagerduty-signature": f"v1=00,v0=1, {right}"})
    ).status_code == 200
    forged = {"x-pagerduty-signature": ",".join(["v1=00"] * 1000 + [right])}
    assert (await send(door(taker), "pagerduty", body, forged)).status_code == 401


async def test_a_body_that_was_changed_on_the_way_is_refused(taker: Taker) -> None:
    body = written(payloads.pagerduty())
    assert (await send(door(taker), "pagerduty", body + b" ", proven("pagerduty", body))).status_code == 401


async def test_pagerdutys_token_alone_does_not_do(taker: Taker) -> None:
    bearer = {"authorization": f"Bearer {SECRETS['pagerduty'][0]}"}
    assert (await send(door(taker), "pagerduty", written(payloads.pagerduty_ping()), bearer)).status_code == 401


async def test_acts_in_a_pager_are_heard_and_what_pagerduty_repeats_has_one_name(taker: Taker) -> None:
    payload = payloads.pagerduty("incident.acknowledged")
    payload["event"]["occurred_at"] = "2025-11-21T10:00:00Z"
    for _ in range(2):
        assert (await send(door(taker), "pagerduty", written(payload))).json() == {"alerts": 0, "acts": 1}
    assert [act.did for act in taker.heard] == ["acknowledged", "acknowledged"]
    first, second = (once for _, _, _, once in taker.taken)
    assert first == second != ""


async def test_what_pagerduty_told_days_ago_is_no_longer_taken(taker: Taker) -> None:
    payload = payloads.pagerduty("incident.acknowledged")
    payload["event"]["occurred_at"] = "2025-11-19T10:00:00Z"
    answer = await send(door(taker), "pagerduty", written(payload))
    assert answer.status_code == 422
    assert "more than a day ago" in answer.json()["error"]
    assert taker.heard == []


def grafana_signed(body: bytes, stamp: str = "") -> dict[str, str]:
    signed = f"{stamp}:".encode() + body if stamp else body
    told = hmac.new(SECRETS["grafana"][0].encode(), signed, hashlib.sha256).hexdigest()
    return {"x-grafana-alerting-signature": told} | ({"x-grafana-alerting-timestamp": stamp} if stamp else {})


async def test_grafanas_signature_is_checked_with_its_time_and_without(taker: Taker) -> None:
    body = written(payloads.grafana())
    stamp = str(int(NOW))
    assert (await send(door(taker), "grafana", body, grafana_signed(body))).status_code == 200
    assert (await send(door(taker), "grafana", body, grafana_signed(body, stamp))).status_code == 200
    names = [once for _, _, _, once in taker.taken]
    assert all(names)
    assert names[0] != names[1]
    stripped = grafana_signed(body, stamp)
    del stripped["x-grafana-alerting-timestamp"]
    later = grafana_signed(body, stamp) | {"x-grafana-alerting-timestamp": str(int(NOW) + 1)}
    for forged in (stripped, later):
        assert (await send(door(taker), "grafana", body, forged)).status_code == 401


def standard_signed(body: bytes, key: bytes, stamp: str, name: str = "msg_1") -> dict[str, str]:
    signed = f"{name}.{stamp}.".encode() + body
    told = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {"webhook-id": name, "webhook-timestamp": stamp, "webhook-signature": f"v1a,x v1,{told}"}


async def test_standard_webhooks_are_checked_with_the_key_behind_whsec(taker: Taker) -> None:
    key = b"0123456789abcdef0123456789abcdef"
    secrets = {"generic": ("whsec_" + base64.b64encode(key).decode(),)}
    body = written(payloads.generic())
    signed = standard_signed(body, key, str(int(NOW)))
    assert (await send(door(taker, secrets), "generic", body, signed)).status_code == 200
    assert (await send(door(taker, secrets), "generic", body, signed | {"webhook-id": "msg_2"})).status_code == 401
    [(_, _, _, once)] = taker.taken
    assert once.startswith("alerts:generic:")


@pytest.mark.parametrize("aside", [-301, 301, 10**9])
async def test_what_was_signed_long_ago_or_ahead_of_time_is_refused(taker: Taker, aside: int) -> None:
    stamp, body = str(int(NOW) + aside), written(payloads.generic())
    assert (
        await send(door(taker), "generic", body, standard_signed(body, SECRETS["generic"][0].encode(), stamp))
    ).status_code == 401
    body = written(payloads.grafana())
    assert (await send(door(taker), "grafana", body, grafana_signed(body, stamp))).status_code == 401


async def test_a_database_that_is_away_asks_for_the_alert_again(taker: Taker) -> None:
    taker.away = True
    answer = await send(door(taker), "alertmanager", written(payloads.alertmanager()))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    taker.away = False
    assert (await send(door(taker), "alertmanager", written(payloads.alertmanager()))).status_code == 200


async def test_what_nobody_foresaw_is_answered_as_all_else_and_no_word_of_it_is_logged(
    taker: Taker, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    taker.fails = ValueError("the text of an alert")
    answer = await send(door(taker), "alertmanager", written(payloads.alertmanager()))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "Send it again" in answer.json()["error"]
    logged = capsys.readouterr()
    assert "ValueError" in logged.out + logged.err + caplog.text
    assert "the text of an alert" not in logged.out + logged.err + caplog.text


async def test_a_body_that_grafana_signed_without_a_time_is_known_by_its_signature(taker: Taker) -> None:
    body = written(payloads.grafana())
    for _ in range(2):
        assert (await send(door(taker), "grafana", body, grafana_signed(body))).status_code == 200
    first, second = (once for _, _, _, once in taker.taken)
    assert first == second != ""
