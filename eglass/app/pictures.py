"""Pixels for the page: as they are, as pictures in an address, and maps of numbers in colours."""

from __future__ import annotations

import base64
import io
import math
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from jaxtyping import Float, UInt8
from PIL import Image

from eglass.exploration import Solutions
from eglass.images import to_pixels
from eglass.records import Record
from eglass.reporting.exploration_page import shown_solutions
from eglass.reporting.html import embedded_pixels


def heat(values: Float[np.ndarray, "height width"], brightest: float) -> dict[str, Any]:
    """Return a map of numbers from 0 to `brightest` as a picture, and the latter."""
    colours = matplotlib.colormaps["inferno"](np.clip(values / (brightest or 1.0), 0, 1))
    pixels = (colours[..., :3] * 255).round().astype(np.uint8)
    return {"uri": embedded_pixels(pixels), "brightest": float(brightest)}


def rows(table: pd.DataFrame, metric: str) -> list[dict[str, Any]]:
    """Return what a page says of each solution: numbers, none where there is none."""
    columns = ["direction", "kind", "number", "step", "l2", "psnr", metric, "feasible"]
    found = table[[*columns, "atypicality"]].rename(columns={metric: "distance"})
    return [
        {
            key: None if isinstance(value, float) and not math.isfinite(value) else value
            for key, value in row.items()
        }
        for row in found.to_dict("records")
    ]


def of_solutions(found: Solutions) -> list[dict[str, Any]]:
    """Return every solution: what is said of it, and its picture."""
    pixels = to_pixels(found.images, found.shown)
    return [
        row | {"uri": embedded_pixels(each)}
        for row, each in zip(rows(found.table, found.metric), pixels)
    ]


def of_record(record: Record) -> list[dict[str, Any]]:
    """Return the same of a record."""
    table = shown_solutions(record)
    images = record.arrays["solution_images"]
    return [
        row | {"uri": embedded_pixels(images[index])}
        for index, row in zip(table.index, rows(table, record.meta["perceptual"]["key"]))
    ]


def agreement(record: Record) -> dict[str, Any]:
    """Return where the solutions agree: their mean, where they differ, and where images of no
    measurement do, in the same colours.
    """
    brightest = float(max(record.arrays[name].max() for name in ("spread", "prior_spread")))
    return {
        "mean": embedded_pixels(record.arrays["mean"]),
        "spread": heat(record.arrays["spread"], brightest),
        "prior": heat(record.arrays["prior_spread"], brightest),
    }


def of_draws(record: Record) -> dict[str, Any] | None:
    """Return what exact draws say: the share of probability that each solution stands for, a tree
    to go into, and walks along what differs most; none of a record that has no such draws.
    """
    if not {"shares", "tree", "walks"} <= set(record.tables):
        return None
    tree, walks = (
        [
            row | {"uri": embedded_pixels(pixels)}
            for row, pixels in zip(record.tables[name].to_dict("records"), record.arrays[images])
        ]
        for name, images in (("tree", "tree_images"), ("walks", "walk_images"))
    )
    # A path of one number is read back as a number.
    nodes = [node | {"path": str(node["path"])} for node in tree]
    return {
        "note": record.meta["explorer"].get("note", ""),
        "shares": record.tables["shares"].to_dict("records"),
        "tree": nodes,
        "walks": walks,
    }


def preview(pixels: UInt8[np.ndarray, "height width 3"], side: int = 720) -> str:
    """Return the address of a photograph, as a JPEG of at most so many pixels a side."""
    image = Image.fromarray(pixels)
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "jpeg", quality=88)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def with_alpha(pixels: UInt8[np.ndarray, "height width 3"]) -> bytes:
    """Return pixels as a canvas takes them: red, green, blue and opaque, row by row."""
    height, width, _ = pixels.shape
    return np.dstack([pixels, np.full((height, width), 255, np.uint8)]).tobytes()
