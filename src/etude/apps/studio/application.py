"""The Starlette application: the pages, the endpoints of the table, and the stream of events."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

import etude
from etude.apps.studio.asked import ID, Asked, Data, Endpoint, File, Page
from etude.apps.studio.description import described
from etude.apps.studio.endpoints import ENDPOINTS
from etude.apps.studio.fields import checked
from etude.apps.studio.guarding import APART, Guard, Refused
from etude.apps.studio.jamming import talk
from etude.apps.studio.stream import PAGES, Hub
from etude.errors import BadInput, EtudeError, UsageError
from etude.lab.desk import Desk
from etude.lab.desk.jamming import Room

STATIC = Path(__file__).parent / "static"
NOT_FOUND = ("There is no such",)


def application(desk: Desk, hub: Hub, port: int, token: str) -> ASGIApp:
    """The application over a desk, guarded. Its start takes up the pieces that were not finished."""
    description = described(ENDPOINTS, etude.__version__)
    routes = [
        Route("/health", _health),
        Route("/", _home),
        Route("/api/openapi.json", lambda request: JSONResponse(description)),
        Route("/api/events", _events),
        WebSocketRoute("/api/jam", talk),
        *(Route(one.path, _answering(one), methods=[one.method]) for one in ENDPOINTS),
    ]

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        import asyncio

        hub.loop = asyncio.get_running_loop()
        await run_in_threadpool(desk.resume)
        yield
        hub.close()
        if isinstance(app.state.room, Room):
            app.state.room.leave()
        await run_in_threadpool(desk.close)

    app = Starlette(
        routes=routes,
        lifespan=lifespan,
        exception_handlers={Refused: _refused, EtudeError: _failed, ClientDisconnect: _gone},
    )
    app.mount("/static", StaticFiles(directory=STATIC))
    guard = Guard(app, port, token)
    app.state.desk, app.state.hub, app.state.guard = desk, hub, guard
    app.state.room = None  # the jam that goes on
    return guard


async def _health(request: Request) -> Response:
    return JSONResponse({"ok": True})


async def _home(request: Request) -> Response:
    """The page; the first time with the token of the address, which becomes a cookie."""
    guard: Guard = request.app.state.guard
    token = request.query_params.get("token")
    if token is None:
        return FileResponse(STATIC / "index.html", headers={"cache-control": "no-cache"})
    if not guard.right(token):
        raise Refused(401, "This address is of another studio: open the one that `etude studio` printed.")
    answer = RedirectResponse("/", 303)
    answer.set_cookie(guard.cookie, guard.token, max_age=10**7, httponly=True, samesite="strict", path="/")
    return answer


async def _events(request: Request) -> Response:
    hub: Hub = request.app.state.hub
    if len(hub.pages) >= PAGES:
        raise Refused(503, "Too many pages are open.")
    last = request.headers.get("last-event-id") or request.query_params.get("after", "")
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(hub.events(last), media_type="text/event-stream", headers=headers)


def _answering(endpoint: Endpoint) -> Callable[[Request], Any]:
    """The handler of one row of the table."""

    async def answer(request: Request) -> Response:
        state = request.app.state
        ids = request.path_params
        if "id" in ids and not ID.fullmatch(ids["id"]):
            raise UsageError("An id is 16 hexadecimal digits.")
        body = await request.body() if endpoint.raw or endpoint.fields else b""
        values = {} if endpoint.raw or not endpoint.fields else checked(_read_json(request, body), endpoint.fields)
        asked = Asked(state.desk, ids, request.query_params, values, body if endpoint.raw else b"")
        before = state.hub.now  # what happens from here on may be missing in the answer, never the reverse
        found = await run_in_threadpool(endpoint.answer, asked)
        if isinstance(found, File):
            cache = "max-age=86400" if found.stays else "no-cache"
            return FileResponse(
                found.path,
                media_type=found.kind,
                filename=found.name or None,
                headers={"cache-control": f"private, {cache}"},
            )
        if isinstance(found, Data):
            saved = {"content-disposition": f'attachment; filename="{found.name}"', "cache-control": "no-store"}
            return Response(found.data, media_type=found.kind, headers=saved)
        if isinstance(found, Page):
            return HTMLResponse(found.html, headers={"content-security-policy": APART, "cache-control": "no-cache"})
        return JSONResponse({**found, "after": before}, endpoint.status, {"cache-control": "no-store"})

    return answer


def _read_json(request: Request, body: bytes) -> Any:
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise UsageError("Send JSON: content-type application/json.")
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UsageError("The request is no JSON.") from error


async def _refused(request: Request, error: Exception) -> Response:
    status = error.status if isinstance(error, Refused) else 400
    return JSONResponse({"error": str(error)}, status, {"connection": "close"})


async def _failed(request: Request, error: Exception) -> Response:
    """What went wrong, in words: 404 for what is not there, 422 for what cannot be read, 400 for nonsense."""
    missing = isinstance(error, BadInput) and str(error).startswith(NOT_FOUND)
    code = getattr(error, "exit_code", 1)
    status = 404 if missing else {2: 400, 3: 422}.get(code, 500)
    return JSONResponse({"error": str(error)}, status)


async def _gone(request: Request, error: Exception) -> Response:
    return Response(status_code=400)
