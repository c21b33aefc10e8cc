"""Options that were written before: what they gave then they give for ever.

tests/fixtures/version-N holds what version N wrote: ``options.json``, and of version 1 two
paintings that were stopped at step 5 of 9 (``gatys/`` and ``nearest/``, made at 3a774e9 with
vgg16, fp32 and one thread) with the pictures that came of them unbroken.
"""

import dataclasses
import json
import shutil
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from PIL import Image

from impasto.commands.main import main
from impasto.errors import OptionError, RunError
from impasto.film.parts import Parts
from impasto.image import read_manifest
from impasto.networks import engine
from impasto.options.adain import AdainOptions
from impasto.options.cyclegan import CycleGANOptions
from impasto.options.gatys import GatysOptions, PaintOptions
from impasto.options.johnson import JohnsonOptions
from impasto.options.nearest import NearestOptions
from impasto.options.presets import preset
from impasto.options.training import TrainOptions
from impasto.options.values import VERSION, completed
from impasto.recipe import difference
from impasto.training.checkpoints import current

FIXTURES = Path(__file__).parent / "fixtures"

CLASSES = {
    "gatys": GatysOptions,
    "nearest": NearestOptions,
    "johnson": JohnsonOptions,
    "adain": AdainOptions,
    "cyclegan": CycleGANOptions,
    "training": TrainOptions,
}


BEFORE_5 = {"shallow": 0.0, "deep_size": 0, "first_step": 0.0, "strength": 1.0,
            "faces": 0.0, "resampling": "bicubic"}  # fmt: skip
"""What painting did until version 4 and could not be told."""


def written(version):
    return json.loads((FIXTURES / f"version-{version}" / "options.json").read_text())


def plain(options):
    return {name: each for name, each in options.to_json().items() if name != "version"}


@pytest.mark.parametrize("method", CLASSES)
def test_options_of_this_version_are_as_its_file_says(method):
    """Where this fails a default has changed: see impasto/options/values.py for what to do."""
    assert max(int(each.name.split("-")[1]) for each in FIXTURES.glob("version-*")) == VERSION
    for name, values in written(VERSION)[method].items():
        options = CLASSES[method].from_json(values)
        assert options.to_json() == values
        if method in ("gatys", "nearest"):
            assert options == preset(name, method=method)
        if name == "default":
            assert options == CLASSES[method]() == CLASSES[method].from_json({"version": VERSION})


@pytest.mark.parametrize("method", ["gatys", "johnson", "adain", "cyclegan"])
def test_version_1_means_what_it_says_and_lacks_what_was_default(method):
    added = {
        "gatys": {"pooling_edge": "drop", "mix_around": "mean", **BEFORE_5},
        "johnson": {
            "zoom": [1.0, 1.4],
            "flip": True,
            "pretrained": False,
            "middle": 0,
            "coarse": 0,
            "kernel": 9,
            "light_weight": 0.0,
            "structure_weight": 0.0,
            "grid_weight": 0.0,
            "code_weight": 0.0,
        },
        "cyclegan": {"start_style": "", "gram_pool": 0},
    }.get(method, {})
    for values in written(1)[method].values():
        assert plain(CLASSES[method].from_json(values)) == {**values, **added}
    default = {**written(1)[method]["default"], **added}
    assert plain(CLASSES[method].from_json({})) == default


@pytest.mark.parametrize("name", ["cs20", "blog", "gatys"])
def test_the_presets_of_version_2_pool_and_mix_as_they_did(name):
    """Version 3 pools odd edges, mixes and rounds as the sources do; older pictures did not."""
    options = GatysOptions.from_json(written(2)["gatys"][name])
    since = {"pooling_edge": "drop", "mix_around": "mean", **BEFORE_5}
    assert {**written(2)["gatys"][name], **since, "version": VERSION} == options.to_json()
    assert (preset(name).pooling_edge, preset(name).precision) == ("keep", "fp32")


def test_classic_is_the_default_of_version_4():
    before = GatysOptions.from_json(written(4)["gatys"]["default"])
    assert preset("classic") == before == GatysOptions.from_json({"version": 4})


@pytest.mark.parametrize("name", ["default", "quick", "fine", "changed"])
def test_version_1_of_nearest_gives_what_was_painted_then(name):
    values = written(1)["nearest"][name]
    used = values["used"]
    if name == "changed":
        used["init"] = "first.png"  # was content for the method, beside a picture
    for options in (PaintOptions.from_json(values["written"]),
                    NearestOptions.from_json(values["written"])):  # fmt: skip
        assert type(options) is NearestOptions
        assert {key: plain(options)[key] for key in used} == used
        for key in ("keep_color", "feather"):
            assert getattr(options, key) == values["written"][key]


