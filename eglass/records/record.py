"""What a run leaves on disk, from which every figure, table and W&B run is drawn.

A record is a folder:

    record.json          what was run, with what, and how long each stage took; the size and the
                         SHA-256 of every other file, and one of its own
    arrays.safetensors   images, latents, metrics, bases
    <name>.csv           one file for each table

It is written beside its final place and then renamed, so it is there whole or not at all; and it is
read whole or not at all.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from safetensors.numpy import load, save

from eglass.errors import InputError
from eglass.files import whole_folder
from eglass.records.standing import Standing

#: What is said of results that random weights made: they are good for timing only.
UNTRAINED = "untrained weights: timing only"

#: In place of the SHA-256 of record.json, while that is computed.
_BLANK = "0" * 64


class DamagedRecord(InputError):
    """A record is not as it was written; or it was written before that could be told."""


@dataclass
class Record:
    """Everything that one experiment found.

    Attributes:
        meta: JSON data, with what `Origin.meta` says of what it is made of.
        arrays: by name.
        tables: by name.
        standing: how what it is made of compares with what was asked for when it was read.
        sum: SHA-256 of record.json as it lies on disk, which names those of all other files; empty
            of a record that has not been there.
    """

    meta: dict[str, Any]
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    standing: Standing = Standing.CURRENT
    sum: str = ""

    def save(self, folder: Path | str) -> None:
        """Write the record, replacing an older one; it appears whole or not at all."""
        arrays = {name: np.ascontiguousarray(array) for name, array in self.arrays.items()}
        files = {"arrays.safetensors": save(arrays)} | {
            f"{name}.csv": table.to_csv(index=False).encode() for name, table in self.tables.items()
        }
        sums = {name: {"size": len(data), "sha256": _sum(data)} for name, data in files.items()}
        meta = self.meta | {"tables": sorted(self.tables), "files": sums, "sha256": _BLANK}
        blank = json.dumps(meta, indent=2, default=str) + "\n"
        # Nothing but its own sum is new: it comes last.
        start, _, end = blank.rpartition(_BLANK)
        own = _sum(blank.encode())
        files["record.json"] = (start + own + end).encode()
        with whole_folder(Path(folder)) as draft:
            for name, data in files.items():
                (draft / name).write_bytes(data)
        self.sum = own

    @classmethod
    def load(cls, folder: Path | str) -> Record:
        """Read a record back.

        Raises:
            DamagedRecord: it is not as it was written.
            InputError: there is none.
        """
        folder = Path(folder)
        meta, own, data = _unless_replaced(folder, lambda: _read(folder))
        tables = meta["tables"]
        return cls(
            meta,
            load(data["arrays.safetensors"]),
            {name: pd.read_csv(io.BytesIO(data[f"{name}.csv"])) for name in tables},
            sum=own,
        )


def read_meta(folder: Path | str) -> dict[str, Any]:
    """Return the meta data of a record, whose other files are not looked into.

    Raises:
        DamagedRecord: they are not as they were written.
        InputError: there is no record.
    """
    return _read_meta(folder)[0]


def _read_meta(folder: Path | str) -> tuple[dict[str, Any], str]:
    path = Path(folder) / "record.json"
    try:
        text = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"no record at {folder}: give the folder of one") from None
    try:
        meta = json.loads(text)
    except ValueError:
        raise DamagedRecord(f"the record at {folder} is damaged: record.json is no JSON") from None
    own = meta.pop("sha256", None) if isinstance(meta, dict) else None
    if own is None:
        raise DamagedRecord(
            f"the record at {folder} was made before records named the sums of their files: "
            "compute it again"
        )
    start, _, end = text.rpartition(str(own).encode())
    if _sum(start + _BLANK.encode() + end) != own:
        raise DamagedRecord(f"the record at {folder} is damaged: record.json is altered")
    return meta, str(own)


def stamp(records: Iterable[Record]) -> str:
    """Return what everything drawn from these records must say: nothing, if all networks were
    trained.
    """
    networks = [network for record in records for network in record.meta["weights"].values()]
    return "" if all(network["trained"] for network in networks) else UNTRAINED


#: Meta data, their own sum, and what all other files hold.
_Contents = tuple[dict[str, Any], str, dict[str, bytes]]


def _read(folder: Path) -> _Contents:
    """Return all that a record's files hold, checked."""
    meta, own = _read_meta(folder)
    found = {}
    for name, expected in meta.pop("files").items():
        try:
            found[name] = (folder / name).read_bytes()
        except FileNotFoundError:
            raise DamagedRecord(f"the record at {folder} is damaged: {name} is missing") from None
        if len(found[name]) != expected["size"]:
            raise DamagedRecord(
                f"the record at {folder} is damaged: {name} has {len(found[name])} bytes of "
                f"{expected['size']}"
            )
        if _sum(found[name]) != expected["sha256"]:
            raise DamagedRecord(f"the record at {folder} is damaged: {name} is altered")
    return meta, own, found


def _unless_replaced(folder: Path, read: Callable[[], _Contents]) -> _Contents:
    """Read, and once more if another process has put a newer record there meanwhile."""

    def which() -> int | None:
        try:
            return folder.stat().st_ino
        except OSError:
            return None

    before = which()
    try:
        return read()
    except InputError:
        if which() == before:
            raise
        return read()


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
