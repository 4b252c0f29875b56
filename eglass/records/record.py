"""What a run leaves on disk, from which every figure, table and W&B run is drawn.

A record is a folder:

    record.json          what was run, with what, and how long each stage took
    arrays.safetensors   images, latents, metrics, bases
    <name>.csv           one file for each table

It is written beside its final place and then renamed, so it is there whole or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from safetensors.numpy import load_file, save_file

from eglass.errors import InputError
from eglass.records.files import whole_folder

#: What is said of results that random weights made: they are good for timing only.
UNTRAINED = "untrained weights: timing only"


@dataclass
class Record:
    """Everything that one experiment found.

    Attributes:
        meta: JSON data, with what `Origin.meta` says of what it is made of.
        arrays: by name.
        tables: by name.
    """

    meta: dict[str, Any]
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)

    def save(self, folder: str | Path) -> None:
        """Write the record, replacing an older one; it appears whole or not at all."""
        with whole_folder(folder) as draft:
            meta = self.meta | {"tables": sorted(self.tables)}
            (draft / "record.json").write_text(json.dumps(meta, indent=2, default=str) + "\n")
            save_file(
                {name: np.ascontiguousarray(array) for name, array in self.arrays.items()},
                draft / "arrays.safetensors",
            )
            for name, table in self.tables.items():
                table.to_csv(draft / f"{name}.csv", index=False)

    @classmethod
    def load(cls, folder: str | Path) -> Record:
        """Read a record back.

        Raises:
            InputError: there is none.
        """
        folder = Path(folder)
        if not (folder / "record.json").is_file():
            raise InputError(f"no record at {folder}: give the folder that holds its record.json")
        meta = json.loads((folder / "record.json").read_text())
        return cls(
            meta,
            load_file(folder / "arrays.safetensors"),
            {name: pd.read_csv(folder / f"{name}.csv") for name in meta["tables"]},
        )


def stamp(records: Iterable[Record]) -> str:
    """Return what everything drawn from these records must say: nothing, if all networks were
    trained.
    """
    networks = [network for record in records for network in record.meta["weights"].values()]
    return "" if all(network["trained"] for network in networks) else UNTRAINED
