"""Every run of `make explore` has a folder of its own, and the same command the same one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from eglass.workflows.runs import run_name
from eglass.workflows.targets import explored
from tests.experiments.running import composed, run_task


@pytest.fixture
def name_of(tmp_path: Path):
    """Return what a run is called that is asked for so."""

    def name_of(*overrides: str) -> str:
        found = []
        run_task(
            lambda cfg: found.append(run_name(cfg, explored(cfg, "any"))), "explore", *overrides
        )
        (name,) = found
        assert re.fullmatch(r"[\w.-]{1,90}", name)
        return name

    return name_of


def test_by_default_it_is_the_image_the_problem_and_the_explorer(name_of):
    assert name_of() == "photograph_inpainting_algorithm1"
    assert name_of("problem=super_resolution", "explorer=repulsion") == (
        "photograph_super_resolution_repulsion"
    )


def test_what_was_asked_besides_is_in_it(name_of):
    name = name_of("count=20", "inversion=bank", "target=cat")
    assert name.startswith("photograph_inpainting_algorithm1_cat_bank_count-20_")
    assert name == name_of("target=cat", "inversion=bank", "count=20")


def test_a_setting_at_its_default_or_one_of_the_machine_changes_nothing(name_of, tmp_path):
    usual = name_of()
    assert (
        name_of(
            "count=10",
            "device=cpu",
            "records=recompute",
            f"results={tmp_path}",
            "tracking=disabled",
        )
        == usual
    )
    assert name_of("records=recompute") == usual


def test_two_files_of_one_name_are_two_runs(name_of, tmp_path):
    names = set()
    for folder, colour in (("a", b"1"), ("b", b"2")):
        path = tmp_path / folder / "my photo's.png"
        path.parent.mkdir()
        path.write_bytes(colour)
        names.add(name_of(f'target.path="{path}"'))
        names.add(name_of(f'measurement="{path}"'))
    assert len(names) == 4
    assert all(name.startswith("my-photo-s_inpainting_algorithm1_") for name in names)


def test_long_settings_are_told_apart_by_digits(name_of):
    long = [name_of(f"explorer.K=[{','.join(map(str, range(1, n)))}]") for n in (60, 61)]
    assert long[0] != long[1]


def test_without_a_command_line_it_is_named_too():
    cfg = composed("explore", "explorer=repulsion")
    assert run_name(cfg, explored(cfg, "inpainting")).startswith("photograph_inpainting_repulsion")
