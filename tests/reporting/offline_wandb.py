"""Read back what an offline W&B run holds, from the files that `wandb sync` would upload."""

from __future__ import annotations

import json
import struct
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image
from wandb.proto import wandb_internal_pb2

_BLOCK = 32768
_FULL, _LAST = 1, 4


@dataclass
class OfflineRun:
    """An offline run, as its transaction log tells it."""

    folder: Path
    id: str = ""
    name: str = ""
    group: str = ""
    job_type: str = ""
    project: str = ""
    finished: bool = False
    config: dict[str, Any] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    #: The metric that each metric is drawn against.
    step_metrics: dict[str, str] = field(default_factory=dict)
    #: By type and then name: the local copy of each file.
    artifacts: dict[str, dict[str, dict[str, Path]]] = field(default_factory=dict)

    def series(self, key: str) -> list[tuple[int, float]]:
        """Return one curve: (step, value) pairs."""
        step = self.step_metrics[key]
        return [(row[step], row[key]) for row in self.history if key in row]

    def image(self, key: str) -> np.ndarray:
        """Return an image that was logged."""
        (value,) = [row[key] for row in self.history if key in row]
        return np.asarray(Image.open(self.folder / "files" / value["path"]))

    def table(self, key: str) -> pd.DataFrame:
        """Return a table that was logged; images in it as arrays."""
        name = f"{key}.table.json"
        (files,) = [files for files in self.artifacts["run_table"].values() if name in files]
        stored = json.loads(files[name].read_text())
        rows = [[_cell(value, files) for value in row] for row in stored["data"]]
        return pd.DataFrame(rows, columns=stored["columns"])


def read_runs(directory: Path) -> list[OfflineRun]:
    """Return the offline runs in a W&B folder, by their names."""
    return sorted(map(read_run, directory.glob("offline-run-*")), key=lambda run: run.name)


def read_run(folder: Path, patience: float = 5.0) -> OfflineRun:
    """Read one run's transaction log.

    W&B writes the end of it a moment after `finish` returns; this waits for it.

    Raises:
        ValueError: the log is damaged.
    """
    deadline = time.monotonic() + patience
    while not (run := _read(folder)).finished and time.monotonic() < deadline:
        time.sleep(0.01)
    return run


def _read(folder: Path) -> OfflineRun:
    run = OfflineRun(folder)
    (log,) = folder.glob("run-*.wandb")
    for data in _records(log.read_bytes()):
        record = wandb_internal_pb2.Record.FromString(data)
        kind = record.WhichOneof("record_type")
        value = getattr(record, kind)
        if kind == "run":
            run.id, run.name, run.group = value.run_id, value.display_name, value.run_group
            run.job_type, run.project = value.job_type, value.project
            _update(run.config, value.config.update)
        elif kind == "config":
            _update(run.config, value.update)
        elif kind == "summary":
            _update(run.summary, value.update)
        elif kind == "history":
            run.history.append(_update({}, value.item))
        elif kind == "metric":
            run.step_metrics[value.name] = value.step_metric
        elif kind == "artifact":
            files = {entry.path: Path(entry.local_path) for entry in value.manifest.contents}
            run.artifacts.setdefault(value.type, {})[value.name] = files
        elif kind == "exit":
            run.finished = value.exit_code == 0
    run.config.pop("_wandb", None)
    return run


def _cell(value: Any, files: dict[str, Path]) -> Any:
    if isinstance(value, dict) and value.get("_type") == "image-file":
        return np.asarray(Image.open(files[value["path"]]))
    return value


def _update(target: dict[str, Any], items: Any) -> dict[str, Any]:
    for item in items:
        *parents, key = item.nested_key or [item.key]
        inner = target
        for parent in parents:
            inner = inner.setdefault(parent, {})
        inner[key] = json.loads(item.value_json)
    return target


def _records(log: bytes) -> Iterator[bytes]:
    """Split LevelDB's log format, which W&B's transaction log is after a header of seven bytes."""
    if not log.startswith(b":W&B"):
        raise ValueError("not a W&B transaction log")
    position, record = 7, b""
    while position + 7 <= len(log):
        left = _BLOCK - position % _BLOCK
        if left < 7:
            position += left
            continue
        checksum, length, kind = struct.unpack("<IHB", log[position : position + 7])
        if kind == 0:
            position += left
            continue
        chunk = log[position + 7 : position + 7 + length]
        if len(chunk) < length:
            return
        if zlib.crc32(chunk, zlib.crc32(bytes([kind]))) != checksum:
            raise ValueError("a W&B transaction log is damaged")
        record += chunk
        position += 7 + length
        if kind in (_FULL, _LAST):
            yield record
            record = b""
