"""One HTML page of what a sweep found; everything it shows is inside the file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from eglass.evaluation.sweeps import FEWEST, Sweep
from eglass.reporting.html import embedded, write_html

_FIGURES = {
    "best": (
        "What the best ones show",
        "For each of the best jobs and its first targets: the measurement, the initial solution, "
        "and the solutions at the step η, both ways along d.",
    ),
    "parallel": (
        "Every job",
        "A line is a job: follow it from setting to setting to its score, the last axis. The best "
        "is drawn in black.",
    ),
    "importance": (
        "What matters",
        "A random forest learns the score from the settings; a setting matters as much as the "
        "forest's R² falls when its values are shuffled among the jobs. Bars are means over the "
        "shuffles, whiskers standard deviations; with few jobs, believe only large differences.",
    ),
}
_UNTOLD = (
    "What matters, these jobs do not tell: there are fewer than {fewest}, or a random forest that "
    "learns the score from the settings of some explains nothing of the others. More trials may: "
    "hydra.sweeper.n_trials."
)


def write_page(
    path: Path, sweep: Sweep, figures: Mapping[str, Path], title: str, listed: int
) -> None:
    """Write the page, whole or not at all.

    Args:
        figures: PNG files, named best, parallel and importance.
        listed: how many of the best jobs its table has.
    """
    best = sweep.table.head(listed)[[sweep.objective, *sweep.settings]]
    write_html(
        path,
        "sweep.html.j2",
        title=title,
        jobs=len(sweep.scores),
        parameters=list(sweep.settings),
        objective=sweep.objective,
        maximise=sweep.maximise,
        note=sweep.note,
        columns=list(best),
        best=[[_cell(value) for value in row] for row in best.itertuples(index=False)],
        untold="" if "importance" in figures else _UNTOLD.format(fewest=FEWEST),
        command=sweep.command(best.index[0]),
        figures=[
            {
                "title": heading,
                "caption": caption,
                "uri": embedded(png),
            }
            for name, (heading, caption) in _FIGURES.items()
            if (png := figures.get(name)) is not None
        ],
    )


def _cell(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
