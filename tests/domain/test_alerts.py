"""What becomes of an alert by a playbook's rules: values in, values out."""

import pytest

from app.domain.alerts import Alert, AlertRule, Deed, Verdict, verdict
from app.domain.runbook import Runbook
from tests import shipped

BREACH = Runbook(
    "security-breach",
    "Security breach",
    "Do it",
    alerts=("BreachDetected",),
    severity="SEV1",
    tags=("security-breach",),
)


def alert(name: str = "HighErrorRate", **more: object) -> Alert:
    return Alert("alertmanager", name, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "told", "fits"),
    [
        (AlertRule(Deed.IGNORE), alert(), True),
        (AlertRule(Deed.IGNORE, names=("HighErrorRate",)), alert(), True),
        (AlertRule(Deed.IGNORE, names=("higherrorrate",)), alert(), True),
        (AlertRule(Deed.IGNORE, names=("HighError",)), alert(), False),
        (AlertRule(Deed.IGNORE, names=("High*",)), alert(), True),
        (AlertRule(Deed.IGNORE, names=("*Rate",)), alert(), True),
        (AlertRule(Deed.IGNORE, names=("*Error*",)), alert(), True),
        (AlertRule(Deed.IGNORE, names=("High*High*",)), alert(), False),
        (AlertRule(Deed.IGNORE, names=("HighErrorRate*HighErrorRate",)), alert(), False),
        (AlertRule(Deed.IGNORE, names=("Low", "*rr*")), alert(), True),
        (AlertRule(Deed.IGNORE, sources=("grafana",)), alert(), False),
        (AlertRule(Deed.IGNORE, labels={"severity": ("critical",)}), alert(labels={"severity": "Critical"}), True),
        (AlertRule(Deed.IGNORE, labels={"severity": ("critical",)}), alert(severity="critical"), True),
        (AlertRule(Deed.IGNORE, labels={"severity": ("critical",)}), alert(), False),
        (
            AlertRule(Deed.IGNORE, labels={"severity": ("critical",), "team": ("pay*",)}),
            alert(labels={"severity": "critical", "team": "search"}),
            False,
        ),
    ],
)
def test_a_rule_is_about_the_alerts_that_all_its_words_fit(rule: AlertRule, told: Alert, fits: bool) -> None:  # noqa: FBT001
    assert rule.fits(told) is fits


def test_a_pattern_of_stars_is_soon_compared() -> None:
    assert not AlertRule(Deed.IGNORE, names=("*a" * 40 + "b",)).fits(alert("a" * 50_000))


def test_the_first_rule_that_fits_counts() -> None:
    rules = (AlertRule(Deed.IGNORE, names=("High*",)), AlertRule(Deed.DECLARE, severity="SEV1"))
    assert verdict(alert(), rules, ()).deed is Deed.IGNORE
    assert verdict(alert("Other"), rules, ()).deed is Deed.DECLARE


def test_without_a_rule_an_incident_is_suggested() -> None:
    assert verdict(alert(), (), ()) == Verdict(Deed.SUGGEST)


def test_the_runbook_that_names_the_alert_completes_the_rule() -> None:
    rules = (AlertRule(Deed.DECLARE, severity="SEV2", tags=("data-loss",)),)
    told = verdict(alert("breachdetected"), rules, (BREACH,))
    assert (told.severity, told.runbook, told.tags) == ("SEV2", "security-breach", ("data-loss", "security-breach"))
    assert verdict(alert("BreachDetected"), (), (BREACH,)).severity == "SEV1"


@pytest.mark.parametrize(
    ("told", "services"),
    [
        (alert(services=("api",), labels={"service": "db"}), ("api",)),
        (alert(labels={"job": "node", "app": "shop"}), ("shop",)),
        (alert(labels={"job": "node"}), ("node",)),
        (alert(labels={"instance": "db-1"}), ()),
    ],
)
def test_services_come_from_the_monitor_or_a_label(told: Alert, services: tuple[str, ...]) -> None:
    assert verdict(told, (), ()).services == services


WAQITI = {
    "WaqitiPaymentSystemDown": ("payment-system-down", "P1", ()),
    "WaqitiHighTransactionFailureRate": ("transaction-failures", "P2", ()),
    "WaqitiDatabaseConnectionPoolExhaustion": ("database-connections", "P2", ()),
    "WaqitiSecurityBreachDetected": ("security-breach", "P1", ("security-breach",)),
    "WaqitiHighCPUUsage": ("resource-overload", "P3", ()),
    "WaqitiHighMemoryUsage": ("resource-overload", "P3", ()),
}


@pytest.mark.parametrize("name", WAQITI)
def test_waqitis_alerts_declare_with_their_scenario_severity_and_tag(name: str) -> None:
    playbook = shipped.playbook("waqiti")
    told = verdict(alert(name), playbook.alerts, playbook.runbooks)
    assert told.deed is Deed.DECLARE
    assert (told.runbook, told.severity, told.tags) == WAQITI[name]


@pytest.mark.parametrize("name", ["default", "eazepay", "fintech", "multi-service", "phase26", "waqiti"])
def test_every_playbook_ignores_what_only_shows_that_monitoring_works(name: str) -> None:
    playbook = shipped.playbook(name)
    for quiet in (alert("Watchdog"), alert(labels={"severity": "info"})):
        assert verdict(quiet, playbook.alerts, ()).deed is Deed.IGNORE
    assert verdict(alert(labels={"severity": "warning"}), playbook.alerts, ()).deed is Deed.SUGGEST


@pytest.mark.parametrize(
    ("name", "severity"), [("default", "SEV2"), ("eazepay", "P1"), ("fintech", "SEV-2"), ("phase26", "P1")]
)
def test_what_is_critical_declares_the_severity_below_the_highest(name: str, severity: str) -> None:
    playbook = shipped.playbook(name)
    told = verdict(alert(labels={"severity": "critical"}), playbook.alerts, ())
    assert (told.deed, told.severity) == (Deed.DECLARE, severity)
    highest = playbook.rules.severities[0].id
    assert verdict(alert(labels={"severity": highest}), playbook.alerts, ()).severity == highest
