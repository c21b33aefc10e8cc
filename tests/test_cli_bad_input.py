"""Every kind of bad input to ``impasto paint``: one clear line, and nothing left behind."""

import pytest
import torch

from cli_pictures import desk, impasto, listing, paint, write_photograph, write_style
from impasto.commands.guards import memory_checked
from impasto.errors import MemoryEstimateError


def _break(folder):
    """One file of every kind that cannot be painted."""
    whole = (folder / "a.png").read_bytes()
    (folder / "cut.png").write_bytes(whole[:40])
    (folder / "text.png").write_text("this is no picture")
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "no pictures").mkdir()
    (folder / "no pictures" / "notes.txt").write_text("no picture")
    (folder / "file").write_text("in the way of a folder")


BAD = {
    "missing.png": ("missing.png", "no such file or folder"),
    "cut.png": ("cut.png",),
    "text.png": ("text.png",),
    "empty.jpg": ("empty.jpg",),
    "no pictures": ("no pictures: holds no pictures",),
    "file/a.png": ("file/a.png",),
    "n" * 5000 + ".png": ("nnn.png", "file name too long"),
}


@pytest.mark.parametrize("name", BAD, ids=lambda name: name[-20:])
def test_a_bad_photograph(name, tmp_path):
    folder = desk(tmp_path)
    _break(folder)
    before = listing(folder)
    complaint = paint(name, "-o", "new/out.png", at=folder).complaint
    assert all(part in complaint for part in BAD[name]), complaint
    assert listing(folder) == before


@pytest.mark.parametrize("name", [*list(BAD)[:4], "no pictures", "file/a.png"])
def test_a_bad_style(name, tmp_path):
    folder = desk(tmp_path)
    _break(folder)
    before = listing(folder)
    complaint = paint("a.png", "--style", name, "-o", "new/out.png", at=folder).complaint
    assert name in complaint
    assert listing(folder) == before


@pytest.mark.parametrize("name", ["dreams", "cut.png", "no pictures"])
def test_a_bad_first_image(name, tmp_path):
    folder = desk(tmp_path)
    _break(folder)
    before = listing(folder)
    assert name in paint("a.png", "--init", name, at=folder).complaint
    assert listing(folder) == before


OPTIONS = {
    "--style-layers conv4_4": ("--style-layers: ", "vgg16", "conv4_4"),
    "--content-layers relu5_4": ("--content-layers: ", "vgg16", "relu5_4"),
    "--network vgg11": ("--network: expected auto, vgg16, vgg19", "'vgg11'"),
    "--network vgg19": ("vgg19 is not here", "impasto weights import FILE"),
    "--network none.safetensors": ("none.safetensors",),
    "--network text.safetensors": ("text.safetensors",),
    "--device quantum": ("--device: expected auto or a device of this machine (cpu", "'quantum'"),
    "--device cpu:x": ("--device: expected auto or", "'cpu:x'"),
    "--size 60000": ("60000 x 45000 needs about", " GB are free: --size ", " would fit"),
    "--size 4611686018427387904": ("needs about", " GB are free: --size "),
    "--crop-fit 9000000 9000000": ("memory",),
    "-o file/out.png": ("file/out.png: cannot be written", "not a folder"),
    "-o file/deep/er/out.png": ("file/deep/er/out.png: cannot be written",),
    "-o folder.png": ("folder.png/a-s.png",),
    "--run-dir file": ("file: cannot be written (File exists)",),
    "--run-dir file/run": ("file/run: cannot be written (Not a directory)",),
    f"-o {'n' * 300}.png": ("file name too long",),
}


@pytest.mark.parametrize("given", OPTIONS, ids=lambda given: given[:30])
def test_an_option_that_cannot_be_met(given, tmp_path):
    folder = desk(tmp_path)
    (folder / "file").write_text("in the way of a folder")
    (folder / "text.safetensors").write_text("no weights")
    (folder / "folder.png").mkdir()
    (folder / "folder.png" / "a-s.png").mkdir()
    before = listing(folder)
    complaint = paint("a.png", *given.split(), at=folder).complaint
    assert all(part in complaint for part in OPTIONS[given]), complaint
    assert listing(folder) == before


def test_a_style_named_twice_over_its_layers(tmp_path):
    # Everything after --style-layers is a layer: a photograph there is told, not painted without.
    folder = desk(tmp_path)
    given = ("--style", "s.png", "--style-layers", "conv1_1", "a.png")
    complaint = impasto("paint", *given, at=folder).complaint
    assert complaint.startswith("--style-layers: expected layers such as conv4_2")
    assert complaint.endswith("got 'a.png'")


def test_one_broken_photograph_among_several(tmp_path):
    folder = desk(tmp_path)
    for seed, name in enumerate(("lake", "hill", "town")):
        write_photograph(folder / "photos" / f"{name}.png", seed=seed)
    (folder / "photos" / "hill.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    outcome = paint("photos", "-o", "out", at=folder)
    assert outcome.code == 2
    [line] = outcome.err.splitlines()
    assert line.startswith("impasto: ")
    assert "photos/hill.png" in line
    assert [result["output"] for result in outcome.results] == ["out/lake-s.png", "out/town-s.png"]
    assert listing(folder / "out") == ["lake-s.png", "town-s.png"]


def test_a_missing_one_among_several_is_told_before_any_is_painted(tmp_path):
    folder = desk(tmp_path)
    assert paint("a.png", "b.png", at=folder).complaint == "b.png: no such file or folder"
    assert listing(folder) == ["a.png", "s.png"]


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to"),
        RuntimeError("MPS backend out of memory (MPS allocated: 1 GB)"),
    ],
)
def test_memory_that_runs_out_after_all(error, tmp_path, monkeypatch):
    folder = desk(tmp_path)

    def run_out(*_):
        raise error

    monkeypatch.setattr("impasto.methods.painting.Painting.advance", run_out)
    complaint = paint("a.png", at=folder).complaint
    told = "a.png: the memory ran out: give a smaller --size, --crop-fit or --tile"
    assert complaint.startswith(told)
    assert listing(folder) == ["a.png", "s.png"]


def test_other_errors_are_not_taken_for_memory():
    with pytest.raises(RuntimeError, match="shapes"), memory_checked("a.png"):
        raise RuntimeError("shapes do not match")
    with pytest.raises(MemoryEstimateError), memory_checked("a.png"):
        raise MemoryError


def test_photographs_of_the_same_name_do_not_meet(tmp_path):
    folder = desk(tmp_path)
    for seed, name in enumerate(("x/lake.png", "x/lake.jpg", "y/lake.png", "y/hill.png")):
        write_photograph(folder / name, seed=seed)
    write_style(folder / "s.png")
    outcome = paint("x", "y", "y/hill.png", "x/../y/hill.png", "-o", "out", at=folder)
    assert outcome.code == 0
    assert {result["status"] for result in outcome.results} == {"painted"}
    assert listing(folder / "out") == [
        "hill-s.png",
        "lake-jpg-s.png",
        "x-lake-png-s.png",
        "y-lake-png-s.png",
    ]
