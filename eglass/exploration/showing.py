"""Solutions as pictures: on one sheet, on a page's cards, or in a folder."""

from __future__ import annotations

import base64
import io
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageOps

from eglass.images import to_pixels
from eglass.records import whole_file
from eglass.records.digits import distance

if TYPE_CHECKING:
    from eglass.exploration.solutions import Solutions

#: Frames of a feasible image and of one that is not.
FRAMES = {True: "#22804a", False: "#b4534b"}


def sheet(solutions: Solutions, per_row: int = 5) -> Image.Image:
    """Return all images on one sheet, in the order of the table, green frames around feasible ones.

    Args:
        per_row: how many beside one another.
    """
    framed = [
        ImageOps.expand(picture, 4, FRAMES[feasible])
        for picture, feasible in zip(_pictures(solutions, 128), solutions.feasible.tolist())
    ]
    width, height = (side + 4 for side in framed[0].size)
    columns, rows = min(per_row, len(framed)), -(-len(framed) // per_row)
    whole = Image.new("RGB", (columns * width + 4, rows * height + 4), "white")
    for i, picture in enumerate(framed):
        whole.paste(picture, (4 + i % per_row * width, 4 + i // per_row * height))
    return whole


def save(solutions: Solutions, folder: str | Path) -> Path:
    """Write `solutions.png`, all on one sheet, each by itself as `01.png` and so on, and their
    table as `solutions.csv`; return the sheet's path.
    """
    place = Path(folder)
    digits = max(2, len(str(len(solutions))))
    pictures = {f"{n:0{digits}d}": each for n, each in enumerate(_pictures(solutions), 1)}
    for name, picture in (pictures | {"solutions": sheet(solutions)}).items():
        with whole_file(place / f"{name}.png") as draft:
            picture.save(draft, "png")
    with whole_file(place / "solutions.csv") as draft:
        solutions.table.to_csv(draft, index=False)
    return place / "solutions.png"


def as_html(solutions: Solutions) -> str:
    """Return a card for each: its image, ℓ2, PSNR, distance and atypicality; it loads nothing."""
    cards = []
    rows = solutions.table.to_dict("records")
    for picture, row in zip(_pictures(solutions, 128), rows):
        buffer = io.BytesIO()
        picture.save(buffer, "png")
        address = base64.b64encode(buffer.getvalue()).decode()
        words = [
            f"{row['direction']}{' ✓' if row['feasible'] else ''}",
            f"ℓ2 {row['l2']:.3g}, {row['psnr']:.1f} dB",
            f"{solutions.metric} {distance(row[solutions.metric])}",
            f"atypicality {row['atypicality']:+.1f}",
        ]
        cards.append(
            f'<figure style="margin:0"><img alt="" src="data:image/png;base64,{address}" '
            f'style="border:3px solid {FRAMES[bool(row["feasible"])]}">'
            f'<figcaption style="font-size:80%">{"<br>".join(map(escape, words))}</figcaption>'
            "</figure>"
        )
    return (
        f"<p>{escape(solutions.method.title)}: {sum(solutions.feasible.tolist())} of "
        f'{len(solutions)} are feasible</p><div style="display:flex;flex-wrap:wrap;gap:8px">'
        f"{''.join(cards)}</div>"
    )


def _pictures(solutions: Solutions, at_least: int = 1) -> list[Image.Image]:
    """Return each image, its pixels repeated until its longer side has `at_least` so many."""
    pixels = to_pixels(solutions.images, solutions.shown)
    times = max(1, -(-at_least // max(pixels.shape[1:3])))
    return [Image.fromarray(each.repeat(times, 0).repeat(times, 1)) for each in pixels]
