"""What a run of Weights & Biases shows: losses, C, solutions, images, tables and figures."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from jaxtyping import UInt8
from PIL import Image

from eglass.evaluation.summary import summarise
from eglass.records import Record

if TYPE_CHECKING:
    import wandb
    from matplotlib.figure import Figure

#: Rows and columns of C that its table holds; the artifact holds all of it.
BLOCK = 30
#: Longest side of a thumbnail, in pixels.
THUMBNAIL = 256
#: Images of a kind that W&B shows of a trained generator; of more than 108 it drops some.
SHOWN = 32

_IMAGES = ("target", "measurement", "initial")
_SERIES = {stage: f"inversion/{stage}" for stage in ("scouting", "latent", "adaptation")}


def log_record(run: wandb.Run, record: Record, name: str) -> None:
    """Log an exploration: losses, C, solutions with their images, and the record itself.

    Args:
        run: that is under way.
        record: of the exploration.
        name: of the artifact that holds it.
    """
    import wandb

    # As slow to import as W&B: what is logged already needs neither.
    from eglass.reporting.geometry_figures import coupling_figure

    _log_losses(run, record.tables["history"])
    solutions = record.tables["solutions"].copy()
    solutions.insert(0, "image", [_thumbnail(x) for x in record.arrays["solution_images"]])
    run.log(
        {
            "C": _drawn(coupling_figure(record)),
            "C_table": _table(_leading_block(record.arrays["C"])),
            "solutions": _table(solutions),
            # Of a real measurement there is no target.
            **{f"images/{x}": _thumbnail(record.arrays[x]) for x in _IMAGES if x in record.arrays},
        }
    )
    run.summary.update(summarise(record))
    folder = Path(run.dir).parent / "record"
    record.save(folder)
    # What W&B allows in an artifact's name, and how long it may be.
    plain_name = re.sub(r"[^\w.-]+", "-", name, flags=re.ASCII)[:128]
    artifact = wandb.Artifact(plain_name, type="record")
    for path in sorted(folder.iterdir()):
        # Immutable: the run has its own copy, there is no need for another.
        artifact.add_file(str(path), policy="immutable")
    run.log_artifact(artifact)


def log_training(run: wandb.Run, record: Record) -> None:
    """Log a training: losses and images of each stage, and what came of it."""
    stages = record.tables["history"].groupby("stage", sort=False)
    for stage in stages.groups:
        run.define_metric(f"{stage}/*", step_metric=f"{stage}/step")
    for stage, judged in stages:
        for row, few in zip(judged.itertuples(), record.arrays[f"seen_{stage}"]):
            run.log(
                {
                    f"{stage}/step": row.step,
                    f"{stage}/loss": row.loss,
                    f"{stage}/held_out": row.held_out,
                    f"{stage}/images": [_thumbnail(image) for image in few],
                }
            )
    run.log(
        {
            name: [_thumbnail(image) for image in record.arrays[name][:SHOWN]]
            for name in ("samples", "held_out", "nearest")
        }
    )
    run.summary.update(record.meta["numbers"])


def log_summary(
    run: wandb.Run, tables: Mapping[str, pd.DataFrame], figures: Mapping[str, Path]
) -> None:
    """Log tables, and figures that are files, by their titles."""
    import wandb

    run.log(
        {title: _table(table) for title, table in tables.items()}
        | {title: wandb.Image(str(path)) for title, path in figures.items()}
    )


def _log_losses(run: wandb.Run, history: pd.DataFrame) -> None:
    """Log the ℓ2 of each stage, iteration by iteration: of the best start, and the median one."""
    curves = {}
    for stage, losses in history.groupby("stage", sort=False):
        series = _SERIES.get(str(stage), str(stage))
        by_step = losses.groupby("step")["l2"]
        curves[f"{series}/l2"] = by_step.min()
        if losses["start"].nunique() > 1:
            curves[f"{series}/l2_median"] = by_step.median()
    for curve in curves:
        run.define_metric(curve, step_metric="iteration")
    # Stages are of different lengths; each is logged as far as it goes.
    for iteration, l2 in pd.DataFrame(curves).iterrows():
        run.log({"iteration": iteration, **l2.dropna()})


def _leading_block(C: np.ndarray) -> pd.DataFrame:
    block = C[:BLOCK, :BLOCK]
    i, j = np.indices(block.shape) + 1
    return pd.DataFrame({"i": i.ravel(), "j": j.ravel(), "C": block.ravel()})


def _thumbnail(pixels: UInt8[np.ndarray, "height width 3"]) -> wandb.Image:
    import wandb

    image = Image.fromarray(pixels)
    image.thumbnail((THUMBNAIL, THUMBNAIL))
    return wandb.Image(image)


def _drawn(figure: Figure) -> wandb.Image:
    import wandb

    # W&B draws figures too, but only where pyplot is in use.
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=150)
    return wandb.Image(Image.open(png))


def _table(frame: pd.DataFrame) -> wandb.Table:
    import wandb

    plain = frame.astype(object).where(frame.notna(), None)
    rows: list[Iterable[Any]] = plain.to_numpy().tolist()
    return wandb.Table(columns=list(frame.columns), data=rows)
