"""Generators as ONNX files: the same pictures, of any size, in tiles, through apply."""

import json

import numpy as np
import onnx
import pytest
import torch
from numpy.testing import assert_allclose
from PIL import Image

from cli_pictures import impasto as command
from cli_pictures import write_photograph
from conftest import photograph_pixels
from cyclegan_parts import RESAMPLINGS, array, options, read_pair, run, sets, tiny, translator
from impasto.errors import ModelError
from impasto.methods.cyclegan.network import instance_norm
from impasto.networks.large import stylized
from impasto.networks.model import load_model
from impasto.networks.network import Network
from impasto.networks.resolve import Located
from impasto.training import model_file as written
from impasto.training.model_file import TOLERANCE, write_model
from impasto.trainings import export

ONE = np.ones(1, np.float32)


def file_of(folder, what):
    path = folder / f"{what.names[0]}.onnx"
    path.write_bytes(what.onnx())
    return path


def opened(path):
    return Network(Located(path.stem, path), 1)


def expected(what, image):
    with torch.no_grad():
        return what.network(torch.from_numpy(image)).clamp(0, 1).numpy()


@pytest.mark.parametrize("resampling", RESAMPLINGS)
@pytest.mark.parametrize("residual", [False, True])
def test_onnxruntime_makes_what_torch_makes(resampling, residual, tmp_path):
    what = translator(resampling, residual=residual)
    network = opened(file_of(tmp_path, what))
    for height, width in ((32, 48), (64, 40), (72, 88)):
        image = array(2, 3, height, width)
        got, own = network(image, ONE)
        assert_allclose(got, expected(what, image), atol=1e-4)
        assert own.shape == (2, network.channels, 2)


@pytest.mark.parametrize("resampling", RESAMPLINGS)
@pytest.mark.parametrize("picture", ["faint", "dot", "photograph"])
def test_pictures_of_mostly_one_color_are_made_alike(resampling, picture, tmp_path):
    what = translator(resampling)
    planes = np.full((1, 3, 256, 320), 0.9, np.float32)
    if picture == "faint":
        planes += np.round(np.linspace(0, 5, 320)).astype(np.float32) / 255
    if picture == "dot":
        planes[..., 100:110, 200:212] = 0
    if picture == "photograph":
        planes[0] = photograph_pixels(256, 320).transpose(2, 0, 1)
    got, _ = opened(file_of(tmp_path, what))(planes, ONE)
    assert_allclose(got, expected(what, planes), atol=1 / 255)


def test_statistics_are_those_of_each_layer_in_torch(tmp_path, monkeypatch):
    what, image, seen = translator(), array(2, 3, 40, 48), []

    def noted(maps):
        variance, mean = torch.var_mean(maps, dim=(2, 3), correction=0)
        seen.append(torch.stack([mean, torch.rsqrt(variance + 1e-5)], -1))
        return instance_norm(maps)

    monkeypatch.setattr("impasto.methods.cyclegan.network.instance_norm", noted)
    expected(what, image)
    _, own = opened(file_of(tmp_path, what))(image, ONE)
    assert_allclose(own, torch.cat(seen, 1), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("resampling", RESAMPLINGS)
def test_tiles_are_the_whole_picture_where_statistics_are_the_same(
    resampling, tmp_path, monkeypatch
):
    network = opened(file_of(tmp_path, translator(resampling, blocks=1)))
    pixels = array(200, 264, 3)
    planes = np.ascontiguousarray(pixels.transpose(2, 0, 1))[None]
    whole, own = network(planes, ONE)
    monkeypatch.setattr("impasto.networks.large.whole_statistics", lambda *_: own[0])
    tiled = stylized(network, pixels, ONE, tile=224)[0]
    assert_allclose(tiled, whole[0].transpose(1, 2, 0), atol=2e-5)
    assert not np.allclose(stylized(network, pixels, ONE, tile=400)[0], np.zeros_like(pixels))


def test_given_statistics_are_used(tmp_path):
    network = opened(file_of(tmp_path, translator()))
    image, other = array(1, 3, 40, 48), array(1, 3, 40, 48, seed=1) ** 2
    free, own = network(image, ONE)
    assert_allclose(network(image, ONE, own[0])[0], free, atol=1e-4)
    _, others = network(other, ONE)
    assert np.abs(network(image, ONE, others[0])[0] - free).max() > 0.01


@pytest.mark.parametrize("resampling", RESAMPLINGS)
@pytest.mark.parametrize("size", [(33, 47), (35, 64), (5, 9), (61, 34)])
def test_odd_sizes_go_through_the_model_as_through_torch(resampling, size, tmp_path):
    what = translator(resampling)
    model = load_model(file_of(tmp_path, what), threads=1)
    pixels = array(*size, 3)
    got = np.asarray(model(pixels)) / 255
    planes = np.ascontiguousarray(pixels.transpose(2, 0, 1))[None]
    assert got.shape == (*size, 3)
    assert_allclose(got, expected(what, planes)[0].transpose(1, 2, 0), atol=1.1 / 255)


def test_what_the_file_says_about_itself(tmp_path):
    from dataclasses import replace

    about = {"title": "Van Gogh", "artist": "Vincent van Gogh"}
    styles = [{"name": "photo-to-van-gogh", **about}]
    what = replace(translator(), styles=styles, origin="by chance", licence="CC0-1.0")
    card = opened(file_of(tmp_path, what)).card
    assert (card.method, card.slots, card.identity, card.multiple) == ("cyclegan", 1, None, 4)
    assert (card.reach, card.size, card.grain) == (what.network.reach, 64, 0)
    assert (card.origin, card.licence) == ("by chance", "CC0-1.0")
    [style] = card.styles
    assert (style.name, style.title, style.artist) == (
        "photo-to-van-gogh", "Van Gogh", "Vincent van Gogh"
    )  # fmt: skip


def test_strength_fades_to_the_picture(tmp_path):
    model = load_model(file_of(tmp_path, translator()), threads=1)
    pixels = array(40, 36, 3)
    full, half = (np.asarray(model(pixels, strength=each)) / 255 for each in (1.0, 0.5))
    assert_allclose(half, (full + pixels) / 2, atol=1.6 / 255)
    assert_allclose(np.asarray(model(pixels, strength=0.0)) / 255, pixels, atol=0.6 / 255)


def test_a_translation_can_be_asked_for_by_its_name_and_no_other(tmp_path):
    path = file_of(tmp_path, translator())
    write_photograph(tmp_path / "lake.png", 40, 36)
    given = ("apply", "lake.png", "--model", path.name, "-o", "out.png", "--style-weights")
    assert command(*given, "photo-to-painting", at=tmp_path).code == 0
    wrong = command(*given, "painting-to-photo", at=tmp_path).complaint
    assert wrong.startswith("--style-weights: expected one of photo-to-painting")


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory):
    folder = sets(tmp_path_factory.mktemp("pair"))
    run(folder, folder / "run", options(painting_name="monet"), steps=2)
    return folder / "run"


