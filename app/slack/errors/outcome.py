"""What an error makes of a delivery.

Slack says of `fatal_error` and `internal_error` that some of the work may have been done all the same, and a connection
that drops says nothing either: those outcomes are unknown. A refused connection and a 429 did nothing for certain.
"""

import asyncio
import re
from datetime import timedelta

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from app.outbox import Away, Dead, Doubtful, Failed, Later
from app.slack.errors.table import Meaning, meaning
from app.slack.errors.words import in_words

PAUSED = "Slack asked for a pause"
DEFAULT_PAUSE = timedelta(seconds=30)
SHORTEST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=5)
HTTP_TOO_MANY = 429
HTTP_SERVER_ERROR = 500
SLOW_DOWN = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
SCOPES = re.compile(r"[a-z_.:,]{1,200}")


class Paused(SlackClientError):
    """Slack was not asked at all: it wants to be left alone in this for `after`."""

    def __init__(self, after: timedelta) -> None:
        super().__init__(PAUSED)
        self.after = after


def code_of(error: Exception) -> str:
    """Return Slack's own code of an error, or nothing."""
    return str(error.response.get("error") or "") if isinstance(error, SlackApiError) and _is_read(error) else ""


def method_of(error: SlackApiError) -> str:
    """Return the method whose answer an error is."""
    return str(error.response.api_url).rpartition("/")[2]


def channel_of(error: SlackApiError) -> str:
    """Return the conversation that the refused call was about, or nothing."""
    given = error.response.req_args.get("json") or error.response.req_args.get("params") or {}
    return str(given.get("channel") or given.get("channel_id") or "")


def meaning_of(error: Exception) -> Meaning | None:
    """Return what Slack's own code in an error means; nothing where it has none."""
    code = code_of(error)
    return meaning(method_of(error), code) if code and isinstance(error, SlackApiError) else None


def asks_for_pause(error: SlackApiError) -> bool:
    """Say whether Slack wants to be asked this less often."""
    return error.response.status_code == HTTP_TOO_MANY or code_of(error) in SLOW_DOWN


def outcome(error: Exception, what: str, *, in_person: bool = False) -> Failed:  # noqa: PLR0911 -- one case each
    """Return what `error` means for a delivery that wanted to do `what`; `in_person` for a direct message."""
    if isinstance(error, Paused):
        return Later(PAUSED, error.after, tried=False)
    if isinstance(error, aiohttp.ClientConnectorError):
        return Away("Slack cannot be reached")
    if not isinstance(error, SlackApiError):
        return Doubtful(f"the connection to Slack broke: {type(error).__name__}")
    if asks_for_pause(error):
        return Later(PAUSED, pause(error))
    code = code_of(error)
    if error.response.status_code >= HTTP_SERVER_ERROR or not code:
        return Doubtful(f"Slack failed: {code or error.response.status_code}")
    match meaning(method_of(error), code):
        case Meaning.LOOK_UP:
            return Doubtful(f"Slack failed: {code}")
        case Meaning.RETRY:
            return Later(in_words(code))
        case Meaning.AWAY:
            return Away(in_words(code))
        case _:
            return Dead(what, reason(error, in_person=in_person))


def reason(error: SlackApiError, *, in_person: bool = False) -> str:
    """Return why Slack refused, for people; a permission that it misses is named."""
    scope = str(error.response.get("needed") or "")
    return in_words(code_of(error), in_person=in_person, scope=scope if SCOPES.fullmatch(scope) else "")


def pause(error: SlackApiError) -> timedelta:
    """Return how long Slack asks to wait (`Retry-After`, in seconds); 30 s where it does not say, 5 min at most."""
    said = error.response.headers.get("Retry-After") or error.response.headers.get("retry-after") or ""
    if not (said.isascii() and said.isdecimal()):
        return DEFAULT_PAUSE
    return timedelta(seconds=min(max(int(said[:9]), SHORTEST_PAUSE.seconds), LONGEST_PAUSE.seconds))


def _is_read(error: SlackApiError) -> bool:
    return isinstance(getattr(error.response, "data", None), dict)


FAILURES = (SlackClientError, aiohttp.ClientError, asyncio.TimeoutError, OSError)
"""What a call to Slack can raise."""
