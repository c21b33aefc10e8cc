"""The memory plan: it grows with the work, and a refusal names a size that fits."""

import re

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from impasto.errors import MemoryEstimateError
from impasto.methods.gatys.plan import check_memory, estimated_memory
from painting_parts import shallow

BF16, FP32 = torch.bfloat16, torch.float32
LAYERS = {"content_layers": ("conv4_2",), "style_layers": ("conv1_1", "conv5_1")}
GB = 1_000_000_000


def estimate(height=512, width=512, network="vgg16", precision=FP32, **changes):
    return estimated_memory(height, width, shallow(**{**LAYERS, **changes}), network, precision)


def test_memory_of_a_painting_at_512():
    # Maps of the first block alone: 2 of 64 channels, 4 bytes, 512 x 512, kept for the gradient.
    assert 2 * 64 * 4 * 512**2 < estimate() < 2.5 * GB


sizes = st.integers(1, 4000)


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
    assert check_memory((512, 512), shallow(), "vgg16", FP32, 64 * GB) is None


def test_a_refusal_says_what_is_needed_and_free_and_what_to_do():
    with pytest.raises(MemoryEstimateError) as caught:
        check_memory((3000, 4000), shallow(**LAYERS), "vgg16", FP32, 4 * GB)
    needed = estimate(3000, 4000) / GB
    assert re.fullmatch(
        rf"4000 x 3000 needs about {needed:.1f} GB of memory and 4\.0 GB are free: "
        r"--size \d+ would fit",
        str(caught.value),
    )


def named_size(size, free, **changes):
    with pytest.raises(MemoryEstimateError) as caught:
        check_memory(size, shallow(**{**LAYERS, **changes}), "vgg16", FP32, free)
    found = re.search(r"--size (\d+) would fit", str(caught.value))
    return int(found[1]) if found else None


@given(
    longer=st.integers(500, 20_000),
    aspect=st.floats(0.1, 1),
    share=st.floats(0.05, 0.94),
    upright=st.booleans(),
)
def test_the_size_that_a_refusal_names_fits_and_is_not_much_too_small(
    longer, aspect, share, upright
):
    size = (longer, max(1, round(longer * aspect)))
    size = size if upright else size[::-1]
    free = int(estimate(*size) * share)
    named = named_size(size, free)
    assume(named is not None)
    assert named % 16 == 0
    assert named < longer

    def fitted(side):
        return tuple(max(1, round(each * side / longer)) for each in size)

    check_memory(fitted(named), shallow(**LAYERS), "vgg16", FP32, free)
    with pytest.raises(MemoryEstimateError):
        check_memory(fitted(named + 48), shallow(**LAYERS), "vgg16", FP32, free)


def test_a_refusal_of_a_picture_cut_to_shape_names_a_shape():
    # --size says nothing there.
    options = shallow(**LAYERS, crop_fit=(4000, 3000))
    with pytest.raises(MemoryEstimateError) as caught:
        check_memory((3000, 4000), options, "vgg16", FP32, 4 * GB)
    width, height = map(
        int, re.search(r": --crop-fit (\d+) (\d+) would fit", str(caught.value)).groups()
    )
    assert height / width == pytest.approx(0.75, abs=0.01)
    check_memory((height, width), options, "vgg16", FP32, 4 * GB)


@pytest.mark.parametrize("free", [0, GB // 10, 450_000_000])
def test_where_nothing_fits_no_size_is_named(free):
    with pytest.raises(MemoryEstimateError, match="close other programs"):
        check_memory((512, 512), shallow(**LAYERS), "vgg16", FP32, free)
