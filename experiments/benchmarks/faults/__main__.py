"""What goes wrong on purpose, and what it costs: kills, damaged files, wrong settings, signals.

For example:

    eglass faults
    eglass faults bench.faults.kills.reproduce=100 bench.faults.processes=2
    eglass faults 'bench.faults.only=[checkpoints,images]'
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from omegaconf import DictConfig

from eglass.configuration import command
from eglass.errors import InputError


def main(cfg: DictConfig) -> None:
    """Try every kind of fault that is asked for, and write the counts beside the others'."""
    import torch

    from ..results import Result
    from ..timing import result, results_folder
    from .damage import checkpoint_formats, damaged_records, image_formats, mutated_files
    from .jobs import explorations
    from .kills import Undisturbed, kills
    from .overrides import overrides
    from .resuming import resumed
    from .sharing import sharing
    from .signals import signals
    from .summary import NAME, counted, table

    asked, seed = cfg.bench.faults, cfg.seed
    folder = results_folder(cfg)

    def records(place: Path) -> pd.DataFrame:
        undisturbed = Undisturbed(explorations(place), place)
        first = next(path.parent for path in undisturbed.folder.rglob("record.json"))
        return damaged_records(first, place / "copies", random.Random(seed))

    def checkpoints(place: Path) -> pd.DataFrame:
        proof = place / "proof"
        formats = checkpoint_formats(place / "made", proof)
        return mutated_files(formats, asked.checkpoints, place / "made", proof, seed)

    kinds: dict[str, Callable[[Path], pd.DataFrame]] = {
        "records": records,
        "checkpoints": checkpoints,
        "images": lambda place: mutated_files(image_formats(), asked.images, place, None, seed),
        "overrides": lambda place: overrides(
            asked.overrides, place, random.Random(seed), asked.processes
        ),
        "signals": lambda place: signals(
            asked.signals, place, random.Random(seed), asked.processes
        ),
        "sharing": lambda place: sharing(asked.sharing, place, random.Random(seed)),
        "kills": lambda place: kills(
            dict(asked.kills), place, random.Random(seed), asked.processes
        ),
        "resumed": lambda place: resumed(asked.long_steps, place),
    }
    only = kinds if asked.only is None else asked.only
    if unknown := set(only) - set(kinds):
        raise InputError(
            f"bench.faults.only has {', '.join(sorted(unknown))}: expected some of "
            f"{', '.join(kinds)}"
        )
    tables = {}
    if (folder / f"{NAME}.json").is_file():
        tables = Result.read(folder, NAME).tables
    for name in only:
        place = Path(tempfile.mkdtemp(prefix=f"faults-{name}-"))
        rows = kinds[name](place)
        wrong = rows.filter(["tracebacks", "traceback"]).sum(axis=1) > 0
        for said in rows.loc[wrong].get("said", []):
            print(said, file=sys.stderr)
        # What was said has paths of this machine.
        tables[name] = rows.drop(columns="said", errors="ignore")
        tables["summary"] = counted(tables)
        # What was found is kept, whatever comes after.
        found = result(cfg, NAME, torch.device("cpu"), tables)
        found.write(folder)
    print(table(found))


if __name__ == "__main__":
    command(main, "bench")
