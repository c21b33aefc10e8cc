"""Several styles, masks, and parts that stay photographic."""

import dataclasses

import pytest
import torch

from conftest import as_image, style_pixels
from impasto.errors import OptionError
from impasto.methods.gatys.objective import Objective
from impasto.methods.gatys.stages import blended, kept_content, subject_at
from impasto.methods.gatys.stylizer import GatysStylizer
from impasto.methods.subject import Style, Subject
from impasto.nn.color import recolored
from impasto.nn.resize import size_of
from impasto.nn.style import gram_matrix
from painting_parts import begin, network_for, shallow, subject_of


@pytest.fixture(scope="module")
def other():
    return as_image(style_pixels(40, 44)).flip(1).contiguous()


@pytest.fixture
def losses(vgg16_weights):
    def build(subject, image, **changes):
        options = shallow(**changes)
        return Objective(network_for(options, vgg16_weights), subject, options)(image)

    return build


def right_half(like):
    mask = torch.zeros(1, 1, *size_of(like))
    mask[..., size_of(like)[1] // 2 :] = 1
    return mask


def test_losses_of_several_styles_are_averaged_by_their_weights(losses, photograph, style, other):
    alone = [float(losses(subject_of(photograph, each), photograph)["style"])
             for each in (style, other)]  # fmt: skip
    mixed = Subject(photograph, (Style(style, 3.0), Style(other, 1.0)))
    expected = 0.75 * alone[0] + 0.25 * alone[1]
    assert float(losses(mixed, photograph)["style"]) == pytest.approx(expected, rel=1e-5)


def test_the_same_style_twice_is_that_style(losses, photograph, style):
    once, twice = (losses(subject_of(photograph, *[style] * n), photograph) for n in (1, 2))
    torch.testing.assert_close(once, twice)


def test_a_mask_of_everything_is_no_mask(losses, photograph, style):
    ones = torch.ones(1, 1, *size_of(photograph))
    plain = losses(subject_of(photograph, style), photograph)
    masked = Subject(photograph, (Style(style, 1.0, ones),), alpha=ones, keep=1 - ones)
    torch.testing.assert_close(losses(masked, photograph), plain)


def test_each_style_is_measured_in_its_mask(vgg16_weights, photograph, style, other):
    # The right half has the manner of its style already, so only the left half costs.
    options = shallow(style_layers=("conv1_1",))
    network = network_for(options, vgg16_weights)
    mask = right_half(photograph)
    styles = (Style(photograph[..., 32:].contiguous(), 1.0, mask), Style(other, 1.0, 1 - mask))
    found = Objective(network, Subject(photograph, styles), options)(photograph)["style"]
    # Half of the area each; one column beside the edge is eroded away.
    left = gram_matrix(network(photograph)["relu1_1"][..., :31])
    target = gram_matrix(network(other)["relu1_1"])
    expected = float((left - target).square().sum() / target.square().sum()) / 2
    assert float(found) == pytest.approx(expected, rel=0.05)


def test_gradients_of_a_style_stay_in_its_mask(vgg16_weights, photograph, style):
    options = shallow(content_weight=0.0)
    mask = right_half(photograph)
    subject = Subject(photograph, (Style(style, 1.0, mask),))
    image = photograph.clone().requires_grad_(True)
    Objective(network_for(options, vgg16_weights), subject, options).backward(image)
    assert not image.grad[..., :28].any()
    assert image.grad[..., 36:].any()


def test_a_style_of_half_the_picture_is_painted_as_strongly_as_one_of_all(
    vgg16_weights, photograph, style
):
    # Two halves that are alike: gradients far from the edge must not depend on the mask.
    flat = torch.rand(1, 3, 48, 32, generator=torch.Generator().manual_seed(2)).repeat(1, 1, 1, 2)
    options = shallow(content_weight=0.0, style_layers=("conv1_1",))
    network = network_for(options, vgg16_weights)
    gradients = []
    for mask in (None, right_half(photograph)):
        image = flat.clone().requires_grad_(True)
        subject = Subject(photograph, (Style(style, 1.0, mask),))
        Objective(network, subject, options).backward(image)
        gradients.append(image.grad[..., 40:60])
    assert float((gradients[1] - gradients[0]).norm() / gradients[0].norm()) < 0.1


def test_transparent_pixels_do_not_count(losses, photograph, style):
    alpha = 1 - right_half(photograph)
    subject = Subject(photograph, (Style(style),), alpha=alpha)
    spoiled = photograph.clone()
    spoiled[..., 40:] = 1 - spoiled[..., 40:]
    first, second = (losses(subject, image)["style"] for image in (photograph, spoiled))
    torch.testing.assert_close(first, second)


def test_content_counts_tenfold_where_the_photograph_stays(losses, photograph, style):
    keep = torch.ones(1, 1, *size_of(photograph))
    image = (photograph * 0.8).contiguous()
    plain = losses(subject_of(photograph, style), image)["content"]
    kept = losses(subject_of(photograph, style, keep=keep), image)["content"]
    torch.testing.assert_close(kept, 10 * plain)


def test_what_stays_photographic_is_the_photograph(vgg16_weights, photograph, style):
    keep = right_half(photograph)
    painting = begin(vgg16_weights, photograph, style, shallow(init="recolor"), keep=keep)
    steps = []
    image = painting.run(steps.append)
    assert torch.equal(image[..., 32:], photograph[..., 32:])
    assert torch.equal(steps[-1].image(), image)
    assert (image[..., :32] - photograph[..., :32]).abs().mean() > 0.02


def test_recoloring_follows_the_masks(photograph, style, other):
    mask = right_half(photograph)
    styles = (Style(style, 0.2, mask), Style(other, 0.8, 1 - mask))
    kept = kept_content(Subject(photograph, styles), shallow(init="recolor"))
    assert torch.allclose(kept[..., 32:], recolored(photograph, style, mask)[..., 32:])
    assert torch.allclose(kept[..., :32], recolored(photograph, other, 1 - mask)[..., :32])


def test_blended_images_weigh_by_style_and_leave_the_photograph_where_no_style_goes(photograph):
    white, black = torch.ones_like(photograph), torch.zeros_like(photograph)
    both = Subject(photograph, (Style(white, 3.0), Style(black, 1.0)))
    assert torch.allclose(blended([white, black], both), torch.tensor(0.75))
    part = Subject(photograph, (Style(white, 3.0, right_half(photograph)),))
    found = blended([white], part)
    assert torch.equal(found[..., :32], photograph[..., :32])
    assert torch.allclose(found[..., 32:], torch.tensor(1.0))


@pytest.mark.parametrize(
    ("options", "share", "longer"),
    [
        ({"style_scale": 0.5}, 1.0, 32),
        ({"style_size": 40}, 1.0, 40),
        ({"style_size": 40, "style_scale": 0.1}, 0.5, 20),
        ({"style_size": 4000}, 1.0, 56),
    ],
)
def test_sizes_of_the_styles(photograph, style, options, share, longer):
    found = subject_at(subject_of(photograph, style), (48, 64), share, shallow(**options))
    assert max(size_of(found.styles[0].image)) == longer


def test_at_its_own_size_a_photograph_is_not_copied(photograph, style):
    subject = subject_at(subject_of(photograph, style), (48, 64), 1.0, shallow())
    assert subject.content is photograph


def test_a_stylizer_takes_several_styles_and_masks_of_any_size(photograph, style, other):
    options = shallow(size=64, style_weights=(0.6, 0.4), invert_masks=True, feather=2.0, steps=2)
    stylizer = GatysStylizer([style, other], options)
    mask = torch.zeros(1, 1, 20, 30)
    mask[..., 15:] = 1
    painting = stylizer.painting(photograph, masks=[mask, 1 - mask], keep=mask)
    first, second = painting.subject.styles
    assert (first.weight, second.weight) == (0.6, 0.4)
    assert size_of(first.mask) == size_of(painting.subject.keep) == (48, 64)
    assert float(first.mask[0, 0, 20, 5]) > 0.99
    assert float(first.mask[0, 0, 20, 60]) < 0.01
    assert 0.1 < float(first.mask[0, 0, 20, 32]) < 0.9
    torch.testing.assert_close(first.mask + second.mask, torch.ones(1, 1, 48, 64))
    assert size_of(painting.run()) == (48, 64)


def test_masks_and_weights_are_one_for_each_style(photograph, style, other):
    with pytest.raises(OptionError, match="style_weights: expected one for each of the 1"):
        GatysStylizer(style, shallow(style_weights=(0.5, 0.5)))
    stylizer = GatysStylizer([style, other], shallow())
    with pytest.raises(OptionError, match="masks: expected one for each of the 2 styles, got 1"):
        stylizer.painting(photograph, masks=[torch.ones(1, 1, 5, 5)])


def test_where_no_style_may_go_it_is_painted_all_the_same(losses, photograph, style):
    nowhere = torch.zeros(1, 1, *size_of(photograph))
    subject = Subject(photograph, (Style(style),), alpha=nowhere)
    plain = dataclasses.replace(subject, alpha=None)
    torch.testing.assert_close(losses(subject, photograph), losses(plain, photograph))
