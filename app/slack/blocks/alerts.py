"""How the alerts of an incident are told in a line, and the button that leads to their monitor."""

from app.domain.alerts import Tally, monitor
from app.slack.blocks import buttons
from app.slack.blocks.elements import Part
from app.slack.text import ADDRESS, escape, fit, outside

HTTPS = "https://"
NAMED = 3
LONGEST_NAME = 60
LONGEST_LINK = 1000
OPEN = "Open the monitor"


def in_short(tally: Tally) -> str:
    """Return "Alerts: 3 of 12 fire, HighErrorRate, told by Alertmanager"."""
    names = ", ".join(fit(escape(name), LONGEST_NAME) for name in tally.names[:NAMED])
    more = f" and {len(tally.names) - NAMED} more kinds" if len(tally.names) > NAMED else ""
    if tally.seen == 1:
        count = "Alert fires:" if tally.firing else "Alert is over:"
    else:
        fire = f"{tally.firing:,} of {tally.seen:,} fire" if tally.firing else f"all {tally.seen:,} are over"
        count = f"Alerts: {fire},"
    return f"{count} {names}{more}, told by {escape(monitor(tally.source))}"


def to_monitor(url: str) -> list[Part]:
    """Return the button that leads to the monitor; nothing where its address is not plain, or not https."""
    link = buttons.link(OPEN, url, "monitor") if _is_plain(url) else None
    return [link] if link else []


def way_to_monitor(url: str) -> str:
    """Return what goes on a line about alerts: a link to their monitor, as far as its address is plain and short."""
    return f": {outside(url, OPEN.lower())}" if _is_plain(url) and len(url) <= LONGEST_LINK else ""


def _is_plain(url: str) -> bool:
    return url.startswith(HTTPS) and ADDRESS.fullmatch(url) is not None
