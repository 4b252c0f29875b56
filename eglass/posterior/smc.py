"""From the prior inwards: waste-free sequential Monte Carlo over the noise, then long chains.

Dau and Chopin, "Waste-free sequential Monte Carlo", JRSS B, 2022.
Where the noise is uniform in a ball this is subset simulation: each level is a ball of the share
of least ℓ2 of the one before, and log P(ℓ2 ≤ τ) is the sum of the logarithms of these shares.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from eglass.errors import InputError
from eglass.posterior.draws import Draws, about, statistics
from eglass.posterior.kernels import SAFETY, Angles, Kernel, Reflections, Rough, Slices, State
from eglass.posterior.levels import Level, first_level, resampled, sharper
from eglass.posterior.noise import Noise
from eglass.posterior.rounded import is_sooner
from eglass.posterior.target import Posterior
from eglass.progress import Progress, silent
from eglass.settings import Count, Positive, Several, Share, settings

#: Share of the steps of reflections that are to turn round, where chains forget soonest; and by how
#: much the angle of a step changes at most, from one level to the next.
TURNED, MOST = 0.2, 1.5


@settings
class SMC:
    """Exact draws of what a measurement leaves open, and how probable that is, from scratch.

    Independent runs go side by side; between them nothing is shared but the levels and the angles.

    Attributes:
        runs: how many.
        prior: draws of the prior that each begins with.
        ancestors: of each run, drawn again at each level.
        moves: places of each ancestor's chain that are kept, its start among them.
        share: of the draws that are within the next level.
        move: how chains move: reflections, or slices of weighted or of plain angles.
        angle: of a step of reflections, at the first level; then such that one step in five turns
            round.
        arc: that all steps of a move go along; about a quarter of a turn forgets soonest.
        metric_draws: whose H_Y is averaged at each level.
        precision: in which moves are made: auto is bfloat16 where the device multiplies that; ends
            are checked in single precision either way. Under Gaussian noise, whose slices are
            narrower than the rounding, it is single in all.
        chains: of each run, at what was asked for.
        rhat, ess: that end these chains.
        most_moves: that end them at the latest.
        stall: a level that is not narrower than this share of the one before is the last: there is
            nothing farther in, unless a draw is.
    """

    runs: Several = 4
    prior: Several = 1000
    ancestors: Several = 128
    moves: Several = 5
    share: Share = 0.2
    move: Literal["reflections", "slices", "plain_slices"] = "reflections"
    angle: Positive = 0.2
    arc: Positive = 1.5
    metric_draws: Count = 4
    precision: Literal["auto", "bfloat16", "float32"] = "auto"
    chains: Several = 64
    rhat: Positive = 1.01
    ess: Positive = 400.0
    most_moves: Count = 100
    stall: Share = 0.995

    def __call__(
        self,
        posterior: Posterior,
        noises: Sequence[Noise],
        rng: torch.Generator,
        *,
        progress: Progress = silent,
        workdir: str | Path | None = None,
    ) -> list[Draws]:
        """Return the draws for each belief about the noise.

        Args:
            posterior: the measurement and the generator.
            noises: of one kind, from the widest to the narrowest: thresholds, or deviations.
            rng: of everything that is drawn.
            progress: called now and then, and may end it by raising.
            workdir: where the level under way is kept, and resumed from; none keeps none.

        Raises:
            EmptySet: levels do not become narrower before a threshold is reached.
            InputError: the noises are not of one kind, or do not become narrower; or arviz-stats,
                which ends the chains, is not installed.
        """
        _check(noises)
        statistics()
        climb = _Climb(
            self, posterior, rng, progress, None if workdir is None else Path(workdir), noises[0]
        )
        return [climb.to(noise) for noise in noises]


class EmptySet(InputError):
    """No image of the generator explains a measurement as well as was asked for.

    Attributes:
        reached: the least ℓ2 that was found.
    """

    def __init__(self, asked: float, reached: float):
        super().__init__(
            f"no image of the frozen generator was found with ℓ2 ≤ {asked:.1e}, the least is "
            f"{reached:.1e}: expected a threshold above that, or an image nearer to what the "
            "generator makes"
        )
        self.reached = reached


class _Climb:
    """A run of `SMC` under way."""

    def __init__(
        self,
        settings: SMC,
        posterior: Posterior,
        rng: torch.Generator,
        progress: Progress,
        workdir: Path | None,
        end: Noise,
    ):
        self.settings, self.rng, self.progress, self.workdir = settings, rng, progress, workdir
        self.posterior = posterior
        rounds = settings.precision == "bfloat16" or (
            settings.precision == "auto" and is_sooner(posterior.generator.device)
        )
        self.rough = posterior.rounded() if rounds and end.bears_rounding else None
        self.H_Y: Tensor | None = None
        self.angle = settings.angle
        self.level = first_level(posterior, settings.runs, settings.prior, rng)
        if workdir is not None and (kept := Level.load(workdir, end, rng)) is not None:
            self.level = kept
        self.seconds = self.level.seconds

    def to(self, end: Noise) -> Draws:
        """Go on until the noise is this narrow, and draw there."""
        while self.level.noise != end:
            began = time.perf_counter()
            noise = sharper(end, self.level, self.settings.share, self.posterior.entries)
            self._check_narrower(noise, end)
            self._descend(noise, final=noise == end)
            self.seconds += time.perf_counter() - began
            self.level = replace(self.level, seconds=self.seconds)
            self._report(end)
            if self.workdir is not None:
                self.level.save(self.workdir, self.rng)
        return self._drawn()

    def _report(self, end: Noise) -> None:
        """Say how much of the way, in decades, is done."""
        noise = self.level.noise
        assert noise is not None
        ahead = math.log(noise.width / end.width)
        first = self.level.history[0][0] if self.level.history else noise.width
        share = 1 - ahead / max(math.log(first / end.width), ahead, 1e-9)
        self.progress("levels", round(100 * share), 100, l2=noise.width)

    def _check_narrower(self, noise: Noise, end: Noise) -> None:
        before = self.level.noise
        if noise == end or before is None or noise.width < self.settings.stall * before.width:
            return
        # However slowly levels come nearer: what has such a draw is not empty.
        if (least := float(self.level.l2.min())) > end.width:
            raise EmptySet(end.width, least)

    def _descend(self, noise: Noise, final: bool) -> None:
        """Take the particles to a narrower noise."""
        level, own = self.level, self.settings
        posterior = self.posterior.with_noise(noise)
        weights = level.log_weights(noise, posterior.entries)
        count = own.chains if final else own.ancestors
        z, l2 = resampled(level, weights, count, self.rng)
        state = State(z.flatten(0, 1), l2.flatten())
        kernel, passes = self._kernel(posterior, state)
        kept, turned, way, excess = [state], [], [], level.excess
        while len(kept) < own.moves or (final and not self._enough(kept)):
            state, info = kernel.step(posterior, state, self.rng)
            kept.append(state)
            passes += info.passes
            turned.append(info.turned)
            assert info.way is not None
            way.append(info.way)
            excess = max(excess, info.excess)
            if final:
                self.progress("chains", len(kept), own.most_moves)
        self.angle = retuned(self.angle, sum(turned) / len(turned))
        # What the chains begin with is drawn again of the level before: not of this one's moves.
        kept = kept[1:] if final else kept
        self.level = level.narrowed(
            noise,
            torch.stack([each.z for each in kept], 1).unflatten(0, (own.runs, count)),
            torch.stack([each.l2 for each in kept], 1).unflatten(0, (own.runs, count)),
            torch.stack(way).permute(2, 0, 1).unflatten(0, (own.runs, count)),
            passes,
            excess,
            posterior.entries,
        )

    def _enough(self, kept: Sequence[State]) -> bool:
        """Say whether chains are long enough, looking at them now and then."""
        own = self.settings
        if len(kept) > own.most_moves:
            return True
        if len(kept) < 20 or len(kept) % 20:
            return False
        z, l2 = (torch.stack([getattr(s, name) for s in kept[1:]], 1) for name in ("z", "l2"))
        looked_at = _draws(self.level, z, l2, own.runs)
        ess = min(looked_at.ess_bulk, looked_at.ess_tail)
        return ess >= own.ess and looked_at.rhat <= own.rhat

    def _kernel(self, posterior: Posterior, state: State) -> tuple[Kernel, int]:
        """Return how chains move at this level, and the passes that finding out took."""
        own, passes = self.settings, 0
        angles = Angles.plain(posterior.dim)
        if own.move != "plain_slices":
            some = torch.randperm(len(state.z), generator=self.rng)[: own.metric_draws]
            H_Y = posterior.metric(state.z[some])
            # What the levels before have seen still counts: a few draws say little.
            self.H_Y = H_Y if self.H_Y is None else (self.H_Y + H_Y) / 2
            angles = Angles.of(self.H_Y, posterior)
            passes += len(some) * posterior.dim
        rough = None
        if self.rough is not None:
            off = (self.rough.l2(state.z) - state.l2).abs().max()
            rough = Rough(self.rough, SAFETY * float(off))
            passes += len(state.z)
        if own.move == "reflections":
            steps = max(1, round(own.arc / self.angle))
            return Reflections(angles=angles, rough=rough, angle=self.angle, steps=steps), passes
        return Slices(angles=angles, rough=rough), passes

    def _drawn(self) -> Draws:
        found = _draws(
            self.level, self.level.z.flatten(0, 1), self.level.l2.flatten(0, 1), self.settings.runs
        )
        return replace(found, seconds=self.seconds)


def retuned(angle: float, turned: float) -> float:
    """Return the angle of a step for the next level.

    Args:
        angle: the one of this level.
        turned: share of its steps that turned round.
    """
    return angle * min(MOST, max(1 / MOST, (TURNED / max(turned, 1e-9)) ** 0.5))


def _draws(level: Level, z: Tensor, l2: Tensor, runs: int) -> Draws:
    log10_p, error = level.evidence
    return Draws(
        z,
        l2,
        runs,
        {} if level.noise is None else about(level.noise),
        level.curve,
        log10_p,
        error,
        tuple((level.log_p / math.log(10)).tolist()),
        level.passes,
        level.seconds,
        level.excess,
    )


def _check(noises: Sequence[Noise]) -> None:
    kinds = {type(noise) for noise in noises}
    if len(kinds) != 1:
        raise InputError("expected one or more beliefs about the noise, all of one kind")
    widths = [noise.width for noise in noises]
    if any(wide <= narrow for wide, narrow in pairwise(widths)):
        raise InputError(f"{widths}: expected ever smaller ones")
