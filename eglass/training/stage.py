"""What both stages of training share: one Lightning loop, judged by images that are held out."""

from __future__ import annotations

import math
from abc import abstractmethod
from pathlib import Path
from typing import Any

import pandas as pd
import pytorch_lightning as pl
import torch
from jaxtyping import Float
from torch import Tensor, nn

from eglass.errors import InputError
from eglass.images import to_pixels
from eglass.progress import Progress, quiet_lightning, silent
from eglass.weights.checkpoints import Checkpoints

#: Steps in which the learning rate rises to its own, before it falls to nothing.
WARMUP = 100
#: Steps from one report of progress to the next.
REPORT_EVERY = 10
#: Longest gradient: a flow's may be far longer, once in a while, and undo what was learned.
LONGEST = 10.0
#: What a checkpoint holds besides the networks and the optimiser.
_KEPT = ("rows", "seen", "best", "lost")


class Stage(pl.LightningModule):
    """Trains some networks by Adam, and keeps what was best on the held-out images.

    Subclasses say what is lost (`loss`), and by what the held-out are judged (`judge`). The run
    ends early where the held-out have not got better for a while. All that is random is drawn
    from a generator of its own, whose state a checkpoint holds: what was interrupted goes on as if
    it had not been.

    Args:
        networks: what is trained.
        steps: the budget.
        lr: the largest learning rate; it falls along a cosine.
        every: steps from one judgement to the next.
        patience: judgements without progress after which the run ends.
        seed: of all that is random.
    """

    def __init__(
        self, networks: nn.Module, *, steps: int, lr: float, every: int, patience: int, seed: int
    ):
        super().__init__()
        self.networks = networks
        self.steps = steps
        self.lr = lr
        self.every = every
        self.patience = patience
        self.rng = torch.Generator().manual_seed(seed)
        self.rows: list[dict[str, float]] = []
        self.seen: list[Tensor] = []
        self.best: dict[str, Tensor] = {}
        self.lost: list[Tensor] = []

    @abstractmethod
    def loss(self) -> Float[Tensor, ""]:
        """Return what is minimised, of a batch that is drawn anew."""

    @abstractmethod
    def judge(self) -> float:
        """Return how bad the networks are on the held-out images; called in evaluation mode."""

    @abstractmethod
    def look(self) -> Float[Tensor, "few channels height width"]:
        """Return a few images that show how far it is; called in evaluation mode."""

    def normal(self, *shape: int) -> Tensor:
        """Draw standard normal numbers, on the device."""
        return torch.randn(*shape, generator=self.rng).to(self.device)

    def drawn(self, count: int, batch: int) -> Tensor:
        """Draw which of so many images are the batch."""
        return torch.randint(count, (min(batch, count),), generator=self.rng).to(self.device)

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        loss = self.loss()
        self.lost.append(loss.detach())
        return loss

    def judged(self, step: int) -> bool:
        """Judge the networks, keep them if they are the best so far, and say whether to end."""
        self.eval()
        with torch.no_grad():
            held_out = self.judge()
            self.seen.append(torch.from_numpy(to_pixels(self.look())))
        self.train()
        lost = float(torch.stack(self.lost).mean())
        self.lost = []
        if held_out < (math.inf if self.least is None else self.least):
            state = self.networks.state_dict()
            self.best = {name: tensor.detach().clone() for name, tensor in state.items()}
        self.rows.append({"step": step, "loss": lost, "held_out": held_out})
        judged = [row["held_out"] for row in self.rows]
        waited = len(judged) - 1 - judged.index(min(judged))
        return waited >= self.patience or not math.isfinite(lost)

    def configure_optimizers(self) -> Any:
        def share(step: int) -> float:
            return min(1.0, (step + 1) / WARMUP) * (1 + math.cos(math.pi * step / self.steps)) / 2

        optimizer = torch.optim.Adam(self.networks.parameters(), self.lr, betas=(0.9, 0.99))
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, share)
        return [optimizer], [{"scheduler": schedule, "interval": "step"}]

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["stage"] = {
            "rng": self.rng.get_state(),
            **{name: getattr(self, name) for name in _KEPT},
        }

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        kept = checkpoint["stage"]
        self.rng.set_state(kept["rng"].cpu())
        for name in _KEPT:
            setattr(self, name, kept[name])

    @property
    def least(self) -> float | None:
        """The best judgement so far, if there is one."""
        return min((row["held_out"] for row in self.rows), default=None)

    @property
    def history(self) -> pd.DataFrame:
        """One row a judgement: step, loss (since the last one), held_out."""
        return pd.DataFrame(self.rows)

    def fit(
        self,
        name: str,
        device: torch.device,
        workdir: Path | None = None,
        progress: Progress = silent,
    ) -> None:
        """Run the budget, and put back what was best; the networks are then in evaluation mode.

        Args:
            name: what its progress is called, and its checkpoint.
            device: what it computes on.
            workdir: where a checkpoint is kept while it runs, and looked for to resume from; none
                keeps none.
            progress: called now and then, and may end the run by raising.

        Raises:
            InputError: what is lost is not finite from the beginning.
        """
        checkpoints = Checkpoints(workdir, name)
        with quiet_lightning():
            trainer = pl.Trainer(
                accelerator="gpu" if device.type == "cuda" else "cpu",
                devices=1,
                max_epochs=1,
                logger=False,
                callbacks=[_AfterEachStep(progress, name), *checkpoints.callbacks()],
                gradient_clip_val=LONGEST,
                **checkpoints.options(),
                enable_model_summary=False,
                enable_progress_bar=False,
            )
            trainer.fit(self, train_dataloaders=range(self.steps), ckpt_path=checkpoints.last())
        if not self.best:
            raise InputError(
                f"the training of the {name} makes no numbers any more: lower its learning rate, "
                f"{self.lr:g}"
            )
        self.networks.load_state_dict(self.best)
        self.networks.eval()


class _AfterEachStep(pl.Callback):
    """Has the stage judged where it is due, and reports how far it is.

    A callback, for a checkpoint is written after all callbacks but before the module's own hook.
    """

    def __init__(self, progress: Progress, name: str):
        self.progress, self.name = progress, name

    def on_train_batch_end(self, trainer: pl.Trainer, module: pl.LightningModule, *_: Any) -> None:
        assert isinstance(module, Stage)
        step, steps = trainer.global_step, module.steps
        if step % module.every == 0 or step == steps:
            trainer.should_stop = module.judged(step)
        done = steps if trainer.should_stop else step
        if done % REPORT_EVERY == 0 or done == steps:
            self.progress(self.name, done, steps, module.least)
