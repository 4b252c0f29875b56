"""What is made of the comparison of explorers, from its records; needs no torch."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from omegaconf import DictConfig

from eglass.configuration.build import plain
from eglass.errors import InputError
from eglass.evaluation.comparison import (
    MEASURES,
    SCORES,
    aggregate,
    markdown,
    scores_in_markdown,
)
from eglass.records import Origin, Reader, Record, whole_file
from eglass.records.code import RECORDING
from eglass.records.record import read_meta
from eglass.workflows.drawn import Drawings
from eglass.workflows.exact_records import exact_folder
from eglass.workflows.recorded import configuration
from eglass.workflows.targets import Target, targets

#: Tables that are written in Markdown too.
WRITTEN = {"comparison": markdown, "scoreboard": scores_in_markdown}
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
    elif draws := exact_draws(cfg, problem, target):
        decisive["draws"] = draws
    return used | {"compare": decisive}


def exact_draws(cfg: DictConfig, problem: DictConfig, target: Target) -> dict[str, str]:
    """Return the checksums of the exact draws that are recorded of a measurement, by threshold."""
    found = {}
    for threshold in cfg.compare.thresholds:
        with suppress(InputError):
            meta = read_meta(exact_folder(cfg, problem.name, target, threshold))
            # Of an empty set there is a record, but no draws.
            if "draws" in meta:
                found[f"{threshold:g}"] = meta["files"]["arrays.safetensors"]["sha256"]
    return found


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


@dataclass(frozen=True)
class Compared:
    """What is there of a comparison.

    Attributes:
        found: means of what was measured, as `aggregate` returns them.
        scores: the same beside exact draws; none where there are no draws.
        pictures: PNG files by name.
    """

    found: pd.DataFrame
    scores: pd.DataFrame | None
    pictures: dict[str, Path]


def draw(cfg: DictConfig, records: list[Record]) -> Compared:
    """Write the tables, their figures, and the shown targets' solutions, where they are not there
    yet.
    """
    drawings, metric = Drawings(Path(cfg.results)), records[0].meta["perceptual"]["title"]
    settings = {
        "resamples": cfg.claims.resamples,
        "confidence": cfg.claims.confidence,
        "seed": cfg.seed,
    }
    tables = {
        name: [record.tables[name] for record in records if name in record.tables]
        for name in ("comparison", "tradeoff", "scoreboard")
    }
    places = {name: drawings.folder / f"{name}.csv" for name, parts in tables.items() if parts}

    def average() -> Iterable[Path]:
        written = []
        for name, place in places.items():
            everything = pd.concat(tables[name])
            measures = SCORES if name == "scoreboard" else MEASURES
            found = aggregate(everything, measures, **settings)
            targets = place.with_name(f"{name}_targets.csv")
            for path, table in ((place, found), (targets, everything)):
                with whole_file(path) as draft:
                    table.to_csv(draft, index=False)
                written.append(path)
            if name in WRITTEN:
                written.append(place.with_suffix(".md"))
                with whole_file(written[-1]) as draft:
                    draft.write_text(WRITTEN[name](found, metric))
        return written

    drawings.keep("comparison", __name__, [records, settings], average)
    # As written: of the same table, the same figure is drawn at any time.
    found = pd.read_csv(places["comparison"])
    pictures = {
        "diversity": drawings.picture(
            "diversity", "comparison_figures.diversity_figure", found, metric
        )
    }
    scores = pd.read_csv(places["scoreboard"]) if "scoreboard" in places else None
    if scores is not None:
        pictures["scoreboard"] = drawings.picture(
            "scoreboard", "scoreboard_figure.scoreboard_figure", scores
        )
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
    return Compared(found, scores, pictures)
