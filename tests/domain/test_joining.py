"""In which open incident an alert counts: values in, values out."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from app.domain import commands as c
from app.domain.alerts import Alert, Deed, Tally, Verdict
from app.domain.incident import Incident
from app.domain.joining import MOST_OF_A_STORM, home
from app.domain.playbook import Rules
from tests.domain.given import DEFAULT, at, play

BREACH = Alert("alertmanager", "Breach")
DECLARES = Verdict(Deed.DECLARE, severity="SEV1", services=("login",))


@dataclass(frozen=True)
class Held:
    incident: Incident
    rules: Rules = DEFAULT


def declared(name: str, services: str = "", **more: object) -> Held:
    tally = Tally("alertmanager", (name,), 1, 1)
    incident = play(DEFAULT, severity="SEV2").do(c.CountAlerts(tally), at(minutes=1)).incident
    return Held(replace(incident, **({"services": services, "declared_by": None} | more)))  # type: ignore[arg-type]


def test_an_alert_counts_in_the_incident_of_its_service() -> None:
    other, same = declared("A", "payments"), declared("B", "db; Login")
    assert home([other, same], BREACH, replace(DECLARES, severity="SEV2"), at(minutes=2)) is same
    assert home([other, same], BREACH, DECLARES, at(minutes=2)) is None


@pytest.mark.parametrize(
    ("name", "minutes", "apart", "joins"),
    [
        ("Other", 5, False, True),
        ("Other", 12, False, False),
        ("Other", 5, True, False),
        ("Breach", 5, True, True),
    ],
)
def test_what_is_kept_apart_counts_in_a_storm_of_its_own_name_alone(
    name: str, minutes: int, *, apart: bool, joins: bool
) -> None:
    storm = [declared(name, f"service {number}") for number in range(MOST_OF_A_STORM)]
    verdict = replace(DECLARES, apart=apart)
    assert home(storm[1:], BREACH, verdict, at(minutes=minutes)) is None
    found = home(storm, BREACH, verdict, at(minutes=minutes))
    assert found is (storm[0] if joins else None)


def test_what_people_have_declared_is_no_storm() -> None:
    storm = [declared("Breach", declared_by="U_ANN") for _ in range(9)]
    assert home(storm, BREACH, replace(DECLARES, apart=True), at(minutes=0) + timedelta(minutes=2)) is None
