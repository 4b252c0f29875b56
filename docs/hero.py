"""Draw the README's first picture: ten eyes, and that all shrink to the same pixels.

    .venv/bin/python docs/hero.py      # docs/images/eyes_super_resolution.png

All ten solutions of one explorer, none chosen, of a held-out sample of the eyes; below each what it
shrinks to, beside the measurement.
"""

from __future__ import annotations

from pathlib import Path

import torch
from matplotlib import style

import eglass
from eglass.generators import EyeGAN
from eglass.images import to_pixels
from eglass.problems import shown_measurement
from eglass.reporting.figures import STYLE, save
from eglass.reporting.pages import GREEN, GREY, Page

PICTURE = Path(__file__).parent / "images" / "eyes_super_resolution"
#: ℓ2 that all are to keep: an RMSE of 11 of 255 levels of the pixels that were measured.
THRESHOLD = 2e-3
SEED, COUNT, PER_ROW = 1009, 10, 5


@style.context(STYLE)
def main() -> None:
    generator, perceptual = EyeGAN.pretrained(), eglass.LPIPS()
    rng = torch.Generator().manual_seed(SEED)
    image = generator(generator.sample(1, rng)).detach()
    physics = eglass.Downsampling(
        generator.image_size, factor=8, filter="bicubic", padding="reflect"
    )
    problem = eglass.Problem.simulate(physics, image, threshold=THRESHOLD)
    inversion = eglass.ImageAdaptiveInversion(starts=6, steps=200, prior_weight=1e-3, stop_at=5e-4)
    rng = torch.Generator().manual_seed(0)
    start = eglass.find_start(problem, generator, perceptual, inversion=inversion, rng=rng)
    found = eglass.explore(start, eglass.Repulsion(), count=COUNT, rng=rng)
    print(found.table[["l2", "psnr", "lpips", "feasible"]].to_string())
    assert found.feasible.all(), "an image of the README's first picture is not feasible"

    size, pitch, below, left = 1.0, 1.07, 0.5, 2.1
    page = Page(left + pitch * PER_ROW, (size + below + 0.16) * (COUNT // PER_ROW) + 0.02, size)
    page.image(shown_measurement(problem), 0.02, 0.02, [], [GREY])
    page.text("measured: 16 × 16", 0.02, size + 0.14, ha="left", fontsize=8)
    shrunk = ((physics.A((found.images + 1) / 2)) * 2 - 1).clamp(-1, 1)
    for i, (eye, small) in enumerate(zip(to_pixels(found.images), to_pixels(shrunk))):
        x, y = left + pitch * (i % PER_ROW), 0.02 + (size + below + 0.16) * (i // PER_ROW)
        page.size = size
        page.image(eye, x, y, [], [GREEN])
        page.size = below
        page.image(small, x + (size - below) / 2, y + size + 0.05, [], [GREY])
    page.text(
        "right: ten images, and what each shrinks to:", 0.02, size + 0.4, ha="left", fontsize=8
    )
    page.text("the same, to 11 of 255 levels", 0.02, size + 0.54, ha="left", fontsize=8)
    print(save(page.figure, PICTURE))
    PICTURE.with_suffix(".pdf").unlink()


if __name__ == "__main__":
    main()
