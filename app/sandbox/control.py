"""The control requests: what a member does, what goes wrong, what time it is. For the page and for scripts."""

import math
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from app.sandbox import chart, clicks, modals, people
from app.sandbox.clicks import InMessage, InView, Place
from app.sandbox.door import Door
from app.sandbox.faults import ANY_METHOD, KINDS, Fault
from app.sandbox.methods.reactions import EMOJI
from app.sandbox.monitor import Monitor
from app.sandbox.people import Impossible, chosen, known_member, known_message, known_room
from app.sandbox.seed import BOT_USER
from app.sandbox.slack import Slack
from app.sandbox.snapshot import Playbooks
from app.sandbox.vendors import KINDS as VENDOR_FAULTS
from app.sandbox.vendors import Vendors, pagerduty
from app.sandbox.workspace import Channel, Json, Member

Wish = Mapping[str, Any]

REFUSED, OVER = "refused", "over"
OUTAGES = (REFUSED, "unavailable", "server_error", "ratelimited", "accept_then_drop", OVER)


async def command(slack: Slack, wish: Wish) -> Json:
    """Type a slash command."""
    person, room = _who_and_where(slack, wish)
    name = "/" + chosen(wish, "command").removeprefix("/")
    return {"response": await people.command(slack, person, room, name, str(wish.get("text") or ""))}


async def submit(slack: Slack, wish: Wish) -> Json:
    """Submit the member's modal."""
    return await modals.submit(slack, _who(slack, wish), _values(wish))


async def close(slack: Slack, wish: Wish) -> Json:
    """Close the member's modal."""
    await modals.close(slack, _who(slack, wish))
    return {}


async def click(slack: Slack, wish: Wish) -> Json:
    """Press a button or choose in a menu."""
    person = _who(slack, wish)
    place = _place(slack, wish, person)
    if isinstance(place, InView):
        await modals.fill(slack, person, place.view, _values(wish))
    target = clicks.find(place, chosen(wish, "action_id"), wish.get("value"))
    await clicks.click(slack, person, target, wish.get("value"))
    return {}


async def suggest(slack: Slack, wish: Wish) -> Json:
    """Type into an external select."""
    person = _who(slack, wish)
    target = clicks.find(_place(slack, wish, person), chosen(wish, "action_id"))
    return {"options": await clicks.suggest(slack, person, target, str(wish.get("value") or ""))}


async def shortcut(slack: Slack, wish: Wish) -> Json:
    """Use a shortcut."""
    person = _who(slack, wish)
    room = known_room(slack, person, wish["channel"]) if wish.get("channel") else None
    said = known_message(room, person, wish["ts"]) if room is not None and wish.get("ts") else None
    await people.shortcut(slack, person, chosen(wish, "callback_id"), room, said)
    return {}


async def message(slack: Slack, wish: Wish) -> Json:
    """Say something."""
    person, room = _who_and_where(slack, wish)
    thread_ts = str(wish["thread_ts"]) if wish.get("thread_ts") else None
    said = people.message(slack, person, room, str(wish.get("text") or ""), thread_ts)
    return {"ts": said.ts, "channel": room.id}


async def react(slack: Slack, wish: Wish) -> Json:
    """React to a message."""
    person, room = _who_and_where(slack, wish)
    name = chosen(wish, "name").strip(":")
    if not EMOJI.fullmatch(name):
        raise Impossible("invalid_name")
    people.react(slack, person, room, known_message(room, person, chosen(wish, "ts")), name)
    return {}


async def home(slack: Slack, wish: Wish) -> Json:
    """Open the app's Home tab."""
    await people.home(slack, _who(slack, wish))
    return {}


async def open_direct(slack: Slack, wish: Wish) -> Json:
    """Open the member's direct messages with the bot."""
    person = _who(slack, wish)
    if chosen(wish, "with") not in {BOT_USER, slack.workspace.members[BOT_USER].name}:
        raise Impossible("user_not_found")
    room = slack.direct_channel(person)
    slack.touch()
    return {"channel": room.id}


async def join(slack: Slack, wish: Wish) -> Json:
    """Join a public channel."""
    person, room = _who_and_where(slack, wish)
    if room.archived:
        raise Impossible("is_archived")
    people.enter(slack, person, room)
    return {"channel": room.id}


async def fault(slack: Slack, wish: Wish) -> Json:
    """Let the next calls of a method go wrong, or close the sockets."""
    kind = chosen(wish, "kind")
    times = max(1, int(_number(wish, "times", 1)))
    if kind == "disconnect":
        slack.sockets.disconnect(times, str(wish.get("reason") or "refresh_requested"))
        return {}
    if kind not in KINDS:
        raise Impossible(f"kind must be one of {', '.join((*KINDS, 'disconnect'))}")
    error = str(wish.get("error") or "internal_error")
    faults = slack.pager_faults if chosen(wish, "method") == pagerduty.METHOD else slack.faults
    retry_after = str(wish["retry_after"]) if "retry_after" in wish else None
    faults.add(Fault(chosen(wish, "method"), KINDS[kind], times, _number(wish, "seconds", 1), error, retry_after))
    return {}


