"""``impasto doctor``: what it says of a whole and of a broken installation."""

import json
import os
import subprocess
import sys

import pytest

import impasto as package
from cli_pictures import impasto
from impasto.commands import doctor

MACHINE = {
    "device": "cuda",
    "devices": ["cpu", "cuda:0"],
    "precision": "bfloat16",
    "why": "the GPU has bfloat16 of its own",
    "threads": 4,
    "memory": 8_000_000_000,
    "free": 6_500_000_000,
}


def as_tested(name, works=True, told="", machine=MACHINE):
    return {"name": name, "works": works, "seconds": 1.25, "told": told, "machine": machine}


@pytest.fixture
def healthy(monkeypatch):
    """Both tests work, without being run."""
    monkeypatch.setattr(doctor, "_tested", as_tested)


def lines_of(outcome):
    """What stands behind each name."""
    rows = [line.split(maxsplit=1) for line in outcome.out.splitlines() if line.startswith("  ")]
    # Features are named by their commands; of impasto itself the version is meant.
    rows = [row for row in rows if not row[-1].startswith("studio ")]
    return {row[0]: row[1] if len(row) > 1 else "" for row in rows}


def feature(outcome, name):
    [line] = [each for each in outcome.out.splitlines() if each.strip().startswith(name)]
    return line.strip().removeprefix(name).strip()


def test_all_is_told_and_well(healthy, tmp_path):
    outcome = impasto("doctor", at=tmp_path)
    assert (outcome.code, outcome.err) == (0, "")
    told = lines_of(outcome)
    assert told["impasto"] == package.__version__
    assert told["Python"] == sys.version.split()[0]
    assert told["device"] == "cuda (also cpu)"
    assert told["precision"] == "bfloat16: the GPU has bfloat16 of its own"
    assert told["memory"] == "6.5 GB free of 8.0 GB"
    assert told["cores"].endswith("usable, 4 threads")
    assert told["vgg16"].startswith("vgg16, bundled, torchvision")
    assert told["masters"].startswith("johnson, ")
    assert told["paint"] == told["apply"] == "works, 1.2 s including start"
    for name in doctor.PACKAGES:
        assert told[name] != "missing"


def test_a_package_that_is_missing(healthy, monkeypatch, tmp_path):
    spec, version = doctor.importlib.util.find_spec, doctor.version

    def found(name):
        return None if name in ("pillow_heif", "ray", "h5py") else spec(name)

    def versioned(name):
        if name in ("tifffile",):
            raise doctor.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(doctor.importlib.util, "find_spec", found)
    monkeypatch.setattr(doctor, "version", versioned)
    outcome = impasto("doctor", at=tmp_path)
    assert outcome.code == 0  # nothing that painting needs
    assert lines_of(outcome)["tifffile"] == "missing"
    assert feature(outcome, "HEIC pictures") == "no: pip install 'impasto[heic]'"
    assert feature(outcome, "apply --engine ray") == "no: pip install 'impasto[ray]'"
    assert feature(outcome, "weights import .h5") == "no: pip install 'impasto[weights]'"
    assert feature(outcome, "weights import .mat") == "yes"
    assert "impasto weights fetch vgg19" in feature(outcome, "VGG-19")


def test_what_does_not_work_is_one_line_and_exit_2(monkeypatch, tmp_path):
    def broken(name):
        return as_tested(name, name != "paint", "OSError: libtorch.so: no such file", {})

    monkeypatch.setattr(doctor, "_tested", broken)
    outcome = impasto("doctor", at=tmp_path)
    assert outcome.code == 2
    assert outcome.err == (
        "impasto: paint does not work here: OSError: libtorch.so: no such file\n"
    )
    told = lines_of(outcome)
    assert told["device"].startswith("unknown, as torch does not work: OSError")
    assert told["apply"].startswith("works")


def test_for_programs(healthy, tmp_path):
    found = json.loads(impasto("doctor", "--json", at=tmp_path).out)
    assert {*found} == {"versions", "machine", "weights", "networks", "features", "tests"}
    assert {"name": "impasto", "version": package.__version__} in found["versions"]
    assert [each["works"] for each in found["tests"]] == [True, True]
    assert all(isinstance(each["here"], bool) for each in found["features"])


def test_damaged_records_are_told_and_no_error(healthy, monkeypatch, tmp_path, isolated_home):
    (isolated_home / "weights").mkdir(parents=True)
    (isolated_home / "weights" / "vgg19.safetensors").write_bytes(b"x")
    outcome = impasto("doctor", at=tmp_path)
    assert outcome.code == 0
    assert "vgg19.json: damaged; import vgg19 again" in lines_of(outcome)["damaged"]
    assert feature(outcome, "VGG-19").startswith("no: ")


@pytest.mark.parametrize(
    ("code", "err", "told"),
    [
        (1, "Traceback\n  File\nOSError: no such file\n\n", "OSError: no such file"),
        (1, "impasto.errors.WeightsError: damaged\n", "WeightsError: damaged"),
        (-4, "", "the process was ended by signal 4"),
        (3, "", "the process ended with 3"),
    ],
)
def test_reasons(code, err, told):
    assert doctor._reason(code, err) == told


@pytest.mark.slow
def test_the_real_thing(tmp_path):
    outcome = impasto("doctor", "--json", at=tmp_path)
    assert outcome.code == 0, outcome
    found = json.loads(outcome.out)
    assert all(each["seconds"] > 0 for each in found["tests"])
    told = {each["name"]: each["told"] for each in found["machine"]}
    assert told["precision"].split(":")[0] in ("float32", "bfloat16")
    assert list(tmp_path.iterdir()) == [] or [each.name for each in tmp_path.iterdir()] == [
        "impasto-home"
    ]


def test_a_broken_torch_is_told_and_no_traceback(tmp_path):
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").write_text("raise OSError('libtorch_cpu.so: damaged')\n")
    places = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "impasto", "doctor"],
        env={**os.environ, "PYTHONPATH": places},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == ("impasto: paint does not work here: OSError: libtorch_cpu.so: damaged\n")
    assert "Traceback" not in done.stdout
