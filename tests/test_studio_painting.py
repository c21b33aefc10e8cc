"""Paintings in the studio: made, steered, paused, kept, and gone on with after a restart."""

import functools
import json
import math
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from impasto.errors import OptionError, PictureError, RunError
from impasto.image import Picture, read_manifest, read_picture, scaled
from impasto.studio.downloads import exported
from impasto.studio.job import BROKEN, CANCELLED, DONE, FAILED, KEPT, PAUSED
from impasto.studio.looks import EVERYWHERE, Look
from impasto.studio.orders import Seen, order_painting, order_print
from impasto.studio.room import Limits
from impasto.studio.studio import Studio
from studio_parts import (
    ANNA,
    BERT,
    LONG,
    QUICK,
    at_step,
    ended,
    ordered,
    reached,
    reopened,
    uploads,
)


@pytest.fixture
def studio(tmp_path, nearby):
    studio = Studio(tmp_path / "run", Limits(side=512, styles=3))
    yield studio
    studio.close()


def result_of(studio, job):
    return read_picture(studio.shelf.folder(job.id) / job.result)


def test_the_studio_paints_what_the_library_paints_with_a_manifest(studio, tmp_path):
    import impasto

    job = ended(studio, ANNA, ordered(studio, tmp_path).id)
    assert (job.state, job.number, job.of) == (DONE, 6, 6), job
    assert job.title == "lake as s0"
    picture = result_of(studio, job)
    assert (picture.width, picture.height, picture.bits) == (48, 36, 16)
    manifest = read_manifest(studio.shelf.folder(job.id) / job.result)
    assert manifest["options"]["steps"] == 6
    assert manifest["inputs"]["content"]["path"] == ""
    assert str(tmp_path) not in json.dumps(manifest)
    view = studio.view(ANNA, job.id)[1]
    assert view.steps == (1, 2, 3, 4, 5, 6)
    assert view.losses["total"][-1] < view.losses["total"][0]
    assert view.preview.exists()
    assert math.isfinite(view.left)  # of finishing
    photo, style = (studio.shelf.folder(job.id) / name for name in ("photo.png", "style1.png"))
    alone = impasto.paint(photo, style, preset="quick", size=48, steps=6)
    assert np.array_equal(picture.levels(8), alone.levels(8))


def test_a_change_on_the_way_goes_on_from_the_picture_and_is_written_down(studio, tmp_path):
    asked = {"strength": 2, "style_weights": [0.2, 1], "colors": "luminance"}
    at_step(studio, 5, lambda name: studio.change(ANNA, name, asked))
    job = ordered(studio, tmp_path, asked={**LONG, "size": 32, "steps": 20}, styles=2)
    found = ended(studio, ANNA, job.id)
    assert found.state == DONE, found
    [change] = found.changes
    assert 5 <= change["step"] < 20
    manifest = read_manifest(studio.shelf.folder(job.id) / found.result)
    assert manifest["changes"] == [change]
    assert manifest["options"]["keep_color"] == "luminance"
    assert manifest["options"]["style_weights"] == [0.2, 1]
    view = studio.view(ANNA, job.id)[1]
    assert view.steps == tuple(range(1, 21))
    at = view.steps.index(change["step"])
    # Nine times the weight of the style: the loss jumps, and falls from there.
    assert view.losses["total"][at + 1] > 1.5 * view.losses["total"][at]
    assert view.losses["total"][-1] < view.losses["total"][at + 1]


def test_a_change_that_cannot_be_is_refused_at_once(studio, tmp_path):
    job = ordered(studio, tmp_path, asked=LONG)
    with pytest.raises(OptionError, match="strength"):
        studio.change(ANNA, job.id, {"strength": 50})
    studio.steer(ANNA, job.id, "cancel")
    assert ended(studio, ANNA, job.id).state == CANCELLED
    with pytest.raises(RunError, match="is not being painted"):
        studio.change(ANNA, job.id, {"strength": 1})


def test_paused_and_resumed_is_the_same_picture(studio, tmp_path):
    asked = {**QUICK, "size": 32, "steps": 16}
    whole = ended(studio, ANNA, ordered(studio, tmp_path, asked=asked).id)
    at_step(studio, 3, lambda name: studio.steer(ANNA, name, "pause"))
    job = ordered(studio, tmp_path, asked=asked)
    found = ended(studio, ANNA, job.id)
    assert (found.state, found.number) == (PAUSED, 3)
    studio.steer(ANNA, job.id, "go_on")
    found = ended(studio, ANNA, job.id)
    assert found.state == DONE, found
    assert np.array_equal(result_of(studio, found).levels(16), result_of(studio, whole).levels(16))


