"""The HTTP server on loopback, and `Sandbox`, which starts and stops it."""

import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any

from aiohttp import web

from app.sandbox import api, control
from app.sandbox.clock import MovableClock
from app.sandbox.door import Door
from app.sandbox.manifest import Manifest
from app.sandbox.monitor import Monitor
from app.sandbox.people import Impossible
from app.sandbox.refusals import Refused
from app.sandbox.responses import respond
from app.sandbox.seed import APP_TOKEN, BOT_TOKEN
from app.sandbox.slack import Slack
from app.sandbox.snapshot import Playbooks, snapshot
from app.sandbox.triggers import Gone
from app.sandbox.vendors import Vendors, beside, pagerduty, pagerduty_events
from app.sandbox.workspace import Json

HOST = "127.0.0.1"
LOOPBACK = ("127.0.0.1", "localhost")
UPLOAD_LIMIT = 100 * 1024 * 1024
SHUTDOWN_SECONDS = 1.0
PAGE = Path(__file__).parent / "page"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Sandbox:
    """A Slack workspace on this machine."""

    bot_token = BOT_TOKEN
    app_token = APP_TOKEN
    pagerduty_key = pagerduty_events.ROUTING_KEY
    managers_key = pagerduty_events.MANAGERS_KEY
    pagerduty_token = pagerduty.API_TOKEN

    def __init__(
        self,
        manifest: Mapping[str, Any],
        *,
        port: int = 0,
        data: Path | None = None,
        clock: MovableClock | None = None,
        request_url: str | None = None,
        signing_secret: str = "sandbox-signing-secret",  # noqa: S107 - signs nothing but this sandbox's requests
        patience: float = 3.0,
    ) -> None:
        """Prepare the workspace that `manifest`'s app is installed in; nothing listens before `start`.

        Args:
            manifest: the app's manifest, parsed.
            port: where to listen on loopback; 0 takes a free port.
            data: the folder that keeps the workspace from one run to the next; None keeps nothing.
            clock: the sandbox's time; a new one by default.
            request_url: where payloads go by signed HTTP; None sends them over Socket Mode.
            signing_secret: what those requests are signed with.
            patience: Slack's three seconds, for tests that cannot wait so long.
        """
        self.clock = clock or MovableClock()
        self.signing_secret = signing_secret
        self.advance: Callable[[float], Awaitable[None]] = self._move_clock
        self.due: Callable[[], Awaitable[list[Json]]] = _nothing_due
        self.playbooks = Playbooks()
        self.play: Callable[[str], Awaitable[None]] = _nothing_to_choose
        self.slack = Slack(
            Manifest.read(manifest),
            clock=self.clock,
            data=data,
            request_url=request_url,
            signing_secret=signing_secret,
            patience=patience,
        )
        self.pagerduty = pagerduty.PagerDuty(self.slack)
        self.monitor = Monitor(self.clock)
        self.vendors: Vendors | None = None
        self._port = port
        self._runner: web.AppRunner | None = None
        self._door: Door | None = None

    @property
    def url(self) -> str:
        """The page's address; known once started."""
        return self.slack.url

    @property
    def api_url(self) -> str:
        """The Web API's address, for `base_url`."""
        return f"{self.slack.side}api/"

    @property
    def pagerduty_url(self) -> str:
        """Where PagerDuty takes events here."""
        return f"{self.pagerduty_api_url}{pagerduty.EVENTS}"

    @property
    def pagerduty_api_url(self) -> str:
        """Where PagerDuty's REST API is here."""
        return f"{self.slack.url}{pagerduty.METHOD}"

    async def start(self) -> None:
        """Listen."""
        app = web.Application(client_max_size=UPLOAD_LIMIT, middlewares=[_only_from_here, self._keep])
        app.on_response_prepare.append(_ask_again)
        app.add_routes(self._routes())
        self._runner = web.AppRunner(app, shutdown_timeout=SHUTDOWN_SECONDS, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, self._port)
        await site.start()
        self.slack.url = f"http://{HOST}:{self._runner.addresses[0][1]}/"
        self._door = Door(self._runner, HOST)
        await self._door.open()
        self.slack.side = f"http://{HOST}:{self._door.port}/"

    async def stop(self) -> None:
        """Close every connection and keep what there is."""
        await self.slack.close()
        if self._runner is not None:
            await self._runner.cleanup()
        self.slack.save()

    def _routes(self) -> list[web.RouteDef | web.StaticDef]:
        routes: list[web.RouteDef | web.StaticDef] = [
            web.route("*", "/api/{method}", self._call),
            web.get("/socket/{ticket}", self.slack.sockets.connect),
            web.post("/response/{id}", self._respond),
            web.route("*", f"/{pagerduty.METHOD}/{{tail:.*}}", self._pagerduty),
            web.post("/upload/{id}/{key}", self._upload),
            web.get("/files/{id}", self._file),
            web.get("/files/{id}/{name}", self._file),
            web.get("/_control/state", self._state),
            web.get("/_control/calls", self._calls),
            web.post("/_control/advance", self._advance),
            web.post("/_control/outage", self._outage),
            web.post("/_control/playbook", self._playbook),
            web.post("/_control/preview", self._preview),
            web.post("/_control/vendor", self._vendor),
            web.post("/_control/alert", self._alert),
            web.post("/_control/press", self._press),
            web.post("/_control/{act}", self._act),
            web.get("/_page/stream", self._stream),
        ]
        if PAGE.is_dir():
            routes += [web.get("/", _index), web.get("/archives/{tail:.*}", _index), web.static("/", PAGE)]
        return routes

    async def _call(self, request: web.Request) -> web.StreamResponse:
        return await api.handle(self.slack, request)

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        try:
            respond(self.slack, request.match_info["id"], await _wish(request))
        except Gone as gone:
            return web.json_response({"ok": False, "error": str(gone)}, status=HTTPStatus.NOT_FOUND)
        except Refused as refused:
            return web.json_response({"ok": False, "error": refused.error}, status=HTTPStatus.BAD_REQUEST)
        return web.Response(text="ok")

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        upload = self.slack.workspace.files.get(request.match_info["id"])
        if upload is None or upload.upload_key != request.match_info["key"] or upload.complete:
            raise web.HTTPNotFound
        content = await _content(request)
        if len(content) != upload.size:
            raise web.HTTPBadRequest(text=f"expected {upload.size} bytes, got {len(content)}")
        self.slack.shelf.put(upload.id, content)
        upload.uploaded = True
        self.slack.touch()
        return web.Response(text=f"OK - {len(content)}")

    async def _file(self, request: web.Request) -> web.StreamResponse:
        upload = self.slack.workspace.files.get(request.match_info["id"])
        if upload is None or not upload.complete:
            raise web.HTTPNotFound
        # Shown as text whatever it is: an upload must not run as a page of this server.
        return web.Response(body=self.slack.shelf.get(upload.id), content_type="text/plain", charset="utf-8")

    async def _state(self, _: web.Request) -> web.StreamResponse:
        self.slack.catch_up()
        vendors = self.vendors.snapshot() if self.vendors else {}
        shown = snapshot(self.slack, await self.due(), self.playbooks)
        return web.json_response({**shown, "vendors": vendors, "monitor": self.monitor.snapshot()})

    async def _calls(self, _: web.Request) -> web.StreamResponse:
        return web.json_response(list(self.slack.calls))

    async def _act(self, request: web.Request) -> web.StreamResponse:
        act = control.ACTS.get(request.match_info["act"])
        if act is None:
            raise web.HTTPNotFound
        wish = await _wish(request)
        return await _answered(act(self.slack, wish))

    async def _advance(self, request: web.Request) -> web.StreamResponse:
        wish = await _wish(request)
        return await _answered(control.advance(self.slack, wish, self.advance))

    async def _outage(self, request: web.Request) -> web.StreamResponse:
        if self._door is None:
            raise web.HTTPNotFound
        return await _answered(control.outage(self.slack, await _wish(request), self._door))

    async def _playbook(self, request: web.Request) -> web.StreamResponse:
        wish = await _wish(request)
        return await _answered(control.playbook(self.slack, wish, self.play))

    async def _preview(self, request: web.Request) -> web.StreamResponse:
        return await _answered(control.preview(self.slack, await _wish(request), self.playbooks))

    async def _vendor(self, request: web.Request) -> web.StreamResponse:
        return await _answered(control.vendor(self.slack, await _wish(request), self.vendors))

    async def _alert(self, request: web.Request) -> web.StreamResponse:
        return await _answered(control.alert(self.slack, await _wish(request), self.monitor))

    async def _pagerduty(self, request: web.Request) -> web.StreamResponse:
        return await beside.answer(self.pagerduty, request, f"/{request.match_info['tail']}")

    async def _press(self, request: web.Request) -> web.StreamResponse:
        return await _answered(control.press(self.slack, await _wish(request), self.pagerduty))

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
        await stream.prepare(request)
        version = self.slack.workspace.version
        # Somebody who closes the page is gone without a word.
        with suppress(ConnectionResetError):
            while not self.slack.closed:
                await stream.write(f"data: {json.dumps({'version': version})}\n\n".encode())
                version = await self.slack.changed_since(version)
        return stream

    async def _move_clock(self, seconds: float) -> None:
        self.clock.move(seconds)

    @web.middleware
    async def _keep(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Write what a request changed before it is answered, whatever became of it."""
        try:
            return await handler(request)
        finally:
            self.slack.save()


@web.middleware
async def _only_from_here(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn away pages of other sites that reach for this machine, by their origin or by a name of their own."""
    origin = request.headers.get("Origin", f"http://{request.host}")
    if request.url.host not in LOOPBACK or origin.rsplit("/", 1)[-1] != request.host:
        raise web.HTTPForbidden
    return await handler(request)


async def _ask_again(_: web.Request, response: web.StreamResponse) -> None:
    """Let browsers ask each time whether the page changed: the next version may listen at the same address."""
    response.headers.setdefault("Cache-Control", "no-cache")


async def _nothing_due() -> list[Json]:
    return []


async def _nothing_to_choose(_: str) -> None:
    raise Impossible("the app here runs no playbook that could be changed")


async def _index(_: web.Request) -> web.StreamResponse:
    return web.FileResponse(PAGE / "index.html")


async def _wish(request: web.Request) -> Json:
    try:
        wish = await request.json()
    except json.JSONDecodeError:
        return {}
    return wish if isinstance(wish, dict) else {}


async def _answered(act: Awaitable[Json]) -> web.StreamResponse:
    try:
        return web.json_response({"ok": True, **await act})
    except Impossible as impossible:
        return web.json_response({"ok": False, "error": str(impossible)}, status=HTTPStatus.BAD_REQUEST)


async def _content(request: web.Request) -> bytes:
    """Return an upload's content: the body itself, or the first file of a form."""
    if request.content_type != "multipart/form-data":
        return await request.read()
    for field in (await request.post()).values():
        if isinstance(field, web.FileField):
            return field.file.read()
    raise web.HTTPBadRequest(text="no file")
