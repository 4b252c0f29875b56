"""The root that trains a generator."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from eglass.configuration.schema.parts import Command, Tracking
from eglass.configuration.schema.sections import OPTIONAL, Node, Section, target
from eglass.settings import Count, Mirrored, Natural, Positive, Range, Several, Share, Text

#: (channels, height, width).
Size = Annotated[
    list[Count],
    Field(min_length=3, max_length=3, description="[channels, height, width], from 1 on"),
]


@target("images", "eglass.training.read_folder")
class Folder(Section):
    folder: Text | None
    value_range: Range | None = OPTIONAL


@target("images", "eglass.training.drawn_phantoms")
class Phantoms(Section):
    count: Count
    seed: Natural = OPTIONAL


@target("training", "eglass.training.Training")
class TrainingSettings(Section):
    latent_dim: Several = OPTIONAL
    width: Count = OPTIONAL
    steps: Count = OPTIONAL
    batch: Several = OPTIONAL
    lr: Positive = OPTIONAL
    mirrored: Mirrored | None = OPTIONAL
    deviation: Positive = OPTIONAL
    prior_steps: Count = OPTIONAL
    prior_batch: Count = OPTIONAL
    prior_lr: Positive = OPTIONAL
    every: Count = OPTIONAL
    patience: Count = OPTIONAL


class Train(Command):
    tracking: Tracking
    images: Annotated[Any, Node("images")]
    size: Size
    held_out: Share
    searched: Count
    training: Annotated[Any, Node("training")]
