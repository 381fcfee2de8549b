"""All settings together, with those of Tocsin itself, of Slack and of the database."""

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource

from app.config.alerts import Alerts
from app.config.bridge import Bridge
from app.config.documents import Documents
from app.config.mail import Mail
from app.config.outbound import Outbound
from app.config.pagerduty import PagerDuty
from app.config.pagers import Pagers
from app.config.section import is_safe, starts_with
from app.config.status_page import StatusPage
from app.config.tickets import Tickets

POSTGRES = "postgresql+psycopg://"
FIND_BOT = (
    "Copy the Bot User OAuth Token (xoxb-…) from your app's page, OAuth & Permissions, into the environment or .env."
)
FIND_APP = (
    "Generate an app-level token (xapp-…) with connections:write on your app's page, "
    "Basic Information, App-Level Tokens."
)
FIND_SIGNING = "Copy the Signing Secret from your app's page, Basic Information, App Credentials."


class Mode(StrEnum):
    """How Slack reaches Tocsin."""

    SOCKET = "socket"
    HTTP = "http"


class Settings(Alerts, PagerDuty, Pagers, Mail, StatusPage, Tickets, Documents, Bridge, Outbound):
    """What an operator may set."""

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

    host: str = "0.0.0.0"  # noqa: S104 -- a platform's router reaches it from outside
    """Which of this machine's addresses to listen on: 127.0.0.1 where a proxy stands in front, all by default."""

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
        return tuple(one.get_secret_value() for value in values for one in _secrets(value))

    @field_validator("slack_bot_token")
    @classmethod
    def _is_bot_token(cls, value: SecretStr | None) -> SecretStr | None:
        return starts_with("xoxb-", value, f"SLACK_BOT_TOKEN is no bot token. {FIND_BOT}")

    @field_validator("slack_app_token")
    @classmethod
    def _is_app_token(cls, value: SecretStr | None) -> SecretStr | None:
        fault = f"SLACK_APP_TOKEN is no app-level token. {FIND_APP}"
        return starts_with("xapp-", value, fault)

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

    @field_validator("heartbeat_url")
    @classmethod
    def _is_heartbeat_address(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not is_safe(value.get_secret_value()):
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


class OnlyGiven(Settings):
    """The settings of a Tocsin that is only tried: the environment and `.env` may connect what would ring for real."""

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_: Any, **__: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read what the code gives, and nothing else."""
        del settings_cls
        return (init_settings,)


def _secrets(value: object) -> list[SecretStr]:
    if isinstance(value, Mapping):
        return [one for held in value.values() for one in _secrets(held)]
    if isinstance(value, tuple | list):
        return [one for held in value for one in _secrets(held)]
    return [value] if isinstance(value, SecretStr) else []
