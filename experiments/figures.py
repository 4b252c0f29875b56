"""Every figure, table and the report, from records: needs none of the weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from omegaconf import DictConfig, OmegaConf

from eglass.reporting.figures import coupling_figure, edge_figure, loss_figure, save, spectrum_figure
from eglass.records import Record, stamp, whole_file
from eglass.reporting.report import write_report
from experiments import (
    campaign,
    claims,
    compare,
    fig1_correlation,
    fig2_super_resolution,
    fig3_inpainting,
    table1_timing,
    timing,
)
from experiments.campaign import Records
from experiments.cli import command


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
    table1 = table1_timing.table(cfg, timings, records)
    table1_timing.write(cfg, table1)
    found = claims.table(cfg, records, timings)
    if note:
        found["note"] = note
    claims.write(cfg, found)

    pictures: dict[str, Path] = {}
    for figure in (fig1_correlation, fig2_super_resolution, fig3_inpainting):
        pictures |= figure.draw(cfg, records)
    for problem, by_target in records.items():
        for name, drawing in {
            "coupling": coupling_figure,
            "spectrum": spectrum_figure,
            "losses": loss_figure,
        }.items():
            title = f"{name}_{problem}"
            pictures[title] = save(drawing(by_target["photograph"]), results / title)
        save(edge_figure(by_target["photograph"]), results / f"solutions_{problem}")

    compared, beyond = compare.load(cfg), None
    if compared:
        beyond, others = compare.draw(cfg, compared)
        pictures |= others

    example = next(iter(next(iter(records.values())).values()))
    report = results / "report.html"
    write_report(
        report,
        claims=found,
        timing=table1,
        figures=pictures,
        beyond=beyond,
        records=records,
        config_text=OmegaConf.to_yaml(cfg, resolve=True),
        environment=example.meta["environment"],
        weights=example.meta["weights"],
    )
    return Drawn({"claims": found, "table1_timing": table1}, pictures, report)


def main(cfg: DictConfig) -> None:
    drawn = draw_all(cfg, campaign.load(cfg), timing.load(cfg))
    print(claims.show(drawn.tables["claims"]))
    print(f"\nreport: {drawn.report}")


if __name__ == "__main__":
    command(main)
