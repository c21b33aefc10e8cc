"""The user's own styles and networks by name: kept, listed, used, removed."""

import json

import numpy as np
import pytest

import impasto as library
from adain_parts import model_file as any_style_file
from cli_pictures import impasto, pixels, write_photograph, write_style
from film_clips import moving_square, write_film
from impasto.commands.doctor import _networks as doctor_networks
from impasto.errors import RunError
from impasto.film.parts import Parts
from impasto.image import read_picture
from impasto.networks.own import own
from impasto.studio.instant import Instant
from trained_models import write_model


@pytest.fixture
def desk(tmp_path):
    folder = tmp_path / "desk"
    write_photograph(folder / "lake.png", 60, 45)
    write_style(folder / "a.png", 1)
    write_style(folder / "b.png", 2)
    return folder


@pytest.fixture
def night(desk):
    """The desk, with a.png kept as night."""
    done = impasto("encode", "a.png", "--as", "night", at=desk)
    assert done.out == "night: a.png at 256 x 256, for `impasto apply PHOTO --style night`\n"
    return desk


def names(*arguments, at):
    return [each["name"] for each in json.loads(impasto("models", "--json", at=at).out)]


def test_a_style_with_a_name_is_used_as_its_picture_is(night, isolated_home):
    assert [each.name for each in isolated_home.joinpath("models").iterdir()] == ["night.imp"]
    assert not (night / "a.imp").exists()
    for number, given in enumerate(
        (("--style", "a.png"), ("--style", "night"), ("--model", "night"))
    ):
        done = impasto("apply", "lake.png", *given, "-o", f"{number}.png", at=night)
        assert done.code == 0, done.err
    first, *others = (pixels(night / f"{number}.png") for number in range(3))
    for each in others:
        np.testing.assert_array_equal(each, first)
    impasto("encode", "b.png", "--as", "day", at=night)
    done = impasto(
        "apply", "lake.png", "--style", "night:3", "--style", "day:1", "--json", at=night
    )
    assert done.results[0]["output"] == "lake-night+day.png"
    assert done.results[0]["options"]["style_weights"] == {"night": 0.75, "day": 0.25}


def test_sheet_film_models_and_studio_take_it_by_name(night):
    assert names(at=night)[-1] == "night"
    assert "night" in [each.name for each in library.models()]
    done = impasto("sheet", "lake.png", "--models", "night", "--size", 64, at=night)
    assert done.out.startswith("sheet.png: 1 styles, "), done.err
    write_film(night / "walk.mp4", moving_square(3))
    done = impasto("video", "walk.mp4", "--style", "night", at=night)
    assert done.out.startswith("walk-night.mp4: "), done.err
    impasto("encode", "b.png", "--as", "day", at=night)
    instant = Instant()
    assert [each.name for each in instant.styles][-2:] == ["day", "night"]
    photograph = read_picture(night / "lake.png")
    shares = {"night": 0.5, "day": 0.5}
    wanted = instant.in_styles(
        photograph, {"day": night / "b.png", "night": night / "a.png"}, shares
    )
    np.testing.assert_array_equal(instant.blended(photograph, shares).pixels, wanted.pixels)
    impasto("encode", "a.png", "--as", "dusk", at=night)
    instant.add_own()  # as the studio does when its page is opened
    assert [each.name for each in instant.styles][-3:] == ["day", "night", "dusk"]


def test_a_network_by_its_name_and_by_those_of_its_styles(desk, isolated_home):
    write_model(isolated_home / "models" / "ours.onnx", styles=("dawn", "dusk"))
    given = ("--model", "ours", "--style-weights", "dusk", "-o", "1.png")
    assert impasto("apply", "lake.png", *given, at=desk).code == 0
    assert impasto("apply", "lake.png", "--model", "dusk", "-o", "2.png", at=desk).code == 0
    np.testing.assert_array_equal(pixels(desk / "1.png"), pixels(desk / "2.png"))
    assert {"ours", "dawn", "dusk"} <= set(names(at=desk))
    assert {"dawn", "dusk"} <= {each.name for each in Instant().styles}


def test_a_name_that_is_taken(night, isolated_home):
    write_model(isolated_home / "models" / "ours.onnx", styles=("dawn", "dusk"))
    place = isolated_home / "models" / "night.imp"
    before = place.read_bytes()
    for name, words in (
        ("night", f"night exists already ({place}): choose another --as, or --overwrite"),
        ("starry-night", "starry-night: masters has this name already: choose another --as"),
        ("dusk", "dusk: ours has this name already: choose another --as"),
        ("a/b", "--as: expected a name of up to 64 letters, digits, - and _, got 'a/b'"),
    ):
        assert impasto("encode", "b.png", "--as", name, at=night).complaint == words
    assert place.read_bytes() == before
    assert impasto("encode", "b.png", "--as", "night", "--overwrite", at=night).code == 0
    assert place.read_bytes() != before
    any_style_file(night / "any.onnx")
    wrong = impasto("encode", "b.png", "--as", "x", "--model", "any.onnx", at=night)
    assert wrong.complaint == "--as: expected no other network than any-style with it, got 'x'"


