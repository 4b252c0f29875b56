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
# # From your own images to what a scan leaves open
#
# Whoever has images of a field of his own, but no generator of such images, can train one, and
# then ask of a measurement what it leaves open. Here the images are random ellipses, and the
# measurement is a scan from few angles. For images of your own, the next cell reads
# `eglass.training.read_folder("images", (1, 32, 32))`.

# %%
import matplotlib.pyplot as plt
import torch

import eglass
from eglass import training
from eglass.perceptual import Pixels
from eglass.problems import tomography

# %config InlineBackend.figure_formats = ["jpeg"]
plt.rcParams["figure.dpi"] = 80
rng = torch.Generator().manual_seed(0)


def show(images, titles=None):
    """Show images in [-1, 1] side by side."""
    _, row = plt.subplots(1, len(images), figsize=(1.2 * len(images), 1.5), squeeze=False)
    for axes, image, title in zip(row[0], images, titles or [""] * len(images)):
        axes.imshow(image.squeeze(), cmap="gray", vmin=-1, vmax=1)
        axes.set_title(title, fontsize=8)
        axes.axis("off")
    plt.show()


images = training.split(training.phantoms(3000, rng, size=32), share=0.1, rng=rng)
show(images.train[:8])

# %% [markdown]
# ## A generator of such images
#
# A variational autoencoder, then a flow that makes its codes Gaussian. A minute is enough for
# this; `make train IMAGES=folder` does the same for longer, resumes when it was interrupted, and
# leaves a page that shows what the generator cannot make.

# %%
settings = training.Training(latent_dim=24, width=12, steps=2500, mirrored="all")
trained = training.train(images, settings)
generator = trained.decoder
show(generator(generator.sample(8, rng)), ["sample"] * 8)

# %% [markdown]
# What it knows shows on images that were held out. Above, such an image; below, the nearest one
# that the generator makes.

# %%
truth = images.held_out[:8]
latents, errors = training.nearest(trained, truth)
show(truth)
show(generator(latents), [f"RMSE {error**0.5:.3f}" for error in errors.tolist()])

# %% [markdown]
# ## A scan
#
# Three angles, and a little noise: far fewer numbers than pixels. Feasible is what explains them
# to a mean squared error of 3e-3, and the noise's variance.

# %%
x = truth[4:5]
scan = tomography(img_size=generator.image_size, angles=3)
problem = eglass.Problem.simulate(scan, x, noise=0.01, threshold=3e-3, rng=rng)
print("measured:", problem.entries, "numbers for", x.numel(), "pixels")

# %% [markdown]
# ## What it leaves open
#
# One solution, the directions that the scan hardly sees but pixels do, and a walk along them both
# ways, as far as the scan allows.

# %%
inversion = eglass.ImageAdaptiveInversion(prior_weight=1e-4)
start = eglass.find_start(problem, generator, Pixels(), inversion=inversion, rng=rng)
found = eglass.explore(start, eglass.Algorithm1(K=[1, 2, 3, 4, 5, 6], k=6), count=8, rng=rng)
show([x[0], start.image[0]], ["what was scanned", "G(z₀)"])
show(found.images, [f"ℓ2 {l2:.1e}" for l2 in found.l2.tolist()])

# %% [markdown]
# Where they differ is what this scan does not tell, if the world is made of such ellipses: here,
# between the angles, how far the shell reaches and how bright it is; what is inside is known to a
# few hundredths.

# %%
both = eglass.agreement(found.images[found.feasible])
_, axes = plt.subplots(figsize=(2.6, 2.2))
axes.axis("off")
plt.colorbar(axes.imshow(both.spread, cmap="inferno"), label="standard deviation")
plt.show()
