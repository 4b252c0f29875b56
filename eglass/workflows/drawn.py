"""What is drawn into a folder: once, and again where what it shows or what draws it has changed."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from eglass import reporting
from eglass.records import Record, fingerprint, sha256, whole_file
from eglass.records.code import code


class Drawings:
    """The files that are drawn into a folder, and what each of them was drawn from.

    The latter is kept beside them, in `.drawn.json`. What draws is imported where it is needed:
    where all is there, no plotting library is.

    Args:
        folder: where they lie.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self._ledger = folder / ".drawn.json"

    def picture(self, name: str, drawing: str, *shown: Any) -> Path:
        """Return the path of a figure as PNG, which is there then, and as PDF.

        Args:
            name: of its files.
            drawing: the module and the function of `eglass.reporting` that return it.
            shown: what the function takes.
        """
        module, function = f"{reporting.__name__}.{drawing}".rsplit(".", 1)

        def draw() -> Iterable[Path]:
            save = import_module(f"{reporting.__name__}.figures").save
            save(getattr(import_module(module), function)(*shown), self.folder / name)
            return [self.folder / f"{name}.{kind}" for kind in ("png", "pdf")]

        self.keep(name, module, shown, draw, looks="*.mplstyle")
        return self.folder / f"{name}.png"

    def keep(
        self,
        name: str,
        module: str,
        shown: Any,
        draw: Callable[[], Iterable[Path]],
        looks: str = "templates/*",
    ) -> None:
        """Have files drawn, unless they are there as the same code drew them from the same.

        Args:
            name: what they are called together.
            module: dotted name of what draws them, with all that it imports.
            shown: all that they show: records, tables, files, JSON data, and such in lists and
                mappings.
            draw: writes them, and returns their paths.
            looks: the files of `eglass.reporting` besides its code that decide.
        """
        room = Path(reporting.__path__[0])
        drawn_from = fingerprint(
            {
                "shown": _told(shown),
                "code": code(module),
                "looks": {path.name: sha256(path) for path in sorted(room.glob(looks))},
                "versions": {name: version(name) for name in ("matplotlib", "pandas")},
            }
        )
        known = self._known().get(name, {})
        if known.get("from") == drawn_from and self._are_there(known["files"]):
            return
        files = {str(path.relative_to(self.folder)): sha256(path) for path in draw()}
        # Others may have drawn into the folder meanwhile.
        known = self._known() | {name: {"from": drawn_from, "files": files}}
        with whole_file(self._ledger) as draft:
            draft.write_text(json.dumps(known, indent=1) + "\n")

    def _known(self) -> dict[str, Any]:
        try:
            known = json.loads(self._ledger.read_bytes())
        except (OSError, ValueError):  # There is none, or it is damaged: all is drawn.
            return {}
        return known if isinstance(known, dict) else {}

    def _are_there(self, files: Mapping[str, str]) -> bool:
        places = {self.folder / name: digest for name, digest in files.items()}
        return all(path.is_file() and sha256(path) == digest for path, digest in places.items())


def _told(shown: Any) -> Any:
    """Return JSON data that tell what is shown apart from everything else."""
    if isinstance(shown, Record):
        # One that is not on disk is like no other.
        return shown.sum or secrets.token_hex()
    if isinstance(shown, pd.DataFrame):
        return shown.to_csv()
    if isinstance(shown, Path):
        return sha256(shown)
    if isinstance(shown, Mapping):
        return {str(key): _told(value) for key, value in shown.items()}
    return [_told(each) for each in shown] if isinstance(shown, (list, tuple)) else shown
