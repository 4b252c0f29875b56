"""Records of nothing real, for the tests of what is made of records.

`tests/experiments/test_smoke.py` holds them against a real one.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from eglass.records import Direction, Record, names

LATENT, SIDE, STEPS, SHOWN_K = 60, 16, (-3.0, 3.0), (8, 12)
METHODS = [
    names.PULSE,
    names.EIGENVECTORS_STEPS,
    names.ALGORITHM1_STEPS,
    names.EIGENVECTORS,
    names.ALGORITHM1,
]


def synthetic_record(
    problem: str = "super_resolution", *, seed: int = 0, trained: bool = True
) -> Record:
    """Return a record of random numbers, with all that an exploration's record holds."""
    rng = np.random.default_rng(seed)
    solutions = _solutions(rng)
    solutions.insert(0, "problem", problem)
    solutions.insert(1, "target", f"sample-{seed:03}")
    spectra = np.sort(10 ** rng.uniform(-4, 0, (2, LATENT)))[:, ::-1].astype(np.float32)
    U, V = (np.linalg.qr(rng.normal(size=(LATENT, LATENT)))[0].astype(np.float32) for _ in "UV")
    images = rng.integers(0, 256, (len(solutions) + 3, SIDE, SIDE, 3), dtype=np.uint8)
    network = {"source": "somewhere==1.0", "sha256": "ab" * 32, "trained": True}
    return Record(
        meta={
            "problem": {
                "name": problem,
                "title": problem.replace("_", " ").title(),
                "threshold": 0.01,
                "given_threshold": 0.01,
                "noise": 0.0,
                "entries": 12,
                "picture": True,
            },
            "target": {"name": f"sample-{seed:03}", "kind": "sample", "enlargement": 1.0},
            "perceptual": {"key": "lpips", "title": "LPIPS"},
            "methods": {method.key: method.title for method in METHODS},
            "explorer": {
                "method": names.ALGORITHM1.key,
                "consistent": False,
                "note": "",
                "settings": {
                    "K": [8, 9, 10],
                    "k": 20,
                    "threshold": 0.05,
                    "max_step": 6.0,
                    "path": "straight",
                    "bisections": 10,
                    "until_l2": None,
                    "until_distance": None,
                },
            },
            "verdict": None,
            "strip": {"kind": "d", "number": 8},
            "inversion": {"l2": 8.4e-4, "target": 1e-3, "reached": True},
            "timings": {"inversion": 1.5, "geometry": 0.5} | {m.key: 0.25 for m in METHODS},
            "weights": {"generator": network | {"trained": trained}, "perceptual": network},
            "environment": {
                "python": "3.11",
                "system": "Linux x86_64",
                "device": "cpu (2 threads)",
                "versions": {"torch": "2.15.0", "numpy": "2.4.6"},
            },
            "seed": seed,
            "config": {
                "seed": seed,
                "generator": {"_target_": "eglass.generators.DCGAN.pretrained", "weights": None},
                "walks": {"strip": None, "steps": [-3.0, 3.0]},
            },
        },
        arrays={
            "solution_images": images[:-3],
            "target": images[-3],
            "initial": images[-2],
            "mean": images[-1],
            "measurement": rng.integers(0, 256, (2, 2, 3), dtype=np.uint8),
            "spread": rng.uniform(0, 0.5, (SIDE, SIDE)).astype(np.float32),
            "prior_spread": rng.uniform(0.1, 0.5, (SIDE, SIDE)).astype(np.float32),
            "measured": np.arange(SIDE**2).reshape(SIDE, SIDE) % SIDE < SIDE // 2,
            "strip_images": rng.integers(0, 256, (5, SIDE, SIDE, 3), dtype=np.uint8),
            "solution_latents": rng.normal(size=(len(solutions), LATENT)).astype(np.float32),
            "z0": rng.normal(size=LATENT).astype(np.float32),
            "Lambda": spectra[0],
            "Omega": spectra[1],
            "U": U,
            "V": V,
            "C": U.T @ V,
            "H_Y": U * spectra[0] @ U.T,
            "H_X": V * spectra[1] @ V.T,
        },
        tables={
            "solutions": solutions,
            "correlation": _correlation(rng),
            "strip": _measured("strip", [*_along("v"), *_along("d")], rng),
            "history": _history(),
        },
    )


def _along(kind: str) -> list[tuple[Direction, float]]:
    return [(Direction(kind, K), step) for K in SHOWN_K for step in (-4.0, -2.0, 2.0, 4.0, 6.0)]


def _solutions(rng: np.random.Generator) -> pd.DataFrame:
    starts = [(Direction("start", i), np.nan) for i in range(1, 6)]
    parts = [_measured(names.PULSE.key, starts, rng)]
    for method, kind in ((names.EIGENVECTORS_STEPS, "v"), (names.ALGORITHM1_STEPS, "d")):
        walks = [(Direction(kind, K), step) for K in SHOWN_K for step in STEPS]
        parts.append(_measured(method.key, walks, rng))
    for method, kind in ((names.EIGENVECTORS, "v"), (names.ALGORITHM1, "d")):
        edges = [(Direction(kind, K), sign * 5.53125) for K in (8, 9, 10) for sign in (1, -1)]
        parts.append(_measured(method.key, edges, rng))
    return pd.concat(parts, ignore_index=True)


def _measured(
    method: str, found: list[tuple[Direction, float]], rng: np.random.Generator
) -> pd.DataFrame:
    table = pd.DataFrame([{"method": method} | d.columns() | {"step": step} for d, step in found])
    l2 = 10 ** rng.uniform(-3, -1, len(found))
    return table.assign(
        l2=l2,
        psnr=-10 * np.log10(l2),
        lpips=rng.uniform(0, 0.5, len(found)),
        feasible=l2 <= 0.01,
        atypicality=rng.normal(size=len(found)),
        off_by=1.6 * np.sqrt(l2),
        seconds=0.05,
    )


def _correlation(rng: np.random.Generator) -> pd.DataFrame:
    rows = [
        Direction(kind, K).columns() | {"basis": basis, "j": j, "correlation": rng.uniform()}
        for kind in "vd"
        for K in SHOWN_K
        for basis in "UV"
        for j in range(1, LATENT + 1)
    ]
    return pd.DataFrame(rows)


def _history() -> pd.DataFrame:
    stages = (("latent", 3), ("adaptation", 1), (names.PULSE.key, 5))
    rows = [
        (stage, step, start, (1 + start) / (5 + step), float(step))
        for stage, starts in stages
        for step in range(5)
        for start in range(starts)
    ]
    return pd.DataFrame(rows, columns=["stage", "step", "start", "l2", "seconds"])
