"""Every figure, table and the report, from records: needs none of the weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from omegaconf import DictConfig, OmegaConf

from eglass.records import Record, stamp, whole_file
from eglass.reporting.exploration_figures import consensus_figure
from eglass.reporting.figures import edge_figure, loss_figure, save, solutions_figure
from eglass.reporting.geometry_figures import correlation_figure, coupling_figure, spectrum_figure
from eglass.reporting.report import write_report
from eglass.workflows import claims, compared, table1
from eglass.workflows.recorded import Records
from eglass.workflows.targets import shown_sample


@dataclass(frozen=True)
class Drawn:
    """What was written: tables and pictures by name, and the report."""

    tables: dict[str, pd.DataFrame]
    pictures: dict[str, Path]
    report: Path


def draw_all(cfg: DictConfig, records: Records, timings: list[Record]) -> Drawn:
    """Write every figure and table, and the report."""
    results = Path(cfg.results)
    solutions = pd.concat(
        record.tables["solutions"]
        for by_target in records.values()
        for record in by_target.values()
    )
    note = stamp(record for by_target in records.values() for record in by_target.values())
    if note:
        solutions["note"] = note
    with whole_file(results / "solutions.csv") as draft:
        solutions.to_csv(draft, index=False)
    timed = table1.table(cfg, timings, records)
    table1.write(cfg, timed)
    found = claims.table(cfg, records, timings)
    if note:
        found["note"] = note
    everything = pd.concat([found, *claims.beside(cfg)], ignore_index=True)
    claims.write(cfg, everything)

    pictures: dict[str, Path] = {}
    for draw in (draw_fig1, draw_fig2, draw_fig3):
        pictures |= draw(cfg, records)
    for problem, by_target in records.items():
        for name, drawing in {
            "coupling": coupling_figure,
            "spectrum": spectrum_figure,
            "losses": loss_figure,
        }.items():
            title = f"{name}_{problem}"
            pictures[title] = save(drawing(by_target["photograph"]), results / title)
        draw_edges(cfg, problem, by_target)
        pictures |= draw_agreement(cfg, problem, by_target)

    others, beyond = compared.load_compared(cfg), None
    if others:
        beyond, more = compared.draw(cfg, others)
        pictures |= more

    example = next(iter(next(iter(records.values())).values()))
    report = results / "report.html"
    write_report(
        report,
        claims=everything,
        timing=timed,
        figures=pictures,
        beyond=beyond,
        records=records,
        shown=["photograph", shown_sample(cfg)["name"]],
        confidence=cfg.claims.confidence,
        config_text=OmegaConf.to_yaml(cfg, resolve=True),
        environment=example.meta["environment"],
        weights=example.meta["weights"],
    )
    return Drawn({"claims": found, "table1_timing": timed}, pictures, report)


def draw_fig1(cfg: DictConfig, records: Records) -> dict[str, Path]:
    """Draw what v^K and d correlate with, on both problems."""
    return _draw_shown(
        cfg,
        "fig1_correlation",
        lambda target: correlation_figure({name: r[target] for name, r in records.items()}),
    )


def draw_fig2(cfg: DictConfig, records: Records) -> dict[str, Path]:
    """Draw solutions of super-resolution by PULSE, along v^K, and along d."""
    found = records["super_resolution"]
    return _draw_shown(cfg, "fig2_super_resolution", lambda name: solutions_figure(found[name]))


def draw_fig3(cfg: DictConfig, records: Records) -> dict[str, Path]:
    """Draw solutions of inpainting by PULSE, along v^K, and along d."""
    found = records["inpainting"]
    return _draw_shown(cfg, "fig3_inpainting", lambda name: solutions_figure(found[name]))


def draw_edges(cfg: DictConfig, problem: str, by_target: Mapping[str, Record]) -> dict[str, Path]:
    """Draw the solutions of a problem at their largest feasible steps."""
    return _draw_shown(cfg, f"solutions_{problem}", lambda name: edge_figure(by_target[name]))


def draw_agreement(
    cfg: DictConfig, problem: str, by_target: Mapping[str, Record]
) -> dict[str, Path]:
    """Draw what the solutions of a problem agree on."""
    return _draw_shown(cfg, f"agreement_{problem}", lambda name: consensus_figure(by_target[name]))


def _draw_shown(cfg: DictConfig, name: str, figure_of: Callable[[str], Figure]) -> dict[str, Path]:
    """Draw a figure for both shown targets, and return the pictures by name."""
    sample = shown_sample(cfg)["name"]
    return {
        title: save(figure_of(target), Path(cfg.results) / title)
        for title, target in ((name, "photograph"), (f"{name}_sample", sample))
    }
