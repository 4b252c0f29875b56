"""Draws as a tree to go into: what may be seen at all, then ever finer, each node a real draw."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.cluster.hierarchy import ClusterNode, linkage, to_tree
from scipy.spatial.distance import squareform
from torch import Tensor

from eglass.perceptual.spread import pairwise
from eglass.posterior.cells import share_error


@dataclass(frozen=True)
class Node:
    """Draws that look alike, and the one that stands for them.

    Attributes:
        draw: the medoid, whose summed squared distance to the others is least.
        members: which draws they are.
        share: of all draws, and so of probability.
        error: standard error of the share.
        children: the clusters that this one falls apart into, the largest first.
    """

    draw: int
    members: Int[np.ndarray, " members"]
    share: float
    error: float
    children: Sequence[Node]

    def walk(self, path: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Node]]:
        """Yield every node with the way to it: numbers of children from the root on, from 1."""
        yield path, self
        for number, child in enumerate(self.children, 1):
            yield from child.walk((*path, number))


def tree_of(
    features: Float[Tensor, "draws features"],
    ess: float,
    *,
    branches: int = 3,
    depth: int = 3,
    smallest: float = 0.02,
) -> Node:
    """Return the draws as a tree, by hierarchical clustering.

    Clusters are Ward's: each merge adds the least to the squared distances within. A node falls
    apart where the tallest merges below it are undone. Trees of a posterior, drawn by a network
    that is trained for it: Nehme et al., "Hierarchical uncertainty exploration via feedforward
    posterior trees", NeurIPS 2024.

    Args:
        features: of the draws, by the metric of what is seen; 2 draws or more.
        ess: how many independent draws these are worth.
        branches: children of a node, 2 or more.
        depth: levels below the root, 1 or more.
        smallest: share of a cluster that does not fall apart any further.
    """
    squares, merged = _merged(features)
    total = len(features)

    def grown(cluster: ClusterNode, levels: int) -> Node:
        members = np.array(cluster.pre_order())
        share = len(members) / total
        below = pieces(cluster, branches) if levels and share > smallest else []
        children = [grown(each, levels - 1) for each in below] if len(below) > 1 else []
        medoid = members[squares[np.ix_(members, members)].sum(1).argmin()]
        error = float(share_error(np.array(share), ess))
        return Node(int(medoid), members, share, error, children)

    return grown(merged, depth)


def pieces(cluster: ClusterNode, count: int) -> list[ClusterNode]:
    """Return what a cluster falls apart into where its tallest merges are undone, largest first."""
    found = [cluster]
    while len(found) < count:
        tallest = max(found, key=lambda each: each.dist)
        if tallest.is_leaf():
            break
        found.remove(tallest)
        found += [tallest.get_left(), tallest.get_right()]
    return sorted(found, key=lambda each: -each.count)


def clusters(features: Float[Tensor, "draws features"], count: int) -> Int[np.ndarray, " draws"]:
    """Return which of `count` of Ward's clusters each draw is in, the largest being 0."""
    _, merged = _merged(features)
    found = np.empty(len(features), int)
    for number, piece in enumerate(pieces(merged, count)):
        found[piece.pre_order()] = number
    return found


def _merged(
    features: Float[Tensor, "draws features"],
) -> tuple[Float[np.ndarray, "draws draws"], ClusterNode]:
    """Return all squared distances, and Ward's hierarchy."""
    squares = pairwise(features).cpu().numpy().astype(np.float64)
    return squares, to_tree(linkage(squareform(np.sqrt(squares), checks=False), "ward"))
