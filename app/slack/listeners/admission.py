"""Who is heard at all: members of the workspace that this Tocsin belongs to."""

from app.slack.listeners.edge import Edge
from app.slack.listeners.refusals import Nobody, Stranger
from app.slack.requests import Request
from app.slack.text import MEMBER


def admit(edge: Edge, request: Request) -> None:
    """Raise `Rejected` where Slack does not say who asks, or says that it is somebody from elsewhere.

    People of other workspaces see messages, and their buttons, in channels that are shared with them. Within an
    organisation of several workspaces its people are at home in all of them.
    """
    if not MEMBER.fullmatch(request.user):
        raise Nobody
    home = edge.workspace.split(":")
    if request.teams and not any(team in home for team in request.teams):
        raise Stranger
