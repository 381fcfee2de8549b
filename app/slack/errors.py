"""What an error of Slack's means for a delivery.

Slack says of `fatal_error` and `internal_error` that some of the work may have been done all the same, and a connection
that drops says nothing either: those outcomes are unknown. A refused connection and a 429 did nothing for certain.
"""

import asyncio
from datetime import timedelta

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from app.outbox import Away, Dead, Doubtful, Failed, Later

PAUSED = "Slack asked for a pause"
DEFAULT_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=5)
HTTP_TOO_MANY = 429
HTTP_SERVER_ERROR = 500

UNKNOWN = frozenset({"fatal_error", "internal_error", "service_unavailable", "request_timeout", "team_added_to_org"})
SLOW_DOWN = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
TOKEN = frozenset({"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"})

IN_WORDS = {
    "account_inactive": "the bot's account is deactivated",
    "cant_invite": "this person cannot be invited",
    "channel_not_found": "the channel is not there, or it is private and Tocsin is not in it",
    "invalid_auth": "Slack does not take the bot token",
    "is_archived": "the channel is archived",
    "missing_scope": "the app lacks a permission; install it again from manifest.yml",
    "name_taken": "the name is taken",
    "not_in_channel": "Tocsin is not in the channel",
    "restricted_action": "this workspace does not let Tocsin do that",
    "token_revoked": "the bot token was revoked",
    "user_disabled": "deactivated",
    "user_is_restricted": "guest",
    "user_is_ultra_restricted": "guest",
    "user_not_found": "not in this workspace",
}


IN_PERSON = {"channel_not_found": "Slack opens no direct messages with this member, who may be deactivated"}


def in_words(code: str, *, in_person: bool = False) -> str:
    """Return what Slack's error `code` means, for people; `in_person` where a direct message met it."""
    known = IN_WORDS | IN_PERSON if in_person else IN_WORDS
    return known.get(code, f"Slack says {code}")


def code_of(error: Exception) -> str:
    """Return Slack's own code of an error, or nothing."""
    return str(error.response.get("error") or "") if isinstance(error, SlackApiError) else ""


def outcome(error: Exception, what: str, *, in_person: bool = False) -> Failed:
    """Return what `error` means for a delivery that wanted to do `what`; `in_person` for a direct message."""
    if isinstance(error, aiohttp.ClientConnectorError):
        return Away("Slack cannot be reached")
    if not isinstance(error, SlackApiError):
        return Doubtful(f"the connection to Slack broke: {type(error).__name__}")
    code = code_of(error)
    if error.response.status_code == HTTP_TOO_MANY or code in SLOW_DOWN:
        return Later(PAUSED, pause(error))
    if error.response.status_code >= HTTP_SERVER_ERROR or code in UNKNOWN or not code:
        return Doubtful(f"Slack failed: {code or error.response.status_code}")
    if code in TOKEN:
        return Away(in_words(code))
    return Dead(what, in_words(code, in_person=in_person))


def pause(error: SlackApiError) -> timedelta:
    """Return how long Slack asks to wait (`Retry-After`, in seconds); 30 s where it does not say, 5 min at most."""
    said = error.response.headers.get("Retry-After") or error.response.headers.get("retry-after") or ""
    if not said.isdecimal():
        return DEFAULT_PAUSE
    return min(timedelta(seconds=min(int(said), LONGEST_PAUSE.total_seconds())), LONGEST_PAUSE)


FAILURES = (SlackClientError, aiohttp.ClientError, asyncio.TimeoutError, OSError)
"""What a call to Slack can raise."""
