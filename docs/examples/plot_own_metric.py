"""
A metric of your own
====================

Directions are sought in what is seen, and what is seen is a choice: LPIPS, plain pixels, or any
feature map. Here one that sees edges alone.
"""

import matplotlib.pyplot as plt
import torch

import eglass
from eglass.perceptual import PerceptualMetric, Pixels
from eglass.weights import Provenance


class Edges(PerceptualMetric):
    """Mean squared difference of the changes between neighbouring pixels."""

    key = "edges"
    title = "edges"
    provenance = Provenance("edges", None)

    def features(self, images):
        across, down = images.diff(dim=3).flatten(1), images.diff(dim=2).flatten(1)
        return torch.cat([across, down], 1) / (across.shape[1] + down.shape[1]) ** 0.5


generator = eglass.DCGAN.pretrained()
rng = torch.Generator().manual_seed(1)
target = generator(generator.sample(1, rng))
physics = eglass.Downsampling(generator.image_size, factor=8, filter="bicubic", padding="reflect")
problem = eglass.Problem.simulate(physics, target)
inversion = eglass.BankInversion(bank=500, starts=4, steps=60, prior_weight=1e-3, stop_at=1e-3)

# %%
# One row for each metric, from the same measurement and the same seed.
figure, rows = plt.subplots(3, 6, figsize=(8, 4.6), layout="constrained")
for row, metric in zip(rows, (eglass.LPIPS(), Pixels(), Edges())):
    rng = torch.Generator().manual_seed(0)
    start = eglass.find_start(problem, generator, metric, inversion=inversion, rng=rng)
    solutions = eglass.explore(start, eglass.Algorithm1(K=[8, 9, 10]), count=5, rng=rng)
    images = [eglass.to_pixels(start.image)[0], *eglass.to_pixels(solutions.images)]
    titles = [
        metric.title,
        *(f"{metric(start.image, one[None]).item():.3f}" for one in solutions.images),
    ]
    for panel, image, title in zip(row, images, titles):
        panel.imshow(image)
        panel.set_title(title, fontsize=8)
        panel.axis("off")
