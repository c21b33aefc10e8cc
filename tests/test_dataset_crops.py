"""The stream of crops: what it depends on, what it covers, what it does about broken pictures."""

import pickle
from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from PIL import Image
from torch.utils.data import DataLoader

from dataset_files import Grays, flat_folder, write_noise
from impasto.dataset.crops import Crops, centered, chances, collate, epoch_order
from impasto.dataset.pictures import open_pictures
from impasto.errors import OptionError, PictureError


class One:
    """A single picture given as an array; remembers what was asked for."""

    def __init__(self, pixels):
        self.pixels = np.asarray(pixels, np.uint8)
        self.asked = []

    def __len__(self):
        return 1

    def name(self, index):
        return "one"

    def label(self, index):
        return 5

    def read(self, index, at_least=0):
        self.asked.append(at_least)
        return self.pixels


def ramp(height, width):
    """Red tells the column and green the row, one level a pixel."""
    y, x = np.mgrid[:height, :width]
    return np.stack([x, y, 0 * x], axis=-1)


def levels(crops, positions):
    """Which of Grays each position shows."""
    return [int(crops[position].image[0, 0, 0]) for position in positions]


def test_the_order_is_the_same_for_ever():
    """Written down once: another NumPy must not change it, or no training could be resumed."""
    assert epoch_order(0, 0, 8).tolist() == [6, 3, 1, 4, 5, 2, 7, 0]
    assert epoch_order(0, 1, 8).tolist() == [1, 2, 7, 4, 6, 3, 0, 5]
    assert epoch_order(1, 0, 8).tolist() == [4, 6, 1, 3, 2, 0, 5, 7]
    expected = [0.26314524, 0.20496281, 0.82340404, 0.29468141]
    assert_allclose(chances(0, 0, 4), expected, atol=1e-8)


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**40), st.integers(1, 50))
def test_every_epoch_is_a_permutation(seed, epoch, count):
    assert sorted(epoch_order(seed, epoch, count)) == list(range(count))
    shares = chances(seed, epoch, 3)
    assert ((shares >= 0) & (shares < 1)).all()


def test_seeds_epochs_and_positions_have_chances_of_their_own():
    seen = {
        tuple(chances(seed, position, 2))
        for seed in (0, 1, 2**32, 2**33)
        for position in (0, 1, 2**32, 2**33)
    }
    assert len(seen) == 16


def test_chances_are_evenly_spread():
    shares = np.stack([chances(3, position, 4) for position in range(2000)])
    counts, _edges = np.histogram(shares, bins=10, range=(0, 1))
    assert_allclose(counts, 800, atol=130)  # nearly five standard deviations
    assert_allclose(np.corrcoef(shares.T), np.eye(4), atol=0.1)


def test_an_epoch_shows_every_picture_once():
    crops = Crops(Grays(20), 4, seed=0)
    assert len(crops) == 20
    first, second = levels(crops, range(20)), levels(crops, range(20, 40))
    assert sorted(first) == sorted(second) == list(range(20))
    assert first != second
    assert first != sorted(first)
    assert levels(Crops(Grays(20), 4, seed=1), range(20)) != first


def test_a_crop_depends_on_seed_and_position_only(tmp_path):
    for number in range(5):
        write_noise(tmp_path / f"{number}.jpg", 60 + number, 80, seed=number)
    pictures = open_pictures(tmp_path)
    straight = [crop.image for crop in map(Crops(pictures, 24, 7).__getitem__, range(17))]
    backwards = pickle.loads(pickle.dumps(Crops(pictures, 24, 7)))
    for position in reversed(range(17)):
        assert torch.equal(backwards[position].image, straight[position])
    other = Crops(pictures, 24, 8)
    assert not any(torch.equal(other[at].image, straight[at]) for at in range(17))


def test_the_same_picture_is_cropped_anew_each_time():
    crops = Crops(One(ramp(100, 140)), 32, 0)
    images = {crops[position].image.numpy().tobytes() for position in range(50)}
    assert len(images) == 50


