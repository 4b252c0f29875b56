"""One HTML page that says what was found, to someone who has not read the paper.

Everything it shows is inside the file: it loads nothing from anywhere.
"""

from __future__ import annotations

import base64
import io
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import UInt8
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from PIL import Image

from eglass.evaluation.claims import of_method
from eglass.evaluation.comparison import KEYS, headings, worded
from eglass.records import Record, names, notes, whole_file
from eglass.reporting.pages import enlarged, scientific


class _Text(NamedTuple):
    label: str
    title: str
    caption: str


_WALKS = (
    "Top row: PULSE, solving anew from random starts. Middle: along v^K, where the method starts. "
    "Bottom: along d, where it arrives, at the same steps η. Under each image its ℓ2 to the "
    "measurement and its {metric} to G(z0). The paper's point is the bottom row staying feasible "
    "(✓) where the middle one does not, and still changing what is seen."
)
_BEYOND = "Beyond the paper"
#: What figures are called and say, by the start of their names.
_FIGURES = {
    "fig1": _Text(
        "Fig. 1",
        "What the directions correlate with",
        "Blue is the starting direction v^K, red the final direction d. Left: eigenvectors of H_Y, "
        "which change the measurement, the strongest first; Algorithm 1 is to leave none of the "
        "shaded top k in d. Right: eigenvectors of H_X, which change what is seen; d is to keep "
        "correlating with the first of them.",
    ),
    "fig2": _Text("Fig. 2", "Super-resolution", _WALKS),
    "fig3": _Text("Fig. 3", "Inpainting", _WALKS),
    "diversity": _Text(
        _BEYOND,
        "More different, for how long?",
        "Mean {metric} between all pairs of solutions against the seconds that they took, "
        "inversion and geometry included where they are used. Green: all of them are feasible.",
    ),
    "tradeoff": _Text(
        _BEYOND,
        "More different, less likely?",
        "Up: farther from what the generator makes of fresh draws, in deep features of a network "
        "that no explorer sees; 1 is what those are from one another. Right: more different "
        "solutions. The line is one explorer, pushed ever harder.",
    ),
    "explorers": _Text(
        _BEYOND,
        "The same measurement, by every explorer",
        "A row an explorer; a green frame is a feasible image. At the right what the feasible ones "
        "say together: their mean, and where they differ. Dark is known from the measurement, "
        "bright was made up by the prior.",
    ),
    "coupling": _Text(
        "",
        "Coupling",
        "The coupling matrix C between the directions that are measured and those that are seen. "
        "Dark means that the same direction is both; chance is what random directions would give.",
    ),
    "spectrum": _Text(
        "",
        "Anisotropy",
        "Eigenvalues of both metrics, the largest first. The steeper they fall, the fewer "
        "directions do most of the measured and of the visible change.",
    ),
    "losses": _Text(
        "",
        "Losses",
        "ℓ2 while the first solution is searched for, and while PULSE searches for all of its own.",
    ),
}
_PHOTOGRAPH, _SAMPLE = "the photograph", "a sample of the generator"


def _named(record: Record) -> str:
    """Say what was measured."""
    target = record.meta["target"]
    return {"sample": _SAMPLE, "photograph": _PHOTOGRAPH}.get(target["kind"], target["name"])


