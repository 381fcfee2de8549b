"""Where a tool shows one service in one stretch of time: the address, as each kind of tool wants it.

    grafana     a dashboard: https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/create-dashboard-url-variables/
    loki        logs, in Grafana's Explore: https://grafana.com/docs/grafana/latest/explore/get-started-with-explore/
    prometheus  its own graph: https://prometheus.io/docs/prometheus/latest/getting_started/
    kibana      Discover, whose state is written in Rison: https://www.elastic.co/docs/explore-analyze/discover
    jaeger      a search for traces: https://www.jaegertracing.io/docs/latest/external-guides/
    datadog     the explorer of logs: https://docs.datadoghq.com/logs/explorer/

The service and the query are data: each is escaped for the language that it stands in, and then for the address.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

MINUTE = 60
SERVICE = "{service}"
RISON = "!'()*,:@$"
"""What may stand as it is behind the #."""


@dataclass(frozen=True, slots=True)
class View:
    """What is to be shown: the tool at `url`, by its `query` and `datasource`, and what of it."""

    url: str
    service: str
    began: datetime
    ended: datetime
    query: str = ""
    datasource: str = ""


@dataclass(frozen=True, slots=True)
class Asks:
    """What a kind of tool is asked by itself: of a service, and where no service is known."""

    of_service: str
    of_all: str

    def written(self, view: View, escaped: Callable[[str], str]) -> str:
        """Return the query, the playbook's own where it has one, with the service in it."""
        template = view.query or self.of_service
        if SERVICE in template and not view.service:
            return self.of_all
        return template.replace(SERVICE, escaped(view.service))


PROMQL = Asks('up{job="{service}"}', "up")
LOGQL = Asks('{app="{service}"}', '{app=~".+"}')
KQL = Asks('"{service}"', "*")
LOGS = Asks('service:"{service}"', "*")


def grafana(view: View) -> str:
    """Return the address of a dashboard; the list of all of them shows no service, and no time."""
    if urlsplit(view.url).path.rstrip("/").endswith("/dashboards"):
        return view.url
    of_service = [("var-service", view.service)] if view.service else []
    return _with(view.url, [*of_service, ("from", _milliseconds(view.began)), ("to", _milliseconds(view.ended))])


def loki(view: View) -> str:
    """Return the address of logs in Grafana's Explore."""
    uid = view.datasource or "loki"
    query = {"refId": "A", "expr": LOGQL.written(view, _in_string), "datasource": {"type": "loki", "uid": uid}}
    window = {"from": _milliseconds(view.began), "to": _milliseconds(view.ended)}
    panes = json.dumps({"a": {"datasource": uid, "queries": [query], "range": window}}, separators=(",", ":"))
    return _with(f"{_base(view)}/explore", [("schemaVersion", "1"), ("panes", panes)])


def prometheus(view: View) -> str:
    """Return the address of a graph."""
    lasted = math.ceil((view.ended - view.began).total_seconds() / MINUTE)
    asked = [
        ("g0.expr", PROMQL.written(view, _in_string)),
        ("g0.tab", "0"),
        ("g0.range_input", f"{max(1, lasted)}m"),
        ("g0.end_input", f"{view.ended.astimezone(UTC):%Y-%m-%d %H:%M:%S}"),
    ]
    return _with(f"{_base(view)}/graph", asked)


def kibana(view: View) -> str:
    """Return the address of Discover."""
    window = f"(time:(from:{_rison(_iso(view.began))},to:{_rison(_iso(view.ended))}))"
    state = f"(query:(language:kuery,query:{_rison(KQL.written(view, _in_string))}))"
    return f"{_base(view)}/app/discover#/?_g={quote(window, safe=RISON)}&_a={quote(state, safe=RISON)}"


def jaeger(view: View) -> str:
    """Return the address of a search for traces; its times are in microseconds."""
    of_service = [("service", view.service)] if view.service else []
    start, end = (f"{_milliseconds(at)}000" for at in (view.began, view.ended))
    return _with(f"{_base(view)}/search", [*of_service, ("start", start), ("end", end), ("lookback", "custom")])


def datadog(view: View) -> str:
    """Return the address of the explorer of logs."""
    window = [("from_ts", _milliseconds(view.began)), ("to_ts", _milliseconds(view.ended)), ("live", "false")]
    return _with(f"{_base(view)}/logs", [("query", LOGS.written(view, _in_string)), *window])


KINDS: Mapping[str, Callable[[View], str]] = {
    "grafana": grafana,
    "loki": loki,
    "prometheus": prometheus,
    "kibana": kibana,
    "jaeger": jaeger,
    "datadog": datadog,
}


def _base(view: View) -> str:
    return view.url.rstrip("/")


def _with(address: str, asked: list[tuple[str, str]]) -> str:
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in asked)
    return f"{address}{'&' if '?' in address else '?'}{query}"


def _in_string(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _rison(text: str) -> str:
    return "'{}'".format(text.replace("!", "!!").replace("'", "!'"))


def _iso(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.000Z}"


def _milliseconds(at: datetime) -> str:
    return str(int(at.timestamp() * 1000))
