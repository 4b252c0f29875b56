"""A server of W&B on this machine, which fails in a way of its choice."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

#: What W&B asks for first, and gets: who asks, and a run's place.
ANSWERS: dict[str, Any] = {
    "viewer": {"id": "1", "entity": "me", "username": "me", "flags": "{}",
               "teams": {"edges": []}},
    "serverInfo": {"cliVersionInfo": {}, "latestLocalVersionInfo": None},
    "upsertBucket": {
        "bucket": {
            "id": "1", "name": "run", "displayName": "run", "description": "", "config": "{}",
            "sweepName": None, "historyLineCount": 0,
            "project": {"id": "1", "name": "eglass", "entity": {"id": "1", "name": "me"}},
        },
        "inserted": True,
    },
}  # fmt: skip


@contextmanager
def failing_server(how: str) -> Iterator[tuple[str, list[str]]]:
    """Serve until the end, and give the address and what was asked so far.

    Args:
        how: `wrong key`, where no key is known; `silent`, where nothing is answered; `gone`, where
            there is no server any more once a run has its place; `errors`, where it then fails.
    """
    asked: list[str] = []
    gone = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode("latin-1")
            asked.append(f"{self.path} {body[:200]}")
            if gone.is_set():
                self.close_connection = True
                return
            if how == "silent":
                time.sleep(60)
            elif how == "wrong key":
                self._answer(401, {"errors": [{"message": "invalid API key"}]})
            elif self.path == "/graphql" and (known := _known(body)):
                self._answer(200, {"data": known})
                if "upsertBucket" in known and how == "gone":
                    gone.set()
                    threading.Thread(target=stop).start()
            else:
                self._answer(500, {"errors": [{"message": "out of order"}]})

        do_GET = do_PUT = do_POST

        def _answer(self, status: int, content: Any) -> None:
            data = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True

    def stop() -> None:
        server.shutdown()
        server.server_close()

    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        stop()


def _known(body: str) -> dict[str, Any]:
    query = json.loads(body).get("query", "")
    return {name: answer for name, answer in ANSWERS.items() if name in query}
