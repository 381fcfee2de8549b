"""The settings of what makes phones ring beside PagerDuty: Opsgenie or Jira Service Management, and a webhook."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from app.config.section import Section, is_safe, safe

OPSGENIE = "https://api.opsgenie.com/v2"
JIRA_OPERATIONS = "https://api.atlassian.com/jsm/ops/integration/v2"
TARGET = r"(team|schedule|escalation|user):[^,=\s][^,=]{0,99}"
SIGNED_WITH = r"whsec_([A-Za-z0-9+/]+={0,2})"
SHORTEST_SECRET, LONGEST_SECRET = 24, 64
"""In bytes: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md"""


class Pagers(Section):
    """By what Tocsin pages, beside Slack and PagerDuty."""

    opsgenie_api_key: SecretStr | None = Field(default=None, validation_alias="OPSGENIE_API_KEY")
    """The key of an API integration of Opsgenie, or of Jira Service Management's operations."""

    opsgenie_api_url: str = Field(default=OPSGENIE, validation_alias="OPSGENIE_API_URL")
    """Where alerts are opened: Opsgenie's own, that of its EU region, or Jira Service Management's."""

    opsgenie_responders: Annotated[Mapping[str, str], NoDecode] = {}
    """Whom alerts to single responders go to: `primary=schedule:Payments on-call,manager=team:Managers`."""

    pager_webhook_url: SecretStr | None = None
    """An address of your own that is told of each page, and makes something ring."""

    pager_webhook_secret: SecretStr | None = None
    """What it is signed with: whsec_ and 24 to 64 bytes in base64."""

    @field_validator("opsgenie_api_key")
    @classmethod
    def _is_genie_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not re.fullmatch(r"[!-~]{16,200}", value.get_secret_value()):
            raise ValueError(
                "OPSGENIE_API_KEY is no key of an API integration. Copy it from the integration's page in Opsgenie or "
                "Jira Service Management, without GenieKey before it."
            )
        return value

    @field_validator("opsgenie_api_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        return safe(
            value,
            f"OPSGENIE_API_URL is no https address. Leave it out for {OPSGENIE}, or set it to "
            f"https://api.eu.opsgenie.com/v2 for its EU region, or to {JIRA_OPERATIONS} for Jira Service "
            "Management.",
        ).rstrip("/")

    @field_validator("opsgenie_responders", mode="before")
    @classmethod
    def _are_targets(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        pairs = [pair.partition("=") for pair in (one.strip() for one in value.split(",")) if pair]
        for place, (responder, _, target) in enumerate(pairs, start=1):
            if not (responder.strip() and re.fullmatch(TARGET, target.strip())):
                raise ValueError(
                    f"Entry {place} of TOCSIN_OPSGENIE_RESPONDERS is no responder=team:NAME. Write team, schedule, "
                    "escalation or user before the name, as in primary=schedule:Payments,manager=team:Managers."
                )
        return {responder.strip(): target.strip() for responder, _, target in pairs}

    @field_validator("pager_webhook_url")
    @classmethod
    def _is_webhook(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not is_safe(value.get_secret_value()):
            raise ValueError(
                "TOCSIN_PAGER_WEBHOOK_URL is no https address. Set it to the whole address that is to be told of pages."
            )
        return value

    @field_validator("pager_webhook_secret")
    @classmethod
    def _is_signing_secret_of_webhooks(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not _is_secret(value.get_secret_value()):
            raise ValueError(
                "TOCSIN_PAGER_WEBHOOK_SECRET is no secret to sign with. Make one: "
                'printf "whsec_%s" "$(openssl rand -base64 32)"'
            )
        return value


def _is_secret(value: str) -> bool:
    encoded = re.fullmatch(SIGNED_WITH, value)
    try:
        return bool(encoded and SHORTEST_SECRET <= len(base64.b64decode(encoded[1], validate=True)) <= LONGEST_SECRET)
    except binascii.Error:
        return False