def test_stopped_and_kept_is_a_result_that_can_go_on(studio, tmp_path):
    job = ordered(studio, tmp_path, asked=LONG)
    reached(studio, ANNA, job.id, 4)
    studio.steer(ANNA, job.id, "keep")
    found = ended(studio, ANNA, job.id)
    assert found.state == KEPT
    assert 4 <= found.number < 1500
    assert result_of(studio, found).width == 32
    studio.steer(ANNA, job.id, "go_on")
    reached(studio, ANNA, job.id, found.number + 2)
    studio.steer(ANNA, job.id, "cancel")
    assert ended(studio, ANNA, job.id).state == CANCELLED


def test_a_restart_finds_results_and_goes_on_with_what_is_unfinished(studio, tmp_path):
    done = ended(studio, ANNA, ordered(studio, tmp_path).id)
    job = ordered(studio, tmp_path, asked=LONG)
    number = reached(studio, ANNA, job.id, 4).number
    again = reopened(studio, studio.folder)
    try:
        assert again.job(ANNA, done.id).state == DONE
        found = again.job(ANNA, job.id)
        assert (found.state, found.number >= number) == (BROKEN, True)
        again.steer(ANNA, job.id, "go_on")
        reached(again, ANNA, job.id, found.number + 2)
        assert again.view(ANNA, job.id)[1].steps[0] == found.number + 1
        again.steer(ANNA, job.id, "keep")
        assert ended(again, ANNA, job.id).state == KEPT
    finally:
        again.close()


def test_masks_say_where(studio, tmp_path):
    photo, styles = uploads(studio, tmp_path, 2)
    left = np.zeros((48, 64, 3), np.float32)
    left[:, :32] = 1
    masks = [Picture(left), Picture(1 - left)]
    job = order_painting(studio, ANNA, photo, styles, QUICK, (masks, Picture(left)))
    found = ended(studio, ANNA, job.id)
    assert found.state == DONE, found
    manifest = read_manifest(studio.shelf.folder(job.id) / found.result)
    assert {"mask1", "mask2", "content_mask"} <= {*manifest["inputs"]}
    kept = result_of(studio, found).pixels[4:-4, 4:16]
    photograph = read_picture(studio.shelf.folder(job.id) / "photo.png").pixels[6:-6, 6:20]
    assert abs(kept.mean() - photograph.mean()) < 0.02


def test_contradictions_fail_in_one_line(studio, tmp_path):
    photo, styles = uploads(studio, tmp_path, 1)
    with pytest.raises(OptionError, match="styles: expected 1 to 3 pictures, got 0"):
        order_painting(studio, ANNA, photo, [], QUICK)
    black = Picture(np.zeros((8, 8, 3), np.float32))
    job = order_painting(studio, ANNA, photo, styles, QUICK, ([black], None))
    found = ended(studio, ANNA, job.id)
    assert found.state == FAILED
    assert "the mask is all black" in found.told
    assert "\n" not in found.told


def test_results_are_their_owners_alone(studio, tmp_path):
    job = ended(studio, ANNA, ordered(studio, tmp_path, asked={**QUICK, "steps": 8}).id)
    files = {form: exported(studio, ANNA, job.id, form) for form in ("png", "tiff", "mp4", "gif")}
    assert {path.parent.parent for path in files.values()} == {studio.served}
    assert exported(studio, ANNA, job.id, "png") == files["png"]  # and no second copy
    assert [path.name for path in files.values()][:2] == ["lake-as-s0.png", "lake-as-s0.tif"]
    assert read_picture(files["png"]).bits == 8
    tiff = read_picture(files["tiff"])
    assert np.array_equal(tiff.levels(16), result_of(studio, job).levels(16))
    assert read_manifest(files["png"])["options"]["steps"] == 8
    assert files["gif"].read_bytes()[:3] == b"GIF"
    manifest = exported(studio, ANNA, job.id, "manifest")
    assert json.loads(manifest.read_text())["command"] == "paint"
    with pytest.raises(OptionError, match="form"):
        exported(studio, ANNA, job.id, "../job.json")
    # Nothing of it is there for anybody else.
    assert studio.jobs(BERT) == []
    attempts = [
        lambda: studio.job(BERT, job.id),
        lambda: studio.view(BERT, job.id),
        lambda: studio.steer(BERT, job.id, "remove"),
        lambda: studio.change(BERT, job.id, {"strength": 1}),
        lambda: exported(studio, BERT, job.id, "png"),
    ]
    for attempt in attempts:
        with pytest.raises(RunError, match="there is no such job here, or it is not yours"):
            attempt()
    assert studio.job(ANNA, job.id).state == DONE