def test_a_version_knows_its_defaults():
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Later(TrainOptions):
        sharpness: float = 0.5
        FORMER: ClassVar = {1: {"sharpness": 0.0, "batch": 3}, 2: {"sharpness": 0.25}}

    assert completed({"seed": 1}, Later.FORMER) == {"sharpness": 0.0, "batch": 3, "seed": 1}
    assert completed({"version": 2, "seed": 1}, Later.FORMER) == {"sharpness": 0.25, "seed": 1}
    assert Later.from_json({"batch": 8}) == Later(sharpness=0.0, batch=8)


@pytest.mark.parametrize("version", [0, VERSION + 1, "2", None, 1.5])
def test_a_version_of_another_impasto_is_refused(version):
    with pytest.raises(OptionError, match=f"version: expected 1 to {VERSION}, those that this"):
        GatysOptions.from_json({"version": version})


def test_manifests_of_two_versions_are_compared_by_what_they_mean():
    rest = {"inputs": {}, "network": {"sha256": ""}, "precision": "float32", "device": "cpu"}
    old = {**rest, "options": written(1)["nearest"]["quick"]["written"]}
    now = {**rest, "options": preset("quick", method="nearest").to_json()}
    assert difference(old, now) == ""
    other = preset("quick", method="nearest", content_weight=1.0).to_json()
    assert difference(old, {**rest, "options": other}) == "content_weight"


def test_a_training_of_version_2_held_nothing_out():
    assert TrainOptions.from_json({"version": 2, "batch": 8}) == TrainOptions(batch=8, hold_out=0.0)


def test_a_training_of_version_1_is_compared_by_what_it_means():
    training = TrainOptions().decisive()
    old = {"method": "adain", "options": written(1)["adain"]["default"], "training": training}
    assert current(old) == {**old, "options": AdainOptions().to_json()}
    assert current({"method": "none"}) == {"method": "none"}


def test_manifests_of_apply_of_two_versions_are_compared_by_what_they_mean():
    rest = {"inputs": {"content": {"sha256": "a"}}, "network": {"sha256": "b"}}
    now = {"version": VERSION, "keep_color": "none", "strength": 1.0, "color_strength": 1.0,
           "invert_masks": False, "feather": 0.0, "style_scale": 1.0, "faces": 0.0}  # fmt: skip
    for old in ({"keep_color": False, "strength": 1.0}, {**now, "version": 1},
                {"version": 2} | {name: each for name, each in now.items()
                                  if name not in ("version", "style_scale", "faces")}):  # fmt: skip
        found, wanted = ({**rest, "options": each} for each in (old, now))
        assert engine.decisive(found) == engine.decisive(wanted)


def test_a_film_that_version_1_began_goes_on(tmp_path):
    folder = tmp_path / "parts"
    Parts(folder, {"options": {"size": 64}}, "h264").begin(resume=False)
    now = {"version": VERSION, "size": 64, "style_scale": 1.0, "faces": 0.0}
    Parts(folder, {"options": now}, "h264").begin(resume=True)
    with pytest.raises(RunError, match="was begun with another size"):
        Parts(folder, {"options": {**now, "size": 32}}, "h264").begin(resume=True)


@pytest.mark.parametrize("method", ["gatys", "nearest"])
def test_a_painting_that_an_earlier_version_began_goes_on(method, tmp_path, monkeypatch):
    shutil.copytree(FIXTURES / "version-1", tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    then = np.asarray(Image.open(f"{method}.png"), int)
    assert main(["paint", "--resume", "--run-dir", method, "-o", "now.png", "--json"]) == 0
    now = np.asarray(Image.open("now.png"), int)
    assert np.abs(now - then).max() <= 2, "other processors round in other ways"
    manifest = read_manifest(Path("now.png"))
    assert manifest["options"]["version"] == VERSION
    assert manifest["options"]["content_weight"] == {"gatys": 1.5, "nearest": 0.75}[method]
    # It is the same painting: neither of the two is painted again over the other.
    again = ["paint", "--from-manifest", "now.png", "-o", f"{method}.png", "--json"]
    assert main(again) == 0
    assert (np.asarray(Image.open(f"{method}.png"), int) == then).all()
