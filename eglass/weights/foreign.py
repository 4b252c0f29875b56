"""Read the tensors of a checkpoint that also pickles foreign objects, running none of their code.

`torch.load(weights_only=True)` refuses such a file, and `torch.load` with an unpickler of one's own
still acts on what the file says (it may look up sources, extract archives or run TorchScript). The
two layouts of `torch.save` are simple, so they are read here: a zip archive of one pickle and one
record a storage (torch ≥ 1.6), and before that a row of pickles followed by the storages.
"""

from __future__ import annotations

import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

import torch
from torch import Tensor

from eglass.errors import InputError

_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_DTYPES = {
    "DoubleStorage": torch.float64,
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
}


def load_tensors(path: Path) -> dict[str, Any]:
    """Return the nested dictionaries of tensors in a checkpoint, on the CPU.

    Everything else in the file is left out, and none of it is executed.

    Raises:
        InputError: there is no such file, or it is not a checkpoint.
    """
    try:
        read = _read_zip if zipfile.is_zipfile(path) else _read_legacy
        return _tensors_only(read(path))
    except Exception as error:  # A damaged or hostile pickle can raise anything.
        raise InputError(
            f"weight file {path} cannot be read as a PyTorch checkpoint "
            f"({type(error).__name__}: {' '.join(str(error).split())})"
        ) from error


class _Inert:
    """Stands for any name that is not a tensor's: made, called or filled, it does nothing."""

    def __init__(self, *args: Any, **kwargs: Any):
        pass

    def __new__(cls, *args: Any, **kwargs: Any) -> _Inert:
        return object.__new__(cls)

    def __call__(self, *args: Any, **kwargs: Any) -> _Inert:
        return self

    def __setstate__(self, state: Any) -> None:
        pass

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def append(self, value: Any) -> None:
        pass

    extend = add = append


def _inert_class() -> type[_Inert]:
    # A class of its own for each name: a pickle can set attributes of the classes it is given.
    return type("Inert", (_Inert,), {})


def _view(storage: Tensor, offset: int, size: tuple[int, ...], stride: tuple[int, ...]) -> Tensor:
    return storage.as_strided(size, stride, offset)


class _TensorUnpickler(pickle.Unpickler):
    """Knows tensors and ordered dictionaries; every other name becomes an inert class."""

    def __init__(self, file: IO[bytes], storage: Callable[[torch.dtype, str, int], Tensor]):
        super().__init__(file, encoding="utf-8", errors="replace")
        self._storage = storage

    def find_class(self, module: str, name: str) -> Any:
        if module in ("torch", "torch.cuda") and name in _DTYPES:
            return _DTYPES[name]
        if module == "torch._utils" and name in ("_rebuild_tensor", "_rebuild_tensor_v2"):
            return lambda *args: _view(*args[:4])
        if module == "torch._utils" and name == "_rebuild_parameter":
            return lambda data, *args: data
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        return _inert_class()

    def persistent_load(self, saved_id: Any) -> Any:
        kind, *data = saved_id
        if kind == "module":
            return _inert_class()
        if kind != "storage" or (len(data) > 4 and data[4] is not None):
            raise pickle.UnpicklingError(f"it refers to {saved_id!r}, not to a whole storage")
        dtype, key, _, numel = data[:4]
        return self._storage(dtype, key, numel)


def _read_zip(path: Path) -> Any:
    with zipfile.ZipFile(path) as archive:
        (pickled,) = (name for name in archive.namelist() if name.endswith("/data.pkl"))
        root = pickled.removesuffix("data.pkl")
        storages: dict[str, Tensor] = {}

        def storage(dtype: torch.dtype, key: str, numel: int) -> Tensor:
            if key not in storages:
                storages[key] = _numbers(archive.read(f"{root}data/{key}"), dtype, numel)
            return storages[key]

        with archive.open(pickled) as file:
            return _TensorUnpickler(file, storage).load()


def _read_legacy(path: Path) -> Any:
    storages: dict[str, Tensor] = {}

    def storage(dtype: torch.dtype, key: str, numel: int) -> Tensor:
        return storages.setdefault(key, torch.empty(numel, dtype=dtype))

    with path.open("rb") as file:
        magic, _protocol, _system, content, keys = (
            _TensorUnpickler(file, storage).load() for _ in range(5)
        )
        if magic != _LEGACY_MAGIC:
            raise pickle.UnpicklingError("it does not begin as torch.save does")
        for key in keys:
            numel = int.from_bytes(file.read(8), "little")
            values = storages[key]
            block = file.read(numel * values.element_size())
            values.copy_(_numbers(block, values.dtype, values.numel()))
    return content


def _numbers(block: bytes, dtype: torch.dtype, numel: int) -> Tensor:
    if numel == 0:
        return torch.empty(0, dtype=dtype)
    return torch.frombuffer(bytearray(block), dtype=dtype, count=numel)


def _tensors_only(tree: Mapping[Any, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, Tensor):
            kept[str(key)] = value
        elif isinstance(value, Mapping):
            kept[str(key)] = _tensors_only(value)
    return kept
