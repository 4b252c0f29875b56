"""Pages of captioned images, laid out in inches."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, UInt8
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from eglass.records import Record
from eglass.records.digits import distance, scientific

INK, GREY, GREEN, MUTED = "#222222", "#8a8a8a", "#22804a", "#b4534b"
L2 = r"$\ell_{\!2}$"


def enlarged(pixels: UInt8[np.ndarray, "height width 3"]) -> UInt8[np.ndarray, "taller wider 3"]:
    """Repeat the pixels of a small image, lest some viewer blur them."""
    times = max(1, 256 // max(pixels.shape[:2]))
    return pixels.repeat(times, 0).repeat(times, 1)


def outside(record: Record) -> str:
    """Say that the generator does not make such pictures, and why: nothing is marked as explained.

    Nothing is said where it does, or where no verdict was asked.
    """
    verdict = record.meta.get("verdict")
    if verdict is None or verdict["inside"]:
        return ""
    return f"Outside of what the generator makes: {'; '.join(verdict['reasons'])}"


def foot(record: Record) -> float:
    """Return the height of what stands below the last row of a page, in inches: its legend, and a
    line where the generator does not make such pictures.
    """
    return 0.36 if outside(record) else 0.2


def framed(record: Record, feasible: bool) -> str:
    """Return the colour around a solution: green where it explains what its generator can make."""
    return MUTED if not feasible else GREY if outside(record) else GREEN


class Page:
    """A figure on which things are placed by inches from its top left corner.

    All images share the axes that the page is: a pair of axes each would take ten times as long.

    Args:
        width, height: of the page.
        size: of every image on it.
    """

    def __init__(self, width: float, height: float, size: float):
        self.width, self.height, self.size = width, height, size
        self.figure = Figure(figsize=(width, height))
        self._axes = self.figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
        self._axes.axis("off")

    def text(self, string: str, x: float, y: float, **look: Any) -> None:
        """Write a line, centred on (x, y) unless `look` says otherwise."""
        plain: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 7, "color": INK}
        self.figure.text(x / self.width, 1 - y / self.height, string, **plain | look)

    def rule(self, left: float, right: float, y: float) -> None:
        """Draw a thin horizontal line."""
        ends, height = [left / self.width, right / self.width], 1 - y / self.height
        self.figure.add_artist(Line2D(ends, [height, height], color=GREY, linewidth=0.6))

    def image(
        self,
        pixels: UInt8[np.ndarray, "height width 3"],
        x: float,
        y: float,
        caption: Sequence[str],
        colors: Sequence[str] = (GREY, INK, INK, INK),
    ) -> None:
        """Show an image, its top left corner at (x, y), above the lines of its caption.

        Args:
            colors: of the frame, then of each line.
        """
        self._place(enlarged(pixels), x, y, colors[0])
        for i, (line, color) in enumerate(zip(caption, colors[1:])):
            below = y + self.size + 0.09 + 0.115 * i
            self.text(line, x + self.size / 2, below, color=color)

    def heat(
        self, values: Float[np.ndarray, "height width"], x: float, y: float, brightest: float
    ) -> AxesImage:
        """Show a map of numbers from 0 to `brightest`, its top left corner at (x, y)."""
        look: dict[str, Any] = {"cmap": "inferno", "vmin": 0, "vmax": brightest}
        return self._place(values, x, y, GREY, interpolation="nearest", **look)

    def outline(self, region: Bool[np.ndarray, "height width"], x: float, y: float) -> None:
        """Draw the outline of a region of pixels on the image at (x, y); not one of lone pixels."""
        height, width = region.shape
        scale = self.size / max(region.shape)
        left, top = x + (self.size - width * scale) / 2, y + (self.size - height * scale) / 2
        across, down = np.diff(region, axis=1).nonzero(), np.diff(region, axis=0).nonzero()
        if len(across[0]) + len(down[0]) > region.sum():
            return
        edges = [((j + 1, i), (j + 1, i + 1)) for i, j in zip(*across)]
        edges += [((j, i + 1), (j + 1, i + 1)) for i, j in zip(*down)]
        lines = [[(left + scale * u, top + scale * v) for u, v in edge] for edge in edges]
        for color, linewidth in (("black", 1.8), ("white", 0.9)):
            around = LineCollection(lines, colors=color, linewidths=linewidth, capstyle="round")
            self._axes.add_collection(around, autolim=False).set_zorder(3)

    def _place(self, pixels: np.ndarray, x: float, y: float, frame: str, **look: Any) -> AxesImage:
        """Draw an image in a frame, as large as `size` on its longer side, in the middle."""
        height, width = (self.size * n / max(pixels.shape[:2]) for n in pixels.shape[:2])
        left, top = x + (self.size - width) / 2, y + (self.size - height) / 2
        around = Rectangle((left, top), width, height, fill=False, edgecolor=frame, linewidth=1.1)
        self._axes.add_patch(around).set_zorder(2)
        extent = (left, left + width, top + height, top)
        return self._axes.imshow(pixels, extent=extent, aspect="auto", **look)

    def given(self, record: Record, x: float, y: float, pitch: float) -> float:
        """Show target, measurement and G(z0) in a row, and return where the next would stand."""
        row = [self.target, self.measurement, self.initial]
        if "target" not in record.arrays:
            # That of a real measurement is not known.
            row.remove(self.target)
        for i, show in enumerate(row):
            show(record, x + pitch * i, y)
        return x + pitch * len(row)

    def target(self, record: Record, x: float, y: float) -> None:
        """Show what was measured, and by how much it was enlarged for that."""
        factor = record.meta["target"].get("enlargement", 1)
        aside = [f"enlarged ×{factor:.1f}"] if factor > 1 else []
        self.image(record.arrays["target"], x, y, ["target", *aside])

    def measurement(self, record: Record, x: float, y: float) -> None:
        """Show y, and its size where it is smaller than the target; or Aᵀ y, and how long y is."""
        pixels = record.arrays["measurement"]
        height, width, _ = pixels.shape
        caption = ["measurement"]
        if not record.meta["problem"]["picture"]:
            entries = record.meta["problem"]["entries"]
            caption = [r"$\mathbf{A}^{\!\top}\mathbf{y}$", f"{entries:,} entries"]
        elif height < len(record.arrays["initial"]):
            caption += [f"{width} × {height}"]
        self.image(pixels, x, y, caption)

    def initial(self, record: Record, x: float, y: float) -> None:
        """Show G(z0)."""
        l2 = f"{L2} {scientific(record.meta['inversion']['l2'])}"
        self.image(record.arrays["initial"], x, y, [r"$G(\mathbf{z}_0)$", l2])

    def solution(self, record: Record, index: int, x: float, y: float, *more: str) -> None:
        """Show a solution above its ℓ2, its distance and `more`, marked feasible or not."""
        row = record.tables["solutions"].loc[index]
        frame = framed(record, row["feasible"])
        color, mark = INK if frame == GREY else frame, " ✓" if frame == GREEN else ""
        metric = record.meta["perceptual"]
        seen = f"{metric['title']} {distance(row[metric['key']])}"
        caption = [f"{L2} {scientific(row['l2'])}{mark}", seen, *more]
        colors = (frame, color, INK, INK)
        self.image(record.arrays["solution_images"][index], x, y, caption, colors)

    def legend(self, record: Record, x: float, y: float) -> None:
        """Say what the marks mean."""
        limit = f"{record.meta['problem']['threshold']:.2g}"
        if outside(record):
            self.text(f"no ✓, {L2} ≤ {limit} or not", x, y, ha="left")
        else:
            self.text(f"✓ feasible: {L2} ≤ {limit}", x, y, color=GREEN, ha="left")
        self.text(f"not feasible: {L2} > {limit}", x + 1.15, y, color=MUTED, ha="left")
        metric = record.meta["perceptual"]["title"]
        self.text(rf"{metric}: to $G(\mathbf{{z}}_0)$", x + 2.3, y, ha="left")
        if why := outside(record):
            # All of it stands on the page and on the command's line.
            brief = textwrap.shorten(why, 125, placeholder=" …")
            self.text(brief, x, y - 0.14, color=MUTED, ha="left", fontsize=6)
