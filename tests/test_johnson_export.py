"""A style network as an ONNX file: the same pictures, and the same network again."""

import json

import numpy as np
import onnx
import pytest
import torch
from numpy.testing import assert_allclose

from conftest import photograph_pixels
from impasto.checkpoint import save_checkpoint
from impasto.errors import ModelError, RunError
from impasto.methods.johnson.onnx_model import regrouped
from impasto.networks.large import stylized
from impasto.networks.network import grain
from impasto.training import model_file as written
from impasto.training.model_file import SIZES, TOLERANCE, write_model
from impasto.trainings import export
from johnson_parts import LAYOUTS, bits, model_file, opened, random_image, read_styles, trained
from trained_models import model_bytes


def expected(what, image, weights):
    with torch.no_grad():
        shares = torch.from_numpy(weights).expand(len(image), -1)
        return what.network(torch.from_numpy(image), shares).clamp(0, 1).numpy()


def shares(*values):
    return np.array(values, np.float32)


ALL = (*LAYOUTS, "ghiasi")

BLENDS = {"one": shares(0, 1, 0), "blend": shares(0.3, 0.5, 0.2), "beyond": shares(1.4, -0.4, 0)}


@pytest.mark.parametrize("layout", ALL)
@pytest.mark.parametrize("blend", BLENDS)
def test_onnxruntime_paints_what_torch_paints(layout, blend, tmp_path):
    what = trained(layout=layout, width=3, blocks=2)
    network = opened(model_file(tmp_path / "m.onnx", what))
    for height, width in ((32, 48), (64, 40), (72, 88)):
        image = random_image(2, 3, height, width)
        got, _ = network(image, BLENDS[blend])
        assert got.shape == image.shape
        assert_allclose(got, expected(what, image, BLENDS[blend]), atol=5e-5)


@pytest.mark.parametrize("blend", BLENDS)
def test_styles_with_weights_of_their_own_are_blended_with_the_others(blend, tmp_path):
    what = trained(("a", "b", "c"), layout="ghiasi", width=3, blocks=2, coarse=4, own=(0, 1))
    network = opened(model_file(tmp_path / "m.onnx", what))
    image = random_image(2, 3, 64, 40)
    weights = np.append(BLENDS[blend], np.float32(0))
    got, _ = network(image, weights)
    assert_allclose(got, expected(what, image, weights), atol=5e-5)
    again = read_styles(tmp_path / "m.onnx")
    assert bits(again.network.state_dict()) == bits(what.network.state_dict())
    assert again.onnx() == what.onnx()


def test_a_style_without_weights_of_its_own_is_painted_as_if_none_had_any(tmp_path):
    what = trained(layout="ghiasi", width=3, blocks=2, own=(0,))
    plain = trained(layout="ghiasi", width=3, blocks=2)
    plain.network.load_state_dict(what.network.state_dict(), strict=False)
    image, paintings = random_image(1, 3, 64, 40), []
    for number, each in enumerate((what, plain)):
        network = opened(model_file(tmp_path / f"{number}.onnx", each))
        paintings.append([network(image, shares(*weights))[0] for weights in np.eye(3)])
    (own, other, photograph), (shared, *same) = paintings
    assert_allclose([other, photograph], same, atol=5e-5)
    assert np.abs(own - shared).max() > 0.01


@pytest.mark.parametrize("layout", ALL)
@pytest.mark.parametrize("picture", ["faint", "dot", "flat", "photograph"])
def test_pictures_of_mostly_one_color_are_painted_alike(layout, picture, tmp_path):
    # Their deviation is small beside their mean, where sums in float32 are easily too rough.
    what = trained(layout=layout, blocks=2)
    planes = np.full((1, 3, 256, 320), 0.9, np.float32)
    if picture == "faint":
        planes += np.round(np.linspace(0, 5, 320)).astype(np.float32) / 255
    if picture == "dot":
        planes[..., 100:110, 200:212] = 0
    if picture == "photograph":
        planes[0] = photograph_pixels(256, 320).transpose(2, 0, 1)
    got, _ = opened(model_file(tmp_path / "m.onnx", what))(planes, shares(1, 0, 0))
    # Its last normalization makes faint differences large: each is 0.003 off what float64 gives.
    atol = (2 if layout == "ghiasi" else 1) / 255
    assert_allclose(got, expected(what, planes, shares(1, 0, 0)), atol=atol)


