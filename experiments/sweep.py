"""One job of a sweep: settings in, a number out. With `--multirun`, Optuna chooses the settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig

from eglass.evaluation.claims import EDGE, EGLASS, EIGENVECTOR, EIGENVECTOR_EDGE, PULSE
from eglass.errors import InputError
from eglass.records import Record, environment, fingerprint, is_current
from eglass.evaluation.summary import names, summarise
from experiments import building, exploration, tracking
from experiments.building import Networks, plain
from experiments.cli import command


def check(cfg: DictConfig) -> None:
    """Try what is a sweep's own, which takes no time.

    Raises:
        InputError: it cannot be used.
    """
    methods = [EIGENVECTOR, EGLASS, EIGENVECTOR_EDGE, EDGE]
    known = names(methods if cfg.baseline is None else [*methods, PULSE])
    if cfg.objective not in known:
        raise InputError(f"objective is {cfg.objective}: expected one of {', '.join(known)}")
    if cfg.eta <= 0:
        raise InputError(f"eta is {cfg.eta}: expected a step above 0, to be taken both ways")
    if not building.samples(cfg):
        raise InputError(f"samples.count is {cfg.samples.count}: expected at least 1")
    tracking.tracker(cfg)


def rehearse(cfg: DictConfig) -> Networks:
    """Load the networks and try every setting, but compute nothing long.

    Raises:
        InputError: one of them cannot be used.
    """
    check(cfg)
    nets = building.networks(cfg, [cfg.problem.name])[cfg.problem.name]
    exploration.check(cfg, cfg.problem, building.samples(cfg)[0], nets)
    return nets


def run(cfg: DictConfig) -> Record:
    """Explore every target with these settings, or read back what is recorded already.

    Raises:
        InputError: a setting cannot be used.
    """
    check(cfg)
    targets = building.samples(cfg)
    config = {
        "explorations": [exploration.configuration(cfg, cfg.problem, each) for each in targets]
    }
    folder = Path(cfg.results) / "jobs" / fingerprint(config)
    place = folder / "job"
    if is_current(place, config):
        record = Record.load(place)
    else:
        nets = rehearse(cfg)
        here = cfg.copy()
        here.results = str(folder)
        found = [exploration.explore(here, cfg.problem, each, nets) for each in targets]
        table = pd.DataFrame([{"target": r.meta["target"]} | summarise(r) for r in found])
        record = Record(
            meta={
                "settings": plain(cfg) | {"choices": dict(HydraConfig.get().runtime.choices)},
                "overrides": list(overrides()),
                "summary": table.mean(numeric_only=True).to_dict(),
                "weights": exploration.weights(nets),
                "environment": environment(nets.device),
                "config": config,
            },
            tables={"targets": table},
        )
        record.save(place)
    tracking.tracker(cfg).log_job(record, folder.name)
    return record


def overrides() -> dict[str, Any]:
    """Return what this job was told on its command line, or by its sweeper."""
    parsed = OverridesParser.create().parse_overrides(list(HydraConfig.get().overrides.task))
    return {each.key_or_group: each.value() for each in parsed}


def main(cfg: DictConfig) -> float:
    record = run(cfg)
    score = record.meta["summary"][cfg.objective]
    settings = (
        f"{name}={value:.3g}" if isinstance(value, float) else f"{name}={value}"
        for name, value in overrides().items()
    )
    print(f"{cfg.objective} {score:.4f} ", *settings, flush=True)
    return score


if __name__ == "__main__":
    command(main, "sweep")
