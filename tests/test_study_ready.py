"""Ready-made studies: each is valid, and varies what it says."""

import dataclasses
from dataclasses import replace
from pathlib import Path

import pytest

from cli_pictures import desk, impasto
from impasto.errors import ImpastoError, OptionError
from impasto.options.gatys import INITS, STYLE_LAYERS
from impasto.options.presets import PRESETS, preset
from impasto.source import Inputs
from impasto.study import ready as module
from impasto.study.grid import Study
from impasto.study.ready import READY, ready
from study_parts import study

NAMED = ("ratio-by-layer", "layers", "pooling", "init", "optimizer", "style-layers", "network")


@pytest.fixture
def both_networks(monkeypatch):
    """As if VGG-19 had been imported."""
    [vgg16] = module.present()
    vgg19 = dataclasses.replace(vgg16, name="vgg19", network="vgg19")
    monkeypatch.setattr(module, "present", lambda: (vgg16, vgg19))


def cells(name, usual):
    made = ready(name)
    base = replace(preset(usual), **made.base)
    return Study(name, Path("a.png"), Inputs((Path("s.png"),)), base, made.axes(base)).cells


@pytest.mark.parametrize("usual", PRESETS["gatys"])
@pytest.mark.parametrize("name", READY)
def test_every_study_is_valid_with_every_preset(name, usual, both_networks):
    found = cells(name, usual)
    assert len(found) > 1
    options = [each.options for each in found]
    assert len(set(options)) == len(options), "two paintings are the same"


def test_the_names_that_are_promised():
    assert tuple(READY) == NAMED
    assert all(each.shows for each in READY.values())


def test_ratio_by_layer():
    found = cells("ratio-by-layer", "default")
    ratios = {each.options.content_weight / each.options.style_weight for each in found}
    assert max(ratios) / min(ratios) == pytest.approx(100)
    assert {each.options.content_layers for each in found} == {
        (f"conv{block}_2",) for block in (2, 3, 4, 5)
    }


@pytest.mark.parametrize("usual", ["default", "cs20", "gatys"])
def test_layers_alone(usual):
    found = cells("layers", usual)
    assert len(found) == 10
    for each in found:
        options = each.options
        alone = options.content_weight, options.style_weight
        assert sorted(weight > 0 for weight in alone) == [False, True]
        assert (options.init, options.coarsest) == ("noise", 0)
        assert options.content_layers == options.style_layers
    assert {each.options.style_layers[0] for each in found} == set(STYLE_LAYERS)


def test_the_others(both_networks):
    assert [each.options.pooling for each in cells("pooling", "default")] == ["average", "max"]
    assert [each.options.init for each in cells("init", "default")] == [*INITS]
    adam = cells("optimizer", "cs20")[1].options
    assert (adam.optimizer, adam.learning_rate) == ("adam", None)
    layers = [each.options for each in cells("style-layers", "cs20")]
    assert [len(each.style_layers) for each in layers] == [1, 2, 3, 4, 5]
    assert layers[1].style_layer_weights == (0.5, 1.0)
    assert [each.options.network for each in cells("network", "fine")] == ["vgg16", "vgg19"]


def test_networks_are_compared_only_where_there_are_two():
    with pytest.raises(ImpastoError, match=r"only vgg16 is installed.*weights fetch vgg19"):
        cells("network", "default")


def test_an_unknown_one_is_told_with_the_nearest():
    with pytest.raises(OptionError, match=r"did you mean pooling\?"):
        ready("poling")


def test_the_list(tmp_path):
    lines = impasto("study", "--study", "list", at=tmp_path).out.splitlines()
    assert tuple(line.split()[0] for line in lines) == NAMED
    text = impasto("study", "--help", at=tmp_path).out
    for name in NAMED:
        assert name in text


def test_one_is_painted_with_an_axis_more(tmp_path):
    folder = desk(tmp_path)
    outcome = study("--study", "pooling", "--vary", "seed=1,2", "--steps", 1, at=folder)
    assert outcome.code == 0, outcome
    assert (folder / "runs" / "pooling=max,seed=2" / "picture.png").is_file()
    assert "average or max pooling" in (folder / "runs" / "index.html").read_text()
