"""One exploration as a page that loads nothing: its solutions to sort, and a slider along η."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from PIL import Image

from eglass.evaluation.explained import explained
from eglass.records import Record, notes, stamp, whole_file
from eglass.reporting.draws import share, tree, walks
from eglass.reporting.html import embedded, embedded_pixels, write_html
from eglass.reporting.slider import Slider, described, digits, psnr

#: Pictures of a record that are none of its solutions, by what they are called.
GIVEN = {"target": "target", "measurement": "measurement", "initial": "G(z0)"}


def shown_solutions(record: Record) -> pd.DataFrame:
    """Return the solutions of the explorer that was asked, as rows of the record's table."""
    table = record.tables["solutions"]
    return table[table["method"] == record.meta["explorer"]["method"]]


def save_pictures(record: Record, folder: Path) -> list[Path]:
    """Write every solution, and what it is of, as pictures of their own size; return their paths.

    They are `target`, `measurement` and `initial`, where they are known, and the solutions by their
    rows in the table, from `01` on.

    Args:
        record: of an exploration.
        folder: which is made.
    """
    pictures = {name: record.arrays[name] for name in GIVEN if name in record.arrays}
    shown = shown_solutions(record)
    digits = max(2, len(str(len(shown))))
    images = record.arrays["solution_images"]
    pictures |= {f"{n:0{digits}d}": images[index] for n, index in enumerate(shown.index, 1)}
    paths = []
    for name, pixels in pictures.items():
        paths.append(folder / f"{name}.png")
        with whole_file(paths[-1]) as draft:
            Image.fromarray(pixels).save(draft, "png", optimize=True)
    return paths


def write_page(
    path: Path,
    record: Record,
    *,
    command: str,
    figures: Mapping[str, Path],
    changed: Mapping[str, Any],
) -> None:
    """Write the page of an exploration, whole or not at all.

    Args:
        record: of the exploration.
        command: what was typed for it.
        figures: PNG files by what they show.
        changed: settings that differ from their defaults.
    """
    table = shown_solutions(record)
    metric, problem = record.meta["perceptual"], record.meta["problem"]
    counted = table[table["feasible"]] if table["feasible"].any() else table
    worst = counted.loc[counted["l2"].idxmax()]
    verdict = record.meta.get("verdict")
    sound = verdict is None or verdict["inside"]
    shares = record.tables.get("shares")
    cards = [
        described(row, metric["key"], sound)
        | {
            "number": number,
            "title": _along(row),
            "share": share(shares.iloc[number - 1]) if shares is not None else None,
            "uri": embedded_pixels(record.arrays["solution_images"][index]),
            "keys": {
                "found": number,
                "l2": row["l2"],
                "distance": row[metric["key"]],
                "atypicality": row["atypicality"],
                "step": row["step"] if math.isfinite(row["step"]) else 0.0,
            },
        }
        for number, (index, row) in enumerate(table.iterrows(), 1)
    ]
    write_html(
        path,
        "exploration.html.j2",
        title=f"{problem['title']}: {record.meta['target']['name']}",
        problem=problem,
        method=record.meta["methods"][record.meta["explorer"]["method"]],
        note=" ".join([stamp([record]), *notes([record])]).strip(),
        verdict=verdict,
        said=record.meta["explorer"].get("note", ""),
        sound=sound,
        given=_given(record),
        entries=f"{problem['entries']:,}",
        threshold=f"{problem['threshold']:g}",
        levels=f"{255 * math.sqrt(problem['threshold']):.0f}",
        feasible=int(table["feasible"].sum()),
        worst=explained(worst["l2"], worst["off_by"]),
        cards=cards,
        metric=metric["title"],
        slider=None if record.meta["strip"] is None else Slider(record).html,
        tree=tree(record),
        walks=walks(record),
        figures={name: embedded(figure) for name, figure in figures.items()},
        command=command,
        changed=changed,
        config=json.dumps(record.meta.get("config", {}), indent=2, ensure_ascii=False),
        seconds={stage: f"{took:.2g} s" for stage, took in record.meta["timings"].items()},
        environment=record.meta["environment"],
        weights=record.meta["weights"],
    )


def _given(record: Record) -> list[dict[str, str]]:
    """Return what was measured, where it is known, the measurement, and G(z0)."""
    problem, l2 = record.meta["problem"], record.meta["inversion"]["l2"]
    pixels = record.arrays["measurement"]
    about = {
        "target": "what was measured, which no method was shown",
        "measurement": f"y, {pixels.shape[1]} × {pixels.shape[0]}",
        "initial": f"ℓ2 {digits(l2)}, PSNR {psnr(l2)}: the first solution",
    }
    if not problem["picture"]:
        about["measurement"] = f"Aᵀ y, of {problem['entries']:,} entries"
    return [
        {
            "title": title,
            "about": about[name],
            "uri": embedded_pixels(record.arrays[name]),
        }
        for name, title in GIVEN.items()
        if name in record.arrays
    ]


def _along(row: pd.Series) -> str:
    step = f", η {row['step']:+.2f}" if math.isfinite(row["step"]) else ""
    return f"{row['direction']}{step}"
