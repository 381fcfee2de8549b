"""auth.test and apps.connections.open: who the app is, and its way to a websocket."""

from app.sandbox import seed
from app.sandbox.call import Call
from app.sandbox.workspace import Json


def test(call: Call) -> Json:
    """Say whose token it is."""
    return {
        "url": call.slack.url,
        "team": seed.TEAM_NAME,
        "user": call.slack.workspace.members[seed.BOT_USER].name,
        "team_id": seed.TEAM_ID,
        "user_id": seed.BOT_USER,
        "bot_id": seed.BOT_ID,
        "is_enterprise_install": False,
    }


def open_socket(call: Call) -> Json:
    """Hand out the address of a websocket, good for one connection."""
    address = call.slack.url.replace("http://", "ws://", 1)
    return {"url": f"{address}socket/{call.slack.sockets.ticket()}"}
