"""The Gram matrix with its backward pass by hand, against its definition."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from torch.autograd import gradcheck

from impasto.nn import style
from impasto.nn.style import gram_matrix


def random_maps(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def gram_by_definition(features):
    """The mean over positions of F_i F_j, in loops."""
    batch, channels, height, width = features.shape
    gram = np.zeros((batch, channels, channels))
    for b, i, j in np.ndindex(gram.shape):
        for y, x in np.ndindex(height, width):
            gram[b, i, j] += float(features[b, i, y, x]) * float(features[b, j, y, x])
    return gram / (height * width)


@pytest.mark.parametrize("order", [torch.contiguous_format, torch.channels_last])
def test_gram_matrix_is_its_definition_in_both_memory_orders(order):
    features = random_maps(2, 3, 4, 5).contiguous(memory_format=order)
    assert_allclose(gram_matrix(features), gram_by_definition(features), rtol=1e-12)


def test_gram_matrix_worked_by_hand():
    features = torch.tensor([[[[1.0, 2.0]], [[3.0, -1.0]]]])
    assert gram_matrix(features).tolist() == [[[2.5, 0.5], [0.5, 5.0]]]


@pytest.mark.parametrize("order", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("shape", [(1, 3, 4, 2), (2, 2, 1, 3)])
def test_gradient_of_gram_matrix(shape, order):
    features = random_maps(*shape).contiguous(memory_format=order).requires_grad_(True)
    # Gradcheck asks for the gradient of each entry alone, so the incoming one is not symmetric.
    assert gradcheck(gram_matrix, features)


def test_gradient_of_gram_matrix_is_that_of_plain_autograd():
    features = random_maps(2, 4, 3, 5, dtype=torch.float32).requires_grad_(True)
    wanted = random_maps(2, 4, 4, seed=1, dtype=torch.float32)
    flat = features.flatten(2)
    plain = flat @ flat.mT / flat.shape[-1]
    (expected,) = torch.autograd.grad((plain * wanted).sum(), features)
    (got,) = torch.autograd.grad((gram_matrix(features) * wanted).sum(), features)
    assert got.shape == features.shape
    torch.testing.assert_close(got, expected)


def test_half_precision_is_correlated_in_float32():
    # More positions than one piece holds; a sum in bfloat16 would stop growing at 256.
    features = (random_maps(1, 8, 90, 70).abs() + 1).to(torch.bfloat16)
    gram = gram_matrix(features)
    assert gram.dtype == torch.float32
    exact = features.double().flatten(2)
    torch.testing.assert_close(gram.double(), exact @ exact.mT / 6300, rtol=1e-5, atol=0.0)


def test_gradient_of_half_precision_comes_back_in_it_and_is_close():
    exact = random_maps(1, 6, 8, 8).to(torch.bfloat16).double().requires_grad_(True)
    half = exact.detach().to(torch.bfloat16).requires_grad_(True)
    for features in (exact, half):
        gram_matrix(features).square().sum().backward()
    assert half.grad.dtype == torch.bfloat16
    error = (half.grad.double() - exact.grad).norm() / exact.grad.norm()
    assert error < 0.01


def test_pieces_do_not_change_the_sum(monkeypatch):
    features = random_maps(1, 3, 5, 7)
    whole = gram_matrix(features)
    monkeypatch.setattr(style, "_PIECE", 4)
    torch.testing.assert_close(gram_matrix(features), whole)


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1), height=st.integers(1, 6), width=st.integers(1, 6))
def test_gram_matrix_forgets_places(seed, height, width):
    features = random_maps(1, 3, height, width, seed=seed)
    order = torch.randperm(height * width, generator=torch.Generator().manual_seed(seed))
    moved = features.flatten(2)[..., order].view_as(features)
    torch.testing.assert_close(gram_matrix(moved), gram_matrix(features))


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1), down=st.integers(1, 4), across=st.integers(1, 4))
def test_gram_matrix_does_not_depend_on_the_size_of_the_style(seed, down, across):
    features = random_maps(1, 3, 3, 2, seed=seed)
    tiled = features.repeat(1, 1, down, across)
    torch.testing.assert_close(gram_matrix(tiled), gram_matrix(features))


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1))
def test_gram_matrix_is_symmetric_and_has_no_negative_direction(seed):
    gram = gram_matrix(random_maps(1, 5, 2, 2, seed=seed))[0]
    torch.testing.assert_close(gram, gram.mT)
    assert float(torch.linalg.eigvalsh(gram)[0]) > -1e-12
