"""Claims are measured as they say, and fail where they should."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from eglass.evaluation import claims
from eglass.evaluation.assessment import Claim, assess
from eglass.evaluation.claims import paper_claims
from eglass.records import Record, names
from tests.synthetic_records import synthetic_record

PAPER = {
    "eigenvector_l2": [0.024, 0.045],
    "eglass_l2": [0.003, 0.005],
    "pulse_seconds": 35000.0,
    "eglass_seconds": 3500.0,
}


JUDGED = {"resamples": 50, "confidence": 0.95, "between_runs": 0.2, "seed": 0}


def measured(start: str, record: Record, **paper: Any) -> float:
    """Return what the claim of the paper that begins so is, on a record."""
    (claim,) = [c for c in paper_claims(PAPER | paper) if c.text.startswith(start)]
    return claim.measure(record)


def solutions(**columns: Any) -> Record:
    """Return a record of two solutions, one along v^K and one along d."""
    methods = [names.EIGENVECTORS_STEPS.key, names.ALGORITHM1_STEPS.key]
    return Record({}, tables={"solutions": pd.DataFrame({"method": methods} | columns)})


def test_what_is_feasible_is_as_the_problem_says():
    record = synthetic_record()
    record.meta["problem"]["threshold"] = 3e-3
    found = assess(paper_claims(PAPER), [record], record, **JUDGED).set_index("claim")
    assert found.loc["ℓ2 along d at the figure's steps", "limit"] == "< 3.0e-03"


def test_a_metric_of_no_known_scale_makes_no_claim_on_visible_change():
    papers = {visible: paper_claims(PAPER, visible=visible) for visible in (0.05, None)}
    said = {visible: {claim.paper for claim in found} for visible, found in papers.items()}
    assert said[0.05] - said[None] == {"visible change"}


def test_a_batch_is_feasible_when_its_last_start_has_been():
    history = pd.DataFrame(
        {
            "step": [0, 0, 1, 1, 2, 2, 3, 3],
            "start": [0, 1, 0, 1, 0, 1, 0, 1],
            # The first start is feasible at once, and leaves again: it has been there.
            "l2": [0.005, 0.5, 0.5, 0.05, 0.5, 0.001, 0.5, 0.5],
            "seconds": [1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0],
        }
    )
    assert claims.time_to_feasible(history, 0.01) == 3.0
    assert claims.time_to_feasible(history, 0.5) == 1.0
    assert claims.time_to_feasible(history, 1e-9) == 4.0


def test_anisotropy_is_the_share_of_the_trace_in_the_top_eigenvalues():
    spectrum = np.array([10.0] * 20 + [1.0] * 50)
    record = Record({}, {"Lambda": spectrum, "H_Y": np.diag(spectrum)})
    assert measured("Anisotropy of H_Y", record) == pytest.approx(200 / 250)


def test_coupling_is_compared_with_random_directions():
    random = np.linalg.qr(np.random.default_rng(0).normal(size=(400, 400)))[0]
    by_chance = Record({}, {"C": random, "z0": random[0]})
    assert measured("Tops of U and V", by_chance) == pytest.approx(1, abs=0.25)
    random[:10, :10] *= 3
    assert measured("Tops of U and V", by_chance) == pytest.approx(3, abs=0.75)
    assert measured("Bottoms are not", by_chance) == pytest.approx(1, abs=0.25)


def test_matched_lpips_compares_equal_changes():
    # Along v, ℓ2 is a hundred times LPIPS; along d, ten times: ten times less at equal change.
    steps = np.array([1.0, 2.0, 3.0])
    walks = [
        pd.DataFrame({"kind": kind, "number": 8, "step": side * steps, "lpips": reach * steps})
        .assign(l2=lambda walk, s=slope: s * walk["lpips"])
        for kind, slope, reach in (("v", 100, 0.1), ("d", 10, 0.07))
        for side in (-1, 1)
    ]  # fmt: skip
    about = {"perceptual": {"key": "lpips"}}
    record = Record(about, tables={"strip": pd.concat(walks)})
    assert measured("ℓ2 of v^K over ℓ2 of d, at the same LPIPS", record) == pytest.approx(10)


def test_matched_steps_compare_the_same_steps():
    record = solutions(l2=[0.03, 0.01])
    assert measured("ℓ2 of v^K over ℓ2 of d, at the same step", record) == pytest.approx(3)


def test_each_method_s_own_images_are_counted_feasible():
    record = solutions(feasible=[False, True])
    assert measured("Share of feasible images along d", record) == 1
    assert measured("Share of feasible images along v^K", record) == 0


def correlated() -> Record:
    """Return a record of one d and one v, d barely measured up to k = 2 and well beyond."""
    columns = {"number": 8, "j": [1, 2, 3] * 4, "kind": ["d"] * 6 + ["v"] * 6}
    table = pd.DataFrame(columns | {"basis": (["U"] * 3 + ["V"] * 3) * 2})
    table["correlation"] = [0.01, 0.04, 0.9, 0.6, 0.0, 0.0, 0.8, 0.1, 0.1, 1.0, 0.0, 0.0]
    return Record({"explorer": {"settings": {"k": 2}}}, tables={"correlation": table})


def test_what_is_measured_of_d_is_its_largest_correlation_with_the_top_k():
    assert measured("d is orthogonal", correlated()) == pytest.approx(0.04)


def test_what_is_seen_of_d_is_its_share_in_the_top_of_V():
    assert measured("d still lies", correlated()) == pytest.approx(0.36)


def test_a_random_direction_has_in_the_top_of_V_what_chance_is_said_to_be():
    (claim,) = [c for c in paper_claims(PAPER, trace_top=20) if c.text.startswith("d still")]
    V = np.linalg.qr(np.random.default_rng(0).normal(size=(60, 60)))[0]
    directions = np.random.default_rng(1).normal(size=(500, 60))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    share = ((directions @ V[:, :20]) ** 2).sum(1).mean()
    assert share == pytest.approx(claim.chance(Record({}, {"z0": V[0]})), rel=0.05)


def test_d_is_orthogonal_up_to_the_threshold_that_algorithm_1_was_given():
    (claim,) = [c for c in paper_claims(PAPER) if c.text.startswith("d is orthogonal")]
    assert claim.limit(Record({"explorer": {"settings": {"threshold": 0.03}}})) == 0.03


def test_seconds_of_e_glass_include_everything():
    timings = {"inversion": 2.0, "geometry": 0.5, names.ALGORITHM1.key: 0.25, "pulse": 100.0}
    assert claims.eglass_seconds(Record({"timings": timings})) == 2.75


def test_where_the_paper_s_own_v_are_feasible_they_are_claimed_to_be():
    def claimed(**paper: Any) -> Claim:
        text = "Share of feasible images along v^K"
        return next(c for c in paper_claims(PAPER | paper) if c.text.startswith(text))

    assert (claimed().paper, claimed().better) == ("none", -1)
    inpainted = claimed(eigenvector_l2=[0.0039, 0.0047])
    assert (inpainted.paper, inpainted.better) == ("all", +1)


def test_l2_along_v_is_claimed_on_the_side_of_feasibility_where_the_paper_has_it():
    def better(**paper: Any) -> int:
        text = "ℓ2 along v^K"
        return next(c.better for c in paper_claims(PAPER | paper) if c.text.startswith(text))

    assert better() == +1
    assert better(eigenvector_l2=[0.0039, 0.0047]) == -1


def test_every_claim_is_measured_on_what_a_record_holds():
    records = [synthetic_record(seed=seed) for seed in range(3)]
    table = assess(paper_claims(PAPER), records, records[0], **JUDGED)
    assert len(table) == len(paper_claims(PAPER))
    assert (table["targets"] == 3).all()
    assert np.isfinite(table[["measured", "low", "high", "photograph"]]).all(axis=None)
