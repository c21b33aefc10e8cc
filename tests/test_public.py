"""What is promised to the world: names, errors, and the files that come with the package."""

import ast
import hashlib
import importlib
import inspect
import json
import re
import subprocess
from pathlib import Path

import pytest

import impasto
from impasto import errors
from impasto.samples import sample, samples

PACKAGE = Path(impasto.__file__).parent
ROOT = PACKAGE.parents[1]
ASSETS = PACKAGE / "assets"

PUBLIC = [
    "GatysStylizer",
    "ImpastoError",
    "PaintOptions",
    "Picture",
    "Scores",
    "Step",
    "apply",
    "encode",
    "load_model",
    "models",
    "paint",
    "read_manifest",
    "read_picture",
    "score",
    "train",
    "video",
]


def test_the_public_names():
    assert impasto.__all__ == PUBLIC
    assert sorted(impasto._HOMES) == PUBLIC


@pytest.mark.parametrize("name", PUBLIC)
def test_each_public_name_is_there_and_documented(name):
    value = getattr(impasto, name)
    assert value.__name__ == {"PaintOptions": "GatysOptions"}.get(name, name)
    assert inspect.getdoc(value)
    assert vars(impasto)[name] is value  # found once, then an ordinary name


def test_type_checkers_see_the_same_names():
    [block] = [
        node
        for node in ast.parse((PACKAGE / "__init__.py").read_text()).body
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name)
    ]
    seen = {alias.name: node.module for node in block.body for alias in node.names}
    assert seen == dict(impasto._HOMES)


def test_there_is_nothing_else():
    with pytest.raises(AttributeError, match="no attribute 'pant'"):
        impasto.pant  # noqa: B018
    names = {}
    exec("from impasto import *", names)
    assert set(names) - {"__builtins__"} == set(PUBLIC)


@pytest.mark.parametrize("package", ["image", "weights", "track", "film"])
def test_names_of_the_parts_are_there(package):
    module = importlib.import_module(f"impasto.{package}")
    assert module.__all__ == sorted(module.__all__, key=_as_sorted)
    for name in module.__all__:
        assert hasattr(module, name), name


def _as_sorted(name):
    # Constants, classes, functions: the order in which the linter wants them.
    return (not name.isupper(), not name[0].isupper(), name)


def _errors():
    found = [errors.ImpastoError]
    for each in found:
        found += each.__subclasses__()
    return [each for each in found if each.__module__ == "impasto.errors"]


def test_the_tree_of_errors_is_drawn():
    drawn = re.findall(r"(?:├──|└──) (\w+) +(.+)", errors.__doc__)
    assert [name for name, _ in drawn] == [each.__name__ for each in _errors()[1:]]
    for name, _text in drawn:
        assert getattr(errors, name).__doc__


def test_there_are_no_other_errors_of_ours():
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and path.name != "errors.py":
                bases = {base.id for base in node.bases if isinstance(base, ast.Name)}
                assert not bases & {each.__name__ for each in _errors()}, node.name


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (errors.OptionError("size", "a number", "x"), ValueError),
        (errors.MissingExtraError("reading .mat files", "weights"), ImportError),
    ],
)
def test_errors_that_are_also_python_s(error, builtin):
    assert isinstance(error, builtin)
    assert isinstance(error, impasto.ImpastoError)


def _tracked():
    command = ["git", "-C", str(ROOT), "ls-files", "-z"]
    listed = subprocess.run(command, capture_output=True, check=False)
    if listed.returncode:  # a source archive, without its history
        return [path for folder in ("src", "tests", "tools") for path in (ROOT / folder).rglob("*")]
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name]


def test_no_path_of_a_machine_is_in_the_files():
    # Put together here, so that this file does not name them.
    homes = "|".join(["root", "work", "home", "Users", r"mnt/\w+", re.escape(str(ROOT)[1:])])
    home = re.compile(rf"(?<![\w.~-])/({homes})/".encode())
    assert home.search(b'open("/' + b"home" + b'/ann/a.png")')
    assert not home.search(b"https://example.org/home/ann")
    files = [path for path in _tracked() if path.is_file()]
    assert len(files) > 50
    assert [path for path in files if home.search(path.read_bytes())] == []


def _entries():
    bundled = json.loads((ASSETS / "ASSETS.json").read_text(encoding="utf-8"))
    drawn = json.loads((ASSETS / "samples" / "SAMPLES.json").read_text(encoding="utf-8"))
    return [(ASSETS / each["file"], each) for each in bundled] + [
        (ASSETS / "samples" / each["file"], each) for each in drawn
    ]


def test_every_asset_has_an_entry():
    files = {path for path in ASSETS.rglob("*") if path.is_file() and path.suffix != ".json"}
    assert {path for path, _ in _entries()} == files
    assert len(_entries()) == len(files)


@pytest.mark.parametrize(("path", "entry"), _entries(), ids=lambda each: getattr(each, "name", ""))
def test_an_asset_is_what_its_entry_says(path, entry):
    assert hashlib.sha256(path.read_bytes()).hexdigest() == entry["sha256"]
    assert entry["origin"]
    assert entry["licence"]
    tools = re.findall(r"tools/\w+\.py", f"{entry.get('tool', '')} {entry.get('command', '')}")
    assert tools
    for tool in tools:
        assert (ROOT / tool).is_file()


@pytest.mark.parametrize("kind", ["content", "style"])
def test_samples_by_name(kind):
    assert samples(kind)
    for each in samples(kind):
        assert sample(kind, each.name) == each
        assert each.path.is_file()
    with pytest.raises(errors.OptionError, match=f"^{kind}: expected one of "):
        sample(kind, "nothing of the sort")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("impasto.runtime.resolve", "impasto.networks.resolve"),
        ("impasto.runtime", "impasto.networks"),
        ("impasto.cli.main", "impasto.commands.main"),
        ("impasto.methods.johnson.options", "impasto.options.johnson"),
    ],
)
def test_an_old_dotted_path_is_the_same_module(old, new):
    found = importlib.import_module(old)
    assert found is importlib.import_module(new)
    assert found.__name__ == found.__spec__.name == new


def test_a_path_that_never_was_is_not_found():
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("impasto.runtimes")
