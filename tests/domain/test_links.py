from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from app.domain import links
from tests.domain.given import DEFAULT, at, declared, play, resolve

TEMPLATE = "https://grafana.example/d/x?service={service}&from={from_ms}&to={to_ms}&name={incident}"


def query(link: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(link).query, keep_blank_values=True).items()}


def test_the_first_service_and_the_time_from_half_an_hour_before_are_filled_in() -> None:
    incident = replace(declared(), services="payments & refunds, checkout")
    link = links.filled(TEMPLATE, incident, at(minutes=10))
    assert query(link) == {
        "service": "payments & refunds",
        "from": str(int(at(minutes=-30).timestamp() * 1000)),
        "to": str(int(at(minutes=10).timestamp() * 1000)),
        "name": incident.name,
    }


def test_what_people_typed_cannot_leave_its_place_in_the_link() -> None:
    incident = replace(declared(), services="../x?y=1#z{to}")
    link = links.filled("https://grafana.example/{service}/end", incident, at())
    assert link == "https://grafana.example/..%2Fx%3Fy%3D1%23z%7Bto%7D/end"


def test_after_the_end_the_window_ends_with_the_incident() -> None:
    ended = play(DEFAULT).do(resolve(), at(minutes=40)).incident
    link = links.filled("https://logs.example/?from={from}&to={to}", ended, at(days=2))
    assert query(link) == {"from": "2026-03-04T09:30:00Z", "to": "2026-03-04T10:40:00Z"}


def test_it_begins_before_the_detection_where_that_is_earlier() -> None:
    incident = replace(declared(), detected_at=at(minutes=-20))
    assert links.filled("{from}", incident, at()) == "2026-03-04T09%3A10%3A00Z"


def test_without_an_incident_a_link_shows_the_last_half_hour() -> None:
    link = links.filled(TEMPLATE, None, at())
    assert query(link)["service"] == ""
    assert int(query(link)["to"]) - int(query(link)["from"]) == 30 * 60 * 1000


def test_doubled_braces_stand_for_braces() -> None:
    assert (
        links.filled("https://p.example/?q={{job%3D%22{service}%22}}", None, at())
        == "https://p.example/?q={job%3D%22%22}"
    )
