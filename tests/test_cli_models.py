"""``impasto models`` and ``impasto sheet``."""

import json
import subprocess
import sys

import numpy as np
import pytest

from cli_pictures import impasto, listing, pixels, write_photograph
from trained_models import NETWORK, STYLES, write_assets, write_model


@pytest.fixture
def assets(tmp_path, monkeypatch):
    folder = write_assets(tmp_path / "assets", (NETWORK, "others"))
    monkeypatch.setattr("impasto.networks.bundled.ASSETS", folder)
    return folder


@pytest.fixture
def no_assets(tmp_path, monkeypatch):
    monkeypatch.setattr("impasto.networks.bundled.ASSETS", tmp_path / "empty")


@pytest.fixture
def folder(tmp_path):
    desk = tmp_path / "desk"
    write_photograph(desk / "lake.png", 60, 45)
    return desk


def test_networks_and_styles_by_name(assets, folder):
    outcome = impasto("models", at=folder)
    assert outcome.code == 0
    lines = outcome.out.splitlines()
    assert lines[0].split() == ["name", "method", "styles", "size", "origin"]
    names = [line.split()[0] for line in lines[1:]]
    assert names == [NETWORK, *STYLES, "others", "others-1", "others-2"]
    columns = {line.index("johnson") for line in lines[1:]}
    assert columns == {lines[0].index("method")}
    assert "Great Wave, A. Painter" in lines[2]


def test_models_for_programs(assets, folder):
    network, style, *_ = json.loads(impasto("models", "--json", at=folder).out)
    assert (network["name"], network["kind"]) == (NETWORK, "network")
    assert network["styles"] == list(STYLES)
    assert (network["method"], network["size"]) == ("johnson", 256)
    assert (network["origin"], network["licence"]) == ("random weights", "CC0-1.0")
    assert (style["name"], style["kind"], style["network"]) == ("great-wave", "style", NETWORK)
    assert style["title"] == "Great Wave"


def test_every_name_is_one_that_apply_takes(assets, folder):
    for entry in json.loads(impasto("models", "--json", at=folder).out):
        chosen = ("--style-weights", entry["styles"][0]) if entry["kind"] == "network" else ()
        given = ("--model", entry["name"], *chosen, "--overwrite")
        assert impasto("apply", "lake.png", *given, at=folder).code == 0


def test_models_of_one_s_own(no_assets, folder):
    write_model(folder / "my-run", styles=("mine",))
    lines = impasto("models", "my-run", at=folder).out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["my-run", "mine"]
    complaint = impasto("models", "lake.png", at=folder).complaint
    assert complaint.startswith("lake.png: not a model of impasto")


def test_nothing_is_bundled(no_assets, folder):
    outcome = impasto("models", at=folder)
    assert outcome.code == 0
    assert outcome.out.startswith("no trained style is bundled: train one with `impasto train`")
    assert json.loads(impasto("models", "--json", at=folder).out) == []
    complaint = impasto("sheet", "lake.png", at=folder).complaint
    assert complaint == "no trained style is bundled: name model files with --models"


def test_listing_is_light(folder):
    script = (
        "import sys; from impasto.commands.main import main; main(['models']); print(*sys.modules)"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.splitlines()[-1].split()}
    assert not loaded & {"torch", "numpy", "PIL", "onnxruntime", "rich"}


def test_a_sheet_of_all_styles(assets, folder):
    outcome = impasto("sheet", "lake.png", "--size", 80, at=folder)
    assert (outcome.code, outcome.err) == (0, "")
    page = pixels(folder / "sheet.png")
    assert outcome.out == f"sheet.png: 5 styles, {page.shape[1]} x {page.shape[0]}\n"
    assert page.shape[1] > page.shape[0]
    again = impasto("sheet", "lake.png", at=folder).complaint
    assert again.startswith("sheet.png already exists")
    assert impasto("sheet", "lake.png", "--size", 80, "--overwrite", at=folder).code == 0


def test_a_sheet_of_chosen_models(assets, folder):
    write_model(folder / "my-run", styles=("mine", "yours"))
    given = ("--models", "great-wave", "my-run", "--size", 64, "--columns", 1, "-o", "s.jpg")
    outcome = impasto("sheet", "lake.png", *given, at=folder)
    assert outcome.out.startswith("s.jpg: 3 styles, ")
    page = pixels(folder / "s.jpg")
    assert page.shape[0] > 2 * page.shape[1]


def test_a_sheet_at_strength_zero_repeats_the_photograph(assets, folder):
    given = ("--models", "great-wave", "--size", 64, "--columns", 2, "--strength", 0)
    assert impasto("sheet", "lake.png", *given, at=folder).code == 0
    page = pixels(folder / "sheet.png")
    margin, step = 20, 64 + 12
    first = page[margin : margin + 48, margin : margin + 64]
    second = page[margin : margin + 48, margin + step : margin + step + 64]
    np.testing.assert_array_equal(first, second)
    assert np.ptp(first) > 50


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ((), "PHOTO is missing"),
        (("none.png",), "none.png: no such file"),
        (("lake.png", "--models", "great-wav"), "no model great-wav: did you mean great-wave?"),
        (("lake.png", "--size", "8"), "--size: expected pixels from 64 to 4096, got 8"),
        (("lake.png", "--columns", "-1"), "--columns: expected a number from 1, or 0, got -1"),
        (("lake.png", "--strength", "3"), "--strength: expected a number from 0 to 2, got 3.0"),
        (("lake.png", "-o", "lake.png", "--overwrite"), "--output: expected another file than"),
        (("lake.png", "-o", "s.xyz"), "s.xyz: cannot write .xyz files"),
    ],
)
def test_mistakes_are_one_line(given, complaint, assets, folder):
    assert impasto("sheet", *given, at=folder).complaint.startswith(complaint)
    assert listing(folder) == ["lake.png"]
