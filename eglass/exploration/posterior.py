"""Draws of the prior, moved to where the measurement allows them."""

from __future__ import annotations

from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from eglass.exploration.explorer import (
    Explorer,
    damped_inverse,
    l2_and_gradient,
    within_shell,
)
from eglass.exploration.solutions import Solutions
from eglass.exploration.start import StartingPoint
from eglass.exploration.walks import largest_steps
from eglass.progress import Progress, silent
from eglass.records.names import Direction, Method
from eglass.settings import Count, Positive, settings


@settings
class PosteriorDraws(Explorer):
    """Randomise, then optimise: draws of the prior, moved to where ℓ2 is below the threshold.

    Were A G linear, min ‖A G(z) − y‖² + λ‖z − s‖² would end in z0 + λ(H_Y + λI)⁻¹(s − z0): each
    solution begins there. Steps along the gradient of ℓ2, preconditioned by (H_Y + λI)⁻¹, then
    bring it back below a share of the threshold; one that does not arrive is moved towards z0, to
    where images are feasible.

    Bardsley et al., "Randomize-then-optimize: a method for sampling from posterior distributions in
    nonlinear inverse problems", SIAM Journal on Scientific Computing, 2014.

    Attributes:
        radius: η_max, up to which the quadratic is trusted: λ = threshold / η_max².
        corrections: steps back, at most.
        slack: share of the threshold at which a solution has arrived.
        bisections: of the way back to z0.
    """

    method: ClassVar[Method] = Method("posterior", "posterior draws")

    radius: Positive = 5.0
    corrections: Count = 6
    slack: Positive = 0.6
    bisections: Count = 6

    def __call__(
        self,
        start: StartingPoint,
        *,
        count: int,
        rng: torch.Generator,
        progress: Progress = silent,
    ) -> Solutions:
        problem = start.problem
        damping = problem.threshold / self.radius**2
        P = damped_inverse(start.geometry, damping)
        draws = start.generator.sample(count, rng)
        z = within_shell(start.z0 + damping * (draws - start.z0) @ P, start)
        z = self._corrected(start, z, P, progress)
        with torch.no_grad():
            missed = ~problem.feasible(problem.l2(start.generator(z)))
        if missed.any():
            back = z[missed] - start.z0
            share = largest_steps(
                start,
                back,
                lambda images: problem.feasible(problem.l2(images)),
                max_step=1,
                bisections=self.bisections,
            )
            z[missed] = start.z0 + share[:, None] * back
        return start.measure(
            z,
            method=self.method,
            directions=[Direction("draw", i) for i in range(1, count + 1)],
            steps=(z - start.z0).norm(dim=1).tolist(),
        )

    def _corrected(
        self,
        start: StartingPoint,
        z: Float[Tensor, "count latent"],
        P: Float[Tensor, "latent latent"],
        progress: Progress,
    ) -> Float[Tensor, "count latent"]:
        """Descend on ℓ2 until it is below the slack; a step that does not is tried shorter."""
        z = z.clone()
        enough = self.slack * start.problem.threshold
        l2, gradient = l2_and_gradient(start, z)
        length = torch.ones_like(l2)
        for done in range(self.corrections):
            # Latents that have arrived cost nothing more.
            on = (l2 > enough).nonzero().flatten()
            if not len(on):
                break
            proposed = within_shell(z[on] - length[on, None] * gradient[on] @ P, start)
            reached, slope = l2_and_gradient(start, proposed)
            lower = reached < l2[on]
            better = on[lower]
            z[better], l2[better], gradient[better] = proposed[lower], reached[lower], slope[lower]
            length[on] *= torch.where(lower, 1.5, 0.4).to(length)
            progress("posterior draws", done + 1, self.corrections)
        progress("posterior draws", self.corrections, self.corrections)
        return z