async def outage(slack: Slack, wish: Wish, door: Door) -> Json:
    """Let Slack be down for apps, in one of the ways in which it is, until it is `over`; people work on in the page."""
    how = chosen(wish, "how")
    if how not in OUTAGES:
        raise Impossible(f"how must be one of {', '.join(OUTAGES)}")
    kind = KINDS.get(how)
    slack.faults.outage = Fault(ANY_METHOD, kind, 1, _number(wish, "seconds", 30)) if kind else None
    await (door.shut() if how == REFUSED else door.open())
    if how not in {OVER, "ratelimited"}:
        await slack.sockets.close()
    return {}


async def pager(slack: Slack, wish: Wish) -> Json:
    """Take PagerDuty down, or let it be back."""
    slack.pager_down = bool(wish.get("down"))
    slack.touch()
    return {}


async def press(slack: Slack, wish: Wish, there: pagerduty.PagerDuty) -> Json:
    """Acknowledge or resolve an alert in PagerDuty."""
    await there.press(chosen(wish, "alert"), chosen(wish, "do"), _who(slack, wish))
    return {}


async def playbook(slack: Slack, wish: Wish, play: Callable[[str], Awaitable[None]]) -> Json:
    """Let the app run another playbook from now on."""
    await play(chosen(wish, "name"))
    slack.touch()
    return {}


async def preview(slack: Slack, wish: Wish, playbooks: Playbooks) -> Json:
    """Tell what the playbook would do, for a chart."""
    if playbooks.here is None:
        raise Impossible("the app here runs no playbook that could be shown")
    return chart.chart(playbooks.here, wish, slack.clock.now())


async def reset_calls(slack: Slack, _: Wish) -> Json:
    """Forget the calls so far."""
    slack.calls.clear()
    return {}


async def advance(slack: Slack, wish: Wish, move: Callable[[float], Awaitable[None]]) -> Json:
    """Move the clock on, by seconds or to a moment."""
    seconds = _until(slack, str(wish["to"])) if wish.get("to") else _number(wish, "seconds", 0)
    if seconds < 0:
        raise Impossible("the clock only moves on")
    await move(seconds)
    slack.touch()
    return {"now": slack.clock.now().isoformat()}


async def vendor(slack: Slack, wish: Wish, vendors: Vendors | None) -> Json:
    """Let a vendor be down, or up again, or let its next requests go wrong."""
    fake = (vendors.fakes if vendors else {}).get(name := chosen(wish, "name"))
    if fake is None:
        raise Impossible(f"no vendor is called {name}")
    if "down" in wish:
        fake.down = bool(wish["down"])
    if "fault" in wish:
        kind = VENDOR_FAULTS.get(str(wish["fault"]))
        if kind is None:
            raise Impossible(f"a fault is one of {', '.join(VENDOR_FAULTS)}")
        fake.fail(kind)
    slack.touch()
    return {}


async def alert(slack: Slack, wish: Wish, monitor: Monitor) -> Json:
    """Let the Alertmanager of the sandbox send one alert."""
    told = await monitor.send(chosen(wish, "name"), chosen(wish, "status"))
    slack.touch()
    return told


ACTS: Mapping[str, Callable[[Slack, Wish], Awaitable[Json]]] = {
    "command": command,
    "submit": submit,
    "close": close,
    "click": click,
    "suggest": suggest,
    "shortcut": shortcut,
    "message": message,
    "react": react,
    "home": home,
    "open": open_direct,
    "join": join,
    "fault": fault,
    "pager": pager,
    "reset_calls": reset_calls,
}


def _who(slack: Slack, wish: Wish) -> Member:
    return known_member(slack, chosen(wish, "user"))


def _who_and_where(slack: Slack, wish: Wish) -> tuple[Member, Channel]:
    person = _who(slack, wish)
    return person, known_room(slack, person, chosen(wish, "channel"))


def _place(slack: Slack, wish: Wish, person: Member) -> Place:
    """Return the message that is named; else the member's modal; else the Home tab."""
    if wish.get("channel"):
        room = known_room(slack, person, wish["channel"])
        said = known_message(room, person, chosen(wish, "ts"))
        return InMessage(room, said, slack.chosen.setdefault((person.id, room.id, said.ts), {}))
    modal = slack.views.top(person.id)
    if modal is not None and wish.get("in") != "home":
        return InView(modal)
    home = slack.workspace.homes.get(person.id)
    if home is None:
        raise Impossible("no_open_view")
    return InView(home)


def _values(wish: Wish) -> Mapping[str, Any]:
    values = wish.get("values") or {}
    if not isinstance(values, dict):
        raise Impossible("values must be an object")
    return values


def _number(wish: Wish, key: str, default: float) -> float:
    try:
        number = float(wish.get(key, default))
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise Impossible(f"{key} must be a number")
    return number


def _until(slack: Slack, moment: str) -> float:
    try:
        to = datetime.fromisoformat(moment)
    except ValueError:
        raise Impossible("`to` must be an ISO 8601 time") from None
    return ((to if to.tzinfo else to.replace(tzinfo=UTC)) - slack.clock.now()).total_seconds()
