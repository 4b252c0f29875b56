"""What every benchmark shares: interleaved timing, its spread, and the file that keeps both."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from omegaconf import DictConfig
from tqdm import tqdm

from eglass.errors import InputError
from eglass.geometry.memory import PeakBytes
from eglass.records import environment, whole_file
from experiments.building import plain
from experiments.exploration import Stopwatch

SPREAD = {"min": "min", "25%": "q1", "50%": "median", "75%": "q3", "max": "max", "count": "runs"}


@dataclass(frozen=True)
class Result:
    """What one benchmark found: where and how (`meta`), and tables by name."""

    meta: dict[str, Any]
    tables: dict[str, pd.DataFrame]

    def write(self, folder: Path) -> Path:
        """Write `<benchmark>.json`, whole or not at all."""
        tables = {
            name: json.loads(table.to_json(orient="records")) for name, table in self.tables.items()
        }
        path = folder / f"{self.meta['benchmark']}.json"
        with whole_file(path) as draft:
            draft.write_text(json.dumps(self.meta | {"tables": tables}, indent=1) + "\n")
        return path

    @classmethod
    def read(cls, folder: Path, benchmark: str) -> Result:
        """Read back what `write` wrote.

        Raises:
            InputError: it was not written.
        """
        path = folder / f"{benchmark}.json"
        if not path.is_file():
            raise InputError(f"no benchmark at {path}: run `make bench` first")
        meta = json.loads(path.read_text())
        tables = {name: pd.DataFrame(rows) for name, rows in meta.pop("tables").items()}
        return cls(meta, tables)


def result(
    cfg: DictConfig, benchmark: str, device: torch.device, tables: dict[str, pd.DataFrame]
) -> Result:
    """Put a benchmark's tables beside its configuration, the versions and the machine."""
    meta = {
        "benchmark": benchmark,
        "environment": environment(device) | {"machine": machine(device)},
        # Where it was written is nobody else's concern.
        "config": {name: value for name, value in plain(cfg).items() if name != "results"},
    }
    return Result(meta, tables)


def machine(device: torch.device) -> dict[str, Any]:
    """Describe what the timings depend on."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        cpu = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):  # Not Linux, or a processor that does not say.
        cpu = platform.processor() or platform.machine()
    found = {
        "cpu": cpu,
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "threads": torch.get_num_threads(),
        # More than there are cores: others computed as well, and the seconds are too many.
        "load": round(os.getloadavg()[0], 1),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
    }
    if device.type == "cuda":
        found["gpu"] = torch.cuda.get_device_name(device)
    return found


def interleaved(
    contenders: Mapping[str, Callable[[], Any]], repetitions: int, device: torch.device
) -> pd.DataFrame:
    """Time contenders in turn, round after round, so that a machine's moods meet all alike.

    Returns:
        One row for each run: contender, repetition, seconds. Nothing is warmed up here.
    """
    rows = []
    for repetition in tqdm(range(repetitions), desc="rounds", leave=False):
        for name, contender in contenders.items():
            stages = Stopwatch(device)
            with stages.time(name):
                contender()
            rows.append((name, repetition, stages.seconds[name]))
    return pd.DataFrame(rows, columns=["contender", "repetition", "seconds"])


def spread(rows: pd.DataFrame, by: list[str], value: str = "seconds") -> pd.DataFrame:
    """Return minimum, quartiles, median and maximum of a column, a row for each group."""
    found = rows.groupby(by, sort=False)[value].describe()
    return found[list(SPREAD)].rename(columns=SPREAD).reset_index()


def ratios(
    rows: pd.DataFrame,
    pairs: list[tuple[str, str]],
    *,
    by: list[Hashable],
    paired: list[Hashable],
    value: str = "seconds",
) -> pd.DataFrame:
    """Return the spread of ratios of contenders, each taken within one round.

    Args:
        pairs: (numerator, denominator); those that did not both run are left out.
        by: columns that tell the rows of the outcome apart.
        paired: columns that tell the rounds of one group apart.
    """
    wide = rows.pivot(index=[*by, *paired], columns="contender", values=value)
    parts = []
    for over, under in pairs:
        if {over, under} <= set(wide):
            ratio = (wide[over] / wide[under]).dropna().rename("ratio").reset_index()
            parts.append(ratio.assign(over=over, under=under))
    everything = pd.concat(parts) if parts else pd.DataFrame(columns=[*by, "over", "under"])
    if everything.empty:
        return everything
    return spread(everything, [*map(str, by), "over", "under"], "ratio")


def peak_bytes(contender: Callable[[], Any], device: torch.device) -> tuple[int, Any]:
    """Return what tensors made by a contender take at most at once, and what it returns.

    On a GPU its allocator says; elsewhere each operation is watched, which does not see scratch
    space inside one, and is slow: not for timing.
    """
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        found = contender()
        torch.cuda.synchronize(device)
        return torch.cuda.max_memory_allocated(device) - before, found
    with PeakBytes() as used:
        found = contender()
    return used.peak, found


def results_folder(cfg: DictConfig, device: torch.device) -> Path:
    """Return where the files of a device are kept."""
    return Path(cfg.results) / device.type
