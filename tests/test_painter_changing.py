"""A painting that goes on under another recipe."""

import numpy as np
import pytest
import torch

from conftest import photograph_pixels, style_pixels
from impasto.errors import OptionError, RunError
from impasto.image import Picture
from impasto.photograph import Painter
from impasto.photograph.changing import CHANGEABLE, changed, check_changeable
from impasto.source import Inputs, open_source
from painting_parts import shallow


@pytest.fixture
def content():
    return open_source(Picture(photograph_pixels(36, 48)))


def begun(content, styles=1, **options):
    sources = tuple(open_source(Picture(style_pixels(40 + n, 40))) for n in range(styles))
    painter = Painter(Inputs(sources), shallow(size=48, steps=12, **options))
    photograph = painter.settle(content)
    painting = painter.begin(photograph)
    for _ in range(4):
        painting.advance()
    return painter, painting, photograph


def test_picture_and_step_stay_and_the_loss_is_of_the_new_recipe(content):
    painter, painting, photograph = begun(content)
    before = painting.image.clone()
    other, going, photograph = changed(
        painter, painting, photograph, shallow(size=48, steps=12, style_weight=90.0)
    )
    assert going.number == 4
    assert torch.equal(going.image, before)
    step = going.advance()
    assert step.number == 5
    style, photo = step.losses["style"], step.losses["content"]
    assert step.losses["total"] == pytest.approx(90 * style + photo, rel=1e-5)
    assert other.options.style_weight == 90
    going.run()
    assert going.done


def test_the_same_recipe_differs_only_by_the_optimizer_that_begins_anew(content):
    painter, painting, photograph = begun(content, optimizer="adam")
    _, going, _ = changed(painter, painting, photograph, painter.options)
    first = going.advance().losses["total"]
    painter, painting, photograph = begun(content, optimizer="adam")
    assert first == pytest.approx(painting.advance().losses["total"], rel=1e-6)


def test_on_the_way_from_coarse_to_fine(content):
    painter, painting, photograph = begun(content, coarsest=16)
    assert painting.canvas.parts[0].shape[-1] < 48
    _, going, _ = changed(
        painter, painting, photograph, shallow(size=48, steps=12, coarsest=16, style_scale=0.5)
    )
    assert going.canvas.parts[0].shape == painting.canvas.parts[0].shape
    going.run()
    assert going.image.shape[-1] == 48


def test_colors_come_back_at_once(content):
    painter, painting, photograph = begun(content, keep_color="luminance")
    recipe = shallow(size=48, steps=12)
    other, going, photograph = changed(painter, painting, photograph, recipe)
    painting.recolor = None
    gray = painting.image  # beneath the colors that are put over it
    image = going.image
    assert float((image.amax(1) - image.amin(1)).mean()) > 0.02
    luma = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
    assert torch.allclose((image * luma).sum(1), (gray * luma).sum(1), atol=0.02)
    _, back, _ = changed(
        other, going, photograph, shallow(size=48, steps=12, keep_color="luminance")
    )
    assert back.number == 4
    assert np.isfinite(back.advance().losses["total"])


def test_weights_of_styles(content):
    painter, painting, photograph = begun(content, styles=2)
    _, going, _ = changed(
        painter, painting, photograph, shallow(size=48, steps=12, style_weights=(0.0, 1.0))
    )
    assert [style.weight for style in going.subject.styles] == [0, 1]
    going.advance()


@pytest.mark.parametrize(
    "change", [{"size": 64}, {"steps": 20}, {"init": "noise"}, {"style_layers": ("conv1_1",)}]
)
def test_what_decides_sizes_and_steps_cannot_change(content, change):
    before = shallow(size=48, steps=12)
    with pytest.raises(OptionError, match="cannot change during a painting"):
        check_changeable(before, shallow(**{"size": 48, "steps": 12, **change}))
    assert not set(change) & set(CHANGEABLE)


def test_a_picture_at_a_step_the_recipe_does_not_have(content):
    _, painting, _ = begun(content)
    with pytest.raises(RunError, match="painting at step 13, but the options have 12"):
        painting.take_over(painting.image, 13)
