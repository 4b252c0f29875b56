"""What a record's exact draws say, for its page: shares of probability, a tree, walks."""

from __future__ import annotations

from typing import Any

import pandas as pd

from eglass.records import Record
from eglass.reporting.html import embedded_pixels
from eglass.reporting.slider import digits


def share(row: pd.Series) -> str:
    """Return a share with its standard error, in per cent; small ones with a decimal."""
    decimals = 0 if row["share"] >= 0.1 else 1
    return f"{100 * row['share']:.{decimals}f} ± {100 * row['error']:.{decimals}f} %"


def tree(record: Record) -> dict[str, Any] | None:
    """Return the tree of exact draws, where there is one: share, picture and children of a node."""
    if "tree" not in record.tables:
        return None
    found: dict[str, dict[str, Any]] = {}
    for (_, row), pixels in zip(record.tables["tree"].iterrows(), record.arrays["tree_images"]):
        path = str(row["path"])
        found[path] = {"path": path, "share": share(row), "uri": embedded_pixels(pixels)}
        found[path]["children"] = []
        if path != "all":
            above = path.rpartition(".")[0] or "all"
            found[above]["children"].append(found[path])
    return found["all"]


def walks(record: Record) -> list[dict[str, Any]]:
    """Return the walks along what differs most among exact draws, where there are any."""
    if "walks" not in record.tables:
        return []
    table = record.tables["walks"]
    return [
        {
            "explained": f"{walk['explained'].iloc[0]:.0%}",
            "steps": [
                {
                    "reached": f"{round(row['reached'], 1) + 0.0:+.1f}",
                    "l2": digits(row["l2"]),
                    "uri": embedded_pixels(record.arrays["walk_images"][index]),
                }
                for index, row in walk.iterrows()
            ],
        }
        for _, walk in table.groupby("number")
    ]
