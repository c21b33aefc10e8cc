"""Weights in every published format become the same tensors, and faults become one clear line."""

import os
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.io
import torch

from impasto import weights
from impasto.errors import MissingExtraError, OptionError, WeightsError
from impasto.files import sha256
from impasto.nn.vgg import BLOCKS, VGG, InputConvention, conv_names
from impasto.weights import canonical, importing, store
from impasto.weights.published import CONVENTIONS, FINGERPRINTS

CAFFE = InputConvention("BGR", 255.0, (103.939, 116.779, 123.68), (1.0, 1.0, 1.0))
MATCONVNET = InputConvention("RGB", 255.0, (123.68, 116.779, 103.939), (1.0, 1.0, 1.0))


WIDTHS = (64, 16, 24, 32, 32)
"""Of networks that are read as the real ones are, in a twentieth of the time."""


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("IMPASTO_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("impasto.nn.vgg.WIDTHS", WIDTHS)


def random_network(network):
    """Random arrays with the published network's first values, channels in Caffe's order."""
    random = np.random.default_rng(0)
    arrays, channels = {}, 3
    for name in conv_names(network):
        width = WIDTHS[int(name[4]) - 1]
        values = random.standard_normal((width, channels, 3, 3), dtype=np.float32)
        arrays[f"{name}.weight"] = values / (3 * channels**0.5)
        arrays[f"{name}.bias"] = random.standard_normal(width, dtype=np.float32)
        channels = width
    arrays["conv1_1.weight"][0, :, 0, 0] = FINGERPRINTS[network, "caffe"]
    return arrays


@pytest.fixture(scope="module")
def caffe():
    return random_network("vgg19")


FEATURES = {
    "vgg16": (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28),
    "vgg19": (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34),
}
"""The convolutions in torchvision's ``vgg.features``."""


def state_dict(arrays, network="vgg19", prefix="features."):
    indices = dict(zip(conv_names(network), FEATURES[network], strict=True))
    return {
        f"{prefix}{indices[name.split('.')[0]]}.{name.split('.')[1]}": torch.from_numpy(each)
        for name, each in arrays.items()
    }


def whole_pth(path, arrays):
    torch.save(state_dict(arrays) | {"classifier.0.weight": torch.ones(4, 4)}, path)


def legacy_features_pth(path, arrays):
    torch.save(state_dict(arrays, prefix=""), path, _use_new_zipfile_serialization=False)


def wrapped_pth(path, arrays):
    torch.save({"epoch": 1, "state_dict": state_dict(arrays, prefix="module.features.")}, path)


def named_safetensors(path, arrays):
    from safetensors.numpy import save_file

    save_file({f"vgg.{name}": each for name, each in arrays.items()}, path)


def mat_layers(arrays, order):
    """Layers as MatConvNet's utils/import-caffe.py writes them: a cell of structs."""
    layers = []
    for block, count in enumerate(BLOCKS["vgg19"], 1):
        for number in range(1, count + 1):
            name = f"conv{block}_{number}"
            kernel = arrays[f"{name}.weight"].transpose(2, 3, 1, 0)
            pair = np.empty((1, 2), dtype=object)
            pair[0, 0] = kernel[:, :, ::-1] if name == "conv1_1" else kernel
            pair[0, 1] = arrays[f"{name}.bias"].reshape(1, -1)
            fields = {"name": name, "type": "conv", "weights": pair, "stride": np.ones((1, 2))}
            layers += [{key: fields[key] for key in order}]
            layers += [{"name": f"relu{block}_{number}", "type": "relu"}]
        layers += [{"name": f"pool{block}", "type": "pool", "pool": np.full((1, 2), 2.0)}]
    return np.array(layers).reshape(1, -1)


def mat(path, arrays):
    content = {"layers": mat_layers(arrays, ("name", "type", "weights", "stride")), "classes": []}
    scipy.io.savemat(path, content, oned_as="row")


def mat_weights_first(path, arrays):
    layers = mat_layers(arrays, ("weights", "type", "name", "stride"))
    scipy.io.savemat(path, {"layers": layers, "normalization": {"averageImage": np.ones(3)}})


def keras_notop(path, arrays):
    """Keras 1 names, as in vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5."""
    with h5py.File(path, "w") as file:
        for name, each in keras_arrays(arrays):
            layer, part = name.split(".")
            file[f"{layer}/{layer}_{'W' if part == 'weight' else 'b'}_1:0"] = each
        file.create_group("block1_pool")


def keras_model(path, arrays):
    """Keras 2 names, as in a whole model saved to .h5."""
    with h5py.File(path, "w") as file:
        for name, each in keras_arrays(arrays):
            layer, part = name.split(".")
            leaf = "kernel:0" if part == "weight" else "bias:0"
            file[f"model_weights/{layer}/{layer}/{leaf}"] = each


def keras_arrays(arrays):
    for name, each in arrays.items():
        layer = f"block{name[4]}_conv{name[6:]}"
        yield layer, each.transpose(2, 3, 1, 0) if each.ndim == 4 else each


FORMATS = {
    "whole.pth": (whole_pth, CAFFE, "vgg19-caffe"),
    "legacy.pth": (legacy_features_pth, CAFFE, "vgg19-caffe"),
    "wrapped.pth": (wrapped_pth, CAFFE, "vgg19-caffe"),
    "named.safetensors": (named_safetensors, CAFFE, "vgg19-caffe"),
    "name_first.mat": (mat, MATCONVNET, "vgg19-matconvnet"),
    "weights_first.mat": (mat_weights_first, MATCONVNET, "vgg19-matconvnet"),
    "notop.h5": (keras_notop, CAFFE, "vgg19-caffe"),
    "model.h5": (keras_model, CAFFE, "vgg19-caffe"),
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_network(name, caffe, tmp_path):
    write, convention, published = FORMATS[name]
    path = tmp_path / name
    write(path, caffe)
    imported = weights.import_file(path)
    assert (imported.file.name, imported.known_by) == (published, "values")
    tensors, found = weights.load(weights.resolve("auto"))
    assert found == convention
    if convention is MATCONVNET:
        tensors["conv1_1.weight"] = tensors["conv1_1.weight"].flip(1)
    assert list(tensors) == list(caffe)
    for each, expected in caffe.items():
        assert np.array_equal(tensors[each].numpy(), expected), each


def test_conventions_describe_the_same_function(caffe):
    """Caffe's weights on BGR and MatConvNet's on RGB see the same picture."""
    image = torch.rand(1, 3, 20, 24, generator=torch.Generator().manual_seed(0))
    bgr = {name: torch.from_numpy(each) for name, each in caffe.items()}
    rgb = bgr | {"conv1_1.weight": bgr["conv1_1.weight"].flip(1)}
    expected = VGG("vgg19", bgr, ["relu2_1"], CAFFE)(image)["relu2_1"]
    found = VGG("vgg19", rgb, ["relu2_1"], MATCONVNET)(image)["relu2_1"]
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-3)
    wrong = VGG("vgg19", rgb, ["relu2_1"], CAFFE)(image)["relu2_1"]
    assert (wrong - expected).abs().max() > 1


@pytest.fixture(scope="module")
def vgg16():
    arrays = random_network("vgg16")
    arrays["conv1_1.weight"][0, :, 0, 0] = FINGERPRINTS["vgg16", "torchvision"]
    return arrays


@pytest.fixture(scope="module")
def vgg16_pth(vgg16, tmp_path_factory):
    path = tmp_path_factory.mktemp("published") / "vgg16-397923af.pth"
    torch.save(state_dict(vgg16, "vgg16"), path)
    return path


def test_torchvision_is_distinguished_from_caffe(vgg16_pth):
    imported = weights.import_file(vgg16_pth)
    assert (imported.file.name, imported.file.licence) == ("vgg16", "BSD-3-Clause")
    assert weights.load(imported.file)[1] == InputConvention()
    assert weights.resolve("vgg16") == imported.file  # before the bundled one


def test_half_precision_is_still_recognized(vgg16, tmp_path):
    path = tmp_path / "half.pth"
    torch.save({name: each.half() for name, each in state_dict(vgg16, "vgg16").items()}, path)
    assert weights.import_file(path).file.name == "vgg16"


def test_unknown_weights_need_a_convention(vgg16, tmp_path):
    path = tmp_path / "finetuned.pth"
    torch.save(state_dict(vgg16 | {"conv1_1.weight": vgg16["conv1_1.weight"] * 2}, "vgg16"), path)
    with pytest.raises(WeightsError, match="add --convention torchvision"):
        weights.import_file(path)
    imported = weights.import_file(path, "caffe", tmp_path / "mine.safetensors")
    assert weights.load(imported.file)[1] == CAFFE
    assert imported.known_by == ""
    assert not store.folder().exists()  # the store is left alone
    again = weights.import_file(imported.file.path)  # a canonical file says what it is
    assert weights.load(again.file)[1] == CAFFE
    assert again.file.name == "finetuned.pth"
    assert sha256(again.file.path) == sha256(imported.file.path)


def test_known_checksum_is_noticed(vgg16_pth, monkeypatch):
    known = tuple(
        replace(each, sha256=sha256(vgg16_pth)) if each.name == "vgg16" else each
        for each in weights.WEIGHTS
    )
    monkeypatch.setattr(importing, "WEIGHTS", known)
    assert weights.import_file(vgg16_pth).known_by == "checksum"


def test_a_path_is_a_network(vgg16_pth, tmp_path):
    made = weights.import_file(vgg16_pth, destination=tmp_path / "a.safetensors").file
    found = weights.resolve(str(tmp_path / "a.safetensors"))
    assert found == made
    assert found.where == "file"
    with pytest.raises(OptionError, match="out: expected the path"):
        weights.import_file(vgg16_pth, destination=tmp_path / "a.bin")


def test_saved_bytes_are_always_the_same(vgg16, tmp_path):
    arrays = {name: vgg16[name] for name in ("conv1_1.weight", "conv1_1.bias")}
    metadata = {letter: letter for letter in "hgfedcba"}
    canonical.save(tmp_path / "a.safetensors", arrays, metadata)
    canonical.save(tmp_path / "b.safetensors", arrays, dict(reversed(metadata.items())))
    assert sha256(tmp_path / "a.safetensors") == sha256(tmp_path / "b.safetensors")
    from safetensors import safe_open

    with safe_open(tmp_path / "a.safetensors", "np") as file:
        assert file.metadata() == metadata
        assert np.array_equal(file.get_tensor("conv1_1.bias"), arrays["conv1_1.bias"])


def one_line(error):
    text = str(error.value)
    assert "\n" not in text
    assert len(text) < 300 + len(os.fspath(Path.cwd()))
    return text


@pytest.mark.parametrize("name", ["whole.pth", "legacy.pth", "name_first.mat", "notop.h5"])
def test_truncated_files(name, caffe, tmp_path):
    path = tmp_path / name
    FORMATS[name][0](path, caffe)
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(WeightsError, match="damaged") as error:
        weights.import_file(path)
    assert str(path) in one_line(error)


NOISE = np.random.default_rng(1).bytes(5000)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (NOISE, "not weights impasto can read"),
        (b"", "not weights impasto can read"),
        (b"\x80" + NOISE, "damaged"),
        (b"PK\x03\x04" + NOISE, "damaged"),
        (b"\x89HDF\r\n\x1a\n" + NOISE, "damaged"),
        (b"MATLAB 5.0 MAT-file" + NOISE, "damaged"),
        (b"\x10\0\0\0\0\0\0\0{" + NOISE, "damaged"),
        (b"\n<!DOCTYPE HTML>", "a web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        (b"MATLAB 7.3 MAT-file, Platform", "save it with -v7"),
    ],
)
@pytest.mark.filterwarnings("ignore::scipy.io.matlab.MatReadWarning")
def test_other_content(content, message, tmp_path):
    path = tmp_path / "vgg19.pth"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=message) as error:
        weights.import_file(path)
    assert str(path) in one_line(error)
    assert not store.folder().exists()


