"""``impasto encode``, ``apply --style`` and ``train adain``: from words to files."""

import json
import sys
from contextlib import chdir

import numpy as np
import pytest
from PIL import Image

from adain_parts import model_file, opened, read_anystyle, trained
from cli_pictures import EXACT, impasto, listing, pixels, write_photograph, write_style
from impasto.commands.main import run
from impasto.errors import ImpastoError, ModelError, OptionError
from impasto.image import read_manifest
from impasto.networks.code_file import read_code
from impasto.networks.model import load_model
from impasto.networks.resolve import styled


@pytest.fixture
def desk(tmp_path, monkeypatch):
    folder = tmp_path / "desk"
    write_photograph(folder / "photo.png")
    write_style(folder / "a.png", 1)
    write_style(folder / "b.png", 2)
    model_file(folder / "any.onnx")
    # As if a network of that name were bundled.
    monkeypatch.setattr("impasto.networks.resolve.ANY_STYLE", str(folder / "any.onnx"))
    return folder


def apply(*arguments, at):
    return impasto("apply", *arguments, "--json", "--threads", 1, at=at)


def expected(desk, *styles, **given):
    texts = [str(desk / each) for each in styles]
    model = load_model(styled(desk / "any.onnx", texts, given.pop("style_size", 0)), threads=1)
    return np.asarray(model(desk / "photo.png", **given))


def test_any_picture_is_a_style(desk):
    done = impasto("apply", "photo.png", "--style", "a.png", at=desk)
    assert done.code == 0, done.err
    assert done.out.startswith("photo-a.png: 48 x 36, 0.")
    np.testing.assert_array_equal(pixels(desk / "photo-a.png"), expected(desk, "a.png"))


def test_options_reach_the_style(desk):
    given = ("--style", "a.png", "--style-size", 96, "--strength", 0.6, "--keep-color=luminance")
    [told] = apply("photo.png", *given, "--size", 64, at=desk).results
    assert told["inputs"]["styles"][0]["size"] == [96, 74]
    assert told["result"]["size"] == [64, 48]
    wanted = expected(desk, "a.png", style_size=96, strength=0.6, keep_color="luminance", size=64)
    np.testing.assert_array_equal(pixels(desk / "photo-a.png"), wanted)


def test_styles_are_blended(desk):
    given = ("--style", "a.png:0.75", "--style", "b.png:0.25")
    [told] = apply("photo.png", *given, at=desk).results
    assert told["output"] == "photo-a+b.png"
    assert told["options"]["style_weights"] == {"a": 0.75, "b": 0.25}
    np.testing.assert_array_equal(
        pixels(desk / "photo-a+b.png"), expected(desk, "a.png:3", "b.png:1")
    )
    [told] = apply("photo.png", *given, "--style-weights", "b", at=desk).results
    assert told["output"] == "photo-b.png"


def test_a_folder_encodes_its_style_once(desk, monkeypatch):
    for seed in range(3):
        write_photograph(desk / "photos" / f"{seed}.png", seed=seed)
    from impasto.networks import style_codes as anystyle_codes

    seen = []
    once = anystyle_codes.encoded
    monkeypatch.setattr(
        anystyle_codes, "encoded", lambda *a, **k: seen.append(k["name"]) or once(*a, **k)
    )
    done = apply("photos", "--style", "a.png", "-o", "out", at=desk)
    assert [each["status"] for each in done.results] == ["applied"] * 3
    assert seen == ["a"]


def test_what_is_done_is_skipped_unless_the_style_has_changed(desk):
    given = ("photo.png", "--style", "a.png")
    assert apply(*given, at=desk).results[0]["status"] == "applied"
    assert apply(*given, at=desk).results[0]["status"] == "skipped"
    write_style(desk / "a.png", 9)
    done = apply(*given, at=desk)
    assert done.code == 2
    assert "with other values of style pictures" in done.err


def test_another_network_may_be_named(desk):
    model_file(desk / "other.onnx", trained(seed=4))
    given = ("photo.png", "--model", "other.onnx", "--style", "a.png", "-o", "o.png")
    assert apply(*given, at=desk).code == 0
    apply("photo.png", "--style", "a.png", at=desk)
    assert np.abs(pixels(desk / "o.png").astype(int) - pixels(desk / "photo-a.png")).max() > 2


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--style", "none.png"), "none.png: no such file"),
        (("--style", "photo.txt"), "photo.txt: "),
        (("--style", "a.png:-2"), "--style: expected a picture, and a share from 0"),
        (("--style", "a.png", "--style-size", "20"), "--style-size: expected 0"),
        (("--model", "any.onnx", "--style-size", "64"), "--style-size needs --style PICTURE"),
        (("--model", "any.onnx"), "--style: expected a style image, as"),
        (("--style",), "--style: expected a value"),
        (("--style", "a.png", "--style-weights", "c"), "--style-weights: expected one of a"),
    ],
)
def test_mistakes_are_one_line(arguments, complaint, desk):
    (desk / "photo.txt").write_text("no picture")
    before = listing(desk)
    got = impasto("apply", "photo.png", *arguments, at=desk).complaint
    assert got.startswith(complaint)
    assert listing(desk) == before


def code_file(desk, *arguments):
    with chdir(desk):
        return run(["encode", *map(str, arguments), "--model", "any.onnx"])


