"""What can be taken home of a run: its table, its pictures, its record."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

from eglass.app.laboratory import Run
from eglass.reporting.exploration_page import save_pictures, shown_solutions


def _table(run: Run) -> bytes:
    assert run.record is not None
    return shown_solutions(run.record).to_csv(index=False).encode()


def _zipped(paths: list[Path], folder: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for path in paths:
            file.write(path, f"{folder}/{path.name}")
    return buffer.getvalue()


def _pictures(run: Run) -> bytes:
    assert run.record is not None
    paths = save_pictures(run.record, run.place.parent / "pictures")
    return _zipped(paths, run.place.parent.name)


def _record(run: Run) -> bytes:
    return _zipped(sorted(run.place.iterdir()), "record")


#: What can be downloaded of a run, and its kind.
DOWNLOADS: dict[str, tuple[Callable[[Run], bytes], str]] = {
    "solutions.csv": (_table, "text/csv"),
    "pictures.zip": (_pictures, "application/zip"),
    "record.zip": (_record, "application/zip"),
}
