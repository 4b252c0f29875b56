"""Where published weights come from: the cache, then the publisher, else one message."""

from __future__ import annotations

import hashlib
import http.client
import os
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from eglass.errors import InputError
from eglass.progress import bar

#: What to give instead of a path for seeded random weights, which are good for timing only.
RANDOM = "random"


@dataclass(frozen=True)
class PublishedFile:
    """A file that others publish.

    Attributes:
        name: its path inside the cache.
        url: the publisher's link.
        sha256: its leading hexadecimal digits, as many as the publisher gives; may be empty.
    """

    name: str
    url: str
    sha256: str = ""


def cache_folder() -> Path:
    """`$EGLASS_CACHE`, else `eglass` in the user's cache folder (`$XDG_CACHE_HOME`, `~/.cache`)."""
    if own := os.environ.get("EGLASS_CACHE"):
        return Path(own).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "eglass"


def locate(
    published: PublishedFile, *, elsewhere: Iterable[Path] = (), download: bool = True
) -> Path:
    """Return the path of a published file: in the cache, `elsewhere`, or downloaded to the cache.

    Args:
        published: the file.
        elsewhere: other paths where it may already be, tried after the cache.
        download: fetch it from the publisher if it is nowhere.

    Raises:
        InputError: it is nowhere and cannot be downloaded; the message says how to get it.
    """
    cached = cache_folder() / published.name
    places = [cached, *elsewhere]
    for path in places:
        if path.is_file():
            return path
    reason = "downloads are off"
    if download:
        try:
            fetch(published, cached)
            return cached
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = f"it failed ({type(error).__name__}: {' '.join(str(error).split())})"
    raise InputError(
        f"no weights {published.name}: looked for {', '.join(map(str, places))}; download from "
        f"{published.url}: {reason}; put the file at {cached}, or give generator.weights=PATH, "
        f"or generator.weights={RANDOM} for timing only"
    )


def fetch(published: PublishedFile, path: Path) -> None:
    """Download a file, with a progress bar; it appears at `path` whole or not at all.

    Raises:
        OSError, HTTPException: the publisher does not answer, or the disk does not take it.
        ValueError: what came is cut short, a web page, or of another hash.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    # File hosts redirect by way of cookies, and some refuse clients without a name.
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    request = urllib.request.Request(published.url, headers={"User-Agent": "eglass"})
    digest, received = hashlib.sha256(), 0
    try:
        with opener.open(request, timeout=60) as response, partial.open("wb") as file:
            if response.headers.get_content_type() == "text/html":
                raise ValueError("a web page came instead of the file")
            expected = int(response.headers.get("Content-Length") or 0)
            with bar(
                total=expected or None, desc=published.name, unit="B", unit_scale=True
            ) as progress:
                while block := response.read(1 << 20):
                    file.write(block)
                    digest.update(block)
                    received += len(block)
                    progress.update(len(block))
        if expected and received != expected:
            raise ValueError(f"{received} bytes came of {expected}")
        if not digest.hexdigest().startswith(published.sha256):
            raise ValueError(
                f"its SHA-256 is {digest.hexdigest()[:12]}…, expected {published.sha256[:12]}…"
            )
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
