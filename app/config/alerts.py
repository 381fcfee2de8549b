"""The settings of what monitors send."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import SecretStr, ValidationInfo, field_validator
from pydantic_settings import NoDecode

from app.config.section import Section
from app.domain.alerts import MONITORS

MOST_SECRETS = 2
SHORTEST_SECRET = 16
MAKE_ONE = "Make one with: openssl rand -hex 32"
SOURCES = tuple(MONITORS)
MAPPED = (
    *("alerts", "name", "status", "id", "group", "severity", "services", "labels", "annotations", "summary"),
    *("url", "starts_at", "ends_at", "paged"),
)
"""What a generic alert is made of (app/alerts/generic.py)."""
PATH = r"[^=,\s]+"

Secrets = Annotated[tuple[SecretStr, ...], NoDecode]
"""One secret; two while one takes the other's place."""


class Alerts(Section):
    """Who may send alerts, and how they prove it. Who has no secret may not."""

    alerts_alertmanager_secret: Secrets = ()
    """What Alertmanager sends as a bearer token (http_config, authorization, credentials)."""

    alerts_grafana_secret: Secrets = ()
    """What Grafana's webhook contact point signs with (HMAC signature), or sends as a bearer token."""

    alerts_datadog_secret: Secrets = ()
    """What Datadog's webhook sends as a bearer token, in its custom headers."""

    alerts_pagerduty_secret: Secrets = ()
    """What PagerDuty signs its webhooks with; it shows it once, when the webhook is added."""

    alerts_opsgenie_secret: Secrets = ()
    """What Opsgenie's, or Jira Service Management's, webhook sends as a bearer token, in its custom headers."""

    alerts_generic_secret: Secrets = ()
    """What anything else signs with (Standard Webhooks), or sends as a bearer token."""

    alerts_mapping: Annotated[Mapping[str, str], NoDecode] = {}
    """Where the fields of anything else lie in what it sends: `name=rule.title,status=state`."""

    @property
    def alert_secrets(self) -> dict[str, tuple[str, ...]]:
        """The secrets of each source that has one, by the source's name."""
        held = {source: getattr(self, f"alerts_{source}_secret") for source in SOURCES}
        return {source: tuple(one.get_secret_value() for one in ours) for source, ours in held.items() if ours}

    @field_validator(*(f"alerts_{source}_secret" for source in SOURCES), mode="before")
    @classmethod
    def _are_secrets(cls, value: Any, info: ValidationInfo) -> Any:
        if not isinstance(value, str):
            return value
        secrets = [one for one in re.split(r"[\s,]+", value) if one]
        name = f"TOCSIN_{info.field_name}".upper()
        if len(secrets) > MOST_SECRETS:
            raise ValueError(f"{name} holds more than two secrets. Keep the new one and the old one.")
        if any(len(one) < SHORTEST_SECRET for one in secrets):
            raise ValueError(f"{name} holds a secret of less than {SHORTEST_SECRET} characters. {MAKE_ONE}")
        return tuple(SecretStr(one) for one in secrets)

    @field_validator("alerts_mapping", mode="before")
    @classmethod
    def _is_mapping(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        pairs = [pair.strip().partition("=") for pair in value.split(",") if pair.strip()]
        for place, (name, _, path) in enumerate(pairs, start=1):
            if name not in MAPPED or not re.fullmatch(PATH, path):
                raise ValueError(
                    f"Entry {place} of TOCSIN_ALERTS_MAPPING is no field=path. Write it as "
                    f"name=rule.title,status=state; the fields are {', '.join(MAPPED)}."
                )
        return {name: path for name, _, path in pairs}
