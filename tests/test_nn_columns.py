"""Columns of features replaced by the nearest of another picture."""

import hypothesis.strategies as st
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings

from impasto.nn.columns import (
    aligned,
    allotted,
    centered_directions,
    column_cosine,
    columns,
    gathered,
    nearest,
)
from impasto.nn.resize import from_bands, laplacian_bands, size_of


def brute_force(rows, pool):
    """Index of the candidate of least centered cosine distance, a pair at a time, in float64."""
    rows, pool = rows.double(), pool.double()
    rows, pool = rows - rows.mean(0), pool - pool.mean(0)
    distances = [
        [1 - float(row @ other) / float(row.norm() * other.norm()) for other in pool]
        for row in rows
    ]
    return [min(range(len(pool)), key=line.__getitem__) for line in distances], distances


@settings(max_examples=25)
@given(st.integers(2, 9), st.integers(2, 9), st.integers(2, 7), st.integers(0, 10**6))
def test_it_is_the_brute_force_neighbor(places, candidates, features, seed):
    generator = torch.Generator().manual_seed(seed)
    rows = torch.rand(places, features, generator=generator, dtype=torch.float64)
    pool = torch.rand(candidates, features, generator=generator, dtype=torch.float64) * 3 + 1
    index, cosine = nearest(rows, pool)
    expected, distances = brute_force(rows, pool)
    least = [line[best] for line, best in zip(distances, expected, strict=True)]
    assert [line[own] for line, own in zip(distances, index.tolist(), strict=True)] == (
        pytest.approx(least)
    )
    assert (1 - cosine).tolist() == pytest.approx(least)


@pytest.mark.parametrize("block", [1, 7, 40, 10_000])
def test_in_blocks_it_is_the_whole(block):
    generator = torch.Generator().manual_seed(1)
    rows = torch.randn(53, 11, generator=generator, dtype=torch.float64)
    pool = torch.randn(20, 11, generator=generator, dtype=torch.float64)
    whole, cosines = nearest(rows, pool, block=53 * 20)
    index, own = nearest(rows, pool, block=block)
    assert torch.equal(index, whole)
    torch.testing.assert_close(own, cosines, rtol=0, atol=1e-12)


def test_shift_and_scale_of_either_picture_do_not_matter():
    generator = torch.Generator().manual_seed(2)
    rows = torch.randn(30, 6, generator=generator, dtype=torch.float64)
    pool = torch.randn(25, 6, generator=generator, dtype=torch.float64)
    index, _ = nearest(rows, pool)
    assert torch.equal(nearest(rows * 3 + 5, pool * 0.2 - 1)[0], index)


def test_a_picture_is_its_own_neighbor():
    rows = torch.randn(40, 8, generator=torch.Generator().manual_seed(3))
    index, cosine = nearest(rows, rows)
    assert index.tolist() == list(range(40))
    torch.testing.assert_close(cosine, torch.ones(40))


def test_flat_rows_have_a_neighbor_and_no_nan():
    index, cosine = nearest(torch.full((5, 4), 0.3), torch.rand(3, 4))
    assert set(index.tolist()) <= {0, 1, 2}
    assert cosine.isfinite().all()
    assert centered_directions(torch.full((5, 4), 0.25)).abs().max() == 0


def test_half_precision_is_compared_in_float32():
    rows = torch.rand(64, 32, generator=torch.Generator().manual_seed(4)).bfloat16()
    index, cosine = nearest(rows, rows)
    assert cosine.dtype == torch.float32
    assert index.tolist() == list(range(64))


def test_gathered_directions_are_those_of_the_pool():
    pools = [torch.tensor([[2.0, 0.0], [0.0, 5.0]]), torch.tensor([[-3.0, 0.0]])]
    indices = [torch.tensor([1, 0, 1]), torch.tensor([0, 0, 0])]
    shares = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    expected = torch.tensor([[0.0, 1.0], [-1.0, 0.0], [0.0, 0.0]])
    assert torch.equal(gathered(pools, indices, shares), expected)


def test_shared_places_mix_directions_not_lengths():
    pools = [torch.tensor([[100.0, 0.0]]), torch.tensor([[0.0, 0.1]])]
    indices = [torch.tensor([0]), torch.tensor([0])]
    mixed = gathered(pools, indices, torch.tensor([[0.5], [0.5]]))
    torch.testing.assert_close(mixed, torch.full((1, 2), 0.5**0.5))


@pytest.mark.parametrize("weights", [(), (0.7, 0.3), (0.2, 0.5, 0.3), (4.0, 1.0, 1.0, 2.0)])
def test_each_style_gets_its_part(weights):
    count = len(weights) or 2
    cosines = torch.rand(count, 4000, generator=torch.Generator().manual_seed(5))
    cosines[0] += 0.4  # as of a style that fits better everywhere
    shares = allotted(cosines, weights)
    wanted = torch.tensor(weights or (1.0, 1.0))
    assert (shares.sum(0) == 1).all()
    torch.testing.assert_close(shares.mean(1), wanted / wanted.sum(), rtol=0, atol=0.01)


def test_of_two_styles_each_gets_the_places_where_it_leads():
    lead = torch.rand(1001, generator=torch.Generator().manual_seed(6))
    shares = allotted(torch.stack([lead, torch.zeros(1001)]), (0.25, 0.75))
    threshold = lead.quantile(0.75)
    far = (lead - threshold).abs() > 0.01
    assert torch.equal(shares[0][far] == 1, (lead > threshold)[far])


def test_a_style_of_no_weight_gets_nothing():
    shares = allotted(torch.rand(3, 50), (1.0, 0.0, 1.0))
    assert shares[1].sum() == 0
    assert (shares.sum(0) == 1).all()


def test_one_style_gets_everything():
    assert torch.equal(allotted(torch.rand(1, 9)), torch.ones(1, 9))


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
