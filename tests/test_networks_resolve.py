"""A name, a file or a run folder becomes one model file."""

import json

import pytest

from impasto.errors import ModelError, OptionError
from impasto.networks import bundled
from impasto.networks.bundled import bundled as bundled_in
from impasto.networks.model import load_model
from impasto.networks.resolve import located
from trained_models import NETWORK, STYLES, write_assets, write_model


@pytest.fixture
def assets(tmp_path, monkeypatch):
    folder = write_assets(tmp_path / "assets", (NETWORK, "others"))
    monkeypatch.setattr("impasto.networks.bundled.ASSETS", folder)
    return folder


@pytest.fixture
def no_assets(tmp_path, monkeypatch):
    monkeypatch.setattr("impasto.networks.bundled.ASSETS", tmp_path / "empty")


def test_bundled_networks_are_listed_without_opening_them(assets):
    for path in (assets / "models").glob("*.onnx"):
        path.write_bytes(b"")
    first, second = bundled_in()
    assert (first.name, first.method, first.size) == (NETWORK, "johnson", 256)
    assert [each.name for each in first.styles] == list(STYLES)
    assert first.styles[0].title == "Great Wave"
    assert second.name == "others"


def test_a_network_by_its_name_has_all_its_styles(assets):
    model = load_model(NETWORK)
    assert [each.name for each in model.styles] == list(STYLES)
    assert model.chosen == model.styles
    with pytest.raises(OptionError, match=r"^style_weights: expected one of the styles of masters"):
        model.blend()


def test_a_style_by_its_name(assets):
    model = load_model("starry-night")
    assert model.name == "starry-night"
    assert model.blend() == {"starry-night": 1.0}
    assert [each.name for each in model.chosen] == ["starry-night"]
    assert model.blend("great-wave:3,the-scream") == {"great-wave": 0.75, "the-scream": 0.25}
    assert load_model("others-2").blend() == {"others-2": 1.0}


def test_files_and_run_folders(no_assets, tmp_path, monkeypatch):
    write_model(tmp_path / "run", styles=("mine",))
    write_model(tmp_path / "other.onnx", styles=("theirs",))
    monkeypatch.chdir(tmp_path)
    for name, style in [("run", "mine"), ("./run", "mine"), ("other.onnx", "theirs")]:
        assert load_model(name).blend() == {style: 1.0}
    assert located("run").name == "run"
    assert located(tmp_path / "other.onnx").name == "other"


def test_bundled_names_go_before_folders(assets, tmp_path, monkeypatch):
    write_model(tmp_path / NETWORK, styles=("mine",))
    monkeypatch.chdir(tmp_path)
    assert located(NETWORK).path.parent == assets / "models"
    assert located(f"./{NETWORK}").path.parent.name == NETWORK


def test_what_is_not_there(assets):
    cases = [
        ("great-wav", "no model great-wav: did you mean great-wave?"),
        ("mastres", "no model mastres: did you mean masters?"),
        ("zzz", "no model zzz: `impasto models` lists what is there"),
        ("none.onnx", "none.onnx: no such model file or run folder"),
        ("no/where", "no/where: no such model file or run folder"),
    ]
    for name, message in cases:
        with pytest.raises(ModelError) as caught:
            load_model(name)
        assert str(caught.value) == message


def test_nothing_is_bundled(no_assets):
    assert bundled_in() == ()
    with pytest.raises(ModelError, match="no model great-wave: no trained style is bundled"):
        load_model("great-wave")


def test_a_run_folder_before_its_export(no_assets, tmp_path):
    (tmp_path / "run").mkdir()
    with pytest.raises(ModelError, match=r"run: holds no model.onnx: .* `impasto export "):
        load_model(tmp_path / "run")


def test_a_tampered_file_is_refused(assets):
    path = assets / "models" / f"{NETWORK}.onnx"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(
        ModelError, match=r"masters.onnx: changed or damaged: install impasto again"
    ):
        load_model("great-wave")
    assert load_model("others-1")


def test_a_file_that_is_gone(assets):
    (assets / "models" / "others.onnx").unlink()
    with pytest.raises(ModelError, match=r"others.onnx: cannot be read \(No such file"):
        load_model("others")


@pytest.mark.parametrize("change", [
    lambda folder: (folder / "models" / "MODELS.json").write_text("{"),
    lambda folder: (folder / "models" / "MODELS.json").write_text('[{"name": "x"}]'),
    lambda folder: (folder / "ASSETS.json").write_text(json.dumps([])),
    lambda folder: (folder / "ASSETS.json").unlink(),
])  # fmt: skip
def test_damaged_tables(change, assets):
    change(assets)
    with pytest.raises(
        ModelError,
        match=r"(MODELS.json: damaged, install impasto again|ASSETS.json: cannot be read)",
    ):
        load_model("great-wave")


def test_threads(assets):
    for threads in (0, -1):
        with pytest.raises(OptionError, match=r"^threads: expected a number from 1"):
            load_model(NETWORK, threads=threads)


def test_what_is_bundled_now_can_be_opened():
    for network in bundled.bundled():
        model = load_model(network.name)
        assert model.styles == network.styles
        assert model.network.card.method == network.method
        assert model.network.card.size == network.size


def test_a_run_folder_of_a_pair_names_its_two_networks(tmp_path):
    for name in ("photo-to-painting.onnx", "painting-to-photo.onnx"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(ModelError, match=r"name one of .*painting-to-photo.onnx, .*photo-to-pai"):
        located(tmp_path)
