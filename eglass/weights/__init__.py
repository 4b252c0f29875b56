"""Other people's weights: found, checked by hash, and read without executing them."""

from eglass.weights.files import (
    Packaged,
    Provenance,
    check,
    load_arrays,
    load_tensors,
    packaged_file,
)

__all__ = ["Packaged", "Provenance", "check", "load_arrays", "load_tensors", "packaged_file"]
