"""The exact set: what a measurement leaves open, sampled without bias, and what the draws say."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "bank": ["reject"],
        "cells": ["Cells", "far_apart"],
        "draws": ["Draws"],
        "hmc": ["HMC"],
        "kernels": ["Angles", "Info", "Kernel", "Reflections", "Rough", "Slices", "State"],
        "noise": ["GaussianNoise", "Noise", "UniformBall"],
        "smc": ["SMC", "EmptySet"],
        "summary": ["Summary", "summarise"],
        "target": ["Posterior"],
        "tree": ["Node", "clusters", "tree_of"],
    },
)
