"""Rank starting eigenvectors: strongly seen, and weakly coupled to what is measured."""

from __future__ import annotations

import pandas as pd
import torch

from eglass.errors import InputError
from eglass.geometry import Geometry


def rank_eigenvectors(geometry: Geometry, k: int) -> pd.DataFrame:
    """Return a score for every v^K: its relative eigenvalue times its share that is not measured.

    C_iK is the correlation of v^K with u^i, so that 1 − Σ_{i≤k} C_iK² is the share of v^K that is
    not among the k directions measured most. A good start has much of both.

    Args:
        k: how many top eigenvectors of H_Y count as measured.

    Returns:
        A row for each, the best first: K (from 1), seen (its eigenvalue over the largest),
        unmeasured (that share), score (their product).

    Raises:
        InputError: k is out of range.
    """
    if not 0 <= k <= geometry.dim:
        raise InputError(f"k is {k}: expected 0 to {geometry.dim}")
    seen = geometry.Omega / geometry.Omega[0]
    unmeasured = (1 - geometry.C[:k].square().sum(0)).clamp(min=0)
    table = pd.DataFrame(
        {
            "K": torch.arange(1, geometry.dim + 1).numpy(),
            "seen": seen.cpu().numpy(),
            "unmeasured": unmeasured.cpu().numpy(),
            "score": (seen * unmeasured).cpu().numpy(),
        }
    )
    return table.sort_values("score", ascending=False, kind="stable", ignore_index=True)


def choose_K(geometry: Geometry, count: int, k: int) -> list[int]:
    """Return the `count` best starting eigenvectors: strongly seen, weakly coupled.

    Raises:
        InputError: there are not so many, or k is out of range.
    """
    if not 1 <= count <= geometry.dim:
        raise InputError(f"{count} starting eigenvectors asked for: expected 1 to {geometry.dim}")
    return rank_eigenvectors(geometry, k)["K"].head(count).tolist()
