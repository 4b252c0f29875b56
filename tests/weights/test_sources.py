"""Published files: found where they are, downloaded whole or not at all, missed in one line."""

from __future__ import annotations

import hashlib
import http.server
import threading

import pytest
import torch

from eglass.errors import InputError
from eglass.generators import PGGAN, BigGAN
from eglass.weights import sources
from eglass.weights.sources import PublishedFile, locate
from tests.generators import naive_pggan as naive

CONTENT = bytes(range(256)) * 8192  # 2 MiB


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests.append(self.path)
        if self.path == "/missing":
            self.send_error(404)
            return
        self.send_response(200)
        page = self.path == "/page"
        self.send_header("Content-Type", "text/html" if page else "application/octet-stream")
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT[:-1000] if self.path == "/cut" else CONTENT)

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        pass  # A client that hangs up early is part of the test.


@pytest.fixture
def publisher():
    server = Server(("127.0.0.1", 0), Handler)
    server.requests = []
    server.link = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("EGLASS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(autouse=True)
def _no_way_out(monkeypatch, tmp_path):
    # Whatever a test does by mistake, it reaches no publisher.
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def files_in(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_cache_folder_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.delenv("EGLASS_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert sources.cache_folder() == tmp_path / "home" / ".cache" / "eglass"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert sources.cache_folder() == tmp_path / "xdg" / "eglass"
    monkeypatch.setenv("EGLASS_CACHE", str(tmp_path / "own"))
    assert sources.cache_folder() == tmp_path / "own"


def test_a_file_is_downloaded_once(publisher, cache):
    digest = hashlib.sha256(CONTENT).hexdigest()
    file = PublishedFile("net/weights.pth", f"{publisher.link}/whole", digest[:8])
    for _ in range(2):
        assert locate(file).read_bytes() == CONTENT
    assert publisher.requests == ["/whole"]
    assert files_in(cache) == [cache / "net/weights.pth"]


@pytest.mark.parametrize(
    ("path", "sha256", "reason"),
    [
        ("cut", "", f"{len(CONTENT) - 1000} bytes came of {len(CONTENT)}"),
        ("whole", "0123abcd", "SHA-256"),
        ("page", "", "web page"),
        ("missing", "", "404"),
    ],
)
def test_a_failed_download_leaves_nothing_and_says_why(path, sha256, reason, publisher, cache):
    with pytest.raises(InputError, match=reason):
        locate(PublishedFile("weights.pth", f"{publisher.link}/{path}", sha256))
    assert publisher.requests == [f"/{path}"]
    assert files_in(cache) == []


def test_a_file_that_is_already_elsewhere_is_not_downloaded(publisher, cache, tmp_path):
    (tmp_path / "mine.pth").write_bytes(b"mine")
    file = PublishedFile("weights.pth", f"{publisher.link}/whole")
    assert locate(file, elsewhere=[tmp_path / "none.pth", tmp_path / "mine.pth"]) == (
        tmp_path / "mine.pth"
    )
    assert publisher.requests == []


def test_one_line_names_what_is_missing_where_it_was_looked_for_and_how_to_get_it(
    publisher, cache, tmp_path
):
    file = PublishedFile("weights.pth", f"{publisher.link}/whole")
    with pytest.raises(InputError) as refusal:
        locate(file, elsewhere=[tmp_path / "other.pth"], download=False)
    message = str(refusal.value)
    assert "\n" not in message
    for part in (
        "weights.pth",
        str(cache / "weights.pth"),
        str(tmp_path / "other.pth"),
        file.url,
        "downloads are off",
        "generator.weights=PATH",
        "generator.weights=random",
    ):
        assert part in message
    assert publisher.requests == []


@pytest.mark.parametrize("build", [PGGAN.pretrained, BigGAN.pretrained])
def test_both_families_say_so_when_their_weights_cannot_be_had(build, cache):
    with pytest.raises(InputError, match=r"no weights .*; download from https://.*: it failed"):
        build()
    with pytest.raises(InputError, match=r"no weights .*: downloads are off"):
        build(download=False)
    assert files_in(cache) == []


def test_a_path_that_is_not_there_is_refused_without_a_download(cache, tmp_path):
    for build in (PGGAN.pretrained, BigGAN.pretrained):
        with pytest.raises(InputError, match=f"no weight file at {tmp_path}"):
            build(weights=tmp_path / "none")


def test_a_network_that_nobody_publishes_is_named_as_such(cache):
    with pytest.raises(InputError, match="no PGGAN is published at resolution 64"):
        PGGAN.pretrained(64)
    with pytest.raises(InputError, match="no trained biggan-deep-32 is published"):
        BigGAN.pretrained("biggan-deep-32")


def test_a_checkpoint_put_into_the_cache_is_used(cache):
    cache.mkdir()
    state = naive.gan_zoo_checkpoint(256, latent_dim=8, limit=4)
    torch.save(state, cache / "celebaHQ_s6_i80000-6196db68.pth")
    assert PGGAN.pretrained(256, download=False).provenance.source.startswith("celebaHQ_s6")
