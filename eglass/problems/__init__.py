"""Linear inverse problems, operators beside deepinv's, and the check of an operator."""

from eglass.problems.operators import (
    Downsampling,
    FourierSubsampling,
    LinearFunction,
    inpainting,
    tomography,
)
from eglass.problems.problem import Problem, is_picture, shown_measurement
from eglass.problems.reading import read_measurement

__all__ = [
    "Downsampling",
    "FourierSubsampling",
    "LinearFunction",
    "Problem",
    "inpainting",
    "is_picture",
    "read_measurement",
    "shown_measurement",
    "tomography",
]
