"""Work a chunk at a time within the memory that there is."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from eglass.errors import InputError

T = TypeVar("T")

#: Of the memory that is free, what a budget left to itself takes.
SHARE = 0.6


def budget(memory_gb: float | None, device: torch.device) -> int:
    """Return a budget in bytes: the one given, in gigabytes, or a share of what is free."""
    return int(SHARE * free_bytes(device)) if memory_gb is None else int(memory_gb * 1e9)


def free_bytes(device: torch.device) -> int:
    """Return the memory of a device that new tensors can have."""
    if device.type == "cuda":
        unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + unused
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        free = next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable"))
        free *= 1024
    except (OSError, StopIteration):  # Not Linux: half of all the memory.
        free = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    try:  # A container's limit, which /proc/meminfo does not know.
        limit, used = (
            int(Path("/sys/fs/cgroup", name).read_text())
            for name in ("memory.max", "memory.current")
        )
        return min(free, limit - used)
    except (OSError, ValueError):
        return free


class PeakBytes(TorchDispatchMode):
    """Measures, on any device, what tensors made within it take at most at once: `peak`.

    `largest` is what the largest of them takes that is of one in a batch, and none of the weights',
    `total` what all of them would together.

    Scratch space inside an operation is not seen.
    """

    def __init__(self) -> None:
        super().__init__()
        self.live = self.peak = self.largest = self.total = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        known = {storage_key(tensor) for tensor in tensors(args, kwargs)}
        for tensor in tensors(result):
            if storage_key(tensor) not in known:
                known.add(storage_key(tensor))
                storage = tensor.untyped_storage()
                if tensor.shape[:1] == (1,):
                    self.largest = max(self.largest, storage.nbytes())
                self.total += storage.nbytes()
                self._add(storage.nbytes())
                weakref.finalize(storage, self._add, -storage.nbytes())
        return result

    def _add(self, size: int) -> None:
        self.live += size
        self.peak = max(self.peak, self.live)


def tensors(*values: Any) -> Iterator[Tensor]:
    """Yield the tensors among values that lie in memory entry by entry, in containers as well."""
    for value in values:
        if isinstance(value, Tensor):
            if value.layout == torch.strided:
                yield value
        elif isinstance(value, (list, tuple)):
            yield from tensors(*value)
        elif isinstance(value, dict):
            yield from tensors(*value.values())


def storage_key(tensor: Tensor) -> int:
    """Return what tells the memory that a tensor lies in, as long as that is alive."""
    return tensor.untyped_storage()._cdata


class Chunks:
    """Applies functions to a few rows at a time: fewer from the moment that memory runs out.

    Args:
        size: rows at a time.
    """

    def __init__(self, size: int):
        self.size = size

    def map(self, function: Callable[[Tensor], T], rows: Tensor) -> Iterator[tuple[slice, T]]:
        """Yield which rows, and what the function makes of them; nothing is computed twice.

        Raises:
            InputError: not even one row fits.
        """
        start = 0
        while start < len(rows):
            at = slice(start, min(start + self.size, len(rows)))
            try:
                result = function(rows[at])
            except (RuntimeError, MemoryError) as error:
                if not out_of_memory(error):
                    raise
                if at.stop - start == 1:
                    raise InputError(
                        "memory ran out on a single latent direction: set geometry.memory_gb to "
                        "less than is free, and end what else takes memory"
                    ) from None
                self.size = (at.stop - start) // 2
            else:
                yield at, result
                start = at.stop
                continue
            # Out here the error, which keeps the failed attempt's tensors alive, is gone.
            if rows.device.type == "cuda":
                torch.cuda.empty_cache()


def out_of_memory(error: BaseException) -> bool:
    """Say whether PyTorch raised an error for want of memory, on a GPU or on the CPU."""
    return isinstance(error, (torch.OutOfMemoryError, MemoryError)) or (
        "can't allocate memory" in str(error)
    )
