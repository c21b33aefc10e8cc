"""Only the colors of a style, in place of a network: --model colors."""

import numpy as np
import pytest

import impasto as library
from cli_pictures import desk, impasto, listing, pixels, write_style
from impasto.film.frames import Frame, Place
from impasto.film.networked import NetworkStyle
from impasto.film.scenes import Moved
from impasto.image import read_manifest, read_picture
from impasto.networks.model import load_model
from impasto.options.video import StyleRequest, VideoOptions
from impasto.pixels.palette import color_moments, covariance_matched


@pytest.fixture
def folder(tmp_path):
    folder = desk(tmp_path)
    write_style(folder / "t.png", 3)
    return folder


def apply(*arguments, at):
    return impasto("apply", "a.png", "--model", "colors", "--json", *arguments, at=at)


def test_the_photograph_gets_the_colors_of_the_style_and_stays_as_it_is(folder, monkeypatch):
    monkeypatch.setattr("impasto.networks.network.opened", None)  # no network is opened
    [told] = apply("--style", "s.png", at=folder).results
    expected = read_picture(folder / "a.png").pixels.copy()
    covariance_matched(expected, read_picture(folder / "s.png").pixels)
    assert np.abs(pixels(folder / "a-s.png") / 255 - expected).max() < 0.01
    assert told["network"] == {"name": "s", "method": "colors", "sha256": ""}
    [skipped] = apply("--style", "s.png", at=folder).results
    assert skipped["status"] == "skipped"
    [again] = apply("--style", "t.png", "-o", "a-s.png", "--overwrite", at=folder).results
    assert again["inputs"]["styles"][0]["code"] != told["inputs"]["styles"][0]["code"]


def test_it_takes_blends_strengths_masks_and_codes(folder):
    photograph = read_picture(folder / "a.png")
    whole = np.asarray(library.apply(photograph, model="colors", style=folder / "s.png").pixels)
    half = library.apply(photograph, model="colors", style=folder / "s.png", strength=0.5).pixels
    np.testing.assert_allclose(half, (whole + photograph.pixels) / 2, atol=1e-6)
    library.encode(folder / "s.png", folder / "s.imp")
    coded = library.apply(photograph, model="colors", style=folder / "s.imp").pixels
    np.testing.assert_allclose(coded, whole, atol=1e-4)
    styles = [f"{folder / name}.png:1" for name in "st"]
    mixed = library.apply(photograph, model="colors", style=styles).pixels
    means = [color_moments(read_picture(folder / f"{name}.png").pixels)[0] for name in "st"]
    np.testing.assert_allclose(color_moments(mixed)[0], np.mean(means, axis=0), atol=0.03)


BAD = {
    "--style s.png --style-scale 2": "--style-scale: expected 1, as colors have no strokes",
    "--style s.png --style-size 99": "--style-size: expected 0, as colors have no strokes",
    "--style s.png --strength 1.5": "--strength: expected 0 to 1, as s goes no further",
    "": "--style: expected a style image, as colors takes any",
    "--style s.png --colors-only": "no option --colors-only: `impasto apply --model colors",
    "--style s.png --texture-only": "no option --texture-only: --keep-color luminance takes",
}


@pytest.mark.parametrize("given", BAD)
def test_mistakes_get_one_line(given, folder):
    before = listing(folder)
    assert apply(*given.split(), at=folder).complaint.startswith(BAD[given])
    assert listing(folder) == before


def test_its_name_is_no_network_s(folder):
    told = impasto("encode", "s.png", "--as", "colors", at=folder).complaint
    assert told == "colors: --model colors takes a style's colors: choose another --as"
    told = impasto("encode", "s.png", "--model", "colors", at=folder).complaint
    assert told.startswith("--model: expected a network, as a style's colors alone need no code")
    told = impasto("models", "colors", at=folder).err
    assert told == "impasto: colors: only the colors of a --style, without a network\n"


def test_a_film_keeps_its_map_of_colors_while_something_passes(folder):
    frame = (255 * read_picture(folder / "a.png").pixels).round().astype(np.uint8)
    passing = frame.copy()
    passing[:, :16] = 255

    def shown(temporal):
        options = VideoOptions(temporal=temporal)
        painter = NetworkStyle(StyleRequest(options, "colors", (str(folder / "s.png"),))).painter(
            25
        )
        first = painter.paint(Moved(Frame(frame, (0,), Place(1, 0)), begins=True))
        return first, painter.paint(Moved(Frame(passing, (1,), Place(2, 1)), begins=False))

    (first, second), (alone, other) = shown(0.7), shown(0.0)
    np.testing.assert_array_equal(first, alone)
    still, jumps = (
        np.abs(two[:, 16:].astype(int) - one[:, 16:]).mean()
        for one, two in ((first, second), (alone, other))
    )
    assert still < 0.1 * jumps


def test_a_picture_of_colors_is_no_painting_s(folder):
    apply("--style", "s.png", at=folder)
    assert read_manifest(folder / "a-s.png")["network"]["method"] == "colors"
    told = impasto("paint", "--from-manifest", "a-s.png", at=folder).complaint
    assert told == "a-s.png: has no manifest of a painting"
    assert load_model("colors").codes == ()
