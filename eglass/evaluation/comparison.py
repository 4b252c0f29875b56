"""Means of what was measured of each explorer over many targets, with bootstrap intervals."""

from __future__ import annotations

import pandas as pd

from eglass.evaluation.statistics import interval

KEYS = ["problem", "threshold", "count", "method"]
#: What is measured of each set of solutions: how it is headed, where {} is the perceptual metric's
#: name, and written.
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


def headings(metric: str) -> list[str]:
    """Return how the measures are headed, given what the perceptual metric is called."""
    return [heading.format(metric) for heading, _ in MEASURES.values()]


def aggregate(table: pd.DataFrame, *, resamples: int, confidence: float, seed: int) -> pd.DataFrame:
    """Average over targets.

    Args:
        table: a row for each problem, threshold, count, method and target, with the measures.

    Returns:
        A row for each problem, threshold, count, method and measure: mean, low, high, targets.
    """
    rows = []
    for key, group in table.groupby(KEYS, sort=False):
        for measure in MEASURES:
            values = group[measure].dropna().to_numpy(float)
            mean, low, high = interval(
                values, False, resamples=resamples, confidence=confidence, seed=seed
            )
            found = {"mean": mean, "low": low, "high": high, "targets": len(values)}
            rows.append(dict(zip(KEYS, key)) | {"measure": measure} | found)
    return pd.DataFrame(rows)


def worded(found: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return one row a problem, threshold, count and method: the measures, in words.

    Args:
        found: what `aggregate` returns.
        metric: what the perceptual metric is called.
    """

    def cell(row: pd.Series) -> str:
        number = MEASURES[row["measure"]][1].format
        return f"{number(row['mean'])} [{number(row['low'])}, {number(row['high'])}]"

    shown = found.assign(cell=found.apply(cell, axis=1))
    # pivot would sort the methods.
    order = shown[KEYS].drop_duplicates()
    wide = shown.pivot(index=KEYS, columns="measure", values="cell")[list(MEASURES)].reset_index()
    wide = order.merge(wide, on=KEYS)
    return wide.rename(columns=dict(zip(MEASURES, headings(metric))))


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
