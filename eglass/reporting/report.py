"""One HTML page that says what was found, to someone who has not read the paper.

Everything it shows is inside the file: it loads nothing from anywhere.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import UInt8
from PIL import Image

from eglass.evaluation.assessment import in_words, measured_in_words, overall
from eglass.evaluation.claims import of_method
from eglass.evaluation.comparison import KEYS, MEASURES, SCORES, Measures, headings, worded
from eglass.records import Record, names, notes
from eglass.records.digits import scientific
from eglass.reporting.html import embedded_pixels, write_html
from eglass.reporting.pages import enlarged, outside
from eglass.reporting.plates import BEYOND, PHOTOGRAPH, SAMPLE, plates
from eglass.reporting.slider import Slider


def _named(record: Record) -> str:
    """Say what was measured."""
    target = record.meta["target"]
    return {"sample": SAMPLE, "photograph": PHOTOGRAPH}.get(target["kind"], target["name"])


def write_report(
    path: Path,
    *,
    claims: pd.DataFrame,
    timing: pd.DataFrame,
    figures: Mapping[str, Path],
    records: Mapping[str, Mapping[str, Record]],
    shown: Sequence[str],
    confidence: float,
    config_text: str,
    timed_on: Sequence[str],
    environment: Mapping[str, Any],
    weights: Mapping[str, Mapping[str, Any]],
    beyond: pd.DataFrame | None = None,
    scores: pd.DataFrame | None = None,
) -> None:
    """Write the report, whole or not at all.

    Args:
        claims: a row a claim, problem and network, as `assess` returns it, and `network`; `note` is
            shown where it is given.
        timing: a row a problem, protocol and method: inversion, geometry, exploration, total,
            solutions, feasible, targets, paper_seconds.
        figures: PNG files. Names begin with fig1, fig2, fig3, diversity, tradeoff, scoreboard,
            explorers, agreement, coupling, spectrum or losses, then perhaps name a problem, and end
            with `_sample` where they show a sample.
        records: by problem, then by target.
        shown: targets whose solutions the page opens with.
        confidence: level of the intervals, between 0 and 1.
        config_text: the configuration, as YAML.
        timed_on: what `timing` was measured on, the paper's protocol first.
        environment, weights: as a record's meta data hold them.
        beyond: the comparison of explorers, as `aggregate` returns it; none leaves its section out.
        scores: the same beside exact draws; none leaves it out.
    """
    titles = {
        problem: next(iter(by_target.values())).meta["problem"]["title"]
        for problem, by_target in records.items()
    }
    opening = [by_target[target] for by_target in records.values() for target in shown]
    gallery = [_row(record) for record in opening]
    others = [name for name in map(_named, opening) if name != PHOTOGRAPH]
    metric = opening[0].meta["perceptual"]["title"]
    drawn = plates(figures, titles, next(iter(others), SAMPLE), metric)
    write_html(
        path,
        "report.html.j2",
        trained=all(network["trained"] for network in weights.values()),
        notes=notes([record for each in records.values() for record in each.values()]),
        gallery=gallery,
        sliders=[
            (record.meta["problem"]["title"], _named(record), Slider(record).html)
            for record in opening
            if record.meta["strip"] is not None
        ],
        threshold=f"{opening[0].meta['problem']['threshold']:g}",
        tolerance=f"{255 * math.sqrt(opening[0].meta['problem']['threshold']):.0f}",
        some_infeasible=any(frame == "infeasible" for row in gallery for *_, frame in row["found"]),
        main_figures=[plate for plate in drawn if plate["label"].startswith("Fig.")],
        beyond_figures=[plate for plate in drawn if plate["label"] == BEYOND],
        beyond=[] if beyond is None else _compared(beyond, titles, metric, MEASURES),
        scores=[] if scores is None or scores.empty else _compared(scores, titles, metric, SCORES),
        score_headings=headings(metric, SCORES),
        more_figures=[plate for plate in drawn if not plate["label"]],
        timing=_timed(timing, titles),
        claims=_judged(claims, titles),
        headings=headings(metric),
        metric=metric,
        networks=claims["network"].nunique(),
        tally=in_words(claims),
        confidence=f"{confidence:.0%}",
        config=config_text,
        timed_on=timed_on,
        environment=environment,
        weights=weights,
    )


def _row(record: Record) -> dict[str, Any]:
    """One line of the opening picture."""
    images = record.arrays["solution_images"]
    return {
        "title": record.meta["problem"]["title"],
        "target": _named(record),
        "outside": outside(record),
        "given": [
            (name, _thumbnail(record.arrays[name]))
            for name in ("target", "measurement")
            if name in record.arrays
        ],
        "found": [
            (
                f"ℓ2 {scientific(row['l2'])}, {row['psnr']:.1f} dB",
                _thumbnail(images[index]),
                "infeasible" if not row["feasible"] else "" if outside(record) else "feasible",
            )
            for index, row in of_method(record, names.ALGORITHM1).iterrows()
        ],
    }


def _compared(
    found: pd.DataFrame, titles: Mapping[str, str], metric: str, measures: Measures
) -> list[dict[str, Any]]:
    """Gather what each explorer came to, by problem, threshold and number of solutions."""
    groups, columns = [], headings(metric, measures)
    table = worded(found, metric, measures)
    for (problem, threshold, count), rows in table.groupby(KEYS[:3], sort=False):
        lines = [
            {"method": row["method"], "cells": [_split(row[name]) for name in columns]}
            for _, row in rows.iterrows()
        ]
        title = f"{titles.get(problem, problem)}, ℓ2 ≤ {threshold:g}, N = {count}"
        groups.append({"title": title, "rows": lines})
    return groups


def _split(cell: str) -> tuple[str, str]:
    mean, interval = cell.split(" ", 1)
    return mean, interval


def _judged(claims: pd.DataFrame, titles: Mapping[str, str]) -> list[dict[str, Any]]:
    """Gather what each claim came to on each problem and network, and overall."""
    several = claims["network"].nunique() > 1
    by_claim = {key: rows for key, rows in claims.groupby(["claim", "source"], sort=False)}
    judged = []
    for _, (text, source, holds) in overall(claims).iterrows():
        found = [_measured(row, titles, several) for _, row in by_claim[text, source].iterrows()]
        judged.append({"text": text, "source": source, "holds": holds, "rows": found})
    return judged


def _measured(row: pd.Series, titles: Mapping[str, str], several: bool) -> dict[str, Any]:
    number = row["unit"].format
    photograph = row.get("photograph", math.nan)
    asides = [f"photograph {number(photograph)}"] if math.isfinite(photograph) else []
    note = row.get("note")
    return {
        "problem": titles.get(row["problem"], row["problem"])
        + (f", {row['network']}" if several else ""),
        "paper": row["paper"],
        "measured": measured_in_words(row) if math.isfinite(row["measured"]) else "–",
        "asides": asides + ([note] if isinstance(note, str) and note else []),
        "holds": row["holds"],
        "limit": row["limit"],
        "chance": row["chance"],
    }


def _timed(timing: pd.DataFrame, titles: Mapping[str, str]) -> list[dict[str, Any]]:
    """Gather each method's times, by problem and protocol."""
    columns = ("inversion", "geometry", "exploration", "total")
    groups = []
    for (problem, protocol), rows in timing.groupby(["problem", "protocol"], sort=False):
        lines = [
            {
                "method": row["method"],
                "cells": [
                    *(_seconds(row[name]) for name in columns),
                    f"{row['feasible']:.3g} of {row['solutions']:.3g}",
                    _seconds(row["paper_seconds"]),
                ],
            }
            for _, row in rows.iterrows()
        ]
        group = {"problem": titles.get(problem, problem), "pace": _pace(rows), "rows": lines}
        groups.append(group | {"protocol": protocol, "targets": rows["targets"].max()})
    return groups


def _pace(rows: pd.DataFrame) -> str:
    """Say how each total compares with PULSE's, as measured and in the paper."""
    by_method = rows.set_index("method")[["total", "paper_seconds"]]
    said = []
    for method in by_method.index.drop(names.PULSE.title):
        measured, paper = by_method.loc[names.PULSE.title] / by_method.loc[method]
        pace = f"{measured:.1f} × faster" if measured >= 1 else f"{1 / measured:.1f} × slower"
        aside = f" (paper: {paper:.1f} × faster)" if math.isfinite(paper) else ""
        said.append(f"{method} {pace}{aside}")
    return "; ".join(said)


def _seconds(value: float) -> str:
    if not value or not math.isfinite(value):
        return "–"
    return f"{value:,.0f} s" if value >= 100 else f"{value:.2g} s"


def _thumbnail(pixels: UInt8[np.ndarray, "height width 3"]) -> str:
    image = Image.fromarray(enlarged(pixels))
    image.thumbnail((256, 256), Image.Resampling.LANCZOS)
    return embedded_pixels(np.asarray(image))
