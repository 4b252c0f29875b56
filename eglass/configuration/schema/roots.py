"""The roots of `conf/` that explore: the paper, one image, a gallery, a sweep."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError, model_validator

from eglass.configuration.schema.exploration import ExplorerNode, InversionNode, VerdictNode
from eglass.configuration.schema.networks import PerceptualNode
from eglass.configuration.schema.parts import (
    Common,
    Explored,
    Photographs,
    Problem,
    Problems,
    Profile,
    Samples,
    TheAlgorithm1,
    TheImageAdaptiveInversion,
    ThePulse,
    Tracking,
    Walks,
    check_each_has,
    check_problems,
)
from eglass.configuration.schema.sections import OPTIONAL, TARGETS, Node, Section, wrong
from eglass.settings import (
    Count,
    Crop,
    Natural,
    NotNegative,
    Positive,
    Range,
    Several,
    Share,
    Steps,
    Text,
    expectation,
    nearest,
)

Port = Annotated[int, Field(ge=0, le=65535)]


def _descend(thresholds: list[float]) -> list[float]:
    if any(wide <= narrow for wide, narrow in pairwise(thresholds)):
        raise ValueError
    return thresholds


Thresholds = Annotated[
    list[Positive],
    Field(min_length=1, description="a list of one or more ℓ2 above 0, each less than the last"),
    AfterValidator(_descend),
]
TheExact = Annotated[
    Any, Node("explorer", "eglass.exploration.Exact", ", whose draws have no bias")
]


class Exploring(Common):
    """What every command that explores has."""

    explorer: ExplorerNode
    baseline: ThePulse | None
    verdict: VerdictNode | None = OPTIONAL
    tracking: Tracking


class Explore(Exploring):
    strict: Positive | None
    consistent: bool
    walks: Walks
    problem: Problem
    target: Explored
    measurement: Text | None

    @model_validator(mode="after")
    def _cross(self) -> Explore:
        if self.measurement is not None and self.target.get("path") is not None:
            raise wrong("null where target.path is given: one of the two", "measurement")
        check_each_has([self.problem.name], self.generator, self.target)
        return self


class Page(Section):
    """The page in the browser.

    Attributes:
        host, port: where it is served; port 0 takes any that is free.
        generators: choices that it offers besides the configured one.
        reach: largest step η of the slider, both ways.
        pair: step η of the pairs along u^i and v^j.
        starts, networks: how many starting points, and generators, are kept.
        upload_mb: size of the largest file that may be uploaded, in megabytes.
        patience: seconds for which uploads of a visitor who left are kept.
    """

    host: Text
    port: Port
    generators: Annotated[list[Text], Field(min_length=1)]
    reach: Positive
    pair: Positive
    starts: Count
    networks: Count
    upload_mb: Positive
    patience: NotNegative


class App(Explore):
    app: Page


class Gallery(Exploring):
    walks: Walks
    problems: Problems
    target: Photographs

    @model_validator(mode="after")
    def _cross(self) -> Gallery:
        check_problems(self.problems, self.generator, self.target)
        return self


class SweptWalks(Section):
    steps: Steps
    strip: Steps | None


class Sweep(Exploring):
    walks: SweptWalks
    problem: Problem
    samples: Samples
    objective: Text
    K: Count
    eta: Positive

    @model_validator(mode="after")
    def _cross(self) -> Sweep:
        check_each_has([self.problem.name], self.generator)
        return self


class Targets(Samples):
    """Images of the generator itself, or a folder's."""

    folder: Text | None
    crop: Crop | None
    value_range: Range | None
    shown: Natural


class PaperWalks(Section):
    steps: Steps
    strip: Steps


class Shard(Section):
    index: Natural
    of: Count

    @model_validator(mode="after")
    def _exists(self) -> Shard:
        if self.index >= self.of:
            raise wrong(f"less than shard.of, {self.of}", "index")
        return self


class Timing(Section):
    solutions: Count
    solves: Count
    targets: Count | None
    steps: Count
    adaptation_steps: Natural
    inversion: TheImageAdaptiveInversion
    fast: InversionNode | None
    step: Positive

    @model_validator(mode="after")
    def _two_stages(self) -> Timing:
        if self.adaptation_steps >= self.steps:
            raise wrong(f"less than timing.steps, {self.steps}", "adaptation_steps")
        return self


class Claims(Section):
    resamples: Count
    confidence: Share
    between_runs: NotNegative
    visible: Positive | None
    beside: list[Text]


class Reported(Section):
    """What the paper reports of a problem."""

    model: Text
    pulse_seconds: Positive
    eglass_seconds: Positive
    pulse_l2: Range
    eigenvector_l2: Range
    eglass_l2: Range


class Tradeoff(Section):
    explorer: Text
    setting: Text
    values: Annotated[list[Any], Field(min_length=1, description="a list of one or more values")]


class Realism(Section):
    network: PerceptualNode
    fresh: Several
    k: Count

    @model_validator(mode="after")
    def _fewer(self) -> Realism:
        if self.k >= self.fresh:
            raise wrong(f"less than compare.realism.fresh, {self.fresh}", "k")
        return self


class Compare(Section):
    thresholds: Annotated[list[Positive], Field(min_length=1)]
    counts: Annotated[list[Several], Field(min_length=1)]
    inversion: InversionNode
    explorers: dict[str, ExplorerNode | None]
    modes_apart: Positive
    tradeoff: Tradeoff
    realism: Realism

    @model_validator(mode="after")
    def _tradeoff_can_be_made(self) -> Compare:
        name, setting = self.tradeoff.explorer, self.tradeoff.setting
        if name not in self.explorers:
            raise wrong(f"one of {', '.join(self.explorers)}", "tradeoff", "explorer")
        node: dict[str, Any] = self.explorers[name] or {}
        section = TARGETS["explorer"].get(node.get("_target_", ""))
        if section is None:
            return self
        if setting not in section.model_fields:
            close = nearest(setting, section.model_fields)
            hint = f": did you mean {close}?" if close else ""
            raise wrong(f"a setting of compare.explorers.{name}{hint}", "tradeoff", "setting")
        for value in self.tradeoff.values:
            keys = {key: node[key] for key in node if key != "_target_"}
            try:
                section.model_validate(keys | {setting: value})
            except ValidationError:
                expected = expectation(section.model_fields[setting])
                raise wrong(f"each to be {expected}", "tradeoff", "values") from None
        return self


class ExactSets(Section):
    explorer: TheExact
    thresholds: Thresholds


class PaperProfile(Profile):
    title: Text


class Config(Exploring):
    profile: PaperProfile
    problems: Problems
    target: Photographs
    explorer: TheAlgorithm1
    walks: PaperWalks
    samples: Targets
    shard: Shard
    timing: Timing
    claims: Claims
    repeat: Natural
    folder: Text | None
    paper: dict[str, Reported]
    exact: ExactSets
    compare: Compare

    @model_validator(mode="after")
    def _cross(self) -> Config:
        check_problems(self.problems, self.generator, self.target)
        return self
