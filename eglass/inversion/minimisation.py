"""What every inversion shares: one Lightning loop, a history, a clock, and when to stop."""

from __future__ import annotations

import time
from abc import abstractmethod
from pathlib import Path
from typing import Any

import pandas as pd
import pytorch_lightning as pl
import torch
from jaxtyping import Float
from torch import Tensor

from eglass.problems import Problem
from eglass.progress import Progress, quiet_lightning, silent
from eglass.weights.checkpoints import Checkpoints

#: Steps from one report of progress to the next: each brings a number from the device.
REPORT_EVERY = 10
#: Tells Lightning that the epoch, and so the run, is over.
SKIP_THE_REST = -1


class Minimisation(pl.LightningModule):
    """Minimises ℓ2 over some parameters, from several starts side by side.

    Subclasses say what the parameters are (`images`), what is minimised (`objective`) and how
    (`configure_optimizers`). The run ends early once `enough` starts have reached `stop_at`.

    Args:
        problem: gives ℓ2 of images.
        stop_at: ℓ2 at which a start is done; none runs the whole budget.
        enough: how many starts must be done before the run ends.
    """

    def __init__(self, problem: Problem, *, stop_at: float | None, enough: int = 1):
        super().__init__()
        self.problem = problem
        self.stop_at = stop_at
        self.enough = enough
        self.losses: list[Tensor] = []
        self.seconds: list[float] = []
        # For reports of progress, now and then: Lightning's `log` would bring a number from the
        # device, and its machinery along, at every step.
        self.best: Tensor | None = None
        self.done = False

    @abstractmethod
    def images(self) -> Float[Tensor, "start channels height width"]:
        """Return the current image of every start."""

    @abstractmethod
    def keep_best(self, l2: Float[Tensor, " start"]) -> Float[Tensor, " start"]:
        """Remember the starts that have improved, and return the best ℓ2 of each so far."""

    def objective(self, l2: Float[Tensor, " start"]) -> Float[Tensor, ""]:
        """What is minimised: starts do not interact, so the sum over them."""
        return l2.sum()

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> int | None:
        # So that one which was interrupted when it was done takes no further step.
        return SKIP_THE_REST if self.done else None

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        l2 = self.problem.l2(self.images())
        self.losses.append(l2.detach())
        self.seconds.append(time.perf_counter() - self._began)
        best = self.keep_best(l2.detach())
        self.best = best
        if self.stop_at is not None:
            self.done = int((best <= self.stop_at).sum()) >= self.enough
        return self.objective(l2)

    @property
    def history(self) -> pd.DataFrame:
        """One row a step and start: step, start, l2, and seconds since the search began."""
        losses = pd.DataFrame(torch.stack(self.losses).cpu().numpy())
        table = losses.rename_axis(index="step", columns="start").stack().rename("l2").reset_index()
        return table.assign(seconds=pd.Series(self.seconds)[table["step"]].to_numpy())

    def on_train_start(self) -> None:
        # A resumed search goes on where its clock stopped.
        self._began = time.perf_counter() - (self.seconds[-1] if self.seconds else 0.0)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["losses"] = torch.stack(self.losses)
        checkpoint["seconds"] = self.seconds
        checkpoint["done"] = self.done

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.losses = list(checkpoint["losses"])
        self.seconds = checkpoint["seconds"]
        self.done = checkpoint["done"]

    def minimise(
        self,
        steps: int,
        name: str,
        workdir: Path | None = None,
        progress: Progress = silent,
    ) -> float:
        """Run the budget under a Lightning Trainer, and return the seconds that it took.

        Args:
            steps: the budget.
            name: what its progress is called, and its checkpoint.
            workdir: where a checkpoint is kept while it runs, and looked for to resume from; none
                keeps none.
            progress: called now and then, and may end the run by raising.
        """
        checkpoints = Checkpoints(workdir, name)
        with quiet_lightning():
            trainer = pl.Trainer(
                accelerator="gpu" if self.problem.device.type == "cuda" else "cpu",
                devices=1,
                max_epochs=1,
                logger=False,
                callbacks=[_Report(progress, name, steps), *checkpoints.callbacks()],
                **checkpoints.options(),
                enable_model_summary=False,
                enable_progress_bar=False,
            )
            trainer.fit(self, train_dataloaders=range(steps), ckpt_path=checkpoints.last())
        seconds = time.perf_counter() - self._began
        # Lightning leaves a module on the CPU.
        self.to(self.problem.device)
        return seconds


class _Report(pl.Callback):
    """Reports how far a minimisation is."""

    def __init__(self, progress: Progress, name: str, steps: int):
        self.progress, self.name, self.steps = progress, name, steps

    def on_train_batch_end(
        self, trainer: pl.Trainer, module: pl.LightningModule, *rest: Any
    ) -> None:
        assert isinstance(module, Minimisation)
        assert module.best is not None
        done = self.steps if module.done else trainer.global_step
        if done % REPORT_EVERY == 0 or done == self.steps:
            self.progress(self.name, done, self.steps, float(module.best.min()))