def test_a_job_that_is_removed_leaves_nothing(studio, tmp_path):
    job = ordered(studio, tmp_path, asked=LONG)
    reached(studio, ANNA, job.id, 1)
    with pytest.raises(RunError, match="cancel it first"):
        studio.steer(ANNA, job.id, "remove")
    studio.steer(ANNA, job.id, "cancel")
    ended(studio, ANNA, job.id)
    studio.steer(ANNA, job.id, "remove")
    assert studio.jobs(ANNA) == []
    with pytest.raises(RunError, match="no such job here"):
        studio.job(ANNA, job.id)
    with pytest.raises(RunError, match="no such job here"):
        studio.steer(BERT, job.id, "restore")
    studio.steer(ANNA, job.id, "restore")
    assert studio.job(ANNA, job.id).state == CANCELLED
    studio.steer(ANNA, job.id, "remove")
    studio.forget_removed()
    assert len(list((studio.folder / "jobs").iterdir())) == 1  # it can be restored for an hour
    studio.forget_removed(hours=-1)
    assert list((studio.folder / "jobs").iterdir()) == []
    assert list((studio.served / "live").iterdir()) == []
    with pytest.raises(OptionError, match="action"):
        studio.steer(ANNA, ordered(studio, tmp_path).id, "explode")


LOOK = Look({"starry-night": 1.0})


def looked(studio, photo, side, _, look=LOOK, pictures=MappingProxyType({})):
    return studio.looks.painted(studio.looks.small(photo.path, side), look, pictures)


def seen(studio, photo):
    return Seen(LOOK, ["The Starry Night"], functools.partial(looked, studio, photo))


def test_what_is_seen_is_where_the_painting_begins(studio, tmp_path):
    photo, _ = uploads(studio, tmp_path)
    asked = {**QUICK, "steps": 1}
    job = order_painting(studio, ANNA, photo, [], asked, seen=seen(studio, photo))
    assert studio.view(ANNA, job.id)[1].preview.exists()  # before anything is painted
    found = ended(studio, ANNA, job.id)
    assert (found.state, found.title) == (DONE, "lake as The Starry Night")
    look = looked(studio, photo, 48, EVERYWHERE)
    assert np.abs(result_of(studio, found).pixels - look.pixels).mean() < 0.05
    manifest = read_manifest(studio.shelf.folder(job.id) / found.result)
    assert manifest["options"]["init"] == "style"
    assert found.order["look"] == LOOK.to_json()


@pytest.mark.parametrize("colors", ["none", "covariance"])
def test_the_instant_picture_of_a_style_that_is_a_picture_is_named_in_the_settings(
    studio, tmp_path, colors
):
    photo, [style] = uploads(studio, tmp_path)
    look = Look({"@s": 1.0}, strength=0.6, scale=1.5, colors=colors)
    give = functools.partial(looked, studio, photo, look=look, pictures={"@s": style.path})
    asked = {**QUICK, "steps": 1}
    job = order_painting(studio, ANNA, photo, [style], asked, seen=Seen(look, ["s"], give))
    found = ended(studio, ANNA, job.id)
    assert found.state == DONE, found
    manifest = read_manifest(studio.shelf.folder(job.id) / found.result)
    options = {name: manifest["options"][name] for name in ("init", "strength", "keep_color")}
    assert options == {"init": "instant", "strength": 0.6, "keep_color": colors}
    assert set(manifest["inputs"]) == {"content", "style"}
    assert np.abs(result_of(studio, found).pixels - give(48, EVERYWHERE).pixels).mean() < 0.05


def test_a_print_goes_on_from_the_picture(studio, tmp_path):
    studio.limits = replace(studio.limits, side=192)
    photo, _ = uploads(studio, tmp_path)
    job = order_painting(studio, ANNA, photo, [], QUICK, seen=seen(studio, photo))
    with pytest.raises(RunError, match="no finished painting"):
        order_print(studio, ANNA, job.id)
    small = result_of(studio, ended(studio, ANNA, job.id))
    found = ended(studio, ANNA, order_print(studio, ANNA, job.id).id)
    assert found.state == DONE, found
    large = result_of(studio, found)
    assert (large.width, found.of, found.title) == (192, 12, "lake as The Starry Night, print")
    photograph = scaled(read_picture(photo.path), 48)
    from_small, from_photograph = (
        np.abs(scaled(large, 48).pixels - each.pixels).mean() for each in (small, photograph)
    )
    assert from_small < from_photograph


def test_an_upload_that_vanished_is_reported(studio, tmp_path):
    with pytest.raises(PictureError, match="lost: the upload did not arrive"):
        studio.intake.picture(tmp_path / "lost.png")
