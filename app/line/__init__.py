"""How anything outside is called: every request that Tocsin makes, but those to Slack, goes by a line.

addresses.py  which addresses of the internet are public
fence.py      who may be called, and that nobody else is
line.py       one request, with a limit on everything
credentials.py how we prove who we are
plain.py      text as any system outside takes it
reading.py    what an answer holds, whatever it holds
"""

from app.line.fence import PUBLIC, Fence
from app.line.line import (
    ANSWER_WITHIN,
    MOST_READ,
    Answer,
    Json,
    Line,
    Unanswered,
    Unreachable,
    distrust,
    on_this_machine,
    trust,
)
from app.line.plain import one_line
from app.line.reading import mapping, mappings

__all__ = [
    "ANSWER_WITHIN",
    "MOST_READ",
    "PUBLIC",
    "Answer",
    "Fence",
    "Json",
    "Line",
    "Unanswered",
    "Unreachable",
    "distrust",
    "mapping",
    "mappings",
    "on_this_machine",
    "one_line",
    "trust",
]
