"""The one function that makes names of incidents, which are names of channels too."""

import re

LONGEST = 80
LONGEST_SERVICE = 32
NOT_ALLOWED = re.compile(r"[^a-z0-9_-]+")
FALLBACK = "incident"


def channel_name(wanted: str, suffix: int = 0) -> str:
    """Return `wanted` as a name that Slack takes for a channel.

    Lower case letters, digits, `-` and `_`, 80 characters at most, never empty (Slack's documentation of
    conversations.create). A `suffix` over 0 is kept whole at the end: `incident-12-2`.
    """
    tail = f"-{suffix}" if suffix else ""
    stem = NOT_ALLOWED.sub("-", wanted.lower()).strip("-_")[: LONGEST - len(tail)].rstrip("-_")
    return (stem or FALLBACK) + tail