def test_a_crop_is_a_uint8_tensor_with_its_label():
    crop = Crops(One(ramp(30, 40)), 16, 0)[3]
    assert crop.image.shape == (3, 16, 16)
    assert crop.image.dtype == torch.uint8
    assert crop.image.is_contiguous()
    assert (crop.label, crop.skipped) == (5, ())


def test_without_zoom_the_shorter_side_is_seen_whole():
    crops = Crops(One(ramp(60, 200)), 60, 0, flip=False, zoom=(1, 1))
    lefts = set()
    for position in range(40):
        red, green, _blue = crops[position].image.numpy().astype(int)
        assert_allclose(green, np.arange(60)[:, None].repeat(60, 1), atol=1)
        assert_allclose(np.diff(red), 1, atol=1)
        lefts.add(red[0, 0])
    assert min(lefts) < 30
    assert max(lefts) > 110


def test_zoom_stays_within_its_bounds_and_reaches_them():
    crops = Crops(One(ramp(200, 200)), 50, 0, flip=False, zoom=(1.0, 2.0))
    spans = []
    for position in range(60):
        green = crops[position].image[1].numpy().astype(float)
        spans.append((green[-1, 25] - green[0, 25]) / 49 * 50)
    assert min(spans) > 200 / 2.0 - 3
    assert max(spans) < 200 + 3
    assert min(spans) < 110
    assert max(spans) > 180


def test_as_many_pixels_are_asked_for_as_the_zoom_needs():
    picture = One(ramp(300, 300))
    crops = Crops(picture, 100, 0, zoom=(1.5, 1.5))
    crops[0]
    assert picture.asked == [150]
    Crops(picture, 100, 0, zoom=(1, 1))[0]
    assert picture.asked == [150, 100]


def test_half_of_the_crops_are_mirrored():
    crops = Crops(One(ramp(40, 40)), 20, 0)
    mirrored = [bool(crops[at].image[0, 0, 0] > crops[at].image[0, 0, -1]) for at in range(200)]
    assert 70 < sum(mirrored) < 130
    plain = Crops(One(ramp(40, 40)), 20, 0, flip=False)
    assert not any(plain[at].image[0, 0, 0] > plain[at].image[0, 0, -1] for at in range(50))
    for at in range(20):
        expected = plain[at].image.flip(-1) if mirrored[at] else plain[at].image
        assert torch.equal(crops[at].image, expected)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 2), (5, 400), (16, 16)])
def test_small_pictures_are_enlarged(height, width):
    crops = Crops(One(np.full((height, width, 3), 77)), 48, 0)
    for position in range(5):
        assert torch.equal(crops[position].image, torch.full((3, 48, 48), 77, dtype=torch.uint8))


def test_nothing_aliases():
    """The finest checks become an even gray; picking pixels would leave black and white."""
    y, x = np.mgrid[:512, :512]
    checks = ((x + y) % 2 * 255)[..., None].repeat(3, axis=2)
    crops = Crops(One(checks), 64, 0)
    for position in range(5):
        assert_allclose(crops[position].image.numpy(), 128, atol=6)


def test_the_share_of_processes_is_the_whole():
    crops = Crops(Grays(10), 4, 0)
    whole = [crops[at].image for at in range(40)]
    for processes in (2, 3):
        for rank in range(processes):
            mine = Crops(Grays(10), 4, 0)
            for at in range(rank, 40, processes):
                assert torch.equal(mine[at].image, whole[at])


@pytest.mark.slow
def test_workers_give_the_same_and_tell_what_broke(tmp_path):
    folder = flat_folder(tmp_path, 6)
    (folder / "002.png").write_bytes(b"a letter")
    crops = Crops(open_pictures(folder), 8, 0)
    batches = [list(range(start, start + 3)) for start in range(3, 15, 3)]
    loader = DataLoader(
        crops,
        batch_sampler=batches,
        collate_fn=collate,
        num_workers=1,  # torch warns of more than there are cores
        multiprocessing_context="spawn",
    )
    told = Counter()
    for positions, batch in zip(batches, loader, strict=True):
        alone = collate([crops[position] for position in positions])
        assert torch.equal(batch.images, alone.images)
        assert torch.equal(batch.labels, alone.labels)
        assert batch.skipped == alone.skipped
        told.update(batch.skipped)
    [(name, reason)] = told
    assert name == "002.png"
    assert reason.startswith("is damaged or no picture")


