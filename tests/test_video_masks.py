"""Films in which masks say where styles go, and what stays as it was filmed."""

import numpy as np
import pytest
from PIL import Image

from cli_pictures import impasto
from film_clips import frames_of, write_film
from impasto.film import Frame, Place
from impasto.film.frame_style import frame_style_of
from impasto.film.scenes import with_motion
from impasto.options.video import StyleRequest, VideoOptions
from trained_models import write_model

WIDTH, HEIGHT = 96, 72
PLACES = [np.hypot(*(np.mgrid[:HEIGHT, :WIDTH] - [[[36]], [[30 + 2 * n]]])) < 16 for n in range(5)]


def disc_over_gray():
    """A red disc that moves to the right over a gray that has some grain to hold on to."""
    grain = np.random.default_rng(0).integers(-6, 7, (HEIGHT, WIDTH, 1))
    pictures = []
    for inside in PLACES:
        picture = np.broadcast_to(150 + grain, (HEIGHT, WIDTH, 3)).astype(np.uint8)
        picture[inside] = (220, 30, 20)
        pictures.append(picture)
    return pictures


def as_frames(pictures):
    return (Frame(each, (n,), Place(n + 1, n)) for n, each in enumerate(pictures))


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return str(write_model(tmp_path_factory.mktemp("model")))


def painter_of(model, styles="the-scream", temporal=0.7, **masks):
    options = VideoOptions(style_weights=styles, temporal=temporal)
    return frame_style_of(StyleRequest(options, model, threads=1, **masks)).painter(24.0)


def painted(painter, pictures):
    return [painter.paint(each).astype(int) for each in with_motion(as_frames(pictures))]


def test_the_subject_stays_as_it_was_filmed_while_it_moves(model):
    pictures = disc_over_gray()
    found = painted(painter_of(model, content_mask="subject"), pictures)
    for picture, original, inside in zip(found, pictures, PLACES, strict=True):
        changed = np.abs(picture - original).max(-1)
        assert np.median(changed[inside]) <= 2
        assert np.median(changed[~inside]) > 8


def test_each_style_goes_where_its_mask_is(model, tmp_path):
    left = np.zeros((HEIGHT, WIDTH), np.uint8)
    left[:, : WIDTH // 2] = 255
    for name, levels in (("left.png", left), ("right.png", 255 - left)):
        Image.fromarray(levels).save(tmp_path / name)
    masks = (tmp_path / "left.png", tmp_path / "right.png")
    pictures = disc_over_gray()[:2]
    found = painted(painter_of(model, "the-scream,great-wave", masks=masks), pictures)
    for name, side in (("the-scream", np.s_[:, :44]), ("great-wave", np.s_[:, 52:])):
        alone = painted(painter_of(model, name), pictures)
        for picture, expected in zip(found, alone, strict=True):
            np.testing.assert_allclose(picture[side], expected[side], atol=1)


def test_a_mask_holds_still_where_the_network_wavers(model, monkeypatch):
    wavering = iter([(1.0, 0.9), (0.0, 0.9), (1.0, 0.9), (0.0, 0.1), (1.0, 0.9)])

    def found(picture):
        level, sure = next(wavering)
        return np.full((picture.height, picture.width), level, np.float32), sure

    monkeypatch.setattr("impasto.film.masked.found_subject", found)
    painter, still = painter_of(model, content_mask="subject"), disc_over_gray()[0]
    levels = []
    for each in with_motion(as_frames([still] * 5)):
        painter.paint(each)
        levels.append(float(np.median(painter.state()["subject"])))
    assert levels == pytest.approx([1, 0.7, 0.79, 0.79, 0.853], abs=0.02)


def test_it_goes_on_from_its_state(model):
    pictures = disc_over_gray()
    masks = {"styles": "the-scream,great-wave", "masks": ("subject", "background")}
    moved = list(with_motion(as_frames(pictures)))
    whole, begun, going_on = (painter_of(model, **masks) for _ in range(3))
    expected = [whole.paint(each) for each in moved]
    for each in moved[:3]:
        begun.paint(each)
    going_on.restore(begun.state())
    np.testing.assert_array_equal(going_on.paint(moved[3]), expected[3])


def test_the_command_takes_masks(model, tmp_path):
    write_film(tmp_path / "f.mp4", disc_over_gray())
    given = ("video", "f.mp4", "--model", model, "--style-weights", "the-scream", "-o", "o.mkv",
             "--codec", "lossless", "--threads", 1, "--json")  # fmt: skip
    assert impasto(*given, "--content-mask", "subject", at=tmp_path).code == 0
    changed = np.abs(frames_of(tmp_path / "o.mkv")[0][1].astype(int) - disc_over_gray()[0]).max(-1)
    assert np.median(changed[PLACES[0]]) < np.median(changed[~PLACES[0]]) / 2
    again = impasto(*given, "--content-mask", "subject", at=tmp_path).results
    assert again[0]["status"] == "skipped"
    other = impasto(*given, "--content-mask", "background", at=tmp_path).complaint
    assert "other values of content_mask" in other
    mistake = impasto(*given, "--masks", "subject", "background", "--overwrite", at=tmp_path)
    assert mistake.complaint.startswith("--masks: expected one, as there is one style, got 2")
    missing = impasto(*given, "--masks", "none.png", "--overwrite", at=tmp_path)
    assert missing.complaint.startswith("none.png: ")
