"""The paper's claims, and how each is measured on one record."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from eglass.evaluation.assessment import Claim
from eglass.records import Method, Record, names

#: ℓ2 up to which the paper calls an image feasible.
FEASIBLE = 1e-2
#: Side of the blocks at both ends of the diagonal of C whose coupling is measured.
BLOCK = 10
#: Mean |C| over chance from which the directions of a block count as coupled.
COUPLED = 1.5


def paper_claims(
    paper: Mapping[str, Any],
    metric: str = "LPIPS",
    trace_top: int = 20,
    block: int = BLOCK,
    visible: float | None = 0.05,
) -> list[Claim]:
    """Return the claims for one problem, beside the numbers that the paper gives for it.

    Args:
        paper: those numbers, as `conf/paper.yaml` has them.
        metric: what the perceptual metric is called.
        trace_top: top eigenvalues whose share of the trace is measured.
        block: side of the blocks of C that are measured.
        visible: distance by that metric that counts as a visible change; of one for which no such
            distance is known (none), that is not claimed.
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
            chance=lambda record: trace_top / _dimension(record),
        ),
        Claim(
            f"Anisotropy of H_X: share of the trace in its top {trace_top} eigenvalues",
            "Sec. 3",
            "few components",
            lambda record: _trace_share(record, "Omega", "H_X", trace_top),
            +1,
            0.8,
            chance=lambda record: trace_top / _dimension(record),
        ),
        Claim(
            f"Tops of U and V are coupled: mean |C| of the top {block}×{block} block over chance",
            "Sec. 3",
            "coupled",
            lambda record: coupling_over_chance(record, slice(None, block)),
            +1,
            COUPLED,
            chance=1.0,
            geometric=True,
        ),
        Claim(
            f"Bottoms are not: mean |C| of the bottom {block}×{block} block over chance",
            "Sec. 3",
            "not coupled",
            lambda record: coupling_over_chance(record, slice(-block, None)),
            -1,
            COUPLED,
            geometric=True,
        ),
        Claim(
            "d is orthogonal to what is measured: largest |dᵀu| over the top k of U",
            "Fig. 1, Alg. 1",
            "≈ 0",
            _largest_measured_correlation,
            -1,
            lambda record: record.meta["explorer"]["settings"]["threshold"],
            unit="{:.3f}",
        ),
        Claim(
            f"d still lies in the perceptual directions: share of it in the top {trace_top} of V",
            "Fig. 1",
            "good correlation",
            lambda record: _share_in_top_V(record, trace_top),
            +1,
            0.5,
            chance=lambda record: trace_top / _dimension(record),
        ),
        Claim(
            "ℓ2 along d at the figure's steps",
            "Figs. 2, 3",
            _range(paper["eglass_l2"]),
            lambda record: _mean(record, names.ALGORITHM1_STEPS, "l2"),
            -1,
            _threshold,
            unit="{:.1e}",
        ),
        Claim(
            "ℓ2 along v^K at the same steps",
            "Figs. 2, 3",
            _range(paper["eigenvector_l2"]),
            lambda record: _mean(record, names.EIGENVECTORS_STEPS, "l2"),
            +1 if infeasible else -1,
            _threshold,
            unit="{:.1e}",
        ),
        Claim(
            "ℓ2 of v^K over ℓ2 of d, at the same step",
            "Figs. 2, 3",
            f"≥ {ratio:.1f}",
            _l2_ratio_at_matched_step,
            +1,
            ratio,
            chance=1.0,
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
        *(
            []
            if visible is None
            else [
                Claim(
                    f"{metric} from G(z0) of d's ten solutions at their largest feasible step",
                    "Sec. 4",
                    "visible change",
                    lambda record: _distance(record, names.ALGORITHM1),
                    +1,
                    visible,
                    unit="{:.3f}",
                )
            ]
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
            lambda record: pulse_seconds(record) / eglass_seconds(record),
            +1,
            1.0,
            geometric=True,
            timed=True,
        ),
    ]


def _threshold(record: Record) -> float:
    """Return the ℓ2 up to which an image is feasible; in the paper, and by default, 1e-2."""
    return float(record.meta["problem"]["threshold"])


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


def _trace_share(record: Record, eigenvalues: str, metric: str, top: int) -> float:
    return float(record.arrays[eigenvalues][:top].sum() / np.trace(record.arrays[metric]))


def coupling_over_chance(record: Record, block: slice) -> float:
    """Return the mean |C| of a block on the diagonal, over that of random directions."""
    return float(np.abs(record.arrays["C"][block, block]).mean() / chance_coupling(record))


def chance_coupling(record: Record) -> float:
    """Return by how much two random unit vectors correlate on average: √(2/πd) in d dimensions."""
    return math.sqrt(2 / (math.pi * _dimension(record)))


def _dimension(record: Record) -> int:
    return len(record.arrays["z0"])


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


def _share_in_top_V(record: Record, top: int) -> float:
    return float((_projected(record).loc["V"].iloc[:, :top] ** 2).sum(axis=1).mean())


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
