"""Styles given as pictures: codes, blends, tiles, and the files codes are kept in."""

import json
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

from adain_parts import model_file, opened, random_image, trained
from cli_pictures import write_photograph, write_style
from conftest import photograph_pixels
from impasto.errors import ImpastoError, ModelError, OptionError, PictureError
from impasto.image import read_picture
from impasto.networks.code_file import StyleCode, read_code, write_code
from impasto.networks.engine import recipe
from impasto.networks.large import stylized, whole_statistics
from impasto.networks.model import load_model
from impasto.networks.resolve import StylePicture, located, style_pictures, styled
from impasto.networks.style_codes import encoded, recolored, style_input
from impasto.options.apply import ApplyOptions
from impasto.source import open_source
from johnson_parts import trained as trained_styles


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("desk")
    model_file(folder / "any.onnx")
    model_file(folder / "other.onnx", trained(seed=5))
    (folder / "learned.onnx").write_bytes(trained_styles().onnx())
    for number, name in enumerate("abc"):
        write_style(folder / f"{name}.png", number)
    write_photograph(folder / "photo.png", 60, 44)
    return folder


@pytest.fixture(scope="module")
def network(desk):
    return opened(desk / "any.onnx")


@pytest.fixture
def model(desk):
    return load_model(styled(desk / "any.onnx", [str(desk / "a.png"), str(desk / "b.png")]),
                      threads=1)  # fmt: skip


def code(network, desk, name="a", **given):
    source = open_source(desk / f"{name}.png")
    return encoded(network, source.picture, name=name, sha256=source.sha256, **given)


def test_a_code_is_what_the_torch_network_gives(desk, network):
    import torch

    found = code(network, desk)
    image = read_picture(desk / "a.png").tensor()  # 52 x 40: a multiple of 8 with its mirror image
    padded = torch.nn.functional.pad(image, (0, 4, 0, 0), mode="reflect")
    with torch.no_grad():
        expected = trained().network.code(padded)[0].numpy()
    assert_allclose(found.numbers, expected, rtol=1e-3, atol=1e-5)
    assert (found.name, found.size, found.encoder) == ("a", (52, 40), network.card.encoder)
    assert found.picture == open_source(desk / "a.png").sha256
    assert code(network, desk, "b").sha256 != found.sha256 == code(network, desk).sha256


def test_the_style_is_seen_at_the_size_that_is_asked_for(desk, network, tmp_path):
    assert code(network, desk, style_size=104).size == (104, 80)
    assert code(network, desk, style_size=104).sha256 != code(network, desk).sha256
    write_photograph(tmp_path / "large.png", 300, 600)
    large = read_picture(tmp_path / "large.png")
    assert encoded(network, large, name="x", sha256="").size == (256, 512)
    for size in (-1, 31, 2049):
        with pytest.raises(OptionError, match=r"style_size: expected 0 .* or pixels from 32 to"):
            code(network, desk, style_size=size)


def test_blends_mix_codes(desk, network):
    first, second = code(network, desk, "a"), code(network, desk, "b")
    blend = {"a": 0.25, "b": 0.75}
    given = style_input(network, (first, second), blend, photograph_pixels(32, 32), 0.5)
    assert_allclose(given[:, :2], 0.25 * first.numbers + 0.75 * second.numbers, rtol=1e-6)
    assert_array_equal(given[:, 2], np.full(len(given), 0.5))
    assert given.dtype == np.float32


def test_a_photograph_is_painted_in_the_style_of_a_picture(model, desk):
    photo = desk / "photo.png"
    assert [each.name for each in model.styles] == ["a", "b"]
    assert model.name == "a+b"
    first, second, both = (
        np.asarray(model(photo, style_weights=each), np.int32) for each in ("a", "b", "a:3,b:1")
    )
    assert first.shape == (44, 60, 3)
    assert np.abs(first - second).mean() > 0.5
    assert_array_equal(both, np.asarray(model(photo, style_weights={"a": 0.75, "b": 0.25})))
    assert_array_equal(np.asarray(model(photo, style_weights={"a": 1, "b": 1})), model(photo))


def test_shares_are_the_blend_when_nothing_else_is_said(desk):
    texts = [f"{desk / 'a.png'}:0.6", f"{desk / 'b.png'}:0.2"]
    model = load_model(styled(desk / "any.onnx", texts), threads=1)
    assert model.blend() == pytest.approx({"a": 0.75, "b": 0.25})
    assert model.blend("b") == {"b": 1.0}


