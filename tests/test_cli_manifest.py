"""``impasto paint --from-manifest``: the same picture again."""

import json
import shutil

import numpy as np
import pytest

from cli_pictures import desk, impasto, listing, paint, pixels, write_photograph

RUN = ("--run-dir", "run")


@pytest.fixture(scope="module")
def painted(tmp_path_factory):
    """A desk with a finished painting and its run folder; made once, as nobody writes to it."""
    folder = desk(tmp_path_factory.mktemp("painted"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMPASTO_HOME", str(folder.parent / "home"))
        assert paint("a.png", "--seed", 3, "--init", "mix", *RUN, at=folder).code == 0
    return folder


@pytest.fixture
def folder(painted, tmp_path):
    """A copy of it to work in."""
    return shutil.copytree(painted, tmp_path / "desk")


def again(*arguments, at):
    return impasto("paint", "--json", *arguments, at=at)


@pytest.mark.parametrize("manifest", ["run/manifest.json", "a-s.png"])
def test_the_same_pixels(manifest, folder):
    outcome = again("--from-manifest", manifest, "-o", "b.png", at=folder)
    assert outcome.results[0]["options"]["seed"] == 3
    np.testing.assert_array_equal(pixels(folder / "b.png"), pixels(folder / "a-s.png"))


def test_from_another_folder(folder, tmp_path):
    # A picture tells no paths, so its inputs are looked for beside it.
    assert again("--from-manifest", "desk/a-s.png", at=tmp_path).code == 0
    np.testing.assert_array_equal(pixels(tmp_path / "a-s.png"), pixels(folder / "a-s.png"))


def test_what_is_done_is_skipped(folder):
    assert again("--from-manifest", "a-s.png", at=folder).results[0]["status"] == "skipped"


def test_a_first_image_is_found_again(folder):
    write_photograph(folder / "first.png", seed=8)
    assert paint("a.png", "--init", "first.png", "-o", "c.png", at=folder).code == 0
    assert again("--from-manifest", "c.png", "-o", "d.png", at=folder).code == 0
    np.testing.assert_array_equal(pixels(folder / "c.png"), pixels(folder / "d.png"))
    (folder / "first.png").unlink()
    complaint = again("--from-manifest", "c.png", "-o", "e.png", at=folder).complaint
    assert complaint == ("first.png: the init picture was not found: put it beside the manifest")


def test_a_changed_input_is_refused(folder):
    write_photograph(folder / "a.png", seed=9)
    complaint = again("--from-manifest", "a-s.png", "-o", "b.png", at=folder).complaint
    assert complaint == "a.png: not the content picture it was made with (it has changed)"
    assert "b.png" not in listing(folder)


def test_a_moved_input_is_given(folder):
    (folder / "away").mkdir()
    shutil.move(folder / "a.png", folder / "away" / "photo.png")
    shutil.move(folder / "s.png", folder / "away" / "manner.png")
    given = ("--from-manifest", "a-s.png", "-o", "b.png")
    complaint = again(*given, at=folder).complaint
    assert complaint == "a.png: the content picture was not found: give its path as CONTENT"
    complaint = again(*given, "away/photo.png", at=folder).complaint
    assert complaint == "s.png: the style picture was not found: give its path as --style"
    moved = ("away/photo.png", "--style", "away/manner.png")
    assert again(*given, *moved, at=folder).code == 0
    np.testing.assert_array_equal(pixels(folder / "b.png"), pixels(folder / "a-s.png"))
    complaint = again(*given, "away/manner.png", "--style", "away/photo.png", at=folder).complaint
    assert complaint.startswith("away/manner.png: not the content picture it was made with")


def test_other_options_are_refused(folder):
    given = ("--from-manifest", "a-s.png", "--steps", 9, "--style-weight", 2)
    complaint = again(*given, at=folder).complaint
    assert complaint == "a-s.png has all options already: leave out --steps, --style-weight"
    complaint = again("--run-dir", "run", "--resume", "--steps", 9, at=folder).complaint
    assert complaint == "run/manifest.json has all options already: leave out --steps"


def test_one_photograph_at_most(folder):
    complaint = again("--from-manifest", "a-s.png", "a.png", "s.png", at=folder).complaint
    assert complaint == "CONTENT: expected at most one photograph with a manifest, got 2"


def test_resuming_without_a_run(folder):
    complaint = again("--run-dir", "none", "--resume", at=folder).complaint
    assert complaint == "--run-dir: expected a folder in which a painting was begun, got 'none'"
    assert "none" not in listing(folder)


@pytest.mark.parametrize("name", ["a.png", "missing.json", "missing.png", "text.json", "."])
def test_no_manifest(name, folder):
    (folder / "text.json").write_text("no manifest")
    assert name in again("--from-manifest", name, "-o", "b.png", at=folder).complaint


CHANGES = {
    "another command": lambda manifest: manifest.update(command="train"),
    "no inputs": lambda manifest: manifest.pop("inputs"),
    "inputs of another kind": lambda manifest: manifest.update(inputs=["a.png"]),
    "no style": lambda manifest: manifest["inputs"].pop("style"),
    "an input of another kind": lambda manifest: manifest["inputs"].update(content="a.png"),
    "no checksum": lambda manifest: manifest["inputs"]["content"].pop("sha256"),
    "options of another kind": lambda manifest: manifest.update(options=None),
    "an unknown option": lambda manifest: manifest["options"].update(magic=1),
    "a bad value": lambda manifest: manifest["options"].update(steps=-1),
    "a value of another kind": lambda manifest: manifest["options"].update(steps="many"),
    "an unknown precision": lambda manifest: manifest.update(precision="float8"),
    "no network": lambda manifest: manifest.update(network=None),
    "other weights": lambda manifest: manifest["network"].update(sha256="00" * 32),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_manifest_that_cannot_be_followed(change, folder):
    path = folder / "run" / "manifest.json"
    manifest = json.loads(path.read_text())
    CHANGES[change](manifest)
    path.write_text(json.dumps(manifest))
    complaint = again("--from-manifest", path, "-o", "b.png", at=folder).complaint
    expected = "weights it was made with" if change == "other weights" else str(path)
    assert expected in complaint
    assert "b.png" not in listing(folder)


def test_a_picture_beside_the_manifest_is_found_whatever_its_path_was(folder):
    path = folder / "run" / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["inputs"]["content"]["path"] = "n" * 5000
    path.write_text(json.dumps(manifest))
    shutil.copy(folder / "a.png", folder / "run")
    assert again("--from-manifest", path, "-o", "b.png", at=folder).code == 0


@pytest.mark.parametrize("text", ["", "[]", "null", "3", '"paint"', "{}", "\xff"])
def test_json_that_is_no_manifest(text, tmp_path):
    path = tmp_path / "manifest.json"
    path.write_text(text, encoding="latin-1")
    assert again("--from-manifest", path, at=tmp_path).complaint.startswith(f"{path}: ")


def test_damaged_weights_are_no_obstacle_to_others(folder, monkeypatch):
    store = folder / "home" / "weights"
    store.mkdir(parents=True)
    (store / "vgg19.safetensors").write_bytes(b"none")
    (store / "vgg19.json").write_text("{", encoding="utf-8")
    monkeypatch.setenv("IMPASTO_HOME", str(folder / "home"))
    assert again("--from-manifest", "a-s.png", "-o", "b.png", at=folder).code == 0
