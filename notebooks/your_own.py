# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Your own generator and operator
#
# The method needs a generator $G$ and a linear operator $\mathbf{A}$, and looks inside neither.

# %%
import matplotlib.pyplot as plt
import torch
from deepinv.models.gan import DCGANGenerator

import eglass
from eglass.weights import packaged_file

# %config InlineBackend.figure_formats = ["jpeg"]
plt.rcParams["figure.dpi"] = 80


def show(pictures, titles):
    """Show pictures (pixels of 0 to 255) side by side."""
    _, row = plt.subplots(1, len(pictures), figsize=(1.5 * len(pictures), 1.8), squeeze=False)
    for axes, picture, title in zip(row[0], pictures, titles):
        axes.imshow(picture)
        axes.set_title(title, fontsize=8)
        axes.axis("off")
    plt.show()


# %% [markdown]
# ## A generator
#
# Any PyTorch module that makes images of latents: here the DCGAN of another library. What has to be
# said beside it is the distribution of its latents, the shape of one, what black and white are, and
# where its weights are.

# %%
weights = packaged_file("gan_face_generate", "weights.tar", "gan-face-generate==1.1.1")
generator = eglass.ModuleGenerator(
    DCGANGenerator(output_size=64, nz=100),
    eglass.GaussianPrior(100),
    weights,
    latent_shape=(100, 1, 1),
    value_range=(-1, 1),
)
x = generator(generator.sample(4, torch.Generator().manual_seed(7)))
show(eglass.to_pixels(x), [""] * 4)


# %% [markdown]
# A module that cannot be explored is refused at once, and the layer at fault is named.


# %%
class Noisy(DCGANGenerator):
    def forward(self, z):
        return super().forward(z + 0.1 * torch.randn_like(z))


try:
    eglass.ModuleGenerator(Noisy(), eglass.GaussianPrior(100), "random", latent_shape=(100, 1, 1))
except eglass.InputError as error:
    print(error)

# %% [markdown]
# ## An operator
#
# Any `LinearPhysics` of [deepinv](https://deepinv.github.io), or any function that is linear. Here,
# a camera that sees the face through slats, and the sum of what is behind each of them. Its adjoint
# is found by differentiation.


# %%
def slats(images):
    """Rows of the upper half; of the lower half, the sum over each four rows."""
    upper, lower = images[:, :, :32:4], images[:, :, 32:].unflatten(2, (8, 4)).mean(3)
    return torch.cat([upper, lower], 2)


target = x[:1]
problem = eglass.Problem.simulate(eglass.LinearFunction(slats, (3, 64, 64)), target)
show([eglass.to_pixels(target)[0], eglass.shown_measurement(problem)], ["x", "y"])

# %% [markdown]
# One that is not linear is found out by random images.

# %%
try:
    eglass.Problem.simulate(
        eglass.LinearFunction(lambda images: slats(images).clamp(0, 1), (3, 64, 64)), target
    )
except eglass.InputError as error:
    print(error)

# %% [markdown]
# ## Solutions
#
# All else is as ever. With noise, feasibility allows for it: the noise's variance is added to the
# threshold.

# %%
rng = torch.Generator().manual_seed(0)
operator = eglass.LinearFunction(slats, (3, 64, 64))
problem = eglass.Problem.simulate(operator, target, noise=0.03, rng=rng)
print(f"feasible: ℓ2 ≤ {problem.threshold:.4f}; the true image has {problem.l2(target).item():.4f}")

invert = eglass.ImageAdaptiveInversion(
    starts=6, steps=80, prior_weight=1e-3, adaptation_weights_lr=1e-4, stop_at=4e-3
)
start = eglass.find_start(problem, generator, eglass.LPIPS(), inversion=invert, rng=rng)
solutions = eglass.explore(start, eglass.Algorithm1(K=[8, 10, 12]), count=6, rng=rng)

rows = solutions.table.itertuples()
show(
    [eglass.to_pixels(start.image)[0], *eglass.to_pixels(solutions.images)],
    [f"G(z0)\nℓ2 {start.inverted.l2:.1e}"]
    + [f"{row.direction}, LPIPS {row.lpips:.2f}\nℓ2 {row.l2:.1e}" for row in rows],
)

# %% [markdown]
# On the command line the same is a file in `conf/problem/` and one in `conf/generator/`: see
# `docs/configuration.md`.
