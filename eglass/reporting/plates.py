"""What the report's figures are called and say, in the paper's order."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from eglass.reporting.html import embedded

PHOTOGRAPH, SAMPLE = "the photograph", "a sample of the generator"
BEYOND = "Beyond the paper"


class _Text(NamedTuple):
    label: str
    title: str
    caption: str


_WALKS = (
    "Top row: PULSE, solving anew from random starts, the first of its ten. Middle: along v^K, "
    "where the method starts. Bottom: along d, where it arrives, at the same steps η. Under "
    "each image its ℓ2 to the measurement and its {metric} to G(z0). The paper's point is the "
    "bottom row staying feasible (✓) where the middle one does not, and still changing what is "
    "seen."
)
#: By the start of their names.
_FIGURES = {
    "fig1": _Text(
        "Fig. 1",
        "What the directions correlate with",
        "Blue is the starting direction v^K, red the final direction d; a bar is the magnitude of "
        "a correlation. Left: eigenvectors of H_Y, which change the measurement, the strongest "
        "first; Algorithm 1 is to leave less than its threshold of each of the shaded top k in d. "
        "Right: eigenvectors of H_X, which change what is seen; d is to keep correlating with the "
        "first of them.",
    ),
    "fig2": _Text("Fig. 2", "Super-resolution", _WALKS),
    "fig3": _Text("Fig. 3", "Inpainting", _WALKS),
    "diversity": _Text(
        BEYOND,
        "More different, for how long?",
        "Mean {metric} between all pairs of solutions against the seconds that they took, "
        "inversion and geometry included where they are used. A shape is an explorer, its colour "
        "the share of its solutions that is feasible, green all of them; lines join the same "
        "explorer at several numbers of solutions N.",
    ),
    "tradeoff": _Text(
        BEYOND,
        "More different, less likely?",
        "Up: farther from what the generator makes of fresh draws, in deep features of a network "
        "that no explorer sees; 1, dotted, is what those are from one another. Right: more "
        "different solutions. A shape is an explorer, its colour the share that is feasible. The "
        "line is one explorer at several values of a setting, written at its points.",
    ),
    "scoreboard": _Text(
        BEYOND,
        "As the measurement has it?",
        "Solutions beside exact draws of the same measurement: which images it leaves possible, "
        "and how probable each is. A row an explorer, the nearest to the draws at the top, means "
        "over targets with their intervals; green are draws that were held out, which is as near "
        "as so few images come. Energy distance is between the two sets in the features of "
        "{metric}; mass found is the probability of the draws' clusters that a solution lies in; "
        "coverage the share of the draws with a solution near; below 1, the spread at each pixel "
        "is too narrow.",
    ),
    "explorers": _Text(
        BEYOND,
        "The same measurement, by every explorer",
        "A row an explorer; a green frame is a feasible image, a red one is not. At the right the "
        "mean of the feasible ones, and how open they leave each pixel: their spread over that of "
        "images that the generator makes without any measurement. Black, 0: these solutions agree. "
        "Bright, 1 or more: they differ as much as if nothing had been measured.",
    ),
    "agreement": _Text(
        "",
        "What the solutions agree on",
        "The spread of Algorithm 1's ten solutions at each pixel, over that of images that the "
        "generator makes without any measurement. Black, 0: these solutions agree. Bright, 1 or "
        "more: they differ as much as if nothing had been measured. That solutions agree does not "
        "make them right, and pixels that were measured are open as well, as far as ℓ2 lets them. "
        "What was not measured is outlined where the operator keeps pixels.",
    ),
    "coupling": _Text(
        "",
        "Coupling",
        "All of the coupling matrix C between the directions that are measured and those that are "
        "seen, by magnitude. Dark means that the same direction is both; chance is what random "
        "directions would give. Outlined are the two blocks that the claims speak of.",
    ),
    "spectrum": _Text(
        "",
        "Anisotropy",
        "Eigenvalues of both metrics over their largest, in falling order, on a logarithmic scale. "
        "The steeper they fall, the fewer directions do most of the measured and of the visible "
        "change; the band is the top 20 that the claim speaks of.",
    ),
    "losses": _Text(
        "",
        "Losses",
        "ℓ2 while the first solution is searched for, a colour a stage and a line a start, and "
        "while PULSE searches for all of its own. Below the dashed line an image is feasible.",
    ),
}


def plates(
    figures: Mapping[str, Path], titles: Mapping[str, str], sample: str, metric: str
) -> list[dict[str, Any]]:
    """Return figures of one kind together: id, label, title, caption and pictures of each.

    Args:
        figures: PNG files, by names as `write_report` takes them.
        titles: of problems, by name.
        sample: what the other target than the photograph is called.
        metric: what the perceptual metric is called.
    """
    found = []
    for kind, text in _FIGURES.items():
        pictures = [
            (_subtitle(name, titles, sample), embedded(path))
            for name, path in figures.items()
            if name.startswith(kind)
        ]
        if pictures:
            about = text._replace(caption=text.caption.format(metric=metric))._asdict()
            found.append({"id": kind, "pictures": pictures} | about)
    return found


def _subtitle(name: str, titles: Mapping[str, str], sample: str) -> str:
    subject = sample if name.endswith("_sample") else PHOTOGRAPH
    about = [title for problem, title in titles.items() if problem in name]
    return ", ".join([*about, subject])
