"""From two folders to a pair of networks: whole small trainings, resumed and begun with others."""

import json

import numpy as np
import pytest
import torch

from cyclegan_parts import array, bits, options, read_pair, run, sets, stopping
from impasto.checkpoint import load_checkpoint
from impasto.errors import ModelError, OptionError, PictureError
from impasto.networks.network import Network
from impasto.networks.resolve import located
from impasto.track import read_losses
from impasto.training.checkpoints import checkpoint_files


@pytest.fixture
def desk(tmp_path):
    return sets(tmp_path)


def last_state(run_dir):
    return load_checkpoint(checkpoint_files(run_dir / "checkpoints")[-1], "training", dict)["state"]


def weights(run_dir):
    return [bits(each.network.state_dict()) for each in read_pair(run_dir)]


def manifest(run_dir):
    return json.loads((run_dir / "manifest.json").read_text())


STYLED = {"start_style": "wheat-field:0.5,the-scream:0.5", "gram_weight": 2.0, "gram_pool": 3}


@pytest.mark.parametrize("recipe", [{}, STYLED], ids=["plain", "styled"])
def test_a_run_broken_after_a_power_cut_ends_with_the_bytes_of_an_unbroken_one(recipe, desk):
    given = {"steps": 20, "checkpoint_every": 6, "validate_every": 7, "recipe": options(**recipe)}
    # Beartype draws from Python's chance which items to check: what is made once and kept (filters
    # of the resampling) would be drawn for in the first run alone.
    run(desk, desk / "warm", **{**given, "steps": 1})
    whole = run(desk, desk / "whole", **given)
    stopped = run(desk, desk / "broken", stop=stopping(11), **given)
    assert (whole.status, stopped.status, stopped.steps) == ("trained", "stopped", 11)
    # A power cut: the last checkpoint is half written, the one before it counts.
    newest = checkpoint_files(desk / "broken" / "checkpoints")[-1]
    newest.write_bytes(newest.read_bytes()[:1000])
    resumed = run(desk, desk / "broken", resume=True, **given)
    assert resumed == whole
    first, second = last_state(desk / "whole"), last_state(desk / "broken")
    assert len(first["everyone"][0]["task"]["painting"]["images"]) == 4, "the pool was not full"
    assert bits(first) == bits(second)


@pytest.mark.parametrize("blend", [{"wheat-field": 1.0}, {"udnie": 0.75, "wheat-field": 0.25}])
def test_the_generator_of_paintings_starts_as_a_bundled_style(desk, blend):
    masters = Network(located("masters"), 1)
    weights = np.array([blend.get(each.name, 0.0) for each in masters.card.styles] + [0.0])
    recipe = options(start_style=",".join(f"{name}:{share}" for name, share in blend.items()))
    run(desk, desk / "run", recipe, steps=1, learning_rate=1e-9, ema=0.0)
    there, back = read_pair(desk / "run")
    image = torch.from_numpy(array(1, 3, 48, 64))
    with torch.no_grad():
        got = there.network(image).numpy()
    wanted, _ = masters(image.numpy(), weights.astype(np.float32))
    np.testing.assert_allclose(got, wanted, atol=1e-3)
    assert there.metadata()["impasto.working"] == "512"
    assert "impasto.working" not in back.metadata()
    with pytest.raises(OptionError, match=r"start_style.*none-such"):
        run(desk, desk / "other", options(start_style="none-such"), steps=1)


def test_what_a_run_folder_tells(desk):
    told = []
    run(desk, desk / "run", steps=3, validate_every=3, sheet_every=3, on_step=told.append)
    losses = read_losses(desk / "run" / "losses.csv")
    assert {"total", "adversarial", "cycle", "identity", "discriminator"} <= set(losses)
    judged = read_losses(desk / "run" / "validation.csv")
    assert {"total", "cycle", "vgg_channel_distance", "vgg_channel_distance/painting"} <= set(
        judged
    )
    # Three photographs and two paintings of 32 px: two rows of six.
    assert tuple(told[-1].image().shape) == (1, 3, 64, 192)
    assert [each.name for each in (desk / "run" / "sheets").iterdir()] == ["000003.png"]
    recipe = manifest(desk / "run")["recipe"]
    assert (recipe["method"], recipe["pictures"]) == ("cyclegan", {"photo": 3, "painting": 2})
    assert recipe["options"] == options().to_json()
    there, back = read_pair(desk / "run")
    assert (*there.names, *back.names) == ("photo-to-painting", "painting-to-photo")
    assert (there.size, there.steps, there.options) == (32, 3, options())


