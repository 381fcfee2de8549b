"""The settings of PagerDuty."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from app.config.section import Section, safe

EVENTS = "https://events.pagerduty.com/v2/enqueue"
API = "https://api.pagerduty.com"
API_KEY = r"[0-9A-Za-z_+.-]{16,128}"
FIND_KEY = "Copy the Integration Key from your PagerDuty service, Integrations, Events API V2."
ROUTING_KEY = r"[0-9A-Za-z]{32}"
"""What PagerDuty takes for a `routing_key`: https://developer.pagerduty.com/docs/events-api-v2/trigger-events/"""


class PagerDuty(Section):
    """How Tocsin pages by PagerDuty."""

    pagerduty_routing_key: SecretStr | None = Field(default=None, validation_alias="PAGERDUTY_ROUTING_KEY")
    """A PagerDuty service, Integrations, Events API V2: its Integration Key. Every page rings there too."""

    pagerduty_keys: Annotated[Mapping[str, SecretStr], NoDecode] = {}
    """Integration keys of single responders, in place of that one: `secondary=…,vp-engineering=…`."""

    pagerduty_events_url: str = Field(default=EVENTS, validation_alias="PAGERDUTY_EVENTS_URL")
    """Where PagerDuty takes events; https://events.eu.pagerduty.com/v2/enqueue in its EU region."""

    pagerduty_api_token: SecretStr | None = Field(default=None, validation_alias="PAGERDUTY_API_TOKEN")
    """A read-only key of PagerDuty's REST API: who is on call by its schedules, and who acknowledged there."""

    pagerduty_api_url: str = Field(default=API, validation_alias="PAGERDUTY_API_URL")
    """Where PagerDuty's REST API is; https://api.eu.pagerduty.com in its EU region."""

    @field_validator("pagerduty_api_token")
    @classmethod
    def _is_api_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not re.fullmatch(API_KEY, value.get_secret_value()):
            raise ValueError(
                "PAGERDUTY_API_TOKEN is no key of PagerDuty's REST API. Make a read-only one in PagerDuty under "
                "Integrations, API Access Keys: 20 letters, digits and signs, without a space."
            )
        return value

    @field_validator("pagerduty_api_url")
    @classmethod
    def _is_api_address(cls, value: str) -> str:
        return safe(
            value,
            f"PAGERDUTY_API_URL is no https address. Leave it out for {API}, or set it to "
            "https://api.eu.pagerduty.com for PagerDuty's EU region.",
        ).rstrip("/")

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
        return safe(
            value,
            f"PAGERDUTY_EVENTS_URL is no https address. Leave it out for {EVENTS}, or set it to "
            "https://events.eu.pagerduty.com/v2/enqueue for PagerDuty's EU region.",
        )
