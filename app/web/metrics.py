"""`/metrics` for Prometheus: the same signs as `/healthz`, as numbers, and how fast people are answered.

No label holds a word of an incident: severities are told by their ids, and nothing else is.
https://prometheus.io/docs/practices/naming/
"""

import hmac
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.domain.effects import Way
from app.health import Health, Signs, State
from app.store import DeliveryState

NOT_COUNTED = (DeliveryState.SENT,)
ANSWERED = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0)
"""The edges of the histogram: what is above the last came too late for Slack."""


class Metrics:
    """The numbers of one running Tocsin, in a registry of its own."""

    def __init__(self, health: Health) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(_Watched(health))
        self.acknowledgement = Histogram(
            "tocsin_acknowledgement_seconds",
            "Seconds from the arrival of a command, click or form to its answer, its record on the disk included.",
            buckets=ANSWERED,
            registry=self.registry,
        )

    def route(self, token: str = "") -> Route:
        """Return the address that tells them; with `token`, to those alone who send it as a bearer token."""
        expected = f"Bearer {token}".encode()

        async def answer(request: Request) -> Response:
            if token and not hmac.compare_digest(request.headers.get("authorization", "").encode(), expected):
                return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})
            return Response(generate_latest(self.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

        return Route("/metrics", answer)


class _Watched(Collector):
    """Turns what health watches into metrics whenever they are asked for."""

    def __init__(self, health: Health) -> None:
        self._health = health

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        signs, health = self._health.signs(), self._health
        yield from _ages(signs)
        yield from _stock(signs)
        yield _circuits(signs)
        ticks = CounterMetricFamily("tocsin_ticks", "Ticks of the clock that did all that was due.")
        ticks.add_metric([], health.clock.ticks)
        yield ticks
        yield from _sent(health)
        failed = GaugeMetricFamily("tocsin_check_failed", "Whether a check of /healthz fails.", labels=["check"])
        for check in health.report().checks:
            failed.add_metric([check.name], check.state is State.FAILED)
        yield failed


def _ages(signs: Signs) -> Iterator[GaugeMetricFamily]:
    overdue = signs.stock.overdue
    yield _gauge("tocsin_oldest_overdue_timer_age_seconds", "How long the oldest timer is overdue.", overdue)
    pages = GaugeMetricFamily(
        "tocsin_oldest_unsent_page_age_seconds", "How long the oldest page has waited to be sent.", labels=["way"]
    )
    for way in Way:
        pages.add_metric([way.value], signs.stock.unsent.get(way, 0.0))
    yield pages
    yield _gauge("tocsin_last_tick_age_seconds", "Seconds since a tick did all that was due.", signs.tick)
    yield _gauge("tocsin_last_round_age_seconds", "Seconds since the sender looked for deliveries.", signs.round)
    if signs.slack is not None:
        yield _gauge("tocsin_slack_silence_seconds", "Seconds since the last word from Slack.", signs.slack)
    yield _gauge(
        "tocsin_event_loop_lag_seconds", "The longest stall of the event loop in the last minute.", signs.stall
    )


def _stock(signs: Signs) -> Iterator[GaugeMetricFamily]:
    deliveries = GaugeMetricFamily(
        "tocsin_deliveries", "Deliveries that have not been made, by state and way.", labels=["state", "way"]
    )
    for (state, way), number in signs.stock.deliveries.items():
        if state not in NOT_COUNTED:
            deliveries.add_metric([state.value, way.value], number)
    yield deliveries
    incidents = GaugeMetricFamily("tocsin_open_incidents", "Open incidents, by severity.", labels=["severity"])
    for severity, number in signs.stock.open_incidents.items():
        incidents.add_metric([severity], number)
    yield incidents
    yield _gauge("tocsin_put_off_incidents", "Incidents that cannot be decided.", signs.stock.put_off)


def _circuits(signs: Signs) -> GaugeMetricFamily:
    circuits = GaugeMetricFamily("tocsin_circuit_open", "Whether nothing goes by a way for now.", labels=["way"])
    for way in Way:
        circuits.add_metric([way.value], way in signs.closed)
    return circuits


def _sent(health: Health) -> Iterator[CounterMetricFamily]:
    sent = health.outbox.sent
    deliveries = CounterMetricFamily("tocsin_deliveries_sent", "Deliveries made since the start.", labels=["way"])
    pages = CounterMetricFamily("tocsin_pages_sent", "Pages sent since the start.", labels=["way"])
    for way in Way:
        deliveries.add_metric([way.value], sent[way, True] + sent[way, False])
        pages.add_metric([way.value], sent[way, True])
    yield deliveries
    yield pages


def _gauge(name: str, says: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, says, value=value)
