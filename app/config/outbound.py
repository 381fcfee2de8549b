"""The settings of what Tocsin may call."""

import re
from typing import Annotated, Any

from pydantic import field_validator
from pydantic_settings import NoDecode

from app.config.section import Section

HOST = r"\[?[0-9a-z_](?:[0-9a-z_.:-]*[0-9a-z])?\]?|\[?::[0-9a-f:.]+\]?"


class Outbound(Section):
    """Whom Tocsin calls that is not in the public internet."""

    allowed_hosts: Annotated[frozenset[str], NoDecode] = frozenset()
    """Hosts inside your own network that the other settings name, such as jira.internal, separated by commas."""

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _are_hosts(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        hosts = [host for host in re.split(r"[\s,]+", value.lower()) if host]
        for place, host in enumerate(hosts, start=1):
            if not re.fullmatch(HOST, host):
                raise ValueError(
                    f"Entry {place} of TOCSIN_ALLOWED_HOSTS is no host. Write names or addresses alone, without "
                    "https:// or a path, and commas between them, such as jira.internal,10.0.0.7."
                )
        return frozenset(host.strip("[]") for host in hosts)
