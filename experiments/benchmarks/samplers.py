"""Rivals of the moves by which exact draws are made."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from eglass.posterior import Info, Posterior, State


@dataclass(frozen=True)
class PCN:
    """Preconditioned Crank–Nicolson at several thresholds, whose chains change places.

    Cotter, Roberts, Stuart, White, Statistical Science, 2013, with parallel tempering: each chain
    has others beside it in wider balls, which move farther. All of their passes count.

    Attributes:
        rungs: what the threshold is multiplied by, from 1 up.
        lengths: β of each: a proposal is √(1 − β²) z + β v.
        others: places in the wider balls, made at the first move.
    """

    rungs: tuple[float, ...] = (1.0, 1.5, 2.25)
    lengths: tuple[float, ...] = (0.05, 0.075, 0.11)
    others: tuple[State, ...] = ()

    def begun(self, state: State) -> PCN:
        """Return the same with chains in the wider balls, which begin where the others are."""
        return replace(self, others=tuple(state for _ in self.rungs[1:]))

    def step_all(
        self, posterior: Posterior, state: State, rng: torch.Generator
    ) -> tuple[PCN, State, Info]:
        """Return the rungs and where the chains are after a move of all."""
        limit = posterior.limit(state.l2, rng)
        states, passes = [state, *self.others], 0
        for i, (at, wider, length) in enumerate(zip(states, self.rungs, self.lengths)):
            v = posterior.momenta(len(at.z), rng)
            z = (1 - length**2) ** 0.5 * at.z + length * v
            l2 = posterior.l2(z)
            passes += len(z)
            states[i] = _where(l2 <= limit * wider, State(z, l2), at)
        for i in range(len(states) - 1):
            cold, hot = states[i], states[i + 1]
            change = hot.l2 <= limit * self.rungs[i]
            states[i], states[i + 1] = _where(change, hot, cold), _where(change, cold, hot)
        moved = (states[0].z != state.z).any(1).float().mean()
        return replace(self, others=tuple(states[1:])), states[0], Info(passes, float(moved))


def _where(which: Tensor, one: State, other: State) -> State:
    return State(torch.where(which[:, None], one.z, other.z), torch.where(which, one.l2, other.l2))
