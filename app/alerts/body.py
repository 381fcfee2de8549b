"""What was sent, unpacked and read: JSON, neither too big nor too deep."""

import json
import zlib
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

from app.alerts.fields import Part
from app.alerts.notice import Reading, Unusable
from app.alerts.sources import Source

LONGEST = 1024 * 1024
DEEPEST = 64
TOO_DEEP = f"What was sent is nested deeper than {DEEPEST} levels."
OPENING = (b",", b"{", b"[")
MOST_VALUES = 60_000
"""More than a mebibyte of alerts holds. The parser keeps every other thread waiting, and this keeps that short."""
WHOLE_WINDOW = zlib.MAX_WBITS | 32
"""zlib's word for gzip and for deflate, whichever it is."""
PACKED = ("gzip", "x-gzip", "deflate")
NOT_PACKED = ("", "identity")


class TooBig(Exception):
    """More than fits."""


class NotPacked(Exception):
    """Said to be packed, and not."""


async def unpacked(
    chunks: AsyncIterator[bytes], *, packed: bool, hold: Callable[[int], None] = lambda _: None
) -> bytes:
    """Return the whole of it; each piece is held only after `hold` was told how long it is.

    Raises `TooBig` as soon as it is, before it is unpacked, and `NotPacked`.
    """
    body, arrived = bytearray(), 0
    unpacking = zlib.decompressobj(WHOLE_WINDOW) if packed else None
    async for chunk in chunks:
        arrived += len(chunk)
        if arrived > LONGEST:
            raise TooBig
        piece = _piece(unpacking, chunk, LONGEST + 1 - len(body)) if unpacking else chunk
        hold(len(piece))
        body += piece
        if len(body) > LONGEST:
            raise TooBig
    if unpacking and arrived and not unpacking.eof:
        raise NotPacked
    return bytes(body)


def _piece(unpacking: "zlib._Decompress", chunk: bytes, room: int) -> bytes:
    try:
        return unpacking.decompress(unpacking.unconsumed_tail + chunk, max(1, room))
    except zlib.error:
        raise NotPacked from None


def reading(source: Source, body: bytes) -> Reading:
    """Return what it says. Raises `Unusable`."""
    return source.read(Part.of(parsed(body)))


def parsed(body: bytes) -> Any:
    """Return the JSON in UTF-8; of a name that comes twice, the last counts. Raises `Unusable`."""
    if sum(map(body.count, OPENING)) > MOST_VALUES:
        raise Unusable(f"What was sent holds more than {MOST_VALUES} values. Let the sender send fewer alerts at once.")
    told = _parsed(body)
    if _is_deeper(told, DEEPEST):
        raise Unusable(TOO_DEEP)
    return told


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8-sig"), strict=False)
    except UnicodeDecodeError:
        raise Unusable("What was sent is not in UTF-8.") from None
    except json.JSONDecodeError as error:
        raise Unusable(f"What was sent is no JSON: line {error.lineno}, column {error.colno}.") from None
    except RecursionError:
        raise Unusable(TOO_DEEP) from None
    except ValueError:
        raise Unusable("What was sent holds a number of more digits than anybody counts.") from None


def _is_deeper(value: Any, levels: int) -> bool:
    layer = [value]
    for _ in range(levels):
        layer = [inner for one in layer for inner in _inside(one) if isinstance(inner, dict | list)]
        if not layer:
            return False
    return True


def _inside(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
