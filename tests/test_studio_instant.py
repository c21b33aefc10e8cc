"""Trained networks at once, and looks."""

import numpy as np
import pytest

from adain_parts import model_file as any_style_file
from conftest import photograph_pixels
from impasto.errors import ModelError, OptionError
from impasto.image import Picture, read_picture, scaled
from impasto.samples import sample
from impasto.studio.instant import ANY_MISSING, TRANSLATOR_MISSING, Instant
from impasto.studio.looks import Look, Looks, look_of
from studio_parts import style_file
from trained_models import write_model

PHOTO = Picture(photograph_pixels(48, 64))


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """No network at all is bundled."""
    return Instant(assets=tmp_path_factory.mktemp("assets"))


def test_the_bundled_styles_paint(monkeypatch):
    instant = Instant()
    first, second = instant.styles[:2]
    assert first.title
    picture = instant.blended(PHOTO, {first.name: 0.5, second.name: 0.5})
    assert (picture.width, picture.height) == (64, 48)
    assert set(picture.manifest["options"]["style_weights"]) == {first.name, second.name}
    assert not np.array_equal(picture.pixels, PHOTO.pixels)
    assert np.array_equal(
        instant.blended(PHOTO, {first.name: 1.0}, strength=0.0).pixels, PHOTO.pixels
    )


def test_strokes_are_as_strong_and_as_large_as_asked_for():
    instant, style = Instant(), {"the-scream": 1.0}
    seen = [instant.blended(PHOTO, style, **asked) for asked in (
        {}, {"strength": 2.0}, {"style_scale": 2.0}, {"strength": 1.0, "style_scale": 1.0}
    )]  # fmt: skip
    usual, stronger, larger, same = (each.pixels for each in seen)
    assert np.array_equal(usual, same)
    assert np.abs(stronger - usual).max() > 0.1 < np.abs(larger - usual).max()
    assert seen[2].manifest["options"]["style_scale"] == 2


def test_what_is_not_there_is_reported_with_the_command_that_makes_it(bare, tmp_path):
    assert bare.styles == bare.translators == []
    assert not bare.takes_any
    with pytest.raises(ModelError) as caught:
        bare.in_styles(PHOTO, {"a": style_file(tmp_path)}, {"a": 1.0})
    assert str(caught.value) == ANY_MISSING
    assert "impasto train adain" in ANY_MISSING
    with pytest.raises(ModelError) as caught:
        bare.translated(PHOTO, "photo-to-van-gogh")
    assert str(caught.value) == TRANSLATOR_MISSING
    with pytest.raises(ModelError, match="no learned style is called 'x'"):
        bare.blended(PHOTO, {"x": 1.0})


def test_networks_of_ones_own_come_first(tmp_path):
    path = write_model(tmp_path / "mine.onnx")
    instant = Instant([str(path)])
    assert instant.networks[0].name == "mine"
    name = instant.styles[0].name
    assert instant.blended(PHOTO, {name: 1.0}).manifest["network"]["name"] == "mine"
    with pytest.raises(ModelError, match="no such model"):
        Instant([str(tmp_path / "none.onnx")])


def test_a_network_for_any_style(tmp_path):
    path = any_style_file(tmp_path / "any.onnx")
    instant = Instant([str(path)])
    assert instant.takes_any
    style = style_file(tmp_path)
    picture = instant.in_styles(PHOTO, {"stripes": style}, {"stripes": 1.0})
    assert picture.manifest["inputs"]["styles"][0]["name"] == "stripes"
    with pytest.raises(OptionError):
        instant.in_styles(PHOTO, {"stripes": style}, {"stripes": -1.0})


@pytest.fixture(scope="module")
def looks():
    return Looks(Instant())


def test_a_look_is_of_trained_styles_or_of_pictures(looks, tmp_path):
    looked = looks.painted(PHOTO, Look({"starry-night": 1.0}), {})
    assert looked.manifest["options"]["style_weights"] == {"starry-night": 1.0}
    key, path = "@stripes.png", style_file(tmp_path)
    assert looks.painted(PHOTO, Look({key: 1.0}), {key: path}).width == 64
    with pytest.raises(OptionError, match="trained styles alone or pictures alone"):
        looks.painted(PHOTO, Look({key: 1.0, "starry-night": 1.0}), {key: path})
    both = Look({"photo-to-van-gogh": 1.0, "starry-night": 1.0})
    with pytest.raises(OptionError, match="photo-to-van-gogh alone"):
        looks.painted(PHOTO, both, {})


def test_a_look_is_written_and_read():
    look = Look({"udnie": 0.5}, strength=2.0, scale=0.5, colors="luminance")
    assert look_of(look.to_json()) == look


@pytest.mark.parametrize(
    "values",
    [
        {}, {"styles": {}}, {"styles": ["a"]}, {"styles": {"a": "x"}},
        {"styles": {"a": float("nan")}}, {"styles": {"a": 1}, "strength": None},
        {"styles": {"a": 1}, "colors": 5}, {"styles": {str(n): 1 for n in range(9)}},
    ],
)  # fmt: skip
def test_what_is_no_look_is_refused(values):
    with pytest.raises(OptionError):
        look_of(values)


def test_photographs_are_kept_small(looks, tmp_path):
    path = style_file(tmp_path)
    assert looks.small(path, 20).height == 20
    path.unlink()  # it is in memory now
    assert looks.small(path, 30).height == 30


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("strength", "x"), ("strength", [1]), ("strength", 3), ("scale", "x"), ("scale", 0),
        ("colors", "sepia"), ("faces", None), ("faces", 2),
    ],
)  # fmt: skip
def test_values_that_no_look_can_have_are_refused(looks, name, value):
    with pytest.raises(OptionError, match="expected"):
        looks.painted(PHOTO, look_of({"styles": {"udnie": 1}, name: value}), {})


def test_a_look_keeps_the_likeness_of_faces(looks):
    person = read_picture(sample("content", "astronaut").path)
    small = scaled(person, 256)
    usual, kept = (
        looks.painted(small, Look({"udnie": 1.0}, faces=faces), {}).pixels for faces in (0, 1)
    )
    changed = np.abs(kept - usual).max(2)
    assert changed[20:70, 95:135].max() > 0.1  # her face
    assert changed[150:].max() == 0