def test_a_broken_picture_is_replaced_by_the_next_of_the_order():
    order = epoch_order(0, 0, 8).tolist()
    first, second, third = order[:3]
    crops = Crops(Grays(8, broken=[first, second]), 4, 0)
    assert levels(crops, range(3)) == [third] * 3
    gone = [(f"gray{each}", "is cut off") for each in (first, second)]
    assert crops[0].skipped == tuple(gone)
    assert crops[1].skipped == tuple(gone[1:])
    assert crops[2].skipped == ()
    assert crops[0].label == third % 3


def test_the_last_of_an_epoch_is_replaced_by_its_first():
    order = epoch_order(0, 0, 5).tolist()
    assert levels(Crops(Grays(5, broken=[order[-1]]), 4, 0), [4]) == [order[0]]


def test_nothing_readable_at_all():
    expected = r"none of 5 pictures can be read: gray\d: is cut off; gray\d: .*; and 2 more"
    with pytest.raises(PictureError, match=expected):
        Crops(Grays(5, broken=range(5)), 4, 0)[0]
    with pytest.raises(PictureError, match=r"none of 2 pictures can be read: [^;]*; [^;]*$"):
        centered(Grays(2, broken=range(2)), 4, 2)


def test_a_batch():
    crops = Crops(Grays(8, broken=[1, 2]), 4, 0)
    items = [crops[position] for position in range(8)]
    batch = collate(items)
    assert batch.images.shape == (8, 3, 4, 4)
    assert batch.images.dtype == torch.uint8
    assert batch.labels.dtype == torch.int64
    assert batch.labels.tolist() == [item.label for item in items]
    assert sorted(set(batch.skipped)) == [("gray1", "is cut off"), ("gray2", "is cut off")]


def shown(crops):
    return [int(crop.image[0, 0, 0]) for crop in crops]


def test_validation_is_spread_over_all_pictures():
    assert shown(centered(Grays(100), 4, 5)) == [0, 20, 40, 60, 80]
    assert shown(centered(Grays(5), 4, 3)) == [0, 1, 3]
    assert shown(centered(Grays(3), 4, 10)) == [0, 1, 2]
    assert [crop.label for crop in centered(Grays(7), 4, 7)] == [0, 1, 2, 0, 1, 2, 0]


def test_validation_takes_no_picture_twice():
    crops = centered(Grays(6, broken=[0, 2]), 4, 6)
    assert shown(crops) == [1, 3, 4, 5]
    assert [name for crop in crops for name, _reason in crop.skipped] == ["gray0", "gray2"]


def test_validation_shows_the_middle():
    pixels = ramp(100, 160)
    [crop] = centered(One(pixels), 50, 1)
    expected = Image.fromarray(pixels[:, 30:130].astype(np.uint8)).resize((50, 50))
    shown = crop.image.numpy().transpose(1, 2, 0).astype(int)
    assert_allclose(shown, np.asarray(expected), atol=1)


@pytest.mark.parametrize(
    ("option", "given"),
    [
        ("size", {"size": 0}),
        ("seed", {"seed": -1}),
        ("zoom", {"zoom": (0.9, 1.0)}),
        ("zoom", {"zoom": (2.0, 1.0)}),
        ("zoom", {"zoom": (1.0, float("nan"))}),
    ],
)
def test_options_that_cannot_be(option, given):
    with pytest.raises(OptionError) as caught:
        Crops(**{"pictures": Grays(3), "size": 4, "seed": 0, **given})
    assert caught.value.option == option


def test_what_lies_outside_of_the_stream():
    with pytest.raises(IndexError):
        Crops(Grays(3), 4, 0)[-1]
    for count, size in ((0, 4), (1, 0)):
        with pytest.raises(OptionError):
            centered(Grays(3), size, count)
    assert Crops(Grays(3), 4, 0)[10**15].image.shape == (3, 4, 4)
