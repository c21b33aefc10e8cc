"""Maps kept as signs give the same gradients."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from impasto.nn.frozen import maps_of_signs, signs, signs_saved
from impasto.nn.vgg import VGG


@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    last=st.booleans(),
    dtype=st.sampled_from([torch.float32, torch.bfloat16, torch.float64]),
    seed=st.integers(0, 99),
)
def test_signs_are_those_of_the_maps(height, width, last, dtype, seed):
    maps = torch.randn(1, 16, height, width, generator=torch.Generator().manual_seed(seed))
    maps = (maps * (maps > -1)).to(dtype)
    maps = maps.contiguous(memory_format=torch.channels_last) if last else maps
    kept = signs(maps)
    back = maps_of_signs(kept)
    assert torch.equal(back, (maps > 0).to(dtype))
    assert back.stride() == maps.stride()
    assert kept.bits.numel() * 8 == maps.numel()


def test_signs_of_maps_longer_than_a_piece():
    maps = torch.randn(1, 8, 300, 301, generator=torch.Generator().manual_seed(1))
    assert torch.equal(maps_of_signs(signs(maps)), (maps > 0).float())


@pytest.mark.parametrize("pooling", ["average", "max"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
@pytest.mark.parametrize("size", [(32, 48), (19, 35)])
def test_gradients_are_the_same_to_the_bit(vgg16_weights, pooling, dtype, size):
    tensors, convention = vgg16_weights
    weights = {name: tensor.to(dtype) for name, tensor in tensors.items()}
    network = VGG("vgg16", weights, ["relu2_1", "relu4_1"], convention, pooling)
    image = torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(2))

    def gradient():
        leaf = image.clone().requires_grad_(True)
        maps = network(leaf)
        torch.autograd.backward(list(maps.values()), [each.detach() for each in maps.values()])
        return leaf.grad

    plain = gradient()
    with signs_saved():
        kept = gradient()
    assert torch.equal(kept, plain)
    assert plain.any()
