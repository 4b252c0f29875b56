"""Several metrics as one."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from eglass.errors import InputError
from eglass.perceptual.base import PerceptualMetric
from eglass.weights import Provenance


class WeightedSum(PerceptualMetric):
    """Σ wᵢ dᵢ of several metrics: their features side by side, each times √wᵢ.

    Args:
        metrics: the dᵢ.
        weights: the wᵢ, more than 0.

    Raises:
        InputError: there are not as many weights as metrics, or one is not positive.
    """

    key = "weighted"

    def __init__(self, metrics: Sequence[PerceptualMetric], weights: Sequence[float]):
        super().__init__()
        if not metrics or len(metrics) != len(weights) or not all(w > 0 for w in weights):
            raise InputError(
                f"a weighted sum has {len(metrics)} metrics and weights {list(weights)}: expected "
                "a weight above 0 for each, and at least one"
            )
        self.metrics = nn.ModuleList(metrics)
        self.roots = [float(w) ** 0.5 for w in weights]
        self.title = " + ".join(f"{w:g} {m.title}" for w, m in zip(weights, metrics))
        sources = ", ".join(metric.provenance.source for metric in metrics)
        trained = all(metric.provenance.trained for metric in metrics)
        self.provenance = Provenance(sources, None, trained)

    def features(
        self, images: Float[Tensor, "batch channels height width"]
    ) -> Float[Tensor, "batch features"]:
        """Return √wᵢ Fᵢ of all metrics."""
        parts = []
        for root, metric in zip(self.roots, self.metrics):
            assert isinstance(metric, PerceptualMetric)
            parts.append(root * metric.features(images))
        return torch.cat(parts, 1)
