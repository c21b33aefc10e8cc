"""An any-style network as an ONNX file: the same pictures, and the same network again."""

import numpy as np
import onnx
import pytest
import torch
from numpy.testing import assert_allclose

from adain_parts import model_file, opened, random_image, read_anystyle, trained
from conftest import photograph_pixels
from impasto.checkpoint import save_checkpoint
from impasto.errors import ModelError
from impasto.methods.adain.method import encoder_hash, halved
from impasto.training.model_file import TOLERANCE, write_model
from impasto.trainings import export
from johnson_parts import trained as trained_styles

KINDS = {
    "slim": {},
    "one skip": {"skips": 1, "decoder_width": 3},
    "two skips": {"skips": 2, "decoder_width": 3},
    "residual": {"residual": True},
    "conditional": {"conditional": True, "skips": 1, "decoder_width": 3},
    "max": {"pooling": "max", "encoder_width": 3},
}


def code_of(what, image):
    with torch.no_grad():
        return what.network.code(torch.from_numpy(image))


def painted(what, image, code, alpha):
    with torch.no_grad():
        codes = code.expand(len(image), -1, -1)
        return what.network(torch.from_numpy(image), codes, alpha).clamp(0, 1).numpy()


def style_of(code, alpha):
    given = code[0].numpy()
    return np.concatenate([given, np.full((len(given), 1), alpha, np.float32)], 1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("alpha", [1.0, 0.4])
def test_onnxruntime_paints_what_torch_paints(kind, alpha, tmp_path):
    what = trained(**KINDS[kind])
    network = opened(model_file(tmp_path / "m.onnx", what))
    code = code_of(what, random_image(1, 3, 40, 56, seed=1))
    for height, width in ((32, 48), (64, 40)):
        image = random_image(2, 3, height, width)
        got, own = network(image, style_of(code, alpha))
        assert got.shape == image.shape
        assert got.std() > 0.02
        assert_allclose(got, painted(what, image, code, alpha), atol=5e-5)
        mean, deviation = code_of(what, image).numpy()[..., 0], code_of(what, image).numpy()[..., 1]
        assert_allclose(own[..., 0], mean, atol=1e-5)
        assert_allclose(1 / own[..., 1], deviation, rtol=1e-3)


def test_the_paper_s_encoder_is_written_too(tmp_path):
    what = trained(encoder="vgg")
    network = opened(model_file(tmp_path / "m.onnx", what))
    image, code = random_image(1, 3, 32, 32), code_of(what, random_image(1, 3, 32, 32, seed=1))
    assert_allclose(network(image, style_of(code, 1))[0], painted(what, image, code, 1), atol=2e-4)


@pytest.mark.parametrize("picture", ["flat", "dot", "photograph"])
def test_pictures_of_mostly_one_color_are_painted_alike(picture, tmp_path):
    what = trained(skips=2)
    planes = np.full((1, 3, 160, 192), 0.9, np.float32)
    if picture == "dot":
        planes[..., 70:80, 100:112] = 0
    if picture == "photograph":
        planes[0] = photograph_pixels(160, 192).transpose(2, 0, 1)
    code = code_of(what, random_image(1, 3, 64, 64, seed=1))
    got, _ = opened(model_file(tmp_path / "m.onnx", what))(planes, style_of(code, 1))
    assert_allclose(got, painted(what, planes, code, 1), atol=1e-3)


@pytest.mark.parametrize("alpha", [1.0, 0.5])
def test_given_statistics_take_the_place_of_the_image_s_own(alpha, tmp_path):
    what = trained(skips=2)
    network = opened(model_file(tmp_path / "m.onnx", what))
    image, other = random_image(1, 3, 40, 40), random_image(1, 3, 48, 48, seed=2)
    style = style_of(code_of(what, random_image(1, 3, 32, 32, seed=1)), alpha)
    own = network.encoded(image)[0]
    assert_allclose(network(image, style, own)[0], network(image, style)[0], atol=1e-5)
    changed, still = network(image, style, network.encoded(other)[0] * 1.1)
    assert np.abs(changed - network(image, style)[0]).max() > 1e-3
    assert_allclose(still[0], own, rtol=1e-6)


def test_statistics_alone_are_those_of_painting(tmp_path):
    what = trained()
    network = opened(model_file(tmp_path / "m.onnx", what))
    image = random_image(2, 3, 40, 48)
    style = style_of(code_of(what, image[:1]), 1)
    np.testing.assert_array_equal(network.encoded(image), network(image, style)[1])
    off = {"image": image, "style": style, "statistics": np.ones((16, 2), np.float32)}
    scalars = {name: np.array(0, np.float32) for name in ("given", "paint")}
    [nothing] = network._session.run(["stylized"], {**off, **scalars})
    assert nothing.size == 0, "the decoder is not to run for an encoding"


@pytest.mark.parametrize("kind", KINDS)
def test_the_file_is_the_network_in_half_precision(kind, tmp_path):
    what = trained(**KINDS[kind])
    path = model_file(tmp_path / "m.onnx", what)
    again = read_anystyle(path)
    assert (again.options, again.size) == (what.options, what.size)
    for name, tensor in what.network.state_dict().items():
        assert torch.equal(again.network.state_dict()[name], tensor), name
    assert again.onnx() == what.onnx()
    model = onnx.load(path)
    weights = [each for each in model.graph.initializer if each.name.endswith(".weight")]
    assert weights
    assert all(each.data_type == onnx.TensorProto.FLOAT16 for each in weights)


def test_networks_of_one_encoder_understand_each_other_s_codes():
    first = trained()
    other = trained(seed=1)
    assert encoder_hash(first.network) != encoder_hash(other.network)
    other.network.encoder.load_state_dict(first.network.encoder.state_dict())
    assert encoder_hash(first.network) == encoder_hash(other.network)
    other.network.encoder.pooling = "max"
    assert encoder_hash(first.network) != encoder_hash(other.network)
    skipping = trained(skips=2)
    skipping.network.encoder.load_state_dict(first.network.encoder.state_dict())
    assert encoder_hash(first.network) != encoder_hash(skipping.network), "codes of other lengths"


def test_weights_beyond_half_precision_are_refused():
    assert halved({"bias": torch.tensor([1e5])})["bias"] == 1e5
    with pytest.raises(ValueError, match="half precision cannot hold"):
        halved({"weight": torch.full((1, 1, 1, 1), 1e5)})


def test_export_of_a_run_and_of_a_file(tmp_path):
    what = trained()
    recipe = {"method": "adain", "options": what.options.to_json(), "training": {"size": 64}}
    import json

    state = {"modules": {"network": what.network.state_dict()}, "average": {"twins": {}},
             "number": 5}  # fmt: skip
    folder = tmp_path / "run" / "checkpoints"
    folder.mkdir(parents=True)
    save_checkpoint(folder / "000005.pt", "training", {"recipe": json.dumps(recipe),
                                                       "state": state})  # fmt: skip
    first = export(tmp_path / "run", tmp_path / "a.onnx")
    second = export(tmp_path / "a.onnx", tmp_path / "b.onnx")
    assert first.path.read_bytes() == second.path.read_bytes()
    assert max(first.differences) <= TOLERANCE
    assert first.styles == ()


def test_another_picture_than_torch_s_is_not_kept(tmp_path, monkeypatch):
    what, data = trained(), trained(seed=3).onnx()
    monkeypatch.setattr(type(what), "onnx", lambda self: data)
    with pytest.raises(ModelError, match="onnxruntime and torch give different pictures"):
        write_model(what, tmp_path / "m.onnx")
    assert not (tmp_path / "m.onnx").exists()


def test_files_that_are_no_any_style_network(tmp_path):
    style = tmp_path / "s.onnx"
    style.write_bytes(trained_styles().onnx())
    with pytest.raises(ModelError, match="not trained by impasto train adain, but by johnson"):
        read_anystyle(style)
    broken = tmp_path / "b.onnx"
    broken.write_bytes(trained().onnx()[:-700])
    with pytest.raises(ModelError, match=r"b\.onnx: not a whole trained network"):
        read_anystyle(broken)
    with pytest.raises(ModelError, match=r"none\.onnx: cannot be read"):
        read_anystyle(tmp_path / "none.onnx")
