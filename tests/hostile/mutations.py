"""What Slack sends, and what it would never send: examples of every payload that Tocsin takes, changed at random."""

import hashlib
import hmac
import json
import math
import os
import random
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from app.slack.listeners import ROUTES
from app.slack.listeners.buttons import MENU
from app.slack.listeners.commands import ABOUT, GENERAL
from app.slack.requests import Kind
from tests.slack import payloads
from tests.slack.hostile import ATTACKS
from tests.slack.payloads import TEAM, Payload

SEED = int(os.environ.get("TOCSIN_HOSTILE_SEED", "20261121"))
ROUNDS = int(os.environ.get("TOCSIN_HOSTILE_ROUNDS", "10000"))

MARK = "CANARYVALUE"
"""Stands in every example, so that a log which shows a payload is found out."""

USERS = ("U0ONCALL", "U0SECOND", "U0SUPPORT", "U0CTO")
FORM, JSON_TYPE = b"application/x-www-form-urlencoded", b"application/json"
DEEP, LONG_NUMBER = "@deep@", "@long number@"
# What the json module writes neither: it is put in the place of a string that was written.
RAW = {DEEP: "[" * 10_000 + "]" * 10_000, LONG_NUMBER: "9" * 5_000}

Path = tuple[str | int, ...]
Mutation = Callable[[random.Random, Payload], None]


@dataclass(frozen=True)
class Example:
    """A payload as Slack sends it, and the type of its envelope in Socket Mode."""

    kind: str
    payload: Payload


@dataclass(frozen=True)
class Call:
    """A request over HTTP; `signed` says whether its signature is right."""

    body: bytes
    headers: list[tuple[bytes, bytes]]
    signed: bool


def dice(seed: int) -> random.Random:
    """Return dice that fall the same way each time."""
    return random.Random(seed)  # noqa: S311 -- nothing secret is drawn


def examples(response_url: str) -> list[Example]:
    """Return an example of everything that Tocsin has a route for, and of what Slack sends besides."""
    made = [
        *(Example("slash_commands", one) for one in _commands()),
        *(Example("interactive", one) for one in (*_clicks(), *_forms(), *_others())),
        *(Example("events_api", one) for one in _events()),
    ]
    for example in made:
        if "response_url" in example.payload:
            example.payload["response_url"] = response_url
    return made


def _commands() -> Iterator[Payload]:
    for number, word in enumerate((*GENERAL, *ABOUT, "acknowlegde", MARK)):
        for text in (word, f"{word} 1 {MARK}", f"{word} {MARK} <@U0ONCALL|{MARK}>", f"1 {word}", f"{word} SEV1 {MARK}"):
            yield payloads.command(text, user=USERS[number % len(USERS)])
    yield payloads.command("1", name="/postmortem", user="U0ONCALL")
    yield payloads.command(name=f"/{MARK.lower()}", user="U0ONCALL")


def _clicks() -> Iterator[Payload]:
    for number, action in enumerate((*ROUTES[Kind.CLICK], MARK)):
        user = USERS[number % len(USERS)]
        value = MARK if action == "incident.declare" else f"1:{MARK}" if action == "delivery.retry" else "1"
        yield payloads.click(
            {"action_id": action, "value": value, "text": {"type": "plain_text", "text": MARK}}, user=user
        )
        yield payloads.click_at_home({"action_id": action, "value": value}, user=user)
        yield payloads.click({"action_id": action, "value": value}, user=user, thread_ts="1700000000.000200")
    for word in MENU:
        chosen = {"type": "static_select", "selected_option": {"value": f"{word}:1"}}
        yield payloads.click({"action_id": "incident.more", **chosen}, user="U0ONCALL")


def _forms() -> Iterator[Payload]:
    for name in (*ROUTES[Kind.SUBMISSION], MARK):
        yield payloads.submission(name, VALUES_OF.get(name, {}), metadata=METADATA_OF.get(name, "1"), user="U0CTO")


def _others() -> Iterator[Payload]:
    yield payloads.search("bind:primary:group", MARK)
    yield payloads.shortcut() | {"user": {"id": "U0SUPPORT", "team_id": TEAM}}
    yield payloads.message_shortcut(f"{MARK} is down\n{MARK}") | {"user": {"id": "U0SUPPORT", "team_id": TEAM}}
    yield payloads.message_shortcut(MARK, callback="note_from") | {"user": {"id": "U0SUPPORT", "team_id": TEAM}}
    yield {
        "type": "view_closed",
        "team": payloads.WEB,
        "user": {"id": "U0CTO"},
        "view": {"id": "V1", "callback_id": "a"},
    }
    yield {"type": "interactive_message", "callback_id": MARK, "actions": [{}], "user": {"id": "U0CTO"}}
    yield {"type": "dialog_submission", "callback_id": MARK, "submission": {}, "user": {"id": "U0CTO"}}
    yield {"type": "workflow_step_edit", "callback_id": MARK, "workflow_step": {}, "user": {"id": "U0CTO"}}


