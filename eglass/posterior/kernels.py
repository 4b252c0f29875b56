"""Moves that leave p(z | y) as it is, for a batch of chains: (state, rng) → (state, information).

All of them are reversible. A slice {ℓ2 ≤ limit} is drawn first, the whole set where the noise is
uniform in a ball; then each chain moves within it along an ellipse, which the prior's Gaussian does
not notice (Murray, Adams, MacKay, "Elliptical slice sampling", AISTATS 2010).
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from eglass.posterior.target import Posterior
from eglass.settings import Count, Positive, settings

#: What a gradient takes, in forward passes.
GRADIENT = 3
#: What the largest error of the rounded network that was seen is multiplied by: its slack.
SAFETY = 2.0


@dataclass(frozen=True)
class State:
    """Where chains are.

    Attributes:
        z: the Gaussian numbers of each.
        l2: of their images.
    """

    z: Float[Tensor, "chains dim"]
    l2: Float[Tensor, " chains"]

    @classmethod
    def at(cls, posterior: Posterior, z: Float[Tensor, "chains dim"]) -> State:
        """Return the state of chains that begin at some draws."""
        return cls(z, posterior.l2(z))


@dataclass(frozen=True)
class Info:
    """What a move took.

    Attributes:
        passes: forward passes; a gradient counts as three.
        moved: share of the chains that are elsewhere now.
        excess: the largest share of the slack that an exact draw made use of; above 1 the rounded
            network would have kept draws out.
        turned: share of the steps that turned round, where a move has several.
        way: ℓ2 after each step, of where chains would be had the move ended there, by what moves
            are made with; none where a move has no steps.
    """

    passes: int
    moved: float
    excess: float = 0.0
    turned: float = 0.0
    way: Float[Tensor, "steps chains"] | None = None


@dataclass(frozen=True)
class Moved:
    """Where a move within a slice ends.

    Attributes:
        z: the Gaussian numbers of each chain.
        l2: of their images.
        passes, turned, way: as of `Info`.
    """

    z: Float[Tensor, "chains dim"]
    l2: Float[Tensor, " chains"]
    passes: int
    way: Float[Tensor, "steps chains"]
    turned: float = 0.0


@dataclass(frozen=True)
class Angles:
    """How far coordinates turn, of an ellipse's angle θ: by w_i θ along each eigenvector of H_Y.

    With w_i = √(s/(Λ_i + s)) directions that are measured turn less, by as much as the posterior is
    narrower there. The turns are a one-parameter group that leaves the Gaussian of (z, v) alone, so
    that slices along its orbits are exact (Neal, "Slice sampling", 2003), whatever the weights.

    Attributes:
        basis: eigenvectors, in columns.
        weights: w.
    """

    basis: Float[Tensor, "dim dim"]
    weights: Float[Tensor, " dim"]

    @classmethod
    def plain(cls, dim: int) -> Angles:
        """Return the same angle for every coordinate."""
        return cls(torch.eye(dim), torch.ones(dim))

    @classmethod
    def of(cls, H_Y: Float[Tensor, "dim dim"], posterior: Posterior) -> Angles:
        """Return the angles that a mean metric asks for."""
        eigenvalues, basis = torch.linalg.eigh(H_Y.double() * posterior.normal.scale**2)
        eigenvalues = eigenvalues.clamp(min=0)
        s = posterior.noise.damping(eigenvalues, posterior.entries)
        return cls(basis.to(H_Y), (s / (eigenvalues + s)).sqrt().to(H_Y))

    def turn(
        self,
        z: Float[Tensor, "chains dim"],
        v: Float[Tensor, "chains dim"],
        angle: Float[Tensor, " chains"],
    ) -> tuple[Float[Tensor, "chains dim"], Float[Tensor, "chains dim"]]:
        """Return both after a turn: z cos wθ + v sin wθ and v cos wθ − z sin wθ."""
        a, b = z @ self.basis, v @ self.basis
        each = angle[:, None] * self.weights
        cos, sin = each.cos(), each.sin()
        return (a * cos + b * sin) @ self.basis.T, (b * cos - a * sin) @ self.basis.T

    def mirrored(
        self, v: Float[Tensor, "chains dim"], normals: Float[Tensor, "chains dim"]
    ) -> Float[Tensor, "chains dim"]:
        """Return v of the same length, so that what z moves by is mirrored in a surface."""
        n = (normals @ self.basis) * self.weights
        n = torch.nn.functional.normalize(n) @ self.basis.T
        return v - 2 * (v * n).sum(1, keepdim=True) * n


@dataclass(frozen=True)
class Rough:
    """A cheaper stand-in for a posterior, and how far its ℓ2 may be off.

    Attributes:
        posterior: the stand-in.
        slack: added to a slice's limit.
    """

    posterior: Posterior
    slack: float


@settings
class Kernel(ABC):
    """A move within a slice.

    With a rough stand-in the move is made by that, in the slice a little widened, and accepted
    where the end lies within the slice by the exact ℓ2: the draws are exact as long as no image of
    the slice is off by more than the slack.

    Attributes:
        angles: how far coordinates turn.
        rough: the stand-in; none moves by the posterior itself.
    """

    angles: Angles
    rough: Rough | None = None

    def step(self, posterior: Posterior, state: State, rng: torch.Generator) -> tuple[State, Info]:
        """Return where the chains are after a move."""
        limit = posterior.limit(state.l2, rng)
        if self.rough is None:
            end = self.move(posterior, state, limit, rng)
            share = float((end.z != state.z).any(1).float().mean())
            return State(end.z, end.l2), Info(end.passes, share, 0.0, end.turned, end.way)
        widened = limit + self.rough.slack
        end = self.move(self.rough.posterior, state, widened, rng)
        z, l2 = end.z, posterior.l2(end.z)
        inside = l2 <= limit
        moved = inside & (z != state.z).any(1)
        off = float((end.l2 - l2)[moved].max()) / self.rough.slack if moved.any() else 0.0
        # A step that lies outside is refused as the end is, by what is known of it.
        way = end.way - (end.l2 - l2).mean()
        way = torch.where(way <= limit, way, state.l2)
        return (
            State(torch.where(inside[:, None], z, state.z), torch.where(inside, l2, state.l2)),
            Info(end.passes + len(z), float(moved.float().mean()), off, end.turned, way),
        )

    @abstractmethod
    def move(
        self,
        posterior: Posterior,
        state: State,
        limit: Float[Tensor, " chains"],
        rng: torch.Generator,
    ) -> Moved:
        """Return where the chains are after a move within their slices."""


@settings
class Slices(Kernel):
    """Elliptical slice moves: an angle within a bracket that shrinks until the image is feasible.

    The bracket, as wide as a circle, is placed at random and each chain has its own.
    """

    def move(
        self,
        posterior: Posterior,
        state: State,
        limit: Float[Tensor, " chains"],
        rng: torch.Generator,
    ) -> Moved:
        z, l2, passes = state.z.clone(), state.l2.clone(), 0
        v = posterior.momenta(len(z), rng)
        high = 2 * math.pi * _uniform(len(z), rng).to(l2)
        low = high - 2 * math.pi
        on = torch.arange(len(z), device=z.device)
        while len(on):
            angle = low[on] + (high[on] - low[on]) * _uniform(len(on), rng).to(l2)
            proposed, _ = self.angles.turn(state.z[on], v[on], angle)
            found = posterior.l2(proposed)
            passes += len(on)
            # An empty bracket ends where it began: only a start outside of its slice gets there.
            inside = (found <= limit[on]) | (high[on] - low[on] < 1e-6)
            z[on[inside]], l2[on[inside]] = proposed[inside], found[inside]
            left = angle < 0
            low[on[left]], high[on[~left]] = angle[left], angle[~left]
            on = on[~inside]
        return Moved(z, l2, passes, l2[None])


@settings
class Reflections(Kernel):
    """Steps along the ellipse, mirrored where they leave the slice.

    Of a step that ends outside, the velocity is mirrored in the surface of equal ℓ2 there, and it
    goes on; where that ends outside too, the chain turns round. Each step is its own inverse with
    the velocity reversed (reflective slice sampling, Neal, 2003; Galilean Monte Carlo, Skilling,
    2012), on the ellipses along which a Gaussian moves (Pakman and Paninski, 2014).

    Attributes:
        angle: θ of a step, before the weights.
        steps: with one velocity.
        spread: by which share the angle differs from one move to the next, either way.
    """

    angle: Positive = 0.2
    steps: Count = 5
    spread: Positive = 0.2

    def move(
        self,
        posterior: Posterior,
        state: State,
        limit: Float[Tensor, " chains"],
        rng: torch.Generator,
    ) -> Moved:
        z, l2, passes = state.z, state.l2, 0
        v = posterior.momenta(len(z), rng)
        angle = self.angle * (1 + self.spread * (2 * _uniform(len(z), rng).to(l2) - 1))
        turned, way = 0.0, []
        for _ in range(self.steps):
            before = z
            z, v, l2, more = self.leap(posterior, z, v, l2, limit, angle)
            passes += more
            turned += float((z == before).all(1).float().mean()) / self.steps
            way.append(l2)
        return Moved(z, l2, passes, torch.stack(way), turned)

    def leap(
        self,
        posterior: Posterior,
        z: Float[Tensor, "chains dim"],
        v: Float[Tensor, "chains dim"],
        l2: Float[Tensor, " chains"],
        limit: Float[Tensor, " chains"],
        angle: Float[Tensor, " chains"],
    ) -> tuple[Float[Tensor, "chains dim"], Float[Tensor, "chains dim"], Tensor, int]:
        """Return where a single step ends, with which velocity, its ℓ2, and the forward passes."""
        next_z, next_v = self.angles.turn(z, v, angle)
        next_l2 = posterior.l2(next_z)
        passes = len(z)
        out = (~(next_l2 <= limit)).nonzero().flatten()
        if len(out):
            _, gradient = posterior.l2_and_gradient(next_z[out])
            mirrored = self.angles.mirrored(next_v[out], gradient)
            far_z, far_v = self.angles.turn(next_z[out], mirrored, angle[out])
            far_l2 = posterior.l2(far_z)
            passes += (1 + GRADIENT) * len(out)
            inside = far_l2 <= limit[out]
            next_z[out] = torch.where(inside[:, None], far_z, z[out])
            next_v[out] = torch.where(inside[:, None], far_v, -v[out])
            next_l2[out] = torch.where(inside, far_l2, l2[out])
        return next_z, next_v, next_l2, passes


def _uniform(count: int, rng: torch.Generator) -> Float[Tensor, " count"]:
    return torch.rand(count, generator=rng)
