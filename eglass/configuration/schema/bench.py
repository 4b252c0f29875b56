"""The root of `conf/` from which the benchmarks run."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from eglass.configuration.schema.exploration import ExplorerNode, VerdictNode
from eglass.configuration.schema.networks import GeneratorNode
from eglass.configuration.schema.operators import PhysicsNode
from eglass.configuration.schema.parts import (
    Common,
    GeneratorPerProblem,
    Problems,
    Samples,
    TheImageAdaptiveInversion,
    ThePulse,
    check_problems,
)
from eglass.configuration.schema.sections import Section, wrong
from eglass.settings import Count, Natural, NotNegative, Ordinals, Positive, Several, Share, Text

#: How many start, and how many must be feasible before the batch ends.
Batch = Annotated[list[Count], Field(min_length=2, max_length=2)]


class Aims(Section):
    fused: Positive
    floor: Positive
    error: Positive
    sequential: dict[str, Positive]
    ten: Positive
    hundred: Positive
    lightning: Positive
    many: Positive


class BetweenRuns(Section):
    ratio: NotNegative
    seconds: NotNegative


class Comparison(Section):
    confidence: Share
    between_runs: BetweenRuns


class Case(Section):
    columns: Count | None
    ranks: Ordinals
    generator: GeneratorNode


class Geometry(Section):
    problem: Text
    repetitions: Count
    batches: Ordinals
    cases: dict[str, Case]
    reverse_chunk: Count
    reverse_rows: Count | None
    difference_step: Positive
    difference_chunk: Count
    tolerance: Share


class Solutions(Section):
    problems: Annotated[list[Text], Field(min_length=1)]
    counts: Ordinals
    repetitions: Count
    solves: Count
    batches: Annotated[
        list[Batch],
        Field(min_length=1, description="a list of one or more pairs of whole numbers from 1 on"),
    ]
    tried_solutions: Count
    timed_solutions: Count
    same_budget: TheImageAdaptiveInversion
    explorer: ExplorerNode

    @model_validator(mode="after")
    def _batches_can_end(self) -> Solutions:
        if any(enough > starts for starts, enough in self.batches):
            raise wrong("pairs of how many start and, up to that, how many are enough", "batches")
        return self


class Inversion(Section):
    repetitions: Count
    starts: Ordinals
    steps: Count
    lr: Positive
    prior_weight: NotNegative


class Targets(Section):
    problem: Text
    repetitions: Count
    counts: Ordinals
    at_most: Count


class VerdictCase(Section):
    generator: GeneratorNode
    physics: dict[str, PhysicsNode]


class Verdict(Section):
    own: Several
    parts: Natural
    others: Natural
    test: VerdictNode
    cases: dict[str, VerdictCase]


class Kills(Section):
    all_targets: Natural
    train: Natural
    reproduce: Natural


class Faults(Section):
    kills: Kills
    checkpoints: Count
    images: Count
    overrides: Count
    signals: Count
    sharing: Count
    long_steps: Count
    processes: Count
    only: Annotated[list[Text], Field(min_length=1)] | None


class PaperScale(Section):
    case: Text
    generators: GeneratorPerProblem
    memory_gb: Positive
    passes: Count
    batch: Count


class Page(Section):
    generators: Annotated[list[Text], Field(min_length=1)]
    moves: Annotated[int, Field(ge=20)]
    pause: NotNegative
    drag: Several
    every: NotNegative
    repetitions: Count
    visitors: Count
    rate: Positive


class Benchmarks(Section):
    aims: Aims
    comparison: Comparison
    geometry: Geometry
    solutions: Solutions
    inversion: Inversion
    targets: Targets
    verdict: Verdict
    faults: Faults
    page: Page
    paper_scale: PaperScale


class Bench(Common):
    problems: Problems
    samples: Samples
    explorer: ExplorerNode
    baseline: ThePulse
    bench: Benchmarks

    @model_validator(mode="after")
    def _cross(self) -> Bench:
        check_problems(self.problems, self.generator)
        known = f"one of {', '.join(self.problems)}"
        for section, chosen in (
            ("geometry", self.bench.geometry.problem),
            ("targets", self.bench.targets.problem),
        ):
            if chosen not in self.problems:
                raise wrong(known, "bench", section, "problem")
        if not set(self.bench.solutions.problems) <= set(self.problems):
            raise wrong(f"each to be {known}", "bench", "solutions", "problems")
        cases = set(self.bench.paper_scale.generators.model_extra or {}) & set(self.problems)
        if self.bench.paper_scale.case not in cases:
            raise wrong(f"one of {', '.join(sorted(cases))}", "bench", "paper_scale", "case")
        return self