def _events() -> Iterator[Payload]:
    yield payloads.home_opened()
    yield payloads.home_opened("messages")
    yield payloads.reaction_added(user="U0CTO")
    yield payloads.member_joined(user="U0CTO")
    yield {"type": "url_verification", "challenge": MARK, "token": "t"}
    yield {"type": "app_rate_limited", "team_id": TEAM, "minute_rate_limited": 1518467820, "api_app_id": "A1"}
    for happened in (
        {"type": "message", "channel": "C1", "text": MARK, "user": "U0TOCSIN", "bot_id": "B0TOCSIN"},
        {"type": "function_executed", "function": {"callback_id": MARK}, "function_execution_id": "Fx1"},
        {"type": "app_mention", "user": "U0CTO", "user_team": "T0EVIL", "text": MARK},
    ):
        yield {"type": "event_callback", "team_id": TEAM, "event_id": "Ev9", "event": happened}


def _typed(text: str) -> Payload:
    return {"type": "plain_text_input", "value": text}


def _picked(value: str) -> Payload:
    return {"type": "static_select", "selected_option": {"value": value, "text": {"type": "plain_text", "text": MARK}}}


MEMBER = {"type": "users_select", "selected_user": "U0SECOND"}
MOMENT = {"type": "datetimepicker", "selected_date_time": 1_700_000_000}
VALUES_OF: dict[str, Payload] = {
    "cancel": {"reason": _typed(MARK)},
    "commander": {"member": MEMBER},
    "customers": {
        "headline": _typed(MARK),
        "body": _typed(f"{MARK}\n{MARK}"),
        "public_status": _picked("investigating"),
        "public_impact": _picked("major"),
        "components": {"type": "multi_static_select", "selected_options": [{"value": MARK}]},
    },
    # It has no fields: what it shows stands in its metadata.
    "customers_confirm": {},
    "declare": {
        "title": _typed(MARK),
        "severity": _picked("SEV2"),
        "services": _typed(MARK),
        "impact": _typed(MARK),
        "tags": {"type": "multi_static_select", "selected_options": [{"value": "data-loss"}]},
    },
    "follow_ups": {"texts": _typed(f"{MARK}\n{MARK}"), "owner": MEMBER},
    "handoff": {"member": MEMBER},
    "merge": {"into": _picked("2")},
    "resolve": {
        "root_cause": _typed(MARK),
        "fix": _typed(MARK),
        "customer_impact": _typed(MARK),
        "started_at": MOMENT,
        "detected_at": MOMENT,
        "ended_at": MOMENT,
    },
    "responders": {
        "bind:primary:members": {"type": "multi_users_select", "selected_users": ["U0ONCALL"]},
        "bind:primary:group": {"type": "external_select", "selected_option": {"value": "S0ONCALL"}},
    },
    "role": {"role": _picked("scribe"), "member": MEMBER},
    "severity": {"severity": _picked("SEV3")},
    "status": {"status": _picked("identified")},
    "tags": {"tags": {"type": "multi_static_select", "selected_options": [{"value": "data-loss"}]}},
    "update": {
        "status": _picked("monitoring"),
        "happening": _typed(MARK),
        "actions": _typed(MARK),
        "next_steps": _typed(MARK),
        "next_due_at": MOMENT,
    },
}
METADATA_OF = {
    "customers": "1 0 1700000000",
    "customers_confirm": f"1\t0\t1700000000\tinvestigating\tmajor\t{MARK}\n{MARK}\n{MARK}\n{MARK}",
    "declare": "http://127.0.0.1:9/nowhere C0GENERAL 1700000000.000900",
    "responders": "",
}


def fresh(rng: random.Random, example: Example, trigger_id: str) -> Example:
    """Return the example as it would come another time: nothing takes it for a copy, and it may open a form."""
    payload = deepcopy(example.payload)
    if "trigger_id" in payload:
        payload["trigger_id"] = trigger_id
    if "actions" in payload:
        payload["actions"][0]["action_ts"] = f"{rng.randrange(10**10)}.{rng.randrange(10**6)}"
    if "view" in payload:
        payload["view"] |= {"id": f"V{rng.randrange(10**10)}", "hash": f"{rng.randrange(10**10)}.h"}
    return Example(example.kind, payload)


# --- values that nobody would think of ---

