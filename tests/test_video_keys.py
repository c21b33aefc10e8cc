"""Films that follow key frames."""

from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

import impasto
from cli_pictures import impasto as command
from film_clips import frames_of, moving_ground, moving_square, packets, scenes, write_film
from impasto.errors import ImpastoError
from impasto.film.charts import charts
from impasto.film.keyframes import Survey, spread
from trained_models import write_model

SIZE = (128, 96)
LOSSLESS = {"codec": "lossless"}
OF_PAINTING = {
    "temporal": 0.5, "strength": 0.5, "style_scale": 2.0, "style_weights": "the-scream",
    "keep_color": "luminance", "faces": 1.0, "steps": 5, "first_steps": 5, "tile": 512,
}  # fmt: skip


def inverted(picture):
    """A painting that is known of every frame."""
    return 255 - picture


def keys_of(folder, pictures, named):
    folder.mkdir()
    for name, place in named.items():
        Image.fromarray(inverted(pictures[place])).save(folder / name)
    return folder


def film_of(tmp_path, pictures, **options):
    return write_film(
        tmp_path / "f.mkv", pictures, codec="ffv1", pixels="bgr0", options={}, **options
    )


def off(found, pictures):
    """Mean difference of each frame from the painting that is known of it."""
    return [
        np.abs(a.astype(int) - inverted(b)).mean() for a, b in zip(found, pictures, strict=True)
    ]


@pytest.mark.parametrize("clip", [moving_ground, moving_square])
def test_frames_follow_the_key_frames_before_and_behind(clip, tmp_path):
    pictures = clip(13, SIZE)
    film = film_of(tmp_path, pictures, audio=1)
    keys = keys_of(tmp_path / "keys", pictures, {"frame-0002.png": 1, "0m0.5s.png": 12})
    impasto.video(film, tmp_path / "o.mkv", keyframes=str(keys), **LOSSLESS)
    found = [pixels for _, pixels in frames_of(tmp_path / "o.mkv")]
    differences = off(found, pictures)
    assert differences[1] == differences[12] == 0
    assert max(differences) < 4  # a still copy of the nearest key frame is off by 12 and more
    assert packets(tmp_path / "o.mkv") == packets(film)


def test_what_is_uncovered_is_made_of_what_looks_alike():
    stripes = np.zeros((96, 128, 3), np.uint8)
    stripes[:, :, 1] = np.where(np.arange(96) % 24 < 12, 40, 200)[:, None]
    before = stripes.copy()
    before[24:72, 40:88] = (250, 0, 250)  # hides what the next frame shows
    chart = list(charts([before, stripes], [False, False]))[1]
    ways, trust = chart.enlarged(128, 96)
    down, across = np.mgrid[:96, :128]
    rows, columns = (np.rint(ways[..., 1]) + down, np.rint(ways[..., 0]) + across)
    read = before[rows.clip(0, 95).astype(int), columns.clip(0, 127).astype(int)]
    assert (np.abs(read.astype(int) - stripes).max(-1) < 30)[24:72, 40:88].mean() > 0.75
    assert trust[48, 64] < 0.2 < 0.9 < trust[10, 10]


def test_scenes_do_not_mix(tmp_path):
    pictures = scenes(12, SIZE)
    film = film_of(tmp_path, pictures)
    keys = keys_of(tmp_path / "keys", pictures, {"1.png": 0, "12.png": 11})
    result = impasto.video(film, tmp_path / "o.mkv", keyframes=str(keys), **LOSSLESS)
    assert result.cuts == (6,)
    assert max(off([pixels for _, pixels in frames_of(tmp_path / "o.mkv")], pictures)) < 8


def test_a_film_that_was_stopped_becomes_what_it_would_have(tmp_path):
    pictures = moving_square(12, SIZE)
    film = film_of(tmp_path, pictures)
    keys = keys_of(tmp_path / "keys", pictures, {"1.png": 0, "5.png": 4, "9.png": 8})
    options = {"keyframes": str(keys)}
    impasto.video(film, tmp_path / "whole.mp4", **options)
    seen = []
    impasto.video(
        film, tmp_path / "o.mp4", on_frame=lambda done, _: seen.append(done),
        stop=lambda: seen[-1] == 7, **options,
    )  # fmt: skip
    result = impasto.video(film, tmp_path / "o.mp4", resume=True, **options)
    assert (result.status, result.frames) == ("filmed", 12)
    assert (tmp_path / "o.mp4").read_bytes() == (tmp_path / "whole.mp4").read_bytes()


def test_key_frames_painted_here_agree_with_each_other(tmp_path):
    pictures = moving_ground(9, SIZE)
    film = film_of(tmp_path, pictures)
    model = str(write_model(tmp_path / "model", metadata=(("impasto.grain", "0.3"),)))
    options = {"model": model, "style_weights": "the-scream", "temporal": 0.0, **LOSSLESS}
    impasto.video(film, tmp_path / "alone.mkv", **options)
    impasto.video(film, tmp_path / "o.mkv", keyframes="2", **options)
    alone, found = (frames_of(tmp_path / name) for name in ("alone.mkv", "o.mkv"))
    same = [np.array_equal(a, b) for (_, a), (_, b) in zip(alone, found, strict=True)]
    assert same == [number in (0, 8) for number in range(9)]
    del options["temporal"]
    impasto.video(film, tmp_path / "p.mkv", keyframes="2", **options)
    last = frames_of(tmp_path / "p.mkv")[8][1]
    assert np.abs(last.astype(int) - alone[8][1]).mean() > 1  # the first one is carried into it


