"""`/healthz` says whether all is well; `/livez` whether a restart would help. `app.health` says why these are two.

Both answer 200 or 503, and JSON with an entry for each check: its state (ok, warning, failed), its age in seconds, and
a sentence with the one thing to do. Neither knows of a single incident. Point an alarm at the first, and whatever
restarts Tocsin (Kubernetes' probes, Render's and Fly's health checks) at the second.
"""

from collections.abc import Callable
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from app.health import Health, Report

HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def health(of: Health) -> list[Route]:
    """Return the addresses that tell how Tocsin is."""
    return [_told("/healthz", of.report), _told("/livez", of.alive)]


def _told(path: str, ask: Callable[[], Report]) -> Route:
    async def answer(_: Request) -> JSONResponse:
        report = ask()
        status = HTTPStatus.SERVICE_UNAVAILABLE if report.is_red else HTTPStatus.OK
        return JSONResponse(report.as_json(), status, HEADERS)

    return Route(path, answer)