def test_the_loss_of_the_way_back_falls(desk):
    told = []
    run(desk, desk / "run", options(width=8), steps=60, learning_rate=1e-3, on_step=told.append)
    cycles = [step.losses["cycle"] for step in told]
    assert sum(cycles[-10:]) < 0.9 * sum(cycles[:10])


def test_the_averages_are_what_is_read(desk):
    run(desk, desk / "run", steps=3)
    state = last_state(desk / "run")
    assert weights(desk / "run")[0] == bits(state["average"]["twins"]["paint"])
    assert weights(desk / "run")[0] != bits(state["modules"]["paint"])


def test_crops_follow_the_options(desk, monkeypatch):
    from impasto.methods.cyclegan import method as train

    made = []
    crops = train.Crops
    monkeypatch.setattr(
        train, "Crops", lambda *args, **more: made.append(more) or crops(*args, **more)
    )
    run(desk, desk / "run", options(zoom=(1.0, 2.0), flip=False), steps=1)
    assert made == [{"flip": False, "zoom": (1.0, 2.0)}] * 2


def test_a_training_begins_with_all_four_networks_of_another(desk):
    run(desk, desk / "first", steps=2, ema=0.0)
    start = {"start": desk / "first", "steps": 1, "ema": 0.0}
    run(desk, desk / "still", learning_rate=1e-12, size=48, **start)
    first, still = (last_state(desk / name)["modules"] for name in ("first", "still"))
    for name, module in first.items():
        for part, tensor in module.items():
            torch.testing.assert_close(still[name][part], tensor, atol=1e-6, rtol=0)
    assert manifest(desk / "still")["recipe"]["begun_with"] == "first"
    with pytest.raises(ModelError) as caught:
        run(desk, desk / "other", options(width=3), **start)
    words = "this training cannot start from it: "
    assert words + "width (2 then, 3 now)" in str(caught.value)
    with pytest.raises(ModelError, match=words + "residual"):
        run(desk, desk / "other", options(residual=True), **start)
    assert not (desk / "other").exists()


REFUSED = {
    "no photographs": ({"photos": "none"}, PictureError, "none: no such file or folder"),
    "no paintings": ({"paintings": "empty"}, PictureError, "empty: holds no pictures"),
    "small crops": ({"size": 16}, OptionError, "size: expected at least 32 pixels"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_trained(case, desk):
    given, kind, words = REFUSED[case]
    (desk / "empty").mkdir()
    paths = {
        name: desk / each
        for name, each in given.items()
        if name in ("photos", "paintings", "start")
    }
    with pytest.raises(kind) as caught:
        run(desk, desk / "run", **{**given, **paths})
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (desk / "run").exists(), "a folder was left behind"


def test_a_run_of_another_method_is_no_pair(desk):
    from johnson_parts import practice, style_of
    from johnson_parts import run as paint

    practice(desk / "photos")
    paint(desk, [style_of(desk, "a")], desk / "johnson", steps=1)
    with pytest.raises(ModelError, match="not trained by impasto train cyclegan, but by johnson"):
        read_pair(desk / "johnson")


def test_a_checkpoint_with_other_contents_is_told(desk):
    from impasto.checkpoint import save_checkpoint

    run(desk, desk / "run", steps=1)
    path = checkpoint_files(desk / "run" / "checkpoints")[-1]
    kept = load_checkpoint(path, "training", dict)
    kept["state"]["average"]["twins"]["paint"].pop("conv3.weight")
    save_checkpoint(path, "training", kept)
    with pytest.raises(ModelError, match="not a whole trained network") as caught:
        read_pair(desk / "run")
    assert "\n" not in str(caught.value)
