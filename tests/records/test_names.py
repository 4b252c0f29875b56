"""What tables and Weights & Biases call methods and directions."""

from __future__ import annotations

import re

import pytest

from eglass import exploration
from eglass.exploration import Explorer
from eglass.records import Direction, Method, names

METHODS = [each for each in vars(names).values() if isinstance(each, Method)]
METHODS += [
    each.method
    for each in vars(exploration).values()
    if isinstance(each, type) and issubclass(each, Explorer) and each is not Explorer
]


def test_keys_are_what_wandb_takes_and_each_is_one_method_s():
    assert len(METHODS) > 12
    assert all(re.fullmatch(r"\w+", method.key) for method in METHODS)
    assert len({method.key for method in METHODS}) == len(set(METHODS))


@pytest.mark.parametrize(
    ("direction", "label"),
    [
        (Direction("v", 8), "v8"),
        (Direction("start", 1), "start 1"),
    ],
)
def test_a_direction_is_a_label_for_people_and_columns_for_programs(direction, label):
    columns = {"direction": label, "kind": direction.kind, "number": direction.number}
    assert direction.columns() == columns
