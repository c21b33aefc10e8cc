"""Painting by nearest neighbors: what comes out, of what size, and what guards it."""

import pytest
import torch

from conftest import as_image, photograph_pixels, style_pixels
from impasto.errors import OptionError, ResultError
from impasto.methods.nearest.objective import HeldObjective
from impasto.methods.nearest.scene import scene
from impasto.methods.nearest.stages import stages
from impasto.methods.nearest.stylizer import NearestStylizer
from impasto.methods.subject import Style, Subject
from nearest_parts import begin, few


@pytest.fixture(scope="module")
def photograph():
    return as_image(photograph_pixels(24, 32))


@pytest.fixture(scope="module")
def style():
    return as_image(style_pixels(28, 25))


def run(begun):
    steps = []
    begun.run(steps.append)
    return steps


def correlation(one, other):
    both = torch.stack([one.flatten(), other.flatten()]).double()
    return float(torch.corrcoef(both)[0, 1])


def test_it_goes_from_coarse_to_fine_and_then_by_layer(vgg16_weights, photograph, style):
    begun = begin(vgg16_weights, photograph, style, few(coarsest=8, steps=9))
    assert [stage.size for stage in begun.stages.order] == [(6, 8), (12, 16), (24, 32), (24, 32)]
    assert begun.steps == [2, 2, 2, 3]
    assert begun.marks() == [(1, "8 x 6"), (3, "16 x 12"), (5, "32 x 24"), (7, "32 x 24, by layer")]
    steps = run(begun)
    assert [step.number for step in steps] == list(range(1, 10))
    assert {step.of for step in steps} == {9}
    assert begun.done
    kinds = ["layers" in step.losses for step in steps]
    assert kinds == [False] * 6 + [True] * 3
    assert "layers/relu4_3" in steps[-1].losses
    assert {"total", "palette", "range"} <= set(steps[-1].losses)
    assert begun.image.shape == photograph.shape
    assert torch.equal(begun.image, steps[-1].image())


@pytest.mark.parametrize("steps", range(1, 12))
def test_all_steps_are_shared_out(steps):
    chosen = stages((48, 64), few(coarsest=8, steps=steps))
    assert sum(stage.steps for stage in chosen) == steps
    assert min(stage.steps for stage in chosen) >= 1
    assert chosen[-1].size == (48, 64)
    assert not chosen[0].by_layer


def test_losses_fall_in_every_stage(vgg16_weights, photograph, style):
    begun = begin(vgg16_weights, photograph, style, few(steps=24, coarsest=16))
    losses = [step.losses["total"] for step in run(begun)]
    first = 0
    for count in begun.steps:
        assert losses[first + count - 1] < losses[first]
        first += count


def test_a_photograph_in_its_own_style_stays_itself(vgg16_weights, photograph):
    options = few(steps=10, coarsest=16, learning_rate=2.0)
    image = begin(vgg16_weights, photograph, photograph, options).run()
    assert correlation(image, photograph) > 0.97
    assert float((image - photograph).abs().mean()) < 0.03


def test_it_takes_the_colors_of_the_style(vgg16_weights, photograph, style):
    options = few(init="recolor", steps=12, coarsest=16)
    image = begin(vgg16_weights, photograph, style, options).run()
    own, wanted = image.mean((2, 3)), style.mean((2, 3))
    assert (own - wanted).abs().max() < 0.05
    assert (own - wanted).abs().max() < (photograph.mean((2, 3)) - wanted).abs().max() / 2


def test_a_gray_style_gives_a_gray_picture(vgg16_weights, photograph, style):
    pencil = style.mean(1, keepdim=True).expand(-1, 3, -1, -1).contiguous()
    options = few(init="recolor", steps=6, coarsest=16)
    image = begin(vgg16_weights, photograph, pencil, options).run()
    assert float((image - image.mean(1, keepdim=True)).abs().max()) < 1e-4
    assert float(image.std()) > 0.05


def test_a_gray_photograph_takes_colors(vgg16_weights, photograph, style):
    faded = photograph.mean(1, keepdim=True).expand(-1, 3, -1, -1).contiguous()
    image = begin(vgg16_weights, faded, style, few(init="recolor", steps=6)).run()
    assert image.isfinite().all()
    assert float((image[:, 0] - image[:, 2]).abs().mean()) > 0.05


@pytest.mark.parametrize("size", [(16, 16), (12, 16), (1, 16), (5, 3), (1, 1)])
def test_tiny_pictures_are_painted(vgg16_weights, style, size):
    photograph = as_image(photograph_pixels(16, 16))[..., : size[0], : size[1]].contiguous()
    begun = begin(vgg16_weights, photograph, style, few(steps=6, coarsest=8))
    run(begun)
    assert begun.image.shape[-2:] == size
    assert begun.image.isfinite().all()


