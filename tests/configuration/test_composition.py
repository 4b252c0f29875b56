"""Everything that `conf/` offers composes and passes its schema, and so does what sweepers send."""

from __future__ import annotations

import pytest
import yaml
from hydra.utils import instantiate

from eglass.configuration import CONF, check
from eglass.errors import InputError
from tests.configuration.composing import CHOICES, ROOTS, choices, composed


def refusal(root: str, *overrides: str) -> str:
    """Return the one line that a configuration is refused with."""
    with pytest.raises(InputError) as refused:
        check(composed(root, *overrides), root)
    line = str(refused.value)
    assert "\n" not in line
    return line


def test_every_root_has_a_schema():
    # Those that only others are composed of have no defaults of their own.
    files = {path.stem for path in CONF.glob("*.yaml") if "defaults:" in path.read_text()}
    assert set(ROOTS) == files


@pytest.mark.parametrize("root", ROOTS)
def test_every_root_passes(root):
    check(composed(root), root)


@pytest.mark.parametrize("choice", CHOICES)
def test_every_choice_passes(choice):
    check(composed("explore", choice), "explore")


@pytest.mark.parametrize("profile", choices("profile"))
def test_every_profile_passes(profile):
    check(composed("config", f"profile={profile}"), "config")


@pytest.mark.parametrize("explorer", choices("explorer"))
def test_every_explorer_can_be_compared(explorer):
    check(composed("config", f"+explorer@compare.explorers.another={explorer}"), "config")


@pytest.mark.parametrize("explorer", sorted({*choices("explorer")} - {"algorithm1_sphere"}))
def test_explorers_have_the_same_defaults_in_the_library(explorer):
    configured = instantiate(composed("explore", f"explorer={explorer}").explorer, _convert_="all")
    assert configured == type(configured)()


def test_parts_can_be_left_out():
    check(composed("config", "baseline=null", "timing.fast=null"), "config")
    check(composed("config", "compare.explorers.pulse=null"), "config")
    check(composed("config", "~problem@problems.super_resolution"), "config")


def test_of_our_targets_only_what_has_no_default_is_required():
    node = "{_target_:eglass.exploration.Repulsion,steps:2}"
    check(composed("explore", "~explorer", f"+explorer={node}"), "explore")
    node = "{_target_:eglass.generators.TruncatedNormalPrior}"
    line = refusal("explore", "generator=module", "~generator.prior", f"+generator.prior={node}")
    assert line == "generator.prior.dim is missing: expected a whole number from 1 on"


@pytest.mark.parametrize("group", ["explorer", "inversion", "generator", "perceptual", "geometry"])
def test_anybodys_class_is_left_to_be_built(group):
    node = "{_target_:my_package.Mine,anything:[abc,{x:.nan}]}"
    check(composed("explore", f"~{group}", f"+{group}={node}"), "explore")


@pytest.mark.parametrize(
    ("root", "override", "key"),
    [
        ("config", "explorer=repulsion", "explorer._target_"),
        ("config", "explorer@baseline=trust_region", "baseline._target_"),
        ("config", "inversion@timing.inversion=bank", "timing.inversion._target_"),
        ("gallery", "generator=paper", "generator.super_resolution_x4"),
    ],
)
def test_a_choice_that_a_command_can_do_nothing_with_is_refused(root, override, key):
    assert refusal(root, override).startswith(key)


@pytest.mark.parametrize("sweep", choices("sweeps"))
def test_what_weights_and_biases_sends_passes(sweep):
    parameters = yaml.safe_load((CONF / "sweeps" / f"{sweep}.yaml").read_text())["parameters"]
    for end in (0, -1):
        sent = []
        for key, drawn in parameters.items():
            values = drawn.get("values") or [drawn["min"], drawn["max"]]
            sent.append(f"{key}={values[end]}")
        check(composed("sweep", *sent), "sweep")


def test_a_whole_number_is_a_number():
    check(composed("sweep", "eta=3", "explorer.max_step=8", "problem.noise=0"), "sweep")


