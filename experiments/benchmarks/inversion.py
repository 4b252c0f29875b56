"""Steps a second of the latent search, against a bare PyTorch loop of the same arithmetic.

For example:

    .venv/bin/python -m experiments.benchmarks.inversion
    .venv/bin/python -m experiments.benchmarks.inversion device=cuda
    .venv/bin/python -m experiments.benchmarks.inversion bench.inversion.starts=[1,6,12]
"""

from __future__ import annotations

from functools import partial

import pandas as pd
import torch
from jaxtyping import Float
from omegaconf import DictConfig
from torch import Tensor

from eglass.configuration import command
from eglass.generators import Generator
from eglass.inversion import LatentSearch
from eglass.problems import Problem
from eglass.progress import bar
from eglass.workflows import photographs
from eglass.workflows.networks import networks
from eglass.workflows.targets import samples

from .results import BARE, LIGHTNING, Result, ratios, spread
from .timing import interleaved, keep, result

#: An ℓ2 that no start reaches: both contenders check for it after every step.
NEVER = 1e-12


def lightning(
    generator: Generator, problem: Problem, starts: Tensor, *, steps: int, lr: float, weight: float
) -> Float[Tensor, " start"]:
    """Search with the project's own module, its trainer's set-up included."""
    search = LatentSearch(generator, problem, starts, lr=lr, prior_weight=weight, stop_at=NEVER)
    search.minimise(steps, "benchmark")
    return search.best_l2


def bare(
    generator: Generator, problem: Problem, starts: Tensor, *, steps: int, lr: float, weight: float
) -> Float[Tensor, " start"]:
    """Do the same by hand: no trainer, no progress bar, no checkpoint."""
    latents = starts.clone().requires_grad_()
    optimizer = torch.optim.Adam([latents], lr=lr)
    best_latents, best_l2 = starts.clone(), starts.new_full((len(starts),), torch.inf)
    losses = []
    for _ in range(steps):
        l2 = problem.l2(generator(latents))
        losses.append(l2.detach())
        better = losses[-1] < best_l2
        best_l2 = torch.where(better, losses[-1], best_l2)
        best_latents = torch.where(better[:, None], latents.detach(), best_latents)
        if (best_l2 <= NEVER).any():
            break
        optimizer.zero_grad()
        (l2 + weight * latents.square().mean(1)).sum().backward()
        optimizer.step()
    return best_l2


def measure(cfg: DictConfig) -> Result:
    """Time both, from one start and from several."""
    settings, name = cfg.bench.inversion, next(iter(cfg.problems))
    nets = networks(cfg, [name])[name]
    target = samples(cfg)[0]
    problem = photographs.measure(cfg.problems[name], target, nets.generator, cfg.seed).problem
    parts = []
    for count in bar(settings.starts, desc="inversion"):
        starts = nets.generator.sample(count, torch.Generator().manual_seed(cfg.seed))
        run = {
            contender: partial(
                search,
                nets.generator,
                problem,
                starts,
                steps=settings.steps,
                lr=settings.lr,
                weight=settings.prior_weight,
            )
            for contender, search in ((LIGHTNING, lightning), (BARE, bare))
        }
        for warm_up in run.values():
            warm_up()
        parts.append(interleaved(run, settings.repetitions, nets.device).assign(starts=count))
    runs = pd.concat(parts, ignore_index=True)
    runs["steps_a_second"] = settings.steps / runs["seconds"]
    tables = {
        "runs": runs,
        "summary": spread(runs, ["starts", "contender"], "steps_a_second"),
        "ratios": ratios(runs, [(LIGHTNING, BARE)], by=["starts"], paired=["repetition"]),
    }
    return result(cfg, "inversion", nets.device, tables)


def main(cfg: DictConfig) -> None:
    print(keep(cfg, map(measure, [cfg])))


if __name__ == "__main__":
    command(main, "bench")
