"""Channel statistics and adaptive instance normalization against their definitions."""

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from impasto.nn.style import VARIANCE_FLOOR, adaptive_instance_norm, channel_statistics


def maps(*shape, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=dtype) * 2 + 0.7


def test_statistics_by_definition():
    features = maps(2, 3, 4, 5)
    flat = features.flatten(2).numpy()
    expected = np.stack([flat.mean(-1), np.sqrt(flat.var(-1) + VARIANCE_FLOOR)], -1)
    assert_close(channel_statistics(features), torch.from_numpy(expected))


def test_half_precision_is_measured_in_float32():
    features = maps(1, 2, 64, 64, dtype=torch.float32) + 100
    got = channel_statistics(features.bfloat16())
    assert got.dtype == torch.float32
    assert_close(got, channel_statistics(features.bfloat16().float()))


def test_a_known_answer():
    features = torch.tensor([[[[1.0, 3.0]]]])  # mean 2, deviation 1
    style = torch.tensor([[[10.0, 5.0]]])
    assert_close(adaptive_instance_norm(features, style), torch.tensor([[[[5.0, 15.0]]]]),
                 rtol=1e-4, atol=0)  # fmt: skip


def test_the_result_has_the_statistics_of_the_style():
    style = channel_statistics(maps(2, 3, 6, 6, seed=1) * 3)
    got = channel_statistics(adaptive_instance_norm(maps(2, 3, 7, 5), style))
    assert_close(got, style, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0])
def test_alpha_mixes_features(alpha):
    features, style = maps(1, 3, 5, 4), channel_statistics(maps(1, 3, 6, 6, seed=1))
    mixed = (1 - alpha) * features + alpha * adaptive_instance_norm(features, style)
    assert_close(adaptive_instance_norm(features, style, alpha), mixed)


def test_blended_styles_blend_features():
    features = maps(1, 3, 5, 4)
    first, second = (channel_statistics(maps(1, 3, 6, 6, seed=seed)) for seed in (1, 2))
    separate = [adaptive_instance_norm(features, each) for each in (first, second)]
    blended = adaptive_instance_norm(features, 0.3 * first + 0.7 * second)
    assert_close(blended, 0.3 * separate[0] + 0.7 * separate[1])


def test_flat_maps_stay_finite():
    style = channel_statistics(maps(1, 2, 6, 6))
    got = adaptive_instance_norm(torch.full((1, 2, 4, 4), 0.5, dtype=torch.float64), style)
    assert_close(got, style[..., :1, None].expand(1, 2, 4, 4))


def test_gradients():
    features = maps(2, 2, 3, 4).requires_grad_()
    style = channel_statistics(maps(2, 2, 5, 5, seed=3)).requires_grad_()
    assert torch.autograd.gradcheck(channel_statistics, features)
    assert torch.autograd.gradcheck(lambda f, s: adaptive_instance_norm(f, s, 0.6),
                                    (features, style))  # fmt: skip
