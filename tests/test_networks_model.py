"""Pictures through a model: what goes in, what comes out, how far, in which colors."""

import itertools

import numpy as np
import pytest
from PIL import Image

from impasto.errors import OptionError, PictureError
from impasto.image import Picture, read_picture, scaled, write_picture
from impasto.networks.blends import FADE_FROM, photograph_share, slot_weights
from impasto.networks.card import card_in
from impasto.networks.model import load_model
from impasto.options.apply import ApplyOptions
from impasto.pixels.kept_color import LUMA
from impasto.samples import sample
from trained_models import STYLES, write_model

HEIGHT, WIDTH = 45, 62


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return load_model(write_model(tmp_path_factory.mktemp("model")), threads=1)


@pytest.fixture(scope="module")
def with_identity(tmp_path_factory):
    path = write_model(tmp_path_factory.mktemp("model"), identity="3")
    return load_model(path, threads=1)


def levels(height=HEIGHT, width=WIDTH, planes=3):
    y, x = np.mgrid[:height, :width]
    waves = [np.sin(x / (5 + 3 * c)) + np.cos(y / (7 + 2 * c)) for c in range(planes)]
    return np.rint(127 + 60 * np.stack(waves, axis=-1)).clip(0, 255).astype(np.uint8)


def test_every_kind_of_image(model, tmp_path):
    Image.fromarray(levels()).save(tmp_path / "a.png")
    unit = levels().astype(np.float32) / 255
    kinds = [
        tmp_path / "a.png", str(tmp_path / "a.png"), Image.fromarray(levels()), levels(), unit,
        Picture(unit),
    ]  # fmt: skip
    first, *others = [np.asarray(model(each, style_weights="great-wave")) for each in kinds]
    assert first.shape == (HEIGHT, WIDTH, 3)
    assert np.ptp(first) > 20
    for each in others:
        np.testing.assert_array_equal(each, first)


def test_it_gives_a_pillow_image(model):
    result = model(levels(), style_weights="great-wave")
    assert isinstance(result, Image.Image)
    assert result.mode == "RGB"
    assert model(levels(planes=4), style_weights="great-wave").mode == "RGBA"


def test_alpha_exif_and_bits_stay(model, tmp_path):
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    Image.fromarray(levels(planes=4)).save(tmp_path / "a.png", exif=exif)
    picture = read_picture(tmp_path / "a.png")
    sixteen = Picture(picture.pixels, picture.alpha, picture.exif, 16, {"command": "paint"})
    result = model.stylize(sixteen, ApplyOptions(style_weights="the-scream"))
    np.testing.assert_array_equal(result.alpha, picture.alpha)
    assert result.exif == picture.exif
    assert result.bits == 16
    assert result.manifest is None
    write_picture(result, tmp_path / "b.png")
    assert (tmp_path / "b.png").read_bytes()[24] == 16
    # More than 8 bits of it are real.
    assert len(np.unique(result.pixels)) > 1000


def test_size_is_the_longer_side(model):
    for size in (31, 124):
        result = model(levels(planes=4), style_weights="great-wave", size=size)
        assert result.size == (size, round(45 * size / 62))


def test_shares_as_text_or_mapping(model):
    text = model(levels(), style_weights="great-wave:0.3,the-scream:0.1")
    mapping = model(levels(), style_weights={"the-scream": 1, "great-wave": 3.0})
    np.testing.assert_array_equal(text, mapping)
    assert np.abs(np.asarray(text, int) - model(levels(), style_weights="great-wave")).mean() > 1


def test_a_model_of_one_style_needs_no_name(tmp_path):
    one = load_model(write_model(tmp_path, styles=("only",)), threads=1)
    np.testing.assert_array_equal(one(levels()), one(levels(), style_weights="only"))


def test_unknown_styles(model):
    with pytest.raises(OptionError, match=r"did you mean great-wave\?"):
        model(levels(), style_weights="great-wav")
    with pytest.raises(OptionError, match="expected one of the styles of "):
        model(levels())


def test_pictures_that_cannot_be_read(model, tmp_path):
    with pytest.raises(PictureError, match="no such file"):
        model(tmp_path / "none.jpg", style_weights="great-wave")


def test_values_that_cannot_be():
    for option, value in (
        ("strength", -0.1), ("strength", 2.1), ("strength", float("nan")), ("style_scale", 0),
        ("size", 3), ("size", -1), ("tile", 8), ("bits", 12),
    ):  # fmt: skip
        with pytest.raises(OptionError, match=f"^{option}: expected "):
            ApplyOptions(**{option: value})


