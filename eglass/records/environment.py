"""The versions and the machine that a result comes from."""

from __future__ import annotations

import platform
from importlib import metadata
from typing import Any

_PACKAGES = (
    "torch",
    "torchvision",
    "lpips",
    "deepinv",
    "hydra-core",
    "pytorch-lightning",
    "wandb",
    "pandas",
    "matplotlib",
    "numpy",
    "scikit-image",
)


def environment(device: str) -> dict[str, Any]:
    """Return the versions of what computes, and the machine.

    Args:
        device: what it computes on, in words.
    """
    versions = {}
    for package in _PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "device": device,
        "versions": versions,
    }
