"""The settings: what is read, what is refused, and in which words."""

import re
from pathlib import Path

import pytest

from app import config

BOT = "xoxb-1-made-up"
APP = "xapp-1-made-up"
KEY = "0123456789abcdefghijABCDEFGHIJkl"
ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in variables():
        monkeypatch.delenv(name, raising=False)


def variables() -> set[str]:
    fields = config.Settings.model_fields
    return {str(field.validation_alias or f"TOCSIN_{name}".upper()) for name, field in fields.items()}


def set_env(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)


def faults() -> list[str]:
    with pytest.raises(config.SettingsError) as caught:
        config.load()
    assert str(caught.value).splitlines() == caught.value.faults
    return caught.value.faults


def test_two_tokens_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    set_env(monkeypatch, SLACK_BOT_TOKEN=BOT, SLACK_APP_TOKEN=APP)
    settings = config.load()
    assert settings.mode is config.Mode.SOCKET
    assert settings.slack_bot_token is not None
    assert settings.slack_bot_token.get_secret_value() == BOT
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.database_url == "sqlite:///tocsin.db"
    assert settings.playbook == "default"
    assert settings.admins == frozenset()
    assert settings.port is None


def test_a_signing_secret_means_http(monkeypatch: pytest.MonkeyPatch) -> None:
    set_env(monkeypatch, SLACK_BOT_TOKEN=BOT, SLACK_SIGNING_SECRET="0123abcd", PORT="8080")
    settings = config.load()
    assert settings.mode is config.Mode.HTTP
    assert settings.port == 8080


def test_everything_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    set_env(
        monkeypatch,
        SLACK_BOT_TOKEN=BOT,
        SLACK_APP_TOKEN=APP,
        SLACK_API_URL="http://127.0.0.1:8080/api",
        TOCSIN_PLAYBOOK="multi-service",
        TOCSIN_ADMINS="U012AB, W9Z",
        TOCSIN_LOG_LEVEL="WARNING",
        TOCSIN_CLOCK_FILE="clock",
    )
    settings = config.load()
    assert settings.slack_api_url == "http://127.0.0.1:8080/api/"
    assert settings.playbook == "multi-service"
    assert settings.admins == {"U012AB", "W9Z"}
    assert settings.log_level == "warning"
    assert settings.clock_file == Path("clock")


def test_the_env_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text(
        f"SLACK_BOT_TOKEN={BOT}\nSLACK_APP_TOKEN={APP}\nTOCSIN_PLAYBOOK=a\nPORT=\nOTHER=1\n",
        encoding="utf-8",
    )
    set_env(monkeypatch, TOCSIN_PLAYBOOK="b")
    settings = config.load()
    assert (settings.playbook, settings.port) == ("b", None)


def test_what_is_given_in_code_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    set_env(monkeypatch, SLACK_BOT_TOKEN=BOT, TOCSIN_PLAYBOOK="a", PORT="1")
    settings = config.Settings(slack_bot_token="xoxb-2", playbook="b", port=2)
    assert settings.slack_bot_token is not None
    assert (settings.slack_bot_token.get_secret_value(), settings.playbook, settings.port) == ("xoxb-2", "b", 2)


def test_a_tocsin_that_is_only_tried_reads_neither_the_environment_nor_the_env_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path(".env").write_text("TOCSIN_PAGER_WEBHOOK_URL=https://ring.example/hook\n", encoding="utf-8")
    set_env(monkeypatch, SMTP_URL="smtp://mail.example", PAGERDUTY_ROUTING_KEY="k" * 32)
    settings = config.OnlyGiven(playbook="b")
    assert (settings.pager_webhook_url, settings.smtp_url, settings.pagerduty_routing_key) == (None, None, None)
    assert settings.playbook == "b"


def test_other_peoples_variables_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    set_env(monkeypatch, LOG_LEVEL="loud", ADMINS="bob", PLAYBOOK="x", CLOCK_FILE="x")
    assert config.Settings() == config.Settings(log_level="info", playbook="default")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_postgres_is_psycopg(scheme: str) -> None:
    settings = config.Settings(database_url=f"{scheme}://u:p@h/d?sslmode=require")
    assert settings.database_url == "postgresql+psycopg://u:p@h/d?sslmode=require"


