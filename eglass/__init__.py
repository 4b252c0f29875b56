"""e-GLASS: many images that explain one measurement.

Everything for a notebook is a name of this package, imported when it is first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "errors": ["InputError"],
        "exploration": ["Explorer", "Solutions", "algorithm1"],
        "figures": ["gallery_figure", "save", "solutions_figure"],
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
        "geometry": ["ExactGeometry", "Geometry", "TopGeometry", "explore_geometry"],
        "images": ["cropped", "read_photograph", "resized", "to_pixels"],
        "inversion": ["ImageAdaptiveInversion", "Pulse", "WarmInversion"],
        "operators": ["FourierSubsampling", "LinearFunction"],
        "perceptual": ["LPIPS"],
        "problems": ["Problem", "inpainting", "shown_measurement"],
        "records": ["Record"],
    },
)
