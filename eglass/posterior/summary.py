"""What exact draws say to people: a few far apart with their shares, a tree, walks, a map."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from eglass.errors import InputError
from eglass.perceptual import PerceptualMetric
from eglass.posterior.cells import Cells, far_apart, spaced
from eglass.posterior.component_walks import ComponentWalk, component_walks
from eglass.posterior.draws import Draws
from eglass.posterior.target import Posterior
from eglass.posterior.tree import Node, tree_of

#: Draws that a summary is made of, at most: as many as people can be told of, evenly spaced.
MOST = 400


@dataclass(frozen=True)
class Summary:
    """What a measurement leaves open, of exact draws.

    Attributes:
        latents: the numbers of the draws that this is made of, as `Draws.latents` has them.
        images: of them, in [-1, 1].
        cells: a few of them far apart, each with the share of probability that it stands for.
        tree: of all of them.
        walks: along what differs most among them.
        of_walks: the walks' images, one walk after the other.
        ess: how many independent draws they are worth.
    """

    latents: Float[Tensor, "draws latent"]
    images: Float[Tensor, "draws channels height width"]
    cells: Cells
    tree: Node
    walks: list[ComponentWalk]
    of_walks: Float[Tensor, "steps channels height width"]
    ess: float

    @property
    def chosen(self) -> Float[Tensor, "count latent"]:
        """The numbers of the few far apart, the one that stands for most first."""
        return self.latents[self.cells.chosen]

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Shares of the few (number, share, error), the tree (path, share, error, members, and
        which picture), and the walks (number, explained, step, reached, l2).
        """
        few, nodes = self.cells, list(self.tree.walk())
        return {
            "shares": pd.DataFrame(
                {"number": range(1, len(few.share) + 1), "share": few.share, "error": few.error}
            ),
            "tree": pd.DataFrame(
                {
                    "path": ".".join(map(str, path)) or "all",
                    "share": node.share,
                    "error": node.error,
                    "members": len(node.members),
                }
                for path, node in nodes
            ),
            "walks": pd.DataFrame(
                {
                    "number": walk.number,
                    "explained": walk.explained,
                    "step": step,
                    "reached": float(walk.reached[i]),
                    "l2": float(walk.l2[i]),
                }
                for walk in self.walks
                for i, step in enumerate(walk.steps)
            ),
        }

    @property
    def of_nodes(self) -> Float[Tensor, "nodes channels height width"]:
        """The images of the tree's nodes, in the order of its table."""
        return self.images[np.array([node.draw for _, node in self.tree.walk()])]


@torch.no_grad()
def summarise(
    posterior: Posterior, draws: Draws, perceptual: PerceptualMetric, *, count: int = 10
) -> Summary:
    """Return what exact draws say to people.

    Args:
        posterior: whose draws.
        draws: of it.
        perceptual: the metric of what is seen.
        count: draws that stand for all, 1 or more.

    Raises:
        InputError: there are fewer than that, or than two.
    """
    total = len(draws.flat)
    if total < max(2, count):
        raise InputError(
            f"{count} solutions of {total} draws: expected as many draws at least, and two"
        )
    latents = spaced(draws.flat, max(MOST, count))
    # Of few draws there is no such number.
    worth = draws.ess_bulk if math.isfinite(draws.ess_bulk) else math.inf
    ess = min(float(len(latents)), worth)
    images = posterior.images(latents)
    features = torch.cat([perceptual.features(part) for part in images.split(50)])
    walks = component_walks(posterior, latents, features, perceptual)
    return Summary(
        latents,
        images,
        far_apart(features, count, ess),
        tree_of(features, ess),
        walks,
        posterior.images(torch.cat([walk.latents for walk in walks])),
        ess,
    )
