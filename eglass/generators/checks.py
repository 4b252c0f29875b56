"""What a generator must be to be explored, tried before anything long is computed."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.func import jvp, vjp, vmap
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd

from eglass.errors import InputError
from eglass.generators.base import Generator

#: Relative error up to which two ways to compute the same count as equal: more than a GPU's
#: TensorFloat-32 makes of it.
TOLERANCE = 1e-2
#: The same of one way, taken twice.
REPEATED = 1e-4


@torch.no_grad()
def check_generator(generator: Generator) -> tuple[int, int, int]:
    """Try a generator on a few latents of its prior, and return (channels, height, width).

    Raises:
        InputError: it is in training mode; cannot be computed; makes other things than
            images, not finite, or of another range than it says; is random; makes an
            image depend on the others of its batch; changes its latents; cannot be differentiated
            in forward or in reverse mode, by a batch of tangents; or cannot be copied. The message
            names the part of it that does.
    """
    name = _name(generator)
    for part, module in _parts(generator):
        if isinstance(module, (_BatchNorm, _DropoutNd)) and module.training:
            raise InputError(f"generator {name} is in training mode, in {part}: call eval() first")
    if next(generator.parameters(), None) is None:
        raise InputError(f"generator {name} has no parameters: the inversion has none to adapt")
    latents = generator.sample(2, torch.Generator().manual_seed(0))
    before = latents.clone()
    with _blaming(generator, "fails"):
        images = generator(latents)
    if not torch.equal(latents, before):
        raise InputError(f"generator {name} changes its latents in place: it must leave them alone")
    size = _check_images(name, images)
    if not _close(generator(latents), images, REPEATED):
        part = _first_difference(generator, latents, latents, REPEATED)
        raise InputError(
            f"generator {name} makes two images of one latent, from {part} on: fix its noise"
        )
    with _blaming(generator, "fails on a single latent"):
        alone = generator(latents[:1])
    if not _close(alone, images[:1]):
        part = _first_difference(generator, latents, latents[:1])
        raise InputError(
            f"generator {name} makes an image depend on the others of its batch, from {part} on: "
            "expected batch statistics that are fixed"
        )
    _check_derivatives(generator, latents[0])
    try:
        copy.deepcopy(generator)
    except Exception as error:  # A module is anyone's code.
        raise InputError(
            f"generator {name} cannot be copied, which the image-adaptive inversion does: "
            f"{_brief(error)}"
        ) from error
    return size


def _check_images(name: str, images: Tensor) -> tuple[int, int, int]:
    shape = list(images.shape)
    if len(shape) != 4 or shape[0] != 2:
        raise InputError(
            f"generator {name} makes {shape} of 2 latents: expected [2, channels, height, width]"
        )
    if not images.isfinite().all():
        raise InputError(f"generator {name} makes images that are not finite")
    if images.min() >= 0 or images.max() <= 0 or (images.abs() > 1.1).float().mean() > 0.05:
        raise InputError(
            f"generator {name} makes values from {images.min():.2g} to {images.max():.2g}, where "
            "black is -1 and white is 1: set generator.value_range to what it makes of them"
        )
    return shape[1], shape[2], shape[3]


def _check_derivatives(generator: Generator, z: Tensor) -> None:
    rng = torch.Generator().manual_seed(1)
    tangents = torch.randn(2, len(z), generator=rng).to(z)

    def G(latent: Tensor) -> Tensor:
        return generator(latent[None])[0]

    with _blaming(generator, "cannot be differentiated in forward mode"):
        forward = vmap(lambda t: jvp(G, (z,), (t,))[1])(tangents)
    with _blaming(generator, "cannot be differentiated in reverse mode"):
        # Of the images' shape: their products with the tangents' images must agree with forward's.
        cotangents = torch.randn(forward.shape, generator=rng).to(forward)
        reverse = vmap(lambda c: vjp(G, z)[1](c)[0])(cotangents)
    name = _name(generator)
    if not forward.any():
        raise InputError(f"generator {name} has no derivative: something in it cuts the latent off")
    both = forward.flatten(1) @ cotangents.flatten(1).T, tangents @ reverse.T
    if not _close(*both):
        raise InputError(
            f"generator {name} has other derivatives in forward than in reverse mode: an operation "
            "in it, in place or of its own making, loses the tangent"
        )


def _first_difference(
    generator: Generator, one: Tensor, other: Tensor, tolerance: float = TOLERANCE
) -> str:
    """Name the first part that computes other things for the first latents of two batches."""
    count = min(len(one), len(other))
    for (part, ours), (_, theirs) in zip(_outputs(generator, one), _outputs(generator, other)):
        if len(ours) >= count <= len(theirs) and not _close(
            ours[:count], theirs[:count], tolerance
        ):
            return part
    return _name(generator)


def _outputs(generator: Generator, latents: Tensor) -> list[tuple[str, Tensor]]:
    """Return what every part of it computes, inner parts before those that hold them."""
    seen: list[tuple[str, Tensor]] = []

    def note(part: str) -> Callable[..., None]:
        def hook(_module: nn.Module, _inputs: object, output: object) -> None:
            if isinstance(output, Tensor) and output.ndim:
                seen.append((part, output.clone()))

        return hook

    hooks = [module.register_forward_hook(note(part)) for part, module in _parts(generator)]
    generator(latents)
    for handle in hooks:
        handle.remove()
    return seen


@contextmanager
def _blaming(generator: Generator, complaint: str) -> Iterator[None]:
    """Turn any error into one line that names the part of the generator in which it arose."""
    inside: list[str] = []

    def enter(part: str) -> Callable[..., None]:
        return lambda *_: inside.append(part)

    def leave(*_: object) -> None:
        inside.pop()

    hooks = [module.register_forward_pre_hook(enter(part)) for part, module in _parts(generator)]
    hooks += [module.register_forward_hook(leave) for _, module in _parts(generator)]
    try:
        yield
    except Exception as error:  # A module is anyone's code.
        where = f", in {inside[-1]}" if inside else ""
        raise InputError(
            f"generator {_name(generator)} {complaint}{where}: {_brief(error)}"
        ) from error
    finally:
        for handle in hooks:
            handle.remove()


def _parts(generator: Generator) -> Iterator[tuple[str, nn.Module]]:
    for path, module in generator.named_modules():
        if path:
            yield f"{path} ({type(module).__name__})", module


def _name(generator: Generator) -> str:
    return type(getattr(generator, "module", generator)).__name__


def _brief(error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:200]}{'…' if len(text) > 200 else ''}"


def _close(found: Tensor, expected: Tensor, tolerance: float = TOLERANCE) -> bool:
    return bool((found - expected).norm() <= tolerance * expected.norm())
