"""What one is subscribed to, with a button to stop each."""

from collections.abc import Sequence

from app.domain.subscribing import Subject, Subscription
from app.slack.blocks import buttons, modals
from app.slack.blocks.elements import Part, context, section, speak
from app.slack.text import Message, escape
from app.slack.words import OWN_WORDS


def subscriptions(own: Sequence[Subscription], unknown: Sequence[Subscription] = ()) -> Message:
    """Return the subscriptions of one member, with a button to stop each; none of `unknown` was among them."""
    return speak(_said(own, unknown), *map(_row, own), context(_how()))


def in_dialog(own: Sequence[Subscription]) -> Part:
    """Return the same in words, for a dialog."""
    return modals.told("My subscriptions", f"{_said(own)}\n\n{_how()}")


def _said(own: Sequence[Subscription], unknown: Sequence[Subscription] = ()) -> str:
    return OWN_WORDS.say("answers/subscriptions", own=[*map(_in_words, own)], unknown=[*map(_in_words, unknown)])


def _how() -> str:
    return OWN_WORDS.say("answers/subscriptions_how")


def _row(one: Subscription) -> Part:
    words = _in_words(one)
    return section(escape(words[0].upper() + words[1:]), buttons.stop_subscription(one.subject, one.value))


def _in_words(one: Subscription) -> str:
    match one.subject:
        case Subject.ALL:
            return "all incidents"
        case Subject.SEVERITY:
            return f"{one.value} incidents"
        case Subject.SERVICE:
            return f"incidents of the service {one.value}"
        case Subject.TAG:
            return f"incidents with the tag {one.value}"
