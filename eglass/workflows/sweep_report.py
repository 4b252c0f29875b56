"""What a sweep found, from its jobs' records: one CSV, and one page that loads nothing."""

from __future__ import annotations

from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from eglass.evaluation.sweeps import Sweep, gather, importance
from eglass.records import Record, whole_file
from eglass.reporting.figures import save
from eglass.reporting.sweep_figures import best_figure, importance_figure, parallel_figure
from eglass.reporting.sweep_page import write_page

#: Jobs in the table of the best, those on the picture, and targets of each there.
LISTED, SHOWN, TARGETS = 10, 3, 2


def draw(sweep: Sweep, results: Path, seed: int) -> dict[str, Path]:
    """Draw the figures, and return them by name."""
    records = {
        job: [Record.load(path.parent) for path in _explorations(results / "jobs" / job)[:TARGETS]]
        for job in sweep.table.index[:SHOWN]
    }
    figures = {"best": best_figure(sweep, records)}
    if sweep.settings.columns.size:
        figures["parallel"] = parallel_figure(sweep)
        if (found := importance(sweep, seed)) is not None:
            figures["importance"] = importance_figure(found)
    return {name: save(figure, results / f"sweep_{name}") for name, figure in figures.items()}


def _explorations(job: Path) -> list[Path]:
    found = sorted((job / "records").glob("*/*/record.json"))
    return [path for path in found if ".damaged" not in path.parent.name]


def report(cfg: DictConfig) -> None:
    """Write and print what a sweep found.

    Raises:
        InputError: nothing is recorded, or the objective is not among its numbers.
    """
    results = Path(cfg.results)
    maximise = str(HydraConfig.get().sweeper.direction) != "minimize"
    sweep = gather(results / "jobs", cfg.objective, maximise)
    with whole_file(results / "sweep.csv") as draft:
        sweep.table.to_csv(draft, index_label="job")
    pictures = draw(sweep, results, cfg.seed)
    page = results / "sweep.html"
    write_page(page, sweep, pictures, cfg.profile.name, LISTED)
    best = sweep.table.head(LISTED)[[*sweep.settings, sweep.objective]]
    print(best.to_string(float_format="{:.4g}".format))
    print(f"\npage: {page}\ntable: {results / 'sweep.csv'}")
