"""Records of nothing real, for the tests of what is drawn from records."""

import numpy as np
import pandas as pd

from eglass.evaluation.claims import EDGE, EGLASS, EIGENVECTOR, PULSE
from eglass.records import Record

LATENT, SIDE, STEPS = 60, 16, (-3.0, 3.0)


def synthetic_record(problem: str = "super_resolution", *, seed: int = 0, trained: bool = True):
    """Make a record of random numbers, with all that an exploration's record holds."""
    rng = np.random.default_rng(seed)
    shown_K = (8, 12)
    rows = [(PULSE, f"start {i}", np.nan) for i in range(5)]
    for method, letter in ((EIGENVECTOR, "v"), (EGLASS, "d")):
        rows += [(method, f"{letter}{K}", step) for K in shown_K for step in STEPS]
    rows += [(EDGE, f"d{K}", sign * 5.53125) for K in range(8, 11) for sign in (1, -1)]
    solutions = pd.DataFrame(rows, columns=["method", "direction", "step"])
    solutions["l2"] = 10 ** rng.uniform(-3, -1, len(rows))
    solutions["lpips"] = rng.uniform(0, 0.5, len(rows))
    solutions["feasible"] = solutions["l2"] <= 0.01
    correlation = pd.DataFrame(
        [(f"{a}{K}", b, j) for a in "vd" for K in shown_K for b in "UV" for j in range(1, 61)],
        columns=["direction", "basis", "j"],
    )
    correlation["correlation"] = rng.uniform(0, 1, len(correlation))
    history = pd.DataFrame(
        [
            (stage, step, start, 0.2 / (1 + step), float(step))
            for stage, starts in (("latent", 3), ("adaptation", 1), (PULSE, 5))
            for step in range(5)
            for start in range(starts)
        ],
        columns=["stage", "step", "start", "l2", "seconds"],
    )
    spectrum = np.sort(10 ** rng.uniform(-4, 0, (2, LATENT)))[:, ::-1].astype(np.float32)
    images = rng.integers(0, 256, (len(rows) + 2, SIDE, SIDE, 3), dtype=np.uint8)
    network = {"source": "somewhere==1.0", "sha256": "ab" * 32, "trained": True}
    return Record(
        meta={
            "problem": problem,
            "target": "photograph",
            "threshold": 0.01,
            "enlargement": 1.0,
            "inversion": {"l2": 8.4e-4, "reached": True},
            "traces": {"Y": float(spectrum[0].sum()), "X": float(spectrum[1].sum())},
            "weights": {"generator": network | {"trained": trained}, "perceptual": network},
            "environment": {
                "python": "3.11",
                "system": "Linux x86_64",
                "device": "cpu (2 threads)",
                "versions": {"torch": "2.15.0", "numpy": "2.4.6"},
            },
            "config": {
                "problem": {"title": problem.replace("_", " ").title(), "shown_K": list(shown_K)},
                "exploration": {"k": 20, "max_step": 6.0},
                "target": {"name": "photograph", "path": None},
            },
        },
        arrays={
            "solution_images": images[:-2],
            "target": images[-2],
            "initial": images[-1],
            "measurement": rng.integers(0, 256, (2, 2, 3), dtype=np.uint8),
            "C": rng.uniform(-1, 1, (LATENT, LATENT)).astype(np.float32),
            "z0": rng.standard_normal(LATENT).astype(np.float32),
            "Lambda": spectrum[0],
            "Omega": spectrum[1],
        },
        tables={"solutions": solutions, "correlation": correlation, "history": history},
    )
