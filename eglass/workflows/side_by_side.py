"""Records computed by several processes of one thread each, which share the work by its locks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import torch
from omegaconf import DictConfig

from eglass.records import Record
from eglass.workflows.helpers import helpers
from eglass.workflows.work import Work, done, help_with, is_done


def done_side_by_side(
    cfg: DictConfig, work: Sequence[Work], title: str, device: torch.device
) -> list[Record]:
    """Return all records, as `done` does, with the help of other processes where that is sooner.

    Args:
        title: what the progress is called.
        device: what computes.
    """
    with side_by_side(cfg, work, device):
        return done(cfg, work, title)


@contextmanager
def side_by_side(cfg: DictConfig, work: Sequence[Work], device: torch.device) -> Iterator[None]:
    """Have other processes compute what is missing of it as well, while this one does within.

    On a CPU, as many compute as PyTorch would have taken threads: the threads of one process wait
    for one another between small operations.
    """
    missing = [each for each in work if not is_done(cfg, each)]
    processes = min(torch.get_num_threads(), len(missing))
    if device.type != "cpu" or processes < 2:
        yield
        return
    with one_thread(), helpers(partial(help_with, cfg, missing), processes - 1):
        yield


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute with one thread within."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