@pytest.mark.parametrize(
    ("root", "overrides", "key"),
    [
        ("config", ["samples.shown=-1"], "samples.shown is -1"),
        ("config", ["shard.index=1"], "shard.index is 1"),
        ("config", ["timing.adaptation_steps=100"], "timing.adaptation_steps is 100"),
        ("config", ["compare.realism.k=500"], "compare.realism.k is 500"),
        ("config", ["compare.tradeoff.explorer=repulson"], "compare.tradeoff.explorer is repulson"),
        ("config", ["compare.tradeoff.setting=stepps"], "compare.tradeoff.setting is stepps"),
        ("config", ["compare.tradeoff.values=[1,0.5]"], "compare.tradeoff.values is [1, 0.5]"),
        ("config", ["compare.counts=[1]"], "compare.counts is [1]"),
        ("config", ["samples.crop=[0,0,0,1]"], "samples.crop is [0, 0, 0, 1]"),
        ("explore", ["target.crop=[0.5,0,0.4,1]"], "target.crop is [0.5, 0, 0.4, 1]"),
        ("explore", ["target.crop=[0,0,1]"], "target.crop is [0, 0, 1]"),
        ("explore", ["target.crop=[0,0,1,1.5]"], "target.crop is [0, 0, 1, 1.5]"),
        ("explore", ["problem.physics.box=null"], "problem.physics is {"),
        ("explore", ["count=1"], "count is 1"),
        ("explore", ["device=tpu"], "device is tpu"),
        ("explore", ["walks.strip=[0]"], "walks.strip is [0]"),
        ("explore", ["explorer.threshold=1"], "explorer.threshold is 1"),
        ("explore", ["explorer=random_directions", "explorer.last_K=7"], "explorer.first_K is 8"),
        ("sweep", ["eta=0"], "eta is 0"),
        ("bench", ["bench.geometry.problem=x"], "bench.geometry.problem is x"),
        ("bench", ["bench.targets.problem=x"], "bench.targets.problem is x"),
        ("bench", ["bench.solutions.problems=[x]"], "bench.solutions.problems is [x]"),
        ("bench", ["bench.solutions.batches=[[1,2]]"], "bench.solutions.batches is [[1, 2]]"),
        ("bench", ["bench.paper_scale.case=x"], "bench.paper_scale.case is x"),
    ],
)
def test_what_is_out_of_range_is_named(root, overrides, key):
    assert refusal(root, *overrides).startswith(f"{key}")


def test_two_problems_of_one_name_are_refused():
    line = refusal("config", "problems.inpainting.name=super_resolution")
    assert line.startswith("problems.inpainting.name is super_resolution: expected inpainting")


def test_a_union_is_one_expectation():
    assert refusal("explore", "explorer.K=abc") == (
        "explorer.K is abc: expected a list of one or more whole numbers from 1 on, or auto"
    )


def test_several_complaints_are_one_line():
    line = refusal("explore", "seed=abc", "count=2.5", "device=3")
    assert [part.split(" is ")[0] for part in line.split("; ")] == ["seed", "device", "count"]


def test_many_complaints_are_counted():
    wrong = ["seed", "device", "count", "results", "explorer.k", "walks.strip", "walks.steps"]
    assert refusal("explore", *[f"{key}=-1.5" for key in wrong]).endswith("; and 2 more")


def test_a_setting_that_others_take_over_is_named_once():
    line = refusal("config", "explorer.k=abc")
    assert line == "explorer.k is abc: expected a whole number from 0 on"
    assert refusal("sweep", "K=0") == "K is 0: expected a whole number from 1 on"


@pytest.mark.parametrize(
    ("root", "override", "line"),
    [
        ("explore", "+explorer.kk=3", "there is no setting explorer.kk: did you mean explorer.k?"),
        ("explore", "+target.Path=x", "there is no setting target.Path: did you mean target.path?"),
        ("explore", "+samples.count=3", "samples: this command has no such setting"),
        ("sweep", "+samples.shown=3", "samples.shown: this command has no such setting"),
    ],
)
def test_an_unknown_key_is_named_with_the_nearest(root, override, line):
    assert refusal(root, override) == line


def test_a_target_of_ours_with_a_slip_is_named_with_the_nearest():
    line = refusal("explore", "explorer._target_=eglass.exploration.Repulson")
    assert line.endswith("did you mean eglass.exploration.Repulsion?")


@pytest.mark.parametrize(
    ("value", "named"),
    [("${nope}", "Interpolation key 'nope' not found"), ("???", "expected")],
)
def test_a_value_that_cannot_be_resolved_is_one_line(value, named):
    assert named in refusal("explore", f"seed={value}")
    assert refusal("sweep", f"objective={value}").startswith(f"objective is {value}")
