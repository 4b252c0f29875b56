"""How well the verdict tells a generator's own images from foreign pictures: AUROC, by score.

What is foreign is scikit-image's pictures and parts of them, and the samples of another generator.
The limits come from the generator alone, from samples that are not among those measured here.

For example:

    .venv/bin/python -m experiments.benchmarks.verdict
    .venv/bin/python -m experiments.benchmarks.verdict device=cuda
    .venv/bin/python -m experiments.benchmarks.verdict bench.verdict.own=200
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
import skimage.data
import torch
from jaxtyping import Float
from omegaconf import DictConfig
from scipy.stats import mannwhitneyu
from torch import Tensor
from tqdm import tqdm

from eglass.configuration import command
from eglass.configuration.build import build
from eglass.evaluation.verdict import RangeTest, Reference
from eglass.generators import Generator
from eglass.images import cropped, resized, with_channels
from eglass.workflows.networks import torch_device
from eglass.workflows.photographs import simulate

from .results import Result
from .timing import result, results_folder

#: Those that are installed with scikit-image and show nothing that a generator here makes.
FOREIGN = (
    "chelsea",
    "coffee",
    "rocket",
    "camera",
    "coins",
    "moon",
    "page",
    "text",
    "clock",
    "horse",
    "hubble_deep_field",
    "immunohistochemistry",
    "retina",
    "cell",
    "brick",
    "grass",
    "gravel",
)

#: Images at a time.
BATCH = 25

#: What counts for each verdict that is measured.
VERDICTS = {
    "ℓ2 alone": ("l2",),
    "atypicality alone": ("atypicality",),
    "look of the measurement alone": ("measurement",),
    "from the measurement": ("l2", "atypicality", "measurement"),
    "from the target": ("target",),
    "all": ("l2", "atypicality", "measurement", "target"),
}


def measure(cfg: DictConfig) -> Result:
    """Judge own and foreign images under every problem of every case."""
    settings = cfg.bench.verdict
    device = torch_device(cfg.device)
    test: RangeTest = build(settings.test)
    test.network.to(device)
    generators = {name: build(case.generator).to(device) for name, case in settings.cases.items()}
    rows: list[dict[str, object]] = []
    for name, case in settings.cases.items():
        generator = generators[name]
        others = [each for other, each in generators.items() if other != name]
        images = list(_images(generator, others, settings, cfg.samples.first_seed))
        for problem, physics in case.physics.items():
            section = {"physics": physics, "noise": 0.0, "threshold": 1e-2}
            blank = simulate(section, torch.zeros(1, *generator.image_size).to(device), cfg.seed)
            reference = test.reference(generator, blank)
            for part in tqdm(
                list(batched(images, BATCH)), desc=f"{name}, {problem}", dynamic_ncols=True
            ):
                stack = torch.stack([image for _, image in part]).to(device)
                y = blank.push_forward(stack + 1)
                found = test.scores(generator, blank, reference, y, stack)
                for i, (kind, _) in enumerate(part):
                    scores = {score: float(values[i]) for score, values in found.items()}
                    about = {"generator": name, "problem": problem, "kind": kind}
                    rows += _rows(scores, reference, about)
    runs = pd.DataFrame(rows)
    return result(cfg, "verdict", device, {"runs": runs, "summary": summarised(runs)})


def _rows(
    scores: Mapping[str, float], reference: Reference, about: Mapping[str, str]
) -> Iterator[dict[str, object]]:
    """Yield how far beyond the limits an image is, for each verdict."""
    for name, counts in VERDICTS.items():
        verdict = reference.verdict({score: scores[score] for score in counts})
        yield {**about, "verdict": name, "excess": verdict.excess, "inside": verdict.inside}


def batched(
    images: Sequence[tuple[str, Tensor]], size: int
) -> Iterator[Sequence[tuple[str, Tensor]]]:
    """Yield some images at a time."""
    for i in range(0, len(images), size):
        yield images[i : i + size]


def summarised(runs: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each generator, problem and verdict.

    `auroc` is the chance that a foreign picture lies farther out than an image of the generator's
    own; `own_outside` and `foreign_outside` are shares that a verdict calls outside.
    """
    rows: list[dict[str, object]] = []
    for (generator, problem, verdict), group in runs.groupby(
        ["generator", "problem", "verdict"], sort=False
    ):
        own, foreign = (group[(group["kind"] == "own") == which] for which in (True, False))
        pairs = len(own) * len(foreign)
        rows.append(
            {
                "generator": generator,
                "problem": problem,
                "verdict": verdict,
                "own": len(own),
                "foreign": len(foreign),
                "auroc": mannwhitneyu(foreign["excess"], own["excess"]).statistic / pairs,
                "own_outside": float((~own["inside"]).mean()),
                "foreign_outside": float((~foreign["inside"]).mean()),
            }
        )
    return pd.DataFrame(rows)


def _images(
    generator: Generator, others: list[Generator], settings: DictConfig, first_seed: int
) -> Iterator[tuple[str, Float[Tensor, "channels height width"]]]:
    """Yield the images that are judged, at the generator's size, and what each is."""
    channels, *size = generator.image_size
    rng = torch.Generator().manual_seed(first_seed)
    for image in _samples(generator, settings.own, rng):
        yield "own", image
    parts = np.random.default_rng(first_seed)
    for name in FOREIGN:
        picture = with_channels(name, _picture(name), channels).contiguous()
        yield "picture", resized(cropped(picture), (size[0], size[1]))[0]
        for _ in range(settings.parts):
            yield "part", resized(_part(picture, parts), (size[0], size[1]))[0]
    for other in others:
        for image in _samples(other, settings.others, rng):
            fitting = with_channels("a sample", image, channels)
            yield "another generator's", resized(fitting, (size[0], size[1]))[0]


@torch.no_grad()
def _samples(
    generator: Generator, count: int, rng: torch.Generator
) -> Float[Tensor, "count channels height width"]:
    return generator(generator.sample(count, rng)).cpu()


def _picture(name: str) -> Float[Tensor, "channels height width"]:
    """Return one of scikit-image's pictures in [-1, 1]."""
    pixels = np.atleast_3d(getattr(skimage.data, name)())[..., :3]
    white = 1 if pixels.dtype == bool else 255
    return torch.from_numpy(pixels.astype(np.float32) / white * 2 - 1).permute(2, 0, 1)


def _part(
    picture: Float[Tensor, "channels height width"], rng: np.random.Generator
) -> Float[Tensor, "channels side side"]:
    """Return a square out of a picture, of a quarter to two thirds of its shorter side."""
    _, height, width = picture.shape
    side = int(min(height, width) * rng.uniform(0.25, 0.67))
    top, left = rng.integers(height - side + 1), rng.integers(width - side + 1)
    return picture[:, top : top + side, left : left + side].contiguous()


def main(cfg: DictConfig) -> None:
    print(measure(cfg).write(results_folder(cfg)))


if __name__ == "__main__":
    command(main, "bench")
