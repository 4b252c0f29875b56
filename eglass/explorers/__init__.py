"""Interchangeable ways from one solution to N: `explorer(walker, geometry, count=N, rng=rng)`."""

from eglass.explorers.anchors import Anchors
from eglass.explorers.base import SolutionExplorer
from eglass.explorers.curved import Curved
from eglass.explorers.posterior import PosteriorDraws
from eglass.explorers.pulse import PulseSet
from eglass.explorers.repulsion import Repulsion
from eglass.explorers.straight import Algorithm1, Eigenvectors, TrustRegion

__all__ = [
    "Algorithm1",
    "Anchors",
    "Curved",
    "Eigenvectors",
    "PosteriorDraws",
    "PulseSet",
    "Repulsion",
    "SolutionExplorer",
    "TrustRegion",
]
