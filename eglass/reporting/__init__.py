"""Figures, pages, tables and W&B runs, all from records; needs no torch."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "exploration_figures": ["consensus_figure", "set_figure", "strip_figure"],
        "figures": ["edge_figure", "gallery_figure", "loss_figure", "save", "solutions_figure"],
        "geometry_figures": ["correlation_figure", "coupling_figure", "spectrum_figure"],
    },
)
