"""Draws of the prior, moved to where the measurement allows them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from eglass.exploration.start import Explorer, Solutions
from eglass.exploration.explorer import (
    SolutionExplorer,
    check_positive,
    damped_inverse,
    measured,
    within_shell,
)
from eglass.geometry import Geometry


@dataclass(frozen=True)
class PosteriorDraws(SolutionExplorer):
    """Randomise, then optimise: of every draw s, keep what the measurement does not see.

    Were A G linear, min ‖A G(z) − y‖² + λ‖z − s‖² would end in z0 + λ(H_Y + λI)⁻¹(s − z0): each
    solution begins there. Steps along the gradient of ℓ2, preconditioned by (H_Y + λI)⁻¹, then
    bring it back below some slack; one that does not arrive turns back towards z0, to where images
    are feasible. What is left of s keeps images as likely as the prior's own.

    Bardsley et al., "Randomize-then-optimize: a method for sampling from posterior distributions in
    nonlinear inverse problems", SIAM Journal on Scientific Computing, 2014.

    Attributes:
        radius: η_max, up to which the quadratic is trusted: λ = threshold / η_max².
        corrections: steps back, at most.
        slack: share of the threshold at which a solution has arrived.
        bisections: of the way back to z0.
    """

    name: str = "posterior draws"
    radius: float = 5.0
    corrections: int = 6
    slack: float = 0.6
    bisections: int = 6

    def __post_init__(self) -> None:
        check_positive(self, "radius", "corrections", "slack", "bisections")

    def __call__(
        self, walker: Explorer, geometry: Geometry, *, count: int, rng: torch.Generator
    ) -> Solutions:
        damping = walker.problem.threshold / self.radius**2
        P = damped_inverse(geometry, damping)
        draws = walker.generator.sample(count, rng)
        z = within_shell(walker.z0 + damping * (draws - walker.z0) @ P, walker)
        z = self._corrected(walker, z, P)
        with torch.no_grad():
            missed = ~walker.problem.feasible(walker.problem.l2(walker.generator(z)))
        if missed.any():
            back = z[missed] - walker.z0
            share = walker.largest_feasible_steps(back, max_step=1, bisections=self.bisections)
            z[missed] = walker.z0 + share[:, None] * back
        return walker.judge(
            z,
            method=self.name,
            directions=[f"draw {i}" for i in range(1, count + 1)],
            steps=(z - walker.z0).norm(dim=1).tolist(),
        )

    def _corrected(
        self,
        walker: Explorer,
        z: Float[Tensor, "count latent"],
        P: Float[Tensor, "latent latent"],
    ) -> Float[Tensor, "count latent"]:
        """Descend on ℓ2 until it is below the slack; a step that does not is tried shorter."""
        z = z.clone()
        enough = self.slack * walker.problem.threshold
        l2, gradient = measured(walker, z)
        length = torch.ones_like(l2)
        for _ in range(self.corrections):
            # Latents that have arrived cost nothing more.
            on = (l2 > enough).nonzero().flatten()
            if not len(on):
                break
            proposed = within_shell(z[on] - length[on, None] * gradient[on] @ P, walker)
            reached, slope = measured(walker, proposed)
            lower = reached < l2[on]
            better = on[lower]
            z[better], l2[better], gradient[better] = proposed[lower], reached[lower], slope[lower]
            length[on] *= torch.where(lower, 1.5, 0.4).to(length)
        return z
