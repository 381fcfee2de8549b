"""What Slack tells of by itself."""

from collections.abc import Mapping

from app.slack.listeners import arriving, home, noting
from app.slack.listeners.asking import Route

EVENTS: Mapping[str, Route] = {
    "app_home_opened": home.opened,
    "member_joined_channel": arriving.joined,
    "reaction_added": noting.pinned,
}
