"""Films in the studio."""

import numpy as np
import pytest

from film_clips import frames_of, moving_square, write_film
from impasto.errors import OptionError, VideoError
from impasto.film.manifest import manifest_of
from impasto.image import read_picture
from impasto.studio.downloads import exported
from impasto.studio.film_job import film_options, request_of
from impasto.studio.job import DONE, PAUSED, Job
from impasto.studio.orders import order_film
from impasto.studio.room import Limits
from impasto.studio.studio import Studio
from studio_parts import ANNA, at_step, ended

STYLE = "starry-night"


@pytest.fixture
def studio(tmp_path, nearby):
    studio = Studio(tmp_path / "run")
    yield studio
    studio.close()


def clip(studio, folder, frames=30):
    write_film(folder / "ball.mp4", moving_square(frames))
    return studio.intake.film(folder / "ball.mp4")


def test_a_part_of_a_film_is_painted(studio, tmp_path):
    upload = clip(studio, tmp_path, 12)
    job = order_film(studio, ANNA, upload, {"end": 60, "size": 64}, STYLE)
    found = ended(studio, ANNA, job.id)
    assert found.state == DONE, found
    assert found.number == 12
    film = exported(studio, ANNA, job.id, "mp4")
    assert film.name == "ball-as-The-Starry-Night.mp4"
    assert len(frames_of(film)) == 12
    poster = read_picture(studio.shelf.folder(job.id) / "poster.png").levels(8)
    _, first = frames_of(film)[0]
    assert poster.shape == first.shape
    assert np.abs(poster.astype(int) - first).mean() < 3
    assert not (studio.shelf.folder(job.id) / "parts").exists() or not list(
        (studio.shelf.folder(job.id) / "parts").iterdir()
    )


def test_paused_and_gone_on_with(studio, tmp_path):
    upload = clip(studio, tmp_path, 12)
    at_step(studio, 2, lambda name: studio.steer(ANNA, name, "pause"))
    job = order_film(studio, ANNA, upload, {"end": 60, "size": 64}, STYLE)
    found = ended(studio, ANNA, job.id)
    assert (found.state, found.number) == (PAUSED, 2)
    source = studio.shelf.folder(job.id) / found.order["source"]
    assert source.read_bytes() == upload.path.read_bytes()
    studio.steer(ANNA, job.id, "go_on")
    found = ended(studio, ANNA, job.id)
    assert found.state == DONE, found
    assert len(frames_of(exported(studio, ANNA, job.id, "mp4"))) == 12


def test_key_frames_are_painted_and_others_follow(studio, tmp_path):
    upload = clip(studio, tmp_path, 8)
    job = order_film(studio, ANNA, upload, {"end": 60, "size": 64, "keyframes": 2}, STYLE)
    found = ended(studio, ANNA, job.id)
    assert (found.state, found.number) == (DONE, 8), found
    made = manifest_of(studio.shelf.folder(job.id) / found.result)
    assert len(made["keyframes"]) == 2, made


@pytest.mark.parametrize(
    ("asked", "order", "method", "keyframes"),
    [
        ({}, {"styles": 1}, "apply", ""),
        ({"keyframes": 3}, {"styles": 1}, "paint", "3"),
        ({"keyframes": 3}, {"style": STYLE}, "apply", "3"),
        ({"keyframes": 3, "faces": 0.5}, {"style": STYLE, "preview": True}, "apply", "1"),
    ],
)
def test_pictures_as_styles_are_painted_in_key_frames(tmp_path, asked, order, method, keyframes):
    job = Job(id="a", kind="film", order={"asked": asked, **order})
    request = request_of(job, tmp_path, film_options({"end": 1, **asked}, Limits()))
    assert (request.options.method, request.keyframes) == (method, keyframes)
    assert request.options.faces == asked.get("faces", 0)


def test_a_preview_is_a_second_and_small():
    limits = Limits()
    asked = {"start": 2, "end": 50, "size": 1080, "strength": 1.5, "style_scale": 2}
    options = film_options(asked, limits, preview=True)
    assert (options.start, options.end, options.size) == (2, 3, 480)
    assert (options.strength, options.style_scale) == (1.5, 2)


def test_what_cannot_be_is_refused_before_anything_waits(studio, tmp_path):
    upload = clip(studio, tmp_path, 3)
    with pytest.raises(VideoError, match="a part of at most 120 seconds"):
        order_film(studio, ANNA, upload, {"end": 500}, STYLE)
    with pytest.raises(OptionError, match="end"):
        order_film(studio, ANNA, upload, {"start": 5, "end": 1}, STYLE)
    with pytest.raises(OptionError, match="one of the learned styles"):
        order_film(studio, ANNA, upload, {"end": 1}, "/etc/passwd")
    with pytest.raises(OptionError, match="a learned style or a picture"):
        order_film(studio, ANNA, upload, {"end": 1})
    with pytest.raises(OptionError, match="keyframes"):
        order_film(studio, ANNA, upload, {"end": 1, "keyframes": 1.5}, STYLE)
    assert studio.jobs(ANNA) == []
