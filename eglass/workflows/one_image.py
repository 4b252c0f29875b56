"""N solutions for one image or measurement: a page, pictures and a table in the run's folder."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from eglass.configuration import changes
from eglass.evaluation.explained import explained
from eglass.images import to_pixels
from eglass.progress import ProgressBar
from eglass.records import Record, names, whole_file
from eglass.records.digits import distance
from eglass.reporting.draws import share
from eglass.reporting.exploration_figures import (
    consensus_figure,
    frame_figure,
    set_figure,
    strip_figure,
)
from eglass.reporting.exploration_page import save_pictures, shown_solutions, write_page
from eglass.reporting.figures import edge_figure, save
from eglass.reporting.pages import outside
from eglass.workflows import tracking
from eglass.workflows.exploration import Task
from eglass.workflows.networks import networks
from eglass.workflows.runs import run_name
from eglass.workflows.targets import explored


def explore(cfg: DictConfig) -> Iterator[str]:
    """Explore, write what was found, and yield the lines that say what and where.

    Raises:
        InputError: a setting, the image or the measurement cannot be used.
    """
    name = cfg.problem.name
    target = explored(cfg, name)
    tracking.tracker(cfg)
    place = Path(cfg.results) / run_name(cfg, target)
    task = Task(cfg, cfg.problem, target, networks(cfg, [name])[name], place / "record")
    task.check()
    record = task.explore(ProgressBar())
    tracking.log_records(cfg, {name: {target["name"]: record}})

    found = shown_solutions(record)
    with whole_file(place / "solutions.csv") as draft:
        found.to_csv(draft, index=False)
    yield from _framed(record)
    yield from _shortfall(record)
    if why := outside(record):
        yield f"note: {why[0].lower()}{why[1:]}"
    elif record.meta["verdict"] is not None:
        yield "note: inside of what the generator makes"
    if said := record.meta["explorer"].get("note"):
        yield f"note: {said}"
    yield _explanation(record)
    yield _listed(record)
    pictures = save_pictures(record, place / "pictures")
    figures = draw(record, place)
    shown = {"Where the solutions differ": figures["agreement"]}
    if task.measured.frame is not None:
        frame = task.measured.frame
        pixels = to_pixels(frame.photograph[None], task.networks.generator.shown)[0]
        figures["frame"] = save(frame_figure(pixels, frame.crop), place / "frame")
        shown["What of the photograph was looked at"] = figures["frame"]
    write_page(
        place / "index.html",
        record,
        command=_command(),
        figures=shown,
        changed=changes(cfg, "explore"),
    )
    yield f"\npage: {place / 'index.html'}\ntable: {place / 'solutions.csv'}"
    yield f"pictures: {place / 'pictures'} ({len(pictures)} PNG files)"
    for what, path in figures.items():
        yield f"{what}: {path}"


def draw(record: Record, place: Path) -> dict[str, Path]:
    """Draw the grid, where solutions agree, and the strip where there is one; return the files."""
    ours = record.meta["explorer"]["method"] == names.ALGORITHM1.key
    drawings = {"grid": edge_figure if ours else set_figure, "agreement": consensus_figure}
    if record.meta["strip"] is not None:
        drawings["strip"] = strip_figure
    return {what: save(drawing(record), place / what) for what, drawing in drawings.items()}


def _command() -> str:
    """Return what is to be typed for the same run."""
    asked = HydraConfig.get().overrides.task if HydraConfig.initialized() else []
    return shlex.join(["eglass", "explore", *asked])


def _explanation(record: Record) -> str:
    """Say how well the solutions explain the measurement, and what counted as feasible."""
    found, problem = shown_solutions(record), record.meta["problem"]
    given, threshold = problem["given_threshold"], problem["threshold"]
    worst = found.loc[found["l2"].idxmax()]
    beside = f", and {(found['l2'] <= given).sum()} within {given:.1e}" if threshold < given else ""
    return (
        f"feasible, ℓ2 ≤ {threshold:.1e}: {found['feasible'].sum()} of {len(found)}{beside}\n"
        f"the worst of them, ℓ2 = {worst['l2']:.1e}: {explained(worst['l2'], worst['off_by'])}\n"
    )


def _listed(record: Record) -> str:
    """Return the solutions as a table: with the shares that they stand for, of exact draws."""
    found, metric = shown_solutions(record), record.meta["perceptual"]["key"]
    shown = found[["direction", "step", "l2", "psnr", metric, "atypicality", "feasible"]]
    if (shares := record.tables.get("shares")) is not None:
        # A draw has no step.
        stands_for = [share(row) for _, row in shares.iterrows()]
        shown = shown.drop(columns="step").assign(**{"stands for": stands_for})
    digits = {
        "l2": "{:.2e}".format,
        "psnr": "{:.2f}".format,
        "atypicality": "{:+.1f}".format,
        metric: distance,
    }
    return shown.to_string(index=False, float_format="{:.3f}".format, formatters=digits)


def _framed(record: Record) -> Iterator[str]:
    """Say what of a photograph was looked at."""
    target = record.meta["target"]
    if (by := target.get("framed", "given")) == "given":
        return
    crop = ", ".join(f"{edge:.3f}" for edge in target["crop"])
    others = f", the largest of {target['faces']}," if target["faces"] > 1 else ""
    what = {
        "face": f"the face{others} framed as the generator frames its own",
        "centre": "the centre: no face was found that the generator frames",
    }
    yield f"note: target.crop=[{crop}], {what[by]}"


def _shortfall(record: Record) -> Iterator[str]:
    """Say where the inversion missed its target."""
    inversion = record.meta["inversion"]
    if not inversion["reached"]:
        yield (
            f"note: inversion stopped at ℓ2 = {inversion['l2']:.1e}, above its target of "
            f"{inversion['target']:.1e}; its best result is used"
        )
