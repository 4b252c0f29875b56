"""Any PyTorch module that turns latents into images, as a generator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from safetensors.torch import load_file
from torch import Tensor, nn

from eglass import weights as weight_files
from eglass.errors import InputError
from eglass.generators.base import Generator
from eglass.generators.checks import check_generator
from eglass.generators.priors import Prior
from eglass.weights import Provenance, foreign
from eglass.weights.sources import RANDOM

#: What to give instead of a path for a module that comes with its trained weights.
INCLUDED = "included"


class ModuleGenerator(Generator):
    """A module of anyone's, in evaluation mode, its parameters frozen.

    It is tried once it is made: what it does that no generator may do is named then.

    Args:
        module: takes latents, shaped (batch, *latent_shape), to images (batch, 3, side, side).
        prior: the distribution of latents that it was trained on; its dimension is the latent's.
        weights: path of a checkpoint that holds the module's state dict, at any depth and with any
            prefix; "included" where the module comes with trained weights; "random" where it is
            untrained, and good for timing only.
        latent_shape: of one latent, as the module takes it; none is (prior.dim,).
        value_range: what black and white are in the module's images.
        arguments: named arguments of every call, passed as they are, such as a truncation.
        conditions: named arguments of every call, for one image, repeated along the batch, such as
            a class.

    Raises:
        InputError: the weights are missing or another network's, the latent's shape is not of the
            prior's dimension, or the module is not what `check_generator` expects.
    """

    def __init__(
        self,
        module: nn.Module,
        prior: Prior,
        weights: str | Path,
        *,
        latent_shape: Sequence[int] | None = None,
        value_range: tuple[float, float] = (-1.0, 1.0),
        arguments: Mapping[str, Any] | None = None,
        conditions: Mapping[str, Any] | None = None,
    ):
        super().__init__()
        shape = torch.Size(latent_shape or (prior.dim,))
        if shape.numel() != prior.dim:
            raise InputError(
                f"generator.latent_shape is {list(shape)}: expected {prior.dim} numbers in all, "
                "the prior's dimension"
            )
        black, white = (float(value) for value in value_range)
        if not black < white:
            raise InputError(f"generator.value_range is {[black, white]}: expected black < white")
        self.module = module
        self.prior = prior
        self.latent_dim = prior.dim
        self.latent_shape = shape
        self.value_range = black, white
        self.arguments = dict(arguments or {})
        self.conditions = tuple(conditions or ())
        for name, value in (conditions or {}).items():
            self.register_buffer(f"condition_{name}", torch.as_tensor(value), persistent=False)
        self.provenance = load_weights(module, weights)
        self.eval().requires_grad_(False)
        self.resolution = check_generator(self)

    def forward(
        self, latents: Float[Tensor, "batch latent"]
    ) -> Float[Tensor, "batch 3 height width"]:
        repeated = {name: getattr(self, f"condition_{name}") for name in self.conditions}
        repeated = {
            name: value.expand(len(latents), *value.shape) for name, value in repeated.items()
        }
        shaped = latents.unflatten(1, self.latent_shape)
        images = self.module(shaped, **repeated, **self.arguments)
        black, white = self.value_range
        return (images - black) * (2 / (white - black)) - 1


def load_weights(module: nn.Module, weights: str | Path) -> Provenance:
    """Put weights into a module, and say where they come from; as for `ModuleGenerator`.

    Raises:
        InputError: there is no such file, or it has no state dict of the module.
    """
    if weights in (INCLUDED, RANDOM):
        name = f"{type(module).__module__}.{type(module).__qualname__}"
        return Provenance(name, None, trained=weights == INCLUDED)
    path = Path(weights).expanduser()
    digest = weight_files.check(path, None)
    safe = path.suffix == ".safetensors"
    state = _find(load_file(path) if safe else foreign.load_tensors(path), module.state_dict())
    if state is None:
        raise InputError(
            f"weight file {path} has no state dict of {type(module).__name__}: expected "
            f"{len(module.state_dict())} tensors named and shaped as the module's, but for a prefix"
        )
    module.load_state_dict(state)
    return Provenance(path.name, digest)


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
