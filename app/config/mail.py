"""The settings of e-mail."""

import re
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, SecretStr, field_validator

from app.config.section import Section

SCHEMES = ("smtp", "smtps")
ADDRESS = r"[^\s<>@,;:\"\\]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+"
SENDER = rf"{ADDRESS}|[^<>@,;:\"\\\r\n]{{0,100}}<{ADDRESS}>"


class Mail(Section):
    """How mail is sent."""

    smtp_url: SecretStr | None = Field(default=None, validation_alias="SMTP_URL")
    """A mail server that takes mail to send: smtp://user:password@host:587, or smtps://user:password@host:465."""

    mail_from: str = ""
    """Whom mail is from: an address that the mail server lets Tocsin send as."""

    @field_validator("smtp_url")
    @classmethod
    def _is_mail_server(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not _names_a_server(value.get_secret_value()):
            raise ValueError(
                "SMTP_URL is no address of a mail server. Write it as smtp://user:password@host:587 or "
                "smtps://user:password@host:465, with every sign in user and password but letters, digits and .-_~ as "
                "%XX, such as %40 for @."
            )
        return value

    @field_validator("mail_from")
    @classmethod
    def _is_sender(cls, value: str) -> str:
        if value and not (value.isascii() and re.fullmatch(SENDER, value)):
            raise ValueError(
                "TOCSIN_MAIL_FROM is no address that mail can be from. Write it as incidents@example.com or as "
                "Incidents <incidents@example.com>, without accents."
            )
        return value


def _names_a_server(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in SCHEMES and bool(parts.hostname) and parts.port != 0 and _is_nothing_more(parts)
    except ValueError:
        return False


def _is_nothing_more(parts: SplitResult) -> bool:
    whole_login = bool(parts.username) == bool(parts.password)
    return whole_login and parts.path in ("", "/") and not (parts.query or parts.fragment)
