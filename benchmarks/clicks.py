"""Presses of Acknowledge, as Slack sends them: the payload with the whole card in it, signed."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from app.slack.blocks import card
from app.slack.manifest import EVENTS_PATH
from app.store import Record
from benchmarks.children import SIGNING_SECRET
from benchmarks.prepared import CAST, ROOM, WORKSPACE

Json = dict[str, Any]
HOST = "127.0.0.1"
HTTP_OK = b"HTTP/1.1 200"


def acknowledging(like: Record, ids: Iterable[int]) -> list[Json]:
    """Return one click for each of the incidents `ids`, all on cards that look `like` that one's."""
    message = card.card(like)
    return [_click(incident_id, message.text, message.blocks) for incident_id in ids]


def requests(clicks: Sequence[Json]) -> list[bytes]:
    """Return the clicks as signed HTTP requests, which are good for five minutes."""
    return [_request(urlencode({"payload": json.dumps(click)}).encode()) for click in clicks]


async def press(port: int, request: bytes) -> float:
    """Send one request over a connection of its own; return the seconds until it was answered."""
    [seconds] = await press_all(port, [request])
    return seconds


async def press_all(port: int, ready: Iterable[bytes], pause: float = 0.0) -> list[float]:
    """Send requests one after the other over one connection; return the seconds that each took to be answered."""
    reader, writer = await asyncio.open_connection(HOST, port)
    took = []
    for request in ready:
        began = time.perf_counter()
        writer.write(request)
        await _answered(reader)
        took.append(time.perf_counter() - began)
        await asyncio.sleep(pause)
    writer.close()
    await writer.wait_closed()
    return took


async def _answered(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(HTTP_OK):
        raise ConnectionError(f"the click was refused: {head!r}")
    _, _, rest = head.lower().partition(b"content-length:")
    await reader.readexactly(int(rest.split(b"\r\n", 1)[0] or 0) if rest else 0)


def _request(body: bytes) -> bytes:
    now = str(int(time.time())).encode()
    signature = hmac.new(SIGNING_SECRET.encode(), b"v0:" + now + b":" + body, hashlib.sha256).hexdigest().encode()
    head = (
        b"POST " + EVENTS_PATH.encode() + b" HTTP/1.1",
        b"Host: " + HOST.encode(),
        b"Content-Type: application/x-www-form-urlencoded",
        b"X-Slack-Request-Timestamp: " + now,
        b"X-Slack-Signature: v0=" + signature,
        b"Content-Length: " + str(len(body)).encode(),
    )
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def _click(incident_id: int, text: str, blocks: Sequence[Any]) -> Json:
    channel, ts = ROOM.format(number=incident_id), f"1800000000.{incident_id:06}"
    return {
        "type": "block_actions",
        "api_app_id": "A0TOCSIN",
        "token": "unused",
        "team": {"id": WORKSPACE, "domain": "benchmark"},
        "user": {"id": CAST[0], "username": "on-call", "name": "on-call", "team_id": WORKSPACE},
        "channel": {"id": channel, "name": f"incident-{incident_id}"},
        "container": {"type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": False},
        "message": {"type": "message", "bot_id": "B0TOCSIN", "ts": ts, "text": text, "blocks": list(blocks)},
        "state": {"values": {}},
        "response_url": f"http://{HOST}:9/actions",
        "trigger_id": f"1.2.{incident_id}",
        "actions": [
            {
                "type": "button",
                "action_id": "incident.acknowledge",
                "block_id": "actions",
                "value": str(incident_id),
                "text": {"type": "plain_text", "text": "Acknowledge"},
                "action_ts": f"{time.time():.6f}",
            }
        ],
    }
