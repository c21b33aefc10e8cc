"""Pictures from arrays, to tensors and back, and pictures of a folder."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal

from image_files import CORNERS, RED, corners
from impasto.errors import PictureError
from impasto.image import Picture, from_tensor, pictures_in, read_picture


@given(
    hnp.arrays(
        st.sampled_from([np.uint8, np.uint16]),
        st.tuples(st.integers(1, 6), st.integers(1, 6), st.sampled_from([1, 3])),
    )
)
@settings(max_examples=40, deadline=None)
def test_arrays(levels):
    picture = read_picture(levels)
    top = np.iinfo(levels.dtype).max
    expected = np.broadcast_to(levels, (*levels.shape[:2], 3))
    assert_array_equal(np.rint(picture.pixels * top), expected)
    assert picture.bits == 8 * levels.itemsize


def test_array_of_floats_and_of_truth():
    values = np.linspace(0, 1, 12).reshape(2, 2, 3)
    assert_allclose(read_picture(values).pixels, values, atol=1e-7)
    assert_array_equal(read_picture(np.array([[True, False]])).pixels[0, :, 0], [1, 0])


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((2, 2, 5)), r"expected an array of shape .* got \(2, 2, 5\)"),
        (np.zeros((0, 2, 3)), r"expected an array of shape .* got \(0, 2, 3\)"),
        (np.full((2, 2, 3), 255.0), "expected floats from 0 to 1, got values up to 255"),
        (np.full((2, 2), np.nan), "not finite"),
    ],
)
def test_arrays_that_are_no_pictures(array, message):
    with pytest.raises(PictureError, match=message):
        read_picture(array)


def test_slight_overshoot_is_clipped_and_logged(caplog):
    picture = read_picture(np.array([[-0.1, 0.5, 1.2]]))
    assert_allclose(picture.pixels[0, :, 0], [0, 0.5, 1])
    assert "clipped" in caplog.text


def test_a_picture_is_given_back():
    picture = read_picture(CORNERS)
    assert read_picture(picture) is picture


def test_tensor_and_back():
    picture = read_picture(CORNERS)
    image = picture.tensor()
    assert (image.shape, image.dtype) == ((1, 3, 16, 24), torch.float32)
    assert image.is_contiguous()
    assert image[0, :, 0, 0].tolist() == [1, 0, 0]
    assert_array_equal(from_tensor(image).pixels, picture.pixels)
    image.zero_()
    assert corners(picture)[0].tolist() == list(RED), "the tensor must be a copy"


def test_tensor_of_one_pixel_is_a_copy():
    picture = read_picture(np.ones((1, 1, 3), np.uint8))
    picture.tensor().zero_()
    assert picture.pixels.max() > 0


def test_from_tensor_keeps_what_rides_beside():
    alpha = np.tile(np.linspace(0, 1, 8, dtype=np.float32), (4, 1))
    pixels = np.full((4, 8, 3), 0.25, np.float32)
    like = Picture(pixels, alpha=alpha, exif=b"Exif\0\0", bits=16, manifest={"steps": 3})
    same = from_tensor(torch.full((1, 3, 4, 8), 2.0), like)
    assert same.alpha is alpha
    assert (same.exif, same.bits, same.manifest) == (like.exif, 16, None)
    assert same.pixels.max() == 1, "values above 1 are clipped"
    larger = from_tensor(torch.zeros(1, 3, 8, 16), like)
    assert larger.alpha.shape == (8, 16)
    assert np.all(np.diff(larger.alpha, axis=1) >= 0)
    assert_allclose(larger.alpha[:, [0, -1]], [[0, 1]] * 8, atol=1e-6)


@pytest.mark.parametrize("shape", [(2, 3, 4, 4), (1, 4, 4, 4), (4, 4)])
def test_from_tensor_of_another_shape(shape):
    with pytest.raises(PictureError, match=r"expected a \(1, 3, H, W\) tensor"):
        from_tensor(torch.zeros(shape))


def test_from_tensor_without_numbers():
    with pytest.raises(PictureError, match="not finite"):
        from_tensor(torch.full((1, 3, 2, 2), torch.nan))


@pytest.mark.parametrize(
    "fields",
    [
        {"pixels": np.zeros((2, 2, 3))},
        {"pixels": np.zeros((2, 2), np.float32)},
        {"pixels": np.zeros((2, 2, 3), np.float32), "alpha": np.zeros((3, 2), np.float32)},
        {"pixels": np.zeros((2, 2, 3), np.float32), "bits": 10},
    ],
)
def test_picture_of_wrong_arrays(fields):
    with pytest.raises(PictureError, match="expected"):
        Picture(**fields)


def test_pictures_in(tmp_path):
    for name in ("b.PNG", "a.jpg", "notes.txt", ".hidden.png", "sub/c.webp", ".git/d.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()
    assert [path.name for path in pictures_in(tmp_path)] == ["a.jpg", "b.PNG"]
    deeper = pictures_in(tmp_path, recursive=True)
    assert [path.name for path in deeper] == ["a.jpg", "b.PNG", "c.webp"]


def test_pictures_in_nothing(tmp_path):
    with pytest.raises(PictureError, match="holds no pictures"):
        pictures_in(tmp_path)
    with pytest.raises(PictureError, match="no such folder"):
        pictures_in(tmp_path / "nowhere")
    (tmp_path / "file").touch()
    with pytest.raises(PictureError, match="is not a folder"):
        pictures_in(tmp_path / "file")
