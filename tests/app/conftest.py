"""A server of the page on a tiny configuration, and somebody who talks to it."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from eglass.app.asked import Base
from eglass.app.choices import Choices
from eglass.app.serving import Server
from tests.configuration.composing import composed

#: Choices and settings of `make app` that answer in a moment.
CHOICES = {"inversion": "bank", "tracking": "disabled"}
TINY = [
    "inversion.bank=40",
    "inversion.starts=1",
    "inversion.steps=20",
    "inversion.adaptation_steps=0",
    "verdict.bank=30",
    "verdict.held_out=10",
    "verdict.searched=2",
    "verdict.steps=2",
    "strict=null",
    "device=cpu",
    "count=2",
]
CHOSEN = {"generator": "dcgan", "problem": "inpainting", "explorer": "algorithm1_sphere"}
HERE = "http://localhost:8765"
TALK = "ws://localhost:8765/talk"


def asked(**settings: Any) -> dict[str, Any]:
    """Return what a page asks, as JSON data."""
    return {**CHOSEN, "target": {"kind": "sample", "seed": 1000}, "count": 2, **settings}


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Server:
    results = tmp_path_factory.mktemp("app")
    settings = [f"results={results}", *TINY]
    cfg = composed("app", *settings, "app.upload_mb=1", "app.starts=2", "app.patience=0")
    usual = {"generator": "dcgan", "explorer": "algorithm1_sphere", "target": "photograph"}
    offered = Choices.offered(["dcgan", "eyes", "own"], CHOSEN)
    return Server(cfg, Base(CHOICES, settings, usual), offered)


@pytest.fixture(scope="session")
def client(server: Server) -> Iterator[TestClient]:
    with TestClient(server.app(), base_url=HERE) as client:
        yield client


class Talk:
    """Somebody with the page open."""

    def __init__(self, socket: Any):
        self._socket = socket
        self.hello = socket.receive_json()
        self.headers = {"X-Visitor": self.hello["visitor"]}

    def say(self, **message: Any) -> None:
        self._socket.send_text(json.dumps(message))

    def hear(self, *until: str) -> list[dict[str, Any]]:
        """Return all that is said, up to one of some kinds."""
        said = [self._socket.receive_json()]
        while said[-1]["type"] not in until:
            said.append(self._socket.receive_json())
        return said

    def step(self, eta: float, **along: Any) -> tuple[dict[str, Any], bytes]:
        """Return what is said of a step, and its pixels."""
        self.say(type="step", number=1, along=along, eta=eta)
        data = self._socket.receive_bytes()
        (length,) = struct.unpack("<I", data[:4])
        return json.loads(data[4 : 4 + length]), data[4 + length :]

    def explore(self, number: int = 1, **settings: Any) -> dict[str, dict[str, Any]]:
        """Explore, and return what is said of it by its kind."""
        self.say(type="explore", number=number, asked=asked(**settings))
        return {each["type"]: each for each in self.hear("done", "failed", "cancelled")}


@pytest.fixture
def talk(client: TestClient) -> Iterator[Talk]:
    with client.websocket_connect(TALK) as socket:
        yield Talk(socket)


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    """Return a photograph of somebody."""
    import skimage.data
    from PIL import Image

    path = tmp_path / "me & you.png"
    Image.fromarray(skimage.data.astronaut()[:256, 96:352]).save(path)
    return path