def test_flat_pictures_are_painted(vgg16_weights):
    flat = torch.full((1, 3, 24, 24), 0.5)
    begun = begin(vgg16_weights, flat, flat * 0.5, few(init="recolor", steps=6, coarsest=8))
    notes = [step.note for step in run(begun)]
    assert set(notes) == {""}
    assert begun.image.isfinite().all()


def test_the_content_weight_decides_from_the_second_size_on(vgg16_weights, photograph, style):
    def painted(weight):
        options = few(content_weight=weight, steps=8, coarsest=16)
        begun = begin(vgg16_weights, photograph, style, options)
        for _ in range(begun.steps[0]):
            begun.advance()
        coarse = begun.image.clone()
        return coarse, begun.run()

    coarse, image = painted(1.0)
    other_coarse, other = painted(0.0)
    assert torch.equal(coarse, other_coarse)
    assert not torch.equal(image, other)


def test_rotations_offer_more_to_choose_from(vgg16_weights, photograph, style):
    upright = begin(vgg16_weights, photograph, style, few())
    turned = begin(vgg16_weights, photograph, style, few(rotations=True))
    losses = [run(each)[0].losses["columns"] for each in (upright, turned)]
    assert losses[0] != losses[1]


@pytest.mark.parametrize(
    ("changes", "sides"),
    [
        ({}, (32, 16)),
        ({"style_scale": 0.75}, (24, 16)),
        ({"style_size": 48}, (48, 24)),
        ({"style_size": 400}, (100, 100)),  # never enlarged
    ],
)
def test_the_size_of_the_style_follows_the_options(photograph, changes, sides):
    subject = Subject(photograph, (Style(as_image(style_pixels(80, 100))),))
    for size, side in zip([(24, 32), (12, 16)], sides, strict=True):
        (((own, _),),) = scene(subject, size, few(**changes)).styles
        assert max(own.shape[-2:]) == side


@pytest.mark.parametrize("change", ["loss", "gradient"])
def test_a_failed_step_goes_back_to_the_last_good_picture(
    vgg16_weights, photograph, style, monkeypatch, change
):
    whole = HeldObjective.forward
    begun = begin(vgg16_weights, photograph, style, few(steps=8))

    def forward(self, image):
        losses = whole(self, image)
        if begun.number != 3:
            return losses
        slope = (image - image.detach()).abs().sum().sqrt() * 0
        spoiled = losses["total"] * float("nan") if change == "loss" else losses["total"] + slope
        return {**losses, "total": spoiled}

    monkeypatch.setattr(HeldObjective, "forward", forward)
    for _ in range(2):
        begun.advance()
    good = begun.image.clone()  # before the last step that went well
    begun.advance()
    failed = begun.advance()
    assert failed.note.startswith("the loss or its gradient was not finite: back to the last good")
    assert torch.equal(begun.image, good)
    assert {step.note for step in run(begun)} == {""}
    assert begun.image.isfinite().all()


def test_failing_at_every_step_is_an_error_and_the_first_picture_stays(
    vgg16_weights, photograph, style, monkeypatch
):
    nothing = torch.tensor(float("nan"))
    monkeypatch.setattr(
        HeldObjective, "forward", lambda self, image: {"total": image.sum() * nothing}
    )
    begun = begin(vgg16_weights, photograph, style, few(steps=5))
    with pytest.raises(ResultError, match="painting failed in 5 steps"):
        run(begun)
    torch.testing.assert_close(begun.image, photograph, rtol=0, atol=1e-5)


def test_the_same_seed_is_the_same_picture(vgg16_weights, photograph, style):
    one, same, other = (
        begin(vgg16_weights, photograph, style, few(steps=6, init="noise", seed=seed)).run()
        for seed in (1, 1, 2)
    )
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_the_stylizer_paints_at_the_size_asked_for(photograph, style):
    image = NearestStylizer(style, few(size=40, steps=2))(photograph)
    assert image.shape == (1, 3, 30, 40)
    image = NearestStylizer(style, few(crop_fit=(40, 24), steps=2))(photograph)
    assert image.shape == (1, 3, 24, 40)


def test_a_first_image_of_its_own(photograph, style):
    stylizer = NearestStylizer(style, few(steps=1, size=32))
    first = torch.rand(1, 3, 40, 50)
    begun = stylizer.painting(photograph, init=first)
    assert begun.image.shape == (1, 3, 24, 32)
    assert correlation(begun.image, stylizer.painting(photograph).image) < 0.9


def test_mistakes_have_one_line(photograph, style):
    with pytest.raises(OptionError, match="style_weights: expected one for each of the 1"):
        NearestStylizer(style, few(style_weights=(1.0, 2.0)))
    stylizer = NearestStylizer((style, style), few(steps=1))
    with pytest.raises(OptionError, match="masks: expected one for each of the 2 styles"):
        stylizer.painting(photograph, masks=[torch.ones(1, 1, 4, 4)])