def test_what_is_missing_is_said_with_where_to_find_it() -> None:
    bot, way_in = faults()
    assert bot == (
        "SLACK_BOT_TOKEN is not set. Copy the Bot User OAuth Token (xoxb-…) from your app's page, "
        "OAuth & Permissions, into the environment or .env."
    )
    assert way_in.startswith("Neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set.")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SLACK_BOT_TOKEN", APP, "SLACK_BOT_TOKEN is no bot token."),
        ("SLACK_BOT_TOKEN", "xoxb-", "SLACK_BOT_TOKEN is no bot token."),
        ("SLACK_APP_TOKEN", BOT, "SLACK_APP_TOKEN is no app-level token."),
        ("SLACK_SIGNING_SECRET", BOT, "SLACK_SIGNING_SECRET is no signing secret."),
        ("JIRA_URL", "http://jira.example.com", "JIRA_URL is no https address."),
        ("JIRA_PROJECT", "Ops team", "JIRA_PROJECT is no key of a project."),
        ("CONFLUENCE_URL", "example.atlassian.net", "CONFLUENCE_URL is no https address."),
        ("CONFLUENCE_SPACE", "Ops team", "CONFLUENCE_SPACE is no key of a space."),
        ("CONFLUENCE_PARENT", "Postmortems", "CONFLUENCE_PARENT is no id of a page."),
        ("ZOOM_API_URL", "http://zoom.example.com", "ZOOM_API_URL is no https address."),
        ("ZOOM_TOKEN_URL", "zoom.us", "ZOOM_TOKEN_URL is no https address."),
        ("SLACK_API_URL", "slack.com", "SLACK_API_URL is no web address."),
        ("DATABASE_URL", "mysql://h/d", "DATABASE_URL names no database that Tocsin knows."),
        ("DATABASE_URL", "tocsin.db", "DATABASE_URL names no database that Tocsin knows."),
        ("TOCSIN_ADMINS", "U1,bob,@eve", "TOCSIN_ADMINS holds @eve, bob, which is no"),
        ("PORT", "http", "PORT is no port."),
        ("PORT", "0", "PORT is no port."),
        ("PORT", "65536", "PORT is no port."),
        ("TOCSIN_LOG_LEVEL", "loud", "TOCSIN_LOG_LEVEL is no level."),
        ("PAGERDUTY_ROUTING_KEY", "short", "PAGERDUTY_ROUTING_KEY is no integration key of 32 letters and digits."),
        ("PAGERDUTY_ROUTING_KEY", "k" * 31 + " ", "PAGERDUTY_ROUTING_KEY is no integration key"),
        ("TOCSIN_PAGERDUTY_KEYS", KEY, "Entry 1 of TOCSIN_PAGERDUTY_KEYS is no responder=key"),
        ("TOCSIN_PAGERDUTY_KEYS", f"a={KEY},b=short", "Entry 2 of TOCSIN_PAGERDUTY_KEYS is no responder=key"),
        ("TOCSIN_PAGERDUTY_KEYS", f"={KEY}", "Entry 1 of TOCSIN_PAGERDUTY_KEYS is no responder=key"),
        ("TOCSIN_PAGERDUTY_KEYS", f"a={KEY},a={KEY}", "TOCSIN_PAGERDUTY_KEYS names a twice."),
        ("PAGERDUTY_EVENTS_URL", "http://events.pagerduty.com/v2/enqueue", "PAGERDUTY_EVENTS_URL is no https address."),
        ("PAGERDUTY_EVENTS_URL", "http://127.0.0.1.evil.example/", "PAGERDUTY_EVENTS_URL is no https address."),
        ("PAGERDUTY_EVENTS_URL", "http://127.0.0.1:80@evil.example/", "PAGERDUTY_EVENTS_URL is no https address."),
        ("PAGERDUTY_EVENTS_URL", "https://me:secret@evil.example/", "PAGERDUTY_EVENTS_URL is no https address."),
        ("TOCSIN_ALLOWED_HOSTS", "https://jira.internal", "Entry 1 of TOCSIN_ALLOWED_HOSTS is no host."),
        ("TOCSIN_ALLOWED_HOSTS", "jira.internal,10.0.0.0/8", "Entry 2 of TOCSIN_ALLOWED_HOSTS is no host."),
        ("TOCSIN_ALLOWED_HOSTS", "*.internal", "Entry 1 of TOCSIN_ALLOWED_HOSTS is no host."),
        ("PAGERDUTY_EVENTS_URL", "ftp://127.0.0.1/", "PAGERDUTY_EVENTS_URL is no https address."),
        ("PAGERDUTY_API_TOKEN", "Token token=y_NbAkKc66ryYTWUXYEu", "PAGERDUTY_API_TOKEN is no key of PagerDuty"),
        ("PAGERDUTY_API_URL", "http://api.pagerduty.com", "PAGERDUTY_API_URL is no https address."),
        ("OPSGENIE_API_KEY", "GenieKey 0123456789abcdef", "OPSGENIE_API_KEY is no key of an API integration."),
        ("OPSGENIE_API_URL", "http://api.opsgenie.com/v2", "OPSGENIE_API_URL is no https address."),
        ("TOCSIN_OPSGENIE_RESPONDERS", "a=team:x,b=Payments", "Entry 2 of TOCSIN_OPSGENIE_RESPONDERS is no"),
        ("TOCSIN_PAGER_WEBHOOK_URL", "http://ring.example/hush", "TOCSIN_PAGER_WEBHOOK_URL is no https address."),
        ("TOCSIN_PAGER_WEBHOOK_SECRET", "whsec_aHVzaA==", "TOCSIN_PAGER_WEBHOOK_SECRET is no secret to sign with."),
        ("SMTP_URL", "https://mail.example", "SMTP_URL is no address of a mail server."),
        ("SMTP_URL", "smtp://user@mail.example", "SMTP_URL is no address of a mail server."),
        ("SMTP_URL", "smtp://user:p/w@mail.example", "SMTP_URL is no address of a mail server."),
        ("SMTP_URL", "smtp://mail.example:65536", "SMTP_URL is no address of a mail server."),
        ("TOCSIN_MAIL_FROM", "a@example.com, b@example.com", "TOCSIN_MAIL_FROM is no address that mail can be from."),
        ("TOCSIN_MAIL_FROM", "Incidents incidents@example.com", "TOCSIN_MAIL_FROM is no address"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    set_env(monkeypatch, SLACK_BOT_TOKEN=BOT, SLACK_APP_TOKEN=APP)
    set_env(monkeypatch, **{name: value})
    (fault,) = faults()
    assert fault.startswith(said)
    assert "\n" not in fault
    assert KEY not in fault


def test_a_pager_is_connected_by_its_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    set_env(monkeypatch, SLACK_BOT_TOKEN=BOT, SLACK_APP_TOKEN=APP)
    assert config.load().pagerduty_keys == {}
    other = "R" + KEY[1:]
    set_env(
        monkeypatch,
        PAGERDUTY_ROUTING_KEY=KEY,
        TOCSIN_PAGERDUTY_KEYS=f"secondary={other}, vp-engineering={KEY}\n",
        PAGERDUTY_EVENTS_URL="https://events.eu.pagerduty.com/v2/enqueue",
    )
    settings = config.load()
    assert settings.pagerduty_routing_key is not None
    assert settings.pagerduty_routing_key.get_secret_value() == KEY
    assert {name: key.get_secret_value() for name, key in settings.pagerduty_keys.items()} == {
        "secondary": other,
        "vp-engineering": KEY,
    }
    assert {KEY, other} <= set(settings.secrets)
    assert KEY not in repr(settings)


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8700/pagerduty/v2/enqueue", "http://[::1]:1/", "http://localhost/x"]
)
def test_the_pager_may_be_on_this_machine_without_encryption(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    set_env(monkeypatch, SLACK_BOT_TOKEN=BOT, SLACK_APP_TOKEN=APP, PAGERDUTY_EVENTS_URL=address)
    assert config.load().pagerduty_events_url == address


def test_hosts_inside_are_allowed_as_they_stand_in_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    set_env(monkeypatch, SLACK_BOT_TOKEN=BOT, SLACK_APP_TOKEN=APP)
    set_env(monkeypatch, TOCSIN_ALLOWED_HOSTS="Jira.internal, 10.0.0.7\n[fd00::7]")
    assert config.load().allowed_hosts == {"jira.internal", "10.0.0.7", "fd00::7"}


def test_all_faults_come_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    set_env(monkeypatch, SLACK_APP_TOKEN="x", PORT="x", DATABASE_URL="x", TOCSIN_ADMINS="x")
    named = [re.match(r"[A-Z_]+", fault) for fault in faults()]
    assert {m.group() for m in named if m} == {
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "PORT",
        "DATABASE_URL",
        "TOCSIN_ADMINS",
    }


def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    set_env(monkeypatch, SLACK_BOT_TOKEN="hunter2", SLACK_APP_TOKEN=APP, DATABASE_URL="a:b@c")
    assert not re.search("hunter2|a:b", "".join(faults()))
    settings = config.Settings(slack_bot_token=BOT, database_url="postgres://u:hunter2@h/d")
    assert not re.search(f"hunter2|{BOT}", repr(settings))


def test_the_example_names_every_setting() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE)) == variables() - {"TOCSIN_CLOCK_FILE", "DYNO"}


