"""Means of what was measured of each explorer over many targets, with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from eglass.evaluation.statistics import interval

#: How measures are headed, where {} is the perceptual metric's name, and written, by their names.
Measures = Mapping[str, tuple[str, str]]

KEYS = ["problem", "threshold", "count", "method"]
#: What is measured of each set of solutions.
MEASURES = {
    "feasible": ("feasible", "{:.1%}"),
    "distance": ("{} to G(z0)", "{:.3f}"),
    "pairwise": ("pairwise {}", "{:.3f}"),
    "pairwise_other": ("pairwise LPIPS, other network", "{:.3f}"),
    "modes": ("modes", "{:.1f}"),
    "psnr": ("PSNR of y, dB", "{:.1f}"),
    "atypicality": ("latents: |score|", "{:.2f}"),
    "unrealism": ("distance to fresh samples", "{:.2f}"),
    "unrealism_consistent": ("the same, consistent", "{:.2f}"),
    "changed": ("{} of that change", "{:.3f}"),
    "seconds": ("seconds", "{:.2f}"),
    "passes": ("forward passes", "{:.0f}"),
}
#: What is no explorer's, but draws that were held out: some of them, and some far apart.
DRAWS, FAR_APART = "exact draws", "exact draws, far apart"
#: What is measured of each set beside exact draws of the same measurement, in the same manner.
SCORES = {
    "energy": ("energy distance", "{:.4f}"),
    "told_apart": ("told from draws", "{:.0%}"),
    "modes_found": ("modes found", "{:.0%}"),
    "mass_found": ("mass found", "{:.0%}"),
    "coverage": ("coverage", "{:.0%}"),
    "near": ("near draws", "{:.0%}"),
    "spread_correlation": ("spread map, correlation", "{:.2f}"),
    "spread_ratio": ("spread, over theirs", "{:.2f}"),
    "distance_ratio": ("pairwise {}, over theirs", "{:.2f}"),
    "feasible": MEASURES["feasible"],
}


def headings(metric: str, measures: Measures = MEASURES) -> list[str]:
    """Return how measures are headed, given what the perceptual metric is called."""
    return [heading.format(metric) for heading, _ in measures.values()]


def aggregate(
    table: pd.DataFrame,
    measures: Measures = MEASURES,
    *,
    resamples: int,
    confidence: float,
    seed: int,
) -> pd.DataFrame:
    """Average over targets.

    Args:
        table: a row for each problem, threshold, count, method and target, with the measures.
        measures: which: `MEASURES` or `SCORES`.

    Returns:
        A row for each problem, threshold, count, method and measure: mean, low, high, targets.
    """
    rows = []
    for key, group in table.groupby(KEYS, sort=False):
        for measure in measures:
            values = group[measure].dropna().to_numpy(float)
            mean, low, high = interval(
                values, False, resamples=resamples, confidence=confidence, seed=seed
            )
            found = {"mean": mean, "low": low, "high": high, "targets": len(values)}
            rows.append(dict(zip(KEYS, key)) | {"measure": measure} | found)
    return pd.DataFrame(rows)


def worded(found: pd.DataFrame, metric: str, measures: Measures = MEASURES) -> pd.DataFrame:
    """Return one row a problem, threshold, count and method: the measures, in words.

    Args:
        found: what `aggregate` returns.
        metric: what the perceptual metric is called.
        measures: those that it has.
    """

    def cell(row: pd.Series) -> str:
        number = measures[row["measure"]][1].format
        return f"{number(row['mean'])} [{number(row['low'])}, {number(row['high'])}]"

    shown = found.assign(cell=found.apply(cell, axis=1))
    # pivot would sort the methods.
    order = shown[KEYS].drop_duplicates()
    wide = shown.pivot(index=KEYS, columns="measure", values="cell")[list(measures)].reset_index()
    wide = order.merge(wide, on=KEYS)
    return wide.rename(columns=dict(zip(measures, headings(metric, measures))))


def markdown(found: pd.DataFrame, metric: str) -> str:
    """Return the table as Markdown, with what its headings mean."""
    notes = (
        f"Means over targets with bootstrap intervals. Pairwise {metric}: mean over pairs of "
        "solutions, infeasible ones included; once by the network that explorers see, once by one "
        "that they do not. Modes: solutions farther than 0.1 from one another. PSNR of y: how well "
        "solutions explain the measurement. |score|: standard score of the latent's squared norm "
        "under the prior. Distance to fresh samples: in deep features of the other network, to the "
        "k-th nearest; 1 is what fresh samples have among themselves. Consistent: of the images "
        "brought onto the measurement, as near as its noise allows; the change is from what they "
        "were. Seconds include inversion and geometry where they are used; a column of a Jacobian "
        "counts as a forward pass."
    )
    return f"{worded(found, metric).to_markdown(index=False, disable_numparse=True)}\n\n{notes}\n"


def scores_in_markdown(found: pd.DataFrame, metric: str) -> str:
    """Return the scoreboard as Markdown, with what its headings mean.

    Args:
        found: what `aggregate` returns of `SCORES`.
        metric: what the perceptual metric is called.
    """
    notes = (
        "Means over targets with bootstrap intervals, of solutions beside exact draws of the same "
        f"measurement. Energy distance: in the features of {metric}; independent draws come to 0 "
        "on average. Told from draws: targets of which a permutation test rejects, at 5 %, that "
        "the solutions are draws. Modes: clusters of the draws (Ward's) that a solution lies in; "
        "mass: the probability in them. Coverage: share of the draws with a solution among their "
        "neighbours, of which there are so many that independent draws would come to 95 %. Near "
        "draws: solutions that are as near to a draw as 99 % of the draws are to one another. "
        "Spread: the standard deviation at each pixel."
    )
    table = worded(found, metric, SCORES).to_markdown(index=False, disable_numparse=True)
    return f"{table}\n\n{notes}\n"
