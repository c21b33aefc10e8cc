"""``impasto train cyclegan``: from two folders to two models, and every way to get it wrong."""

import json

import pytest

from cli_pictures import EXACT, impasto, listing, write_photograph
from cyclegan_parts import sets
from impasto.networks.resolve import located

TINY = (
    "--width", 2, "--blocks", 1, "--discriminator-width", 2, "--pool", 4, "--size", 32,
    "--workers", 0, *EXACT,
)  # fmt: skip


@pytest.fixture
def desk(tmp_path):
    return sets(tmp_path / "desk")


def train(*arguments, at, photos="photos", paintings="paintings", steps=2):
    given = ("--photos", photos, "--paintings", paintings, "--steps", steps, *TINY)
    return impasto("train", "cyclegan", *given, *arguments, at=at)


def test_two_folders_become_two_models_that_are_applied(desk):
    done = train("--run-dir", "run", at=desk)
    assert done.code == 0, done.err
    files = "run/photo-to-painting.onnx, run/painting-to-photo.onnx"
    assert done.out.startswith(f"{files}: trained after 2 of 2 steps, cycle loss ")
    assert "training photo-to-painting and back: step 2/2" in done.err
    names = {name.split("/")[1] for name in listing(desk) if name.startswith("run/")}
    assert names >= {"checkpoints", "losses.csv", "manifest.json", "sheets", "tensorboard"}
    write_photograph(desk / "lake.png", 45, 37)
    for name in ("photo-to-painting", "painting-to-photo"):
        assert impasto("apply", "lake.png", "--model", f"run/{name}.onnx", at=desk).code == 0
        assert (desk / f"lake-{name}.png").is_file()


def test_both_are_kept_by_name(desk):
    done = train("--run-dir", "run", "--as", "summer", at=desk)
    assert done.out.endswith("; kept as summer and summer-back\n")
    for name, file in (("summer", "photo-to-painting"), ("summer-back", "painting-to-photo")):
        assert located(name).path.read_bytes() == (desk / "run" / f"{file}.onnx").read_bytes()


def test_a_stopped_run_goes_on(desk):
    given = ("--run-dir", "run", "--checkpoint-every", 1, "--decay-from", 0.5)
    assert train(*given, at=desk, steps=6).code == 0
    again = train(*given, at=desk, steps=6)
    assert again.complaint.startswith("run: holds a training already: give --resume")
    for number in (5, 6):  # as if it had been broken off after four
        (desk / "run" / "checkpoints" / f"{number:06d}.pt").unlink()
    before = (desk / "run" / "photo-to-painting.onnx").read_bytes()
    assert train(*given, "--resume", at=desk, steps=6).code == 0
    assert (desk / "run" / "photo-to-painting.onnx").read_bytes() == before


def test_pictures_of_both_sets_validate(desk):
    for number in range(3):
        write_photograph(desk / "others" / f"{number}.png", 40, 40, seed=number)
    given = ("--validation", "others", "paintings", "--limit", 2)
    assert train("--run-dir", "run", *given, at=desk).code == 0
    recipe = json.loads((desk / "run" / "manifest.json").read_text())["recipe"]
    assert recipe["pictures"] == {"photo": 2, "painting": 2}
    paintings = len(list((desk / "paintings").iterdir()))
    assert {name: each["pictures"] for name, each in recipe["validation"].items()} == {
        "photo": 3, "painting": paintings,
    }  # fmt: skip
    one = train("--run-dir", "x", "--validation", "others", at=desk)
    assert (one.code, one.complaint[:37]) == (2, "--validation: expected two paths (see")


def test_the_result_for_programs(desk):
    (desk / "photos" / "1.png").write_bytes(b"none")
    given = ("--run-dir", "run", "--json", "--painting-name", "van-gogh")
    done = train(*given, at=desk, steps=3)
    assert (done.code, done.err) == (0, "")
    [told] = done.results
    assert (told["status"], told["steps"], told["of"]) == ("trained", 3, 3)
    assert told["models"] == ["run/photo-to-van-gogh.onnx", "run/van-gogh-to-photo.onnx"]
    assert list(told["skipped"]) == ["1.png"]
    manifest = (desk / "run" / "manifest.json").read_text()
    recipe = json.loads(manifest)["recipe"]
    # What is not given is what suits this method, not the engine's own.
    assert recipe["training"]["schedule"] == "linear"
    assert recipe["training"]["learning_rate"] == 2e-4
    assert str(desk) not in manifest, "folders of this machine"


def test_help_tells_the_options():
    from pathlib import Path

    done = impasto("train", "--help", at=Path())
    assert "cyclegan" in done.out
    done = impasto("train", "cyclegan", "--help", at=Path())
    assert done.code == 0
    for option in ("--photos", "--paintings", "--adversarial", "--identity-weight", "--pool",
                   "--gram-weight", "--content-weight",
                   "--resampling", "--zoom", "--resume"):  # fmt: skip
        assert option in done.out


MISTAKES = {
    "no photographs": (("--photos", "none"), "none: no such file or folder"),
    "empty folder": (("--paintings", "empty"), "empty: holds no pictures"),
    "not pictures": (("--paintings", "bad"), "none of 2 pictures can be read"),
    "not records": (("--photos", "bad.tfrecord"), "bad.tfrecord: "),
    "unknown option": (
        ("--photo", "photos"),
        "no option --photo: did you mean --photos? (see impasto train cyclegan --help)",
    ),
    "word for a number": (
        ("--width", "wide"),
        "--width: expected a whole number, got 'wide' (see impasto train cyclegan --help)",
    ),
    "bad value": (("--blocks", -1), "--blocks: expected a whole number of at least 0, got -1"),
    "bad choice": (
        ("--adversarial", "hinge"),
        "--adversarial: expected least-squares or log-likelihood, got 'hinge'",
    ),
    "small crops": (("--size", 16), "--size: expected at least 32 pixels"),
    "name with a slash": (("--painting-name", "a/b"), "--painting-name: expected letters, digits"),
    "two sets of one name": (
        ("--painting-name", "photo"), "--painting-name: expected another name",
    ),
    "zoom that falls": (("--zoom", 2, 1), "--zoom: expected two increasing numbers from 1"),
    "start that is none": (("--start-from", "none"), "none: no such checkpoint"),
    "steps and epochs": (("--epochs", 2), "--steps, --epochs: expected only one of the two"),
    "run folder in a file": (("--run-dir", "photos/0.png/run"), "cannot be written"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_one_line_about_what_is_wrong(mistake, desk):
    given, words = MISTAKES[mistake]
    (desk / "bad.tfrecord").write_bytes(b"no records")
    for name in ("0.jpg", "1.jpg"):
        (desk / "bad").mkdir(exist_ok=True)
        (desk / "bad" / name).write_bytes(b"no picture")
    (desk / "empty").mkdir()
    before = listing(desk)
    place = () if "--run-dir" in given else ("--run-dir", "run")
    assert words in train(*place, *given, at=desk).complaint
    assert listing(desk) == before, "something was left behind"


@pytest.mark.parametrize("missing", ["--photos", "--paintings", "--run-dir"])
def test_what_is_needed_and_was_not_given(missing, desk):
    given = {"--photos": "photos", "--paintings": "paintings", "--run-dir": "run"}
    del given[missing]
    arguments = [each for pair in given.items() for each in pair]
    done = impasto("train", "cyclegan", *arguments, at=desk)
    assert done.complaint == f"{missing} is missing (see impasto train cyclegan --help)"
