"""`POST /alerts/{source}`: where monitors send alerts.

Each answer but 200 is JSON with a sentence in `error`. What was not proven to come from the sender is not kept; what is
wrong for ever is answered with a 4xx, what is worth another try with a 503. No word of what was sent is logged.
"""

import asyncio
import time
import traceback
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from typing import Protocol

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from app.alerts import body as bodies
from app.alerts.notice import Reading, There, Unusable
from app.alerts.proving import Proof, holds_token
from app.alerts.sources import Source
from app.store import StoreError

log = structlog.get_logger(__name__)

PATH = "/alerts/{source}"
METHODS = ("POST", "GET", "PUT", "PATCH", "DELETE")
"""All are answered with a sentence; the first one takes alerts."""
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
READ_WITHIN = 10.0
UNPROVEN_WITHIN = 3.0
"""How many seconds a body may take: it comes whole from whoever is proven, and at once from who only signed it."""
AGAIN_AFTER = 5
MOST_HELD = 64 * bodies.LONGEST
"""How much is held at a time of nobody yet known; who sends nothing holds nothing."""
OLDEST = timedelta(hours=24)
"""How long a telling is remembered, so that a copy of it changes nothing: older ones are not taken."""
NOT_KEPT = "The database could not be written to. Send it again."
FAILED = "Tocsin failed at that, and its log says how. Send it again."
LONGEST_LENGTH = 12
"""How many digits of a length are read."""
TOO_BIG = f"What was sent is larger than {bodies.LONGEST // 1024} KiB. Let the sender send fewer alerts at once."


class Takes(Protocol):
    """What becomes of alerts: kept, counted, declared. `once` names a telling that is not to be taken a second time."""

    async def __call__(self, source: str, body: bytes, reading: Reading, once: str) -> object:
        """Take what one request said, in one transaction. Raises `StoreError` where nothing of it was kept."""


Hears = Callable[[Sequence[There]], Awaitable[object]]
"""What takes note of what people did in a pager; it may hear the same twice. Raises `StoreError`."""


