"""A slider along η of one direction, of pictures that were made before: no server is needed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup

from eglass.errors import InputError
from eglass.records import Record
from eglass.records.digits import distance
from eglass.reporting.html import embedded_pixels, rendered


@dataclass(frozen=True)
class Slider:
    """The strip of a record, as a slider that is HTML and loads nothing; notebooks show it.

    Without scripts it is a row of pictures.

    Attributes:
        record: of an exploration, with a strip.
    """

    record: Record

    @property
    def html(self) -> Markup:
        """The slider, with its own style and script.

        Raises:
            InputError: the record has no strip.
        """
        meta = self.record.meta
        if meta["strip"] is None:
            raise InputError(
                "the record has no strip: expected one, as eglass.exploration_record keeps"
            )
        verdict = meta.get("verdict")
        steps = steps_of(self.record, verdict is None or verdict["inside"])
        return rendered("slider.html.j2", steps=steps, metric=meta["perceptual"]["title"])

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return str(self.html)


def steps_of(record: Record, sound: bool) -> list[dict[str, Any]]:
    """Return the pictures along η of one direction, G(z0) among them, the smallest η first."""
    shown = record.meta["strip"]
    table, key = record.tables["strip"], record.meta["perceptual"]["key"]
    along = table[(table["kind"] == shown["kind"]) & (table["number"] == shown["number"])]
    steps = [
        described(row, key, sound) | {"step": row["step"], "uri": embedded_pixels(pixels)}
        for (_, row), pixels in zip(along.iterrows(), record.arrays["strip_images"])
    ]
    l2 = record.meta["inversion"]["l2"]
    feasible = bool(l2 <= record.meta["problem"]["threshold"])
    middle = {"step": 0.0, "l2": digits(l2), "psnr": psnr(l2), "distance": "0.000"}
    steps.append(
        middle
        | {"atypicality": None, "frame": frame(feasible, sound), "feasible": feasible}
        | {"uri": embedded_pixels(record.arrays["initial"])}
    )
    steps.sort(key=lambda step: step["step"])
    return [
        step | {"K": shown["number"], "eta": f"{step['step']:+g}" if step["step"] else "0"}
        for step in steps
    ]


def described(row: pd.Series, key: str, sound: bool) -> dict[str, Any]:
    """Return what a page says of a solution.

    Args:
        row: of a table of solutions.
        key: of the perceptual metric.
        sound: whether the generator makes such pictures.
    """
    feasible = bool(row["feasible"])
    return {
        "l2": digits(row["l2"]),
        "psnr": psnr(row["l2"]),
        "distance": distance(row[key]),
        "atypicality": f"{row['atypicality']:+.1f}",
        "feasible": feasible,
        "frame": frame(feasible, sound),
    }


def frame(feasible: bool, sound: bool) -> str:
    """Return the class of a frame: none is green where nothing here is sound."""
    if not feasible:
        return "infeasible"
    return "feasible" if sound else "unsure"


def digits(l2: float) -> str:
    """Return ℓ2 with three digits, so that those of solutions differ: 9.97e-3."""
    mantissa, exponent = f"{l2:.2e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def psnr(l2: float) -> str:
    """Return ℓ2 as a peak signal-to-noise ratio."""
    return f"{-10 * math.log10(l2):.1f} dB" if l2 > 0 else "∞"
