"""Painting: first images, sizes and steps, and that it goes down."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from conftest import as_image, photograph_pixels, style_pixels
from impasto.methods.gatys import stages
from impasto.methods.gatys.stylizer import GatysStylizer
from impasto.methods.painting import steps_per_size
from impasto.methods.subject import result_size
from impasto.nn.color import recolored
from impasto.nn.resize import enlarged, resized, size_of
from painting_parts import begin, shallow

MEAN = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
"""The color that the bundled network sees as zero."""


@pytest.fixture
def painting(vgg16_weights, photograph, style):
    def build(content=photograph, painted=style, *, subject=None, **changes):
        return begin(vgg16_weights, content, painted, shallow(**changes), **(subject or {}))

    return build


@given(steps=st.integers(1, 2000), sizes=st.integers(1, 12))
def test_steps_add_up_with_at_least_one_each_and_more_to_the_coarse(steps, sizes):
    shared = steps_per_size(steps, sizes)
    assert sum(shared) == steps
    assert min(shared) >= 1
    assert len(shared) == min(steps, sizes)
    assert all(coarse >= fine - 1 for coarse, fine in itertools.pairwise(shared))


def test_one_size_gets_all_steps():
    assert steps_per_size(17, 1) == [17]


def test_with_fewer_steps_than_sizes_the_coarsest_are_left_out(painting):
    begun = painting(coarsest=12, steps=2)
    assert [stage.size for stage in begun.stages.order] == [(24, 32), (48, 64)]


def test_first_image_content(painting, photograph):
    assert torch.equal(painting(init="content").image, photograph)


def test_first_image_recolor(painting, photograph, style):
    begun = painting(init="recolor")
    assert torch.equal(begun.image, recolored(photograph, style))
    # What is kept is the recolored photograph too: at the first image nothing is lost of it.
    assert begun.advance().losses["content"] == 0


def test_first_image_recolor_of_a_cut_out_looks_only_at_what_is_visible(painting, style):
    content = as_image(photograph_pixels(48, 64))
    alpha = torch.zeros(1, 1, 48, 64)
    alpha[..., 20:44] = 1
    content[..., :20] = content[..., 44:] = 0
    begun = painting(content, init="recolor", subject={"alpha": alpha})
    assert torch.equal(begun.image, recolored(content, style, alpha))
    assert not torch.allclose(begun.image, recolored(content, style), atol=0.05)


def test_first_image_style(painting, style):
    assert torch.equal(painting(init="style").image, resized(style, (48, 64)).clamp(0, 1))


def test_first_image_of_its_own(painting):
    own = torch.rand(1, 3, 48, 64, generator=torch.Generator().manual_seed(5))
    assert torch.equal(painting(subject={"init": own}).image, own)


def test_first_image_noise_is_flat_over_the_range(painting):
    values = painting(init="noise", seed=3).image.flatten().sort().values
    # Sorted, evenly spread values lie on a line (Kolmogorov and Smirnov at one in a million).
    line = torch.linspace(0, 1, values.numel())
    assert float((values - line).abs().max()) < 2.7 / values.numel() ** 0.5


@pytest.mark.parametrize("init", ["noise", "mix"])
def test_noise_depends_on_the_seed_and_on_nothing_else(painting, init):
    first = painting(init=init, seed=3).image
    torch.rand(100)
    torch.manual_seed(99)
    assert torch.equal(painting(init=init, seed=3).image, first)
    assert not torch.allclose(painting(init=init, seed=4).image, first, atol=0.01)


def test_noise_does_not_depend_on_the_pictures(painting):
    first = painting(init="noise", seed=3).image
    other = as_image(style_pixels(48, 64))
    assert torch.equal(painting(other, other, init="noise", seed=3).image, first)


@pytest.mark.parametrize("ratio", [0.6, 0.25])
def test_first_image_mix_is_that_of_the_blog(painting, photograph, ratio):
    # noise_image = np.random.uniform(-20, 20, shape); noise_image * ratio + image * (1 - ratio),
    # with the mean color taken off before and added again after.
    mixed = painting(init="mix", noise_ratio=ratio).image
    noise = (mixed - MEAN - (photograph - MEAN) * (1 - ratio)) / ratio * 255
    levels = noise.flatten().sort().values
    assert float(levels.abs().max()) <= 20.001
    line = torch.linspace(-20, 20, levels.numel())
    assert float((levels - line).abs().max()) < 40 * 2.7 / levels.numel() ** 0.5


def test_a_mix_without_noise_is_the_content_and_of_all_noise_is_grey(painting, photograph):
    assert_allclose(painting(init="mix", noise_ratio=0.0).image, photograph, atol=1e-6)
    grey = painting(init="mix", noise_ratio=1.0).image - MEAN
    assert float(grey.abs().max()) <= 20.001 / 255


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
@pytest.mark.parametrize("init", ["recolor", "content", "noise", "mix", "style"])
def test_the_loss_goes_down(painting, init, optimizer):
    steps = []
    image = painting(init=init, optimizer=optimizer, steps=16).run(steps.append)
    assert steps[-1].losses["total"] < 0.96 * steps[0].losses["total"]
    assert [step.number for step in steps] == list(range(1, 17))
    assert {step.of for step in steps} == {16}
    assert {step.note for step in steps} == {""}
    assert size_of(image) == (48, 64)
    assert 0 <= float(image.min()) <= float(image.max()) <= 1


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
def test_the_same_options_paint_the_same_bytes(painting, optimizer):
    first, second = (
        painting(init="mix", optimizer=optimizer, coarsest=24, steps=5).run() for _ in range(2)
    )
    assert torch.equal(first, second)


def test_the_first_step_of_adam_moves_by_the_learning_rate_in_levels(painting, photograph):
    begun = painting(optimizer="adam", learning_rate=3.0, init="noise")
    before = begun.canvas.parts[0].detach().clone()
    begun.advance()
    moved = (begun.canvas.parts[0].detach() - before).abs() * 255
    assert_allclose(moved.median(), 3.0, rtol=1e-3)


def test_the_first_step_of_lbfgs_is_scaled_by_the_learning_rate(painting):
    moves = []
    for rate in (1.0, 0.5):
        begun = painting(learning_rate=rate, init="noise")
        before = begun.canvas.parts[0].detach().clone()
        begun.advance()
        moves.append(begun.canvas.parts[0].detach() - before)
    assert_allclose(moves[1], moves[0] / 2, atol=1e-6)


def test_sizes_change_at_their_marks(painting):
    begun = painting(coarsest=16, steps=9)
    sizes = [size_of(begun.advance().image()) for _ in range(9)]
    marks = begun.marks()
    assert [label for _, label in marks] == ["16 x 12", "32 x 24", "64 x 48"]
    assert [first for first, _ in marks] == [
        1 + sizes.index(size) for size in ((12, 16), (24, 32), (48, 64))
    ]
    assert begun.done


def test_the_image_has_its_full_size_at_all_times(painting):
    begun = painting(coarsest=16, steps=6)
    assert size_of(begun.image) == (48, 64)
    begun.advance()
    assert size_of(begun.image) == (48, 64)


def test_a_step_keeps_its_picture_only_until_asked(painting):
    begun = painting(steps=3)
    step = begun.advance()
    image = step.image()
    assert not image.requires_grad
    kept = image.clone()
    begun.advance()
    assert torch.equal(image, kept)


@pytest.mark.parametrize(("scale", "longer"), [(1.0, 64), (0.5, 32), (10.0, 90)])
def test_the_style_is_scaled_to_the_result_and_never_enlarged(painting, monkeypatch, scale, longer):
    seen = []

    class Spy(stages.Objective):
        def __init__(self, network, subject, *rest):
            seen.append(size_of(subject.styles[0].image))
            super().__init__(network, subject, *rest)

    monkeypatch.setattr(stages, "Objective", Spy)
    painting(painted=as_image(style_pixels(90, 60)), style_scale=scale)
    assert max(seen[0]) == longer


def test_more_content_weight_stays_nearer_to_the_photograph(painting, photograph):
    distances = [
        float((painting(content_weight=weight, steps=8).run() - photograph).square().mean())
        for weight in (0.0, 100.0)
    ]
    assert distances[1] < 0.5 * distances[0]


def test_total_variation_weight_makes_smoother(painting):
    rough, smooth = (
        painting(total_variation_weight=weight, steps=8).run() for weight in (0.0, 100.0)
    )
    assert smooth.diff().square().mean() < 0.5 * rough.diff().square().mean()


@pytest.mark.parametrize("size", [(16, 12), (4, 200), (200, 4), (1, 30), (1, 1)])
def test_small_and_narrow_pictures_are_painted(painting, size):
    deep = {"content_layers": ("conv4_2",), "style_layers": ("conv1_1", "conv5_1")}
    content = as_image(photograph_pixels(*size))
    image = painting(content, init="recolor", coarsest=16, total_variation_weight=0.1, **deep).run()
    assert size_of(image) == size
    assert torch.isfinite(image).all()


@pytest.mark.parametrize(
    ("size", "options", "expected"),
    [
        ((600, 800), {"size": 400}, (300, 400)),
        ((600, 800), {"size": 0}, (600, 800)),
        ((60, 80), {"size": 400}, (300, 400)),
        ((600, 800), {"size": 400, "crop_fit": (333, 250)}, (250, 333)),
    ],
)
def test_result_size(size, options, expected):
    assert result_size(size, shallow(**options)) == expected


def test_a_stylizer_is_called_with_images(photograph, style):
    stylizer = GatysStylizer(style, shallow(size=32, steps=2))
    steps = []
    first = stylizer(photograph, steps.append)
    assert size_of(first) == (24, 32)
    assert len(steps) == 2
    assert torch.equal(stylizer(photograph), first)
    assert size_of(stylizer(photograph.mT.contiguous())) == (32, 24)


def test_crop_fit_cuts_photograph_and_style_and_distorts_neither():
    wide = torch.zeros(1, 3, 20, 60)
    wide[..., 20:40] = 0.8
    stylizer = GatysStylizer(wide, shallow(crop_fit=(16, 16), init="content"))
    painting = stylizer.painting(wide, init=wide, alpha=wide[:, :1])
    flat = np.full((1, 3, 16, 16), 0.8)
    assert_allclose(painting.subject.content, flat, atol=1e-6)
    assert_allclose(painting.subject.styles[0].image, flat[..., :20, :20], atol=1e-6)
    assert_allclose(painting.subject.init, flat, atol=1e-6)
    assert_allclose(painting.subject.alpha, flat[:, :1], atol=1e-6)


@pytest.mark.parametrize(
    ("init", "resampling", "larger"),
    [
        ("content", "lanczos", enlarged),
        ("content", "bicubic", resized),
        ("noise", "lanczos", enlarged),
    ],
)
def test_detail_of_the_photograph_enters_with_a_larger_size(
    painting, photograph, init, resampling, larger
):
    def begun_at_full_size(detail):
        options = {"coarsest": 32, "steps": 2, "detail": detail, "resampling": resampling}
        work = painting(init=init, **options)
        work.advance()
        coarse = work.canvas.finish()
        work.advance()  # its losses are those of the enlarged image, which is kept as the last good
        return coarse, work.canvas.last_good[0]

    coarse, without = begun_at_full_size(0.0)
    _, half = begun_at_full_size(0.5)
    enters = init == "content"
    assert torch.equal(without, larger(coarse, (48, 64)).clamp(0, 1))
    lost = photograph - larger(resized(photograph, size_of(coarse)), (48, 64))
    expected = (larger(coarse, (48, 64)) + 0.5 * lost).clamp(0, 1) if enters else without
    torch.testing.assert_close(half, expected)
    assert torch.equal(half, without) != enters


@pytest.mark.parametrize(("resampling", "larger"), [("lanczos", enlarged), ("bicubic", resized)])
def test_a_small_photograph_is_enlarged_by_the_same_filter(photograph, resampling, larger):
    stylizer = GatysStylizer(photograph, shallow(size=96, resampling=resampling))
    work = stylizer.painting(photograph, init=photograph, alpha=photograph[:, :1])
    expected = larger(photograph, (72, 96)).clamp(0, 1)
    assert torch.equal(work.subject.content, expected)
    assert torch.equal(work.subject.init, expected)
    assert torch.equal(work.subject.alpha, resized(photograph[:, :1], (72, 96)).clamp(0, 1))


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
def test_a_style_without_colors_gives_a_picture_without(painting, style, optimizer):
    drawing = style.mean(1, keepdim=True).expand(1, 3, -1, -1).clone()
    options = {"init": "recolor", "optimizer": optimizer, "coarsest": 24}
    painted = painting(painted=drawing, **options).run()
    assert (painted - painted.mean(1, keepdim=True)).abs().max() < 1e-6
    assert not torch.equal(painted, painting(painted=drawing, **options).image)


def test_a_photograph_keeps_its_colors_where_they_are_not_the_styles(painting, style, photograph):
    drawing = style.mean(1, keepdim=True).expand(1, 3, -1, -1).clone()
    begun = painting(painted=drawing, init="content")
    assert torch.equal(begun.image, photograph)
    painted = begun.run()
    assert (painted - painted.mean(1, keepdim=True)).abs().max() > 0.05
