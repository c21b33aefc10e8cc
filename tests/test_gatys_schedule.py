"""The order of stages, what the first blocks do alone, and how strong a painting is."""

import pytest
import torch

from impasto.methods.gatys.footprint import Work
from impasto.methods.gatys.memory_plan import check_memory
from impasto.methods.gatys.schedule import shallow_options, stage_order
from impasto.nn.lbfgs import LeanLBFGS
from impasto.options.presets import preset
from painting_parts import begin, shallow

DEEP = {"content_layers": ("conv4_2",), "style_layers": ("conv1_1", "conv3_1", "conv4_1")}
GB = 1_000_000_000


@pytest.fixture
def painting(vgg16_weights, photograph, style):
    def build(**changes):
        return begin(vgg16_weights, photograph, style, shallow(**{**DEEP, **changes}))

    return build


def kinds(order):
    return [(max(each.size), each.shallow) for each in order]


def test_strokes_come_first_at_each_larger_size_and_alone_beyond_the_deep_size():
    order = stage_order((1500, 2000), preset("default", steps=80, deep_size=1024))
    deep = [(size, kind) for size in (250, 500, 1000) for kind in (True, False)]
    assert kinds(order) == [(250, False), *deep[2:], (2000, True)]
    assert sum(each.steps for each in order) == 80


@pytest.mark.parametrize("name", ["classic", "cs20", "blog", "gatys"])
def test_literal_presets_take_every_step_by_the_whole_network(name):
    options = preset(name)
    assert not any(each.shallow for each in stage_order((3000, 4000), options))
    assert options.first_step == 0


@pytest.mark.parametrize("changes", [
    {"style_layers": ("conv4_1",)}, {"content_weight": 0.0},
    {"style_loss": "gram", "style_form": "paper"},
    {"content_layers": ("conv2_2",), "style_layers": ("conv1_1",)},
])  # fmt: skip
def test_where_the_first_blocks_have_nothing_to_do_alone_they_do_nothing(changes):
    order = stage_order((384, 512), preset("default", **changes))
    assert not any(each.shallow for each in order)


def test_the_first_blocks_measure_their_own_layers_with_their_weights():
    options = shallow_options(preset("default", style_layer_weights=(5, 4, 3, 2, 1)))
    assert options.style_layers == ("conv1_1", "conv2_1", "conv3_1")
    assert options.style_layer_weights == (5, 4, 3)


def test_a_stage_of_strokes_is_held_to_the_picture_it_began_with(painting):
    begun = painting(coarsest=32, steps=12, shallow=0.5)
    assert kinds(begun.stages.order) == [(32, False), (64, True), (64, False)]
    first = begun.stages.order[0].steps
    for _ in range(first):
        begun.advance()
    losses = begun.advance().losses
    assert losses["content"] == 0
    assert set(losses) == {"total", "content", "style", "style/relu1_1", "style/relu3_1"}
    # Broken off among the strokes, it goes on to the same picture.
    again = painting(coarsest=32, steps=12, shallow=0.5)
    begun.advance()
    again.load_state_dict(begun.state_dict())
    assert torch.equal(again.run(), begun.run())


def test_twelve_megapixels_take_no_more_than_four_gigabytes():
    plan = check_memory((3000, 4000), Work(preset("default"), "vgg16", torch.bfloat16), 64 * GB)
    assert plan.memory < 4.1 * GB


def test_the_first_step_takes_away_the_share_of_a_linear_loss():
    image = torch.tensor([3.0, 4.0], requires_grad=True)
    optimizer = LeanLBFGS(image, half=False, first=0.25)

    def closure():
        loss = (image * torch.tensor([2.0, 1.0])).sum()
        loss.backward()
        return float(loss.detach())

    assert optimizer.step(closure) == 10
    assert float((image.detach() * torch.tensor([2.0, 1.0])).sum()) == pytest.approx(7.5)


def test_strength_0_is_the_photograph_and_others_weigh_the_style(painting, photograph):
    changes = {"coarsest": 32, "steps": 6, "init": "recolor"}
    assert torch.allclose(painting(**changes, strength=0.0).run(), photograph, atol=2e-3)
    weights = [painting(strength=each).stages.options.style_weight for each in (0.5, 1.0, 2.0)]
    assert weights == [pytest.approx(10 * 0.5**1.5), 10.0, 80.0]
