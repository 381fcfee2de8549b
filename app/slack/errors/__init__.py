"""What an error of Slack's means: one row for every code of every method that Tocsin calls, and what follows from it.

table.py     the rows: what each code means, and who is told of what cannot be mended
words.py     the codes that people meet, in words
outcome.py   what an error makes of a delivery
"""

from app.slack.errors.outcome import (
    FAILURES,
    PAUSED,
    Paused,
    asks_for_pause,
    channel_of,
    code_of,
    meaning_of,
    outcome,
    pause,
    reason,
)
from app.slack.errors.table import TOKEN, UNREACHABLE, Meaning, Row, Told, meaning, row
from app.slack.errors.words import in_words

__all__ = [
    "FAILURES",
    "PAUSED",
    "TOKEN",
    "UNREACHABLE",
    "Meaning",
    "Paused",
    "Row",
    "Told",
    "asks_for_pause",
    "channel_of",
    "code_of",
    "in_words",
    "meaning",
    "meaning_of",
    "outcome",
    "pause",
    "reason",
    "row",
]
