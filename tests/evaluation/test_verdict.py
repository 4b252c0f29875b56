"""Whether a generator makes such pictures: its own it knows, and foreign ones it does not."""

from __future__ import annotations

import pytest
import skimage.data
import torch

from eglass.evaluation.verdict import Appearance, RangeTest, Verdict
from eglass.images import resized
from eglass.problems import Downsampling, Problem, inpainting

SIZE = (3, 64, 64)
SHRINK = Downsampling(img_size=SIZE, factor=8, filter="bicubic", padding="reflect")
HOLE = inpainting(SIZE, box=(0.6, 0.25, 0.95, 0.75))


@pytest.fixture(scope="module")
def test(perceptual):
    return RangeTest(network=perceptual, bank=150, held_out=60, searched=15, steps=25)


@pytest.fixture(scope="module", params=[SHRINK, HOLE], ids=["super_resolution", "inpainting"])
def judge(request, test, generator):
    """Return the verdict on an image, under each operator."""
    blank = Problem.simulate(request.param, torch.zeros(1, *SIZE))
    reference = test.reference(generator, blank)

    def judge(image: torch.Tensor, known: bool = True) -> Verdict:
        problem = Problem.simulate(request.param, image)
        return test(generator, problem, target=image if known else None, reference=reference)

    return judge


def picture(name: str) -> torch.Tensor:
    pixels = torch.from_numpy(getattr(skimage.data, name)())
    side = min(pixels.shape[:2])
    return resized((pixels[:side, -side:].permute(2, 0, 1) / 127.5 - 1).contiguous(), (64, 64))


def test_most_of_the_generator_s_own_images_are_inside(judge, generator, rng):
    with torch.no_grad():
        own = generator(generator.sample(12, rng))
    assert sum(judge(image[None]).inside for image in own) >= 9


@pytest.mark.parametrize("name", ["chelsea", "coffee"])
def test_a_foreign_picture_is_outside_and_the_reasons_name_what_says_so(judge, name):
    found = judge(picture(name))
    assert not found.inside
    assert found.excess > 1
    beyond = [name for name, score in found.scores.items() if score > found.limits[name]]
    assert len(found.reasons) == len(beyond) > 0


def test_the_target_does_not_count_where_it_is_not_known(judge):
    known, unknown = judge(picture("chelsea")), judge(picture("chelsea"), known=False)
    assert set(known.scores) == {"l2", "atypicality", "measurement", "target"}
    assert set(unknown.scores) == {"l2", "atypicality", "measurement"}
    assert unknown.scores.items() <= known.scores.items()
    assert unknown.excess <= known.excess


def test_the_generator_is_left_as_it_was(test, generator):
    before = {name: value.clone() for name, value in generator.state_dict().items()}
    problem = Problem.simulate(SHRINK, picture("coffee"))
    test.reference(generator, problem)
    assert all(torch.equal(before[name], value) for name, value in generator.state_dict().items())
    assert not any(each.requires_grad for each in generator.parameters())


def test_noise_in_the_measurement_is_in_those_of_the_own_samples_too(test, generator):
    clear = Problem.simulate(HOLE, picture("coffee"))
    noisy = Problem.simulate(HOLE, picture("coffee"), noise=0.2)
    with_noise, without = (test.reference(generator, each).usual["l2"] for each in (noisy, clear))
    # The noise's variance is what no image explains.
    assert with_noise == pytest.approx(without + 0.04, rel=0.15)


def test_a_score_counts_from_the_usual_to_its_limit():
    usual, limits = {"l2": 1.0, "target": 1.0}, {"l2": 3.0, "target": 2.0}
    assert Verdict({"l2": 2.0, "target": 1.0}, usual, limits).excess == 0.5
    outside = Verdict({"l2": 2.0, "target": 2.5}, usual, limits)
    assert outside.excess == 1.5
    assert not outside.inside
    assert [reason.split()[1] for reason in outside.reasons] == ["target"]


def test_an_appearance_is_a_mahalanobis_distance_in_units_of_a_fresh_image(rng):
    scale = torch.tensor([1.0, 10.0])
    drawn = torch.randn(4000, 2, generator=rng) * scale
    appearance, distances = Appearance.of(drawn[:3000], drawn[3000:])
    assert float(distances.median()) == pytest.approx(1)
    # As far along an axis, in its own spread, is as far.
    far = appearance(drawn[:3000].mean(0) + torch.tensor([[0.0, 50.0], [0.0, 100.0]]))
    assert float(far[1] / far[0]) == pytest.approx(2, rel=1e-3)
