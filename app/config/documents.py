"""The settings of where documents are kept."""

import re

from pydantic import Field, SecretStr, field_validator

from app.config.section import Section, safe


class Documents(Section):
    """Where postmortems are kept."""

    confluence_url: str = Field(default="", validation_alias="CONFLUENCE_URL")
    """The address of a Confluence Cloud site, such as https://example.atlassian.net."""

    confluence_email: str = Field(default="", validation_alias="CONFLUENCE_EMAIL")
    """The address of the account that writes pages."""

    confluence_api_token: SecretStr | None = Field(default=None, validation_alias="CONFLUENCE_API_TOKEN")
    """An API token of that account: id.atlassian.com, Security, API tokens."""

    confluence_space: str = Field(default="", validation_alias="CONFLUENCE_SPACE")
    """The key of the space that holds them, such as OPS."""

    confluence_parent: str = Field(default="", validation_alias="CONFLUENCE_PARENT")
    """The id of the page that they stand below; without it, they stand at the top of the space."""

    @field_validator("confluence_url")
    @classmethod
    def _is_confluence_site(cls, value: str) -> str:
        return (
            safe(
                value,
                "CONFLUENCE_URL is no https address. Copy your site's from the browser, such as https://example.atlassian.net.",
            )
            .rstrip("/")
            .removesuffix("/wiki")
        )

    @field_validator("confluence_space")
    @classmethod
    def _is_confluence_space(cls, value: str) -> str:
        if value and not re.fullmatch(r"~?[A-Za-z0-9]{1,255}", value):
            raise ValueError("CONFLUENCE_SPACE is no key of a space. It stands in its address, behind /wiki/spaces/.")
        return value

    @field_validator("confluence_parent")
    @classmethod
    def _is_confluence_parent(cls, value: str) -> str:
        if value and not re.fullmatch(r"[0-9]{1,20}", value):
            raise ValueError("CONFLUENCE_PARENT is no id of a page. It is the number in its address, behind /pages/.")
        return value
