"""Files that visitors upload: out of anybody else's reach, and gone when they are."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import tempfile
import unicodedata
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from eglass.errors import InputError

#: Files that one visitor may have here at a time; the oldest goes first.
MOST = 6
_FOLDER = "eglass-app-"


@dataclass(frozen=True)
class Upload:
    """A file of a visitor's.

    Attributes:
        path: where it is.
        name: what its owner calls it.
    """

    path: Path
    name: str

    def remove(self) -> None:
        """Take it away."""
        shutil.rmtree(self.path.parent, ignore_errors=True)


@dataclass
class Uploads:
    """A folder that nobody else of this machine may look into.

    Attributes:
        limit: of a file, in bytes.
        folder: made at once.
    """

    limit: int
    folder: Path = field(init=False)

    def __post_init__(self) -> None:
        _sweep()
        self.folder = Path(tempfile.mkdtemp(prefix=f"{_FOLDER}{os.getpid()}-"))

    async def keep(self, name: str, parts: AsyncIterator[bytes]) -> Upload:
        """Return a file that was uploaded.

        Args:
            name: what its owner calls it.
            parts: what it holds.

        Raises:
            InputError: it is larger than the limit.
        """
        place = self.folder / secrets.token_hex(8)
        place.mkdir(mode=0o700)
        upload = Upload(place / _plain(name), Path(name).name or "image")
        try:
            size = 0
            with open(
                os.open(upload.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
            ) as file:
                async for part in parts:
                    size += len(part)
                    if size > self.limit:
                        raise InputError(
                            f"the file is larger than {self.limit / 1e6:g} MB: crop or shrink it, "
                            "or start the page with a larger app.upload_mb"
                        )
                    file.write(part)
        except BaseException:
            upload.remove()
            raise
        return upload

    def hidden(self, line: str) -> str:
        """Return a line without where files are kept: their names say enough."""
        return re.sub(rf"{re.escape(str(self.folder))}/\w+/", "", line)

    def close(self) -> None:
        """Take all of them away."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _plain(name: str) -> str:
    """Return a file's name of letters, digits, dots and dashes, that says nothing of folders."""
    ascii = unicodedata.normalize("NFKD", Path(name).name).encode("ascii", "ignore").decode()
    stem, dot, suffix = re.sub(r"[^\w.]+", "-", ascii).strip("-.").rpartition(".")
    stem, suffix = (stem, suffix) if dot else (suffix, "")
    # An array is nothing that a page uploads.
    suffix = (
        suffix.lower() if suffix.lower() in ("png", "jpg", "jpeg", "tif", "tiff", "webp") else ""
    )
    return f"{stem[:60] or 'image'}.{suffix or 'image'}"


def _sweep() -> None:
    """Take away what processes left that could not do so themselves."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*"):
        found = re.match(rf"{_FOLDER}(\d+)-", folder.name)
        mine = folder.is_dir() and folder.stat().st_uid == os.getuid()
        if found and mine and not psutil.pid_exists(int(found[1])):
            shutil.rmtree(folder, ignore_errors=True)
