"""Who may ask: pages of this server's own, that load nothing from elsewhere."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: A page that loads nothing from elsewhere, is in nobody's frame, and may ask for the webcam.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data: blob:; media-src 'self' blob:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class SameOrigin:
    """Refuses requests that a page of another origin makes, or that call this machine by a name
    that is not its own.
    """

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        if not _is_own(Headers(scope=scope)):
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
            else:
                line = "requests from other origins are refused"
                await PlainTextResponse(line, 403)(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._app(scope, receive, with_headers)


def _is_own(headers: Headers) -> bool:
    host, origin = headers.get("host", ""), headers.get("origin")
    name = urlsplit(f"//{host}").hostname or ""
    if name not in ("localhost", socket.gethostname().lower()):
        try:
            # A name that somebody else resolves to an address of this machine is none.
            ipaddress.ip_address(name)
        except ValueError:
            return False
    return origin is None or urlsplit(origin).netloc == host
