"""A generator of one's own: from images, or from phantoms, to a decoder with a Gaussian prior."""

from eglass.training.data import Images, read_folder, split
from eglass.training.decoder import Decoder
from eglass.training.phantoms import drawn_phantoms, phantoms
from eglass.training.settings import Training
from eglass.training.train import Trained, encoded_errors, nearest, train

__all__ = [
    "Decoder",
    "Images",
    "Trained",
    "Training",
    "drawn_phantoms",
    "encoded_errors",
    "nearest",
    "phantoms",
    "read_folder",
    "split",
    "train",
]
