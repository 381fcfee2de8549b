"""The settings: the only reader of the environment and of `.env`.

Nothing here raises with a value in it that may be a secret.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PACKED = Path(__file__).parent / "_shipped"
SHIPPED = PACKED if PACKED.is_dir() else Path(__file__).parents[1]
"""Where `templates/` and `manifest.yml` lie: packed inside an installed Tocsin, beside `app` in a checkout."""

POSTGRES = "postgresql+psycopg://"
SAFE_ADDRESS = r"(https://|http://(127\.0\.0\.1|localhost|\[::1\])[:/])[^\s]+"
"""Encrypted, or to this machine: whoever reads on the way could keep the alarm quiet, or ring."""
PAGERDUTY = "https://events.pagerduty.com/v2/enqueue"
FIND_BOT = (
    "Copy the Bot User OAuth Token (xoxb-…) from your app's page, OAuth & Permissions, into the environment or .env."
)
FIND_APP = (
    "Generate an app-level token (xapp-…) with connections:write on your app's page, "
    "Basic Information, App-Level Tokens."
)
FIND_KEY = "Copy the Integration Key from your PagerDuty service, Integrations, Events API V2."
ROUTING_KEY = r"[0-9A-Za-z]{32}"
"""What PagerDuty takes for a `routing_key`: https://developer.pagerduty.com/docs/events-api-v2/trigger-events/"""
FIND_SIGNING = "Copy the Signing Secret from your app's page, Basic Information, App Credentials."


