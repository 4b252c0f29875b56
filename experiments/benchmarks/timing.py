"""How every benchmark measures: in turns, with the machine beside what it took."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from omegaconf import DictConfig

from eglass.configuration.build import plain
from eglass.geometry.memory import PeakBytes
from eglass.pipeline import Stopwatch, in_words
from eglass.progress import bar
from eglass.records.environment import environment
from eglass.workflows.networks import torch_device

from . import history
from .results import Result
from .summary import BENCHMARKS


def result(
    cfg: DictConfig, benchmark: str, device: torch.device, tables: dict[str, pd.DataFrame]
) -> Result:
    """Return a benchmark's tables beside its configuration, the versions and the machine."""
    meta = {
        "benchmark": benchmark,
        "date": datetime.now(timezone.utc).isoformat(" ", "seconds"),
        "commit": _commit(),
        "environment": environment(in_words(device)) | {"machine": machine(device)},
        # Where it was written is nobody else's concern.
        "config": {name: value for name, value in plain(cfg).items() if name != "results"},
    }
    return Result(meta, tables)


def _commit() -> str:
    """Return the commit of the clone that this is, or nothing where it is none."""
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():
        return ""
    asked = ["git", "describe", "--always", "--dirty"]
    try:
        return subprocess.run(asked, cwd=root, capture_output=True, text=True).stdout.strip()
    except OSError:  # No git here.
        return ""


def machine(device: torch.device) -> dict[str, Any]:
    """Return what the timings depend on."""
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
    contenders: Mapping[Any, Callable[[], Any]], repetitions: int, device: torch.device
) -> pd.DataFrame:
    """Return the seconds of contenders that take turns, so that a machine's moods meet all alike.

    Returns:
        One row for each run: contender, repetition, seconds. Nothing is warmed up here.
    """
    rows = []
    for repetition in bar(range(repetitions), desc="rounds", leave=False):
        for name, contender in contenders.items():
            clock = Stopwatch(device)
            with clock.time(name):
                contender()
            rows.append((name, repetition, clock.seconds[name]))
    return pd.DataFrame(rows, columns=["contender", "repetition", "seconds"])


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


def results_folder(cfg: DictConfig) -> Path:
    """Return where the files of the configured device are kept.

    Raises:
        InputError: the device is a GPU, and there is none.
    """
    return Path(cfg.results) / torch_device(cfg.device).type


def keep(cfg: DictConfig, results: Iterable[Result]) -> str:
    """Write what benchmarks find, each once it is there, add it to the history, and return what
    became slower since what was stored before, in lines.

    Args:
        results: lazily: each benchmark runs when it is asked for.

    Raises:
        InputError: what was stored cannot be read; nothing has run then.
    """
    folder = results_folder(cfg)
    # Both now: a damaged file is refused before anything is measured.
    before = {
        name: Result.read(folder, name)
        for name in BENCHMARKS
        if (folder / f"{name}.json").is_file()
    }
    history.read(folder)
    found = []
    for each in results:
        print(each.write(folder))
        found.append(each)
    table = history.compared(found, before, **plain(cfg.bench.comparison))
    print(history.append(folder, table))
    return history.told(table)
