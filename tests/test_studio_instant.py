"""Trained networks at once, and what there is to see before the first step."""

import numpy as np
import pytest

from adain_parts import model_file as any_style_file
from conftest import photograph_pixels, style_pixels
from impasto.errors import ModelError, OptionError
from impasto.image import Picture
from impasto.options.gatys import PaintOptions
from impasto.studio.instant import ANY_MISSING, TRANSLATOR_MISSING, Instant, first_look, read_small
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


def test_thumbnails_are_of_every_style():
    instant = Instant()
    found = list(instant.thumbnails(PHOTO, 32))
    assert [choice.name for choice, _ in found] == [each.name for each in instant.styles]
    assert all(max(picture.width, picture.height) == 32 for _, picture in found)


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
    look = first_look(instant, PHOTO, [style], PaintOptions(size=64))
    assert np.allclose(look.pixels, picture.pixels, atol=1e-5)


def test_without_it_a_first_look_is_the_photograph_in_the_styles_colors(bare, tmp_path):
    style = style_file(tmp_path)
    look = first_look(bare, PHOTO, [style], PaintOptions(size=64))
    wanted = style_pixels(56, 50).mean((0, 1))
    assert np.abs(look.pixels.mean((0, 1)) - wanted).max() < 0.06
    assert np.corrcoef(look.pixels.mean(-1).ravel(), PHOTO.pixels.mean(-1).ravel())[0, 1] > 0.7
    kept = first_look(bare, PHOTO, [style], PaintOptions(size=64, keep_color="covariance"))
    assert np.abs(kept.pixels.mean((0, 1)) - PHOTO.pixels.mean((0, 1))).max() < 0.06


def test_a_first_look_is_small(bare, tmp_path):
    look = first_look(
        bare, Picture(photograph_pixels(60, 900)), [style_file(tmp_path)], PaintOptions(size=900)
    )
    assert look.width == 512
    assert read_small(style_file(tmp_path), 20).height == 20


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("strength", "x"), ("strength", None), ("strength", [1]), ("size", []), ("size", "64"),
        ("size", 10**9), ("size", float("nan")), ("keep_color", {}), ("colour", "luminance"),
        ("style_scale", "2"), ("shares", {}), ("style_weights", "x"),
    ],
)  # fmt: skip
def test_options_of_the_wrong_kind_are_refused(name, value):
    instant = Instant()
    with pytest.raises(OptionError, match="expected"):
        instant.blended(PHOTO, {instant.styles[0].name: 1.0}, **{name: value})