def test_a_run_is_exported_as_two_files_that_differ(run_dir, tmp_path):
    new = tmp_path / "new"
    there, back = (write_model(each, new / f"{each.names[0]}.onnx") for each in read_pair(run_dir))
    assert [each.path.name for each in (there, back)] == [
        "photo-to-monet.onnx", "monet-to-photo.onnx"
    ]  # fmt: skip
    assert (there.styles, back.styles) == (("photo-to-monet",), ("monet-to-photo",))
    assert max(*there.differences, *back.differences) < TOLERANCE
    image = array(1, 3, 32, 32)
    first, second = (opened(each.path)(image, ONE)[0] for each in (there, back))
    assert np.abs(first - second).max() > 0


def test_the_name_of_the_file_says_which_direction_is_exported(run_dir, tmp_path):
    for each in read_pair(run_dir):
        alone = export(run_dir, tmp_path / f"{each.names[0]}.onnx")
        assert alone.path.read_bytes() == each.onnx()
        assert (run_dir / alone.path.name).read_bytes() == each.onnx(), "by the training itself"
    with pytest.raises(ModelError) as caught:
        export(run_dir, tmp_path / "model.onnx")
    words = "the training has two networks: name the file photo-to-monet.onnx or monet-to-photo"
    assert words in str(caught.value)
    assert not (tmp_path / "model.onnx").exists()


def test_the_command_exports_and_applies(run_dir, tmp_path):
    told = command("export", run_dir, "monet-to-photo.onnx", "--json", at=tmp_path).results[0]
    assert told["styles"] == ["monet-to-photo"]
    write_photograph(tmp_path / "lake.png", 45, 37)
    done = command("apply", "lake.png", "--model", "monet-to-photo.onnx", at=tmp_path)
    assert done.code == 0, done.err
    sizes = []
    for name in ("lake.png", "lake-monet-to-photo.png"):
        with Image.open(tmp_path / name) as picture:
            sizes.append(picture.size)
    assert sizes[0] == sizes[1] == (45, 37)
    rows = json.loads(command("models", "monet-to-photo.onnx", "--json", at=tmp_path).out)
    assert rows[0]["method"] == "cyclegan"


def test_a_file_that_makes_other_pictures_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr(written, "TOLERANCE", -1.0)
    with pytest.raises(ModelError, match="onnxruntime and torch give different pictures"):
        write_model(translator(), tmp_path / "m.onnx")
    assert not list(tmp_path.iterdir())


def test_a_file_whose_inputs_are_anothers_is_refused(tmp_path):
    path = file_of(tmp_path, translator())
    model = onnx.load(path)
    for each in model.metadata_props:
        if each.key == "impasto.method":
            each.value = "johnson"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelError, match="inputs and outputs are not those of a johnson model"):
        opened(path)


def test_a_damaged_file_is_refused(tmp_path):
    path = file_of(tmp_path, translator())
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(ModelError):
        opened(path)


@pytest.mark.parametrize("resampling", RESAMPLINGS)
def test_the_least_network_is_exported_too(resampling, tmp_path):
    what = translator(resampling, blocks=0)
    image = array(1, 3, 36, 32)
    got, _ = opened(file_of(tmp_path, what))(image, ONE)
    assert_allclose(got, expected(what, image), atol=1e-4)
    assert tiny(resampling, blocks=0).reach < tiny(resampling, blocks=1).reach
