"""The digest of the code that computes: of what matters to a result, and of nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from eglass.records.code import RECORDING, code

module = import_module("eglass.records.code")


@pytest.fixture
def package(tmp_path, monkeypatch) -> Iterator[Path]:
    """A package of ours, whose `recording` imports `exploration`, which imports `geometry`."""
    monkeypatch.setattr(module, "_PACKAGE", tmp_path)
    code.cache_clear()
    for name, text in {
        "recording.py": "from eglass.exploration import walk",
        "exploration/__init__.py": "from eglass.exploration.walks import walk",
        "exploration/walks.py": "from .. import geometry\n\ndef walk(): return geometry.H",
        "geometry.py": "from eglass.records import Record\nH = 1",
        "records/__init__.py": "class Record: pass",
        "reporting.py": "import eglass.recording",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    yield tmp_path
    code.cache_clear()


@pytest.mark.parametrize(
    ("name", "text", "counts"),
    [
        ("geometry.py", "from eglass.records import Record\nH = 2", True),
        ("exploration/walks.py", "from .. import geometry\n\ndef walk(): return 0", True),
        (
            "geometry.py",
            '"""Words."""\n# More.\nfrom eglass.records import Record\nH = (1)',
            False,
        ),
        ("records/__init__.py", "class Record: more = 1", False),
        ("reporting.py", "import eglass.recording as p", False),
    ],
)
def test_what_a_result_depends_on_counts_and_words_do_not(package, name, text, counts):
    before = code(RECORDING)
    (package / name).write_text(text)
    code.cache_clear()
    assert (code(RECORDING) != before) == counts


def test_all_rooms_below_the_pipeline_are_reached():
    seen, bare = [], module._bare
    code.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_bare", lambda path: seen.append(path) or bare(path))
        code(RECORDING)
    code.cache_clear()
    rooms = {path.relative_to(module._PACKAGE).parts[0] for path in seen}
    assert rooms >= {"exploration", "generators", "geometry", "inversion", "perceptual"}
    assert rooms >= {"problems", "weights", "settings.py", "images.py", "pipeline.py"}
    assert not rooms & {"reporting", "records", "workflows", "files.py"}
