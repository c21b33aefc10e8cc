"""``impasto train johnson``: from pictures to a model, and every way to get it wrong."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch

from cli_pictures import EXACT, impasto, listing, one_thread, write_photograph, write_style
from impasto.commands.main import main
from impasto.options.johnson import PAPER, SCRATCH, JohnsonOptions
from impasto.training.checkpoints import checkpoint_files
from johnson_parts import bits, opened, practice, random_image, read_styles

TINY = (
    "--preset", "scratch",
    "--width", 2, "--blocks", 1, "--style-size", 32, "--content-layers", "relu2_1",
    "--style-layers", "relu1_1", "relu2_1", "--batch", 2, "--size", 32, "--workers", 0,
    "--warmup", 2, *EXACT,
)  # fmt: skip
"""A recipe of a few hundredths of a second a step."""


@pytest.fixture
def desk(tmp_path):
    """A folder with photographs and the styles a.png and b.png."""
    folder = tmp_path / "desk"
    practice(folder / "photos")
    write_style(folder / "a.png", 1)
    write_style(folder / "b.png", 2)
    return folder


def train(*arguments, at, data="photos", steps=2):
    given = ("--data", data, "--steps", steps, *TINY)
    return impasto("train", "johnson", *given, *arguments, at=at)


def weights(model):
    return bits(read_styles(model).network.state_dict())


def test_a_dry_run_tells_what_it_would_take_and_keeps_nothing(desk):
    before = listing(desk)
    given = ("--style", "a.png", "--run-dir", "run", "--dry-run")
    told = train(*given, at=desk, steps=7)
    assert told.code == 0, told.err
    assert told.out.startswith("run: 7 steps, about ")
    found = json.loads(train(*given, "--json", at=desk, steps=7).out)
    assert found["steps"] == 7
    assert min(found["seconds"], found["memory"]) > 0
    refused = train(*given, "--resume", at=desk)
    assert (refused.code, refused.out) == (2, "")
    assert "give it without --resume" in refused.err
    assert listing(desk) == before


def test_a_folder_of_photographs_becomes_a_model_that_paints(desk):
    done = train("--style", "a.png", "night=b.png", "--run-dir", "run", at=desk)
    assert done.code == 0, done.err
    assert done.out.startswith("run/model.onnx: trained after 2 of 2 steps, loss ")
    assert "training 2 styles: step 2/2" in done.err
    names = {name.split("/")[1] for name in listing(desk) if name.startswith("run/")}
    assert names >= {"checkpoints", "losses.csv", "manifest.json", "model.onnx", "sheets"}
    network = opened(desk / "run" / "model.onnx")
    assert [each.name for each in network.card.styles] == ["a", "night"]
    assert (network.card.slots, network.card.size) == (3, 32)
    image = random_image(1, 3, 48, 40)
    painted = [network(image, np.eye(3, dtype=np.float32)[number])[0] for number in (0, 1)]
    assert np.abs(painted[0] - painted[1]).max() > 0
    assert weights(desk / "run" / "model.onnx") == weights(desk / "run")


def test_a_network_is_kept_by_name(desk):
    given = ("--style", "a.png", "--as", "mine", "--run-dir", "run")
    done = train(*given, at=desk)
    assert done.out.endswith("; kept as mine\n"), done.err
    assert impasto("apply", "a.png", "--model", "mine", "-o", "o.png", at=desk).code == 0
    [told] = train(*given, "--resume", "--json", at=desk).results  # the same network has the name
    assert told["as"] == ["mine"]
    other = ("--style", "b.png", "c=a.png", "--as", "mine", "--run-dir", "other")
    assert train(*other, at=desk).complaint.startswith("mine exists already (")
    assert train(*other, "--overwrite", at=desk).code == 0
    same = ("--style", "b.png", "a.png", "--as", "ours", "--run-dir", "third")
    assert train(*same, at=desk).complaint == (
        "b: mine has a style of this name: --style NAME=b.jpg gives it another"
    )
    assert not (desk / "third").exists()


def test_the_result_for_programs(desk):
    (desk / "photos" / "1.png").write_bytes(b"none")
    done = train("--style", "a.png", "--run-dir", "run", "--json", at=desk, steps=3)
    assert (done.code, done.err) == (0, "")
    [told] = done.results
    assert (told["status"], told["steps"], told["of"]) == ("trained", 3, 3)
    assert told["model"] == "run/model.onnx"
    assert list(told["skipped"]) == ["1.png"]
    assert told["losses"]["total"] > 0


def test_the_sheet_and_the_manifest_tell_what_was_trained(desk):
    train("--style", "a.png", "--run-dir", "run", "--style-weight", 3, at=desk)
    manifest = json.loads((desk / "run" / "manifest.json").read_text())
    assert manifest["recipe"]["options"]["style_weight"] == 3
    assert manifest["recipe"]["options"]["width"] == 2
    # What is not given is what suits this method, not the engine's own.
    assert manifest["recipe"]["training"]["schedule"] == "cosine"
    assert manifest["recipe"]["training"]["learning_rate"] == 2e-3
    assert str(desk) not in json.dumps(manifest), "folders of this machine"


def test_the_preset_paper_with_what_is_given_on_top(desk):
    small = ("--preset", "paper", "--no-identity", "--flip", "--width", 2, "--size", 32)
    given = ("--style", "a.png", "--data", "photos", "--batch", 2, "--workers", 0, *EXACT)
    done = impasto("train", "johnson", *given, *small, "--run-dir", "run", at=desk)
    assert done.code == 0, done.err
    assert "trained after 5 of 5 steps" in done.out, "two epochs of five photographs"
    recipe = json.loads((desk / "run" / "manifest.json").read_text())["recipe"]
    options = JohnsonOptions.from_json(recipe["options"])
    assert options == dataclasses.replace(PAPER, width=2, flip=True)
    assert (recipe["training"]["beta2"], recipe["training"]["schedule"]) == (0.999, "constant")
    group = checkpoint_optimizer(desk / "run")["param_groups"][0]
    assert (group["betas"], group["lr"]) == ((0.9, 0.999), 1e-3)
    assert read_styles(desk / "run").network.styles == 1
    wrong = impasto("train", "johnson", *given, "--preset", "papre", "--run-dir", "x", at=desk)
    expected = "--preset: expected default or scratch or paper, got 'papre'"
    assert (wrong.code, wrong.complaint) == (2, expected)


def checkpoint_optimizer(run_dir):
    kept = torch.load(checkpoint_files(run_dir / "checkpoints")[-1], weights_only=False)
    return kept["state"]["optimizers"]["network"]


def test_other_pictures_validate_and_a_limit_holds(desk):
    practice(desk / "others")
    given = ("--style", "a.png", "--run-dir", "run", "--validation", "others", "--limit", 3)
    done = train(*given, "--json", at=desk)
    assert (done.code, done.err) == (0, "")
    recipe = json.loads((desk / "run" / "manifest.json").read_text())["recipe"]
    assert recipe["pictures"] == recipe["training"]["limit"] == 3
    assert recipe["validation"] == {"content": {"pictures": 5, "source": "given"}}
    other = train(*given[:-4], "--limit", 3, "--resume", at=desk)
    assert "trained with other values of validation.content" in other.complaint


def test_a_training_of_an_earlier_version_goes_on_as_it_began(desk):
    for number in range(80):
        write_photograph(desk / "photos" / f"more-{number}.png", 8, 8, seed=number)
    given = ("--style", "a.png", "--run-dir", "run", "--checkpoint-every", 1)
    assert train(*given, "--hold-out", 0, at=desk).code == 0
    as_of_version_2(desk / "run")
    done = train(*given, "--resume", at=desk)
    assert done.code == 0, done.err
    recipe = json.loads((desk / "run" / "manifest.json").read_text())["recipe"]
    assert (recipe["pictures"], recipe["training"]["hold_out"]) == (85, 0)
    assert "validation" not in recipe
    given = (*given[:2], "--run-dir", "new")
    assert train(*given, at=desk).code == 0
    recipe = json.loads((desk / "new" / "manifest.json").read_text())["recipe"]
    assert recipe["pictures"] == 85 - 8
    assert recipe["validation"] == {"content": {"pictures": 8, "source": "held out"}}


def as_of_version_2(run_dir):
    """Rewrite the records of a run as they were before pictures were held out."""

    def older(recipe):
        training = {
            name: each
            for name, each in recipe["training"].items()
            if name not in ("limit", "hold_out")
        }
        return {**recipe, "options": {**recipe["options"], "version": 2}, "training": training}

    manifest = json.loads((run_dir / "manifest.json").read_text())
    manifest["recipe"] = older(manifest["recipe"])
    (run_dir / "manifest.json").write_text(json.dumps(manifest))
    for path in checkpoint_files(run_dir / "checkpoints"):
        kept = torch.load(path, weights_only=False)
        kept["recipe"] = json.dumps(older(json.loads(kept["recipe"])))
        torch.save(kept, path)


def test_styles_are_added_to_an_exported_model(desk):
    assert train("--style", "a.png", "--run-dir", "old", at=desk).code == 0
    given = ("--add-style", "b.png", "--base", "old/model.onnx", "--run-dir", "new")
    done = train(*given, at=desk, steps=3)
    assert done.code == 0, done.err
    old, new = (read_styles(desk / name / "model.onnx") for name in ("old", "new"))
    assert [each["name"] for each in new.styles] == ["a", "b"]
    before, after = old.network.state_dict(), new.network.state_dict()
    for name, tensor in before.items():
        kept = after[name][:1] if name.endswith((".gamma", ".beta")) else after[name]
        assert bits({"": kept}) == bits({"": tensor[: len(kept)]}), name
    # The old style's picture is the same one in both files.
    image = random_image(1, 3, 40, 48)
    first, second = (
        opened(desk / name / "model.onnx")(image, np.eye(slots, dtype=np.float32)[0])[0]
        for name, slots in (("old", 2), ("new", 3))
    )
    np.testing.assert_array_equal(first, second)


def test_a_training_begins_with_the_weights_of_another(desk):
    assert train("--style", "a.png", "--run-dir", "old", at=desk).code == 0
    given = ("--style", "a.png", "--start-from", "old/model.onnx", "--run-dir", "new")
    done = train(*given, "--learning-rate", "1e-12", at=desk, steps=1)
    assert done.code == 0, done.err
    old, new = (read_styles(desk / name).network.state_dict() for name in ("old", "new"))
    for name in old:
        np.testing.assert_allclose(new[name], old[name], atol=1e-6)
    other = train("--style", "b.png", *given[2:-1], "other", at=desk, steps=1)
    words = 'this training cannot start from it: styles (["a"] then, ["b"] now)'
    assert other.complaint == f"old/model.onnx: {words}"


def test_a_name_is_taken_from_the_file_or_given(desk):
    write_style(desk / "x=y.png")
    write_style(desk / "of night, at 3:00.png")
    given = ("--style", "x=y.png", "of night, at 3:00.png", "c=a.png")
    assert train(*given, "--run-dir", "run", at=desk, steps=1).code == 0
    names = [each["name"] for each in read_styles(desk / "run").styles]
    assert names == ["x=y", "of night- at 3-00", "c"]


MISTAKES = {
    "no style": ((), "no style image: name one or more with --style PICTURE"),
    "unreadable style": (("--style", "bad.png"), "bad.png: "),
    "style not there": (("--style", "none.png"), "none.png: "),
    "two of one name": (
        ("--style", "a.png", "a=b.png"),
        "two styles are called a: give one of them another name, --style NAME=PICTURE",
    ),
    "name with a colon": (("--style", "a:b=a.png"), "--style: expected a name without colons"),
    "empty folder": (("--style", "a.png", "--data", "empty"), "empty: holds no pictures"),
    "no folder": (("--style", "a.png", "--data", "none"), "none: no such file or folder"),
    "not pictures": (("--style", "a.png", "--data", "bad"), "none of 2 pictures can be read"),
    "not records": (("--style", "a.png", "--data", "bad.tfrecord"), "bad.tfrecord: "),
    "unknown option": (
        ("--style", "a.png", "--style-wieght", 3),
        "no option --style-wieght: did you mean --style-weight? (see impasto train johnson --help)",
    ),
    "word for a number": (
        ("--style", "a.png", "--width", "wide"),
        "--width: expected a whole number, got 'wide' (see impasto train johnson --help)",
    ),
    "bad value": (("--style", "a.png", "--width", 0), "--width: expected a whole number of at"),
    "bad layout": (
        ("--style", "a.png", "--layout", "full"),
        "--layout: expected half, paper or ghiasi, got 'full' (see impasto train johnson --help)",
    ),
    "layer of another network": (
        ("--style", "a.png", "--style-layers", "relu3_4"),
        "--style-layers: expected layers of vgg16, got 'relu3_4'",
    ),
    "network that is none": (("--style", "a.png", "--network", "vgg11"), "vgg11"),
    "both kinds": (
        ("--style", "a.png", "--add-style", "b.png", "--base", "old"),
        "--style trains a new network, --add-style extends one: give one of them",
    ),
    "added to nothing": (("--add-style", "b.png"), "--add-style and --base go together"),
    "base without more": (
        ("--style", "a.png", "--base", "old"), "--add-style and --base go together",
    ),
    "base that is none": (
        ("--add-style", "b.png", "--base", "old"), "no model old: ",
    ),
    "damaged base": (
        ("--add-style", "b.png", "--base", "bad.onnx"), "bad.onnx: not a whole trained network",
    ),
    "two beginnings": (
        ("--add-style", "b.png", "--base", "old", "--start-from", "old"),
        "--base is for --add-style, --start-from trains all styles: give one of them",
    ),
    "steps and epochs": (
        ("--style", "a.png", "--epochs", 2), "--steps, --epochs: expected only one of the two",
    ),
    "run folder in a file": (
        ("--style", "a.png", "--run-dir", "a.png/run"), "a.png/run: cannot be written",
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_one_line_about_what_is_wrong(mistake, desk):
    given, words = MISTAKES[mistake]
    (desk / "bad.png").write_bytes(b"no picture")
    (desk / "bad.onnx").write_bytes(b"no model")
    (desk / "bad.tfrecord").write_bytes(b"no records")
    for name in ("0.jpg", "1.jpg"):
        (desk / "bad").mkdir(exist_ok=True)
        (desk / "bad" / name).write_bytes(b"no picture")
    (desk / "empty").mkdir()
    before = listing(desk)
    run = () if "--run-dir" in given else ("--run-dir", "run")
    assert words in train(*run, *given, at=desk).complaint
    assert listing(desk) == before, "something was left behind"


@pytest.mark.parametrize("missing", ["--data", "--run-dir"])
def test_what_cannot_be_left_out(missing, desk):
    given = {"--style": "a.png", "--data": "photos", "--run-dir": "run"}
    rest = [each for name, value in given.items() if name != missing for each in (name, value)]
    told = impasto("train", "johnson", *rest, at=desk).complaint
    assert told == f"{missing} is missing (see impasto train johnson --help)"


def test_methods_and_help(desk):
    assert "johnson" in impasto("train", at=desk).out
    told = impasto("train", "jonson", at=desk).complaint
    assert told == "no command 'impasto train jonson': did you mean johnson?"
    done = impasto("train", "johnson", "--help", at=desk)
    assert done.code == 0
    for option in ("--add-style", "--data", "--run-dir", "--checkpoint-every", "--resume"):
        assert option in done.out


def test_a_used_run_folder_is_not_written_over_by_accident(desk):
    given = ("--style", "a.png", "--run-dir", "run")
    assert train(*given, at=desk).code == 0
    before = weights(desk / "run")
    assert train(*given, at=desk).complaint == (
        "run: holds a training already: give --resume to continue it, or another --run-dir"
    )
    told = train(*given, "--resume", "--style-weight", 3, at=desk).complaint
    then = SCRATCH.style_weight
    assert f"trained with other values of options.style_weight ({then} then, 3.0 now)" in told
    assert weights(desk / "run") == before
    # A run that is done stays as it is.
    again = train(*given, "--resume", at=desk)
    assert (again.code, weights(desk / "run")) == (0, before)
    assert again.out.startswith("run/model.onnx: trained after 2 of 2 steps")


def test_one_ctrl_c_finishes_the_step_and_going_on_gives_the_same_bytes(desk, monkeypatch):
    from impasto.training.trainer import Training

    advance = Training.advance

    def interrupted(training):
        if training.number == 1:
            os.kill(os.getpid(), signal.SIGINT)
        return advance(training)

    monkeypatch.setattr(Training, "advance", interrupted)
    given = ("--style", "a.png", "b.png", "--run-dir", "run")
    stopped = train(*given, at=desk, steps=5)
    assert stopped.code == 130
    assert stopped.out.startswith("run/model.onnx: stopped after 2 of 5 steps, loss ")
    assert stopped.out.endswith(", --resume continues\n")
    assert weights(desk / "run" / "model.onnx") == weights(desk / "run")
    monkeypatch.undo()
    assert train(*given, "--resume", at=desk, steps=5).code == 0
    assert train(*given[:-1], "whole", at=desk, steps=5).code == 0
    files = [(desk / name / "model.onnx").read_bytes() for name in ("run", "whole")]
    assert files[0] == files[1]


def test_ctrl_c_before_the_first_step_leaves_no_model(desk, monkeypatch):
    from impasto.training.run_folder import TrainingFolder

    begin = TrainingFolder.begin

    def interrupted(*given, **more):
        begin(*given, **more)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(TrainingFolder, "begin", interrupted)
    done = train("--style", "a.png", "--run-dir", "run", at=desk)
    assert done.code == 130
    assert done.out == "run: stopped after 0 of 2 steps, --resume continues\n"
    assert not (desk / "run" / "model.onnx").exists()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send")
def test_a_program_that_is_interrupted_goes_on_to_the_same_model(desk):
    given = ["--style", "a.png", "b.png", "--data", "photos", "--steps", "24", *map(str, TINY)]
    more = ("--run-dir", "run", "--checkpoint-every", "1", "--workers", "1")
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "impasto", "train", "johnson", *given, *more],
        cwd=desk,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not checkpoint_files(desk / "run" / "checkpoints"):
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130, (out, err)
    assert "Traceback" not in err
    assert "Stopping after this step" in err
    result = json.loads((desk / "run" / "manifest.json").read_text())["result"]
    assert 0 < result["steps"] < 24
    assert f"stopped after {result['steps']} of 24 steps" in out
    assert not [name for name in listing(desk) if ".impasto-" in name]
    with one_thread():
        assert impasto("train", "johnson", *given, *more, "--resume", at=desk).code == 0
        assert impasto("train", "johnson", *given, "--run-dir", "whole", at=desk).code == 0
    files = [(desk / name / "model.onnx").read_bytes() for name in ("run", "whole")]
    assert files[0] == files[1]


def test_the_model_of_a_run_is_used_by_apply(desk):
    assert train("--style", "a.png", "--run-dir", "run", at=desk).code == 0
    write_photograph(desk / "lake.png", 50, 34)
    done = impasto("apply", "lake.png", "--model", "run", "-o", "out.png", at=desk)
    assert done.code == 0, done.err
    from PIL import Image

    with Image.open(desk / "out.png") as picture:
        assert picture.size == (50, 34)


def test_records_are_read_too(desk):
    assert main(["tfrecord", "write", str(desk / "photos"), str(desk / "p.tfrecord")]) == 0
    done = train("--style", "a.png", "--run-dir", "run", at=desk, data="p.tfrecord")
    assert done.code == 0, done.err
    manifest = json.loads((desk / "run" / "manifest.json").read_text())
    assert manifest["recipe"]["pictures"] == 5
