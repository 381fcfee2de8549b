"""The settings of the tracker."""

import re

from pydantic import Field, SecretStr, field_validator

from app.config.section import Section, safe

FIND_JIRA = "Copy your site's address from the browser, such as https://example.atlassian.net."
PROJECT = r"[A-Z][A-Z0-9_]{1,254}"


class Tickets(Section):
    """Where tickets are opened."""

    jira_url: str = Field(default="", validation_alias="JIRA_URL")
    """The address of a Jira Cloud site."""

    jira_email: str = Field(default="", validation_alias="JIRA_EMAIL")
    """The address of the account that opens tickets."""

    jira_api_token: SecretStr | None = Field(default=None, validation_alias="JIRA_API_TOKEN")
    """An API token of that account: id.atlassian.com, Security, API tokens."""

    jira_project: str = Field(default="", validation_alias="JIRA_PROJECT")
    """The key of the project that holds them, such as OPS."""

    jira_issue_type: str = Field(default="Task", validation_alias="JIRA_ISSUE_TYPE")
    """What they are there: Task, Bug, or a type of your own."""

    @field_validator("jira_url")
    @classmethod
    def _is_jira_site(cls, value: str) -> str:
        return safe(value, f"JIRA_URL is no https address. {FIND_JIRA}").rstrip("/")

    @field_validator("jira_project")
    @classmethod
    def _is_jira_project(cls, value: str) -> str:
        if value and not re.fullmatch(PROJECT, value.upper()):
            raise ValueError(
                "JIRA_PROJECT is no key of a project. It is what tickets begin with: OPS, where one is OPS-7."
            )
        return value.upper()
