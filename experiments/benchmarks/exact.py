"""Effective draws a forward pass of exact samplers, on equal passes, from draws of `make exact`.

For example:

    .venv/bin/python -m experiments.benchmarks.exact
    .venv/bin/python -m experiments.benchmarks.exact samples.count=4
    .venv/bin/python -m experiments.benchmarks.exact "exact.thresholds=[1e-2]"
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from omegaconf import DictConfig
from scipy.stats import spearmanr

from eglass.configuration import command
from eglass.errors import InputError
from eglass.posterior import HMC, Angles, Draws, Info, Posterior, Reflections, Slices, State
from eglass.posterior.noise import GaussianNoise, UniformBall
from eglass.posterior.rounded import is_sooner
from eglass.progress import bar
from eglass.records import Record
from eglass.workflows.exact_records import exact_folder
from eglass.workflows.networks import Networks, networks
from eglass.workflows.photographs import measure
from eglass.workflows.targets import Target, samples

from .results import Result
from .samplers import PCN
from .timing import result

#: Chains, each from an exact draw; and the passes of each contender in all.
CHAINS, PASSES = 24, 4000
#: Eigenvectors of H_Y that count as measured.
MEASURED = 20
#: Where a chain is after a move, and what that took.
Step = Callable[[State, torch.Generator], tuple[State, Info]]


def contenders(posterior: Posterior, H_Y: torch.Tensor, state: State) -> dict[str, Step]:
    """Return every way to move, by name."""
    plain, weighted = Angles.plain(posterior.dim), Angles.of(H_Y, posterior)
    kernels: dict[str, Any] = {
        "plain slices": Slices(angles=plain),
        "weighted slices": Slices(angles=weighted),
        "plain reflections": Reflections(angles=plain, angle=0.04, steps=5),
        "weighted reflections": Reflections(angles=weighted),
    }
    if isinstance(posterior.noise, GaussianNoise):
        kernels |= {
            "HMC, identity": HMC.of(torch.zeros_like(H_Y), posterior, step=0.02, leaps=5),
            "HMC, H_Y": HMC.of(H_Y, posterior, step=0.3, leaps=5),
        }
    steps: dict[str, Step] = {
        name: partial(kernel.step, posterior) for name, kernel in kernels.items()
    }
    if isinstance(posterior.noise, UniformBall):
        ladder = PCN().begun(state)

        def tempered(at: State, rng: torch.Generator) -> tuple[State, Info]:
            nonlocal ladder
            ladder, at, info = ladder.step_all(posterior, at, rng)
            return at, info

        steps["tempered pCN"] = tempered
    return steps


def effective(
    step: Step, state: State, basis: torch.Tensor, spread: torch.Tensor, rng: torch.Generator
) -> dict[str, float]:
    """Return effective draws to a thousand passes: of latents, and of what is measured of them.

    Chains begin with exact draws, so that a lag's correlation ρ is 1 − half of the mean squared
    move over the variance; as ρ^(1/lag) a move, a draw is worth tanh(−log(ρ)/(2 lag)) of them.

    Args:
        basis: eigenvectors of H_Y, in columns, what is measured most last.
        spread: variance of draws of each number, then along each eigenvector.
    """
    first, passes, moves = state.z, 0, 0
    found: list[tuple[float, float]] = []
    while passes < PASSES:
        state, info = step(state, rng)
        passes, moves = passes + info.passes, moves + 1
        change = state.z - first
        both = torch.cat([change, change @ basis], 1).square().mean(0) / spread
        rho = 1 - both / 2
        dim = len(basis)
        found.append((float(rho[:dim].mean()), float(rho[2 * dim - MEASURED :].mean())))
    a_move = passes / moves / len(first)

    def a_thousand(which: int) -> float:
        # The lag at which half is forgotten says most.
        lag = min(range(len(found)), key=lambda i: abs(found[i][which] - 0.5))
        rho = min(max(found[lag][which], 0.02), 0.9999)
        return 1000 * math.tanh(-math.log(rho) / (2 * (lag + 1))) / a_move

    return {"latents": a_thousand(0), "measured": a_thousand(1), "passes_a_move": a_move}


@dataclass(frozen=True)
class Recorded:
    """One exact set that is recorded.

    Attributes:
        problem, target, threshold: which.
        draws: of it.
        posterior: what they are draws of.
    """

    problem: str
    target: Target
    threshold: float
    draws: Draws
    posterior: Posterior


def recorded(cfg: DictConfig, nets: dict[str, Networks]) -> list[Recorded]:
    """Return the exact sets that a profile has, of its samples.

    Raises:
        InputError: there are none.
    """
    found = []
    for section in cfg.problems.values():
        generator, first = nets[section.name].generator, None
        for target in samples(cfg):
            for threshold in cfg.exact.thresholds:
                folder = exact_folder(cfg, section.name, target, threshold)
                if not (folder / "record.json").is_file():
                    continue
                record = Record.load(folder)
                if "draws" in record.meta:
                    problem = measure(section, target, generator, cfg.seed).problem
                    # All have one operator, which measures an image once for all of them.
                    first = first or problem
                    problem = first.with_measurement(problem.measurement)
                    posterior = Posterior(problem, generator, UniformBall(threshold=threshold))
                    draws = Draws.of_record(record)
                    found.append(Recorded(section.name, target, threshold, draws, posterior))
    if not found:
        raise InputError(f"no draws in {cfg.results}: run `make exact` first")
    return found


def measure_all(cfg: DictConfig) -> Result:
    """Let every contender move from the draws that are recorded."""
    nets, rows = networks(cfg, cfg.problems), []
    for one in bar(recorded(cfg, nets), desc="exact samplers"):
        draws, rng = one.draws, torch.Generator().manual_seed(cfg.seed)
        chosen = draws.flat[torch.randperm(len(draws), generator=rng)[:CHAINS]]
        posterior = one.posterior
        if is_sooner(posterior.generator.device):
            posterior = posterior.rounded()
        state = State.at(posterior, chosen)
        H_Y = one.posterior.metric(chosen[:8])
        basis = Angles.of(H_Y, posterior).basis
        everything = torch.cat([draws.flat, draws.flat @ basis], 1)
        for name, step in contenders(posterior, H_Y, state).items():
            found = effective(step, state, basis, everything.var(0), rng)
            about = {
                "problem": one.problem,
                "target": one.target["name"],
                "threshold": one.threshold,
            }
            measured = float(H_Y.trace()) / one.threshold
            rows.append({**about, "trace_over_threshold": measured, "contender": name, **found})
    runs = pd.DataFrame(rows)
    tables = {"runs": runs, "gains": gains(runs), "summary": summary(runs)}
    return result(cfg, "exact", nets[next(iter(nets))].device, tables)


def gains(runs: pd.DataFrame) -> pd.DataFrame:
    """Return, for each target, how many times plain slices' effective draws others have."""
    about = ["problem", "target", "threshold", "trace_over_threshold"]
    parts = []
    for value in ("latents", "measured"):
        wide = runs.pivot(index=about, columns="contender", values=value)
        ratio = wide.div(wide["plain slices"], axis=0).drop(columns="plain slices")
        parts.append(ratio.stack().rename(value))
    return pd.concat(parts, axis=1).reset_index()


def summary(runs: pd.DataFrame) -> pd.DataFrame:
    """Return medians over targets, and Spearman's correlation of gains with tr H_Y/τ."""
    key = ["problem", "threshold", "contender"]
    values = ["latents", "measured"]
    found = runs.groupby(key, sort=False)[[*values, "passes_a_move"]].median()
    by = gains(runs).groupby(key)
    for value in values:
        found[f"{value}_gain"] = by[value].median()
        found[f"{value}_spearman"] = pd.Series(
            {
                of: spearmanr(part["trace_over_threshold"], part[value]).statistic
                for of, part in by
                if len(part) > 2
            },
            dtype=float,
        )
    return found.reset_index()


def main(cfg: DictConfig) -> None:
    place = Path(__file__).parent / "results" / "cpu"
    print(measure_all(cfg).write(place))


if __name__ == "__main__":
    command(main)
