"""Links to dashboards, logs and traces: each kind of tool reads the service and the window out of its own address."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from app.domain import links
from app.domain.dashboards import KINDS, View
from app.domain.reference import Tool
from tests.domain.given import at, declared

BEGAN, ENDED = datetime(2026, 11, 21, 10, tzinfo=UTC), datetime(2026, 11, 21, 11, 30, 30, tzinfo=UTC)
BEGAN_MS, ENDED_MS = "1795255200000", "1795260630000"
VIEW = View("https://tool.example.com/", "payments", BEGAN, ENDED)
HOSTILE = "a\"b\\c'd!e&f=g#h {i} <j> %k+l\u00e9"


def asked(kind: str, view: View = VIEW) -> dict[str, str]:
    return {name: value for name, [value] in parse_qs(urlsplit(KINDS[kind](view)).query).items()}


def test_grafana_has_a_variable_and_milliseconds() -> None:
    told = {"var-service": "payments", "from": BEGAN_MS, "to": ENDED_MS}
    assert asked("grafana") == told
    dashboard = replace(VIEW, url="https://tool.example.com/d/abc?orgId=1")
    assert asked("grafana", dashboard) == {"orgId": "1", **told}
    assert asked("grafana", replace(VIEW, url="https://tool.example.com/dashboards/")) == {}


def test_loki_is_a_pane_of_explore() -> None:
    assert urlsplit(KINDS["loki"](VIEW)).path == "/explore"
    pane = json.loads(asked("loki", replace(VIEW, datasource="P8E"))["panes"])["a"]
    assert pane["range"] == {"from": BEGAN_MS, "to": ENDED_MS}
    assert pane["datasource"] == "P8E"
    assert pane["queries"][0]["expr"] == '{app="payments"}'


def test_prometheus_has_a_range_that_reaches_back_to_the_beginning() -> None:
    told = asked("prometheus")
    assert told["g0.expr"] == 'up{job="payments"}'
    assert (told["g0.range_input"], told["g0.end_input"]) == ("91m", "2026-11-21 11:30:30")
    own = replace(VIEW, query='rate(errors{svc="{service}"}[5m])')
    assert asked("prometheus", own)["g0.expr"] == 'rate(errors{svc="payments"}[5m])'


def test_kibana_has_rison_behind_the_hash() -> None:
    address = urlsplit(KINDS["kibana"](VIEW))
    assert address.path == "/app/discover"
    state = parse_qs(unquote(address.fragment).removeprefix("/?"))
    assert state["_g"] == ["(time:(from:'2026-11-21T10:00:00.000Z',to:'2026-11-21T11:30:30.000Z'))"]
    assert state["_a"] == ["(query:(language:kuery,query:'\"payments\"'))"]


def test_jaeger_counts_microseconds() -> None:
    told = asked("jaeger")
    assert (told["service"], told["start"], told["end"]) == ("payments", f"{BEGAN_MS}000", f"{ENDED_MS}000")


def test_datadog_stands_still_in_the_window() -> None:
    assert asked("datadog") == {
        "query": 'service:"payments"',
        "from_ts": BEGAN_MS,
        "to_ts": ENDED_MS,
        "live": "false",
    }


@pytest.mark.parametrize("kind", KINDS)
def test_no_service_breaks_out_of_where_it_stands(kind: str) -> None:
    address = KINDS[kind](replace(VIEW, service=HOSTILE))
    assert address.isascii()
    assert not set(' "<>{}\\') & set(address)
    if kind == "kibana":
        _, _, state = address.partition("&_a=")
        assert "&" not in state
        # Quotation marks of the service are escaped for KQL, then its apostrophe and exclamation mark for Rison.
        assert "a\\\"b\\\\c!'d!!e&f=g#h {i} <j> %k+l\u00e9" in unquote(state)
    elif kind != "loki":
        [found] = [
            value for value in asked(kind, replace(VIEW, service=HOSTILE)).values() if "b" in value and "j" in value
        ]
        assert "c'd!e&f=g#h {i} <j> %k+l\u00e9" in found
    else:
        expr = json.loads(asked(kind, replace(VIEW, service=HOSTILE))["panes"])["a"]["queries"][0]["expr"]
        assert expr == '{app="a\\"b\\\\c\'d!e&f=g#h {i} <j> %k+l\u00e9"}'


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_service_it_shows_all(kind: str) -> None:
    address = unquote(KINDS[kind](replace(VIEW, service="")))
    assert '""' not in address
    assert "service=&" not in address


def test_a_tool_of_a_kind_knows_the_incident() -> None:
    tool = Tool("loki", "Loki", "https://grafana.example.com", kind="loki")
    incident = replace(declared(), services="payments, checkout")
    assert "payments" in links.address(tool, incident, at())
    assert links.address(replace(tool, kind=""), incident, at()) == "https://grafana.example.com"
