"""What of an incident is news to people who do not work on it: subscribers, and those on lists of addresses."""

from app.domain import events as e


def news(event: e.Event) -> str:
    """Return the name of the message that tells `event`; nothing where it is no news to them."""
    match event:
        case e.Declared():
            return "declared"
        case e.UpdatePosted(no_change=False):
            return "update"
        case e.StatusChanged():
            return "status_changed"
        case e.SeverityChanged():
            return "severity_changed"
        case e.Resolved():
            return "resolved"
        case e.Cancelled():
            return "cancelled"
        case e.MergedInto():
            return "merged"
        case e.Reopened():
            return "reopened"
        case _:
            return ""
