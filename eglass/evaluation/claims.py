"""The paper's claims, each measured on many records, with bootstrap intervals over targets."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from eglass.evaluation.statistics import interval, verdict
from eglass.records import Method, Record, names

#: ℓ2 up to which the paper calls an image feasible.
FEASIBLE = 1e-2


@dataclass(frozen=True)
class Claim:
    """One thing that the paper says, and how it is measured on one record.

    Attributes:
        measure: a number for each record; NaN where the record cannot tell.
        better: +1 if the claim holds when the number is above `limit`, −1 if below.
        limit: a number, or a function of the record's latent dimension (what chance would give).
        geometric: average by the geometric mean, as ratios must be.
    """

    text: str
    source: str
    paper: str
    measure: Callable[[Record], float]
    better: int
    limit: float | Callable[[int], float]
    geometric: bool = False
    unit: str = "{:.2f}"


def paper_claims(
    paper: Mapping[str, Any], metric: str = "LPIPS", trace_top: int = 20, block: int = 10
) -> list[Claim]:
    """Return the claims for one problem, beside the numbers that the paper gives for it.

    Args:
        paper: those numbers, as `conf/paper.yaml` has them.
        metric: what the perceptual metric is called.
        trace_top: top eigenvalues whose share of the trace is measured.
        block: side of the blocks of C that are measured.
    """
    ratio = paper["eigenvector_l2"][0] / paper["eglass_l2"][1]
    speed = paper["pulse_seconds"] / paper["eglass_seconds"]
    # The paper's own v^K explain the measurement where it inpaints, and do not where it super-
    # resolves.
    infeasible = paper["eigenvector_l2"][0] > FEASIBLE
    return [
        Claim(
            f"Anisotropy of H_Y: share of the trace in its top {trace_top} eigenvalues",
            "Sec. 3",
            "few components",
            lambda record: _trace_share(record, "Lambda", "H_Y", trace_top),
            +1,
            0.8,
        ),
        Claim(
            f"Anisotropy of H_X: share of the trace in its top {trace_top} eigenvalues",
            "Sec. 3",
            "few components",
            lambda record: _trace_share(record, "Omega", "H_X", trace_top),
            +1,
            0.8,
        ),
        Claim(
            f"Tops of U and V are coupled: mean |C| of the top {block}×{block} block over chance",
            "Sec. 3",
            "coupled",
            lambda record: _coupling_over_chance(record, slice(None, block)),
            +1,
            1.0,
            geometric=True,
        ),
        Claim(
            f"Bottoms are not: mean |C| of the bottom {block}×{block} block over chance",
            "Sec. 3",
            "not coupled",
            lambda record: _coupling_over_chance(record, slice(-block, None)),
            -1,
            1.5,
            geometric=True,
        ),
        Claim(
            "d is orthogonal to what is measured: largest |dᵀu| over the top k of U",
            "Fig. 1, Alg. 1",
            "≈ 0",
            _largest_measured_correlation,
            -1,
            0.051,
            unit="{:.3f}",
        ),
        Claim(
            f"d still lies in the perceptual directions: norm of its part in the top {trace_top} "
            "of V",
            "Fig. 1",
            "good correlation",
            lambda record: _part_in_top_V(record, trace_top),
            +1,
            lambda dim: math.sqrt(trace_top / dim),
        ),
        Claim(
            "ℓ2 along d at the figure's steps",
            "Figs. 2, 3",
            _range(paper["eglass_l2"]),
            lambda record: _mean(record, names.ALGORITHM1_STEPS, "l2"),
            -1,
            FEASIBLE,
            unit="{:.1e}",
        ),
        Claim(
            "ℓ2 along v^K at the same steps",
            "Figs. 2, 3",
            _range(paper["eigenvector_l2"]),
            lambda record: _mean(record, names.EIGENVECTORS_STEPS, "l2"),
            +1,
            FEASIBLE if infeasible else paper["eglass_l2"][1],
            unit="{:.1e}",
        ),
        Claim(
            "ℓ2 of v^K over ℓ2 of d, at the same step",
            "Figs. 2, 3",
            f"≥ {ratio:.1f}",
            _l2_ratio_at_matched_step,
            +1,
            1.0,
            geometric=True,
        ),
        Claim(
            f"ℓ2 of v^K over ℓ2 of d, at the same {metric}",
            "Sec. 4",
            "> 1",
            _l2_ratio_at_matched_distance,
            +1,
            1.0,
            geometric=True,
        ),
        Claim(
            "Share of feasible images along d, at the figure's steps",
            "Figs. 2, 3",
            "all",
            lambda record: _mean(record, names.ALGORITHM1_STEPS, "feasible"),
            +1,
            0.9,
        ),
        Claim(
            "Share of feasible images along v^K, at the same steps",
            "Figs. 2, 3",
            "none" if infeasible else "all",
            lambda record: _mean(record, names.EIGENVECTORS_STEPS, "feasible"),
            -1 if infeasible else +1,
            0.1 if infeasible else 0.9,
        ),
        Claim(
            "Share of feasible images among PULSE's",
            "Figs. 2, 3",
            "all",
            lambda record: _mean(record, names.PULSE, "feasible"),
            +1,
            0.9,
        ),
        Claim(
            f"{metric} from G(z0) of d's ten solutions at their largest feasible step",
            "Sec. 4",
            "visible change",
            lambda record: _distance(record, names.ALGORITHM1),
            +1,
            0.05,
            unit="{:.3f}",
        ),
        Claim(
            f"{metric} gained: d over v^K, each at its largest feasible step",
            "Sec. 3",
            "> 1",
            lambda record: (
                _distance(record, names.ALGORITHM1) / _distance(record, names.EIGENVECTORS)
            ),
            +1,
            1.0,
            geometric=True,
        ),
        Claim(
            "Time to ten solutions: PULSE as one batch, ended once feasible, over e-GLASS",
            "Table 1 (a stronger baseline)",
            f"{speed:.1f} (sequential)",
            _batched_speed_up,
            +1,
            1.0,
            geometric=True,
        ),
    ]


def assess(
    claims: Sequence[Claim],
    records: Sequence[Record],
    photograph: Record,
    *,
    resamples: int,
    confidence: float,
    seed: int,
) -> pd.DataFrame:
    """Measure claims over the records of one problem.

    A claim holds when the whole interval is on its side of the limit, fails when the whole
    interval is on the other, and is undecided in between.

    Returns:
        One row a claim: problem, claim, source, paper, measured, low, high, limit, holds,
        photograph, targets, unit.
    """
    dim = len(photograph.arrays["z0"])
    rows = []
    for claim in claims:
        values = np.array([claim.measure(record) for record in records], dtype=float)
        values = values[np.isfinite(values)]
        measured, low, high = interval(
            values, claim.geometric, resamples=resamples, confidence=confidence, seed=seed
        )
        limit = claim.limit(dim) if callable(claim.limit) else claim.limit
        rows.append(
            {
                "problem": photograph.meta["problem"]["name"],
                "claim": claim.text,
                "source": claim.source,
                "paper": claim.paper,
                "measured": measured,
                "low": low,
                "high": high,
                "limit": f"{'>' if claim.better > 0 else '<'} {claim.unit.format(limit)}",
                "holds": verdict(low, high, claim.better, limit),
                "photograph": claim.measure(photograph),
                "targets": len(values),
                "unit": claim.unit,
            }
        )
    return pd.DataFrame(rows)


def of_method(record: Record, method: Method) -> pd.DataFrame:
    """Return the solutions of one method."""
    table = record.tables["solutions"]
    return table[table["method"] == method.key]


def time_to_feasible(history: pd.DataFrame, threshold: float) -> float:
    """Return the seconds after which every start of a batch had been feasible once.

    A batch of which some start never was has cost its whole budget.
    """
    losses = history.pivot(index="step", columns="start", values="l2").cummin()
    done = (losses <= threshold).all(axis=1)
    seconds = history.groupby("step")["seconds"].max()
    return float(seconds[done.idxmax()] if done.any() else seconds.max())


def pulse_seconds(record: Record) -> float:
    """Return what PULSE's batch cost until it could have ended: all its starts feasible."""
    history = record.tables["history"]
    return time_to_feasible(
        history[history["stage"] == names.PULSE.key], record.meta["problem"]["threshold"]
    )


