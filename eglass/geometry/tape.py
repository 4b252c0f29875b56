"""A derivative at a point as a list of operations, which computes nothing of the point again."""

from __future__ import annotations

import weakref
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import TreeSpec, tree_flatten, tree_leaves, tree_unflatten

from eglass.geometry.memory import storage_key, tensors


class _Step(NamedTuple):
    """An operation on tangents, which have numbers.

    `takes` and `makes` say which of its arguments and of its results are tangents.
    """

    operation: Any
    arguments: list[Any]
    structure: TreeSpec
    takes: dict[int, int]
    makes: dict[int, int]

    def repeat(self, tangents: dict[int, Tensor]) -> None:
        arguments = self.arguments.copy()
        for place, number in self.takes.items():
            arguments[place] = tangents[number]
        args, kwargs = tree_unflatten(arguments, self.structure)
        results = tree_leaves(self.operation(*args, **kwargs))
        for place, number in self.makes.items():
            tangents[number] = results[place]


class Recorded:
    """What was recorded, of any tangent in place of the first.

    Attributes:
        kept: the tensors that its operations take besides tangents.

    Args:
        steps: in their order; what the result does not depend on is left out.
        result: the number of the result; the tangent that it is of has 0.
    """

    def __init__(self, steps: Sequence[_Step], result: int):
        self._result = result
        self._steps: list[tuple[_Step, set[int]]] = []
        needed = {result}
        for step in reversed(steps):
            # What is changed in place may share its memory with what is needed.
            if step.operation._schema.is_mutable or not needed.isdisjoint(step.makes.values()):
                over = {*step.takes.values(), *step.makes.values()} - needed
                needed |= over
                self._steps.append((step, over))
        self._steps.reverse()
        self.kept = [
            argument
            for step, _over in self._steps
            for argument in step.arguments
            if isinstance(argument, Tensor)
        ]

    def __call__(self, tangent: Tensor) -> Tensor:
        tangents = {0: tangent}
        for step, over in self._steps:
            step.repeat(tangents)
            for number in over:
                del tangents[number]
        return tangents[self._result]


class Tape(TorchDispatchMode):
    """While it is entered, all that is done to a tangent, and to what comes of it, is recorded.

    What such an operation takes besides, weights and activations at the point, is kept as it is at
    that moment. Tangents are known by where they lie in memory: views of them are followed, and
    what changes them in place.

    Args:
        tangent: the first one, on which the operations are done.

    Raises:
        NotImplementedError: on the way, for what cannot be repeated on another tangent.
    """

    def __init__(self, tangent: Tensor):
        super().__init__()
        self._steps: list[_Step] = []
        self._count = 0
        self._numbers: dict[int, dict[Any, int]] = {}
        self._kept: dict[int, list[tuple[list[Any], int]]] = defaultdict(list)
        self._number(tangent)

    def up_to(self, tangent: Tensor) -> Recorded:
        """Return what makes this tangent of the first one."""
        number = self._known(tangent)
        if number is None:  # It depends on none.
            raise NotImplementedError("nothing was recorded that makes this tensor")
        return Recorded(self._steps, number)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        of_tangents = any(storage_key(t) in self._numbers for t in tensors(args, kwargs))
        if func._schema.is_mutable:
            self._keep_what_was(_changed(func, args, kwargs), of_tangents)
        result = func(*args, **kwargs)
        if of_tangents:
            self._record(func, args, kwargs, result)
        return result

    def _record(self, func: Any, args: Any, kwargs: Any, result: Any) -> None:
        if torch.Tag.data_dependent_output in func.tags:
            raise NotImplementedError(f"{func} makes a number of a tangent")
        made = [(place, t) for place, t in enumerate(tree_leaves(result)) if isinstance(t, Tensor)]
        if not made:  # A question about its shape.
            return
        arguments, structure = tree_flatten((args, kwargs))
        takes = {}
        for place, argument in enumerate(arguments):
            if (number := self._known(argument)) is not None:
                takes[place], arguments[place] = number, None
            elif isinstance(argument, Tensor):
                self._kept[storage_key(argument)].append((arguments, place))
        makes = {place: self._number(tangent) for place, tangent in made}
        self._steps.append(_Step(func, arguments, structure, takes, makes))

    def _number(self, tangent: Tensor) -> int:
        """Give a tangent the next number, for as long as its memory is alive."""
        storage = tangent.untyped_storage()
        key = storage_key(tangent)
        if key not in self._numbers:
            self._numbers[key] = {}
            weakref.finalize(storage, self._numbers.pop, key)
        number = self._numbers[key][_view(tangent)] = self._count
        self._count += 1
        return number

    def _known(self, value: Any) -> int | None:
        """Return a tangent's number; none for what is no tangent."""
        views = self._numbers.get(storage_key(value)) if isinstance(value, Tensor) else None
        if views is None:
            return None
        try:
            return views[_view(value)]
        except KeyError:
            raise NotImplementedError("a view of a tangent that no operation made") from None

    def _keep_what_was(self, changed: list[Tensor], of_tangents: bool) -> None:
        """Copy what has been kept, before it is changed in place."""
        for tensor in changed:
            if self._known(tensor) is None:
                if of_tangents:
                    raise NotImplementedError("a tangent is written into what was none")
                for arguments, place in self._kept.pop(storage_key(tensor), ()):
                    arguments[place] = arguments[place].clone()


def _changed(func: Any, args: Any, kwargs: Any) -> list[Tensor]:
    """Return the tensors that an operation changes in place."""
    named = {argument.name: argument for argument in func._schema.arguments}
    passed = [*zip(func._schema.arguments, args), *((named[k], v) for k, v in kwargs.items())]
    return list(tensors([value for argument, value in passed if argument.is_write]))


def _view(tensor: Tensor) -> tuple[Any, ...]:
    """Return what tells a tensor from others that share its memory."""
    return tensor.storage_offset(), tensor.shape, tensor.stride(), tensor.dtype