NUMBERS: tuple[Any, ...] = (
    0,
    -1,
    1,
    2**63,
    10**400,
    -(10**400),
    1e308,
    0.1,
    math.nan,
    math.inf,
    -math.inf,
    LONG_NUMBER,
)
SHAPES: tuple[Any, ...] = (
    None,
    True,
    False,
    [],
    {},
    [[]],
    [None],
    [{}],
    {"id": {}},
    {"id": None},
    {"type": []},
    "",
    DEEP,
)
FORGED = (
    *("T0EVIL", "E0EVIL", "U0EVIL", "C0EVIL", "W0EVIL", "USLACKBOT", "U0TOCSIN", "2", "999", "-1", "0", "1e3", "１"),
    *("timers:2", "cancel:2", "2:key", "1:1:1", "9" * 40, "x" * 70_000, "../../etc/passwd", "' OR 1=1 --", "nan"),
    *("http://169.254.169.254/latest", "https://hooks.slack.com.evil.example/x", "http://[", "file:///etc/passwd C1 1"),
    *("block_actions", "view_submission", "event_callback", "message_action", "shortcut", "block_suggestion", "hello"),
    *("incident.acknowledge", "incident.more", "delivery.retry", "declare", "resolve", "responders", "/incident"),
)
CONTENT_TYPES = (
    *(FORM, JSON_TYPE, b"application/json; charset=utf-16", b"multipart/form-data; boundary=x", b"text/xml", b""),
    *(b"\xff\xfe", b"application/x-www-form-urlencoded, application/json", b";" * 5000),
)


def hostile_value(rng: random.Random) -> Any:
    """Return a value that stands where another was expected."""
    return deepcopy(rng.choice(rng.choice((NUMBERS, SHAPES, FORGED, ATTACKS))))


# --- mutations ---


def mutate(rng: random.Random, payload: Payload) -> Payload:
    """Return the payload with one to four changes."""
    changed = deepcopy(payload)
    for _ in range(rng.choice((1, 1, 1, 2, 2, 4))):
        rng.choice(MUTATIONS)(rng, changed)
    return changed


def _paths(part: Any, here: Path = ()) -> Iterator[Path]:
    match part:
        case dict():
            for key, value in part.items():
                yield (*here, key)
                yield from _paths(value, (*here, key))
        case list():
            for place, value in enumerate(part):
                yield (*here, place)
                yield from _paths(value, (*here, place))
        case _:
            return


def _somewhere(rng: random.Random, payload: Payload) -> tuple[Any, str | int] | None:
    paths = list(_paths(payload))
    if not paths:
        return None
    *way, last = rng.choice(paths)
    part: Any = payload
    for step in way:
        part = part[step]
    return part, last


def _replace(rng: random.Random, payload: Payload) -> None:
    if found := _somewhere(rng, payload):
        part, key = found
        part[key] = hostile_value(rng)


def _remove(rng: random.Random, payload: Payload) -> None:
    if found := _somewhere(rng, payload):
        part, key = found
        del part[key]


def _wrap(rng: random.Random, payload: Payload) -> None:
    if found := _somewhere(rng, payload):
        part, key = found
        part[key] = rng.choice(([part[key]], {"id": part[key]}, [part[key], part[key]], str(part[key])))


def _add(rng: random.Random, payload: Payload) -> None:
    keys = (
        "type",
        "user",
        "team",
        "view",
        "event",
        "actions",
        "authorizations",
        "enterprise",
        "response_urls",
        "channel",
    )
    extra = (
        *keys,
        "is_ext_shared_channel",
        "is_enterprise_install",
        "ssl_check",
        "command",
        "bot_access_token",
        "\x00",
    )
    found = _somewhere(rng, payload)
    part = found[0] if found and isinstance(found[0], dict) and rng.random() < 0.5 else payload
    part[rng.choice(extra)] = hostile_value(rng)


def _exchange(rng: random.Random, payload: Payload) -> None:
    one, other = _somewhere(rng, payload), _somewhere(rng, payload)
    if one and other:
        one[0][one[1]] = deepcopy(other[0][other[1]])


def _come_from_elsewhere(rng: random.Random, payload: Payload) -> None:
    team = rng.choice(("T0EVIL", "E0EVIL"))
    payload["team"] = {"id": team, "domain": "evil"} if "team" in payload else team
    payload["team_id"] = team
    if isinstance(payload.get("user"), dict):
        payload["user"]["team_id"] = team
    payload["is_ext_shared_channel"] = True


MUTATIONS: tuple[Mutation, ...] = (
    _replace,
    _replace,
    _replace,
    _remove,
    _remove,
    _wrap,
    _add,
    _exchange,
    _come_from_elsewhere,
)