def test_what_is_damaged_is_a_line_and_stops_nothing(night, isolated_home):
    place = isolated_home / "models"
    (place / "bad.imp").write_bytes(b"none")
    model = write_model(place / "worse.onnx").read_bytes()
    (place / "worse.onnx").write_bytes(model[:900])
    any_style_file(night / "any.onnx")
    impasto("encode", "a.png", "--model", "any.onnx", "-o", place / "other.imp", at=night)
    write_model(place / "udnie.onnx", styles=("x",))  # before one of that name was bundled
    done = impasto("models", at=night)
    assert done.code == 0
    assert done.out.splitlines()[-1].startswith("night ")
    for line, name in zip(done.err.splitlines(), ("bad", "other", "udnie", "worse"), strict=True):
        assert line.startswith(f"impasto: {place / name}")
        assert line.endswith(f": `impasto models --remove {name}` removes it")
    assert "make it again with `impasto encode`" in done.err
    assert "udnie.onnx: hidden by the bundled udnie: give the file another name" in done.err
    assert impasto("sheet", "lake.png", "--size", 64, at=night).err == ""
    where = {each["name"]: each["where"] for each in doctor_networks()}
    assert where["night"] == "your own"
    assert "not a style or network of impasto" in where["worse"]
    assert [each.name for each in Instant().styles][-1] == "night"
    assert impasto("apply", "lake.png", "--style", "night", at=night).code == 0
    assert impasto("apply", "lake.png", "--model", "bad", at=night).complaint.startswith(
        f"{place / 'bad.imp'}: not the code of a style"
    )


def test_removed(night):
    done = impasto("models", "--remove", "night", at=night)
    assert done.out.endswith("night.imp: removed\n")
    assert own() == ()
    gone = impasto("models", "--remove", "night", at=night)
    assert gone.complaint == "no style or network of your own is called night (there are: none)"
    assert impasto("models", "--remove", "masters", at=night).code == 2
    assert impasto("models", "x", "--remove", "y", at=night).complaint == (
        "--remove and MODEL: give one of them"
    )
    wrong = impasto("apply", "lake.png", "--style", "great-wave", at=night).complaint
    assert wrong == "great-wave: a trained style, no picture: name it with --model great-wave"


def test_a_network_that_is_gone_is_told(desk, isolated_home):
    place = isolated_home / "models" / "mine.onnx"
    write_model(place, styles=("mine",))
    write_film(desk / "walk.mp4", moving_square(3))
    film = ("video", "walk.mp4", "-o", "w.mp4")
    picture = ("apply", "lake.png", "-o", "l.png")
    for command in (picture, film):
        assert impasto(*command, "--model", "mine", at=desk).code == 0
    write_model(place, styles=("mine",), seed=1)  # trained again
    for command in (picture, film):
        complaint = impasto(*command, "--model", "mine", at=desk).complaint
        assert complaint == (
            f"{command[-1]} already exists, made with an earlier mine, which `impasto models` does "
            "not list: give another --output, or --overwrite"
        )
    impasto("models", "--remove", "mine", at=desk)
    words = "made with mine, which `impasto models` does not list"
    for command in (picture, film):
        complaint = impasto(*command, "--model", "the-scream", at=desk).complaint
        assert complaint.startswith(f"{command[-1]} already exists, {words}: give another")
    assert impasto("paint", "--from-manifest", "l.png", at=desk).complaint == (
        f"l.png: has no manifest of a painting: it was {words}; "
        "`impasto apply` makes one with another --model"
    )
    assert impasto(*picture, "--model", "the-scream", "--overwrite", at=desk).code == 0
    there = impasto(*picture, "--model", "udnie", at=desk).complaint  # the very same network
    assert there.startswith("l.png already exists, with other values of style_weights")


def test_a_film_begun_with_a_network_that_is_gone(tmp_path):
    there, gone = (
        {"network": {"name": "mine", "method": "johnson", "sha256": sha}} for sha in ("a", "b")
    )
    Parts(tmp_path / "p", gone, "h264").begin(resume=False)
    with pytest.raises(RunError) as caught:
        Parts(tmp_path / "p", there, "h264").begin(resume=True)
    words = "was begun with mine, which `impasto models` does not list: use --overwrite"
    assert str(caught.value) == f"{tmp_path / 'p'}: {words}"
