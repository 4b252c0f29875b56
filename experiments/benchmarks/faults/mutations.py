"""Random edits of a file, by Hypothesis: bytes flipped, cut off, taken out, put in, repeated."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

from hypothesis import strategies as st

#: Bytes from either end, where formats keep what they say of themselves.
EDGE = 200


@dataclass(frozen=True)
class Edits:
    """Edits of a file: what is done, where as a share of it or in bytes from an end, with what."""

    each: tuple[tuple[str, float | int, int, bytes], ...]

    def of(self, data: bytes) -> bytes:
        """Return a file with all of them made."""
        for how, where, length, filler in self.each:
            at = int(where * len(data)) if isinstance(where, float) else where % max(1, len(data))
            end = min(len(data), at + length)
            if how == "flip" and at < len(data):
                data = data[:at] + bytes([data[at] ^ (1 << length % 8)]) + data[at + 1 :]
            elif how == "cut":
                data = data[:at]
            elif how == "take out":
                data = data[:at] + data[end:]
            elif how == "put in":
                data = data[:at] + filler + data[at:]
            elif how == "put over":
                data = data[:at] + filler + data[at + len(filler) :]
            elif how == "repeat":
                data = data[:end] + data[at:]
        return data


def mutations() -> st.SearchStrategy[Edits]:
    """Return a strategy for one to four edits."""
    one = st.tuples(
        st.sampled_from(["flip", "flip", "cut", "take out", "put in", "put over", "repeat"]),
        st.one_of(st.floats(0, 0.999), st.integers(0, EDGE), st.integers(-EDGE, -1)),
        st.integers(1, 64),
        st.binary(min_size=1, max_size=16),
    )
    return st.lists(one, min_size=1, max_size=4).map(lambda edits: Edits(tuple(edits)))


def packed(data: bytes, inner: str | None, edits: Edits) -> bytes:
    """Return an archive one of whose files is edited, with sums that are right again."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(held, "w") as again:
        for name in archive.namelist():
            content = archive.read(name)
            again.writestr(name, edits.of(content) if name == inner else content)
    return held.getvalue()
