"""The root that calibrates the exact samplers."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator

from eglass.configuration.schema.exploration import SamplerNode
from eglass.configuration.schema.networks import PerceptualNode
from eglass.configuration.schema.parts import Command, Generators, Problems, check_problems
from eglass.configuration.schema.sections import OPTIONAL, Node, Section, target
from eglass.settings import Count, Natural, Positive, Share


@target("noise", "eglass.posterior.UniformBall")
class UniformBall(Section):
    threshold: Positive


@target("noise", "eglass.posterior.GaussianNoise")
class GaussianNoise(Section):
    sigma: Positive


@target("moves", "eglass.evaluation.SliceMoves")
class SliceMoves(Section):
    particles: Natural = OPTIONAL


@target("moves", "eglass.evaluation.ReflectionMoves")
class ReflectionMoves(Section):
    particles: Natural = OPTIONAL
    angle: Positive = OPTIONAL
    steps: Count = OPTIONAL


@target("calibrated", "eglass.evaluation.FromTheTruth")
class FromTheTruth(Section):
    kernel: Annotated[Any, Node("moves")]
    moves: Count = OPTIONAL
    draws: Count = OPTIONAL
    rounded: Natural = OPTIONAL


@target("calibrated", "eglass.evaluation.FromScratch")
class FromScratch(Section):
    sampler: SamplerNode
    draws: Count = OPTIONAL


class Calibrated(Section):
    """A sampler, and on how many truths it is calibrated."""

    truths: Count
    sampler: Annotated[Any, Node("calibrated")]


class Calibrate(Command):
    generator: Generators
    perceptual: PerceptualNode
    problems: Problems
    together: Count
    noises: Annotated[dict[str, Annotated[Any, Node("noise")] | None], Field(min_length=1)]
    samplers: Annotated[dict[str, Calibrated | None], Field(min_length=1)]
    level: Share

    @model_validator(mode="after")
    def _cross(self) -> Calibrate:
        check_problems(self.problems, self.generator)
        return self
