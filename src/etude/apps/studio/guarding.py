"""Who may ask: requests for this machine, from our own pages, with the token; none larger or slower than allowed.

A local server is attacked through the browser of the person who runs it: a foreign page posts to it, or a foreign
name is made to point at it. So each request needs a Host we answer to, an Origin that is ours where there is one (a
change from a browser always has one), and the token that was printed at the start.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from etude.files import write_atomically

BODY = 256 * 1024  # bytes of a request
UPLOAD = 8 * 2**20  # bytes of a dropped file
UPLOADS = "/api/prompts/file"
SECONDS = 20.0  # for a body to arrive
OPEN = ("/health",)  # anybody on this machine may ask
SAFE = ("GET", "HEAD")
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}

APART = (
    "sandbox allow-same-origin allow-downloads; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src 'self' data:; media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)  # of a page that is not the studio's: no script runs; it is of the same origin, or sounds came without the cookie


def kept_token(path: Path) -> str:
    """The token in that file, which only its owner may read; made at the first start."""
    if not path.is_file():
        write_atomically(path, secrets.token_urlsafe(24).encode())
        path.chmod(0o600)
    return path.read_text().strip()


class Refused(Exception):
    """Raised while a request is read that is not to be answered."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Guard:
    """ASGI middleware around the application: every request passes through it."""

    def __init__(self, app: ASGIApp, port: int, token: str) -> None:
        self.app, self.token = app, token
        self.cookie = f"etude-studio-{port}"
        self.hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost")}
        self.origins = {f"http://{host}" for host in self.hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._speak(scope, receive, send)
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                said = {name for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(
                        (name.encode(), value.encode())
                        for name, value in HEADERS.items()
                        if name.encode() not in said
                    ),
                ]
            await send(message)

        try:
            self.check(scope)
            await self.app(scope, self.limited(scope, receive), sending)
        except Refused as error:
            if not started:
                answer = JSONResponse({"error": str(error)}, error.status, {"connection": "close"})
                await answer(scope, receive, sending)

    async def _speak(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets a WebSocket of our own pages through; any other is closed before it is opened (403).

        A browser lets every page open one anywhere, with our cookie: so the Origin must be there, and ours.
        """
        try:
            self.check({**scope, "method": "POST"})
        except Refused:
            await send({"type": "websocket.close", "code": 1008})
            return
        await self.app(scope, receive, send)

    def check(self, scope: Scope) -> None:
        """Raises Refused for a request that is not from this machine's own pages, or too large."""
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self.hosts:
            raise Refused(421, "This server answers to 127.0.0.1 and localhost alone.")
        origin = headers.get("origin")
        if origin is not None and origin not in self.origins:
            raise Refused(403, "Another page may not ask here.")
        if headers.get("sec-fetch-site", "none") not in ("same-origin", "none") and scope["method"] not in SAFE:
            raise Refused(403, "Another page may not ask here.")
        if scope["path"] not in OPEN:
            self._check_token(scope, headers, origin)
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > self._most(scope):
            raise Refused(413, f"More than {self._most(scope):,} bytes are not read.")

    def _check_token(self, scope: Scope, headers: Headers, origin: str | None) -> None:
        bearer = headers.get("authorization", "")
        if bearer.startswith("Bearer ") and self.right(bearer.removeprefix("Bearer ")):
            return
        if scope["path"] == "/" and b"token=" in scope["query_string"]:
            return  # the page compares it, and answers with the cookie
        if not self.right(self._cookie(headers.get("cookie", ""))):
            raise Refused(401, "Open the address that `etude studio` printed: it holds the token.")
        if scope["method"] not in SAFE and origin is None:
            raise Refused(403, "A change needs an Origin, or the token as 'Authorization: Bearer'.")

    def right(self, token: str) -> bool:
        """Whether it is the token; takes as long for each wrong one."""
        return hmac.compare_digest(token.encode(), self.token.encode())

    def _cookie(self, text: str) -> str:
        try:
            found = SimpleCookie(text).get(self.cookie)
        except CookieError:
            return ""
        return found.value if found else ""

    def _most(self, scope: Scope) -> int:
        return UPLOAD if scope["path"] == UPLOADS else BODY

    def limited(self, scope: Scope, receive: Receive) -> Receive:
        """`receive` with a limit of bytes, however they are sent, and of seconds until the body is whole."""
        left, most = self._most(scope), self._most(scope)
        deadline: float | None = None
        whole = False

        async def receiving() -> Message:
            nonlocal left, deadline, whole
            if whole:
                return await receive()
            now = asyncio.get_running_loop().time()
            deadline = now + SECONDS if deadline is None else deadline
            try:
                message: Any = await asyncio.wait_for(receive(), max(0.0, deadline - now))
            except TimeoutError:
                raise Refused(408, "The request took too long to arrive.") from None
            left -= len(message.get("body", b""))
            if left < 0:
                raise Refused(413, f"More than {most:,} bytes are not read.")
            whole = not message.get("more_body", False)
            return message  # type: ignore[no-any-return]

        return receiving
