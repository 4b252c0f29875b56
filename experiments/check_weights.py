"""Check that the installed weights are the ones expected: `make setup` ends with this."""

from __future__ import annotations

import sys

from eglass.errors import InputError
from eglass.generators import DCGAN, EyeGAN
from eglass.perceptual import LPIPS


def main() -> None:
    """Load each network, hashes checked."""
    try:
        networks = DCGAN.pretrained(), EyeGAN.pretrained(), LPIPS("alex"), LPIPS("vgg")
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    for weights in (network.provenance for network in networks):
        print(f"weights {weights.source}  sha256 {(weights.sha256 or '')[:16]}…  ok")


if __name__ == "__main__":
    main()
