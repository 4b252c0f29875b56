"""Both metrics of a generator of the paper's size, once: seconds, memory, and the floor.

No rival fits there, and a run takes minutes to an hour on a CPU: this is not part of
`eglass bench`. Weights do not change the cost, so that untrained ones do.

    .venv/bin/python -m experiments.benchmarks.paper_scale
    .venv/bin/python -m experiments.benchmarks.paper_scale bench.paper_scale.case=inpainting
    .venv/bin/python -m experiments.benchmarks.paper_scale bench.paper_scale.memory_gb=24
"""

from __future__ import annotations

import resource
import time
from functools import partial

import pandas as pd
import torch
from omegaconf import DictConfig

from eglass.configuration import command
from eglass.configuration.build import build
from eglass.generators import Generator
from eglass.geometry import pullback_metrics
from eglass.pipeline import Stopwatch
from eglass.workflows import photographs
from eglass.workflows.networks import torch_device
from eglass.workflows.targets import samples

from .results import Result
from .rivals import forward_passes
from .timing import result, results_folder


def measure(cfg: DictConfig) -> Result:
    """Compute both metrics of `bench.paper_scale.case`, all dimensions of the latent."""
    settings, device = cfg.bench.paper_scale, torch_device(cfg.device)
    name = settings.case
    generator: Generator = build(settings.generators[name]).to(device)
    perceptual = build(cfg.perceptual).to(device)
    problem = photographs.measure(cfg.problems[name], samples(cfg)[0], generator, cfg.seed).problem
    z0 = generator.sample(1, torch.Generator().manual_seed(cfg.seed))[0]

    passes = partial(forward_passes, generator, perceptual, z0, batch=settings.batch)
    passes(count=settings.batch)  # The first pays for what later ones find ready.
    clock = Stopwatch(device)
    with clock.time("floor"):
        passes(count=settings.passes)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    processor = time.process_time()
    with clock.time("metrics"):
        metrics = pullback_metrics(generator, problem, perceptual, z0, memory_gb=settings.memory_gb)
    processor = time.process_time() - processor

    floor = clock.seconds["floor"] / settings.passes * len(z0)
    row = {
        "title": f"{type(generator).__name__}, {generator.image_size[-1]} pixels",
        "dimensions": len(z0),
        "trained": generator.provenance.trained,
        "memory_gb": settings.memory_gb,
        "peak_gb": peak_gb(device),
        "seconds": clock.seconds["metrics"],
        "processor_seconds": processor,
        "floor_seconds": floor,
        "ratio": clock.seconds["metrics"] / floor,
        "finite": all(bool(H.isfinite().all()) for H in metrics),
        "positive": all(float(torch.linalg.eigvalsh(H.double())[-1]) > 0 for H in metrics),
    }
    return result(cfg, f"paper_scale_{name}", device, {"runs": pd.DataFrame([row])})


def peak_gb(device: torch.device) -> float:
    """Return the most memory, in GB, that this process has held: on a GPU, its tensors there."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e9
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def main(cfg: DictConfig) -> None:
    found = measure(cfg)
    print(found.tables["runs"].T.to_string(header=False))
    print(found.write(results_folder(cfg)))


if __name__ == "__main__":
    command(main, "bench")
