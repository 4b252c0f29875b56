"""
An operator of your own
=======================

A camera that sees a face through slats: a plain function is enough, as long as it is linear.
"""

import matplotlib.pyplot as plt
import torch

import eglass


def slats(images):
    """Every fourth row of the upper half; of the lower half, the mean of each four rows."""
    upper, lower = images[:, :, :32:4], images[:, :, 32:].unflatten(2, (8, 4)).mean(3)
    return torch.cat([upper, lower], 2)


generator, perceptual = eglass.DCGAN.pretrained(), eglass.LPIPS()
rng = torch.Generator().manual_seed(7)
target = generator(generator.sample(1, rng))

# %%
# With noise, feasibility allows for it: its variance is added to the threshold.
operator = eglass.LinearFunction(slats, generator.image_size)
problem = eglass.Problem.simulate(operator, target, noise=0.03, rng=rng)
print(f"feasible up to {problem.threshold:.4f}; the true image: {problem.l2(target).item():.4f}")

# %%
# All else is as ever.
inversion = eglass.BankInversion(bank=500, starts=4, steps=60, prior_weight=1e-3, stop_at=2e-3)
start = eglass.find_start(problem, generator, perceptual, inversion=inversion, rng=rng)
solutions = eglass.explore(start, eglass.Algorithm1(), count=6, rng=rng)

figure, axes = plt.subplots(1, 9, figsize=(10, 1.5), layout="constrained")
pictures = [
    eglass.to_pixels(target)[0],
    eglass.shown_measurement(problem),
    eglass.to_pixels(start.image)[0],
    *eglass.to_pixels(solutions.images),
]
titles = ["x", "y", "first", *(f"ℓ2 {l2:.1e}" for l2 in solutions.table["l2"])]
for panel, image, title in zip(axes, pictures, titles):
    panel.imshow(image)
    panel.set_title(title, fontsize=8)
    panel.axis("off")
