"""README: the first block runs as printed, the examples in order; the list of files is whole."""

import re

from cli_pictures import impasto
from docs_commands import quick
from docs_lines import lines
from docs_pages import ROOT, blocks

README = (ROOT / "README.md").read_text(encoding="utf-8")
LISTED = re.findall(
    r"^([\w./*-]+(?:, [\w./*-]+)*) +-- \S",
    README.partition("## Code organization")[2],
    re.MULTILINE,
)
PLACES = {path for line in LISTED for path in line.split(", ")}


def commands(text):
    return [line for block in blocks(text) for line in lines(block.text, block.line)]


def test_the_first_block_runs_as_printed_in_an_empty_folder(tmp_path):
    first = blocks(README)[0]
    for line in lines(first.text, first.line):
        done = impasto(*line.words[1:], at=tmp_path)
        assert done.code == 0, done.err
        assert (tmp_path / line.promised).is_file()
    assert len(list(tmp_path.iterdir())) == 3


def test_the_examples_run_in_order_and_nothing_is_in_the_way(tmp_path):
    for line in commands(README.partition("## Install")[0]):
        words = [word for word in quick(line.words) if word != "--overwrite"]
        done = impasto(*words[1:], at=tmp_path)
        assert done.code == 0, (line.text, done.err)
        assert "skipped" not in done.out, line.text
        assert not line.promised or (tmp_path / line.promised).is_file(), line.text


def test_every_folder_notebook_script_and_asset_is_listed():
    package = ROOT / "src" / "impasto"
    folders = [each for each in (*package.glob("*/"), *package.glob("methods/*/"))
               if each.is_dir() and each.name not in ("__pycache__", "assets")]  # fmt: skip
    files = [
        *ROOT.glob("notebooks/*.ipynb"),
        *ROOT.glob("scripts/*"),
        *(each for each in package.glob("assets/*/*") if each.suffix in (".onnx", ".safetensors")),
        *package.glob("assets/*.*"),
    ]
    wanted = {f"{each.relative_to(ROOT).as_posix()}/" for each in folders}
    wanted |= {each.relative_to(ROOT).as_posix() for each in files}
    assert len(wanted) > 30
    assert wanted - PLACES == set()


def test_what_is_listed_is_there():
    assert [place for place in PLACES if not [*ROOT.glob(place.rstrip("/"))]] == []
