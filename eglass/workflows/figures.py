"""Every figure, table and the report, from records: needs none of the weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from omegaconf import DictConfig, OmegaConf

from eglass.configuration.build import plain
from eglass.records import Record, notes, stamp, whole_file
from eglass.workflows import claims, compared, table1
from eglass.workflows.drawn import Drawings
from eglass.workflows.recorded import Records
from eglass.workflows.targets import shown_sample


@dataclass(frozen=True)
class Drawn:
    """What is there: tables and pictures by name, and the report."""

    tables: dict[str, pd.DataFrame]
    pictures: dict[str, Path]
    report: Path


def draw_all(cfg: DictConfig, records: Records, timings: list[Record]) -> Drawn:
    """Write every figure and table, and the report; what is there as it would be drawn is left."""
    drawings = Drawings(Path(cfg.results))
    _write_tables(cfg, drawings, records, timings)

    pictures: dict[str, Path] = {}
    for draw in (draw_fig1, draw_fig2, draw_fig3):
        pictures |= draw(cfg, records)
    for problem, by_target in records.items():
        for name, drawing in {
            "coupling": "geometry_figures.coupling_figure",
            "spectrum": "geometry_figures.spectrum_figure",
            "losses": "figures.loss_figure",
        }.items():
            title = f"{name}_{problem}"
            pictures[title] = drawings.picture(title, drawing, by_target["photograph"])
        draw_edges(cfg, problem, by_target)
        pictures |= draw_agreement(cfg, problem, by_target)

    others = compared.load_compared(cfg)
    beyond = compared.draw(cfg, others) if others else None
    if beyond is not None:
        pictures |= beyond.pictures
    tables = {
        "claims": claims.read(drawings.folder / "claims.csv"),
        "table1_timing": table1.read(cfg),
    }
    report = drawings.folder / "report.html"
    shown = {
        "claims": tables["claims"],
        "timing": tables["table1_timing"],
        "timed_on": list(dict.fromkeys(each.meta["environment"]["device"] for each in timings)),
        "figures": pictures,
        "beyond": None if beyond is None else beyond.found,
        "scores": None if beyond is None else beyond.scores,
        "records": records,
        "notes": notes([record for each in records.values() for record in each.values()]),
        "shown": ["photograph", shown_sample(cfg)["name"]],
        "confidence": cfg.claims.confidence,
        "config_text": OmegaConf.to_yaml(cfg, resolve=True),
    }
    drawings.keep("report", __name__, shown, lambda: _write_report(report, **shown))
    return Drawn(tables, pictures, report)


def _write_tables(
    cfg: DictConfig, drawings: Drawings, records: Records, timings: list[Record]
) -> None:
    """Write all solutions, Table 1, and the claims beside those of other profiles."""
    everything = [record for by_target in records.values() for record in by_target.values()]
    others = claims.beside(cfg)

    def write() -> Iterable[Path]:
        solutions = pd.concat(record.tables["solutions"] for record in everything)
        timed, found = table1.table(cfg, timings, records), claims.table(cfg, records, timings)
        if note := stamp(everything):
            solutions["note"] = found["note"] = note
        with whole_file(drawings.folder / "solutions.csv") as draft:
            solutions.to_csv(draft, index=False)
        table1.write(cfg, timed)
        claims.write(cfg, pd.concat([found, *others], ignore_index=True))
        written = ["solutions.csv", "claims.csv", "claims.md"]
        written += [f"table1_timing.{kind}" for kind in ("csv", "md", "tex")]
        return [drawings.folder / name for name in written]

    drawings.keep("tables", __name__, [records, timings, others, plain(cfg)], write)


def _write_report(
    path: Path, *, records: Records, notes: list[str], **shown: Any
) -> Iterable[Path]:
    from eglass.reporting.report import write_report

    example = next(iter(next(iter(records.values())).values()))
    write_report(
        path,
        records=records,
        environment=example.meta["environment"],
        weights=example.meta["weights"],
        **shown,
    )
    return [path]


def draw_fig1(cfg: DictConfig, records: Records) -> dict[str, Path]:
    """Draw what v^K and d correlate with, on both problems."""
    by_target = {
        target: {name: found[target] for name, found in records.items()}
        for target in next(iter(records.values()))
    }
    return _draw_shown(cfg, "fig1_correlation", "geometry_figures.correlation_figure", by_target)


def draw_fig2(cfg: DictConfig, records: Records) -> dict[str, Path]:
    """Draw solutions of super-resolution by PULSE, along v^K, and along d."""
    found = records["super_resolution"]
    return _draw_shown(cfg, "fig2_super_resolution", "figures.solutions_figure", found)


def draw_fig3(cfg: DictConfig, records: Records) -> dict[str, Path]:
    """Draw solutions of inpainting by PULSE, along v^K, and along d."""
    return _draw_shown(cfg, "fig3_inpainting", "figures.solutions_figure", records["inpainting"])


def draw_edges(cfg: DictConfig, problem: str, by_target: Mapping[str, Record]) -> dict[str, Path]:
    """Draw the solutions of a problem at their largest feasible steps."""
    return _draw_shown(cfg, f"solutions_{problem}", "figures.edge_figure", by_target)


def draw_agreement(
    cfg: DictConfig, problem: str, by_target: Mapping[str, Record]
) -> dict[str, Path]:
    """Draw what the solutions of a problem agree on."""
    drawing = "exploration_figures.consensus_figure"
    return _draw_shown(cfg, f"agreement_{problem}", drawing, by_target)


def _draw_shown(
    cfg: DictConfig, name: str, drawing: str, by_target: Mapping[str, Any]
) -> dict[str, Path]:
    """Draw a figure for both shown targets, and return the pictures by name."""
    drawings, sample = Drawings(Path(cfg.results)), shown_sample(cfg)["name"]
    return {
        title: drawings.picture(title, drawing, by_target[target])
        for title, target in ((name, "photograph"), (f"{name}_sample", sample))
    }
