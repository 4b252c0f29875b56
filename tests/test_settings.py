"""Every setting of every object of the library refuses what it cannot be, in one line."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch

import eglass
from eglass.errors import InputError
from eglass.exploration import Explorer, PosteriorDraws, Repulsion
from eglass.geometry import ExactGeometry
from eglass.inversion import BankInversion, ImageAdaptiveInversion

EXPLORERS = [
    each
    for each in (getattr(eglass.exploration, name) for name in eglass.exploration.__all__)
    if isinstance(each, type) and issubclass(each, Explorer) and each is not Explorer
]
CLASSES = [*EXPLORERS, ImageAdaptiveInversion, BankInversion, ExactGeometry]
FIELDS = [(owner, field) for owner in CLASSES for field in dataclasses.fields(owner)]


def refusal(owner: type, **given) -> str:
    with pytest.raises(InputError) as refused:
        owner(**given)
    message = str(refused.value)
    assert "\n" not in message
    return message


def of(owner: type, field: dataclasses.Field) -> str:
    return f"{owner.__name__}.{field.name}"


every_field = pytest.mark.parametrize(
    ("owner", "field"), FIELDS, ids=[of(owner, field) for owner, field in FIELDS]
)


def test_all_that_can_be_set_is_tested():
    assert len(EXPLORERS) == 8
    assert len(FIELDS) > 50
    assert all(dataclasses.is_dataclass(owner) for owner in CLASSES)


@pytest.mark.parametrize("owner", CLASSES)
def test_defaults_are_what_they_may_be(owner):
    made = owner()
    given = {field.name: getattr(made, field.name) for field in dataclasses.fields(made)}
    assert owner(**given) == made


@pytest.mark.parametrize("K", [range(8, 11), (8, 9, 10), [8, 9, 10]])
def test_any_sequence_of_numbers_is_a_list(K):
    assert eglass.Algorithm1(K=K).K == eglass.Eigenvectors(K=K).K == [8, 9, 10]


@every_field
def test_what_no_setting_can_be_is_refused_by_each(owner, field):
    for value, shown in (
        ("abc", "abc"),
        ("3", "'3'"),
        (math.nan, ".nan"),
        (math.inf, ".inf"),
        (-1, "-1"),
        ([], "[]"),
        ([math.nan], "[.nan]"),
        ({}, "{}"),
        (torch.zeros(2, 2), "tensor([[0., 0.], [0., 0.]])"),
    ):
        message = refusal(owner, **{field.name: value})
        assert message.startswith(f"{of(owner, field)} is {shown}: expected ")


@every_field
def test_true_and_false_are_not_numbers(owner, field):
    if isinstance(field.default, bool):
        assert getattr(owner(**{field.name: not field.default}), field.name) != field.default
    else:
        assert of(owner, field) + " is true: expected " in refusal(owner, **{field.name: True})


@every_field
def test_whole_numbers_are_not_fractions_and_numbers_may_be_whole(owner, field):
    default = getattr(owner(), field.name)
    if isinstance(default, bool):
        return
    if isinstance(default, int):
        message = refusal(owner, **{field.name: default + 0.5})
        assert f"is {default + 0.5}: expected a whole number" in message
    elif isinstance(default, float) and default > 1:
        assert getattr(owner(**{field.name: 2}), field.name) == 2


#: What is just out of range, beside what is just in it.
EDGES = [
    (eglass.Algorithm1, "K", [0], [1]),
    (eglass.Algorithm1, "K", "other", "auto"),
    (eglass.Algorithm1, "k", -1, 0),
    (eglass.Algorithm1, "threshold", 0.0, 1e-6),
    (eglass.Algorithm1, "threshold", 1.0, 0.99),
    (eglass.Algorithm1, "max_step", 0.0, 1e-6),
    (eglass.Algorithm1, "bisections", 0, 1),
    (eglass.Algorithm1, "until_l2", 0.0, None),
    (eglass.Algorithm1, "until_distance", 0.0, 1e-6),
    (eglass.Eigenvectors, "K", "auto", [3]),
    (eglass.RandomDirections, "first_K", 0, 1),
    (eglass.RandomDirections, "share", 1.0, 0.99),
    (eglass.RandomDirections, "min_step", -1e-6, 0.0),
    (eglass.RandomDirections, "effort", 0, 1),
    (eglass.TrustRegion, "radius", 0.0, 1e-6),
    (eglass.PosteriorDraws, "slack", 0.0, 1e-6),
    (eglass.Repulsion, "begin_at", 0.0, 1.0),
    (eglass.Repulsion, "begin_at", 1.01, 0.01),
    (eglass.Repulsion, "momentum", -1e-6, 0.0),
    (eglass.Pulse, "steps", 0, 1),
    (eglass.Pulse, "eps", 0.0, 1e-6),
    (ImageAdaptiveInversion, "scouts", -1, 0),
    (ImageAdaptiveInversion, "starts", 0, 1),
    (ImageAdaptiveInversion, "adaptation_steps", -1, 0),
    (ImageAdaptiveInversion, "stop_at", 0.0, None),
    (BankInversion, "bank", 1, 2),
    (BankInversion, "seed", -1, 0),
    (ExactGeometry, "memory_gb", 0.0, None),
]


@pytest.mark.parametrize(
    ("owner", "name", "out", "within"), EDGES, ids=[f"{it[0].__name__}.{it[1]}" for it in EDGES]
)
def test_a_range_ends_where_it_says(owner, name, out, within):
    assert refusal(owner, **{name: out}).startswith(f"{owner.__name__}.{name} is ")
    assert getattr(owner(**{name: within}), name) == within


@pytest.mark.parametrize("owner", CLASSES)
def test_a_name_that_there_is_not_is_refused_with_the_nearest(owner):
    first = dataclasses.fields(owner)[0].name
    assert refusal(owner, telepathy=1).startswith(f"there is no setting {owner.__name__}.telepathy")
    hint = f"did you mean {owner.__name__}."
    assert hint in refusal(owner, **{f"{first}x": 1})


@pytest.mark.parametrize("owner", CLASSES)
def test_settings_are_named_and_never_change(owner):
    name = dataclasses.fields(owner)[0].name
    with pytest.raises(TypeError, match="positional"):
        owner(getattr(owner(), name))
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(owner(), name, getattr(owner(), name))


def test_settings_inside_of_settings_are_checked_by_their_own_class():
    with pytest.raises(InputError, match=r"^PosteriorDraws.slack is -1"):
        Repulsion(begin=PosteriorDraws(slack=-1))
