"""
What is measured, and what is seen
==================================

Around a solution, two metrics on the latent space say how much the measurement changes with the
latent, and how much the eye notices. Their eigenvectors are coupled: what is seen most is also
measured.
"""

import matplotlib.pyplot as plt
import torch

import eglass

generator, perceptual = eglass.DCGAN.pretrained(), eglass.LPIPS()
rng = torch.Generator().manual_seed(1)
target = generator(generator.sample(1, rng))
physics = eglass.inpainting(generator.image_size, box=(0.6, 0.25, 0.95, 0.75))
problem = eglass.Problem.simulate(physics, target)
inversion = eglass.BankInversion(bank=500, starts=4, steps=60, prior_weight=1e-3, stop_at=1e-3)
start = eglass.find_start(problem, generator, perceptual, inversion=inversion, rng=rng)
geometry = start.geometry

# %%
# Both metrics have few large eigenvalues, and the coupling matrix C = UᵀV is large where they meet.
figure, (spectrum, coupling) = plt.subplots(1, 2, figsize=(8, 3.4), layout="constrained")
j = range(1, generator.latent_dim + 1)
spectrum.semilogy(j, geometry.Lambda / geometry.Lambda[0], label="$H_Y$: measured")
spectrum.semilogy(j, geometry.Omega / geometry.Omega[0], label="$H_X$: seen")
spectrum.set(xlabel="j", ylabel="eigenvalue / largest")
spectrum.legend()
shown = coupling.imshow(geometry.C[:30, :30].abs(), cmap="magma_r", extent=(0.5, 30.5, 30.5, 0.5))
coupling.set(xlabel="j, of $v^j$", ylabel="i, of $u^i$", title="|C|")
figure.colorbar(shown)

# %%
# Algorithm 1 takes an eigenvector v, which is seen, and removes what is measured of it.
v, d = geometry.eigenvector(8), eglass.algorithm1(geometry, K=8, k=20)
figure, axes = plt.subplots(figsize=(8, 2.4), layout="constrained")
for direction, label in ((v, "v"), (d, "d")):
    axes.bar(range(1, 51), (geometry.U.T @ direction).abs()[:50], 0.8, alpha=0.6, label=label)
axes.axhline(0.05, color="0.4", linewidth=0.8)
axes.set(xlabel="j, of $u^j$", ylabel="correlation")
axes.legend()