def test_strength_leads_from_the_photograph_to_the_style(model, with_identity):
    for each in (model, with_identity):
        results = [
            np.asarray(each(levels(), style_weights="great-wave", strength=strength), float)
            for strength in np.linspace(0, 1, 21)
        ]
        np.testing.assert_array_equal(results[0], levels())
        np.testing.assert_array_equal(results[-1], each(levels(), style_weights="great-wave"))
        whole = np.abs(results[-1] - results[0]).mean()
        steps = [np.abs(b - a).mean() for a, b in itertools.pairwise(results)]
        assert max(steps) < whole / 2  # no jump
        kept = each(levels(), style_weights="great-wave", strength=0.0, keep_color="luminance")
        np.testing.assert_array_equal(kept, levels())


def test_only_a_network_with_an_identity_slot_goes_beyond_the_style(model, with_identity):
    one, two = (
        np.asarray(with_identity(levels(), style_weights="great-wave", strength=strength), float)
        for strength in (1, 2)
    )
    assert np.abs(two - one).mean() > 1
    for use in (model, lambda *_, **given: model.check(ApplyOptions(**given))):
        with pytest.raises(OptionError, match="strength: expected 0 to 1"):
            use(levels(), style_weights="great-wave", strength=1.1)


def test_beyond_a_bundled_style_strokes_grow_and_contrast_and_colors_stay():
    masters = load_model("masters")
    photograph = scaled(read_picture(sample("content", "coffee").path), 128)
    for style in [each.name for each in masters.styles]:
        once, twice = (
            np.asarray(masters(photograph.pil(), style_weights=style, strength=each), float)
            for each in (1, 2)
        )
        assert np.abs(twice - once).mean() > 5, style
        assert twice.std() > 0.9 * once.std(), style
        assert np.abs(twice.mean((0, 1)) - once.mean((0, 1))).max() < 10, style


def test_strokes_grow_with_the_style_scale(model):
    plain, large, small = (
        np.asarray(model(levels(), style_weights="great-wave", style_scale=scale), float)
        for scale in (1, 2.5, 0.4)
    )
    assert large.shape == small.shape == plain.shape
    assert np.abs(large - plain).mean() > 1
    assert np.abs(small - plain).mean() > 1


def test_without_an_identity_slot_pixels_are_faded(model):
    half = np.asarray(model(levels(), style_weights="great-wave", strength=0.5), float)
    whole = np.asarray(model(levels(), style_weights="great-wave"), float)
    np.testing.assert_allclose(half, (whole + levels()) / 2, atol=1)


def test_with_one_the_network_goes_the_way():
    texts = {
        "impasto.format": "1", "impasto.method": "johnson", "impasto.identity": "2",
        "impasto.styles": '[{"name": "a"}, {"name": "b"}]',
    }  # fmt: skip
    card = card_in(texts, "m")
    blend = {"a": 0.25, "b": 0.75}
    np.testing.assert_allclose(slot_weights(card, blend, 0.8), [0.2, 0.6, 0.2])
    np.testing.assert_allclose(slot_weights(card, blend, 1), [0.25, 0.75, 0])
    assert photograph_share(card, FADE_FROM) == 0
    assert photograph_share(card, 0) == 1
    assert photograph_share(card, FADE_FROM / 2) == pytest.approx(0.5)


def test_colors_are_kept(model):
    styled = np.asarray(model(levels(), style_weights=STYLES[0]), float) / 255
    colored = (
        np.asarray(model(levels(), style_weights=STYLES[0], keep_color="luminance"), float) / 255
    )
    np.testing.assert_allclose(colored @ LUMA, styled @ LUMA, atol=0.004)
    assert np.abs(colored - styled).mean() > 0.01


def test_the_picture_that_went_in_is_not_changed(model):
    unit = levels().astype(np.float32) / 255
    before = unit.copy()
    model(unit, style_weights="great-wave", strength=0.5, keep_color="luminance")
    np.testing.assert_array_equal(unit, before)


def test_large_pictures_go_in_tiles_by_themselves(model):
    picture = Picture(np.ascontiguousarray(levels(300, 400).astype(np.float32) / 255))
    whole = model.stylize(picture, ApplyOptions(style_weights="great-wave"))
    tiled = model.stylize(picture, ApplyOptions(style_weights="great-wave", tile=256))
    difference = np.abs(whole.pixels - tiled.pixels)
    assert 0 < difference.mean() < 0.03


def test_one_model_serves_several_threads(model):
    from concurrent.futures import ThreadPoolExecutor

    images = [levels(height) for height in (40, 41, 50, 60)]
    one_by_one = [np.asarray(model(each, style_weights="great-wave")) for each in images]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda each: model(each, style_weights="great-wave"), images))
    for first, second in zip(one_by_one, together, strict=True):
        np.testing.assert_array_equal(first, second)
