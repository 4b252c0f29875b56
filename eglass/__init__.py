"""e-GLASS: many images that explain one measurement.

Everything for a notebook is a name of this package, imported when it is first used.
"""

import os
import warnings

import lazy_loader

# OpenMP threads that wait by spinning slow every step tenfold where another process computes too;
# this is long enough to cost nothing where none does. It is read when PyTorch is first imported.
os.environ.setdefault("GOMP_SPINCOUNT", "10000")
# PyTorch warns of itself, of what it imports when a derivative is first taken forwards.
warnings.filterwarnings("ignore", "`torch.jit.script` is deprecated", FutureWarning)

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "errors": ["InputError"],
        "evaluation": ["RangeTest", "Reference", "Score", "Verdict", "score"],
        "exploration": [
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
            "walk",
            "walk_to_the_edge",
        ],
        "generators": [
            "DCGAN",
            "PGGAN",
            "BigGAN",
            "EyeGAN",
            "GaussianPrior",
            "Generator",
            "MappedPrior",
            "ModuleGenerator",
            "StyleGenerator",
            "TruncatedNormalPrior",
            "check_generator",
        ],
        "geometry": ["ExactGeometry", "Geometry"],
        "images": ["cropped", "read_photograph", "resized", "to_pixels"],
        "inversion": ["BankInversion", "ImageAdaptiveInversion", "Inverted"],
        "perceptual": ["LPIPS"],
        "posterior": ["SMC", "Draws", "GaussianNoise", "Posterior", "UniformBall", "reject"],
        "pipeline": ["explore", "find_start"],
        "problems": [
            "Downsampling",
            "FourierSubsampling",
            "LinearFunction",
            "Problem",
            "inpainting",
            "read_measurement",
            "shown_measurement",
        ],
        "progress": ["Cancelled", "Progress", "ProgressBar"],
        "recording": ["exploration_record"],
        "records": ["Direction", "Method", "Record"],
        "reporting.figures": ["edge_figure", "gallery_figure", "save", "solutions_figure"],
    },
)
