"""Draws as a tree: clusters in clusters, each node one of the draws."""

from __future__ import annotations

import numpy as np
import torch

from eglass.posterior.tree import clusters, tree_of
from tests.posterior.test_cells import heaps


def naive_medoid(points: torch.Tensor, members: np.ndarray) -> int:
    """Return the member whose summed squared distance to the others is least."""
    sums = [sum(float((points[i] - points[j]).square().sum()) for j in members) for i in members]
    return int(members[int(np.argmin(sums))])


def test_heaps_are_the_first_branches_the_largest_first():
    points = heaps(10, 60, 30)
    root = tree_of(points, ess=100, branches=3, depth=1)
    assert [child.share for child in root.children] == [0.6, 0.3, 0.1]
    assert [set(child.members) for child in root.children] == [
        set(range(10, 70)),
        set(range(70, 100)),
        set(range(10)),
    ]
    assert (clusters(points, 3) == np.repeat([2, 0, 1], [10, 60, 30])).all()


def test_children_share_out_what_their_parent_has():
    root = tree_of(torch.randn(200, 5, generator=torch.Generator().manual_seed(1)), ess=200)
    paths = []
    for path, node in root.walk():
        paths.append(path)
        if node.children:
            parts = np.concatenate([child.members for child in node.children])
            assert sorted(parts) == sorted(node.members)
            assert np.diff([child.share for child in node.children]).max() <= 0
    assert paths[0] == ()
    assert max(map(len, paths)) == 3
    assert len(set(paths)) == len(paths)


def test_every_node_is_the_medoid_of_its_draws():
    points = torch.randn(40, 3, generator=torch.Generator().manual_seed(2))
    for _, node in tree_of(points, ess=40, branches=2, depth=3).walk():
        assert node.draw == naive_medoid(points, node.members)


def test_a_single_draw_or_a_small_cluster_falls_apart_no_further():
    points = heaps(1, 49)
    root = tree_of(points, ess=50, branches=2, depth=4, smallest=0.1)
    assert [child.children for child in root.children][1] == []
    assert all(node.share > 0.1 for _, node in root.walk() if node.children)
