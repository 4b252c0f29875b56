"""The server of the page: who may ask, what is answered, and from which files the page comes."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
import socket
import struct
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import uvicorn
from omegaconf import DictConfig
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from eglass.app.asked import Asked, Base
from eglass.app.choices import Choices
from eglass.app.downloads import DOWNLOADS
from eglass.app.laboratory import Laboratory
from eglass.app.security import SameOrigin
from eglass.app.turns import Turns
from eglass.app.uploads import Uploads
from eglass.app.visitors import Visitor, Visitors
from eglass.app.walking import Along, Pair, edges, frame
from eglass.configuration.overrides import BAD_INPUT, in_words
from eglass.errors import InputError

PAGE = Path(str(files("eglass.app"))) / "page"
LOOK = Path(str(files("eglass.reporting"))) / "templates" / "report.css"

#: Longest message of a page, in bytes.
LONGEST = 100_000


class Server:
    """Answers the page.

    Args:
        cfg: of `eglass app`.
        base: what that was told.
        offered: what may be asked for.
    """

    def __init__(self, cfg: DictConfig, base: Base, offered: Choices):
        self._cfg = cfg
        self._offered = offered
        self._laboratory = Laboratory(cfg, base, offered)
        self._uploads = Uploads(int(cfg.app.upload_mb * 1e6))
        # Steps of the slider wait for nothing but one another.
        self._walking = ThreadPoolExecutor(1, "walking")
        self._looking = ThreadPoolExecutor(1, "looking")

    def ready(self) -> None:
        """Load what the page begins with.

        Raises:
            InputError: it cannot be used.
        """
        self._laboratory.ready()

    def app(self) -> Starlette:
        """Return all of it as an ASGI application."""
        return Starlette(
            routes=[
                Route("/", _file(PAGE / "index.html")),
                Route("/report.css", _file(LOOK)),
                Route("/uploads", self._upload, methods=["POST"]),
                Route("/look", self._look, methods=["POST"]),
                Route("/frame", self._frame, methods=["POST"]),
                Route("/download/{what}", self._download),
                WebSocketRoute("/talk", self._talk),
                Mount("/page", StaticFiles(directory=PAGE)),
            ],
            middleware=[Middleware(SameOrigin)],
            exception_handlers={InputError: self._refused},
            lifespan=self._lifespan,
        )

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        turns = Turns(self._line)
        self._visitors = Visitors(self._laboratory, turns, self._cfg.app.patience)
        try:
            yield
        finally:
            self._visitors.close()
            self._walking.shutdown(cancel_futures=True)
            self._looking.shutdown(cancel_futures=True)
            self._uploads.close()

    def _line(self, error: Exception) -> str:
        return self._uploads.hidden(_in_one_line(error))

    def _refused(self, _: Request, error: Exception) -> Response:
        return JSONResponse({"line": self._line(error)}, 400)

    def _who(self, request: Request) -> Visitor:
        visitor = self._visitors.of(
            request.headers.get("x-visitor") or request.query_params.get("visitor")
        )
        if visitor is None:
            raise InputError("this page was open for too long: load it again")
        return visitor

    async def _upload(self, request: Request) -> Response:
        visitor = self._who(request)
        name = unquote(request.headers.get("x-name", "image"))
        upload = await self._uploads.keep(name, request.stream())
        return JSONResponse({"upload": visitor.add(upload), "name": upload.name})

    async def _look(self, request: Request) -> Response:
        visitor, asked = self._who(request), Asked.of(await _json(request))
        uploads = dict(visitor.uploads)
        found = await self._in(self._looking, lambda: self._laboratory.looked_at(asked, uploads))
        return JSONResponse(found)

    async def _frame(self, request: Request) -> Response:
        visitor, asked = self._who(request), Asked.of(await _json(request))
        uploads = dict(visitor.uploads)
        found = await self._in(self._looking, lambda: self._laboratory.framed(asked, uploads))
        return JSONResponse(found)

    async def _download(self, request: Request) -> Response:
        visitor, what = self._who(request), request.path_params["what"]
        run = visitor.run
        if run is None or run.record is None or what not in DOWNLOADS:
            raise InputError("there is nothing to download: expected a finished exploration")
        make, kind = DOWNLOADS[what]
        data = await self._in(self._looking, lambda: make(run))
        name = f"{run.place.parent.name}-{what}".encode("ascii", "replace").decode()
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(data, media_type=kind, headers=headers)

    async def _talk(self, socket: WebSocket) -> None:
        await socket.accept()
        visitor = self._visitors.come(socket.query_params.get("visitor"))
        outbox = visitor.outbox
        assert outbox is not None
        await socket.send_json({"type": "hello", "visitor": visitor.token} | self._hello())

        async def say() -> None:
            while True:
                await socket.send_json(await outbox.get())

        saying = asyncio.create_task(say())
        try:
            while True:
                text = await socket.receive_text()
                answer = await self._answer(visitor, text)
                if isinstance(answer, bytes):
                    await socket.send_bytes(answer)
                elif answer is not None:
                    await socket.send_json(answer)
        except WebSocketDisconnect:
            pass
        finally:
            saying.cancel()
            self._visitors.leave(visitor)

    def _hello(self) -> dict[str, Any]:
        offered, page = self._offered, self._cfg.app
        return {
            "choices": offered.by_group,
            "chosen": offered.chosen,
            "titles": offered.titles,
            "reach": page.reach,
            "pair": page.pair,
            "count": self._cfg.count,
            "upload_mb": page.upload_mb,
            "path": self._cfg.explorer.get("path", "straight"),
            "k": self._cfg.explorer.get("k", 20),
        }

    async def _answer(self, visitor: Visitor, text: str) -> dict[str, Any] | bytes | None:
        """Return what is answered to a message at once; what is explored is told later."""
        number = 0
        try:
            asked = json.loads(text) if len(text) <= LONGEST else {}
            kind, number = asked.pop("type"), int(asked.pop("number", 0))
            if kind == "explore":
                self._visitors.explore(visitor, number, asked["asked"])
                return None
            if kind == "cancel":
                self._visitors.cancel(visitor)
                return None
            return await self._walk(visitor, kind, number, asked)
        except InputError as error:
            return {"type": "refused", "number": number, "line": self._line(error)}
        except (ValueError, KeyError, TypeError, AttributeError):
            return {"type": "refused", "number": number, "line": "the page asks for nothing known"}

    async def _walk(
        self, visitor: Visitor, kind: str, number: int, asked: dict[str, Any]
    ) -> dict[str, Any] | bytes:
        if visitor.run is None:
            raise InputError("there is no solution to walk from yet: explore first")
        start = visitor.run.start
        if kind == "pair":
            pair = Pair(**asked)
            found = await self._in(self._walking, lambda: pair.shown(start))
            return {"type": "pair", "number": number} | found
        if kind == "edges":
            along, reach = Along(**asked["along"]), self._cfg.app.reach
            ends = await self._in(self._walking, lambda: edges(start, along, reach))
            return {"type": "edges", "number": number} | ends
        if kind != "step":
            raise InputError(f"the page asks for {kind}: expected step, pair or edges")
        along, eta = Along(**asked["along"]), _step(asked["eta"], self._cfg.app.reach)
        said, pixels = await self._in(self._walking, lambda: frame(start, along, eta))
        head = json.dumps(said | {"number": number, "eta": eta}).encode()
        return struct.pack("<I", len(head)) + head + pixels

    @staticmethod
    async def _in(pool: ThreadPoolExecutor, compute: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(pool, compute)


def _step(given: Any, reach: float) -> float:
    if not isinstance(given, (int, float)) or not abs(given) <= reach:
        raise InputError(f"step η is {given}: expected a number from {-reach:g} to {reach:g}")
    return float(given)


def _file(path: Path) -> Callable[[Request], Response]:
    """Return what answers with a file of the page."""
    kinds = {".html": "text/html", ".css": "text/css"}

    def answer(_: Request) -> Response:
        return Response(path.read_bytes(), media_type=kinds[path.suffix])

    return answer


async def _json(request: Request) -> Any:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST:
            raise InputError("what is asked is too long: expected the settings of an exploration")
    try:
        return json.loads(body)
    except ValueError:
        raise InputError("what is asked is no JSON") from None


def _in_one_line(error: Exception) -> str:
    """Return what a visitor is told; of a bug, the server's own output tells more."""
    if isinstance(error, BAD_INPUT):
        return in_words(error, "explore", [])
    logging.getLogger("eglass.app").error("a bug", exc_info=error)
    return f"something is wrong with the page itself ({type(error).__name__}): see its terminal"


