"""The plug-in for Krita: what it asks impasto to do; in Krita itself where that is installed."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cli_pictures import impasto, write_photograph, write_style
from impasto.commands.krita import FILES, resources

SPACES = [["U8", "sRGB-elle-V2-srgbtrc.icc"], ["U16", "sRGB-elle-V2-g10.icc"]]


@pytest.fixture
def core(tmp_path):
    """The plug-in's own text part, as it is installed."""
    assert impasto("krita", "install", "--to", tmp_path / "pykrita", at=tmp_path).code == 0
    path = tmp_path / "pykrita" / "impasto_krita" / "errand.py"
    specification = importlib.util.spec_from_file_location("errand", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_it_is_installed_whole_and_again(core, tmp_path):
    laid = {each.relative_to(tmp_path / "pykrita") for each in (tmp_path / "pykrita").rglob("*.*")}
    expected = {each.relative_to(FILES) for each in FILES.rglob("*.*") if each.suffix != ".pyc"}
    assert {each for each in laid if each.suffix != ".pyc"} == expected | {
        Path("impasto_krita/where.json")
    }
    assert len(expected) == 5
    where = core.read_where()
    assert where["command"][0] == sys.executable
    assert ("starry-night", "The Starry Night") in where["styles"]
    assert impasto("krita", "install", "--to", tmp_path / "pykrita", at=tmp_path).code == 0
    (tmp_path / "file").touch()
    refused = impasto("krita", "install", "--to", "file", at=tmp_path)
    assert refused.complaint.startswith("file/impasto_krita")


@pytest.mark.parametrize(
    ("platform", "environment", "folder"),
    [
        ("linux", {}, "/users/a/.local/share/krita"),
        ("linux", {"XDG_DATA_HOME": "/data"}, "/data/krita"),
        ("darwin", {}, "/users/a/Library/Application Support/krita"),
        ("win32", {"APPDATA": "/roaming"}, "/roaming/krita"),
    ],
)
def test_krita_looks_for_plug_ins_there(platform, environment, folder):
    assert resources(platform, environment, Path("/users/a")).as_posix() == folder


@pytest.mark.parametrize("paint", [False, True])
def test_its_words_are_understood(core, paint, tmp_path):
    errand = core.Errand(core.read_where()["command"])
    write_photograph(Path(errand.photo), 64, 48, mode="RGBA")
    Image.fromarray(np.uint8([255 * (np.arange(64) > 32)] * 48)).save(errand.mask)
    style = tmp_path / "night.png"
    write_style(style)
    name, size = (str(style), 32) if paint else ("starry-night", 0)
    words = errand.words(name, picture=paint, paint=paint, masked=True, strength=80, size=size)
    assert words[: len(core.read_where()["command"])] == core.read_where()["command"]
    if paint:
        words += ["--steps", "2", "--coarsest", "0"]
    done = impasto(*words[3:], at=tmp_path)
    assert done.code == 0, done
    result = np.asarray(Image.open(errand.result))
    assert result.shape[2] == 4
    errand.close()
    assert not errand.folder.exists()


def test_progress_and_complaints_are_read(core):
    errand = core.Errand(["impasto"])
    assert errand.heard("night.png\n") is None
    assert errand.heard("12 of 88 steps, 0.2 s each\n24 o") == (12, 88)
    assert errand.heard("f 88 steps\n") == (24, 88)
    errand.heard("impasto: a.png: not a picture\n")
    assert errand.complaint() == "a.png: not a picture"
    assert core.Errand([]).complaint() == "impasto ended without a picture."


def test_kritas_own_python_does_not_lead_astray(core):
    given = {"PYTHONHOME": "a", "PYTHONPATH": "b", "LD_LIBRARY_PATH": "c", "HOME": "d"}
    assert core.clean_environment(given) == {"HOME": "d"}


def test_without_its_file_it_says_what_to_do(core, tmp_path):
    for text in ("", "{}", '{"command": 3, "styles": []}'):
        (tmp_path / "where.json").write_text(text)
        with pytest.raises(ValueError, match="impasto krita install"):
            core.read_where(tmp_path / "where.json")


@pytest.mark.slow
@pytest.mark.skipif(
    "IMPASTO_KRITA" not in os.environ,
    reason="starts Krita under Xvfb: set IMPASTO_KRITA=1 where both are",
)
def test_krita_gets_a_new_layer(tmp_path):
    plugins = tmp_path / "data" / "krita" / "pykrita"
    assert impasto("krita", "install", "--to", plugins, at=tmp_path).code == 0
    (plugins / "driver").mkdir()
    shutil.copy(Path(__file__).with_name("krita_driver.py"), plugins / "driver" / "__init__.py")
    entry = (plugins / "impasto_krita.desktop").read_text()
    (plugins / "driver.desktop").write_text(entry.replace("impasto_krita", "driver"))
    (tmp_path / "config").mkdir()
    switched_on = "[python]\nenable_impasto_krita=true\nenable_driver=true\n"
    (tmp_path / "config" / "kritarc").write_text(switched_on)
    write_photograph(tmp_path / "photo.png", 64, 48, mode="RGBA")
    found = tmp_path / "found.json"
    environment = {
        **os.environ, "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"), "DRIVEN": str(found),
        "PHOTO": str(tmp_path / "photo.png"),
    }  # fmt: skip
    subprocess.run(
        ["xvfb-run", "-a", "krita", "--nosplash"], env=environment, cwd=tmp_path,
        capture_output=True, check=False,
    )  # fmt: skip
    facts = json.loads(found.read_text())
    assert "error" not in facts, facts["error"]
    plain, selected, linear = facts["plain"], facts["selected"], facts["linear"]
    for each, space in ((plain, SPACES[0]), (selected, SPACES[0]), (linear, SPACES[1])):
        assert each["said"] == ""
        assert each["layers"][1].endswith(", The Starry Night")
        assert each["spaces"] == [space, space]
        before, after = (_pixels(text, space[0]) for text in each["pixels"])
        np.testing.assert_array_equal(after[..., 3], before[..., 3])
        assert before[..., 3].min() < before[..., 3].max()
        seen = before[..., 3] > 0
        assert np.abs(after - before)[..., :3][seen & (np.arange(64) < 24)].mean() > 0.03
    before, after = (_pixels(text, "U8") for text in selected["pixels"])
    right = (before[..., 3] > 0.5) & (np.arange(64) > 40)
    assert np.abs(after - before)[..., :3][right].max() < 0.02
    assert len(facts["cancelled"]["layers"]) == 1
    assert facts["cancelled"]["said"] == "Cancelled."


def _pixels(text, depth):
    kind, top = (np.uint8, 255) if depth == "U8" else (np.uint16, 65535)
    return np.frombuffer(bytes.fromhex(text), kind).reshape(48, 64, 4) / top
