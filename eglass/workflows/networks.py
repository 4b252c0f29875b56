"""What all targets of a run share: generators, the perceptual metric, the inversion, the device."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
from jaxtyping import Float
from omegaconf import DictConfig, OmegaConf
from torch import Tensor

from eglass.configuration.build import build, chosen_for
from eglass.errors import InputError
from eglass.evaluation.verdict import RangeTest
from eglass.exploration import StartingPoint, prior_spread
from eglass.generators import Generator
from eglass.geometry import ExactGeometry
from eglass.inversion import Inverted, TwoStageInversion
from eglass.perceptual import PerceptualMetric
from eglass.pipeline import find_start
from eglass.problems import Problem
from eglass.progress import Progress, silent


@dataclass(frozen=True)
class Networks:
    """Both networks on their device, and how a starting point is found with them.

    `inversion` and `range_test` may keep what they learn of them, such as a bank of latents.
    """

    generator: Generator
    perceptual: PerceptualMetric
    inversion: TwoStageInversion
    geometry: ExactGeometry
    device: torch.device
    range_test: RangeTest | None = None

    @cached_property
    def fresh_spread(self) -> Float[Tensor, "height width"]:
        """The spread of the generator's images without any measurement, estimated once."""
        return prior_spread(self.generator, rng=torch.Generator().manual_seed(0))

    def find_start(
        self,
        problem: Problem,
        rng: torch.Generator,
        *,
        inversion: Callable[..., Inverted] | None = None,
        workdir: Path | None = None,
        progress: Progress = silent,
    ) -> StartingPoint:
        """Return a starting point: `eglass.pipeline.find_start` with all of these."""
        return find_start(
            problem,
            self.generator,
            self.perceptual,
            inversion=inversion or self.inversion,
            geometry=self.geometry,
            rng=rng,
            workdir=workdir,
            progress=progress,
        )


def networks(
    cfg: DictConfig, problems: Iterable[str], inversion: DictConfig | None = None
) -> dict[str, Networks]:
    """Return the networks of every problem; a generator that several share is loaded once.

    Args:
        inversion: another than the configuration's own.

    Raises:
        InputError: weights are missing or altered, or a setting does not fit them.
    """
    device = torch_device(cfg.device)
    perceptual = build(cfg.perceptual).to(device)
    invert = build(cfg.inversion if inversion is None else inversion)
    geometry = build(cfg.geometry)
    range_test = build(cfg.verdict) if cfg.get("verdict") else None
    if range_test is not None:
        range_test.network.to(device)
    loaded: dict[str, Generator] = {}
    found = {}
    for problem in problems:
        node = chosen_for(cfg.generator, problem)
        key = OmegaConf.to_yaml(node, resolve=True)
        if key not in loaded:
            loaded[key] = build(node).to(device)
        found[problem] = Networks(loaded[key], perceptual, invert, geometry, device, range_test)
    return found


def torch_device(name: str) -> torch.device:
    """Return the device that `name` (auto, cpu, cuda) stands for.

    Raises:
        InputError: it is a GPU, and there is none.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise InputError("device is cuda, but PyTorch sees no GPU here: use device=cpu")
    return torch.device(name)
