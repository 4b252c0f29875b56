"""Forward mode that differentiates no weights.

PyTorch's formulas of a sum, a product, a convolution and a batch norm give weights a tangent too:
of zeros, at the price of copies of all tangents, or of another convolution and a sum over them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.forward_ad import make_dual, unpack_dual
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

_CONVOLUTIONS: set[Any] = {torch.conv2d, torch.conv_transpose2d, F.linear}
_PRODUCTS: set[Any] = {Tensor.mul, Tensor.div}
_SUMS: set[Any] = {Tensor.add, Tensor.sub}


class AffineMaps(TorchFunctionMode):
    """While it is entered, what is affine in the one tensor that varies is applied to its tangent.

    Where a weight or a factor has a tangent as well, PyTorch's formula is used.
    """

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        if func is F.batch_norm:
            return _normalised(*args, **kwargs)
        linear = func in _CONVOLUTIONS or (func in _PRODUCTS | _SUMS and not kwargs)
        if not (linear and args and _varies(args[0])) or any(
            map(_varies, (*args[1:], *kwargs.values()))
        ):
            return func(*args, **kwargs)
        x, tangent = unpack_dual(args[0])
        value = func(x, *args[1:], **kwargs)
        if func in _SUMS:
            return make_dual(value, tangent.to(value.dtype).expand_as(value))
        moved = _unbiased if func in _CONVOLUTIONS else _scaled
        return make_dual(value, moved(func, tangent, *args[1:], **kwargs))


def _varies(value: Any) -> bool:
    return isinstance(value, Tensor) and unpack_dual(value).tangent is not None


def _unbiased(
    convolution: Callable[..., Tensor],
    tangent: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *settings: Any,
    **named: Any,
) -> Tensor:
    return convolution(tangent, weight, None, *settings, **named)


def _scaled(product: Callable[..., Tensor], tangent: Tensor, factor: Any) -> Tensor:
    return product(tangent, factor)


def _normalised(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    settings = running_mean, running_var, weight, bias, training, momentum, eps
    if training or running_var is None or not _varies(input) or any(map(_varies, settings)):
        return F.batch_norm(input, *settings)
    x, tangent = unpack_dual(input)
    channels = (-1, *[1] * (x.dim() - 2))
    # One after the other, as PyTorch's formula has it: to the same bits.
    tangent = tangent * (running_var + eps).sqrt().reciprocal().view(channels)
    if weight is not None:
        tangent.mul_(weight.view(channels))
    return make_dual(F.batch_norm(x, *settings), tangent)
