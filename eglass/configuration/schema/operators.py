"""What may be said of our operators; deepinv's are checked when they are built."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import PlainValidator, model_validator

from eglass.configuration.schema.sections import (
    OPTIONAL,
    AnyNode,
    Node,
    Section,
    target,
    target_of,
    wrong,
)
from eglass.settings import Box, Count, FromZeroToOne, Seed, Text

PhysicsNode = Annotated[Any, Node("physics")]


@target("physics", "eglass.problems.inpainting", "eglass.problems.operators.inpainting")
class Inpainting(Section):
    box: Box | None = OPTIONAL
    mask: Text | None = OPTIONAL

    @model_validator(mode="after")
    def _one(self) -> Inpainting:
        if self.box is None and self.mask is None:
            raise wrong("a box or a mask image: one of them")
        return self


def _filter(given: Any) -> Any:
    named = ("gaussian", "bilinear", "bicubic", "sinc")
    if isinstance(given, dict):
        target_of(given)
    elif given is not None and given not in named:
        raise wrong(f"{', '.join(named)}, null, or a section with a _target_")
    return given


@target("physics", "eglass.problems.tomography", "eglass.problems.operators.tomography")
class Tomography(Section):
    angles: Count = OPTIONAL


@target("physics", "eglass.problems.Downsampling", "eglass.problems.operators.Downsampling")
class Downsampling(Section):
    """deepinv's, as ours computes it.

    Attributes:
        filter: which one pixel of many is made of; null takes every so-manieth pixel.
        factor: how many times smaller height and width become.
        padding: what is beyond the image's edge.
    """

    filter: Annotated[Any, PlainValidator(_filter)] = OPTIONAL
    factor: Count = OPTIONAL
    padding: Literal["valid", "circular", "replicate", "reflect", "zeros"] = OPTIONAL


@target(
    "physics", "eglass.problems.FourierSubsampling", "eglass.problems.operators.FourierSubsampling"
)
class FourierSubsampling(Section):
    acceleration: Count = OPTIONAL
    center_fraction: FromZeroToOne = OPTIONAL
    seed: Seed = OPTIONAL

    @model_validator(mode="after")
    def _measured(self) -> FourierSubsampling:
        given = {"acceleration", "center_fraction"} <= self.model_fields_set
        if given and self.center_fraction * self.acceleration > 1:
            raise wrong(
                f"a number from 0 to 1/acceleration, 1/{self.acceleration}", "center_fraction"
            )
        return self


@target("physics", "eglass.problems.LinearFunction", "eglass.problems.operators.LinearFunction")
class LinearFunction(Section):
    A: AnyNode
    A_adjoint: AnyNode | None = OPTIONAL
