"""Damaged files: records cut and flipped, and mutated checkpoints and images, by Hypothesis."""

from __future__ import annotations

import io
import json
import pickle
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import nn

from eglass.errors import InputError
from eglass.generators import PGGAN, BigGAN
from eglass.generators.biggan_network import in_folder
from eglass.generators.dcgan import DCGAN
from eglass.images import read_photograph
from eglass.problems import Downsampling, read_measurement
from eglass.records import Origin, Reader, Record
from eglass.training import Decoder
from eglass.weights import checkpoints, load_arrays
from eglass.weights.state import load_weights

#: Where each file of a record is cut, and flipped: at so many places.
PLACES = 10


@dataclass(frozen=True)
class Format:
    """A kind of file that the project reads.

    Attributes:
        name: for people.
        file: what it is called.
        data: a whole one.
        read: reads it.
        summed: whether the project knows what it is to hold, so that no altered one may be read.
        inner: the file of an archive that is mutated as well, and packed again; none where it is no
            archive.
    """

    name: str
    file: str
    data: bytes
    read: Callable[[Path], Any]
    summed: bool = False
    inner: str | None = None


class Hostile:
    """Makes a file where it is unpickled."""

    def __init__(self, proof: Path):
        self.proof = proof

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.proof,))


def damaged_records(folder: Path, place: Path, rng: random.Random) -> pd.DataFrame:
    """Return a row for each file of a record that is cut or flipped: whether that is seen.

    Args:
        folder: of a whole record.
        place: a folder to work in.
    """
    whole, rows = Record.load(folder), []
    origin = Origin(*(whole.meta[name] for name in ("config", "inputs", "code")))
    for file in sorted(folder.iterdir()):
        data = file.read_bytes()
        for how in ("cut", "flipped"):
            for _ in range(PLACES):
                at = rng.randrange(len(data))
                flipped = data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]
                here = Path(shutil.copytree(folder, place / "record"))
                (here / file.name).write_bytes(data[:at] if how == "cut" else flipped)
                found = outcome(partial(Record.load, here), summed=True)
                # What a command does: it sets the record aside, whole as it is, and says so.
                reader = Reader()
                aside = reader.read(here, origin) is None and len(list(reader.lines())) == 1
                rows.append({"file": file.name, "how": how, "at": at, "aside": aside, **found})
                shutil.rmtree(place)
    return pd.DataFrame(rows)


def outcome(read: Callable[[], Any], *, summed: bool, proof: Path | None = None) -> dict[str, Any]:
    """Return what became of a damaged file: refused in one line, read, or a traceback.

    Args:
        summed: whether none that is altered may be read.
        proof: a file that foreign code would make.
    """
    said, refused, traceback = "", False, False
    try:
        read()
    except InputError as error:
        said = str(error)
        refused, traceback = "\n" not in said, "\n" in said
    except Exception as error:
        said, traceback = f"{type(error).__module__}.{type(error).__name__}: {error}", True
    return {
        "refused": refused,
        "accepted": summed and not refused and not traceback,
        "traceback": traceback,
        "executed": proof is not None and proof.exists(),
        "said": said[:300],
    }


def mutated_files(
    formats: list[Format], count: int, place: Path, proof: Path | None, seed: int
) -> pd.DataFrame:
    """Return a row for every mutation, so many in all, of formats in turn.

    Args:
        place: a folder to work in.
        proof: a file that foreign code would make.

    Raises:
        InputError: Hypothesis is not installed.
    """
    try:
        from hypothesis import HealthCheck, Phase, given, settings, strategies
        from hypothesis import seed as seeded

        from .mutations import mutations, packed
    except ImportError:
        raise InputError("mutated files need Hypothesis: pip install hypothesis") from None
    rows: list[dict[str, Any]] = []
    place.mkdir(parents=True, exist_ok=True)

    def trial(each: Format) -> Callable[..., None]:
        def try_one(edits: Any, inside: bool) -> None:
            inside = inside and each.inner is not None
            data = packed(each.data, each.inner, edits) if inside else edits.of(each.data)
            (place / each.file).write_bytes(data)
            altered = data != each.data
            found = outcome(
                lambda: each.read(place / each.file), summed=each.summed and altered, proof=proof
            )
            rows.append({"format": each.name, "inside": inside, "altered": altered, **found})

        return try_one

    for number, each in enumerate(formats):
        (place / each.file).parent.mkdir(exist_ok=True)
        run = settings(
            max_examples=len(range(number, count, len(formats))),
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )(given(edits=mutations(), inside=strategies.booleans())(trial(each)))
        seeded(seed + number)(run)()
    return pd.DataFrame(rows)