class Refused(Exception):
    """What is answered in place of taking it."""

    def __init__(self, status: int, says: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(says)
        self.answer = JSONResponse({"error": says}, status, HEADERS | dict(headers or {}))


class Door:
    """Lets alerts in from whoever has a secret."""

    def __init__(
        self,
        sources: Mapping[str, Source],
        secrets: Mapping[str, Sequence[str]],
        take: Takes,
        hear: Hears | None = None,
        *,
        now: Callable[[], float] = time.time,
        within: float = READ_WITHIN,
        most_held: int = MOST_HELD,
    ) -> None:
        """Take the secrets by the name of their source; nobody need `hear` acts. A body may take `within` seconds."""
        self._sources, self._secrets = sources, secrets
        self._take, self._hear = take, hear
        self._now, self._within = now, within
        self._held, self._most_held = 0, most_held

    def route(self) -> Route:
        """Return the address of all of them."""
        return Route(PATH, self._answer, methods=METHODS)

    async def _answer(self, request: Request) -> JSONResponse:
        try:
            return await self._let_in(request)
        except Refused as refused:
            return refused.answer
        except Unusable as unusable:
            return Refused(422, str(unusable)).answer
        except Exception as error:  # noqa: BLE001 -- the sender is answered, whatever it is
            # What was sent may stand in the error itself.
            where = traceback.extract_tb(error.__traceback__)[-1]
            log.error("alerts could not be taken", error=type(error).__name__, at=f"{where.name}, line {where.lineno}")  # noqa: TRY400
            return Refused(503, FAILED, {"Retry-After": str(AGAIN_AFTER)}).answer

    async def _let_in(self, request: Request) -> JSONResponse:
        if request.method != "POST":
            raise Refused(405, "Alerts are sent here with POST.", {"Allow": "POST"})
        source = self._source(request.path_params["source"])
        body, proof = await self._proven(request, source, packed=_is_packed(request))
        # The parser holds every thread up, but not for long; what is made of it is done beside the event loop.
        reading = await asyncio.to_thread(bodies.reading, source, body)
        self._look_at_age(reading)
        return await self._taken(source, body, reading, proof.once or reading.told)

    async def _proven(self, request: Request, source: Source, *, packed: bool) -> tuple[bytes, Proof]:
        """Return what was sent, and the proof of who sent it; without a token, nothing is read at all."""
        secrets = self._secrets[source.name]
        if source.signature and source.signature.header in request.headers:
            with self._held_by_nobody_known() as hold:
                within = min(self._within, UNPROVEN_WITHIN)
                body = await self._read(request, packed=packed, within=within, hold=hold)
            if proof := source.signature.check(request.headers, body, secrets, self._now()):
                return body, proof
        elif source.by_token and holds_token(request.headers, secrets):
            return await self._read(request, packed=packed, within=self._within), Proof()
        raise Refused(401, _unproven(source), {"WWW-Authenticate": "Bearer"})

    def _source(self, name: str) -> Source:
        source = self._sources.get(name)
        if source is None:
            known = ", ".join(self._sources)
            raise Refused(404, f"Tocsin knows no such sender of alerts. It knows {known}: POST /alerts/alertmanager.")
        if not self._secrets.get(source.name):
            setting = f"TOCSIN_ALERTS_{source.name.upper()}_SECRET"
            raise Refused(
                404, f"Alerts from {source.called} are not set up here. Set {setting}, and start Tocsin anew."
            )
        return source

    async def _read(
        self, request: Request, *, packed: bool, within: float, hold: Callable[[int], None] = lambda _: None
    ) -> bytes:
        if _is_too_long(request):
            raise Refused(413, TOO_BIG)
        try:
            async with asyncio.timeout(within):
                return await bodies.unpacked(request.stream(), packed=packed, hold=hold)
        except TimeoutError:
            raise Refused(408, f"What was sent did not come whole within {within:g} seconds.") from None
        except ClientDisconnect:
            raise Refused(400, "What was sent did not come whole.") from None
        except bodies.TooBig:
            raise Refused(413, TOO_BIG) from None
        except bodies.NotPacked:
            raise Refused(400, "What was sent cannot be unpacked as its Content-Encoding says.") from None

    @contextmanager
    def _held_by_nobody_known(self) -> Iterator[Callable[[int], None]]:
        """Count what is held meanwhile."""
        ours = 0

        def hold(length: int) -> None:
            nonlocal ours
            if self._held + length > self._most_held:
                raise Refused(503, "Too much is being sent at once. Send it again.", {"Retry-After": str(AGAIN_AFTER)})
            self._held += length
            ours += length

        try:
            yield hold
        finally:
            self._held -= ours

    def _look_at_age(self, reading: Reading) -> None:
        if reading.told and reading.told_at and self._now() - reading.told_at.timestamp() > OLDEST.total_seconds():
            raise Refused(
                422, "What was sent happened more than a day ago. Tocsin takes no copies of what is that old."
            )

    async def _taken(self, source: Source, body: bytes, reading: Reading, telling: str) -> JSONResponse:
        once = f"alerts:{source.name}:{sha256(telling.encode()).hexdigest()[:32]}" if telling else ""
        try:
            if reading.acts and self._hear:
                await self._hear(reading.acts)
            await self._take(source.name, body, reading, once)
        except StoreError as error:
            log.warning("alerts could not be kept; their sender is asked to send them again", source=source.name)
            raise Refused(503, NOT_KEPT, {"Retry-After": str(AGAIN_AFTER)}) from error
        return JSONResponse({"alerts": len(reading.notices), "acts": len(reading.acts)}, headers=HEADERS)


def _is_packed(request: Request) -> bool:
    """Say whether the body is packed; raises `Refused` for what is no JSON, or packed in a way that is not known."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not (kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))):
        raise Refused(415, "Only JSON is taken: send it with Content-Type: application/json.")
    packing = request.headers.get("content-encoding", "").strip().lower()
    if packing not in (*bodies.PACKED, *bodies.NOT_PACKED):
        raise Refused(415, "Tocsin unpacks gzip and deflate, and nothing else that Content-Encoding may say.")
    return packing in bodies.PACKED


def _is_too_long(request: Request) -> bool:
    told = request.headers.get("content-length", "")
    return told.isdecimal() and (len(told) > LONGEST_LENGTH or int(told) > bodies.LONGEST)


def _unproven(source: Source) -> str:
    ways = []
    if source.signature:
        ways.append(f"a fresh signature in {source.signature.header}, made with it")
    if source.by_token:
        ways.append("it as a bearer token or as the password of basic authentication")
    return f"This needs the secret in TOCSIN_ALERTS_{source.name.upper()}_SECRET: {', or '.join(ways)}."
