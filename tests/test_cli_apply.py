"""``impasto apply``: from the arguments to the files."""

import importlib.util
import io
import json
import signal
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from cli_pictures import impasto, listing, pixels, write_photograph
from impasto.commands import progress
from impasto.image import read_manifest
from impasto.networks.model import load_model
from trained_models import NETWORK, STYLES, write_assets, write_model


@pytest.fixture(autouse=True)
def assets(tmp_path, monkeypatch):
    folder = write_assets(tmp_path / "assets")
    monkeypatch.setattr("impasto.networks.bundled.ASSETS", folder)
    return folder


@pytest.fixture
def folder(tmp_path):
    desk = tmp_path / "desk"
    write_photograph(desk / "a.png")
    return desk


def apply(*arguments, at):
    """Apply the-scream for programs; arguments may differ."""
    model = () if "--model" in arguments else ("--model", "the-scream")
    return impasto("apply", *model, "--json", "--threads", 1, *arguments, at=at)


def test_a_photograph_becomes_a_picture(folder):
    outcome = impasto("apply", "a.png", "--model", "the-scream", at=folder)
    assert outcome.code == 0
    assert outcome.out.startswith("a-the-scream.png: 48 x 36, 0.")
    assert outcome.err == ""
    assert listing(folder) == ["a-the-scream.png", "a.png"]
    expected = load_model("the-scream", threads=1)(folder / "a.png")
    np.testing.assert_allclose(pixels(folder / "a-the-scream.png"), expected, atol=1)


def test_results_for_programs(folder):
    [result] = apply("a.png", at=folder).results
    assert result["status"] == "applied"
    assert (result["content"], result["output"]) == ("a.png", "a-the-scream.png")
    assert result["options"]["style_weights"] == {"the-scream": 1.0}
    assert read_manifest(folder / "a-the-scream.png")["network"] == result["network"]


def test_the_photograph_s_format_is_kept_or_becomes_png(folder):
    for suffix in (".jpg", ".webp", ".tif"):
        write_photograph(folder / f"b{suffix}")
        assert apply(f"b{suffix}", at=folder).results[0]["output"] == f"b-the-scream{suffix}"
    write_photograph(folder / "b.bmp")
    assert apply("b.bmp", at=folder).results[0]["output"] == "b-the-scream.png"
    write_photograph(folder / "c.jpg")
    assert apply("c.jpg", "--bits", 16, at=folder).results[0]["output"] == "c-the-scream.png"
    assert (folder / "c-the-scream.png").read_bytes()[24] == 16


def test_results_are_called_by_their_styles(folder):
    for weights, name in (
        ("great-wave:0.6,the-scream:0.4", "a-great-wave+the-scream.png"),
        ("great-wave:1,the-scream:0", "a-great-wave.png"),
    ):
        [result] = apply("a.png", "--style-weights", weights, at=folder).results
        assert result["output"] == name


def test_files_and_run_folders_are_models_too(folder):
    write_model(folder / "my-run", styles=("x",))
    write_model(folder / "my.v2.onnx", styles=("y",))
    assert apply("a.png", "--model", "my-run", at=folder).results[0]["output"] == "a-my-run.png"
    found = apply("a.png", "--model", "my.v2.onnx", at=folder).results[0]
    assert found["output"] == "a-my.v2.png"
    assert found["options"]["style_weights"] == {"y": 1.0}


def test_a_folder_becomes_a_folder(folder, monkeypatch):
    monkeypatch.setattr(progress, "QUICK", 0)
    for seed, name in enumerate(("lake.png", "hill.jpg", ".hidden.png", "lake.jpg")):
        write_photograph(folder / "photos" / name, seed=seed)
    (folder / "photos" / "notes.txt").write_text("no picture")
    outcome = impasto("apply", "photos", "--model", "the-scream", "-o", "new/out", at=folder)
    assert outcome.code == 0
    assert listing(folder / "new" / "out") == [
        "hill-the-scream.jpg",
        "lake-jpg-the-scream.jpg",
        "lake-png-the-scream.png",
    ]
    assert "3 of 3 pictures" in outcome.err
    assert len(outcome.out.splitlines()) == 3


