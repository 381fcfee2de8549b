"""The tracker that the settings connect."""

from collections.abc import Mapping

from app.config import Settings
from app.domain.effects import Way
from app.integrations.system import Around, System
from app.integrations.tickets.jira import Account, Jira
from app.integrations.tickets.sink import TicketSink
from app.integrations.tickets.tracker import Tracker
from app.line import Fence


def tickets(around: Around) -> Mapping[Way, System]:
    """Return what takes tickets, if the settings connect a tracker."""
    tracker = _tracker(around.settings, around.fence)
    return {Way.TRACKER: TicketSink(tracker, around.link)} if tracker else {}


def _tracker(settings: Settings, fence: Fence) -> Tracker | None:
    token = settings.jira_api_token
    if not (token and settings.jira_url and settings.jira_email and settings.jira_project):
        return None
    account = Account(settings.jira_url, settings.jira_email, token, settings.jira_project, settings.jira_issue_type)
    return Jira(account, fence)