def test_strength_goes_from_the_photograph_to_the_style(model, desk):
    photo = read_picture(desk / "photo.png")
    options = ApplyOptions(style_weights="a")
    results = [
        model.stylize(photo, replace(options, strength=each)).pixels
        for each in (0, 0.02, 0.5, 0.98, 1)
    ]
    assert_array_equal(results[0], photo.pixels)
    assert np.abs(results[1] - photo.pixels).max() < 0.05, "it is to fade, not to jump"
    ends = [np.abs(results[2] - results[each]).mean() for each in (0, 4)]
    assert min(ends) > 1e-3
    assert_allclose(results[3], results[4], atol=0.05)
    # Halfway the features are mixed, not pixels.
    network = model.network
    halfway = style_input(network, model.codes, {"a": 1.0}, photo.pixels, 0.5)
    assert_allclose(results[2], stylized(network, photo.pixels, halfway, 1536)[0], atol=1e-6)


def test_colors_may_be_kept(model, desk):
    photo = read_picture(desk / "photo.png")
    kept = model.stylize(photo, ApplyOptions(style_weights="a", keep_color="luminance")).pixels
    free = model.stylize(photo, ApplyOptions(style_weights="a")).pixels
    luma = np.array([0.299, 0.587, 0.114], np.float32)
    assert_allclose(kept @ luma, np.clip(free, 0, 1) @ luma, atol=2e-3)
    assert np.abs(kept - free).max() > 0.01


def test_other_styles_for_the_same_network(model, desk, network):
    stored = code(network, desk, "c")
    other = model.styled({"x": desk / "c.png", "y": stored})
    assert other.network is model.network
    assert [each.name for each in other.styles] == ["x", "y"]
    pictures = [np.asarray(other(desk / "photo.png", style_weights=each)) for each in "xy"]
    assert_array_equal(*pictures)
    assert [each.name for each in model.styles] == ["a", "b"], "the first one is as it was"
    array = np.asarray(Image.open(desk / "a.png"))
    assert_array_equal(model.styled({"z": array})(desk / "photo.png"),
                       model(desk / "photo.png", style_weights="a"))  # fmt: skip


