"""One job of a sweep: settings in, a number out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.utils import get_class
from omegaconf import DictConfig

from eglass.configuration.build import plain
from eglass.errors import InputError
from eglass.evaluation.summary import numbers, summarise
from eglass.pipeline import in_words
from eglass.progress import ProgressBar
from eglass.recording import weights
from eglass.records import Origin, Record, fingerprint, names
from eglass.records.environment import environment
from eglass.workflows import tracking
from eglass.workflows.exploration import Task
from eglass.workflows.networks import Networks, networks
from eglass.workflows.recorded import configuration
from eglass.workflows.targets import samples
from eglass.workflows.work import Work, done


def check(cfg: DictConfig) -> None:
    """Refuse an objective that is no number of a job's summary.

    Raises:
        InputError: it is none.
    """
    methods = [
        names.EIGENVECTORS_STEPS, names.ALGORITHM1_STEPS, names.EIGENVECTORS, names.ALGORITHM1
    ]  # fmt: skip
    methods += [] if cfg.baseline is None else [names.PULSE]
    metric: Any = get_class(cfg.perceptual["_target_"])
    known = numbers(methods, metric.key)
    if cfg.objective not in known:
        raise InputError(f"objective is {cfg.objective}: expected one of {', '.join(known)}")
    tracking.tracker(cfg)


def rehearse(cfg: DictConfig) -> Networks:
    """Load the networks and try every setting, but compute nothing long.

    Raises:
        InputError: one of them cannot be used.
    """
    check(cfg)
    nets = networks(cfg, [cfg.problem.name])[cfg.problem.name]
    Task(cfg, cfg.problem, samples(cfg)[0], nets).check()
    return nets


def run(cfg: DictConfig) -> Record:
    """Return the record of a job: every target explored with these settings, or read back.

    Raises:
        InputError: a setting cannot be used.
    """
    check(cfg)
    targets = samples(cfg)
    config = {"explorations": [configuration(cfg, cfg.problem, each) for each in targets]}
    folder = Path(cfg.results) / "jobs" / fingerprint(config)
    place, origin = folder / "job", Origin.of(config)

    def compute() -> Record:
        nets = rehearse(cfg)
        here = cfg.copy()
        here.results = str(folder)
        progress = ProgressBar()
        tasks = [Task(here, cfg.problem, each, nets) for each in targets]
        found = done(here, [task.work(progress) for task in tasks], "explorations")
        table = pd.DataFrame([{"target": r.meta["target"]["name"]} | summarise(r) for r in found])
        record = Record(
            meta={
                "settings": plain(cfg) | {"choices": dict(HydraConfig.get().runtime.choices)},
                "overrides": list(overrides()),
                "summary": table.mean(numeric_only=True).to_dict(),
                "weights": weights(nets.generator, nets.perceptual),
                "environment": environment(in_words(nets.device)),
            }
            | origin.meta,
            tables={"targets": table},
        )
        record.save(place)
        return record

    (record,) = done(cfg, [Work(folder.name, place, origin, compute)], "jobs")
    tracking.tracker(cfg).log_job(record, folder.name)
    return record


def overrides() -> dict[str, Any]:
    """Return what this job was told on its command line, or by its sweeper."""
    parsed = OverridesParser.create().parse_overrides(list(HydraConfig.get().overrides.task))
    return {each.key_or_group: each.value() for each in parsed}
