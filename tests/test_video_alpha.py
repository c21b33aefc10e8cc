"""Transparency of films: kept where the output can hold it, else told."""

import numpy as np
import pytest
from PIL import Image

from cli_pictures import impasto
from film_clips import frames_of, moving_square, write_film
from impasto.film import Reading, open_film
from impasto.film.codecs import WITH_ALPHA, codec_for, holds_alpha
from impasto.film.damage import ON_WHITE
from impasto.image import read_picture
from trained_models import write_assets


@pytest.fixture(autouse=True)
def assets(tmp_path, monkeypatch):
    monkeypatch.setattr("impasto.networks.bundled.ASSETS", write_assets(tmp_path / "assets"))


def seen_through(frames=4):
    """A moving square that is all there is to see, (H, W, 4)."""
    pictures = []
    for number, each in enumerate(moving_square(frames)):
        alpha = np.zeros(each.shape[:2], np.uint8)
        alpha[12:36, 8 + number : 40 + number] = 255
        alpha[:8, :8] = 128
        pictures.append(np.dstack([each, alpha]))
    return pictures


def write_folder(path):
    path.mkdir()
    for number, each in enumerate(seen_through()):
        Image.fromarray(each).save(path / f"{number}.png")


def write_animation(path):
    first, *others = map(Image.fromarray, seen_through())
    first.save(path, save_all=True, append_images=others, duration=80, disposal=2, lossless=True)


def write_vp9(path):
    write_film(path, seen_through(), codec="libvpx-vp9", pixels="yuva420p")


def write_prores(path):
    write_film(
        path, seen_through(), codec="prores_ks", pixels="yuva444p10le", options={"profile": "4"}
    )


SOURCES = {
    "folder": write_folder,
    "a.gif": write_animation,
    "a.webp": write_animation,
    "a.png": write_animation,
    "a.webm": write_vp9,
    "a.mov": write_prores,
}


@pytest.mark.parametrize("name", SOURCES)
def test_transparency_is_read_from_any_film_that_has_it(name, tmp_path):
    SOURCES[name](tmp_path / name)
    reader = open_film(tmp_path / name, Reading(alpha=True))
    frames = list(reader.frames())
    assert (reader.film.alpha, len(frames), reader.repairs) == (True, 4, ())
    for frame, expected in zip(frames, seen_through(), strict=True):
        assert frame.alpha.shape == frame.pixels.shape[:2]
        off = np.abs(frame.alpha.astype(int) - expected[..., 3])
        assert off[expected[..., 3] != 128].max() < 9  # a GIF's pixels are seen or not
    plain = open_film(tmp_path / name)
    frame = next(plain.frames())
    assert frame.alpha is None
    assert frame.pixels[40:].min() > 250
    assert plain.repairs == (ON_WHITE,)


@pytest.mark.parametrize(
    ("output", "codec"),
    [("out", ""), ("b.mov", "prores"), ("b.mkv", "lossless"), ("b.mkv", "vp9"), ("b.webm", "")],
)
def test_transparency_is_kept_where_the_output_can_hold_it(output, codec, tmp_path):
    write_folder(tmp_path / "in")
    given = ["--codec", codec] if codec else []
    outcome = impasto("video", "in", "--model", "the-scream", "-o", output, *given, at=tmp_path)
    assert outcome.code == 0
    assert ON_WHITE not in outcome.err
    frames = list(open_film(tmp_path / output, Reading(alpha=True)).frames())
    assert len(frames) == 4
    for frame, expected in zip(frames, seen_through(), strict=True):
        assert np.abs(frame.alpha.astype(int) - expected[..., 3]).mean() < 4


@pytest.mark.parametrize("output", ["b.mp4", "b.gif", "b/%d.jpg"])
def test_where_it_cannot_be_kept_one_line_says_so(output, tmp_path):
    write_folder(tmp_path / "in")
    outcome = impasto("video", "in", "--model", "the-scream", "-o", output, at=tmp_path)
    assert outcome.code == 0
    assert outcome.err.count(f"in: {ON_WHITE}\n") == 1


def test_a_format_that_could_but_does_not_is_opaque(tmp_path):
    """Decoders of GIF always give alpha; pictures of an opaque one have none."""
    first, *others = map(Image.fromarray, moving_square(3))
    first.save(tmp_path / "a.gif", save_all=True, append_images=others, duration=40)
    outcome = impasto("video", "a.gif", "--model", "the-scream", "-o", "out", at=tmp_path)
    assert read_picture(tmp_path / "out" / "frame-00001.png").alpha is None
    outcome = impasto("video", "a.gif", "--model", "the-scream", "-o", "b.mp4", at=tmp_path)
    assert ON_WHITE not in outcome.err
    assert len(frames_of(tmp_path / "b.mp4")) == 3


def test_outputs_that_hold_transparency(tmp_path):
    holding = {"a.webm": True, "a.mp4": False, "a.gif": False, "out": True, "%d.png": True}
    found = {name: holds_alpha(tmp_path / name, codec_for(tmp_path / name)) for name in holding}
    assert found == holding
    assert not holds_alpha(tmp_path / "%d.jpg", "lossless")
    assert {"prores", "vp9", "lossless"} == set(WITH_ALPHA)


def test_an_animated_webp_is_a_film_of_its_own_times(tmp_path):
    first, *others = map(Image.fromarray, moving_square(5))
    durations = [40, 100, 60, 200, 40]
    first.save(
        tmp_path / "a.webp", save_all=True, append_images=others, duration=durations, lossless=True
    )
    reader = open_film(tmp_path / "a.webp")
    frames = list(reader.frames())
    assert [each.times for each in frames] == [(0,), (40,), (140,), (200,), (400,)]
    assert (reader.film.width, reader.film.height, reader.film.frames) == (64, 48, 5)
    assert all((a.pixels == b).all() for a, b in zip(frames, moving_square(5), strict=True))
    rest = list(reader.frames(frames[2].place))
    assert [each.times for each in rest] == [(200,), (400,)]
