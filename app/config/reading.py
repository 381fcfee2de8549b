"""Reads the settings, and says everything at once that is wrong with them."""

from collections.abc import Collection, Iterator

from pydantic import ValidationError

from app.config.settings import FIND_APP, FIND_BOT, FIND_SIGNING, POSTGRES, Settings

TOGETHER = (
    ("statuspage_api_key", "statuspage_page_id"),
    ("jira_url", "jira_email", "jira_api_token", "jira_project"),
    ("confluence_url", "confluence_email", "confluence_api_token", "confluence_space"),
    ("zoom_account_id", "zoom_client_id", "zoom_client_secret", "zoom_host"),
)
"""Settings that connect a system together, by their fields, which are named as they are."""


class SettingsError(Exception):
    """One line for each fault: what is wrong, what to set, and where to find it."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def load(*, slack: bool = True) -> Settings:
    """Return the settings, or raise every fault at once; without `slack` those that Slack needs may be missing."""
    settings, faults = look(slack=slack)
    if faults:
        raise SettingsError(faults)
    return settings


def look(*, slack: bool = True) -> tuple[Settings, list[str]]:
    """Return the settings, with defaults where one is at fault, and a sentence for each fault."""
    settings, faults = _read()
    missing = [fault for name, fault in _missing(settings) if name not in faults] if slack else []
    return settings, [*missing, *faults.values(), *_halves(settings, faults), *_fleeting(settings)]


def _read() -> tuple[Settings, dict[str, str]]:
    """Return the settings, with defaults where one is at fault, and the faults by field."""
    try:
        return Settings(), {}
    except ValidationError as error:
        names = {str(field.validation_alias): name for name, field in Settings.model_fields.items()}
        told = {str(e["loc"][0]): e["msg"].removeprefix("Value error, ") for e in error.errors()}
    faults = {names.get(place, place): sentence for place, sentence in told.items()}
    return Settings(**{name: Settings.model_fields[name].default for name in faults}), faults


def _missing(settings: Settings) -> Iterator[tuple[str, str]]:
    if not settings.slack_bot_token:
        yield "slack_bot_token", f"SLACK_BOT_TOKEN is not set. {FIND_BOT}"
    if not (settings.slack_app_token or settings.slack_signing_secret):
        neither = "Neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set."
        yield "slack_app_token", f"{neither} For Socket Mode: {FIND_APP} For HTTP: {FIND_SIGNING}"


def _halves(settings: Settings, faulty: Collection[str]) -> Iterator[str]:
    """Yield what is set without the rest that its system needs."""
    for together in TOGETHER:
        missing = [name for name in together if not getattr(settings, name)]
        there = [name for name in together if name not in missing]
        if missing and there and not set(missing) & set(faulty):
            needs = ", ".join(map(str.upper, missing))
            told = f"{there[0].upper()} is set without {needs}. Set all of them, or leave all out"
            yield f"{told}; docs/integrations.md says where they are."


def _fleeting(settings: Settings) -> Iterator[str]:
    if settings.dyno and not settings.database_url.startswith(POSTGRES):
        yield (
            "DATABASE_URL names an SQLite file, and Heroku throws the disk of a dyno away once a day. "
            "Add a PostgreSQL, which sets DATABASE_URL: heroku addons:create heroku-postgresql"
        )
