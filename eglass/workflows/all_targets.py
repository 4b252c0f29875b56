"""All the explorations that figures and claims are drawn from."""

from __future__ import annotations

from collections.abc import Callable

from omegaconf import DictConfig

from eglass.progress import ProgressBar
from eglass.workflows import tracking
from eglass.workflows.exploration import Task
from eglass.workflows.networks import Networks, networks
from eglass.workflows.photographs import load_photograph
from eglass.workflows.recorded import Records
from eglass.workflows.side_by_side import done_side_by_side
from eglass.workflows.targets import Target, samples, shown_targets, targets

#: Which targets of a problem to explore.
Chosen = Callable[[DictConfig, str], list[Target]]


def check(cfg: DictConfig, nets: dict[str, Networks], chosen: Chosen = shown_targets) -> None:
    """Try the settings of every problem before anything long is computed.

    Raises:
        InputError: one of them cannot be used.
    """
    tracking.tracker(cfg)
    for problem in cfg.problems.values():
        for target in chosen(cfg, problem.name):
            Task(cfg, problem, target, nets[problem.name]).check()
    if "samples" in cfg:
        wanted = {each.generator.image_size[0] for each in nets.values()}
        for target in samples(cfg):
            if "path" in target:
                for channels in wanted:
                    load_photograph(target, channels)


def run(cfg: DictConfig, nets: dict[str, Networks], chosen: Chosen = targets) -> Records:
    """Explore every problem on the chosen targets; what is recorded already is read back."""
    tasks = [
        Task(cfg, problem, target, nets[problem.name])
        for problem in cfg.problems.values()
        for target in chosen(cfg, problem.name)
    ]
    records: Records = {name: {} for name in cfg.problems}
    progress = ProgressBar()
    work, device = [task.work(progress) for task in tasks], tasks[0].networks.device
    found = done_side_by_side(cfg, work, "explorations", device)
    for task, record in zip(tasks, found):
        records[task.problem.name][task.target["name"]] = record
    return records


def rehearse(cfg: DictConfig) -> dict[str, Networks]:
    """Load the networks and try every setting, but compute nothing long.

    Raises:
        InputError: one of them cannot be used.
    """
    nets = networks(cfg, cfg.problems)
    check(cfg, nets)
    return nets
