"""A state dict for any module, wherever in a checkpoint it is."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from itertools import takewhile
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from eglass.errors import InputError
from eglass.weights import foreign
from eglass.weights.files import Provenance, check
from eglass.weights.sources import RANDOM

#: What to give instead of a path for a module that comes with its trained weights.
INCLUDED = "included"


def copied(module: nn.Module) -> nn.Module:
    """Return a copy of a module, with weights of its own.

    Raises:
        InputError: it cannot be copied.
    """
    try:
        return copy.deepcopy(module)
    except Exception as error:  # A module is anyone's code.
        raise InputError(
            f"{type(module).__name__} cannot be copied, so that yours would stay as it is: "
            f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        ) from error


def load_weights(module: nn.Module, weights: str | Path | None) -> Provenance:
    """Put weights into a module, and return where they come from.

    Args:
        weights: path of a checkpoint that holds the module's state dict, at any depth and with any
            prefix; none, or "included", where the module has its trained weights; "random" where it
            is untrained.

    Raises:
        InputError: there is no such file, or it has no state dict of the module.
    """
    if weights is None or weights in (INCLUDED, RANDOM):
        name = f"{type(module).__module__}.{type(module).__qualname__}"
        return Provenance(name, None, trained=weights != RANDOM)
    path = Path(weights).expanduser()
    digest = check(path, None)
    read = _safe_tensors if path.suffix == ".safetensors" else foreign.load_tensors
    state = _find(read(path), module.state_dict())
    if state is None:
        raise InputError(
            f"weight file {path} has no state dict of {type(module).__name__}: expected "
            f"{len(module.state_dict())} tensors named and shaped as the module's, but for a prefix"
        )
    module.load_state_dict(state)
    return Provenance(path.name, digest)


def _safe_tensors(path: Path) -> dict[str, Tensor]:
    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise InputError(
            f"weight file {path} cannot be read as safetensors ({' '.join(str(error).split())}); "
            "give a whole one"
        ) from error


def _find(tree: Mapping[str, Any], expected: Mapping[str, Tensor]) -> dict[str, Tensor] | None:
    """Return what `expected` names, wherever in a checkpoint it is, whatever prefix it has."""
    tensors = {key: value for key, value in tree.items() if isinstance(value, Tensor)}
    ours, theirs = _prefix(expected), _prefix(tensors)
    found = {ours + key.removeprefix(theirs): value for key, value in tensors.items()}
    # PyTorch before 0.4 did not count batches.
    counters = {key: value for key, value in expected.items() if key.endswith("batches_tracked")}
    found = counters | found
    if {key: value.shape for key, value in found.items()} == {
        key: value.shape for key, value in expected.items()
    }:
        return found
    children = (child for child in tree.values() if isinstance(child, Mapping))
    return next((state for child in children if (state := _find(child, expected))), None)


def _prefix(keys: Mapping[str, Any]) -> str:
    paths = (key.split(".")[:-1] for key in keys)
    shared = takewhile(lambda parts: len(set(parts)) == 1, zip(*paths))
    return "".join(f"{part}." for part, *_ in shared)