def test_tiles_under_common_statistics_have_no_seams(network):
    pixels = photograph_pixels(400, 520)
    given = np.concatenate([np.abs(random_image(16, 2)), np.ones((16, 1))], 1).astype(np.float32)
    statistics = network.encoded(pixels.transpose(2, 0, 1)[None])[0]
    whole = stylized(network, pixels, given, 1536)[0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("impasto.networks.large.whole_statistics", lambda *_: statistics)
        tiled = stylized(network, pixels, given, 352)[0]
    assert whole.std() > 0.02
    assert_allclose(tiled, whole, atol=1e-5)


def test_statistics_of_a_large_picture_are_told_without_painting(network, monkeypatch):
    pixels = photograph_pixels(400, 520)
    monkeypatch.setattr(type(network), "__call__", None)
    estimate = whole_statistics(network, pixels, np.zeros(0, np.float32), 256)
    exact = network.encoded(pixels.transpose(2, 0, 1)[None])[0]
    assert_allclose(estimate[:, 0], exact[:, 0], atol=0.05)
    assert_allclose(estimate[:, 1], exact[:, 1], rtol=0.5)


def test_a_code_is_kept_in_a_file(desk, network, tmp_path):
    made = code(network, desk)
    write_code(made, tmp_path / "deep" / "a.imp")
    kept = read_code(tmp_path / "deep" / "a.imp")
    assert_array_equal(kept.numbers, made.numbers)
    for field in ("name", "encoder", "picture", "size", "sha256"):
        assert getattr(kept, field) == getattr(made, field)
    first = (tmp_path / "deep" / "a.imp").read_bytes()
    write_code(made, tmp_path / "b.imp")
    assert (tmp_path / "b.imp").read_bytes() == first
    assert str(desk).encode() not in first
    with pytest.raises(ModelError, match="cannot be written"):
        write_code(made, desk / "a.png" / "a.imp")


def test_a_kept_code_paints_what_its_picture_paints(desk, network, tmp_path):
    write_code(code(network, desk), tmp_path / "night.imp")
    model = load_model(styled(desk / "any.onnx", [str(tmp_path / "night.imp")]), threads=1)
    direct = load_model(styled(desk / "any.onnx", [str(desk / "a.png")]), threads=1)
    assert [each.name for each in model.styles] == ["night"]
    assert_array_equal(model(desk / "photo.png"), direct(desk / "photo.png"))


def test_codes_of_another_encoder_are_refused(desk, network, tmp_path):
    write_code(code(network, desk), tmp_path / "a.imp")
    with pytest.raises(ModelError, match=r"a\.imp: a code for another network than .*other\.onnx"):
        load_model(styled(desk / "other.onnx", [str(tmp_path / "a.imp")]), threads=1)
    model = load_model(styled(desk / "other.onnx", [str(desk / "a.png")]), threads=1)
    with pytest.raises(ModelError, match="x: a code for another network"):
        model.styled({"x": code(network, desk)})


def archive(path, statistics, palette=(4, 3), **changes):
    about = {"format": "impasto-style-1", "name": "a", "encoder": "e", "picture": "p",
             "size": [8, 8], **changes}  # fmt: skip
    kept = {name: each for name, each in about.items() if each is not None}
    with path.open("wb") as file:
        np.savez(file, about=np.frombuffer(json.dumps(kept).encode(), np.uint8),
                 statistics=statistics, palette=np.ones(palette, np.float32))  # fmt: skip


GOOD = np.ones((4, 2), np.float32)

DAMAGED = {
    "text": lambda path: path.write_text("no archive"),
    "empty": lambda path: path.write_bytes(b""),
    "shape": lambda path: archive(path, GOOD[0]),
    "nan": lambda path: archive(path, GOOD * np.nan),
    "objects": lambda path: archive(path, np.array([{}], object)),
    "palette": lambda path: archive(path, GOOD, palette=(3, 3)),
    "no encoder": lambda path: archive(path, GOOD, encoder=None),
    "size": lambda path: archive(path, GOOD, size=3),
    "large": lambda path: path.write_bytes(bytes(2_000_000)),
    "half": lambda path: (archive(path, GOOD), path.write_bytes(path.read_bytes()[:200])),
}


def test_damaged_codes(tmp_path):
    for case, damage in DAMAGED.items():
        damage(tmp_path / "x.imp")
        with pytest.raises(ModelError) as caught:
            read_code(tmp_path / "x.imp")
        assert "x.imp: not the code of a style" in str(caught.value), case
        assert "\n" not in str(caught.value)


def test_codes_of_another_format_and_none(tmp_path):
    archive(tmp_path / "x.imp", GOOD, format="impasto-style-2")
    with pytest.raises(ModelError, match=r"a code of format impasto-style-2, .*: update"):
        read_code(tmp_path / "x.imp")
    with pytest.raises(ModelError, match=r"y\.imp: cannot be read \(No such file"):
        read_code(tmp_path / "y.imp")


def test_what_cannot_be_a_style(desk):
    for texts, kind, words in (
        (["none.png"], PictureError, "none.png: no such file"),
        ([str(desk / "any.onnx")], PictureError, "any.onnx"),
        (["a.png:-1"], OptionError, "style: expected a picture, and a share from 0"),
        (["a.png:0"], OptionError, "style: expected a share above 0 for at least one picture"),
    ):
        with pytest.raises(kind) as caught:
            load_model(styled(desk / "any.onnx", texts), threads=1)
        assert words in str(caught.value)
    with pytest.raises(ModelError, match=r"learned\.onnx: takes no --style"):
        load_model(styled(desk / "learned.onnx", [str(desk / "a.png")]), threads=1)
    model = load_model(desk / "any.onnx", threads=1)
    assert model.styles == ()
    with pytest.raises(OptionError, match="style: expected a style image, as"):
        model(desk / "photo.png")


def test_styles_and_shares_as_text(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "b:0.4").touch()
    found = style_pictures(["a.jpg:0.6", "b:0.4", "C:\\night.jpg", "x/a.png", "a,b.jpg:2"])
    assert [(each.name, str(each.path), each.share) for each in found] == [
        ("a", "a.jpg", 0.6),
        ("b-0", "b:0.4", 1.0),
        ("C-\\night", "C:\\night.jpg", 1.0),
        ("a-2", "x/a.png", 1.0),
        ("a-b", "a,b.jpg", 2.0),
    ]


def test_a_code_is_a_model(desk, network, tmp_path, monkeypatch):
    write_code(code(network, desk), tmp_path / "night.imp")
    assert located(tmp_path / "night.imp").pictures[0].name == "night"
    monkeypatch.setattr("impasto.networks.bundled.ASSETS", bundled_nothing(tmp_path / "empty"))
    with pytest.raises(ModelError, match="no any-style network is bundled"):
        located(tmp_path / "night.imp")
    monkeypatch.setattr("impasto.networks.bundled.ASSETS", bundled_any(tmp_path, desk))
    found = located(tmp_path / "night.imp")
    assert found.pictures == (StylePicture("night", tmp_path / "night.imp"),)
    assert located(found) is found
    assert load_model(tmp_path / "night.imp", threads=1).blend() == {"night": 1.0}
    assert load_model("any-style", threads=1).styles == ()


def bundled_nothing(folder):
    """Assets without any network."""
    (folder / "models").mkdir(parents=True)
    (folder / "models" / "MODELS.json").write_text("[]")
    (folder / "ASSETS.json").write_text("[]")
    return folder


def bundled_any(folder, desk):
    """Assets with an any-style network."""
    import hashlib

    data = (desk / "any.onnx").read_bytes()
    (folder / "models").mkdir()
    (folder / "models" / "any-style.onnx").write_bytes(data)
    entry = {"name": "any-style", "file": "any-style.onnx", "method": "adain", "styles": []}
    sha = hashlib.sha256(data).hexdigest()
    (folder / "models" / "MODELS.json").write_text(json.dumps([entry]))
    table = [{"file": "models/any-style.onnx", "sha256": sha}]
    (folder / "ASSETS.json").write_text(json.dumps(table))
    return folder


def test_the_manifest_names_the_styles(model, desk):
    told = recipe(model, open_source(desk / "photo.png"), ApplyOptions())
    assert [each["name"] for each in told["inputs"]["styles"]] == ["a", "b"]
    assert told["inputs"]["styles"][0]["sha256"] == open_source(desk / "a.png").sha256
    assert told["inputs"]["styles"][0]["size"] == [52, 40]
    assert told["network"]["method"] == "adain"
    assert told["options"]["style_weights"] == {"a": 0.5, "b": 0.5}
    assert str(desk) not in json.dumps(told)


def test_a_file_without_its_encoder_s_hash_is_damaged(tmp_path):
    import onnx

    found = onnx.load_from_string(trained().onnx())
    kept = [each for each in found.metadata_props if each.key != "impasto.encoder"]
    del found.metadata_props[:]
    found.metadata_props.extend(kept)
    (tmp_path / "m.onnx").write_bytes(found.SerializeToString())
    with pytest.raises(ImpastoError, match=r"its metadata is damaged .*impasto.encoder"):
        load_model(tmp_path / "m.onnx", threads=1)
    palette = np.ones((4, 3), np.float32)
    assert StyleCode("a", GOOD, palette, "e", "p", (1, 1)).sha256


def test_a_code_holds_the_palette_of_its_picture(desk, network):
    pixels = read_picture(desk / "a.png").pixels.reshape(-1, 3).astype(float)
    found = code(network, desk).palette
    assert_allclose(found[0], pixels.mean(0), rtol=1e-5)
    assert_allclose(found[1:], np.cov(pixels.T, bias=True), rtol=1e-4, atol=1e-7)


def test_photographs_are_given_in_the_colors_of_the_blend(desk, network):
    first, second = code(network, desk, "a"), code(network, desk, "b")
    photograph = read_picture(desk / "photo.png")
    before = photograph.pixels.copy()
    seen = recolored(photograph, (first, second), {"a": 0.25, "b": 0.75}, 1.0).reshape(-1, 3)
    expected = 0.25 * first.palette[0] + 0.75 * second.palette[0]
    assert_allclose(seen.mean(0), expected, atol=0.02)  # what leaves [0, 1] is cut off
    half = recolored(photograph, (first,), {"a": 1.0}, 0.5)
    whole = recolored(photograph, (first,), {"a": 1.0}, 1.0)
    assert_allclose(half, (before + whole) / 2, atol=1e-6)
    assert_array_equal(photograph.pixels, before)


def test_a_network_is_given_them_where_it_was_trained_so(desk, tmp_path):
    from adain_parts import model_file
    from impasto.image import from_tensor

    path = model_file(tmp_path / "colored.onnx", trained(recolor=True))
    styles = [str(desk / "a.png")]
    colored, plain = (
        load_model(styled(file, styles), threads=1) for file in (path, desk / "any.onnx")
    )
    assert (colored.network.card.recolor, plain.network.card.recolor) == (True, False)
    photograph = read_picture(desk / "photo.png")
    seen = recolored(photograph, (code(colored.network, desk),), {"a": 1.0}, 1.0)
    given = from_tensor(as_planes(seen))
    assert_allclose(colored.stylize(photograph).pixels, plain.stylize(given).pixels, atol=1e-6)


def as_planes(pixels):
    import torch

    return torch.from_numpy(pixels).permute(2, 0, 1)[None]
