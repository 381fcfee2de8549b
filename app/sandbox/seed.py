"""The workspace that a new sandbox starts with."""

from datetime import datetime

from app.sandbox.workspace import Channel, Member, UserGroup, Workspace

TEAM_ID = "T0SANDBOX"
TEAM_NAME = "Tocsin sandbox"
TEAM_DOMAIN = "tocsin-sandbox"
APP_ID = "A0TOCSIN"
APP_NAME = "Tocsin"
BOT_ID = "B0TOCSIN"
BOT_USER = "U0TOCSIN"
SLACKBOT = "USLACKBOT"
BOT_TOKEN = "xoxb-sandbox"  # noqa: S105 - opens nothing but this sandbox
APP_TOKEN = "xapp-sandbox"  # noqa: S105 - opens nothing but this sandbox

PEOPLE = (
    Member("U0ONCALL", "on-call", "On-call engineer"),
    Member("U0SECOND", "secondary", "Secondary on-call"),
    Member("U0MANAGER", "manager", "Engineering manager", is_admin=True),
    Member("U0VPENG", "vp", "VP Engineering"),
    Member("U0CTO", "cto", "CTO", is_admin=True),
    Member("U0SUPPORT", "support", "Support engineer"),
)


def seed(now: datetime) -> Workspace:
    """Return a fresh workspace: six people, the bot, two channels that the bot is not in, two user groups."""
    everyone = [person.id for person in PEOPLE]
    created = int(now.timestamp())

    def channel(channel_id: str, name: str) -> Channel:
        return Channel(
            channel_id,
            name,
            "channel",
            creator="U0MANAGER",
            created=created,
            members=list(everyone),
            is_general=channel_id == "C0GENERAL",
        )

    members = [
        *(Member(person.id, person.name, person.real_name, person.is_admin) for person in PEOPLE),
        Member(BOT_USER, "tocsin", APP_NAME, is_bot=True),
        Member(SLACKBOT, "slackbot", "Slackbot"),
    ]
    groups = [
        UserGroup("S0ONCALL", "platform-on-call", "Platform on-call", ["U0ONCALL", "U0SECOND"]),
        UserGroup("S0MANAGE", "engineering-managers", "Engineering managers", ["U0MANAGER"]),
    ]
    channels = [channel("C0GENERAL", "general"), channel("C0SUPPORT", "support-desk")]
    return Workspace(
        members={member.id: member for member in members},
        usergroups={group.id: group for group in groups},
        channels={each.id: each for each in channels},
    )
