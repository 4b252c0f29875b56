"""Random-ellipse phantoms, the usual synthetic data of learned tomography, made to measure.

As in ODL and DIVal, a phantom is a random number of ellipses of random centres, axes, angles and
intensities, added and clipped. As in Shepp and Logan's, a bright shell holds them.

Adler and Öktem, "Learned primal-dual reconstruction", IEEE Trans. Med. Imaging 2018 (ODL);
Leuschner et al., "LoDoPaB-CT", Sci. Data 2021 (DIVal).
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from eglass.errors import InputError
from eglass.training.data import FEWEST

#: At most so many ellipses inside the shell; at least one.
MOST = 3
#: Phantoms that are drawn at a time: each holds the maps of all its ellipses in memory.
BATCH = 256


def phantoms(
    count: int, rng: torch.Generator, size: int = 64
) -> Float[Tensor, "count 1 size size"]:
    """Return grey phantoms in [-1, 1], their edges smooth over a pixel.

    Args:
        rng: a generator on the CPU; the same one draws the same phantoms, whatever the size.
        size: height and width, in pixels.
    """
    batches = [min(BATCH, count - done) for done in range(0, count, BATCH)]
    return torch.cat([_drawn(_Ellipses(batch, rng), size) for batch in batches])


def drawn_phantoms(
    size: tuple[int, int, int], count: int, seed: int = 0
) -> Float[Tensor, "count 1 size size"]:
    """Return phantoms of a seed.

    Args:
        size: (1, side, side).
        count: how many.
        seed: another one draws other phantoms.

    Raises:
        InputError: the size is not square and grey, or there are too few to train on.
    """
    channels, height, width = size
    if channels != 1 or height != width:
        raise InputError(f"phantoms of size {list(size)}: expected [1, side, side]")
    if count < FEWEST:
        raise InputError(f"images.count is {count}: expected {FEWEST} phantoms or more")
    return phantoms(count, torch.Generator().manual_seed(seed), height)


class _Ellipses:
    """The ellipses of some phantoms, (count, 2 + MOST), on the square from -1 to 1.

    The first two of each are the shell and its inside, which takes away from the shell's intensity
    what leaves its own.
    """

    def __init__(self, count: int, rng: torch.Generator):
        def uniform(low: float, high: float, *shape: int) -> Tensor:
            return low + (high - low) * torch.rand(count, *shape, generator=rng)

        across, along = uniform(0.55, 0.75), uniform(0.72, 0.92)
        thickness, tilt = uniform(0.04, 0.10), uniform(-0.25, 0.25)
        bright, inside = uniform(0.6, 1.0), uniform(0.15, 0.5)
        shift = uniform(-0.06, 0.06, 2, 1)

        # Uniform in a disc that the shell holds, tilted and shifted as it is.
        radius, turn = 0.65 * uniform(0, 1, MOST).sqrt(), uniform(0, 2 * torch.pi, MOST)
        u, v = radius * turn.cos() * across[:, None], radius * turn.sin() * along[:, None]
        cos, sin = tilt.cos()[:, None], tilt.sin()[:, None]
        inner = torch.stack([u * cos - v * sin, u * sin + v * cos], 1) + shift
        strength = uniform(0.1, 0.4, MOST) * (uniform(0, 1, MOST) < 0.65).float().mul(2).sub(1)
        present = torch.arange(MOST) < torch.randint(1, MOST + 1, (count, 1), generator=rng)

        self.centre = torch.cat([shift.expand(-1, -1, 2), inner], 2)
        hull, cavity = torch.stack([across, along], 1), torch.stack([across, along], 1)
        cavity = cavity - thickness[:, None]
        self.axes = torch.cat([torch.stack([hull, cavity], 2), uniform(0.09, 0.3, 2, MOST)], 2)
        self.angle = torch.cat([tilt[:, None].expand(-1, 2), uniform(0, torch.pi, MOST)], 1)
        self.intensity = torch.cat(
            [torch.stack([bright, inside - bright], 1), strength * present], 1
        )


def _drawn(ellipses: _Ellipses, size: int) -> Float[Tensor, "count 1 size size"]:
    places = (torch.arange(size) + 0.5) * 2 / size - 1
    x = places - ellipses.centre[:, 0, :, None, None]
    y = places[:, None] - ellipses.centre[:, 1, :, None, None]
    cos, sin = ellipses.angle.cos()[..., None, None], ellipses.angle.sin()[..., None, None]
    a, b = ellipses.axes[:, 0, :, None, None], ellipses.axes[:, 1, :, None, None]
    p, q = (x * cos + y * sin) / a, (y * cos - x * sin) / b
    # r is 1 on the ellipse, and (1 − r) r / |∇(r²/2)| the distance to it, to first order.
    r2 = p.square() + q.square()
    r = r2.sqrt()
    slope = ((p / a).square() + (q / b).square()).sqrt().clamp_min(1e-6)
    distance = (1 - r) * r / slope
    covered = (0.5 + distance * size / 2).clamp(0, 1)
    # In the very middle both vanish.
    covered = torch.where(r < 0.5, 1.0, covered)
    summed = (covered * ellipses.intensity[..., None, None]).sum(1, keepdim=True)
    return summed.clamp(0, 1) * 2 - 1
