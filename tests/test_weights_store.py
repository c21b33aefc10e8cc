"""What is here, what is fetched, and what the command line says about it."""

import importlib.util
import io
import json
import os
import pickle
import urllib.request
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from impasto import files, weights
from impasto.commands.main import run
from impasto.errors import OptionError, WeightsError
from impasto.files import sha256
from impasto.nn.vgg import VGG, InputConvention
from impasto.weights import canonical, fetching, store
from impasto.weights.published import FINGERPRINTS, NETWORKS

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("IMPASTO_HOME", str(tmp_path / "home"))


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """The bundled network as a publisher's file: a state dict by torchvision's names."""
    tensors, _ = weights.load(store.present()[0])
    indices = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)
    names = dict(zip(dict.fromkeys(key.split(".")[0] for key in tensors), indices, strict=True))
    state = {
        f"features.{names[key.split('.')[0]]}.{key.split('.')[1]}": each
        for key, each in tensors.items()
    }
    path = tmp_path_factory.mktemp("published") / "vgg16.pth"
    torch.save(state, path)
    return path


def test_bundled_network_is_torchvisions():
    file = weights.resolve("auto")
    assert (file.network, file.where) == ("vgg16", "bundled")
    tensors, convention = weights.load(file)
    assert convention == InputConvention()
    # As torchvision prints vgg16(weights="IMAGENET1K_V1").features[0].weight[0, :2, 0].
    printed = [[-5.5373e-01, 1.4270e-01, 5.2896e-01], [1.7548e-01, 9.8630e-03, -8.1413e-02]]
    np.testing.assert_allclose(tensors["conv1_1.weight"][0, :2, 0], printed, rtol=5e-4)
    corner = tensors["conv1_1.weight"][0, :, 0, 0]
    np.testing.assert_allclose(corner, FINGERPRINTS["vgg16", "torchvision"], rtol=5e-4)
    assert {each.dtype for each in tensors.values()} == {torch.float32}


def test_bundled_network_sees_edges_and_not_flat_areas():
    tensors, convention = weights.load(weights.resolve("vgg16"))
    vgg = VGG("vgg16", tensors, ["relu3_1"], convention)
    flat = torch.full((1, 3, 64, 64), 0.5)
    stripes = flat.clone()
    stripes[..., ::8] = 1
    flat_energy, stripes_energy = (
        vgg(image)["relu3_1"][..., 4:-4, 4:-4].square().mean() for image in (flat, stripes)
    )
    assert stripes_energy > 2 * flat_energy


def test_bundled_table_says_what_is_there():
    (entry,) = (
        each
        for each in json.loads((store.ASSETS / "ASSETS.json").read_text())
        if each["file"] == "vgg16.safetensors"
    )
    path = store.ASSETS / entry["file"]
    assert entry["sha256"] == sha256(path)
    assert entry["bytes"] == path.stat().st_size
    assert (ROOT / entry["tool"]).is_file()
    assert entry["file"] in (ROOT / "NOTICE").read_text()


