"""Gram matrices, in place and shifted, and statistics of channels."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from torch.autograd import gradcheck

from impasto.nn import style
from impasto.nn.style import gram_matrix, shifted_gram_matrices


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


def shifted_gram_matrix(features, shift):
    (gram,) = shifted_gram_matrices(features, [shift])
    return gram


def by_definition(features, rows, columns):
    batch, channels, height, width = features.shape
    gram = np.zeros((batch, channels, channels))
    for b, i, j in np.ndindex(gram.shape):
        for y, x in np.ndindex(height - rows, width - columns):
            gram[b, i, j] += float(features[b, i, y, x] * features[b, j, y + rows, x + columns])
    return gram / ((height - rows) * (width - columns))


@pytest.mark.parametrize("shift", [(0, 1), (2, 0), (1, 2), (3, 1), (0, 4)])
def test_it_is_its_definition(shift):
    features = random_maps(2, 3, 4, 5)
    assert_allclose(
        shifted_gram_matrix(features, shift), by_definition(features, *shift), rtol=1e-12
    )


def test_worked_by_hand():
    features = torch.tensor([[[[1.0, 2.0, 4.0]], [[3.0, -1.0, 0.0]]]])
    # Pairs of neighbors: 1 2 and 2 4; 1 -1 and 2 0; 3 2 and -1 4; 3 -1 and -1 0; halved.
    assert shifted_gram_matrix(features, (0, 1)).tolist() == [[[5.0, -0.5], [1.0, -1.5]]]


def test_no_move_is_the_gram_matrix():
    features = random_maps(2, 4, 3, 5)
    torch.testing.assert_close(shifted_gram_matrix(features, (0, 0)), gram_matrix(features))


def test_it_tells_a_lattice_from_the_same_strokes_strewn():
    # The Gram matrix sees no difference: that is why it is here.
    lattice = torch.zeros(1, 1, 8, 8, dtype=torch.float64)
    lattice[..., ::2, ::2] = 1
    chance = torch.randperm(64, generator=torch.Generator().manual_seed(0))
    strewn = lattice.flatten()[chance].view_as(lattice)
    assert gram_matrix(lattice).tolist() == gram_matrix(strewn).tolist()
    assert float(shifted_gram_matrix(lattice, (0, 2))) == 0.25
    assert float(shifted_gram_matrix(strewn, (0, 2))) < 0.1


def test_of_a_map_smaller_than_the_move_the_last_place_is_taken():
    features = random_maps(1, 2, 1, 3)
    assert_allclose(shifted_gram_matrix(features, (2, 4)), by_definition(features, 0, 2))
    assert shifted_gram_matrix(features[..., :1], (2, 4)).isfinite().all()


def test_several_shifts_at_once_are_each_alone():
    features, shifts = random_maps(2, 3, 6, 5), [(0, 1), (2, 0), (1, 3)]
    together = shifted_gram_matrices(features, shifts)
    assert_allclose(together, torch.stack([shifted_gram_matrix(features, s) for s in shifts]))


@pytest.mark.parametrize("order", [torch.contiguous_format, torch.channels_last])
def test_gradient(order):
    features = random_maps(2, 2, 3, 4).contiguous(memory_format=order).requires_grad_(True)
    shifts = [(1, 2), (0, 1), (2, 0), (9, 9)]
    assert gradcheck(lambda maps: shifted_gram_matrices(maps, shifts), features)


def test_half_precision_is_summed_in_float32():
    # A sum in bfloat16 would stop growing at 256.
    got = shifted_gram_matrix(torch.ones(1, 1, 64, 64, dtype=torch.bfloat16), (1, 1))
    assert got.dtype == torch.float32
    assert got.item() == pytest.approx(1, rel=1e-2)