def small(network="vgg19"):
    return {name: torch.zeros(1, 1, 3, 3) for name in state_dict_names(network)}


def state_dict_names(network):
    return [f"features.{index}.weight" for index in FEATURES[network]]


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (small(), "conv1_1.weight is 1x1x3x3, in vgg19 it is 64x3x3x3"),
        ({"features.0.weight": torch.zeros(64, 3, 3, 3)}, "layers are not those"),
        ({f"conv{n}_1.bias": torch.zeros(1) for n in range(5)}, "conv1_1.weight is missing"),
        ({"anything": torch.zeros(3)}, "layers are not those"),
        ([torch.zeros(3)], "damaged, or not VGG weights as PyTorch keeps them"),
    ],
)
def test_other_networks(state, message, tmp_path):
    path = tmp_path / "net.pth"
    torch.save(state, path)
    with pytest.raises(WeightsError, match=message) as error:
        weights.import_file(path)
    assert one_line(error).startswith(str(path))


def test_values_that_are_not_finite(vgg16, tmp_path):
    bias = vgg16["conv4_2.bias"].copy()
    bias[7] = np.nan
    torch.save(state_dict(vgg16 | {"conv4_2.bias": bias}, "vgg16"), tmp_path / "nan.pth")
    with pytest.raises(WeightsError, match=r"conv4_2\.bias holds values that are not finite"):
        weights.import_file(tmp_path / "nan.pth")


