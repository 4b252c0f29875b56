"""Walks along what differs most among draws, each step brought back to where the draws are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from eglass.perceptual import PerceptualMetric
from eglass.posterior.target import Posterior

#: Steps of the way back, and halvings of the way to the middle where they do not suffice.
CORRECTIONS, HALVINGS = 20, 8
#: Steps along a component that are tried.
TRIED = 41
#: Share of the largest ℓ2 of the draws that the way back aims at.
SLACK = 0.95


@dataclass(frozen=True)
class ComponentWalk:
    """Latents along one principal component of what is seen of draws.

    Attributes:
        number: of the component, from 1: the one along which draws differ most.
        explained: share of the draws' variance in features that is along it.
        steps: how far was to be gone, in standard deviations of the draws.
        reached: how far the images are, after they were brought back.
        latents: of each.
        l2: of each; none is above the largest of the draws.
    """

    number: int
    explained: float
    steps: Sequence[float]
    reached: Float[Tensor, " steps"]
    latents: Float[Tensor, "steps latent"]
    l2: Float[Tensor, " steps"]


@torch.no_grad()
def component_walks(
    posterior: Posterior,
    latents: Float[Tensor, "draws latent"],
    features: Float[Tensor, "draws features"],
    perceptual: PerceptualMetric,
    *,
    components: int = 2,
    steps: Sequence[float] = (-2.0, -1.0, 0.0, 1.0, 2.0),
) -> list[ComponentWalk]:
    """Return walks from the draw in the middle along the first principal components.

    A step follows the latents' regression on the component, and is then brought back by descent on
    ℓ2 with the draws' covariance as its metric, or towards the middle where that does not suffice.
    Components of a posterior, learnt by a network: Nehme et al., "Uncertainty quantification via
    neural posterior principal components" (NPPC), NeurIPS 2023; here they are of exact draws, and
    each step stays a possible image.

    Args:
        posterior: whose draws.
        latents: the draws.
        features: of their images.
        perceptual: the metric of what is seen, which these features are of.
        components: how many walks, 1 or more.
        steps: in standard deviations.
    """
    middle = features.mean(0)
    centred = features - middle
    # There are fewer draws than features.
    squares, of_draws = (each.flip(-1) for each in torch.linalg.eigh(centred @ centred.T))
    sizes = squares.clamp(min=0).sqrt()
    along = torch.nn.functional.normalize(centred.T @ of_draws[:, :components], dim=0)
    variance = centred.square().sum()
    scores = centred @ along
    deviations = scores.std(0)
    centre = int((features - middle).square().sum(1).argmin())
    centred = latents - latents.mean(0)
    covariance = centred.T @ centred / (len(latents) - 1)
    largest = posterior.l2(latents).max()
    # What is seen does not follow latents evenly: of many steps those are kept that arrive.
    tried = torch.linspace(2 * min(steps), 2 * max(steps), TRIED).to(latents)
    walks = []
    for i in range(components):
        slope = centred.T @ (scores[:, i] / deviations[i]) / (len(latents) - 1)
        z = latents[centre] + tried[:, None] * slope
        z = brought_back(posterior, z, latents[centre], covariance, largest)
        seen = (perceptual.features(posterior.images(z)) - middle) @ along[:, i] / deviations[i]
        kept = [int((seen - step).abs().argmin()) for step in steps]
        walks.append(
            ComponentWalk(
                i + 1,
                float(sizes[i].square() / variance),
                list(steps),
                seen[kept],
                z[kept],
                posterior.l2(z[kept]),
            )
        )
    return walks


def brought_back(
    posterior: Posterior,
    latents: Float[Tensor, "steps latent"],
    middle: Float[Tensor, " latent"],
    covariance: Float[Tensor, "latent latent"],
    largest: Float[Tensor, ""],
) -> Float[Tensor, "steps latent"]:
    """Return latents of an ℓ2 that is not above the largest allowed, near those that are given.

    Args:
        middle: a latent that is allowed.
        covariance: of the draws: steps go along it times the gradient, as far as ℓ2 falls.
        largest: ℓ2 that is allowed.
    """
    z = latents.clone()
    l2, gradient = posterior.l2_and_gradient(z)
    length = torch.ones_like(l2)
    for _ in range(CORRECTIONS):
        on = (l2 > SLACK * largest).nonzero().flatten()
        if not len(on):
            break
        step = gradient[on] @ covariance
        # Where ℓ2 were linear, this would be the way to what is aimed at.
        fall = (step * gradient[on]).sum(1).clamp(min=1e-20)
        way = (l2[on] - SLACK * largest) / fall
        proposed = z[on] - (length[on] * way)[:, None] * step
        reached, slope = posterior.l2_and_gradient(proposed)
        lower = reached < l2[on]
        better = on[lower]
        z[better], l2[better], gradient[better] = proposed[lower], reached[lower], slope[lower]
        length[on] *= torch.where(lower, 1.0, 0.5).to(length)
    for _ in range(HALVINGS):
        missed = l2 > largest
        if not missed.any():
            return z
        z[missed] = (z[missed] + middle) / 2
        l2[missed] = posterior.l2(z[missed])
    return torch.where((l2 <= largest)[:, None], z, middle)
