"""What the page asks, as settings of `eglass explore`."""

from __future__ import annotations

from pathlib import Path

import pytest

from eglass.app.asked import Asked, Base, commands
from eglass.app.uploads import Upload
from eglass.errors import InputError
from tests.app.conftest import asked
from tests.configuration.composing import composed

USUAL = {"generator": "dcgan", "explorer": "algorithm1_sphere", "target": "photograph"}
MASK = Upload(Path("uploads/mask.png"), "my mask.png")
PHOTOGRAPH = Upload(Path("uploads/me.png"), 'me "at" sea.jpg')


def arguments(base: Base, *, typed: bool = False, **settings) -> list[str]:
    return base.arguments(
        Asked.of(asked(**settings)).settings({"m": MASK, "p": PHOTOGRAPH}), typed=typed
    )


def test_what_is_asked_comes_in_place_of_what_the_command_was_told():
    base = Base({"inversion": "bank"}, ["count=7", "inversion.bank=50", "problem.noise=0.1"])
    found = arguments(base, noise=0.02)
    assert {"count=2", "problem.noise=0.02", "inversion.bank=50", "inversion=bank"} <= set(found)
    assert not {"count=7", "problem.noise=0.1"} & set(found)


def test_another_choice_takes_the_settings_of_its_group_away():
    told = ["generator.weights=mine.pt", "explorer.K=[3]"]
    base = Base({"generator": "module", "explorer": "algorithm1_sphere"}, told)
    assert "generator.weights=mine.pt" in arguments(base, generator="module")
    others = arguments(base, generator="eyes", explorer="repulsion")
    assert not set(told) & set(others)


def test_somebody_types_what_differs_and_his_own_files():
    found = arguments(
        Base({}, [], USUAL), typed=True, mask="m", target={"kind": "upload", "upload": "p"}
    )
    assert found == [
        "problem=inpainting",
        'target.path="me \\"at\\" sea.jpg"',
        "problem.physics.box=null",
        'problem.physics.mask="my mask.png"',
        "count=2",
    ]
    typed = commands(found)
    assert typed["package"].startswith("eglass explore problem=inpainting 'target.path=")
    assert typed["clone"].startswith("make explore PROBLEM=inpainting IMAGE=")


def test_what_is_typed_is_what_hydra_reads():
    cfg = composed("explore", *arguments(Base({}, []), mask="m", strict=2e-3, seed=4))
    assert cfg.problem.physics.mask == str(MASK.path)
    assert cfg.problem.physics.box is None
    assert (cfg.strict, cfg.seed, cfg.count, cfg.target.seed) == (2e-3, 4, 2, 1000)
    named = Upload(Path('uploads/a "b".png'), "me.png")
    target = Asked.of(asked(target={"kind": "upload", "upload": "p"})).settings({"p": named})
    assert composed("explore", *Base({}, []).arguments(target, typed=False)).target.path == str(
        named.path
    )


@pytest.mark.parametrize("given", [None, [], {"target": 3}, {"target": {}}, asked(count="two")])
def test_anything_else_is_refused_in_one_line(given):
    with pytest.raises(InputError) as refused:
        Asked.of(given)
    assert "\n" not in str(refused.value)
