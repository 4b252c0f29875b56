"""A record like those of the experiments, of random numbers, to be logged."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from eglass.records import Record

DIM = 40
METHODS = ["PULSE", "PULSE", "v^K", "e-GLASS", "e-GLASS, largest step"]


def make_record(seed: int = 0) -> Record:
    """Return one record; another seed, another target and other numbers."""
    rng = np.random.default_rng(seed)
    bases = [np.linalg.qr(rng.normal(size=(DIM, DIM)))[0].astype("float32") for _ in "UV"]
    images = rng.integers(0, 256, (len(METHODS), 8, 8, 3), dtype="uint8")
    solutions = pd.DataFrame(
        {
            "problem": "inpainting",
            "target": f"sample-{seed:03}",
            "method": METHODS,
            "direction": ["start 0", "start 1", "v8", "d8", "d9"],
            "step": [math.nan, math.nan, 3.0, 3.0, -6.0],
            "l2": rng.uniform(0, 0.02, len(METHODS)),
            "atypicality": rng.normal(size=len(METHODS)),
            "lpips": rng.uniform(0, 0.2, len(METHODS)),
            "feasible": [True, False, False, True, True],
        }
    )
    stages = {"latent": (4, 7), "adaptation": (1, 30), "PULSE": (2, 12)}
    history = pd.concat(
        pd.DataFrame(
            {
                "stage": stage,
                "step": np.repeat(np.arange(steps), starts),
                "start": np.tile(np.arange(starts), steps),
                "l2": rng.uniform(0, 0.1, steps * starts),
                "seconds": 0.1,
            }
        )
        for stage, (starts, steps) in stages.items()
    )
    return Record(
        meta={
            "problem": "inpainting",
            "target": f"sample-{seed:03}",
            "threshold": 0.01,
            "inversion": {"l2": 0.0009, "reached": True},
            "weights": {},
            "environment": {},
            "timings": {"inversion": 1.5, "e-GLASS, largest step": 0.25},
            "config": {
                "seed": seed,
                "generator": {"_target_": "eglass.generators.DCGAN.pretrained", "weights": None},
                "exploration": {"K": [8, 9], "k": 20, "nested": {"steps": [-3.0, 3.0]}},
                "problem": {"title": "Inpainting", "box": [0.5, 0.25]},
            },
        },
        arrays={
            "z0": rng.normal(size=DIM).astype("float32"),
            "C": bases[0].T @ bases[1],
            "H_Y": rng.normal(size=(DIM, DIM)).astype("float32"),
            "target": rng.integers(0, 256, (300, 200, 3), dtype="uint8"),
            "measurement": images[0],
            "initial": images[1],
            "solution_images": images,
        },
        tables={"solutions": solutions, "history": history},
    )
