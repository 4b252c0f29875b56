"""What may be said of our explorers, inversions and geometry.

A section has the arguments of what its target names, with types and ranges. Defaults are not here:
what is built has them, and `conf/` gives them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import model_validator

from eglass.configuration.schema.networks import PerceptualNode
from eglass.configuration.schema.sections import OPTIONAL, Node, Section, target, wrong
from eglass.settings import (
    Count,
    Fraction,
    Natural,
    NotNegative,
    Ordinals,
    Positive,
    Several,
    Share,
)

ExplorerNode = Annotated[Any, Node("explorer")]
InversionNode = Annotated[Any, Node("inversion")]
GeometryNode = Annotated[Any, Node("geometry")]
SamplerNode = Annotated[Any, Node("sampler")]
VerdictNode = Annotated[Any, Node("verdict")]


@target("explorer", "eglass.exploration.Algorithm1")
class Algorithm1(Section):
    K: Ordinals | Literal["auto"] = OPTIONAL
    k: Natural = OPTIONAL
    threshold: Share = OPTIONAL
    max_step: Positive = OPTIONAL
    bisections: Count = OPTIONAL
    path: Literal["straight", "sphere"] = OPTIONAL
    until_l2: Positive | None = OPTIONAL
    until_distance: Positive | None = OPTIONAL


@target("explorer", "eglass.exploration.Eigenvectors")
class Eigenvectors(Section):
    K: Ordinals = OPTIONAL
    max_step: Positive = OPTIONAL
    bisections: Count = OPTIONAL
    path: Literal["straight", "sphere"] = OPTIONAL
    until_l2: Positive | None = OPTIONAL
    until_distance: Positive | None = OPTIONAL


@target("explorer", "eglass.exploration.Pulse")
class Pulse(Section):
    steps: Count = OPTIONAL
    lr: Positive = OPTIONAL
    eps: Positive = OPTIONAL
    stop_at: Positive | None = OPTIONAL


@target("explorer", "eglass.exploration.TrustRegion")
class TrustRegion(Section):
    radius: Positive = OPTIONAL
    max_step: Positive = OPTIONAL
    bisections: Count = OPTIONAL
    path: Literal["straight", "sphere"] = OPTIONAL


@target("explorer", "eglass.exploration.RandomDirections")
class RandomDirections(Section):
    first_K: Count = OPTIONAL
    last_K: Count = OPTIONAL
    k: Natural = OPTIONAL
    share: Share = OPTIONAL
    min_step: NotNegative = OPTIONAL
    max_step: Positive = OPTIONAL
    batch: Count = OPTIONAL
    effort: Count = OPTIONAL

    @model_validator(mode="after")
    def _ordered(self) -> RandomDirections:
        if {"first_K", "last_K"} <= self.model_fields_set and self.first_K > self.last_K:
            raise wrong(f"a whole number up to last_K, {self.last_K}", "first_K")
        return self


@target("explorer", "eglass.exploration.PosteriorDraws")
class PosteriorDraws(Section):
    radius: Positive = OPTIONAL
    corrections: Count = OPTIONAL
    slack: Positive = OPTIONAL
    bisections: Count = OPTIONAL


@target("explorer", "eglass.exploration.Repulsion")
class Repulsion(Section):
    begin: ExplorerNode = OPTIONAL
    begin_at: Fraction = OPTIONAL
    steps: Count = OPTIONAL
    barrier: Positive = OPTIONAL
    softening: Positive = OPTIONAL
    first_step: Positive = OPTIONAL
    momentum: NotNegative = OPTIONAL
    radius: Positive = OPTIONAL


@target("sampler", "eglass.posterior.SMC")
class SMC(Section):
    runs: Several = OPTIONAL
    prior: Several = OPTIONAL
    ancestors: Several = OPTIONAL
    moves: Several = OPTIONAL
    share: Share = OPTIONAL
    move: Literal["reflections", "slices", "plain_slices"] = OPTIONAL
    angle: Positive = OPTIONAL
    arc: Positive = OPTIONAL
    metric_draws: Count = OPTIONAL
    precision: Literal["auto", "bfloat16", "float32"] = OPTIONAL
    chains: Several = OPTIONAL
    rhat: Positive = OPTIONAL
    ess: Positive = OPTIONAL
    most_moves: Count = OPTIONAL
    stall: Share = OPTIONAL


@target("explorer", "eglass.exploration.Exact")
class Exact(Section):
    sampler: SamplerNode = OPTIONAL


@target("inversion", "eglass.inversion.ImageAdaptiveInversion")
class ImageAdaptiveInversion(Section):
    scouts: Natural = OPTIONAL
    scout_steps: Count = OPTIONAL
    starts: Count = OPTIONAL
    steps: Count = OPTIONAL
    lr: Positive = OPTIONAL
    prior_weight: NotNegative = OPTIONAL
    adaptation_steps: Natural = OPTIONAL
    adaptation_latent_lr: Positive = OPTIONAL
    adaptation_weights_lr: Positive = OPTIONAL
    stop_at: Positive | Literal["auto"] | None = OPTIONAL
    back_project: bool = OPTIONAL


@target("inversion", "eglass.inversion.BankInversion")
class BankInversion(Section):
    bank: Several = OPTIONAL
    seed: Natural = OPTIONAL
    starts: Count = OPTIONAL
    steps: Count = OPTIONAL
    prior_weight: NotNegative = OPTIONAL
    adaptation_steps: Natural = OPTIONAL
    adaptation_latent_lr: Positive = OPTIONAL
    adaptation_weights_lr: Positive = OPTIONAL
    stop_at: Positive | Literal["auto"] | None = OPTIONAL
    back_project: bool = OPTIONAL


@target("geometry", "eglass.geometry.ExactGeometry")
class ExactGeometry(Section):
    memory_gb: Positive | None = OPTIONAL


@target("verdict", "eglass.evaluation.verdict.RangeTest")
class RangeTest(Section):
    network: PerceptualNode
    bank: Several = OPTIONAL
    held_out: Several = OPTIONAL
    searched: Several = OPTIONAL
    steps: Count = OPTIONAL
    lr: Positive = OPTIONAL
    prior_weight: NotNegative = OPTIONAL
    level: Share = OPTIONAL
    atypical: Positive = OPTIONAL
    seed: Natural = OPTIONAL