def test_transparent_parts_of_a_key_frame_show_the_film(tmp_path):
    pictures = moving_square(4, SIZE)
    film = film_of(tmp_path, pictures)
    keys = tmp_path / "keys"
    keys.mkdir()
    painted = np.dstack([inverted(pictures[0]), np.full(SIZE[::-1], 255, np.uint8)])
    painted[:, :64, 3] = 0
    Image.fromarray(painted).save(keys / "1.png")
    impasto.video(film, tmp_path / "o.mkv", keyframes=str(keys), **LOSSLESS)
    first = frames_of(tmp_path / "o.mkv")[0][1]
    np.testing.assert_array_equal(first[:, :64], pictures[0][:, :64])
    np.testing.assert_array_equal(first[:, 64:], painted[:, 64:, :3])


def test_numbers_are_those_of_the_pictures_where_a_folder_is_the_film(tmp_path):
    pictures = moving_ground(4, SIZE)
    (tmp_path / "in").mkdir()
    for number, picture in enumerate(pictures):
        Image.fromarray(picture).save(tmp_path / "in" / f"{100 + number}.png")
    keys = keys_of(tmp_path / "keys", pictures, {"101.png": 1})
    impasto.video(tmp_path / "in", tmp_path / "o.mkv", keyframes=str(keys), **LOSSLESS)
    assert off([frames_of(tmp_path / "o.mkv")[1][1]], pictures[1:2]) == [0]


def test_a_dry_run_counts_key_frames_and_what_follows_them(tmp_path, monkeypatch):
    class Painter:
        def paint(self, moved):
            clock[0] += 100
            return moved.frame.pixels

    pictures = moving_ground(9, SIZE)
    film_of(tmp_path, pictures)
    keys_of(tmp_path / "keys", pictures, {"3.png": 2, "7.png": 6})
    clock = [0.0]
    monkeypatch.setattr("impasto.film.keyed.time.perf_counter", lambda: clock[0])
    monkeypatch.setattr("impasto.film.keyed._Given", lambda _: Painter())
    outcome = command("video", "f.mkv", "--keyframes", "keys", "--dry-run", "--json", at=tmp_path)
    [result] = outcome.results
    assert (result["status"], result["frames"], result["seconds"]) == ("planned", 9, 200)
    assert result["memory"] == (460 + 4 * 13) * SIZE[0] * SIZE[1]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["f.mkv", "keys"]


@pytest.mark.parametrize(
    ("scenes", "count", "places"),
    [
        ((0,), 1, [50]),
        ((0,), 5, [0, 25, 50, 74, 99]),
        ((0, 10), 3, [5, 10, 99]),
        ((0, 98), 1, [49]),
    ],
)
def test_key_frames_are_spread_over_scenes(scenes, count, places):
    survey = Survey(tuple(range(100)), scenes, {}, Fraction(1, 24), 0.0)
    assert spread(count, survey) == places


@pytest.mark.parametrize(
    ("name", "size", "said"),
    [
        ("", SIZE, "keys: holds no pictures"),
        ("portrait.png", SIZE, "portrait.png: no frame's number or time in its name"),
        ("7.png", SIZE, "7.png: there is no frame 7, the film's are 1 to 6"),
        ("3.5s.png", SIZE, "3.5s.png: 3.5 s is not in the film, whose frames are at 0.000 to 0.2"),
        ("2.png", (96, 96), "2.png: is 96 x 96, the film is 128 x 96: key frames have the shape"),
    ],
)
def test_pictures_that_stand_for_no_frame(name, size, said, tmp_path):
    film_of(tmp_path, moving_ground(6, SIZE))
    (tmp_path / "keys").mkdir()
    if name:
        Image.new("RGB", size).save(tmp_path / "keys" / name)
    found = command("video", "f.mkv", "--keyframes", "keys", at=tmp_path)
    assert (found.code, found.complaint.count("\n")) == (2, 0)
    assert said in found.complaint
    assert not [*tmp_path.glob("*.parts")]


def test_two_pictures_for_one_frame(tmp_path):
    pictures = moving_ground(6, SIZE)
    film = film_of(tmp_path, pictures)
    keys = keys_of(tmp_path / "keys", pictures, {"1.png": 0, "0s.png": 0})
    with pytest.raises(ImpastoError, match=r"1.png: stands for the same frame as 0s.png"):
        impasto.video(film, tmp_path / "o.mkv", keyframes=str(keys))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"keyframes": "0"}, "keyframes"),
        ({"keyframes": "99", "model": "starry-night"}, "a folder, or 1 to 6, the film's frames"),
        ({"keyframes": "keys", "model": "starry-night"}, "no --model"),
        ({"keyframes": "keys", "style_size": 64}, "--style-size needs --style PICTURE"),
        ({"keyframes": "2"}, "--model"),
        ({"keyframes": "none"}, "none: no such folder"),
        *(
            ({"keyframes": "keys", name: value}, "nothing, as the pictures of --keyframes FOLDER")
            for name, value in {**OF_PAINTING, "threads": 2}.items()
        ),
        (
            {"keyframes": "2", "style": "s.png", "steps": 5},
            "steps: expected nothing, as key frames use --first-steps",
        ),
        (
            {"method": "paint", "style": "s.png", "keep_color": "luminance"},
            "keep_color: expected nothing, as --method paint has no such option",
        ),
        (
            {"model": "starry-night", "first_steps": 5},
            "first_steps: expected nothing, as --method apply has no such option",
        ),
        (
            {"keyframes": "2", "model": "starry-night", "engine": "ray"},
            "cannot be combined with --show or --engine",
        ),
    ],
)
def test_key_frames_that_cannot_be_had(options, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    film = film_of(tmp_path, moving_ground(6, SIZE))
    with pytest.raises(ImpastoError, match=said):
        impasto.video(film, tmp_path / "o.mkv", **options)