def write_report(
    path: Path,
    *,
    claims: pd.DataFrame,
    timing: pd.DataFrame,
    figures: Mapping[str, Path],
    records: Mapping[str, Mapping[str, Record]],
    config_text: str,
    environment: Mapping[str, Any],
    weights: Mapping[str, Mapping[str, Any]],
    beyond: pd.DataFrame | None = None,
) -> None:
    """Write the report, whole or not at all.

    Args:
        claims: a row a claim, problem and network: claim, source, problem, network, paper,
            measured, low, high, unit (such as "{:.2f}"), holds (true or "yes", false or "no", else
            undecided); limit, photograph and note are shown where they are given.
        timing: a row a problem, protocol and method: inversion, geometry, exploration, total,
            solutions, feasible, paper_seconds.
        figures: PNG files. Names begin with fig1, fig2, fig3, diversity, tradeoff, explorers,
            coupling, spectrum or losses, then perhaps name a problem, and end with `_sample` where
            they show a sample.
        records: by problem, then by target; the page opens with the first two targets of each.
        config_text: the configuration, as YAML.
        environment, weights: as a record's meta data hold them.
        beyond: the comparison of explorers, as `aggregate` returns it; none leaves its section out.
    """
    jinja = Environment(
        loader=PackageLoader("eglass.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.filters["symbols"] = _symbols
    titles = {
        problem: next(iter(by_target.values())).meta["problem"]["title"]
        for problem, by_target in records.items()
    }
    shown = [record for each in records.values() for record in list(each.values())[:2]]
    gallery = [_row(record) for record in shown]
    others = [name for name in map(_named, shown) if name != _PHOTOGRAPH]
    metric = shown[0].meta["perceptual"]["title"]
    plates = _plates(figures, titles, next(iter(others), _SAMPLE), metric)
    judged = _judged(claims, titles)
    words = [claim["holds"] for claim in judged]
    page = jinja.get_template("report.html.j2").render(
        css=Markup((Path(__file__).parent / "templates" / "report.css").read_text()),
        trained=all(network["trained"] for network in weights.values()),
        notes=notes([record for each in records.values() for record in each.values()]),
        gallery=gallery,
        threshold=f"{shown[0].meta['problem']['threshold']:g}",
        some_infeasible=any(frame == "infeasible" for row in gallery for *_, frame in row["found"]),
        main_figures=[plate for plate in plates if plate["label"].startswith("Fig.")],
        beyond_figures=[plate for plate in plates if plate["label"] == _BEYOND],
        beyond=[] if beyond is None else _compared(beyond, titles, metric),
        more_figures=[plate for plate in plates if not plate["label"]],
        timing=_timed(timing, titles),
        claims=judged,
        headings=headings(metric),
        metric=metric,
        networks=claims["network"].nunique(),
        tally={"total": len(words), "yes": words.count("yes"), "no": words.count("no")},
        config=config_text,
        environment=environment,
        weights=weights,
    )
    with whole_file(path) as draft:
        draft.write_text(page, encoding="utf-8")


def _row(record: Record) -> dict[str, Any]:
    """One line of the opening picture."""
    images = record.arrays["solution_images"]
    return {
        "title": record.meta["problem"]["title"],
        "target": _named(record),
        "given": [(name, _thumbnail(record.arrays[name])) for name in ("target", "measurement")],
        "found": [
            (
                f"ℓ2 {scientific(row['l2'])}",
                _thumbnail(images[index]),
                "feasible" if row["feasible"] else "infeasible",
            )
            for index, row in of_method(record, names.ALGORITHM1).iterrows()
        ],
    }


def _plates(
    figures: Mapping[str, Path], titles: Mapping[str, str], sample: str, metric: str
) -> list[dict[str, Any]]:
    """Gather figures of one kind, in the paper's order."""
    plates = []
    for kind, text in _FIGURES.items():
        pictures = [
            (_subtitle(name, titles, sample), _data_uri(path.read_bytes()))
            for name, path in figures.items()
            if name.startswith(kind)
        ]
        if pictures:
            about = text._replace(caption=text.caption.format(metric=metric))._asdict()
            plates.append({"id": kind, "pictures": pictures} | about)
    return plates


def _subtitle(name: str, titles: Mapping[str, str], sample: str) -> str:
    subject = sample if name.endswith("_sample") else _PHOTOGRAPH
    about = [title for problem, title in titles.items() if problem in name]
    return ", ".join([*about, subject])


def _compared(found: pd.DataFrame, titles: Mapping[str, str], metric: str) -> list[dict[str, Any]]:
    """Gather what each explorer came to, by problem, threshold and number of solutions."""
    groups = []
    for (problem, threshold, count), rows in worded(found, metric).groupby(KEYS[:3], sort=False):
        lines = [
            {"method": row["method"], "cells": [_split(row[name]) for name in headings(metric)]}
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
    judged, several = [], claims["network"].nunique() > 1
    for (text, source), rows in claims.groupby(["claim", "source"], sort=False):
        words = [_word(holds) for holds in rows["holds"]]
        found = [
            _measured(row, titles, several) | {"holds": word}
            for word, (_, row) in zip(words, rows.iterrows())
        ]
        overall = _overall(rows["network"], words)
        judged.append({"text": text, "source": source, "holds": overall, "rows": found})
    return judged


def _overall(networks: Sequence[str], words: Sequence[str]) -> str:
    """Say of a claim whether it holds: everywhere, on one network only, partly, or not."""
    if len(set(words)) == 1:
        return words[0]
    by_network: dict[str, set[str]] = {}
    for network, word in zip(networks, words):
        by_network.setdefault(network, set()).add(word)
    whole = [network for network, found in by_network.items() if found == {"yes"}]
    return f"{' and '.join(whole)} only" if whole else "partly"


def _word(holds: Any) -> str:
    return {"True": "yes", "False": "no"}.get(str(holds), str(holds))


def _measured(row: pd.Series, titles: Mapping[str, str], several: bool) -> dict[str, Any]:
    number = row["unit"].format
    values = [number(row[name]) for name in ("measured", "low", "high")]
    photograph = row.get("photograph", math.nan)
    asides = [f"photograph {number(photograph)}"] if math.isfinite(photograph) else []
    note = row.get("note")
    return {
        "problem": titles.get(row["problem"], row["problem"])
        + (f", {row['network']}" if several else ""),
        "paper": row["paper"],
        "measured": "{} [{}, {}]".format(*values) if math.isfinite(row["measured"]) else "–",
        "asides": asides + ([note] if isinstance(note, str) and note else []),
        "limit": row.get("limit", ""),
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
        groups.append(group | {"protocol": protocol})
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


def _symbols(text: str) -> Markup:
    """Set the paper's symbols: v^K, H_Y, d, ℓ2, z0, and 2.9e-3 so."""
    html = re.sub(r"(\de[+-])0(\d)", r"\1\2", str(escape(text)))
    html = re.sub(r"\b(\w)\^(\w+)", r"<b>\1</b><sup>\2</sup>", html)
    html = re.sub(r"\b(\w)_(\w)\b", r"<b>\1</b><sub>\2</sub>", html)
    html = re.sub(r"\bd\b", "<b>d</b>", html)
    return Markup(re.sub(r"ℓ2|\bz0", lambda found: f"{found[0][0]}<sub>{found[0][1]}</sub>", html))


def _thumbnail(pixels: UInt8[np.ndarray, "height width 3"]) -> str:
    image = Image.fromarray(enlarged(pixels))
    image.thumbnail((256, 256), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "png", optimize=True)
    return _data_uri(buffer.getvalue())


def _data_uri(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"