def test_options_reach_the_picture(folder):
    given = ("--size", 96, "--strength", 0, "--keep-color", "luminance", "--tile", 128)
    [result] = apply("a.png", *given, at=folder).results
    assert result["result"]["size"] == [96, 72]
    photograph = Image.open(folder / "a.png").resize((96, 72), Image.Resampling.LANCZOS)
    np.testing.assert_allclose(pixels(folder / "a-the-scream.png"), photograph, atol=1)
    assert result["options"]["keep_color"] == "luminance"


def test_output_is_a_file_or_a_folder(folder):
    for output, written in (("deep/er/b.jpg", "deep/er/b.jpg"), ("new", "new/a-the-scream.png")):
        assert apply("a.png", "-o", output, at=folder).results[0]["output"] == written
        assert (folder / written).is_file()


def test_what_is_done_is_skipped(folder):
    apply("a.png", at=folder)
    assert apply("a.png", at=folder).results[0]["status"] == "skipped"
    outcome = impasto("apply", "a.png", "--model", "the-scream", at=folder)
    assert "exists, skipped (--overwrite replaces it)" in outcome.out
    assert apply("a.png", "--overwrite", at=folder).results[0]["status"] == "applied"
    outcome = apply("a.png", "--strength", 0.5, at=folder)
    assert outcome.code == 2
    assert "with other values of strength" in outcome.err


def test_one_that_fails_does_not_stop_the_others(folder):
    write_photograph(folder / "photos" / "c.png")
    (folder / "photos" / "b.png").write_bytes(b"no picture")
    write_photograph(folder / "photos" / "a.png")
    outcome = impasto("apply", "photos", "--model", "the-scream", "-o", "out", at=folder)
    assert outcome.code == 2
    [line] = [each for each in outcome.err.splitlines() if each.startswith("impasto: ")]
    assert line.startswith("impasto: photos/b.png: is damaged or no picture")
    assert listing(folder / "out") == ["a-the-scream.png", "c-the-scream.png"]
    again = apply("photos", "-o", "out", at=folder)
    assert [each["status"] for each in again.results] == ["skipped", "failed", "skipped"]


MISTAKES = [
    (("--model", "the-scream"), "no picture: name at least one INPUT"),
    (("a.png",), "no model: name a style, --model NAME"),
    (("none.png", "--model", "x.onnx"), "none.png: no such file or folder"),
    (("a.png", "--model", "the-screm"), "no model the-screm: did you mean the-scream?"),
    (("a.png", "--model", "x.onnx"), "x.onnx: no such model file or run folder"),
    (("a.png", "--model", "a.png"), "a.png: not a model of impasto"),
    (("a.png", "--model", NETWORK), "--style-weights: expected one of the styles of masters"),
    (
        ("a.png", "--model", NETWORK, "--style-weights", "wave"),
        "--style-weights: expected one of great-wave",
    ),
    (("a.png", "--model", "the-scream", "--strength", "3"), "--strength: expected a number"),
    (("a.png", "--model", "the-scream", "--strength", "x"), "--strength: expected a number"),
    (("a.png", "--model", "the-scream", "--siz", "3"), "no option --siz: did you mean --size?"),
    (("a.png", "--model"), "--model: expected a value"),
    (("a.png", "--model", "x", "--engine", "cloud"), "--engine: expected local or ray"),
    (("a.png", "--model", "x", "--threads", "0"), "--threads: expected a number from 1"),
    (
        ("a.png", "--model", "the-scream", "-o", "a.png"),
        "--output: expected a file that is not",
    ),
    (("a.png", "--model", "the-scream", "-o", "b.xyz"), "b.xyz: cannot write .xyz files"),
    (("a.png", "--model", "the-scream", "--bits", "16", "-o", "b.jpg"), "b.jpg: JPEG holds 8"),
    (("a.png", "b.png", "--model", "the-scream", "-o", "c.png"), "--output: expected a folder"),
    ((".", "--model", "the-scream"), "--output: expected a folder that is not the photo"),
    (("a.png", "--model", "the-scream", "--json", "-o", "-"), "--json and the picture cannot"),
]


def test_mistakes_are_one_line(folder):
    write_photograph(folder / "b.png")
    before = listing(folder)
    for arguments, complaint in MISTAKES:
        assert impasto("apply", *arguments, at=folder).complaint.startswith(complaint)
        assert listing(folder) == before


def test_help(folder):
    outcome = impasto("apply", "--help", at=folder)
    assert outcome.code == 0
    for option in (
        "--model",
        "--style-weights",
        "--strength",
        "--keep-color",
        "--tile",
        "--engine",
    ):
        assert option in outcome.out