def make_vgg16():
    spec = importlib.util.spec_from_file_location("make_vgg16", ROOT / "tools" / "make_vgg16.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Malicious:
    def __init__(self, victim):
        self.victim = victim

    def __reduce__(self):
        return os.mkdir, (self.victim,)


def test_tool_reads_arrays_and_nothing_else(tmp_path):
    tool = make_vgg16()
    arrays = {"a": np.arange(6, dtype=np.float32).reshape(2, 3)}
    # Protocol 3 names numpy.core.multiarray._reconstruct, as the archive's pickle does.
    found = tool.ArrayUnpickler(io.BytesIO(pickle.dumps(arrays, protocol=3))).load()
    assert np.array_equal(found["a"], arrays["a"])
    victim = tmp_path / "ran"
    with pytest.raises(pickle.UnpicklingError, match="refused"):
        tool.ArrayUnpickler(io.BytesIO(pickle.dumps(Malicious(str(victim))))).load()
    assert not victim.exists()


def test_tool_refuses_another_archive(tmp_path):
    (tmp_path / "other.tar.gz").write_bytes(b"other")
    with pytest.raises(SystemExit, match="expected a286e44c"):
        make_vgg16().ARCHIVED.read(tmp_path / "other.tar.gz")


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {"XDG_DATA_HOME": "/data"}, "/data/impasto"),
        ("linux", {}, "~/.local/share/impasto"),
        ("darwin", {}, "~/Library/Application Support/impasto"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/impasto"),
        ("linux", {"IMPASTO_HOME": "/mine", "XDG_DATA_HOME": "/data"}, "/mine"),
    ],
)
def test_home(platform, variables, expected, monkeypatch):
    for name in ("IMPASTO_HOME", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.platform", platform)
    assert files.home() == Path(expected).expanduser()


@pytest.mark.parametrize("network", ["vgg19", "vgg13", "a.safetensors", "a.pth"])
def test_resolve_what_is_not_here(network):
    with pytest.raises((WeightsError, OptionError)) as error:
        weights.resolve(network)
    assert network in str(error.value)


def test_resolve_foreign_safetensors(tmp_path):
    canonical.save(tmp_path / "a.safetensors", {"x": np.zeros(2, np.float32)}, {"by": "others"})
    with pytest.raises(WeightsError, match="run `impasto weights import` with it"):
        weights.resolve(str(tmp_path / "a.safetensors"))


@pytest.mark.parametrize("end", [5, 500, 5000, 1_000_000])
def test_truncated_safetensors(end, tmp_path):
    path = tmp_path / "a.safetensors"
    path.write_bytes(store.ASSETS.joinpath("vgg16.safetensors").read_bytes()[:end])
    with pytest.raises(WeightsError, match="damaged") as error:
        weights.load(weights.resolve(str(path)))
    assert "\n" not in str(error.value)


def test_damage_is_found(file, capsys):
    imported = weights.import_file(file).file
    assert run(["weights", "verify"]) == 0
    content = bytearray(imported.path.read_bytes())
    content[-1000] ^= 1
    imported.path.write_bytes(content)
    with pytest.raises(WeightsError, match="changed or damaged"):
        weights.load(weights.resolve("vgg16"))
    capsys.readouterr()
    assert run(["weights", "verify"]) == 2
    printed = capsys.readouterr()
    assert [line.split()[0] for line in printed.out.splitlines()] == ["good", "wrong"]
    assert "impasto weights import FILE" in printed.err


@pytest.mark.parametrize(
    ("value", "message"), [(np.nan, "values that are no numbers"), (0, "nothing but zeros")]
)
def test_weights_that_see_nothing_are_refused(vgg16_weights, tmp_path, value, message):
    arrays = {name: each.numpy() for name, each in vgg16_weights[0].items()}
    arrays["conv3_2.weight"] = np.full_like(arrays["conv3_2.weight"], value)
    path = tmp_path / "odd.safetensors"
    about = {"format": canonical.FORMAT, "network": "vgg16", **weights.CONVENTIONS["torchvision"]}
    canonical.save(path, arrays, about)
    with pytest.raises(WeightsError, match=f"conv3_2.weight holds {message}"):
        weights.load(weights.resolve(str(path)))


def test_lost_record_is_said(file):
    imported = weights.import_file(file).file
    imported.path.with_suffix(".json").unlink()
    with pytest.raises(WeightsError, match="import vgg16 again or delete"):
        weights.resolve("vgg16")
    weights.import_file(file)
    assert weights.resolve("vgg16").where == "imported"


def test_list(file, capsys):
    assert run(["weights", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["name", "network", "where", "size", "source", "licence"]
    assert lines[1].split()[:5] == ["vgg16", "vgg16", "bundled", "29", "MB"]
    assert "not here" in lines[2]
    weights.import_file(file)
    assert run(["weights", "list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["where"] for row in rows[:2]] == ["bundled", "imported"]
    assert rows[1]["sha256"] == sha256(Path(rows[1]["path"]))


def test_import_command(file, tmp_path, capsys):
    assert run(["weights", "import", str(file), "--out", str(tmp_path / "a.safetensors")]) == 0
    printed = capsys.readouterr()
    assert "installed as" in printed.out
    assert "checksum is not the publisher's" in printed.err
    assert weights.resolve(str(tmp_path / "a.safetensors")).network == "vgg16"


@pytest.fixture
def published(file, monkeypatch):
    """The table with this very file as torchvision's VGG-16."""
    (each,) = (each for each in weights.WEIGHTS if each.name == "vgg16")
    each = replace(each, sha256=sha256(file), url=file.as_uri())
    monkeypatch.setattr(fetching, "WEIGHTS", (each,))
    return each


def test_fetch(published, file, capsys):
    seen = []
    imported = weights.fetch("vgg16", on_bytes=lambda done, of: seen.append((done, of)))
    size = file.stat().st_size
    assert seen[-1] == (size, size)
    assert weights.resolve("vgg16") == imported.file
    assert sorted(each.name for each in store.folder().iterdir()) == [
        "vgg16.json",
        "vgg16.safetensors",
    ]
    assert run(["weights", "fetch", "vgg16", "--url", file.as_uri()]) == 0
    assert "vgg16: torchvision" in capsys.readouterr().out


def test_fetch_of_another_file(published, tmp_path):
    other = tmp_path / "other.pth"
    other.write_bytes(b"other")
    with pytest.raises(WeightsError, match=f"expected {published.sha256}; nothing was kept"):
        weights.fetch("vgg16", other.as_uri())
    assert not list(store.folder().iterdir())


@pytest.mark.parametrize("url", ["file:///no/such/file.pth", "nonsense", "what://ever"])
def test_fetch_that_fails(published, url):
    with pytest.raises(
        WeightsError, match=r"cannot be fetched .* run `impasto weights import FILE`"
    ):
        weights.fetch("vgg16", url)
    assert not list(store.folder().iterdir())


def test_fetch_that_ends_early(published, monkeypatch):
    class Answer(io.BytesIO):
        headers = {"Content-Length": "1000"}  # noqa: RUF012

    monkeypatch.setattr(urllib.request, "urlopen", lambda request, timeout: Answer(b"short"))
    with pytest.raises(WeightsError, match="ended after 5 of 1000 bytes"):
        weights.fetch("vgg16", "https://example.org/vgg16.pth")


@pytest.mark.parametrize("headers", [{"Content-Length": "600000001"}, {}])
def test_fetch_of_too_much(published, monkeypatch, headers):
    class Endless(io.BytesIO):
        def read(self, size=-1):
            return bytes(size)

    Endless.headers = headers
    monkeypatch.setattr(fetching, "_PIECE", 1000)
    monkeypatch.setattr(fetching, "LARGEST", 600_000_000 if headers else 5000)
    monkeypatch.setattr(urllib.request, "urlopen", lambda request, timeout: Endless())
    with pytest.raises(WeightsError, match=r"it has more than .* MB, the largest published"):
        weights.fetch("vgg16", "https://example.org/vgg16.pth")
    assert not list(store.folder().iterdir())


@pytest.mark.parametrize("part", ["sha256", "md5"])
def test_fetch_wants_a_whole_sha256(published, monkeypatch, file, part, capsys):
    whole = published.sha256
    partly = {"sha256": whole[:8], "md5": ""} if part == "sha256" else {"sha256": "", "md5": "0"}
    monkeypatch.setattr(fetching, "WEIGHTS", (replace(published, **partly),))
    with pytest.raises(WeightsError, match=r"its full SHA-256 .* with --sha256"):
        weights.fetch("vgg16")
    with pytest.raises(WeightsError, match=f"its SHA-256 is {whole}, expected {64 * '0'}"):
        weights.fetch("vgg16", sha256=64 * "0")
    with pytest.raises(OptionError, match="sha256: expected 64 hexadecimal digits"):
        weights.fetch("vgg16", sha256=whole[:-1])
    assert run(["weights", "fetch", "vgg16", "--sha256", whole.upper()]) == 0


def test_a_sha256_that_is_known_is_not_replaced(published):
    with pytest.raises(OptionError, match=f"expected {published.sha256}"):
        weights.fetch("vgg16", sha256=64 * "0")


def test_fetch_of_an_unknown_name():
    with pytest.raises(OptionError, match="expected one of vgg19, vgg19-caffe"):
        weights.fetch("vgg11")


def test_table_is_complete():
    names = [each.name for each in weights.WEIGHTS]
    assert len(set(names)) == len(names)
    for each in weights.WEIGHTS:
        assert each.network in NETWORKS
        assert each.url.startswith("https://")
        assert bool(each.sha256) != bool(each.md5)
        if each.reader == "torch":  # the name carries the first digits
            assert each.url.endswith(f"-{each.sha256[:8]}.pth")
