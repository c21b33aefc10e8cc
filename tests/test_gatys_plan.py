"""The memory and the time of a painting: a refusal names what fits, the time follows the work."""

import re

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from impasto.errors import MemoryEstimateError
from impasto.methods.gatys.footprint import Work, tiled_bytes, whole_bytes
from impasto.methods.gatys.memory_plan import (
    Plan,
    check_memory,
    convolution_rate,
    estimated_seconds,
    given_plan,
    largest_size,
    step_operations,
)
from painting_parts import shallow

BF16, FP32 = torch.bfloat16, torch.float32
LAYERS = {
    "content_layers": ("conv4_2",), "style_layers": ("conv1_1", "conv5_1"), "deep_size": 0
}  # fmt: skip
WHOLE = {**LAYERS, "tile": 0}
GB = 1_000_000_000


def estimate(height=512, width=512, network="vgg16", precision=FP32, *, tile=0, **changes):
    size, work = (height, width), Work(shallow(**{**LAYERS, **changes}), network, precision)
    return tiled_bytes(size, work, tile) if tile else whole_bytes(size, work)


def test_memory_of_a_painting_at_512():
    # Maps of the first block alone: 2 of 64 channels, 4 bytes, 512 x 512, kept for the gradient.
    assert 2 * 64 * 4 * 512**2 < estimate() < 2.5 * GB


sizes = st.integers(1, 1900)


@given(height=sizes, width=sizes, more=st.integers(1, 500))
def test_memory_grows_with_the_size_and_not_with_its_shape(height, width, more):
    assert estimate(height + more, width) > estimate(height, width)
    assert estimate(height, width) == estimate(width, height)


def test_memory_grows_linearly_with_the_pixels():
    steps = [estimate(side, 1000) for side in (0, 1000, 2000)]
    assert steps[2] - steps[1] == pytest.approx(steps[1] - steps[0], abs=2)


def test_what_takes_more_memory():
    assert estimate(precision=FP32) > 1.2 * estimate(precision=BF16)
    assert estimate(network="vgg19", style_layers=("conv5_1",)) > estimate(
        style_layers=("conv5_1",)
    )
    assert estimate(optimizer="lbfgs", history=20) > estimate(optimizer="lbfgs", history=5)
    assert estimate(optimizer="lbfgs", history=5) > estimate(optimizer="adam")
    assert estimate(style_layers=("conv4_1",)) < estimate(style_layers=("relu5_3",))
    assert estimate(content_layers=("relu5_3",)) == estimate(style_layers=("conv5_3",))


def test_history_costs_two_images_a_step():
    assert estimate(history=6) - estimate(history=5) == 2 * 3 * 4 * 512 * 512


def test_what_fits_is_let_through():
    plan = check_memory((512, 512), Work(shallow(**LAYERS), "vgg16", FP32), 64 * GB)
    assert (plan.tile, plan.optimizer, plan.memory) == (0, None, estimate())


def test_a_refusal_says_what_is_needed_and_free_and_what_to_do():
    with pytest.raises(MemoryEstimateError) as caught:
        check_memory((3000, 4000), Work(shallow(**LAYERS), "vgg16", FP32), 2 * GB)
    needed = estimate(3000, 4000, tile=256, optimizer="adam") / GB
    assert re.fullmatch(
        rf"4000 x 3000 needs about {needed:.1f} GB of memory and 2\.0 GB are free: "
        r"--size \d+ would fit",
        str(caught.value),
    )


def named_size(size, free):
    with pytest.raises(MemoryEstimateError) as caught:
        check_memory(size, Work(shallow(**LAYERS), "vgg16", FP32), free)
    found = re.search(r"--size (\d+) would fit", str(caught.value))
    return int(found[1]) if found else None


@settings(max_examples=12)
@given(
    longer=st.integers(6000, 20_000),
    aspect=st.floats(0.5, 1),
    share=st.floats(0.6, 0.94),
    upright=st.booleans(),
)
def test_the_size_that_a_refusal_names_fits_and_is_not_much_too_small(
    longer, aspect, share, upright
):
    size = (longer, max(1, round(longer * aspect)))
    size = size if upright else size[::-1]
    free = int(estimate(*size, tile=256, optimizer="adam") * share)
    named = named_size(size, free)
    assert named % 16 == 0
    assert named < longer

    def fitted(side):
        return tuple(max(1, round(each * side / longer)) for each in size)

    check_memory(fitted(named), Work(shallow(**LAYERS), "vgg16", FP32), free)
    with pytest.raises(MemoryEstimateError):
        check_memory(fitted(round(named * 1.3) + 200), Work(shallow(**LAYERS), "vgg16", FP32), free)


def test_a_refusal_of_a_picture_cut_to_shape_names_a_shape():
    # --size says nothing there.
    options = shallow(**LAYERS, crop_fit=(4000, 3000))
    with pytest.raises(MemoryEstimateError) as caught:
        check_memory((3000, 4000), Work(options, "vgg16", FP32), 2 * GB)
    width, height = map(
        int, re.search(r": --crop-fit (\d+) (\d+) would fit", str(caught.value)).groups()
    )
    assert height / width == pytest.approx(0.75, abs=0.01)
    check_memory((height, width), Work(options, "vgg16", FP32), 2 * GB)