# --- on the wire ---


def written(rng: random.Random, value: Any) -> str:
    """Return JSON, sometimes with a key twice, with what the json module would not write."""
    text = json.dumps(value)
    for name, raw in RAW.items():
        text = text.replace(json.dumps(name), raw)
    if rng.random() < 0.1 and '{"' in text:
        text = text.replace('{"', '{"type": null, "user": 1, "', 1)
        if rng.random() < 0.5:
            text = text.removesuffix("}") + ', "type": "block_actions", "user": {"id": "U0EVIL"}}'
    return text


def body_of(rng: random.Random, example: Example) -> tuple[bytes, bytes]:
    """Return a changed example as a body, and its type of content; either may be damaged too."""
    payload = mutate(rng, example.payload)
    match example.kind:
        case "slash_commands":
            fields = {key: value if isinstance(value, str) else written(rng, value) for key, value in payload.items()}
            body, kind = urlencode(fields, errors="surrogatepass").encode(), FORM
        case "interactive":
            body, kind = urlencode({"payload": written(rng, payload)}).encode(), FORM
        case _:
            body, kind = written(rng, payload).encode(errors="surrogatepass"), JSON_TYPE
    if rng.random() < 0.1:
        kind = rng.choice(CONTENT_TYPES)
    if rng.random() < 0.15:
        body = rng.choice(DAMAGES)(rng, body)
    return body, kind


def _damage_bytes(rng: random.Random, body: bytes) -> bytes:
    damaged = bytearray(body or b"x")
    for _ in range(rng.randint(1, 8)):
        damaged[rng.randrange(len(damaged))] = rng.randrange(256)
    return bytes(damaged)


DAMAGES: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    _damage_bytes,
    lambda rng, body: body[: rng.randrange(len(body) + 1)],
    lambda _, body: body + b"&payload=%7B%7D&payload=[]",
    lambda _, body: b"\xff\xfe" + body,
    lambda _, body: b"[" + body + b"]",
    lambda rng, _: (
        b"payload=" + rng.choice((b"", b"[]", b"null", b"1", b'"x"', b"NaN", b"%00", b"%FF%FE", b"[" * 10_000))
    ),
    lambda rng, _: rng.choice(
        (b"", b"[]", b"null", b"{}", b'"', b"payload", b"ssl_check=1", b"\x00" * 100, b"{" * 10_000)
    ),
    lambda _, body: body + b" " * (1024 * 1024 + 1),
)


def call_of(rng: random.Random, example: Example, secret: str) -> Call:
    """Return a request as somebody might send it: mostly signed as Slack does, sometimes not."""
    body, kind = body_of(rng, example)
    stamp = str(int(time.time())).encode()
    signature = sign(body, stamp, secret)
    signed = rng.random() < 0.8
    if not signed:
        stamp, signature = rng.choice(FORGERIES)(rng, stamp, signature)
    headers = [(b"x-slack-request-timestamp", stamp), (b"x-slack-signature", signature), (b"content-type", kind)]
    if rng.random() < 0.1:
        headers += [(b"x-slack-retry-num", rng.choice((b"1", b"-1", b"x", b"")))]
        headers += [(b"x-slack-retry-reason", rng.choice((b"http_timeout", b"\xff")))]
    if not signed and rng.random() < 0.3:
        del headers[rng.randrange(2)]
    return Call(body, headers, signed)


def sign(body: bytes, stamp: bytes, secret: str) -> bytes:
    """Return the signature that Slack sends."""
    return b"v0=" + hmac.new(secret.encode(), b"v0:" + stamp + b":" + body, hashlib.sha256).hexdigest().encode()


Forgery = Callable[[random.Random, bytes, bytes], tuple[bytes, bytes]]
FORGERIES: tuple[Forgery, ...] = (
    lambda rng, stamp, signature: (stamp, _flipped(rng, signature)),
    lambda rng, stamp, _: (stamp, rng.choice((b"", b"v0=", b"v1=" + b"0" * 64, b"\xff" * 64, b"0" * 10_000))),
    lambda rng, _, signature: (
        rng.choice((b"nan", b"inf", b"-1", b"9" * 400, b"", b"1e9", b"\xff", b"0x5")),
        signature,
    ),
    lambda rng, stamp, signature: (str(int(stamp) + rng.choice((-301, 301, 10**6))).encode(), signature),
)


def _flipped(rng: random.Random, signature: bytes) -> bytes:
    flipped = bytearray(signature)
    flipped[rng.randrange(len(flipped))] ^= 1 << rng.randrange(7)
    return bytes(flipped)
