"""Sections that several commands share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, PlainValidator

from eglass.configuration.schema.exploration import GeometryNode, InversionNode
from eglass.configuration.schema.networks import GeneratorNode, PerceptualNode
from eglass.configuration.schema.operators import PhysicsNode
from eglass.configuration.schema.sections import OPTIONAL, Node, Section, wrong
from eglass.settings import (
    Count,
    Crop,
    NotNegative,
    Ordinals,
    Positive,
    Range,
    Seed,
    Several,
    Steps,
    Text,
)

#: What the figures, and the clock of Table 1, can do with.
TheAlgorithm1 = Annotated[
    Any, Node("explorer", "eglass.exploration.Algorithm1", ", which the figures are drawn from")
]
ThePulse = Annotated[
    Any, Node("explorer", "eglass.exploration.Pulse", ", which the paper compares with")
]
TheImageAdaptiveInversion = Annotated[
    Any,
    Node(
        "inversion",
        "eglass.inversion.ImageAdaptiveInversion",
        ", whose two stages share the budget of a solve",
    ),
]

Device = Annotated[
    str, Field(pattern=r"^(auto|cpu|cuda(:\d+)?)$", description="auto, cpu, cuda or cuda:N")
]
#: As `eglass.records.USED` has them.
RecordsUsed = Literal["current", "recompute", "keep"]
#: What a folder is named after.
Name = Annotated[str, Field(pattern=r"^[^/\\]+$", description="a text without / or \\")]


class Profile(Section):
    """What is run.

    Attributes:
        name: the folder of the results is called after it, and the group of the runs in W&B.
        title: for tables that have several.
    """

    name: Text


class Problem(Section):
    """A choice of `problem`.

    Attributes:
        name: in names of files and in records; its file is called so.
        title: for people.
        noise: standard deviation of the Gaussian noise in y, of images in [0, 1].
        threshold: ℓ2 up to which an image is feasible; the noise's variance is added.
        shown_K: the starting eigenvectors v^K that Figs. 1 to 3 show.
    """

    name: Name
    title: Text
    physics: PhysicsNode
    noise: NotNegative
    threshold: Positive
    shown_K: Ordinals


class Photograph(Section):
    """A choice of `target`.

    Attributes:
        name: in names of files and in records.
        path: of your own: a PNG, JPEG, TIFF or WebP file, or a NumPy array.
        crop: what is taken of it; null takes the largest centred part.
        value_range: what black and white are in your file; null: those of its kind of number.
        picture: without a path, one of scikit-image's.
        picture_crop: what is taken of that.
    """

    name: Name
    path: Text | None
    crop: Crop | None
    value_range: Range | None = OPTIONAL
    picture: Literal["astronaut", "chelsea", "coffee", "rocket", "shepp_logan_phantom"] = OPTIONAL
    picture_crop: Crop | None = OPTIONAL


class OwnSample(Section):
    """An image of the generator itself.

    Attributes:
        name: in names of files and in records, before the seed.
        seed: of its latent.
    """

    name: Name
    seed: Seed


class PhotographPerProblem(Section):
    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Photograph]


class GeneratorPerProblem(Section):
    """A generator for each problem, and what sets the weights of all of them."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, GeneratorNode]
    weights: Text | None = OPTIONAL


def is_per_problem(given: Mapping[str, Any]) -> bool:
    """Return whether a section has a choice for each problem, rather than one for all."""
    of_all = {"_target_", "name"}
    return not of_all & set(given) and any(isinstance(each, dict) for each in given.values())


def _photographs(given: Any) -> Any:
    per_problem = isinstance(given, dict) and is_per_problem(given)
    (PhotographPerProblem if per_problem else Photograph).model_validate(given)
    return given


def _explored(given: Any) -> Any:
    if isinstance(given, dict) and "seed" in given:
        OwnSample.model_validate(given)
        return given
    return _photographs(given)


def _generators(given: Any) -> Any:
    if isinstance(given, dict) and is_per_problem(given):
        GeneratorPerProblem.model_validate(given)
    else:
        Node("generator").validate(given)
    return given


#: One for all problems, or one for each.
Photographs = Annotated[Any, PlainValidator(_photographs)]
Generators = Annotated[Any, PlainValidator(_generators)]
#: A photograph, or a sample of the generator.
Explored = Annotated[Any, PlainValidator(_explored)]

Problems = Annotated[
    dict[str, Problem], Field(min_length=1, description="one or more problems, each with its name")
]


def check_problems(
    problems: Mapping[str, Problem],
    generator: Mapping[str, Any],
    target: Mapping[str, Any] | None = None,
) -> None:
    """Refuse problems that are not found by their names, or that lack what each is to have.

    Raises:
        PydanticCustomError: a name is not its key, so that it could be another's as well; or there
            is no generator or target for one of them.
    """
    for key, problem in problems.items():
        if problem.name != key:
            raise wrong(f"{key}, the key that it is under", "problems", key, "name")
    check_each_has([problem.name for problem in problems.values()], generator, target)


def check_each_has(
    names: list[str], generator: Mapping[str, Any], target: Mapping[str, Any] | None = None
) -> None:
    """Refuse a mapping of generators or of targets in which a problem is not.

    Raises:
        PydanticCustomError: it is not.
    """
    for section, given in (("generator", generator), ("target", target)):
        if not given or not is_per_problem(given):
            continue
        for name in names:
            if name not in given:
                raise wrong("one for this problem, as the others have", section, name)


class Walks(Section):
    """Walks beside the explorer's, along v^K and d.

    Attributes:
        steps: η of Figs. 2 and 3; null walks none.
        strip: finer steps η along d, for a strip of pictures; null draws none.
    """

    steps: Steps | None
    strip: Steps | None


class Tracking(Section):
    """Weights & Biases.

    Attributes:
        mode: offline keeps runs under the results, and needs no account.
        project: which runs are of.
        entity: user or team; null is the default of whoever is logged in.
    """

    mode: Literal["offline", "online", "disabled"]
    project: Text
    entity: Text | None


class Samples(Section):
    """Images of the generator itself.

    Attributes:
        count: how many.
        first_seed: of the first of them; the next ones follow.
    """

    count: Count
    first_seed: Seed


class Command(Section):
    """What every command has.

    Attributes:
        seed: of everything that is drawn at random.
        device: auto takes a GPU where there is one.
        results: the folder of all that is written.
        records: which records are used as they are.
        count: how many solutions an explorer is asked for.
    """

    seed: Seed
    device: Device
    results: Text
    records: RecordsUsed
    count: Several
    profile: Profile


class Common(Command):
    """What every command has that computes with a trained generator."""

    generator: Generators
    perceptual: PerceptualNode
    inversion: InversionNode
    geometry: GeometryNode
