"""The geometry of the latent space around one solution: both pull-back metrics and their bases."""

from eglass.geometry.geometry import Geometry, correlations
from eglass.geometry.pullback import ExactGeometry, pullback_metrics

__all__ = ["ExactGeometry", "Geometry", "correlations", "pullback_metrics"]
