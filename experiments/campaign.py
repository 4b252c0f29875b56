"""All the explorations that figures and claims are drawn from: run them, or read them back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from omegaconf import DictConfig
from tqdm import tqdm

from eglass.errors import InputError
from eglass.records import Record, is_current
from experiments import building, exploration, tracking
from experiments.building import Networks
from experiments.cli import command

#: Records by problem, then by target; the photograph comes first.
Records = dict[str, dict[str, Record]]

#: Which targets of a problem to explore.
Chosen = Callable[[DictConfig, str], list[dict[str, Any]]]


def targets(cfg: DictConfig, problem: str) -> list[dict[str, Any]]:
    """Describe the photograph and the samples of a problem.

    Raises:
        InputError: there is no such photograph, or there are no samples.
    """
    if cfg.samples.count < 1:
        raise InputError(f"samples.count is {cfg.samples.count}: expected at least 1")
    return [building.photograph(cfg, problem), *building.samples(cfg)]


def shown_targets(cfg: DictConfig, problem: str) -> list[dict[str, Any]]:
    """Describe the two targets that the figures show: the photograph and one sample.

    Raises:
        InputError: there is no such sample.
    """
    photograph, *samples = targets(cfg, problem)
    if not 0 <= cfg.samples.shown < len(samples):
        raise InputError(
            f"samples.shown is {cfg.samples.shown}: expected 0 to {len(samples) - 1}, the number "
            "of a sample"
        )
    return [photograph, samples[cfg.samples.shown]]


def shard(cfg: DictConfig, problem: str) -> list[dict[str, Any]]:
    """Describe the targets of one job, `cfg.shard`.

    Raises:
        InputError: there is no such shard.
    """
    index, of = cfg.shard.index, cfg.shard.of
    if not 0 <= index < of:
        raise InputError(f"shard.index is {index} of {of}: expected 0 to {of - 1}")
    return targets(cfg, problem)[index::of]


def check(cfg: DictConfig, nets: dict[str, Networks]) -> None:
    """Try the settings of every problem before anything long is computed.

    Raises:
        InputError: one of them cannot be used.
    """
    tracking.tracker(cfg)
    for problem in cfg.problems.values():
        for target in shown_targets(cfg, problem.name):
            exploration.check(cfg, problem, target, nets[problem.name])
    for target in building.samples(cfg):
        if "path" in target:
            building.load_photograph(target)


def run(cfg: DictConfig, nets: dict[str, Networks], chosen: Chosen = targets) -> Records:
    """Explore every problem on the chosen targets; what is recorded already is read back."""
    pairs = [
        (problem, target)
        for problem in cfg.problems.values()
        for target in chosen(cfg, problem.name)
    ]
    records: Records = {name: {} for name in cfg.problems}
    with tqdm(pairs, desc="explorations", dynamic_ncols=True) as bar:
        for problem, target in bar:
            bar.set_postfix_str(f"{problem.name}, {target['name']}")
            record = exploration.explore(cfg, problem, target, nets[problem.name])
            records[problem.name][target["name"]] = record
    return records


def load(cfg: DictConfig) -> Records:
    """Read back the records of all targets; needs no weights.

    Raises:
        InputError: one is missing, or is of another configuration.
    """
    records: Records = {}
    for name, problem in cfg.problems.items():
        records[str(name)] = {}
        for target in targets(cfg, problem.name):
            place = exploration.folder(cfg, problem, target)
            if not is_current(place, exploration.configuration(cfg, problem, target)):
                raise InputError(
                    f"no record of this configuration at {place}: run `make reproduce "
                    f"PROFILE={cfg.profile.name}` with the same overrides first"
                )
            records[str(name)][target["name"]] = Record.load(place)
    return records


def rehearse(cfg: DictConfig) -> dict[str, Networks]:
    """Load the networks and try every setting, but compute nothing long.

    Raises:
        InputError: one of them cannot be used.
    """
    nets = building.networks(cfg, cfg.problems)
    check(cfg, nets)
    return nets


def main(cfg: DictConfig) -> None:
    nets = rehearse(cfg)
    found = run(cfg, nets, shard)
    count = sum(len(by_target) for by_target in found.values())
    print(f"shard {cfg.shard.index} of {cfg.shard.of}: {count} explorations recorded")


if __name__ == "__main__":
    command(main)
