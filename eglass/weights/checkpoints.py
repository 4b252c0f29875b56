"""Checkpoints of what is under way: there whole or not at all, and read without executing them."""

from __future__ import annotations

import hashlib
import io
import pickle
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import ModelCheckpoint
from pytorch_lightning.plugins.io import CheckpointIO

from eglass.errors import InputError
from eglass.files import set_aside, whole_file

#: A run shorter than this leaves no checkpoint; a longer one loses at most so much.
CHECKPOINT_EVERY = timedelta(seconds=30)
#: Bytes of the sum that a checkpoint begins with.
_SUM = 32


class Checkpoints:
    """What a Trainer needs to keep checkpoints of one search, and to go on from the last good one.

    The last two are kept. One that is damaged, or was written for another search, is set aside
    under another name, and a line says so.

    Args:
        workdir: where they are kept; none keeps none. Its name tells searches apart.
        name: of the search, among those of the workdir.
    """

    def __init__(self, workdir: Path | None, name: str):
        self._workdir, self._name = workdir, name

    def options(self) -> dict[str, Any]:
        """Return arguments of `Trainer`, but for its callbacks."""
        return {
            "enable_checkpointing": self._workdir is not None,
            "plugins": [] if self._workdir is None else [_WholeFiles()],
        }

    def callbacks(self) -> list[pl.Callback]:
        """Return what writes them."""
        if self._workdir is None:
            return []
        return [
            _BetweenSteps(
                dirpath=self._workdir,
                filename=self._name,
                train_time_interval=CHECKPOINT_EVERY,
                save_on_exception=True,
                enable_version_counter=False,
            )
        ]

    def last(self) -> Path | None:
        """Return the path of the last good one; none where the search begins."""
        if self._workdir is None:
            return None
        newest = self._workdir / f"{self._name}.ckpt"
        for path in (newest, _older(newest)):
            if path.exists():
                try:
                    read(path)
                    return path
                except InputError as error:
                    print(f"{error}; kept as {set_aside(path)}", file=sys.stderr)
        return None


def read(path: Path) -> dict[str, Any]:
    """Return what a checkpoint holds, on the CPU; nothing of it is executed.

    Raises:
        InputError: it is not as it was written, or was written for another search.
    """
    data = path.read_bytes()
    expected, held = data[:_SUM], data[_SUM:]
    if _sum(path, held) != expected:
        raise InputError(f"checkpoint {path} is damaged, or of another search")
    try:
        return torch.load(io.BytesIO(held), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise InputError(f"checkpoint {path} holds more than numbers") from error


class _WholeFiles(CheckpointIO):
    """Writes checkpoints behind a sum of theirs and of what they are of, and reads them."""

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None
    ) -> None:
        path, held = Path(path), io.BytesIO()
        torch.save(checkpoint, held)
        with whole_file(path) as draft:
            draft.write_bytes(_sum(path, held.getvalue()) + held.getvalue())
            if path.exists():
                path.replace(_older(path))

    def load_checkpoint(self, path: Any, *_: Any, **__: Any) -> dict[str, Any]:
        return read(Path(path))

    def remove_checkpoint(self, path: Any) -> None:
        Path(path).unlink(missing_ok=True)


class _BetweenSteps(ModelCheckpoint):
    """Writes none in the middle of a step, where a signal may have ended it."""

    def on_exception(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException
    ) -> None:
        if isinstance(exception, Exception):
            super().on_exception(trainer, pl_module, exception)


def _older(path: Path) -> Path:
    return path.with_suffix(".older.ckpt")


def _sum(path: Path, held: bytes) -> bytes:
    search = f"{path.parent.name}/{path.name.split('.')[0]}"
    return hashlib.sha256(search.encode() + b"\n" + held).digest()
