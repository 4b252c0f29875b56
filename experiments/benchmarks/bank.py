"""Exact draws against ground truth: a bank of draws of the prior, of which the feasible are kept.

Of the sets that `make exact` has recorded: log10 P of both, and a permutation test of the energy
distance between their images, where the bank has enough that are feasible. For example:

    .venv/bin/python -m experiments.benchmarks.bank
    .venv/bin/python -m experiments.benchmarks.bank samples.count=4
    .venv/bin/python -m experiments.benchmarks.bank '~problem@problems.inpainting'
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from omegaconf import DictConfig

from eglass.configuration import command
from eglass.evaluation.scoreboard import score
from eglass.perceptual import PerceptualMetric
from eglass.posterior import Draws, reject
from eglass.posterior.cells import spaced
from eglass.posterior.rounded import is_sooner
from eglass.progress import ProgressBar
from eglass.workflows.networks import networks

from .exact import Recorded, recorded
from .results import Result
from .timing import result

#: Draws of the prior; feasible ones from which on images are compared; and images of each kind.
DRAWS, HITS, IMAGES = 2_000_000, 200, 200


@torch.no_grad()
def beside(
    one: Recorded, bank: Draws, perceptual: PerceptualMetric, rng: np.random.Generator
) -> dict[str, Any]:
    """Return one exact set beside what the bank has of it.

    Args:
        bank: independent draws of the same set.
        perceptual: what is seen of their images.
        rng: of the permutation test.
    """
    draws = one.draws
    error = float(np.hypot(draws.log10_p_error, bank.log10_p_error))
    found = {
        "problem": one.problem,
        "target": one.target["name"],
        "threshold": one.threshold,
        "hits": len(bank),
        "log10_p": draws.log10_p,
        "log10_p_error": draws.log10_p_error,
        "bank_log10_p": bank.log10_p,
        "bank_log10_p_error": bank.log10_p_error,
        "bank_excess": bank.excess,
        "errors_apart": (draws.log10_p - bank.log10_p) / error,
        "runs_apart": max(draws.log10_p_runs) - min(draws.log10_p_runs),
        "energy": math.nan,
        "p_value": math.nan,
    }
    if len(bank) < HITS:
        return found
    device = one.posterior.generator.device
    images, truth = (
        one.posterior.images(spaced(each.flat, IMAGES).to(device)) for each in (draws, bank)
    )
    compared = score(images, truth, perceptual, rng=rng)
    return found | {"energy": compared.energy, "p_value": compared.p_value}


def measure_all(cfg: DictConfig, count: int = DRAWS) -> Result:
    """Draw one bank of the prior for each generator, and hold all exact sets against it."""
    nets, rows = networks(cfg, cfg.problems), []
    asked = recorded(cfg, nets)
    for net in {id(net.generator): net for net in nets.values()}.values():
        of_it = [each for each in asked if each.posterior.generator is net.generator]
        rng = torch.Generator().manual_seed(cfg.seed)
        posteriors = [each.posterior for each in of_it]
        rounded = is_sooner(net.generator.device)
        found = reject(posteriors, count, rng, rounded=rounded, progress=ProgressBar())
        tests = np.random.default_rng(cfg.seed)
        rows += [beside(one, bank, net.perceptual, tests) for one, bank in zip(of_it, found)]
    sets = pd.DataFrame(rows)
    tables = {"sets": sets, "summary": summary(sets)}
    return result(cfg, "bank", nets[next(iter(nets))].device, tables)


def summary(sets: pd.DataFrame) -> pd.DataFrame:
    """Return, for each problem and threshold, how many sets agree with the bank, and in what."""
    seen = sets[sets["hits"] > 0].assign(
        within_two=lambda table: table["errors_apart"].abs() <= 2,
        compared=lambda table: table["hits"] >= HITS,
        not_told=lambda table: table["p_value"] > 0.01,
        close=lambda table: table["runs_apart"] <= 0.3,
    )
    by = seen.groupby(["problem", "threshold"], sort=False)
    counted = by[["within_two", "close", "compared", "not_told"]].sum()
    return counted.assign(sets=by.size(), least_p=by["p_value"].min()).reset_index()


def main(cfg: DictConfig) -> None:
    place = Path(__file__).parent / "results" / "cpu"
    print(measure_all(cfg).write(place))


if __name__ == "__main__":
    command(main)
