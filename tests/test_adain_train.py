"""From photographs and paintings to a network: whole small trainings, resumed and begun anew."""

import json

import pytest
import torch

from adain_parts import model_file, read_anystyle, shallow, training
from cli_pictures import write_photograph, write_style
from impasto.errors import ModelError, OptionError, PictureError
from impasto.methods.adain.method import METHOD, halved
from impasto.training.train import train
from impasto.training.trained import read_trained


@pytest.fixture
def desk(tmp_path):
    for number in range(4):
        write_photograph(tmp_path / "photos" / f"{number}.png", 44, 38, seed=number)
    (tmp_path / "paintings").mkdir()
    for number in range(3):
        write_style(tmp_path / "paintings" / f"{number}.png", number)
    return tmp_path


def run(desk, name, recipe=None, contents="photos", **given):
    changes = {key: given.pop(key) for key in list(given) if hasattr(training(), key)}
    sources = {"content": desk / contents, "style": desk / "paintings"}
    recipe = recipe or shallow()
    return train(METHOD, sources, recipe, training(**changes), run_dir=desk / name, **given)


def bits(run_dir):
    found = read_trained(run_dir).weights["network"]
    return {name: each.contiguous().numpy().tobytes() for name, each in found.items()}


def test_a_broken_run_ends_with_the_bytes_of_an_unbroken_one(desk):
    given = {"steps": 4, "ema": 0.9, "schedule": "cosine", "warmup": 2, "clip": 1.0}
    whole = run(desk, "whole", **given)
    asked = iter(range(2))
    stopped = run(desk, "broken", stop=lambda: next(asked, None) is None, **given)
    assert (whole.status, stopped.status, stopped.steps) == ("trained", "stopped", 2)
    assert run(desk, "broken", resume=True, **given) == whole
    assert bits(desk / "broken") == bits(desk / "whole")


def test_a_run_can_be_read_as_a_network(desk):
    result = run(desk, "run", shallow(skips=2), steps=2)
    assert set(result.losses) >= {"total", "content", "style", "distill", "validation/total"}
    found = read_anystyle(desk / "run")
    assert (found.size, found.options) == (32, shallow(skips=2))
    kept = halved(read_trained(desk / "run").weights["network"])
    for name, each in found.network.state_dict().items():
        assert torch.equal(each, kept[name]), name
    recipe = json.loads((desk / "run" / "manifest.json").read_text())["recipe"]
    assert (recipe["method"], recipe["contents"], recipe["styles"]) == ("adain", 4, 3)
    assert str(desk) not in json.dumps(recipe)


def test_the_loss_falls(desk):
    told = []
    run(desk, "run", shallow(encoder_width=4, decoder_width=4, distill_weight=0.0), steps=16,
        learning_rate=0.02, on_step=told.append)  # fmt: skip
    first, last = (sum(step.losses["total"] for step in part) / 4 for part in (told[:4], told[-4:]))
    assert last < 0.8 * first


def test_the_paper_s_encoder_is_vgg_and_stays_it(desk, vgg16_weights):
    run(desk, "run", shallow(encoder="vgg"), steps=1)
    network = read_anystyle(desk / "run").network
    expected = vgg16_weights[0]["conv3_2.weight"].float()
    assert torch.equal(network.encoder.convs["conv3_2"].weight, expected)
    assert "adapters" not in read_trained(desk / "run").weights


def test_photographs_meet_other_paintings_in_every_epoch(desk):
    seen = set()

    class SeenError(Exception):
        pass

    def note(task, material, *_, **__):
        for position in range(16):
            pair = (material.streams[name][position].image.sum().item() for name in
                    ("content", "style"))  # fmt: skip
            seen.add(tuple(pair))
        raise SeenError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("impasto.training.train.run", note)
        with pytest.raises(SeenError):
            run(desk, "run")
    assert len(seen) == 16


def test_a_training_starts_from_the_weights_of_another(desk):
    run(desk, "first", steps=2)
    start = model_file(desk / "m.onnx", read_anystyle(desk / "first"))
    run(desk, "still", start=start, steps=1, learning_rate=1e-12)
    first, still = (read_anystyle(desk / each).network.state_dict() for each in ("first", "still"))
    for name, tensor in first.items():
        torch.testing.assert_close(still[name], tensor, atol=1e-6, rtol=0)
    recipe = json.loads((desk / "still" / "manifest.json").read_text())["recipe"]
    assert recipe["begun_with"] == "m.onnx"


def test_a_start_of_another_shape_is_refused(desk):
    run(desk, "first", steps=1)
    for name, value, told in (
        ("decoder_width", 3, "2 then, 3"),
        ("skips", 1, "0 then, 1"),
        ("residual", True, "false then, true"),
        ("conditional", True, "false then, true"),
        ("encoder", "vgg", '"slim" then, "vgg"'),
    ):
        words = rf"first.*: this training cannot start from it: {name} \({told} now\)"
        with pytest.raises(ModelError, match=words):
            run(desk, "other", shallow(**{name: value}), start=desk / "first")
    assert not (desk / "other").exists()


REFUSED = {
    "layer the network lacks": (
        {"recipe": shallow(style_layers=("relu1_4",))}, OptionError,
        "style_layers: expected layers of vgg16, got 'relu1_4'",
    ),
    "content layer the network lacks": (
        {"recipe": shallow(content_layer="relu2_4")}, OptionError,
        "content_layer: expected layers of vgg16, got 'relu2_4'",
    ),
    "no photographs": ({"contents": "none"}, PictureError, "none: no such file or folder"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_trained(case, desk):
    given, kind, words = REFUSED[case]
    with pytest.raises(kind) as caught:
        run(desk, "run", **given)
    assert words in str(caught.value)
    assert not (desk / "run").exists(), "a folder was left behind"