class Malicious:
    def __init__(self, victim):
        self.victim = victim

    def __reduce__(self):
        return os.mkdir, (self.victim,)


def test_code_in_a_pth_does_not_run(tmp_path):
    victim = str(tmp_path / "ran")
    torch.save({"features.0.weight": Malicious(victim)}, tmp_path / "evil.pth")
    (tmp_path / "plain.pth").write_bytes(pickle.dumps(Malicious(victim)))
    for name in ("evil.pth", "plain.pth"):
        with pytest.raises(WeightsError, match="damaged, or not VGG weights"):
            weights.import_file(tmp_path / name)
    assert not Path(victim).exists()


@pytest.mark.parametrize(
    ("package", "name", "start"),
    [("scipy.io", "a.mat", b"MATLAB 5.0 MAT-file"), ("h5py", "a.h5", b"\x89HDF\r\n\x1a\n")],
)
def test_missing_packages_are_named(package, name, start, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    (tmp_path / name).write_bytes(start)
    with pytest.raises(MissingExtraError, match=r"pip install 'impasto\[weights\]'"):
        weights.import_file(tmp_path / name)


def test_missing_file(tmp_path):
    with pytest.raises(WeightsError, match="cannot be read"):
        weights.import_file(tmp_path / "none.pth")


def test_store_that_cannot_be_written(vgg16_pth, tmp_path):
    (tmp_path / "home").write_text("a file where the folder should be")
    with pytest.raises(WeightsError, match="cannot be written"):
        weights.import_file(vgg16_pth)


def test_fingerprints_belong_to_conventions():
    for (network, convention), values in FINGERPRINTS.items():
        assert convention in CONVENTIONS
        if convention == "matconvnet":
            assert values == FINGERPRINTS[network, "caffe"][::-1]


def test_nothing_heavy_is_imported():
    code = (
        "import sys; from impasto.commands.main import run; from impasto import weights;"
        "weights.resolve('vgg16'); run(['weights', 'list']);"
        "print([name for name in ('torch', 'numpy', 'scipy', 'h5py') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "[]"