def eglass_seconds(record: Record) -> float:
    """Return what ten solutions at their largest feasible steps cost e-GLASS, all included."""
    timings = record.meta["timings"]
    return timings["inversion"] + timings["geometry"] + timings[names.ALGORITHM1.key]


def _batched_speed_up(record: Record) -> float:
    return pulse_seconds(record) / eglass_seconds(record)


def _trace_share(record: Record, eigenvalues: str, metric: str, top: int) -> float:
    return float(record.arrays[eigenvalues][:top].sum() / np.trace(record.arrays[metric]))


def _coupling_over_chance(record: Record, block: slice) -> float:
    C = np.abs(record.arrays["C"][block, block])
    # Two random unit vectors of dimension d correlate by √(2/πd) on average.
    return float(C.mean() / math.sqrt(2 / (math.pi * len(record.arrays["z0"]))))


def _range(values: Sequence[float]) -> str:
    return f"{values[0]:.1e} – {values[1]:.1e}"


def _mean(record: Record, method: Method, column: str) -> float:
    return float(of_method(record, method)[column].mean())


def _projected(record: Record) -> pd.DataFrame:
    """Correlations of the shown directions d, one row a direction and basis, one column a j."""
    table = record.tables["correlation"]
    return table[table["kind"] == "d"].pivot(
        index=["basis", "number"], columns="j", values="correlation"
    )


def _largest_measured_correlation(record: Record) -> float:
    k = record.meta["explorer"]["settings"]["k"]
    return float(_projected(record).loc["U"].iloc[:, :k].max(axis=None))


def _part_in_top_V(record: Record, top: int) -> float:
    return float(np.sqrt((_projected(record).loc["V"].iloc[:, :top] ** 2).sum(axis=1)).mean())


def _distance(record: Record, method: Method) -> float:
    return _mean(record, method, record.meta["perceptual"]["key"])


def _l2_ratio_at_matched_step(record: Record) -> float:
    return _mean(record, names.EIGENVECTORS_STEPS, "l2") / _mean(
        record, names.ALGORITHM1_STEPS, "l2"
    )


def _l2_ratio_at_matched_distance(record: Record) -> float:
    """ℓ2 along v^K over ℓ2 along d where both have moved equally far from G(z0).

    Along each direction and sign, at the largest distance that both reach, ℓ2 interpolated.
    """
    strip, metric = record.tables["strip"], record.meta["perceptual"]["key"]
    strip = strip.assign(side=np.sign(strip["step"]), reach=strip["step"].abs())
    ratios = []
    for _, both in strip.sort_values("reach").groupby(["number", "side"]):
        v, d = (both[both["kind"] == kind] for kind in "vd")
        reached = min(v[metric].max(), d[metric].max())
        ratios.append(_l2_at(v, metric, reached) / _l2_at(d, metric, reached))
    return float(np.exp(np.mean(np.log(ratios))))


def _l2_at(walk: pd.DataFrame, metric: str, distance: float) -> float:
    """Return the ℓ2 at which a walk first reaches some distance."""
    # It need not grow steadily; its running maximum does.
    return float(np.interp(distance, walk[metric].cummax(), walk["l2"]))