@pytest.mark.parametrize(
    "address",
    ["https://hc-ping.com/b7c1", "http://127.0.0.1:8000/ping", "http://localhost:8000/ping", "http://[::1]/p"],
)
def test_a_heartbeat_goes_to_an_address_that_nobody_reads_on_the_way(address: str) -> None:
    settings = config.Settings(heartbeat_url=address)
    assert settings.heartbeat_url
    assert settings.heartbeat_url.get_secret_value() == address
    assert address not in repr(settings)


@pytest.mark.parametrize(
    "address",
    ["http://hc-ping.com/hush", "hc-ping.com/hush", "https://", "http://127.0.0.1.evil.example/hush", "ftp://hush"],
)
def test_any_other_heartbeat_address_is_refused_without_being_shown(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    set_env(monkeypatch, SLACK_BOT_TOKEN=BOT, SLACK_APP_TOKEN=APP, TOCSIN_HEARTBEAT_URL=address)
    [fault] = faults()
    assert fault.startswith("TOCSIN_HEARTBEAT_URL is no https address.")
    assert "hush" not in fault


def test_every_secret_is_known_as_one() -> None:
    settings = config.Settings(
        slack_bot_token=BOT,
        slack_signing_secret="0123abcd",
        metrics_token="hush",
        heartbeat_url="https://hc-ping.com/x",
    )
    assert set(settings.secrets) == {BOT, "0123abcd", "hush", "https://hc-ping.com/x"}


def test_what_connects_a_system_together_is_missed_together(monkeypatch: pytest.MonkeyPatch) -> None:
    set_env(monkeypatch, SLACK_BOT_TOKEN=BOT, SLACK_APP_TOKEN=APP, JIRA_URL="https://x.example.com", JIRA_PROJECT="OPS")
    [said] = faults()
    assert said.startswith("JIRA_URL is set without JIRA_EMAIL, JIRA_API_TOKEN. Set all of them, or leave all out")


def test_without_slack_its_tokens_may_be_missing() -> None:
    assert config.load(slack=False).slack_bot_token is None
    settings, found = config.look()
    assert len(found) == 2
    assert settings.playbook == "default"


def test_a_disk_that_does_not_last_is_refused_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    set_env(monkeypatch, SLACK_BOT_TOKEN=BOT, SLACK_APP_TOKEN=APP, DYNO="worker.1")
    [fault] = faults()
    assert fault.startswith("DATABASE_URL names an SQLite file, and Heroku throws the disk of a dyno away once a day.")
    set_env(monkeypatch, DATABASE_URL="postgres://tocsin@db.example/incidents")
    assert config.load().database_url.startswith("postgresql")
