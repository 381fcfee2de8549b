"""The settings of what customers read."""

import re

from pydantic import Field, SecretStr, field_validator

from app.config.section import Section, is_safe, safe

STATUSPAGE = "https://api.statuspage.io/v1"
FIND_STATUSPAGE = "Both stand on manage.statuspage.io, under your avatar, API info."
LONGEST_TITLE = 100


class StatusPage(Section):
    """Where customers read how it stands."""

    statuspage_api_key: SecretStr | None = Field(default=None, validation_alias="STATUSPAGE_API_KEY")
    """A key of Statuspage's: your avatar, API info, Create key."""

    statuspage_page_id: str = Field(default="", validation_alias="STATUSPAGE_PAGE_ID")
    """The id of the page there, in the same place."""

    statuspage_url: str = Field(default=STATUSPAGE, validation_alias="STATUSPAGE_URL")
    """Where Statuspage takes calls."""

    status_page: str = ""
    """The address under which customers find the page that Tocsin itself serves at /status; switches it on."""

    status_page_title: str = "Status"
    """What stands above that page."""

    @field_validator("statuspage_api_key")
    @classmethod
    def _is_statuspage_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not re.fullmatch(r"[!-~]{8,200}", value.get_secret_value()):
            raise ValueError(f"STATUSPAGE_API_KEY is no key of Statuspage's. {FIND_STATUSPAGE}")
        return value

    @field_validator("statuspage_page_id")
    @classmethod
    def _is_statuspage_id(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9]{0,40}", value):
            raise ValueError(f"STATUSPAGE_PAGE_ID is no id of a page: it has letters and digits. {FIND_STATUSPAGE}")
        return value

    @field_validator("statuspage_url")
    @classmethod
    def _is_statuspage_address(cls, value: str) -> str:
        return safe(value, f"STATUSPAGE_URL is no https address. Leave it out for {STATUSPAGE}.").rstrip("/")

    @field_validator("status_page")
    @classmethod
    def _is_status_address(cls, value: str) -> str:
        if value and not (is_safe(value) and not re.search(r"[?#]", value)):
            raise ValueError(
                "TOCSIN_STATUS_PAGE is no https address. Set it to the one under which customers find the page, such "
                "as https://status.example.com/status, or leave it out to have none."
            )
        return value.rstrip("/")

    @field_validator("status_page_title")
    @classmethod
    def _is_status_title(cls, value: str) -> str:
        title = " ".join(value.split())
        if not 0 < len(title) <= LONGEST_TITLE:
            raise ValueError(f"TOCSIN_STATUS_PAGE_TITLE has {LONGEST_TITLE} characters at most, as in: Waqiti status")
        return title
