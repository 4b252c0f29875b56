"""N solutions for one image: a grid, a CSV, where they differ, and a strip along one direction."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from omegaconf import DictConfig

from eglass.progress import ProgressBar
from eglass.records import Record, names, whole_file
from eglass.reporting.exploration_figures import consensus_figure, set_figure, strip_figure
from eglass.reporting.figures import edge_figure, save
from eglass.workflows import tracking
from eglass.workflows.exploration import Task
from eglass.workflows.networks import networks
from eglass.workflows.targets import photograph


def explore(cfg: DictConfig) -> Iterator[str]:
    """Explore, write what was found, and yield the lines that say what and where.

    Raises:
        InputError: a setting or the image cannot be used.
    """
    name = cfg.problem.name
    target = photograph(cfg, name)
    if target["path"] is not None:
        target["name"] = Path(target["path"]).stem
    tracking.tracker(cfg)
    task = Task(cfg, cfg.problem, target, networks(cfg, [name])[name])
    task.check()
    record = task.explore(ProgressBar())
    tracking.log_records(cfg, {name: {target["name"]: record}})

    place = Path(cfg.results) / f"{name}-{target['name']}"
    method = record.meta["explorer"]["method"]
    found = record.tables["solutions"].query("method == @method")
    with whole_file(place.with_name(f"{place.name}.csv")) as draft:
        found.to_csv(draft, index=False)
    yield from _shortfall(record)
    columns = ["direction", "step", "l2", record.meta["perceptual"]["key"], "feasible"]
    yield found[columns].to_string(index=False, float_format="{:.4f}".format)
    grid = edge_figure if method == names.ALGORITHM1.key else set_figure
    yield f"\ngrid: {save(grid(record), place)}\ntable: {place}.csv"
    agreement = place.with_name(f"{place.name}-agreement")
    yield f"agreement: {save(consensus_figure(record), agreement)}"
    if record.meta["strip"] is not None:
        strip = place.with_name(f"{place.name}-strip")
        yield f"strip: {save(strip_figure(record), strip)}"


def _shortfall(record: Record) -> Iterator[str]:
    """Say where the inversion missed its target."""
    inversion = record.meta["inversion"]
    if not inversion["reached"]:
        yield (
            f"note: inversion stopped at ℓ2 = {inversion['l2']:.1e}, above its target of "
            f"{inversion['target']:.1e}; its best result is used"
        )
