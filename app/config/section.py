"""What all sections of the settings share."""

import re

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

SAFE_ADDRESS = r"(https://[^\s/?#@\\]+|http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?)([/?#]\S*)?"
"""Encrypted, or to this machine: whoever reads on the way could keep the alarm quiet, or ring."""


class Section(BaseSettings):
    """Settings that belong together; a field without an alias is read from TOCSIN_ and its name."""

    model_config = SettingsConfigDict(
        env_prefix="TOCSIN_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        populate_by_name=True,
    )


def is_safe(address: str) -> bool:
    """Say whether what goes to that address goes encrypted, or to this machine."""
    return re.fullmatch(SAFE_ADDRESS, address) is not None


def safe(address: str, fault: str) -> str:
    """Return an address if it is safe, or none. Raises `ValueError` with `fault`, which must not quote it."""
    if address and not is_safe(address):
        raise ValueError(fault)
    return address


def starts_with(prefix: str, value: SecretStr | None, fault: str) -> SecretStr | None:
    """Return `value` if it starts so and holds no blank. Raises `ValueError` with `fault`, which must not quote it."""
    if value and not re.fullmatch(rf"{prefix}\S+", value.get_secret_value()):
        raise ValueError(fault)
    return value
