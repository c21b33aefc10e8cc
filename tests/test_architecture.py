"""Data flows one way: which part may import which, what is a file of its own, what stays light."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path

import impasto
from film_clips import moving_square, write_film

PACKAGE = Path(impasto.__file__).parent

LAYERS = (
    ("errors", "step", "pace", "shown", "quiet", "version", "moved", "pixels"),
    ("records",),
    ("files", "options"),
    ("archive", "done"),
    ("nn", "device", "lock"),
    ("image", "weights", "checkpoint", "samples", "track"),
    ("source", "scores", "dataset"),
    ("networks",),
    ("training",),
    ("methods",),
    ("recipe", "trainings"),
    ("photograph",),
    ("film",),
    ("run_folder",),
    ("study", "studio"),
    ("commands",),
)
"""The parts of the package. One imports only itself and what stands in a row above its own; nn and
pixels know nothing of the house they stand in."""

NUMERICAL = {
    "impasto.nn", "impasto.pixels", "torch", "jaxtyping", "numpy",
    "__future__", "collections", "contextlib", "copy", "dataclasses", "functools", "itertools",
    "math", "re", "typing",
}  # fmt: skip
"""All that nn may import, and pixels without torch: no file, no clock, no text."""

ONLY_IN = {
    "rich": {"commands"},
    "jinja2": {"study"},
    "PIL": {
        "commands",
        "image",
        "source",
        "track",
        "dataset",
        "networks",
        "film",
        "study",
        "studio",
    },
    "cv2": {"image", "film"},
    "tifffile": {"image"},
    "pillow_heif": {"image"},
    "av": {"film"},
    "tkinter": {"commands"},
    "matplotlib": {"track"},
    "tensorboard": {"track"},
    "safetensors": {"weights"},
    "psutil": {"device", "files"},
    "filelock": {"lock"},
    "accelerate": {"training"},
    "onnx": {"networks", "training"},
    "onnxruntime": {"networks"},
    "google_crc32c": {"dataset"},
    "ray": {"networks"},
    "starlette": {"studio"},
    "uvicorn": {"studio"},
}
"""Packages that only some parts know, so that each can be replaced in one place."""

SAME_THING = (
    {"options", "commands", "studio", "studio/page", "networks", "film", "training", "study", ""},
    {"methods", "training", "networks"},
)
"""Folders in which one basename may stand again, for the same thing of another part or method."""

SMALL = {
    "photograph/first_picture",
    "version", "step", "pace", "moved", "studio/failures", "film/frame_style",
    "options/completion", "options/krita", "options/paper", "options/weights",
    "commands/encode", "commands/export", "commands/krita", "commands/masking", "commands/paint",
    "commands/score", "commands/studio",
}  # fmt: skip
"""Files of fewer than 50 lines that are worth a file of their own: one a command, above all."""

HEAVY = {
    "torch", "numpy", "PIL", "matplotlib", "cv2", "av", "tensorboard", "rich", "jaxtyping",
    "accelerate", "onnx", "onnxruntime", "google", "google_crc32c", "ray", "jinja2",
    "starlette", "uvicorn",
}  # fmt: skip


def imported(source):
    """Every module that a source text imports, anywhere in it, types and late imports too."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def roots(source):
    """The packages that a source text imports."""
    return {name.split(".")[0] for name in imported(source)}


def part_of(name):
    """The part of the package a file belongs to."""
    return name.split("/")[0].removesuffix(".py")


def parts(modules):
    """The parts of the package among modules."""
    return {name.split(".")[1] for name in modules if name.startswith("impasto.")} & PARTS


def allowed(part):
    """The parts that one may import."""
    [row] = [number for number, layer in enumerate(LAYERS) if part in layer]
    above = {name for layer in LAYERS[:row] for name in layer}
    return {part} | ({"pixels"} if part == "nn" else above)


def module_of(name):
    """The dotted name of a file."""
    return "impasto." + name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


PARTS = {name for layer in LAYERS for name in layer}
APART = {*(PACKAGE / "krita_plugin").rglob("*.py")}
"""Runs in Krita's Python; to impasto it is data."""