def test_what_is_used_sees_the_grain_it_was_trained_with(tmp_path):
    what = trained(grain=0.25)
    network = opened(model_file(tmp_path / "m.onnx", what))
    image = random_image(1, 3, 48, 40)
    got, _ = network(image, shares(1, 0, 0))
    seen = image + np.float32(0.25) * grain(48, 40)
    assert_allclose(got, expected(what, seen, shares(1, 0, 0)), atol=5e-5)
    assert np.abs(got - expected(what, image, shares(1, 0, 0))).max() > 0.01
    assert read_styles(tmp_path / "m.onnx").options.grain == 0.25
    assert max(export(tmp_path / "m.onnx", tmp_path / "n.onnx").differences) < 1e-4


@pytest.mark.parametrize("layout", LAYOUTS)
def test_statistics_are_those_of_each_layer_in_torch(layout, tmp_path):
    from impasto.nn.blocks import EPSILON, ConditionalInstanceNorm

    what, image, seen = trained(layout=layout, blocks=2), random_image(2, 3, 40, 48), []

    def note(_norm, given, _result):
        variance, mean = torch.var_mean(given[0], dim=(2, 3), correction=0)
        seen.append(torch.stack([mean, torch.rsqrt(variance + EPSILON)], -1))

    for each in what.network.modules():
        if isinstance(each, ConditionalInstanceNorm):
            each.register_forward_hook(note)
    expected(what, image, shares(0, 1, 0))
    _, own = opened(model_file(tmp_path / "m.onnx", what))(image, shares(0, 1, 0))
    assert_allclose(own, torch.cat(seen, 1), rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("layout", ALL)
def test_a_picture_given_its_own_statistics_is_the_same(layout, tmp_path):
    network = opened(model_file(tmp_path / "m.onnx", trained(layout=layout, blocks=2)))
    image, other = random_image(1, 3, 40, 48), random_image(1, 3, 40, 48, seed=1) ** 2
    free, own = network(image, BLENDS["blend"])
    given, again = network(image, BLENDS["blend"], own[0])
    assert_allclose(given, free, atol=1e-5)
    assert_allclose(again, own, rtol=1e-3, atol=1e-4)
    _, others = network(other, BLENDS["blend"])
    changed, _ = network(image, BLENDS["blend"], others[0])
    assert np.abs(changed - free).max() > 0.01, "statistics are without effect"


@pytest.mark.parametrize("layout", ALL)
def test_pixels_beyond_the_reach_do_not_matter_once_statistics_are_given(layout, tmp_path):
    network = opened(model_file(tmp_path / "m.onnx", trained(layout=layout)))
    reach, image = network.card.reach, random_image(1, 3, 128, 128)
    _, own = network(image, shares(1, 0, 0))
    before, _ = network(image, shares(1, 0, 0), own[0])
    image[..., 60, 60] = 1 - image[..., 60, 60].round()
    after, _ = network(image, shares(1, 0, 0), own[0])
    rows, columns = np.nonzero(np.abs(after - before)[0].max(0) > 1e-5)
    assert reach // 2 < max(np.abs(rows - 60).max(), np.abs(columns - 60).max()) <= reach


@pytest.mark.parametrize("layout", ALL)
def test_tiles_are_the_whole_picture_where_statistics_are_the_same(layout, tmp_path, monkeypatch):
    network = opened(model_file(tmp_path / "m.onnx", trained(layout=layout)))
    pixels = random_image(200, 264, 3)
    planes = np.ascontiguousarray(pixels.transpose(2, 0, 1))[None]
    whole, own = network(planes, BLENDS["blend"])
    monkeypatch.setattr("impasto.networks.large.whole_statistics", lambda *_: own[0])
    tiled = stylized(network, pixels, BLENDS["blend"], tile=224)[0]
    assert_allclose(tiled, whole[0].transpose(1, 2, 0), atol=1e-5)


@pytest.mark.parametrize("layout", ALL)
def test_a_network_comes_back_from_its_file_byte_for_byte(layout, tmp_path):
    what = trained(("a", "b-c"), layout=layout, width=3, style_weight=3.5, identity=False)
    again = read_styles(model_file(tmp_path / "m.onnx", what))
    assert bits(again.network.state_dict()) == bits(what.network.state_dict())
    assert (again.options, again.size) == (what.options, 64)
    assert [each["name"] for each in again.styles] == ["a", "b-c"]
    assert again.onnx() == what.onnx()
    assert not again.network.training


def test_regrouping_goes_both_ways():
    weight = np.arange(2 * 12 * 9, dtype=np.float32).reshape(2, 12, 3, 3)
    there = regrouped(weight, 3, 4)
    # Channel (color 1, place 2) of torch is (place 2, color 1) of ONNX.
    assert np.array_equal(there[:, 2 * 3 + 1], weight[:, 1 * 4 + 2])
    assert np.array_equal(regrouped(there, 4, 3), weight)


def test_what_the_file_says_about_itself(tmp_path):
    from dataclasses import replace

    what = replace(trained(), origin="Painted by chance", licence="CC0-1.0")
    known = [
        {"name": "a", "title": "Ä", "year": "1889", "artist": "", "sha256": "0"},
        {"name": "b"},
    ]
    what = replace(what, styles=known)
    told = what.metadata()
    assert json.loads(told["impasto.styles"]) == [
        {"name": "a", "title": "Ä", "year": "1889"},
        {"name": "b"},
    ]
    assert json.loads(told["impasto.options"]) == what.options.to_json()
    card = opened(model_file(tmp_path / "m.onnx", what)).card
    assert (card.method, card.slots, card.identity, card.size) == ("johnson", 3, 2, 64)
    assert [each.name for each in card.styles] == ["a", "b"]
    assert (card.multiple, card.reach) == (what.network.multiple, what.network.reach)
    assert (card.origin, card.licence) == ("Painted by chance", "CC0-1.0")
    again = read_styles(tmp_path / "m.onnx")
    assert (again.origin, again.licence) == (card.origin, card.licence)


def test_without_the_photograph_there_is_no_slot_for_it(tmp_path):
    card = opened(model_file(tmp_path / "m.onnx", trained(identity=False))).card
    assert (card.slots, card.identity) == (2, None)


def test_the_file_is_one_of_plain_operations(tmp_path):
    model = onnx.load_from_string(trained().onnx())
    assert {each.domain for each in model.opset_import} == {""}
    image = model.graph.input[0].type.tensor_type.shape.dim
    assert [each.dim_param for each in image] == ["batch", "", "height", "width"]


def changed(data, **texts):
    """A model file with other metadata; None takes an entry out."""
    model = onnx.load_from_string(data)
    kept = {each.key: each.value for each in model.metadata_props}
    kept.update({f"impasto.{name}": text for name, text in texts.items()})
    del model.metadata_props[:]
    onnx.helper.set_model_props(model, {k: v for k, v in kept.items() if v is not None})
    return model.SerializeToString()


def without(data, name):
    model = onnx.load_from_string(data)
    kept = [each for each in model.graph.initializer if each.name != name]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    return model.SerializeToString()


DAMAGED = {
    "text": (lambda data: b"no model at all", "not a whole trained network"),
    "empty": (lambda data: b"", "not trained by impasto"),
    "cut": (lambda data: data[: len(data) // 2], "not a whole trained network"),
    "foreign": (
        lambda data: changed(data, method="cyclegan"),
        "not trained by impasto train johnson",
    ),
    "future": (lambda data: changed(data, format="2"), "a model of format 2, this impasto reads 1"),
    "no options": (lambda data: changed(data, options=None), "not a whole trained network"),
    "wrong options": (lambda data: changed(data, options='{"width": 0}'), "width: expected"),
    "new option": (lambda data: changed(data, options='{"hue": 1}'), "hue: expected an option"),
    "no json": (lambda data: changed(data, options="{"), "not a whole trained network"),
    "list": (lambda data: changed(data, options='["width"]'), "not a whole trained network"),
    "no styles": (lambda data: changed(data, styles=None), "not a whole trained network"),
    "more styles": (
        lambda data: changed(data, styles='[{"name": "a"}, {"name": "b"}, {"name": "c"}]'),
        "not a whole trained network",
    ),
    "numbers": (lambda data: changed(data, styles="[1, 2]"), "not a whole trained network"),
    "no name": (lambda data: changed(data, styles='[{"title": "A"}, {}]'), "not a whole"),
    "size": (lambda data: changed(data, size="big"), "not a whole trained network"),
    "part gone": (lambda data: without(data, "blocks.0.conv1.weight"), "not a whole trained"),
    "first gone": (lambda data: without(data, "conv1.weight"), "not a whole trained network"),
    "other shape": (lambda data: changed(data, options='{"width": 3}'), "not a whole trained"),
    "of another hand": (lambda data: model_bytes(), "not a whole trained network"),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_file_that_is_no_style_network(damage, tmp_path):
    spoil, words = DAMAGED[damage]
    path = tmp_path / "m.onnx"
    path.write_bytes(spoil(trained().onnx()))
    with pytest.raises(ModelError) as caught:
        read_styles(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ModelError, match=r"none\.onnx: cannot be read"):
        read_styles(tmp_path / "none.onnx")
    with pytest.raises(RunError, match="no such checkpoint"):
        read_styles(tmp_path / "none.pt")
    with pytest.raises(RunError, match="no checkpoint of a training"):
        read_styles(tmp_path)


def checkpoint(path, recipe, weights):
    state = {"modules": {"network": weights}, "average": {"twins": {}}, "number": 5}
    save_checkpoint(path, "training", {"recipe": json.dumps(recipe), "state": state})
    return path


def recipe(what, **changes):
    names = [{"name": "a"}, {"name": "b"}]
    training = {"training": {"size": 64}}
    return {"method": "johnson", "options": what.options.to_json(), "styles": names,
            **training, **changes}  # fmt: skip


def test_a_checkpoint_gives_its_network(tmp_path):
    what = trained()
    path = checkpoint(tmp_path / "5.pt", recipe(what), what.network.state_dict())
    again = read_styles(path)
    assert bits(again.network.state_dict()) == bits(what.network.state_dict())
    assert (again.options, again.size) == (what.options, 64)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"method": "cyclegan"}, "not trained by impasto train johnson, but by cyclegan"),
        ({"options": {"width": 5}}, "not a whole trained network"),
        ({"options": {"hue": 5}}, "not a whole trained network (hue: expected an option"),
        ({"styles": [{"name": "a"}]}, "not a whole trained network"),
    ],
)
def test_a_checkpoint_of_something_else(changes, words, tmp_path):
    what = trained()
    path = checkpoint(tmp_path / "5.pt", recipe(what, **changes), what.network.state_dict())
    with pytest.raises(ModelError) as caught:
        read_styles(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_exporting_shows_that_the_pictures_are_the_same(tmp_path):
    model = model_file(tmp_path / "m.onnx", trained())
    done = export(model, tmp_path / "new" / "n.onnx")
    assert done.path.read_bytes() == model.read_bytes()
    assert done.bytes == model.stat().st_size
    assert done.styles == ("a", "b")
    assert len(done.differences) == len(SIZES) == 3
    assert 0 < max(done.differences) < 1e-4
    told = done.to_json()
    assert [each["size"] for each in told["parity"]] == [list(each) for each in SIZES]
    assert json.loads(json.dumps(told))["output"] == str(done.path)


def test_other_pictures_are_refused_and_no_file_is_left(tmp_path, monkeypatch):
    monkeypatch.setattr(written, "TOLERANCE", 1e-9)
    (tmp_path / "out.onnx").write_bytes(b"older")
    with pytest.raises(ModelError, match="onnxruntime and torch give different pictures"):
        write_model(trained(), tmp_path / "out.onnx")
    assert [each.name for each in tmp_path.iterdir()] == ["out.onnx"]
    assert (tmp_path / "out.onnx").read_bytes() == b"older"


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_difference_that_is_no_number_is_refused(place, tmp_path, monkeypatch):
    found = [0.0, 0.0, 0.0]
    found[place] = float("nan")
    monkeypatch.setattr(written, "_differences", lambda *_: tuple(found))
    with pytest.raises(ModelError, match="different pictures"):
        write_model(trained(), tmp_path / "out.onnx")
    assert list(tmp_path.iterdir()) == []


def test_a_network_that_is_not_finite_is_refused(tmp_path):
    what = trained()
    with torch.no_grad():
        what.network.conv3.weight[0, 0, 0, 0] = float("nan")
    with pytest.raises(
        ModelError, match=r"out\.onnx: the network's output has values that are not finite"
    ):
        write_model(what, tmp_path / "out.onnx")
    assert list(tmp_path.iterdir()) == []


def test_the_tolerance_is_no_visible_difference():
    assert TOLERANCE < 1 / 255


def test_places_that_cannot_be_written(tmp_path):
    model = model_file(tmp_path / "m.onnx", trained())
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match=r"n\.onnx: cannot be written"):
        export(model, tmp_path / "file" / "n.onnx")
    with pytest.raises(ModelError, match=r"out\.pt: a model file's name ends in \.onnx"):
        export(model, tmp_path / "out.pt")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "m.onnx"]