def test_a_tampered_model(folder, assets):
    path = assets / "models" / f"{NETWORK}.onnx"
    path.write_bytes(path.read_bytes() + b"\0")
    complaint = impasto("apply", "a.png", "--model", "the-scream", at=folder).complaint
    assert complaint.endswith("changed or damaged: install impasto again")


COMMAND = (sys.executable, "-W", "error", "-m", "impasto", "apply")


def _run(*arguments, at, data=None):
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, cwd=at, input=data, capture_output=True, check=False)


def test_standard_input_and_output(folder):
    write_model(folder / "m.onnx", styles=("only",))
    data = (folder / "a.png").read_bytes()
    given = ("--model", "m.onnx", "--threads", 1)
    done = _run("-", *given, at=folder, data=data)
    assert (done.returncode, done.stderr) == (0, b"")
    picture = np.asarray(Image.open(io.BytesIO(done.stdout)))
    expected = load_model(folder / "m.onnx", threads=1)(folder / "a.png")
    np.testing.assert_array_equal(picture, expected)
    to_file = _run("-", *given, "-o", "b.png", "--json", at=folder, data=data)
    assert json.loads(to_file.stdout)["content"] == "-"
    np.testing.assert_array_equal(pixels(folder / "b.png"), picture)
    from_file = _run("a.png", *given, "-o", "-", at=folder)
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(from_file.stdout))), picture)


def test_a_stream_that_is_no_picture(folder):
    write_model(folder / "m.onnx", styles=("only",))
    done = _run("-", "--model", "m.onnx", at=folder, data=b"text")
    assert (done.returncode, done.stdout) == (2, b"")
    [line] = done.stderr.splitlines()
    assert line.startswith(b"impasto: standard input: is damaged or no picture")


def test_a_stream_beside_files(folder):
    complaint = impasto("apply", "-", "a.png", "--model", "the-scream", at=folder).complaint
    assert complaint == "- stands for one picture: name no others with it"


_INTERRUPTED = """
import os, signal, sys
import impasto.image.picture as write
written = write.write_png
def interrupted(*given):
    written(*given)
    count.append(1)
    if len(count) == 2:
        os.kill(os.getpid(), signal.SIGINT)
count = []
write.write_png = interrupted
from impasto.commands.main import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send")
def test_ctrl_c_leaves_whole_files_only(folder):
    write_model(folder / "m.onnx", styles=("only",))
    for seed, name in enumerate("bcd"):
        write_photograph(folder / "photos" / f"{name}.png", seed=seed)
    given = ("apply", "photos", "--model", "m.onnx", "-o", "out", "--threads", "1")
    done = subprocess.run(
        [sys.executable, "-c", _INTERRUPTED, *given], cwd=folder, capture_output=True, check=False
    )
    assert done.returncode == 130
    assert b"Traceback" not in done.stderr
    assert listing(folder / "out") == ["b-m.png"]
    assert pixels(folder / "out" / "b-m.png").shape == (36, 48, 3)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_it_needs_no_torch(folder):
    write_model(folder / "m.onnx", styles=("only",))
    script = (
        "import sys; from impasto.commands.main import main;"
        "code = main(sys.argv[1:]); print(*sorted(sys.modules)); sys.exit(code)"
    )
    given = ("apply", "a.png", "--model", "m.onnx", "--strength=0.7", "--keep-color=histogram")
    command = [sys.executable, "-c", script, *given]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.splitlines()[-1].split()}
    assert "onnxruntime" in loaded
    heavy = {"torch", "matplotlib", "tensorboard", "rich", "cv2", "av", "jaxtyping", "onnx"}
    assert not loaded & heavy


def test_an_engine_that_is_not_installed(folder, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        "importlib.util.find_spec", lambda name, *rest: None if name == "ray" else find(name, *rest)
    )
    complaint = impasto("apply", "a.png", "--model", "the-scream", "--engine", "ray", at=folder)
    assert complaint.complaint == "--engine ray needs an extra: pip install 'impasto[ray]'"


def test_all_styles_are_different(folder):
    for style in STYLES:
        assert apply("a.png", "--model", style, at=folder).code == 0
    first, *others = (pixels(folder / f"a-{style}.png").astype(int) for style in STYLES)
    for each in others:
        assert np.abs(each - first).mean() > 2
