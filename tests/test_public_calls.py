"""What the commands do, called from Python: the same results, the same refusals."""

import json

import numpy as np
import pytest

import impasto
from cli_pictures import desk, write_photograph
from cli_pictures import impasto as command
from film_clips import moving_square, write_film
from impasto.errors import OptionError
from impasto.networks.code_file import read_code


def test_models_are_those_of_the_command(tmp_path):
    listed = json.loads(command("models", "--json", at=tmp_path).out)
    names = [each["name"] for each in listed if each["kind"] == "network"]
    assert [each.name for each in impasto.models()] == names


def test_apply_gives_what_the_command_writes(tmp_path):
    folder = desk(tmp_path)
    command(
        "apply", "a.png", "--model", "great-wave", "--strength", "0.5", "-o", "1.png", at=folder
    )
    picture = impasto.apply(folder / "a.png", model="great-wave", strength=0.5)
    written = impasto.read_picture(folder / "1.png")
    np.testing.assert_array_equal(np.asarray(picture.pil()), np.asarray(written.pil()))


def test_a_style_is_encoded_and_applied(tmp_path):
    folder = desk(tmp_path)
    code = impasto.encode(folder / "s.png", folder / "s.imp")
    assert read_code(folder / "s.imp").sha256 == code.sha256
    by_code = impasto.apply(folder / "a.png", style=folder / "s.imp").pixels
    np.testing.assert_array_equal(
        by_code, impasto.apply(folder / "a.png", style=folder / "s.png").pixels
    )


def test_a_film_is_painted_and_then_skipped(tmp_path):
    write_film(tmp_path / "a.mp4", moving_square(3))
    seen = []
    given = {"model": "starry-night", "temporal": 0.0}
    film = impasto.video(
        tmp_path / "a.mp4",
        tmp_path / "b.mp4",
        on_frame=lambda *frames: seen.append(frames),
        **given,
    )
    assert (film.status, film.frames) == ("filmed", 3)
    assert seen[-1][0] == 3
    again = impasto.video(tmp_path / "a.mp4", tmp_path / "b.mp4", **given)
    assert again.status == "skipped"
    assert command("video", "a.mp4", "-o", "b.mp4", "--model", "starry-night", "--temporal", 0,
                   at=tmp_path).out.startswith("b.mp4: exists, skipped")  # fmt: skip


def test_a_network_is_trained(tmp_path):
    for number in range(4):
        write_photograph(tmp_path / "photos" / f"{number}.png", 40, 40, seed=number)
    steps = []
    given = {"style": [str(tmp_path / "photos" / "0.png")], "data": str(tmp_path / "photos")}
    small = {
        "preset": "scratch",
        "steps": 2,
        "size": 32,
        "batch": 2,
        "workers": 0,
        "width": 2,
        "blocks": 1,
    }
    exact = {"style_size": 32, "device": "cpu", "precision": "fp32"}
    result = impasto.train(
        "johnson", run_dir=tmp_path / "run", on_step=steps.append, **given, **small, **exact
    )
    assert (result.status, result.steps, len(steps)) == ("trained", 2, 2)
    assert result.models == (tmp_path / "run" / "model.onnx",)
    assert impasto.apply(tmp_path / "photos" / "1.png", model=tmp_path / "run").width == 40


@pytest.mark.parametrize(
    ("call", "given", "option"),
    [
        (impasto.apply, {"model": "great-wave", "strenght": 1}, "strenght"),
        (impasto.apply, {"model": "great-wave", "strength": 3}, "strength"),
        (impasto.video, {"model": "great-wave", "quality": 101}, "quality"),
        (impasto.video, {"model": "great-wave", "colour": "x"}, "colour"),
    ],
)
def test_what_cannot_be_met_is_refused(call, given, option, tmp_path):
    with pytest.raises(OptionError) as refused:
        call(write_photograph(tmp_path / "a.png"), **given)
    assert refused.value.option == option


def test_a_training_names_what_it_needs():
    with pytest.raises(OptionError, match="run_dir: expected a value"):
        impasto.train("johnson", data="photos", style=["a.png"])
    with pytest.raises(OptionError, match="method: expected johnson or adain or cyclegan"):
        impasto.train("gan")
