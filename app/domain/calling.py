"""What a pager has to know of a page, whichever event it follows from."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Calling:
    """A page of one `step`, decided `at` that time, to some of its responders (ids), and `why`.

    `tried` are the ways, beside Slack, by which they were to be paged and were not.
    """

    step: str
    at: datetime
    responders: tuple[str, ...]
    why: str = ""
    until_acknowledged: bool = False
    tried: tuple[str, ...] = ()
