"""Scores of picture files and images."""

import numpy as np
import pytest
import torch
from PIL import Image

import impasto
from conftest import as_image, photograph_pixels, style_pixels
from impasto.errors import PictureError
from impasto.nn.metrics import CONTENT_LAYER, STYLE_LAYERS, distances
from impasto.nn.resize import resized
from impasto.nn.vgg import VGG
from impasto.scores import Scores, score, score_images


def save(path, pixels):
    Image.fromarray(np.rint(pixels * 255).astype(np.uint8)).save(path)
    return path


def test_scores_are_of_bundled_vgg16_with_max_pooling_in_float32(vgg16_weights, photograph, style):
    tensors, convention = vgg16_weights
    judge = VGG("vgg16", tensors, (*STYLE_LAYERS, CONTENT_LAYER), convention, "max")
    result = photograph.flip(-1)
    # The style is 56 x 50: its longer side is brought to that of the result, 64.
    fitted = resized(style, (64, 57)).clamp(0, 1)
    expected = distances(judge, result, photograph, fitted)
    assert score_images(photograph, style, result) == Scores(*expected)


def test_scores_of_files_arrays_and_pictures_are_the_same(tmp_path):
    photo, painting = photograph_pixels(40, 48), style_pixels(40, 40)
    files = [save(tmp_path / f"{n}.png", each) for n, each in enumerate((photo, painting, photo))]
    levels = [np.asarray(Image.open(each)) for each in files]
    pictures = [impasto.read_picture(each) for each in files]
    assert score(*files) == score(*levels) == score(*pictures)
    assert score(*files) == Scores(1.0, 0.0)


def test_content_and_style_are_brought_to_the_size_of_the_result():
    photo = as_image(photograph_pixels(80, 96))
    small = resized(photo, (40, 48)).clamp(0, 1)
    assert score_images(photo, as_image(style_pixels(30, 90)), small) == Scores(1.0, 0.0)


def test_scores_do_not_depend_on_imported_weights(isolated_home, photograph, style):
    before = score_images(photograph, style, photograph.flip(-1))
    folder = isolated_home / "weights"
    folder.mkdir(parents=True)
    (folder / "vgg16.safetensors").write_bytes(b"other weights")
    (folder / "vgg16.json").write_text(
        '{"name": "other", "network": "vgg16", "sha256": "", "source": "", "licence": ""}'
    )
    impasto.weights.canonical._whole.cache_clear()
    assert score_images(photograph, style, photograph.flip(-1)) == before


def test_a_swap_of_red_and_blue_on_the_way_into_a_file_is_found(tmp_path):
    photo, painting = photograph_pixels(40, 48), style_pixels(40, 48)
    mixed = photo * 0.4 + painting * 0.6
    right = score(photo, painting, save(tmp_path / "right.png", mixed))
    wrong = score(photo, painting, save(tmp_path / "wrong.png", mixed[..., ::-1]))
    assert wrong.style_distance > right.style_distance * 1.2


def test_a_file_that_is_no_picture_is_named(tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no picture")
    with pytest.raises(PictureError, match=r"broken\.png"):
        score(tmp_path / "broken.png", photograph_pixels(8, 8), photograph_pixels(8, 8))


def test_small_pictures_are_scored():
    photo, painting = torch.rand(1, 3, 1, 9), torch.rand(1, 3, 5, 2)
    scores = score_images(photo, painting, torch.rand(1, 3, 1, 9))
    assert np.isfinite([scores.style_distance, scores.content_distance]).all()
