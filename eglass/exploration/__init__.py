"""From one solution of a measurement to many: `explorer(start, count=N, rng=rng)`."""

from eglass.exploration.algorithm1 import Algorithm1, algorithm1
from eglass.exploration.eigenvectors import Eigenvectors, along_eigenvectors
from eglass.exploration.exact import Exact
from eglass.exploration.explorer import Explorer
from eglass.exploration.posterior import PosteriorDraws
from eglass.exploration.pulse import Pulse
from eglass.exploration.random_directions import RandomDirections
from eglass.exploration.repulsion import Repulsion
from eglass.exploration.solutions import Agreement, Solutions, agreement, prior_spread
from eglass.exploration.start import StartingPoint
from eglass.exploration.trust_region import TrustRegion
from eglass.exploration.walks import walk, walk_to_the_edge

__all__ = [
    "Agreement",
    "Algorithm1",
    "Eigenvectors",
    "Exact",
    "Explorer",
    "PosteriorDraws",
    "Pulse",
    "RandomDirections",
    "Repulsion",
    "Solutions",
    "StartingPoint",
    "TrustRegion",
    "agreement",
    "algorithm1",
    "along_eigenvectors",
    "prior_spread",
    "walk",
    "walk_to_the_edge",
]
