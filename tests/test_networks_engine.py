"""Many files through one model."""

import pickle

import numpy as np
import pytest

from cli_pictures import pixels, write_photograph
from impasto.errors import ImpastoError, ModelError, OptionError
from impasto.image import read_manifest
from impasto.networks.engine import Job, apply_all, apply_one
from impasto.networks.model import load_model
from impasto.options.apply import ApplyOptions
from trained_models import write_model

OPTIONS = ApplyOptions(style_weights="great-wave")


@pytest.fixture
def folder(tmp_path):
    write_model(tmp_path / "m.onnx")
    for seed, name in enumerate("abc"):
        write_photograph(tmp_path / f"{name}.png", seed=seed)
    return tmp_path


def job(folder, name):
    return Job(folder / f"{name}.png", folder / "out" / f"{name}.png")


def run(folder, names="abc", options=OPTIONS, **given):
    jobs = [job(folder, name) for name in names]
    return list(apply_all(jobs, str(folder / "m.onnx"), options, threads=1, **given))


def test_each_job_has_its_result(folder):
    results = run(folder)
    assert [each.status for each in results] == ["applied"] * 3
    model = load_model(folder / "m.onnx", threads=1)
    for each in results:
        expected = np.asarray(model(each.job.content, style_weights="great-wave"))
        np.testing.assert_array_equal(pixels(each.job.output), expected)


def test_the_manifest_travels_without_folders(folder):
    [result] = run(folder, "a")
    manifest = read_manifest(result.job.output)
    assert manifest["command"] == "apply"
    assert manifest["options"]["style_weights"] == {"great-wave": 1.0}
    assert manifest["inputs"]["content"]["name"] == "a.png"
    assert manifest["network"]["method"] == "johnson"
    assert manifest["result"] == {"size": [48, 36]}
    assert str(folder) not in str(manifest)
    assert result.to_json()["timings"]["seconds"] > 0
    assert {**result.manifest, "timings": None} == {**manifest, "timings": None}


def test_what_is_done_is_skipped(folder):
    run(folder, "ab")
    before = (folder / "out" / "a.png").stat().st_mtime_ns
    assert [each.status for each in run(folder)] == ["skipped", "skipped", "applied"]
    # Other words for the same blend.
    same = ApplyOptions(style_weights="great-wave:2,the-scream:0")
    assert [each.status for each in run(folder, options=same)] == ["skipped"] * 3
    assert (folder / "out" / "a.png").stat().st_mtime_ns == before
    assert [each.status for each in run(folder, overwrite=True)] == ["applied"] * 3


def test_results_of_other_options_photographs_or_models_are_kept(folder):
    run(folder, "a")
    for options, named in (
        (ApplyOptions(style_weights="the-scream"), "style_weights"),
        (ApplyOptions(style_weights="great-wave", strength=0.5, size=40), "strength, size"),
    ):
        [result] = run(folder, "a", options)
        assert result.status == "failed"
        assert f"already exists, with other values of {named}: give" in str(result.error)
    write_photograph(folder / "a.png", seed=9)
    [result] = run(folder, "a")
    assert "with other values of content picture" in str(result.error)
    write_photograph(folder / "a.png", seed=0)
    write_model(folder / "m.onnx", seed=1)
    [result] = run(folder, "a")
    assert "made with m, which `impasto models` does not list: give" in str(result.error)


def test_foreign_files_are_kept(folder):
    write_photograph(folder / "out" / "a.png", seed=5)
    before = (folder / "out" / "a.png").read_bytes()
    [result] = run(folder, "a")
    assert "already exists and was not made by apply" in str(result.error)
    assert (folder / "out" / "a.png").read_bytes() == before


def test_one_that_fails_does_not_stop_the_others(folder):
    (folder / "b.png").write_bytes(b"no picture")
    results = run(folder)
    assert [each.status for each in results] == ["applied", "failed", "applied"]
    assert results[1].to_json()["error"].startswith(f"{folder / 'b.png'}: is damaged or no picture")
    assert sorted(path.name for path in (folder / "out").iterdir()) == ["a.png", "c.png"]


@pytest.mark.parametrize("error", [MemoryError(), ModelError("the network cannot run")])
def test_what_fails_in_the_network_names_the_picture(error, folder, monkeypatch):
    model = load_model(folder / "m.onnx", threads=1)
    monkeypatch.setattr(model, "stylize", lambda *_: (_ for _ in ()).throw(error))
    result = apply_one(model, job(folder, "a"), OPTIONS)
    assert result.status == "failed"
    assert isinstance(result.error, ImpastoError)
    assert str(result.error).startswith(f"{folder / 'a.png'}: the ")
    assert not (folder / "out").exists()


def test_what_would_fail_everywhere_is_raised(folder):
    with pytest.raises(OptionError, match="did you mean great-wave"):
        run(folder, options=ApplyOptions(style_weights="great-wav"))
    (folder / "m.onnx").write_bytes(b"no model")
    with pytest.raises(ModelError, match="not a model of impasto"):
        run(folder)


def test_jobs_and_options_travel_between_processes(folder):
    for each in (job(folder, "a"), OPTIONS, run(folder, "a")[0]):
        assert pickle.loads(pickle.dumps(each)) == each
