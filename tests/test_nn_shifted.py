"""Correlations of feature maps with themselves some places on, against their definition."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch.autograd import gradcheck

from impasto.nn.style import gram_matrix, shifted_gram_matrices


def random_maps(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


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
