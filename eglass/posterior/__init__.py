"""What a measurement leaves open: exact draws of it, and what they say."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "cells": ["Cells", "far_apart"],
        "tree": ["Node", "clusters", "tree_of"],
    },
)