def serve(cfg: DictConfig) -> None:
    """Serve the page until somebody stops it.

    Raises:
        InputError: its port cannot be had, or what it begins with cannot be used.
    """
    server = Server(cfg, Base.of(), Choices.of(cfg))
    listening = listen(cfg.app.host, cfg.app.port)
    server.ready()
    host, port = listening.getsockname()[:2]
    shown = "localhost" if host in ("0.0.0.0", "::") else host
    print(
        f"page: http://{f'[{shown}]' if ':' in shown else shown}:{port}  (Ctrl-C ends it)",
        flush=True,
    )
    if not ipaddress.ip_address(host).is_loopback:
        print(f"note: everybody who reaches {host}:{port} may use this machine", flush=True)
    settings = uvicorn.Config(
        server.app(),
        log_level="warning",
        ws_max_size=LONGEST,
        timeout_graceful_shutdown=2,
        lifespan="on",
    )
    uvicorn.Server(settings).run(sockets=[listening])


def listen(host: str, port: int) -> socket.socket:
    """Return a socket at an address.

    Raises:
        InputError: it cannot be had.
    """
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        return listening
    except OSError as error:
        raise InputError(
            f"the page cannot be served at {host}:{port} ({error.strerror or error}): give another "
            "app.host, or another app.port, 0 for any that is free"
        ) from None
