"""Lets a fake vendor answer on the server of the sandbox itself, whose state it shares."""

from aiohttp import web
from starlette.types import Message

from app.sandbox.vendors.fake import Fake


async def answer(fake: Fake, request: web.Request, path: str) -> web.StreamResponse:
    """Return what the vendor answers; where it cuts the connection, so does this."""
    body = await request.read()
    said: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        said.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": path,
        "root_path": "",
        "query_string": request.query_string.encode(),
        "headers": [(name.lower(), value) for name, value in request.raw_headers],
        "server": (request.url.host, request.url.port),
    }
    await fake(scope, receive, send)
    start, content = said[0], b"".join(part.get("body", b"") for part in said[1:])
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    if int(headers.pop("content-length")) != len(content) and request.transport is not None:
        request.transport.abort()
    return web.Response(status=start["status"], body=content, headers=headers)