class SettingsError(Exception):
    """One line for each fault: what is wrong, what to set, and where to find it."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class Mode(StrEnum):
    """How Slack reaches Tocsin."""

    SOCKET = "socket"
    HTTP = "http"


class Settings(BaseSettings):
    """What an operator may set; a field without an alias is read from TOCSIN_ and its name."""

    model_config = SettingsConfigDict(
        env_prefix="TOCSIN_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        populate_by_name=True,
    )

    slack_bot_token: SecretStr | None = Field(default=None, validation_alias="SLACK_BOT_TOKEN")
    """Your app's page, OAuth & Permissions: Bot User OAuth Token (xoxb-…)."""

    slack_app_token: SecretStr | None = Field(default=None, validation_alias="SLACK_APP_TOKEN")
    """Basic Information, App-Level Tokens (xapp-…, connections:write); chooses Socket Mode."""

    slack_signing_secret: SecretStr | None = Field(default=None, validation_alias="SLACK_SIGNING_SECRET")
    """Basic Information, App Credentials; for HTTP, where there is no app-level token."""

    slack_api_url: str = Field(default="https://slack.com/api/", validation_alias="SLACK_API_URL")
    """Another address for a Slack-compatible server."""

    database_url: str = Field(default="sqlite:///tocsin.db", validation_alias="DATABASE_URL", repr=False)
    """SQLite or PostgreSQL; `postgres://` and `postgresql://` become psycopg's."""

    playbook: str = "default"
    """A name from templates/playbooks, or a folder."""

    admins: Annotated[frozenset[str], NoDecode] = frozenset()
    """Slack member ids; in Slack, a person's profile, ⋮, Copy member ID."""

    port: int | None = Field(default=None, validation_alias="PORT")
    """Where to listen, for HTTP."""

    pagerduty_routing_key: SecretStr | None = Field(default=None, validation_alias="PAGERDUTY_ROUTING_KEY")
    """A PagerDuty service, Integrations, Events API V2: its Integration Key. Every page rings there too."""

    pagerduty_keys: Annotated[Mapping[str, SecretStr], NoDecode] = {}
    """Integration keys of single responders, in place of that one: `secondary=…,vp-engineering=…`."""

    pagerduty_events_url: str = Field(default=PAGERDUTY, validation_alias="PAGERDUTY_EVENTS_URL")
    """Where PagerDuty takes events; https://events.eu.pagerduty.com/v2/enqueue in its EU region."""

    heartbeat_url: SecretStr | None = None
    """A dead-man address (Healthchecks, Cronitor, …), called every half minute while all is well."""

    metrics_token: SecretStr | None = None
    """What whoever reads /metrics must send as a bearer token; needed where Slack calls over HTTP."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """How much to log."""

    dyno: str | None = Field(default=None, validation_alias="DYNO")
    """What Heroku calls this process; it sets it itself."""

    clock_file: Path | None = None
    """A file with the seconds that are added to the clock, for tests and drills."""

    @property
    def mode(self) -> Mode:
        """Socket Mode where there is an app-level token, HTTP otherwise."""
        return Mode.SOCKET if self.slack_app_token else Mode.HTTP

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every value that must never be shown."""
        values = (getattr(self, name) for name in type(self).model_fields)
        secrets = (*values, *self.pagerduty_keys.values())
        return tuple(value.get_secret_value() for value in secrets if isinstance(value, SecretStr))

    @field_validator("slack_bot_token")
    @classmethod
    def _is_bot_token(cls, value: SecretStr | None) -> SecretStr | None:
        return _starts_with("xoxb-", value, f"SLACK_BOT_TOKEN is no bot token. {FIND_BOT}")

    @field_validator("slack_app_token")
    @classmethod
    def _is_app_token(cls, value: SecretStr | None) -> SecretStr | None:
        fault = f"SLACK_APP_TOKEN is no app-level token. {FIND_APP}"
        return _starts_with("xapp-", value, fault)

    @field_validator("slack_signing_secret")
    @classmethod
    def _is_signing_secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value and re.search(r"^x[a-z]+-|\s", value.get_secret_value()):
            raise ValueError(f"SLACK_SIGNING_SECRET is no signing secret. {FIND_SIGNING}")
        return value

    @field_validator("slack_api_url")
    @classmethod
    def _is_web_address(cls, value: str) -> str:
        if not re.match(r"https?://[^/\s]", value):
            raise ValueError(
                "SLACK_API_URL is no web address. Leave it out for Slack, or set it to another "
                "server's, such as http://127.0.0.1:8080/api/."
            )
        return value.rstrip("/") + "/"

    @field_validator("database_url")
    @classmethod
    def _is_known_database(cls, value: str) -> str:
        value = re.sub(r"^postgres(ql)?://", POSTGRES, value)
        if not value.startswith((POSTGRES, "sqlite:///")):
            raise ValueError(
                "DATABASE_URL names no database that Tocsin knows. Set it to "
                "sqlite:///path/to/tocsin.db or postgresql://user:password@host/name, "
                "which your database's provider shows as its connection string."
            )
        return value

    @field_validator("admins", mode="before")
    @classmethod
    def _are_member_ids(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        ids = frozenset(filter(None, re.split(r"[\s,]+", value)))
        if wrong := sorted(i for i in ids if not re.fullmatch(r"[UW][A-Z0-9]+", i)):
            raise ValueError(
                f"TOCSIN_ADMINS holds {', '.join(wrong)}, which is no Slack member id. Copy ids "
                "(U… or W…) from people's profiles in Slack (⋮, Copy member ID), and put commas "
                "between them."
            )
        return ids

    @field_validator("port", mode="before")
    @classmethod
    def _is_port(cls, value: Any) -> Any:
        if value is None or (re.fullmatch(r"[1-9]\d{0,4}", str(value)) and int(value) < 2**16):
            return value
        raise ValueError(
            "PORT is no port. Set it to a number from 1 to 65535; hosts such as Heroku, Render "
            "and Fly set it themselves."
        )

    @field_validator("pagerduty_routing_key")
    @classmethod
    def _is_routing_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not re.fullmatch(ROUTING_KEY, value.get_secret_value()):
            raise ValueError(f"PAGERDUTY_ROUTING_KEY is no integration key of 32 letters and digits. {FIND_KEY}")
        return value

    @field_validator("pagerduty_keys", mode="before")
    @classmethod
    def _are_routing_keys(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        pairs = [pair.partition("=") for pair in re.split(r"[\s,]+", value) if pair]
        for place, (responder, _, key) in enumerate(pairs, start=1):
            if not (responder and re.fullmatch(ROUTING_KEY, key)):
                # The entry itself is not shown: it may be a key.
                raise ValueError(
                    f"Entry {place} of TOCSIN_PAGERDUTY_KEYS is no responder=key with a key of 32 letters and digits. "
                    f"Write it as secondary=KEY,vp-engineering=KEY, with the playbook's names of responders. {FIND_KEY}"
                )
        if twice := sorted(name for name, times in Counter(name for name, _, _ in pairs).items() if times > 1):
            raise ValueError(f"TOCSIN_PAGERDUTY_KEYS names {', '.join(twice)} twice. Keep one key for each responder.")
        return {responder: SecretStr(key) for responder, _, key in pairs}

    @field_validator("pagerduty_events_url")
    @classmethod
    def _is_events_address(cls, value: str) -> str:
        if not re.fullmatch(SAFE_ADDRESS, value):
            raise ValueError(
                f"PAGERDUTY_EVENTS_URL is no https address. Leave it out for {PAGERDUTY}, or set it to "
                "https://events.eu.pagerduty.com/v2/enqueue for PagerDuty's EU region."
            )
        return value

    @field_validator("heartbeat_url")
    @classmethod
    def _is_heartbeat_address(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not re.fullmatch(SAFE_ADDRESS, value.get_secret_value()):
            raise ValueError(
                "TOCSIN_HEARTBEAT_URL is no https address. Copy the ping address that your dead-man service shows for "
                "this check, such as https://hc-ping.com/…"
            )
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _is_log_level(cls, value: Any) -> Any:
        level = str(value).strip().lower()
        if level not in ("debug", "info", "warning", "error"):
            raise ValueError("TOCSIN_LOG_LEVEL is no level. Set it to debug, info, warning or error.")
        return level


def load(*, slack: bool = True) -> Settings:
    """Return the settings, or raise every fault at once; without `slack` those that Slack needs may be missing."""
    settings, faults = look(slack=slack)
    if faults:
        raise SettingsError(faults)
    return settings


def look(*, slack: bool = True) -> tuple[Settings, list[str]]:
    """Return the settings, with defaults where one is at fault, and a sentence for each fault."""
    settings, faults = _read()
    missing = [fault for name, fault in _missing(settings) if name not in faults] if slack else []
    return settings, [*missing, *faults.values(), *_fleeting(settings)]


def _read() -> tuple[Settings, dict[str, str]]:
    """Return the settings, with defaults where one is at fault, and the faults by field."""
    try:
        return Settings(), {}
    except ValidationError as error:
        names = {str(field.validation_alias): name for name, field in Settings.model_fields.items()}
        told = {str(e["loc"][0]): e["msg"].removeprefix("Value error, ") for e in error.errors()}
    faults = {names.get(place, place): sentence for place, sentence in told.items()}
    return Settings(**{name: Settings.model_fields[name].default for name in faults}), faults


def _missing(settings: Settings) -> Iterator[tuple[str, str]]:
    if not settings.slack_bot_token:
        yield "slack_bot_token", f"SLACK_BOT_TOKEN is not set. {FIND_BOT}"
    if not (settings.slack_app_token or settings.slack_signing_secret):
        neither = "Neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set."
        yield "slack_app_token", f"{neither} For Socket Mode: {FIND_APP} For HTTP: {FIND_SIGNING}"


def _fleeting(settings: Settings) -> Iterator[str]:
    if settings.dyno and not settings.database_url.startswith(POSTGRES):
        yield (
            "DATABASE_URL names an SQLite file, and Heroku throws the disk of a dyno away once a day. "
            "Add a PostgreSQL, which sets DATABASE_URL: heroku addons:create heroku-postgresql"
        )


def _starts_with(prefix: str, value: SecretStr | None, fault: str) -> SecretStr | None:
    if value and not re.fullmatch(rf"{prefix}\S+", value.get_secret_value()):
        raise ValueError(fault)
    return value
