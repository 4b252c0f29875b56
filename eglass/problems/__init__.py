"""Linear inverse problems, operators beside deepinv's, and the check of an operator."""

from eglass.problems.operators import (
    Downsampling,
    FourierSubsampling,
    LinearFunction,
    inpainting,
    tomography,
)
from eglass.problems.problem import Problem, is_picture, shown_measurement

__all__ = [
    "Downsampling",
    "FourierSubsampling",
    "LinearFunction",
    "Problem",
    "inpainting",
    "is_picture",
    "shown_measurement",
    "tomography",
]
