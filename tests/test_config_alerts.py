"""The settings of who may send alerts."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from app.config import Settings
from app.config.alerts import SOURCES

NEW, OLD = "a-new-secret-of-ours", "an-old-secret-of-ours"


@pytest.fixture(autouse=True)
def _nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def fault(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> str:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as refused:
        Settings()
    return str(refused.value.errors()[0]["msg"])


def test_nobody_may_send_alerts_by_default() -> None:
    assert Settings().alert_secrets == {}


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_may_have_two_secrets_at_once(monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    monkeypatch.setenv(f"TOCSIN_ALERTS_{source.upper()}_SECRET", f"{NEW}, {OLD}")
    settings = Settings()
    assert settings.alert_secrets == {source: (NEW, OLD)}
    assert set(settings.secrets) >= {NEW, OLD}
    assert NEW not in repr(settings)


def test_a_secret_that_can_be_guessed_is_refused_without_being_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    said = fault(monkeypatch, "TOCSIN_ALERTS_DATADOG_SECRET", "hunter2")
    assert "TOCSIN_ALERTS_DATADOG_SECRET holds a secret of less than 16 characters" in said
    assert "hunter2" not in said


def test_a_third_secret_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    said = fault(monkeypatch, "TOCSIN_ALERTS_GRAFANA_SECRET", f"{NEW},{OLD},{OLD}er")
    assert "more than two secrets" in said


def test_a_mapping_names_fields_and_where_they_lie(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_ALERTS_MAPPING", "name=rule.title, status=state,")
    assert Settings().alerts_mapping == {"name": "rule.title", "status": "state"}


@pytest.mark.parametrize("mapping", ["title=rule.title", "name", "name=", "name=a b", "name=a=b"])
def test_a_mapping_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, mapping: str) -> None:
    said = fault(monkeypatch, "TOCSIN_ALERTS_MAPPING", mapping)
    assert "Entry 1 of TOCSIN_ALERTS_MAPPING is no field=path" in said