def checkpoint_formats(place: Path, proof: Path) -> list[Format]:
    """Return a small checkpoint of every format that is read, and hostile ones."""
    place.mkdir(parents=True, exist_ok=True)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        dcgan, linear = DCGAN(4, 2), nn.Linear(3, 2)
        decoder = Decoder((1, 16, 16), 4, 2)
    state, zoo = dcgan.state_dict(), _genforce()
    search = place / "search" / "latent.ckpt"
    checkpoints._WholeFiles().save_checkpoint({"state": dict(state)}, search)
    decoder.save(place / "decoder.safetensors")
    arrays = {"Conv_0": {"kernel": np.ones((3, 3)), "bias": np.zeros(3)}}
    physics = Downsampling((1, 16, 16), factor=2, filter="bicubic", padding="reflect")
    y = physics.A(torch.rand(1, 1, 16, 16, generator=torch.Generator().manual_seed(0)))
    hostile = {"weight": Hostile(proof), "state": state}
    foreign = {"optimizer": Hostile(proof), "netG": linear.state_dict()}

    def measurement(path: Path) -> Any:
        return read_measurement(path, physics, (1, 16, 16))

    def into_linear(path: Path) -> Any:
        return load_weights(nn.Linear(3, 2), path)

    torch_save, data = _saved, "archive/data.pkl"
    return [
        Format("PyTorch's", "a.pth", torch_save(state), DCGAN.pretrained, inner=data),
        Format("PyTorch's before 1.6", "a.tar", torch_save(state, False), DCGAN.pretrained),
        Format("hostile, PyTorch's", "b.pth", torch_save(hostile), DCGAN.pretrained, inner=data),
        Format("hostile, before 1.6", "b.tar", torch_save(hostile, False), DCGAN.pretrained),
        Format("any module's", "c.pth", torch_save(foreign), into_linear, inner=data),
        Format("any module's, before 1.6", "c.tar", torch_save(foreign, False), into_linear),
        Format("safetensors", "c.safetensors", _safe(linear.state_dict()), into_linear),
        Format("PGGAN's", "d.pth", torch_save(zoo),
               lambda path: PGGAN.pretrained(8, path), inner=data),
        Format("BigGAN's configuration", "config.json", _biggan(place), _read_biggan),
        Format("LPIPS's arrays", "e.ckpt", pickle.dumps(arrays), load_arrays),
        Format("hostile arrays", "f.ckpt", pickle.dumps(arrays | {"x": Hostile(proof)}),
               load_arrays),
        Format("our own decoder's", "decoder.safetensors",
               (place / "decoder.safetensors").read_bytes(), Decoder.load),
        Format("a search's checkpoint", "search/latent.ckpt", search.read_bytes(), checkpoints.read,
               summed=True),
        Format("a measurement, .pt", "y.pt", torch_save(y), measurement, inner=data),
        Format("a measurement, .npy", "y.npy", _npy(y.numpy()), measurement),
    ]  # fmt: skip


def image_formats() -> list[Format]:
    """Return a small picture of every kind that is read."""
    rng = np.random.default_rng(0)
    colour = Image.fromarray(rng.integers(0, 256, (24, 20, 3), dtype=np.uint8))
    deep = Image.fromarray(rng.integers(0, 65536, (24, 20), dtype=np.uint16))
    grey = rng.integers(0, 256, (24, 20), dtype=np.uint8)
    alpha = colour.copy()
    alpha.putalpha(128)
    pictures = [
        ("PNG", "a.png", _picture(colour, "PNG")),
        ("PNG, 16 bits", "b.png", _picture(deep, "PNG")),
        ("PNG, palette", "c.png", _picture(colour.quantize(16), "PNG")),
        ("PNG, transparent", "d.png", _picture(alpha, "PNG")),
        ("JPEG", "a.jpg", _picture(colour, "JPEG")),
        ("JPEG, CMYK", "b.jpg", _picture(colour.convert("CMYK"), "JPEG")),
        ("TIFF", "a.tif", _picture(colour, "TIFF")),
        ("TIFF, compressed", "b.tif", _picture(colour, "TIFF", compression="tiff_lzw")),
        ("TIFF, 16 bits in colour", "c.tif", _deep_tiff(rng)),
        ("WebP", "a.webp", _picture(colour, "WEBP")),
        ("NumPy", "a.npy", _npy(grey)),
    ]
    return [Format(name, file, data, _read_image) for name, file, data in pictures]


def _read_image(path: Path) -> None:
    """Read a picture, which must then be one."""
    image = read_photograph(path)
    if len(image) != 3 or not image.isfinite().all() or image.abs().max() > 1:
        raise ValueError(f"an image of {list(image.shape)} that is none")


def _picture(image: Image.Image, kind: str, **options: Any) -> bytes:
    held = io.BytesIO()
    image.save(held, kind, **options)
    return held.getvalue()


def _deep_tiff(rng: np.random.Generator) -> bytes:
    import tifffile

    held = io.BytesIO()
    pixels = rng.integers(0, 65536, (24, 20, 3), dtype=np.uint16)
    tifffile.imwrite(held, pixels, photometric="rgb")
    return held.getvalue()


def _npy(array: np.ndarray) -> bytes:
    held = io.BytesIO()
    np.save(held, array)
    return held.getvalue()


def _saved(state: Any, zipped: bool = True) -> bytes:
    held = io.BytesIO()
    torch.save(state, held, _use_new_zipfile_serialization=zipped)
    return held.getvalue()


def _safe(state: dict[str, torch.Tensor]) -> bytes:
    from safetensors.torch import save

    return save(state)


def _genforce() -> dict[str, Any]:
    """Return a PGGAN of 8×8 pixels, as GenForce keeps one."""
    rng = torch.Generator().manual_seed(0)
    shapes = {
        "layer0": (4, 8, 4, 4), "layer1": (4, 4, 3, 3), "layer2": (4, 4, 3, 3),
        "layer3": (4, 4, 3, 3), "output0": (3, 4, 1, 1), "output1": (3, 4, 1, 1),
    }  # fmt: skip
    state = {f"{name}.weight": torch.randn(shape, generator=rng) for name, shape in shapes.items()}
    state |= {f"{name}.bias": torch.zeros(shape[0]) for name, shape in shapes.items()}
    return {"generator_smooth": state | {"lod": torch.zeros(())}}


def _biggan(place: Path) -> bytes:
    network = BigGAN.pretrained("biggan-deep-32", "random").network
    (place / "pytorch_model.bin").write_bytes(_saved(network.state_dict()))
    return json.dumps(network.config.__dict__, default=str).encode()


def _read_biggan(path: Path) -> None:
    from eglass.generators import biggan_network

    biggan_network.load(*in_folder(path.parent))
