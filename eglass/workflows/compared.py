"""What is made of the comparison of explorers, from its records; needs no torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from omegaconf import DictConfig

from eglass.configuration.build import plain
from eglass.evaluation.comparison import aggregate, markdown
from eglass.records import Origin, Reader, Record, whole_file
from eglass.records.code import PIPELINE
from eglass.reporting.comparison_figures import (
    diversity_figure,
    explorers_figure,
    tradeoff_figure,
)
from eglass.reporting.figures import save
from eglass.workflows.recorded import configuration
from eglass.workflows.targets import Target, targets

#: What compares, besides the pipeline.
MODULES = ("eglass.workflows.trial",)
#: Sections of an exploration's configuration that a comparison does not depend on.
UNUSED = ("baseline", "consistent", "count", "explorer", "inversion", "strict", "walks")


def comparison_folder(cfg: DictConfig, problem: DictConfig, target: Target, count: int) -> Path:
    """Return where the record of a comparison is kept."""
    return Path(cfg.results) / "records" / "comparison" / problem.name / f"{target['name']}-{count}"


def comparison_configuration(
    cfg: DictConfig, problem: DictConfig, target: Target, count: int
) -> dict[str, Any]:
    """Return all that decides what a comparison finds."""
    config = configuration(cfg, problem, target)
    used = {name: section for name, section in config.items() if name not in UNUSED}
    # Interpolations reach out of the section.
    decisive = plain(cfg)["compare"] | {"count": count}
    del decisive["counts"]
    if not is_first(cfg, count):
        del decisive["tradeoff"]
    return used | {"compare": decisive}


def is_first(cfg: DictConfig, count: int) -> bool:
    """Say whether this is the smallest of the numbers of solutions that are compared."""
    return count == min(cfg.compare.counts)


def load_compared(cfg: DictConfig) -> list[Record]:
    """Read back what has been compared with this configuration."""
    work = [
        (
            comparison_folder(cfg, problem, target, count),
            comparison_configuration(cfg, problem, target, count),
        )
        for count in sorted(cfg.compare.counts)
        for problem in cfg.problems.values()
        for target in targets(cfg, problem.name)
    ]
    reader = Reader(cfg.records)
    modules = (PIPELINE, *MODULES)
    found = [reader.read(place, Origin.of(config, modules=modules)) for place, config in work]
    return [record for record in found if record is not None]


def draw(cfg: DictConfig, records: list[Record]) -> tuple[pd.DataFrame, dict[str, Path]]:
    """Write the table, its figure, and the shown targets' solutions; return table and pictures."""
    results, metric = Path(cfg.results), records[0].meta["perceptual"]["title"]
    settings = {
        "resamples": cfg.claims.resamples,
        "confidence": cfg.claims.confidence,
        "seed": cfg.seed,
    }

    def averaged(name: str) -> pd.DataFrame:
        tables = [record.tables[name] for record in records if name in record.tables]
        if not tables:
            return pd.DataFrame()
        everything = pd.concat(tables)
        found = aggregate(everything, **settings)
        for ending, table in (("", found), ("_targets", everything)):
            with whole_file(results / f"{name}{ending}.csv") as draft:
                table.to_csv(draft, index=False)
        return found

    found, traded = averaged("comparison"), averaged("tradeoff")
    with whole_file(results / "comparison.md") as draft:
        draft.write_text(markdown(found, metric))
    pictures = {"diversity": save(diversity_figure(found, metric), results / "diversity")}
    if not traded.empty:
        about = cfg.compare.tradeoff
        what = f"{about.explorer}, {about.setting}"
        figure = tradeoff_figure(found, traded, what, metric)
        pictures["tradeoff"] = save(figure, results / "tradeoff")
    threshold = min(cfg.compare.thresholds)
    for record in records:
        if any(name.endswith("mean") for name in record.arrays):
            sample = "_sample" if record.meta["target"]["kind"] == "sample" else ""
            name = f"explorers_{record.meta['problem']['name']}{sample}"
            pictures[name] = save(explorers_figure(record, threshold), results / name)
    return found, pictures
