"""
A slider along one direction
============================

The images along one direction **d**, in fine steps: made before, so that they can be dragged
through without a server. ``make app`` walks along any direction, live.
"""

import torch

import eglass
from eglass.pipeline import strip_along
from eglass.reporting.slider import Slider

generator, perceptual = eglass.DCGAN.pretrained(), eglass.LPIPS()
rng = torch.Generator().manual_seed(1)
target = generator(generator.sample(1, rng))
physics = eglass.Downsampling(generator.image_size, factor=8, filter="bicubic", padding="reflect")
problem = eglass.Problem.simulate(physics, target)
inversion = eglass.BankInversion(bank=500, starts=4, steps=60, prior_weight=1e-3, stop_at=1e-3)
start = eglass.find_start(problem, generator, perceptual, inversion=inversion, rng=rng)

# %%
# Ten solutions, and fifteen images along the first direction: what a record keeps.
explorer = eglass.Algorithm1(path="sphere")
solutions = eglass.explore(start, explorer, count=10, rng=rng)
along = explorer.directions(start.geometry, [8])
steps = [step for step in range(-7, 8) if step]
record = eglass.exploration_record(
    start,
    [solutions],
    shown=explorer,
    about={
        "problem": {"name": "super_resolution", "title": "Super-resolution"},
        "target": {"name": "a sample", "kind": "sample", "enlargement": 1.0},
    },
    strip=strip_along(start, along, steps, path="sphere"),
)

# %%
# The frame is green as long as the image explains the measurement.
Slider(record)
