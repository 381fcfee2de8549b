"""Text as any system outside takes it."""

import re

UNSENDABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]+")


def one_line(text: str) -> str:
    """Return text that any system takes: in one line, without what is no character or turns the direction of text."""
    return " ".join(UNSENDABLE.sub(" ", text).split())