TOP = {PACKAGE / "__init__.py", PACKAGE / "__main__.py"}
FILES = sorted({*PACKAGE.rglob("*.py")} - TOP - APART)
SOURCES = {path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8") for path in FILES}
"""All files but the two at the very top, which stand outside of the layers."""


def test_every_part_has_its_place():
    assert {part_of(name) for name in SOURCES} == PARTS
    assert sum(map(len, LAYERS)) == len(PARTS)


def test_imports_are_found():
    source = "import impasto.commands.main\ndef f():\n    from impasto import weights, step\n"
    assert parts(imported(source)) == {"commands", "weights", "step"}
    assert imported("if x:\n    import numpy as np, os.path") == {"numpy", "os.path"}
    assert allowed("nn") == {"nn", "pixels"}
    assert allowed("methods") >= {"image", "nn", "files"}
    assert not allowed("methods") & {"film", "commands"}


def test_imports_point_one_way():
    for name, source in SOURCES.items():
        assert parts(imported(source)) <= allowed(part_of(name)), name


def test_no_imports_go_in_a_circle():
    modules = {module_of(name) for name in SOURCES}
    graph = {
        module_of(name): _most_exact(imported(source) & modules) - {module_of(name)}
        for name, source in SOURCES.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise AssertionError(" -> ".join(error.args[1])) from None


def _most_exact(modules):
    """Without the packages of which only a module is imported."""
    return modules - {name.rpartition(".")[0] for name in modules}


def test_a_basename_stands_for_one_thing():
    places = defaultdict(set)
    for name in SOURCES:
        folder, _, base = name.rpartition("/")
        if base != "__init__.py":
            places[base].add(folder.split("/")[0] if folder.startswith("methods/") else folder)
    repeated = {base: found for base, found in places.items() if len(found) > 1}
    wrong = {
        base: found
        for base, found in repeated.items()
        if not any(found <= same for same in SAME_THING)
    }
    assert not wrong


def test_a_file_has_a_subject_worth_a_file():
    small = {
        name
        for name, source in SOURCES.items()
        if len(source.splitlines()) < 50 and not name.endswith("__init__.py")
    }
    assert {name.removesuffix(".py") for name in small} <= SMALL


def test_methods_do_not_know_each_other():
    for name, source in SOURCES.items():
        if part_of(name) == "methods":
            known = {each.split(".")[2] for each in imported(source) if each.count(".") > 1
                     and each.startswith("impasto.methods.")}  # fmt: skip
            own = name.split("/")[1]
            # A pair can start from a style network.
            base = {"johnson"} if own == "cyclegan" else set()
            assert known <= {own, "painting", "canvas", "subject"} | base, name


def test_the_numerical_core_knows_only_tensors():
    for name, source in SOURCES.items():
        if part_of(name) in ("nn", "pixels"):
            own = {".".join(each.split(".")[:2]) if each.startswith("impasto.")
                   else each.split(".")[0] for each in imported(source)}  # fmt: skip
            heavy = {"torch", "jaxtyping", "impasto.nn"} if part_of(name) == "pixels" else set()
            assert own <= NUMERICAL - heavy, name


def test_each_package_is_known_where_it_belongs():
    for name, source in SOURCES.items():
        for package in roots(source) & set(ONLY_IN):
            assert part_of(name) in ONLY_IN[package], f"{name} imports {package}"
        if roots(source) & {"starlette", "uvicorn"}:
            assert name.startswith("studio/page/"), name


def test_only_the_command_prints():
    calls = {
        part_of(name)
        for name, source in SOURCES.items()
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("print", "input")
    }
    assert calls == {"commands"}


def test_every_package_that_is_imported_is_asked_for():
    pyproject = tomllib.loads((PACKAGE.parents[1] / "pyproject.toml").read_text())["project"]
    extras = [each for extra in pyproject["optional-dependencies"].values() for each in extra]
    asked = {_plain(each) for each in pyproject["dependencies"] + extras}
    distributions = packages_distributions()
    for name, source in SOURCES.items():
        for package in roots(source) - set(sys.stdlib_module_names) - {"impasto"}:
            homes = {_plain(each) for each in distributions.get(package, [package])}
            assert homes & asked, f"{name} imports {package}"


def _plain(requirement):
    """The name a requirement begins with, as the package index spells it."""
    return re.match(r"[\w.-]+", requirement)[0].lower().replace("_", "-")


LIGHT = (
    "import impasto, impasto.options.gatys, impasto.options.presets, impasto.options.training",
    "import impasto.options.johnson, impasto.options.adain, impasto.options.cyclegan",
    "import impasto.options.video, impasto.options.apply",
    "import impasto.errors, impasto.step, impasto.files, impasto.weights, impasto.track",
    *(
        f"main({arguments!r})"
        for arguments in (
            ["--help"],
            ["--version"],
            ["pain"],
            ["paint", "--help"],
            ["paint", "--siz", "3"],
            ["paint", "--method", "nearest", "--help"],
            ["apply", "--help"],
            ["video", "--help"],
            ["score", "--help"],
            ["demo", "--list"],
            ["weights", "list"],
            ["train", "--help"],
            ["train", "johnson", "--help"],
            ["train", "adain", "--help"],
            ["train", "cyclegan", "--help"],
            ["encode", "--help"],
            ["export", "--help"],
            ["tfrecord", "write", "--help"],
            ["study", "--help"],
            ["study", "a.png", "--siz", "3"],
            ["doctor", "--help"],
            ["studio", "--help"],
            ["studio", "--port", "x"],
        )
    ),
)
"""What starts fast and may load none of the heavy packages."""


def test_what_starts_fast_stays_light(tmp_path):
    lines = ["import sys, json", "from impasto.commands.main import main", "found = {}"]
    for code in LIGHT:
        lines += [code, f"found[{code!r}] = sorted({{n.split('.')[0] for n in sys.modules}})"]
    lines += ["print(json.dumps(found))"]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    loaded = json.loads(done.stdout.splitlines()[-1])
    assert len(loaded) == len(LIGHT)
    for code, packages in loaded.items():  # in order: the first that is not light is named
        assert not set(packages) & HEAVY, code


def test_a_film_goes_through_a_network_without_torch(tmp_path):
    write_film(tmp_path / "a.mp4", moving_square(3))
    code = (
        "import sys; from impasto.commands.main import main\n"
        "assert main(['video', 'a.mp4', '--model', 'starry-night', '-o', 'b.mp4', '--json']) == 0\n"
        "assert 'av' in sys.modules and 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=True)
