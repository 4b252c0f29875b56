"""
Many faces that explain one measurement
=======================================

A face shrinks to 8×8 pixels. Each of the others shrinks to the same ones, up to the threshold on
ℓ2.
"""

import matplotlib.pyplot as plt
import torch

import eglass

generator, perceptual = eglass.DCGAN.pretrained(), eglass.LPIPS()
rng = torch.Generator().manual_seed(1)
target = generator(generator.sample(1, rng))

# %%
# The measurement, and a first solution of it: the latent whose image fits best, with the geometry
# around it.
physics = eglass.Downsampling(generator.image_size, factor=8, filter="bicubic", padding="reflect")
problem = eglass.Problem.simulate(physics, target)
inversion = eglass.BankInversion(bank=500, starts=4, steps=60, prior_weight=1e-3, stop_at=1e-3)
start = eglass.find_start(problem, generator, perceptual, inversion=inversion, rng=rng)

# %%
# Algorithm 1 walks both ways along directions that the measurement hardly sees, as far as images
# stay feasible.
solutions = eglass.explore(start, eglass.Algorithm1(), count=10, rng=rng)

pictures = [
    ("target", eglass.to_pixels(target)[0]),
    ("measurement", eglass.shown_measurement(problem)),
    ("first solution", eglass.to_pixels(start.image)[0]),
]
for row, image in zip(solutions.table.itertuples(), eglass.to_pixels(solutions.images)):
    pictures.append((f"{row.direction}\nℓ2 {row.l2:.1e}, LPIPS {row.lpips:.2f}", image))

figure, axes = plt.subplots(3, 5, figsize=(8, 5.6), layout="constrained")
for panel in axes.flat:
    panel.axis("off")
for panel, (title, image) in zip([*axes[0, :3], *axes[1:].flat], pictures):
    panel.imshow(image)
    panel.set_title(title, fontsize=8)

# %%
# What is known of each: the direction that it lies in, its step, ℓ2 of the measurement, LPIPS from
# the first solution.
solutions.table[["direction", "step", "l2", "lpips", "feasible"]].round(4)
