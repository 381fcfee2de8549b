"""`tocsin doctor --only NAME`: one line for each thing that is wrong, with the one thing to do."""

import re
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from pydantic import SecretStr

from app import playbooks
from app.cli.doctor import systems
from app.config import Settings
from app.domain.effects import Way
from app.health import State
from app.integrations.pagers.opsgenie import Opsgenie
from app.line import Fence
from app.line.addresses import Address
from app.playbooks import Source
from app.sandbox.vendors import ALL, Fake, Vendors
from app.sandbox.vendors.statuspage import Statuspage
from tests.cli.terminal import Terminal

SECRETS = re.compile(r"_(key|token|secret)$")
WRONG = "wrong-and-never-shown-0123456789"


@pytest.fixture(scope="module")
def source() -> Source:
    return playbooks.load("default")


@pytest.fixture
async def vendors(source: Source) -> AsyncIterator[Vendors]:
    played = Vendors([fake() for fake in ALL])
    played.of(Statuspage).show([one.name for one in source.playbook.components])
    await played.start()
    yield played
    await played.stop()


@pytest.fixture
def connected(vendors: Vendors, environment: pytest.MonkeyPatch) -> dict[str, Any]:
    """The settings that connect everything that is played here."""
    return vendors.settings()


async def looked_at(name: str, source: Source, **settings: Any) -> dict[str, list[str]]:
    """Return what is said of one system, by how it stands."""
    found: dict[str, list[str]] = {}
    async for finding in systems.examine(Settings(**settings), source, name):
        assert finding.name == name
        assert WRONG not in finding.says
        found.setdefault(finding.state.value, []).append(finding.says)
    return found


PLAYED = [fake.name for fake in ALL]


@pytest.mark.parametrize("name", PLAYED)
async def test_one_that_takes_what_we_send_is_well_and_nothing_is_changed_there(
    name: str, vendors: Vendors, connected: dict[str, Any], source: Source
) -> None:
    found = await looked_at(name, source, **connected)
    assert found.keys() == {State.OK.value}, found
    assert vendors.fakes[name].heard
    assert changes(vendors.fakes[name]) == []


@pytest.mark.parametrize("name", PLAYED)
async def test_credentials_that_are_wrong_are_one_line_that_names_the_setting(
    name: str, connected: dict[str, Any], source: Source
) -> None:
    ours = {one: value for one, value in connected.items() if one.startswith(name)}
    wrong = {one: WRONG if SECRETS.search(one) else value for one, value in ours.items()}
    [said] = (await looked_at(name, source, **wrong))["failed"]
    assert any(alias in said for alias in aliases(ours)), said


@pytest.mark.parametrize("name", PLAYED)
async def test_one_that_is_away_is_one_line(
    name: str, vendors: Vendors, connected: dict[str, Any], source: Source
) -> None:
    vendors.fakes[name].down = True
    [said] = (await looked_at(name, source, **connected))["failed"]
    assert "503" in said or "did not answer" in said
    await vendors.stop()
    [said] = (await looked_at(name, source, **connected))["failed"]
    assert "cannot be reached" in said


@pytest.mark.parametrize("name", systems.WAYS)
async def test_one_that_is_not_connected_names_settings_that_there_are(
    name: str, environment: pytest.MonkeyPatch, source: Source
) -> None:
    [said] = (await looked_at(name, source))["failed"]
    named = re.findall(r"[A-Z]+_[A-Z_]+", said)
    assert named
    assert set(named) <= set(aliases(Settings.model_fields))


async def test_a_fault_in_what_connects_another_system_is_one_of_the_settings(source: Source) -> None:
    settings = Settings(statuspage_api_key=WRONG, statuspage_page_id="p", smtp_url="smtp://mail.example.com")
    [found] = [one async for one in systems.examine(settings, source, "statuspage")]
    assert found.name == "settings"
    assert found.says.startswith("SMTP_URL is set and TOCSIN_MAIL_FROM is not.")


async def test_that_opsgenie_ends_is_to_be_looked_at_also_where_it_is_away() -> None:
    async def nowhere(_name: str, _port: int) -> Sequence[Address]:
        raise OSError

    pager = Opsgenie(SecretStr(WRONG), {}, "https://api.opsgenie.com/v2", Fence(resolve=nowhere))
    found = [systems.finding("opsgenie", proof) for proof in await pager.prove()]
    assert [one.state for one in found] == [State.FAILED, State.WARNING]
    assert "April 2027" in found[1].says


def test_every_way_has_a_name_to_look_at_it_by() -> None:
    assert {way for way, _ in systems.WAYS.values()} == set(Way) - {Way.SLACK}


@pytest.mark.slow
def test_what_it_does_not_know_it_names(environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Terminal(environment, capsys)
    told = terminal("doctor", "--only", "pagerdutty")
    assert told.status == 2
    assert "alerts, pagerduty, " in told.err
    assert terminal("doctor", "--only", "jira").status == 1


def aliases(names: Any) -> list[str]:
    """Return what operators call these settings."""
    return [str(Settings.model_fields[name].validation_alias or f"TOCSIN_{name}".upper()) for name in names]


def changes(fake: Fake) -> list[str]:
    """Return the requests that may have changed something, but for those that ask for a token."""
    return [one.path for one in fake.heard if one.method not in ("GET", "HEAD") and "oauth" not in one.path]
