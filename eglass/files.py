"""Files and folders that appear whole or not at all, and their hashes."""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import re
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

import psutil

from eglass.errors import InputError

#: Endings of the files that are taken for images in a folder.
IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".npy")

#: Names of drafts: the host and the process that write, something random, and what it is to be.
_DRAFT = re.compile(r"\.draft-(?P<host>\w+)-(?P<process>\d+)-[0-9a-f]{8}-(?P<name>.+)")
#: Ends the name of an older folder that is out of the way of a newer one.
_OLDER = ".older"
#: Types of file systems that machines share.
_SHARED = re.compile(
    r"(nfs|cifs|smb|afs|lustre|gpfs|beegfs|ceph|glusterfs|orangefs|pvfs|ocfs|gfs2|9p|virtiofs|"
    r"fuse\.(sshfs|s3fs|juicefs|ceph|glusterfs|gcsfuse|rclone))"
)
#: Of renameat2: paths are from where the process is, and change places.
_HERE, _EXCHANGE = -100, 2


def sha256(path: str | Path) -> str:
    """Return the hexadecimal SHA-256 of a file; one that has not changed is read once."""
    path = Path(path)
    found = path.stat()
    return _sha256(
        path.resolve(), found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
    )


@lru_cache(maxsize=1024)
def _sha256(path: Path, *_: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


@contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """Give a temporary path to write to, which becomes `path` if nothing fails."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = _draft(path)
    try:
        yield draft
        _flush(draft)
        draft.replace(path)
        _flush(path.parent)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: str | Path) -> Iterator[Path]:
    """Give a temporary folder to fill, which becomes `path` if nothing fails.

    An older one is there until then; where the file system cannot make two folders change places,
    it is out of the way for a moment, and `sweep` puts it back if that is when the process dies.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = _draft(path)
    draft.mkdir()
    try:
        yield draft
        for written in (*draft.iterdir(), draft):
            _flush(written)
        _take_place(draft, path)
        _flush(path.parent)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def check_writable(folder: Path) -> None:
    """Refuse a folder in which nothing can be written, or that cannot be made.

    Raises:
        InputError: it is one.
    """
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(b"something")
    except OSError as error:
        raise InputError(
            f"results cannot be written to {folder}: {there}: {error.strerror}; give results=PATH, "
            "of a folder that can"
        ) from None


def is_full(error: BaseException) -> bool:
    """Say whether what went wrong is that a disk has no room, or takes nothing any more."""
    chain: BaseException | None = error
    while chain is not None:
        if getattr(chain, "errno", None) in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
            return True
        chain = chain.__cause__ or chain.__context__
    return False


def set_aside(path: Path) -> Path:
    """Give a damaged file or folder another name, beside its own, and return that."""
    names = (path.with_name(f"{path.name}.damaged{number}") for number in ("", *range(2, 1000)))
    aside = next(name for name in names if not name.exists())
    path.replace(aside)
    return aside


def sweep(folder: Path) -> None:
    """Take away what dead processes of this machine left half written in a folder, and below.

    Folders whose names begin with a dot, and those of W&B and of launchers, are not looked into.
    """
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            found = _DRAFT.fullmatch(name)
            if not found or found["host"] != _host() or _is_alive(int(found["process"])):
                continue
            draft = Path(place) / name
            older = found["name"].removesuffix(_OLDER)
            with suppress(OSError):
                if older != found["name"] and not draft.with_name(older).exists():
                    draft.replace(draft.with_name(older))
                elif draft.is_dir():
                    shutil.rmtree(draft)
                else:
                    draft.unlink()
        folders[:] = [
            name for name in folders if name not in ("wandb", "launcher") and name[0] != "."
        ]


def is_shared(folder: Path) -> bool:
    """Say whether a folder, there or not yet, is on a file system that machines share."""
    here = folder.absolute()
    mounts = {Path(part.mountpoint): part.fstype for part in psutil.disk_partitions(all=True)}
    place = next((each for each in (here, *here.parents) if each in mounts), None)
    return place is not None and _SHARED.match(mounts[place]) is not None


def _take_place(draft: Path, path: Path) -> None:
    """Give a folder its name; of one that has it, nothing is left under that name.

    Whoever else does the same at this moment: one of them is there in the end, whole.
    """
    older = draft.with_name(draft.name + _OLDER)
    while not _change_places(draft, path):
        try:
            draft.replace(path)
            break
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                raise
        shutil.rmtree(older, ignore_errors=True)
        with suppress(FileNotFoundError):
            path.replace(older)
    shutil.rmtree(older, ignore_errors=True)


def _draft(path: Path) -> Path:
    token = f"{_host()}-{os.getpid()}-{secrets.token_hex(4)}"
    return path.with_name(f".draft-{token}-{path.name}")


def _host() -> str:
    return re.sub(r"\W", "_", socket.gethostname())


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        # It is somebody else's.
        return True
    return True


def _flush(path: Path) -> None:
    """Have the system write a file, or the names in a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError:
        # Some file systems do not flush folders.
        if not path.is_dir():
            raise
    finally:
        os.close(descriptor)


def _change_places(one: Path, other: Path) -> bool:
    """Exchange the names of two folders at once, and say whether the system can."""
    try:
        exchange = ctypes.CDLL(None).renameat2
    except (OSError, AttributeError, TypeError):
        return False
    names = (_HERE, os.fsencode(one), _HERE, os.fsencode(other))
    return exchange(*names, _EXCHANGE) == 0
