"""Columns of features and bands of detail, against their definitions."""

import hypothesis.strategies as st
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings

from impasto.nn.columns import aligned, column_cosine, columns
from impasto.nn.resize import from_bands, laplacian_bands, size_of

LAYERS = ("relu1_1", "relu2_2", "relu3_1", "relu4_3")


def maps_of(height, width, channels=(2, 3, 4, 5), seed=0):
    """Maps as a network with those channels would give them of an image of that size."""
    generator = torch.Generator().manual_seed(seed)
    maps = {}
    for name, count in zip(LAYERS, channels, strict=True):
        shape = 1, count, height, width
        maps[name] = torch.rand(shape, generator=generator, dtype=torch.float64)
        height, width = max(1, height // 2), max(1, width // 2)
    return maps


@pytest.mark.parametrize("size", [(16, 24), (17, 23), (4, 4), (3, 9), (1, 1)])
def test_all_layers_come_to_a_quarter_of_the_image(size):
    maps = aligned(maps_of(*size))
    assert {size_of(each) for each in maps} == {tuple(max(1, side // 4) for side in size)}
    assert [each.shape[1] for each in maps] == [2, 3, 4, 5]


def test_finer_maps_are_averaged_and_divided_by_their_channels():
    features = maps_of(16, 24)
    first, second, third, fourth = aligned(features)
    torch.testing.assert_close(first, F.avg_pool2d(features["relu1_1"], 4) / 2)
    torch.testing.assert_close(second, F.avg_pool2d(features["relu2_2"], 2) / 3)
    assert torch.equal(third, features["relu3_1"] / 4)
    enlarged = F.interpolate(features["relu4_3"], (4, 6), mode="bilinear") / 5
    torch.testing.assert_close(fourth, enlarged)


def test_a_column_holds_the_features_of_its_place():
    maps = aligned(maps_of(16, 24))
    rows = columns(maps)
    assert rows.shape == (4 * 6, 2 + 3 + 4 + 5)
    at_place = torch.cat([each[0, :, 2, 3] for each in maps])
    assert torch.equal(rows[2 * 6 + 3], at_place)


def cosine_by_definition(maps, targets):
    return F.cosine_similarity(columns(maps), targets, dim=1)


def test_the_cosine_is_that_of_the_columns():
    maps = aligned(maps_of(8, 12))
    targets = F.normalize(torch.rand(2 * 3, 14, dtype=torch.float64) - 0.3, dim=1)
    torch.testing.assert_close(column_cosine(maps, targets), cosine_by_definition(maps, targets))


def test_the_gradient_is_that_of_the_cosine():
    maps = [each.requires_grad_() for each in aligned(maps_of(8, 8, (1, 2, 1, 2)))]
    targets = F.normalize(torch.rand(4, 6, dtype=torch.float64), dim=1)
    assert torch.autograd.gradcheck(lambda *own: column_cosine(own, targets), maps)


def test_empty_columns_have_no_cosine_and_no_nan():
    maps = [torch.zeros(1, 3, 2, 2, requires_grad=True), torch.zeros(1, 2, 2, 2)]
    cosine = column_cosine(maps, F.normalize(torch.rand(4, 5), dim=1))
    cosine.sum().backward()
    assert torch.equal(cosine, torch.zeros(4))
    assert maps[0].grad.isfinite().all()


@settings(max_examples=30)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 9))
def test_bands_add_up_to_the_image(height, width, least):
    image = torch.rand(1, 3, height, width, dtype=torch.float64)
    bands = laplacian_bands(image, least)
    assert size_of(bands[0]) == (height, width)
    assert max(size_of(bands[-1])) < 2 * least
    torch.testing.assert_close(from_bands(bands), image)


def test_a_flat_image_has_no_detail():
    bands = laplacian_bands(torch.full((1, 3, 33, 20), 0.25))
    assert len(bands) == 4
    assert max(float(band.abs().max()) for band in bands[:-1]) < 1e-6
    torch.testing.assert_close(bands[-1], torch.full_like(bands[-1], 0.25))
