"""What is made of the comparison of explorers, from its records; needs no torch."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
from omegaconf import DictConfig

from eglass.configuration.build import plain
from eglass.evaluation.comparison import aggregate, markdown
from eglass.records import Origin, Reader, Record, whole_file
from eglass.records.code import RECORDING
from eglass.workflows.drawn import Drawings
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
    modules = (RECORDING, *MODULES)
    found = [reader.read(place, Origin.of(config, modules=modules)) for place, config in work]
    return [record for record in found if record is not None]


def draw(cfg: DictConfig, records: list[Record]) -> tuple[pd.DataFrame, dict[str, Path]]:
    """Write the table, its figures, and the shown targets' solutions, where they are not there
    yet; return table and pictures.
    """
    drawings, metric = Drawings(Path(cfg.results)), records[0].meta["perceptual"]["title"]
    settings = {
        "resamples": cfg.claims.resamples,
        "confidence": cfg.claims.confidence,
        "seed": cfg.seed,
    }
    tables = {
        name: [record.tables[name] for record in records if name in record.tables]
        for name in ("comparison", "tradeoff")
    }
    places = {name: drawings.folder / f"{name}.csv" for name, parts in tables.items() if parts}

    def average() -> Iterable[Path]:
        written = [drawings.folder / "comparison.md"]
        for name, place in places.items():
            everything = pd.concat(tables[name])
            found = aggregate(everything, **settings)
            targets = place.with_name(f"{name}_targets.csv")
            for path, table in ((place, found), (targets, everything)):
                with whole_file(path) as draft:
                    table.to_csv(draft, index=False)
                written.append(path)
            if name == "comparison":
                with whole_file(written[0]) as draft:
                    draft.write_text(markdown(found, metric))
        return written

    drawings.keep("comparison", __name__, [records, settings], average)
    # As written: of the same table, the same figure is drawn at any time.
    found = pd.read_csv(places["comparison"])
    pictures = {
        "diversity": drawings.picture(
            "diversity", "comparison_figures.diversity_figure", found, metric
        )
    }
    if "tradeoff" in places:
        about = cfg.compare.tradeoff
        pictures["tradeoff"] = drawings.picture(
            "tradeoff",
            "comparison_figures.tradeoff_figure",
            found,
            pd.read_csv(places["tradeoff"], dtype={"method": str}),
            f"{about.explorer}, {about.setting}",
            metric,
        )
    threshold = min(cfg.compare.thresholds)
    for record in records:
        if any(name.endswith("mean") for name in record.arrays):
            sample = "_sample" if record.meta["target"]["kind"] == "sample" else ""
            name = f"explorers_{record.meta['problem']['name']}{sample}"
            pictures[name] = drawings.picture(
                name, "comparison_figures.explorers_figure", record, threshold
            )
    return found, pictures
