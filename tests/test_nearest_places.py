"""Several styles, masks, and what stays photographic."""

import pytest
import torch

from impasto.methods.nearest.scene import normalized_masks
from impasto.methods.nearest.stylizer import NearestStylizer
from nearest_parts import begin, few


@pytest.fixture(scope="module")
def red():
    return paint_of((0.9, 0.2, 0.1))


@pytest.fixture(scope="module")
def blue():
    return paint_of((0.1, 0.2, 0.9))


def paint_of(color):
    """Grain around one color."""
    generator = torch.Generator().manual_seed(8)
    grain = torch.rand(1, 1, 40, 40, generator=generator) * 0.3 - 0.15
    return (torch.tensor(color).view(1, 3, 1, 1) + grain).clamp(0, 1)


def redness(image):
    return image[0, 0] - image[0, 2]


def test_masks_say_which_style_goes_where(vgg16_weights, photograph, red, blue):
    left = torch.zeros(1, 1, 48, 64)
    left[..., :32] = 1
    masks = torch.cat([left, 1 - left], 1)
    options = few(init="recolor", steps=12, coarsest=32)
    image = begin(vgg16_weights, photograph, (red, blue), options, masks=masks).run()
    assert float(redness(image)[:, :24].mean()) > 0.2
    assert float(redness(image)[:, 40:].mean()) < -0.2


def test_a_kept_region_stays_the_photograph_s(vgg16_weights, photograph, style):
    keep = torch.zeros(1, 1, 48, 64)
    keep[..., 20:] = 1
    image = begin(vgg16_weights, photograph, style, few(steps=4), keep=keep).run()
    assert torch.equal(image[..., 20:], photograph[..., 20:])
    assert float((image - photograph)[..., :20].abs().mean()) > 0.02


def test_weights_say_how_much_of_each_style(vgg16_weights, photograph, red, blue):
    shares = []
    for weights in ((0.8, 0.2), (0.2, 0.8)):
        options = few(style_weights=weights, steps=2)
        begun = begin(vgg16_weights, photograph, (red, blue), options)
        shares.append(float(begun.canvas.objective.distance.shares[:, 0].mean()))
    assert shares == pytest.approx([0.8, 0.2], abs=0.02)


def test_masks_are_made_to_sum_to_one():
    masks = torch.tensor([[1.0, 0.5, 0.0, 1.0], [1.0, 0.0, 0.0, 0.25]]).view(1, 2, 1, 4)
    expected = torch.tensor([[0.5, 1.0, 0.5, 0.8], [0.5, 0.0, 0.5, 0.2]]).view(1, 2, 1, 4)
    torch.testing.assert_close(normalized_masks(masks), expected)


def test_masks_of_any_size_are_fitted(photograph, red, blue):
    stylizer = NearestStylizer((red, blue), few(size=32, steps=2))
    masks = [torch.ones(1, 1, 7, 9), torch.zeros(1, 1, 100, 80)]
    image = stylizer.painting(photograph, masks=masks, keep=torch.zeros(1, 1, 5, 5)).run()
    assert image.shape == (1, 3, 24, 32)
    alone = NearestStylizer(red, few(size=32, steps=2, palette_weight=0.0))(photograph)
    both = NearestStylizer((red, blue), few(size=32, steps=2, palette_weight=0.0))
    image = both.painting(photograph, masks=masks).run()
    torch.testing.assert_close(image, alone, rtol=0, atol=1e-3)


def test_only_visible_pixels_speak_for_the_colors(vgg16_weights, photograph, style):
    spoiled = photograph.clone()
    spoiled[..., 32:] = torch.tensor([1.0, 0.0, 1.0]).view(1, 3, 1, 1)
    alpha = torch.ones(1, 1, 48, 64)
    alpha[..., 32:] = 0
    options = few(init="recolor", steps=2)
    seen = begin(vgg16_weights, spoiled, style, options, alpha=alpha).stages.kept[..., :32]
    alone = begin(vgg16_weights, photograph[..., :32].contiguous(), style, options).stages.kept
    torch.testing.assert_close(seen, alone)
