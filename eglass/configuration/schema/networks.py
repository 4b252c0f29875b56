"""What may be said of our generators and perceptual metrics, and of modules of anybody's."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, model_validator

from eglass.configuration.schema.sections import OPTIONAL, AnyNode, Node, Section, target, wrong
from eglass.settings import (
    Channels,
    Count,
    Fraction,
    Natural,
    Ordinals,
    Positive,
    Range,
    Seed,
    Several,
    Text,
)

PerceptualNode = Annotated[Any, Node("perceptual")]
GeneratorNode = Annotated[Any, Node("generator")]
PriorNode = Annotated[Any, Node("prior")]


#: Of a module of anybody's.
WEIGHTS = "a path, included, random, or a section with a _target_"


def _weights(given: Any) -> Any:
    if isinstance(given, dict):
        return Node("file").validate(given)
    if not isinstance(given, str) or not given:
        raise wrong(WEIGHTS)
    return given


Weights = Annotated[Any, PlainValidator(_weights), Field(description=WEIGHTS)]


@target("perceptual", "eglass.perceptual.LPIPS")
class LPIPS(Section):
    net: Literal["alex", "vgg"] = OPTIONAL
    channels: Channels | None = OPTIONAL


@target("perceptual", "eglass.perceptual.Pixels")
class Pixels(Section):
    """It has no settings."""


@target("perceptual", "eglass.perceptual.Layers")
class Layers(Section):
    module: AnyNode
    layers: Annotated[list[Text], Field(min_length=1)]
    weights: Weights = OPTIONAL
    title: Text = OPTIONAL
    value_range: Range = OPTIONAL
    channels: Annotated[list[Natural], Field(min_length=1)] | None = OPTIONAL
    normalised: bool = OPTIONAL


@target("perceptual", "eglass.perceptual.WeightedSum")
class WeightedSum(Section):
    metrics: Annotated[list[PerceptualNode], Field(min_length=1)]
    weights: Annotated[list[Positive], Field(min_length=1)]

    @model_validator(mode="after")
    def _one_each(self) -> WeightedSum:
        if len(self.weights) != len(self.metrics):
            raise wrong(f"a list of {len(self.metrics)}, one for each of the metrics", "weights")
        return self


@target("generator", "eglass.training.Decoder.load")
class Decoder(Section):
    weights: Text


@target("generator", "eglass.generators.DCGAN.pretrained")
class DCGAN(Section):
    weights: Text | None = OPTIONAL


@target("generator", "eglass.generators.EyeGAN.pretrained")
class EyeGAN(Section):
    class_: Literal["amber", "blue", "brown", "gray", "grayscale", "green", "hazel", "red"] = (
        OPTIONAL
    )
    weights: Text | None = OPTIONAL


@target("generator", "eglass.generators.BigGAN.pretrained")
class BigGAN(Section):
    name: Literal["biggan-deep-32", "biggan-deep-128", "biggan-deep-256", "biggan-deep-512"] = (
        OPTIONAL
    )
    weights: Text | None = OPTIONAL
    class_: Text | Natural | None = OPTIONAL
    truncation: Fraction = OPTIONAL
    latent: Literal["z", "z_and_class"] = OPTIONAL
    seed: Seed = OPTIONAL
    download: bool = OPTIONAL


@target("generator", "eglass.generators.PGGAN.pretrained")
class PGGAN(Section):
    resolution: Literal[8, 16, 32, 64, 128, 256, 512, 1024] = OPTIONAL
    weights: Text | None = OPTIONAL
    latent_dim: Count = OPTIONAL
    max_channels: Count = OPTIONAL
    seed: Seed = OPTIONAL
    download: bool = OPTIONAL


class ModuleOptions(Section):
    """What both kinds of module are made with.

    `arguments` and `conditions` are for a module of anybody's, and not looked into.
    """

    prior: PriorNode
    weights: Weights = OPTIONAL
    latent_shape: Ordinals | None = OPTIONAL
    value_range: Range = OPTIONAL
    arguments: dict[str, Any] | None = OPTIONAL
    conditions: dict[str, Any] | None = OPTIONAL
    shown: Channels | None = OPTIONAL


@target("generator", "eglass.generators.ModuleGenerator")
class ModuleGenerator(ModuleOptions):
    module: AnyNode


@target("generator", "eglass.generators.StyleGenerator")
class StyleGenerator(ModuleOptions):
    network: AnyNode
    draws: Several = OPTIONAL
    seed: Seed = OPTIONAL
    mapping_arguments: dict[str, Any] | None = OPTIONAL


@target("prior", "eglass.generators.GaussianPrior")
class GaussianPrior(Section):
    dim: Count


@target("prior", "eglass.generators.TruncatedNormalPrior")
class TruncatedNormalPrior(Section):
    dim: Count
    truncation: Fraction = OPTIONAL


@target("file", "eglass.weights.packaged_file")
class PackagedFile(Section):
    package: Text
    name: Text
    requirement: Text
