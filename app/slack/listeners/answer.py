"""What a listener answers: plain values, so that what a person gets to see can be tested without Slack."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.slack.text import Message

View = Mapping[str, Any]
Option = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Nothing:
    """What was asked for can be seen where it was asked."""


@dataclass(frozen=True, slots=True)
class Say:
    """Tell this person alone."""

    message: Message


@dataclass(frozen=True, slots=True)
class Replace:
    """Put another message in the place of the one that they pressed in, and that they alone see."""

    message: Message


@dataclass(frozen=True, slots=True)
class Open:
    """Open a form."""

    view: View


@dataclass(frozen=True, slots=True)
class Show:
    """Put another view in the place of the form that was sent off."""

    view: View


@dataclass(frozen=True, slots=True)
class Above:
    """Put another view above the form that was sent off, which stays below it."""

    view: View


@dataclass(frozen=True, slots=True)
class Clear:
    """Close the form, and all that lie below it."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """Keep the form open and say, under each field, what is wrong with it."""

    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Close:
    """Close the form, and tell the person alone by `response_url`, where there is one, what came of it."""

    message: Message | None = None
    response_url: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """Give the options of a menu."""

    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Publish:
    """Show the Home tab."""

    view: View


Answer = Nothing | Say | Replace | Open | Show | Above | Clear | Wrong | Close | Offer | Publish