def test_a_style_is_encoded_and_used(desk, capsys):
    assert code_file(desk, "a.png") == 0
    size = (desk / "a.imp").stat().st_size
    assert capsys.readouterr().out == f"a.imp: a.png at 52 x 40, {size} bytes\n"
    assert apply("photo.png", "--style", "a.imp", "-o", "1.png", at=desk).code == 0
    assert apply("photo.png", "--style", "a.png", "-o", "2.png", at=desk).code == 0
    np.testing.assert_array_equal(pixels(desk / "1.png"), pixels(desk / "2.png"))
    first, second = (read_manifest(desk / f"{each}.png") for each in (1, 2))
    assert first["inputs"]["styles"] == second["inputs"]["styles"]


def test_encode_for_programs(desk, capsys):
    given = ("b.png", "-o", "deep/x.imp", "--style-size", 104, "--json")
    assert code_file(desk, *given) == 0
    told = json.loads(capsys.readouterr().out)
    network = opened(desk / "any.onnx")
    assert told == {"output": "deep/x.imp", "style": "b.png", "seen": [104, 80],
                    "channels": network.channels, "encoder": network.card.encoder}  # fmt: skip
    assert read_code(desk / "deep" / "x.imp").name == "b"


def test_what_encode_refuses(desk):
    code_file(desk, "a.png")
    before = (desk / "a.imp").read_bytes()
    for arguments, kind, words in (
        (("a.png",), ImpastoError, "a.imp already exists: name another --output, or --overwrite"),
        (("a.png", "-o", "a.npz"), OptionError, "output: expected a file whose name ends in .imp"),
        (("none.png",), ImpastoError, "none.png: no such file"),
        (("b.png", "--style-size", 5), OptionError, "style_size: expected 0"),
        ((), ImpastoError, "STYLE is missing"),
    ):
        with pytest.raises(kind) as caught:
            code_file(desk, *arguments)
        assert words in str(caught.value)
    assert (desk / "a.imp").read_bytes() == before
    write_style(desk / "a.png", 8)
    assert code_file(desk, "a.png", "--overwrite") == 0
    assert (desk / "a.imp").read_bytes() != before
    from johnson_parts import trained as trained_styles

    (desk / "any.onnx").write_bytes(trained_styles().onnx())
    with pytest.raises(ModelError, match="takes no --style"):
        code_file(desk, "b.png")


def test_it_needs_no_torch(desk):
    import subprocess

    script = (
        "import sys; from impasto.commands.main import main;"
        "code = main(sys.argv[1:]); print(*sorted(sys.modules)); sys.exit(code)"
    )
    given = ("apply", "photo.png", "--model", "any.onnx", "--style", "a.png", "--style", "b.png")
    command = [sys.executable, "-c", script, *given]
    done = subprocess.run(command, cwd=desk, capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.splitlines()[-1].split()}
    assert "onnxruntime" in loaded
    assert not loaded & {"torch", "rich", "onnx", "jaxtyping", "cv2", "matplotlib"}


TINY = (
    "--encoder-width", 2, "--decoder-width", 2, "--content-layer", "relu2_1", "--style-layers",
    "relu1_1", "relu2_1", "--batch", 2, "--size", 32, "--workers", 0, "--warmup", 2, *EXACT,
)  # fmt: skip


def train(*arguments, at):
    return impasto("train", "adain", *arguments, *TINY, at=at)


@pytest.fixture
def school(desk):
    for number in range(3):
        write_photograph(desk / "photos" / f"{number}.png", 44, 38, seed=number)
        (desk / "paintings").mkdir(exist_ok=True)
        write_style(desk / "paintings" / f"{number}.png", number)
    return desk


def test_folders_become_a_network_that_paints(school):
    folders = ("--contents", "photos", "--styles", "paintings")
    done = train(*folders, "--steps", 2, "--run-dir", "run", at=school)
    assert done.code == 0, done.err
    assert done.out.startswith("run/model.onnx: trained after 2 of 2 steps, loss ")
    names = {each.split("/")[1] for each in listing(school) if each.startswith("run/")}
    assert names >= {"checkpoints", "losses.csv", "manifest.json", "model.onnx", "sheets"}
    assert apply("photo.png", "--model", "run", "--style", "a.png", at=school).code == 0
    with Image.open(school / "photo-a.png") as picture:
        assert picture.size == (48, 36)
    assert impasto("export", "run", "m.onnx", at=school).code == 0
    assert (school / "m.onnx").read_bytes() == (school / "run" / "model.onnx").read_bytes()
    (school / "photos" / "1.png").write_bytes(b"none")
    more = ("--start-from", "m.onnx", "--steps", 3, "--run-dir", "next", "--json")
    [told] = train(*folders, *more, at=school).results
    assert (told["status"], told["steps"], told["model"]) == ("trained", 3, "next/model.onnx")
    assert list(told["skipped"]) == ["1.png"]
    assert read_anystyle(school / "next").size == 32


@pytest.mark.parametrize("missing", ["contents", "styles", "run-dir"])
def test_what_a_training_needs(missing, school):
    folders = {"contents": "photos", "styles": "paintings", "run-dir": "run"}
    given = [word for name, value in folders.items() if name != missing
             for word in (f"--{name}", value)]  # fmt: skip
    complaint = train(*given, at=school).complaint
    assert complaint == f"--{missing} is missing (see impasto train adain --help)"


def test_help(desk):
    outcome = impasto("train", "adain", "--help", at=desk)
    assert outcome.code == 0
    for option in ("--contents", "--styles", "--encoder", "--encoder-width", "--skip",
                   "--style-weight", "--gram-weight", "--steps", "--start-from"):  # fmt: skip
        assert option in outcome.out
    assert "adain" in impasto("train", "--help", at=desk).out
    assert "--style-size" in impasto("apply", "--help", at=desk).out
