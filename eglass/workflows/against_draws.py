"""Sets of solutions held against the exact draws that are recorded of the same measurement."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from eglass.errors import InputError
from eglass.evaluation.comparison import DRAWS, FAR_APART
from eglass.evaluation.scoreboard import Reference
from eglass.generators import Generator
from eglass.perceptual import PerceptualMetric
from eglass.posterior.cells import far_apart, spaced
from eglass.posterior.draws import Draws
from eglass.records import Record

#: Draws that sets are held against, at most.
MOST = 400
#: p-value below which a set is told from draws.
LEVEL = 0.05


@dataclass(frozen=True)
class Board:
    """What scores sets of images of one measurement.

    Attributes:
        reference: the draws that they are held against.
        held_out: images of other draws, as many as a set has, by what they are called: some of
            them, and those that are far apart, as `explorer=exact` shows them.
        rng: of permutation tests.
    """

    reference: Reference
    held_out: dict[str, Float[Tensor, "count channels height width"]]
    rng: np.random.Generator

    @classmethod
    @torch.no_grad()
    def of(
        cls,
        folder: Path,
        generator: Generator,
        perceptual: PerceptualMetric,
        *,
        count: int,
        seed: int,
    ) -> Board | None:
        """Return what scores sets against the draws that a folder holds; none where it has none.

        Args:
            generator: whose latents the draws are.
            perceptual: the metric of what is seen.
            count: images of a set.
            seed: of the permutation tests.
        """
        try:
            record = Record.load(folder)
        except InputError:
            return None
        if "draws" not in record.meta:
            # The set is empty.
            return None
        draws = Draws.of_record(record)
        # Of other runs than the reference, where there are several: they share nothing with it.
        runs = draws.flat.tensor_split(2)
        images, others = (
            torch.cat([generator(generator.prior.from_normal(part)) for part in some.split(50)])
            for some in (spaced(each, MOST).to(generator.device) for each in runs)
        )
        features = torch.cat([perceptual.features(part) for part in others.split(50)])
        apart = far_apart(features, count, len(others)).chosen
        held_out = {DRAWS: spaced(others, count), FAR_APART: others[apart]}
        return cls(Reference.of(images, perceptual), held_out, np.random.default_rng(seed))

    def __call__(self, images: Float[Tensor, "count channels height width"]) -> dict[str, float]:
        """Return the score of a set, and whether it is told from draws, by their names."""
        found = self.reference.score(images, self.rng)
        return found.row() | {"told_apart": float(found.p_value < LEVEL)}
