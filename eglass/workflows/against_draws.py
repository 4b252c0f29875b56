"""Sets of solutions held against the exact draws that are recorded of the same measurement."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from eglass.errors import InputError
from eglass.evaluation.scoreboard import Reference
from eglass.generators import Generator
from eglass.perceptual import PerceptualMetric
from eglass.posterior.cells import spaced
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
        held_out: images of other draws, as many as a set has.
        rng: of permutation tests.
    """

    reference: Reference
    held_out: Float[Tensor, "count channels height width"]
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
        latents = spaced(draws.flat, MOST + count).to(generator.device)
        numbers = latents.split(50)
        images = torch.cat([generator(generator.prior.from_normal(part)) for part in numbers])
        apart = spaced(torch.arange(len(images)), count)
        rest = torch.ones(len(images), dtype=torch.bool)
        rest[apart] = False
        reference = Reference.of(images[rest], perceptual)
        return cls(reference, images[apart], np.random.default_rng(seed))

    def __call__(self, images: Float[Tensor, "count channels height width"]) -> dict[str, float]:
        """Return the score of a set, and whether it is told from draws, by their names."""
        found = self.reference.score(images, self.rng)
        return found.row() | {"told_apart": float(found.p_value < LEVEL)}