@pytest.mark.parametrize("free", [0, GB // 10, 450_000_000])
def test_where_nothing_fits_no_size_is_named(free):
    with pytest.raises(MemoryEstimateError, match="close other programs"):
        check_memory((512, 512), Work(shallow(**LAYERS), "vgg16", FP32), free)


def test_tiles_come_by_themselves_when_memory_is_short():
    whole = check_memory((1200, 1600), Work(shallow(**LAYERS), "vgg16", BF16), 64 * GB)
    short = check_memory((1200, 1600), Work(shallow(**LAYERS), "vgg16", BF16), whole.memory)
    assert whole.tile == 0
    assert short.tile == 1024
    assert short.memory < whole.memory
    assert not short.is_tiled((384, 512))
    assert short.is_tiled((1200, 1600))


@settings(max_examples=12)
@given(free=st.floats(0.9, 30), longer=st.integers(300, 9000))
def test_a_plan_needs_no_more_than_it_may(free, longer):
    try:
        plan = check_memory(
            (longer * 3 // 4, longer), Work(shallow(**LAYERS), "vgg16", BF16), int(free * GB)
        )
    except MemoryEstimateError:
        return
    assert plan.memory <= free * GB
    assert plan.keepable >= 0


def test_more_memory_lets_tiles_keep_more_up_to_a_bound():
    kept = [
        check_memory(
            (3000, 4000), Work(shallow(**LAYERS, tile=1024), "vgg16", BF16), free * GB
        ).keepable
        for free in (4, 5, 20, 60)
    ]
    assert 0 < kept[0] < kept[1] < kept[2] == kept[3]


def test_adam_takes_over_where_the_history_does_not_fit():
    options = shallow(**LAYERS, tile=256)
    needed = estimate(3000, 4000, tile=256, precision=BF16, optimizer="adam")
    plan = check_memory((3000, 4000), Work(options, "vgg16", BF16), int(needed / 0.94))
    assert plan.optimizer == "adam"
    plan = check_memory((3000, 4000), Work(options, "vgg16", BF16), 2 * needed)
    assert plan.optimizer is None


def test_what_is_asked_for_is_planned_even_where_it_does_not_fit():
    plan = given_plan((3000, 4000), Work(shallow(**LAYERS, tile=512), "vgg16", BF16), GB)
    assert (plan.tile, plan.keepable, plan.optimizer) == (512, 0, None)


def test_a_refusal_of_one_piece_names_tiles_that_fit():
    with pytest.raises(MemoryEstimateError, match=r": --tile 1024 would fit$"):
        check_memory((3000, 4000), Work(shallow(**WHOLE), "vgg16", BF16), 8 * GB)


def test_twelve_megapixels_take_less_than_6_gb_and_48_less_than_24():
    options = shallow(
        content_layers=("conv4_2",),
        style_layers=("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1"),
        history=10,
    )
    for size, least, most in (((3000, 4000), 2, 6), ((6000, 8000), 6, 24)):
        plan = check_memory(size, Work(options, "vgg19", BF16), most * GB)
        assert plan.tile in (512, 1024)
        assert plan.optimizer is None
        assert least * GB < plan.memory < most * GB


@settings(max_examples=15)
@given(free=st.floats(1, 100), aspect=st.floats(0.1, 1))
def test_the_largest_size_fits(free, aspect):
    shape = (round(1000 * aspect), 1000)
    options, free = shallow(**LAYERS), int(free * GB)
    side = largest_size(shape, Work(options, "vgg16", BF16), free)
    assert side % 16 == 0
    check_memory((max(1, round(side * shape[0] / 1000)), side), Work(options, "vgg16", BF16), free)


def test_more_memory_gives_a_larger_largest_size():
    sides = [
        largest_size((3, 4), Work(shallow(**LAYERS), "vgg16", BF16), free * GB)
        for free in (2, 6, 24)
    ]
    assert sides[0] < sides[1] < sides[2]
    assert sides[2] >= 8000


def test_too_little_memory_for_anything_is_said():
    with pytest.raises(MemoryEstimateError, match=r"0\.1 GB of memory are free, too little"):
        largest_size((3, 4), Work(shallow(**LAYERS), "vgg16", BF16), GB // 10)


def work(**changes):
    return Work(shallow(**changes), "vgg16", torch.float32)


def test_operations_of_a_shallow_step_by_hand():
    # conv1_1, conv1_2 at the full size, conv2_1, conv2_2 at a quarter of its pixels.
    per_pixel = 2 * 9 * (3 * 64 + 64 * 64 + (64 * 128 + 128 * 128) / 4)
    assert step_operations((30, 40), work(), Plan()) == pytest.approx(2 * 1200 * per_pixel)


def test_tiles_cost_their_padding_and_what_is_not_kept():
    size = (600, 600)
    whole = step_operations(size, work(), Plan())
    none, half, all_ = (step_operations(size, work(), Plan(tile=200, keepable=pixels))
                        for pixels in (0, 180_000, 10**9))  # fmt: skip
    assert whole < all_ < 1.2 * whole
    assert none == pytest.approx(1.5 * all_)
    assert all_ < half < none


def test_seconds_grow_with_steps_and_shrink_with_the_rate():
    one = estimated_seconds((300, 400), work(steps=10), Plan(), 1e9)
    twice = 21 / 11 * one  # the first step counts twice
    assert estimated_seconds((300, 400), work(steps=20), Plan(), 1e9) == pytest.approx(twice)
    assert estimated_seconds((300, 400), work(steps=10), Plan(), 2e9) == pytest.approx(one / 2)
    assert estimated_seconds((300, 400), work(steps=10, coarsest=100), Plan(), 1e9) < one


def test_a_rate_is_measured():
    assert convolution_rate(torch.device("cpu"), torch.float32) > 1e8
