"""Faces found in a photograph, and framed as a generator frames those that it makes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import skimage.data
import torch
from jaxtyping import Float, UInt8
from PIL import Image
from skimage.feature import Cascade
from torch import Tensor

from eglass.generators import Generator
from eglass.images import to_pixels

#: The longer side of what is looked at, in pixels, and the smallest face there: the cascade's own.
LONGEST, SMALLEST = 256, 24
#: How many windows must agree on a face: fewer see some in gravel and on pages of text.
AGREE = 8
#: Samples of a generator that are looked at; it makes faces where so many of them show one.
SAMPLES, FACES = 40, 10


@dataclass(frozen=True)
class Face:
    """Where a face is: its middle and its side, as the cascade draws them.

    Attributes:
        y, x: from the top left corner, in pixels.
        side: in pixels.
    """

    y: float
    x: float
    side: float


@dataclass(frozen=True)
class Framing:
    """How a generator frames faces.

    Attributes:
        y, x: where the middle of a face lies, fractions of an image's height and width.
        side: of a face, a fraction of the height.
    """

    y: float
    x: float
    side: float

    @classmethod
    def of(cls, generator: Generator, cascade: Cascade) -> Framing | None:
        """Return how a generator frames the faces that it makes; none where it makes no faces."""
        latents = generator.sample(SAMPLES, torch.Generator().manual_seed(0))
        with torch.no_grad():
            images = to_pixels(generator(latents), generator.shown)
        height = generator.image_size[1]
        side = 4 * SMALLEST
        found = []
        for image in images:
            # A face may reach over the edge, which the cascade does not.
            scaled = _resized(image, side / height)
            margin = side // 4
            padded = np.pad(scaled, ((margin, margin), (margin, margin), (0, 0)), mode="edge")
            if seen := faces(padded, cascade, smallest=side // 2):
                face, (tall, wide) = seen[0], scaled.shape[:2]
                found.append(((face.y - margin) / tall, (face.x - margin) / wide, face.side / tall))
        if len(found) < FACES:
            return None
        return cls(*np.median(found, axis=0).tolist())

    def around(
        self, face: Face, shape: tuple[int, int], aspect: float
    ) -> tuple[float, float, float, float]:
        """Return the crop that frames a face so: top, left, bottom, right as fractions.

        Args:
            face: of a photograph.
            shape: its height and width.
            aspect: width over height of the crop. It stays in the photograph.
        """
        height, width = shape
        tall = min(face.side / self.side, height, width / aspect)
        wide = tall * aspect
        top = min(max(face.y - self.y * tall, 0), height - tall)
        left = min(max(face.x - self.x * wide, 0), width - wide)
        return top / height, left / width, (top + tall) / height, (left + wide) / width


def faces(
    pixels: UInt8[np.ndarray, "height width 3"], cascade: Cascade, smallest: int = SMALLEST
) -> list[Face]:
    """Return the faces in a picture that look into the camera, the largest first.

    Args:
        pixels: of the picture; a large one is looked at when shrunk to `LONGEST`.
        cascade: what finds them.
        smallest: side of the smallest, in pixels of what is looked at.
    """
    scale = min(1.0, LONGEST / max(pixels.shape[:2]))
    small = _resized(pixels, scale)
    if min(small.shape[:2]) < smallest:
        return []
    seen = cascade.detect_multi_scale(
        small,
        scale_factor=1.1,
        step_ratio=1,
        min_size=(smallest, smallest),
        max_size=small.shape[:2],
        min_neighbor_number=AGREE,
    )
    found = [
        Face(
            (each["r"] + each["height"] / 2) / scale,
            (each["c"] + each["width"] / 2) / scale,
            each["width"] / scale,
        )
        for each in seen
    ]
    return sorted(_apart(found), key=lambda face: -face.side)


def _apart(found: list[Face]) -> list[Face]:
    """Return the faces without those whose middle lies within a larger one."""
    kept: list[Face] = []
    for face in sorted(found, key=lambda face: -face.side):
        if all(max(abs(face.y - k.y), abs(face.x - k.x)) > k.side / 2 for k in kept):
            kept.append(face)
    return kept


def _resized(
    pixels: UInt8[np.ndarray, "height width 3"], scale: float
) -> UInt8[np.ndarray, "tall wide 3"]:
    height, width = (max(1, round(n * scale)) for n in pixels.shape[:2])
    return np.array(Image.fromarray(pixels).resize((width, height), Image.Resampling.LANCZOS))


def face_in(
    photograph: Float[Tensor, "channels height width"], generator: Generator
) -> tuple[tuple[float, float, float, float] | None, int]:
    """Return the crop that frames the largest face as the generator does, and how many there are.

    There is none where the photograph shows no face, or the generator makes none.
    """
    cascade = Cascade(skimage.data.lbp_frontal_face_cascade_filename())
    framing = Framing.of(generator, cascade)
    if framing is None:
        return None, 0
    found = faces(to_pixels(photograph[None], generator.shown)[0], cascade)
    if not found:
        return None, 0
    _, height, width = generator.image_size
    shape = (photograph.shape[1], photograph.shape[2])
    return framing.around(found[0], shape, width / height), len(found)
