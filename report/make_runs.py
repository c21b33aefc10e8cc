"""Make the run folders that the report is built from: python report/make_runs.py RUNS.

A quarter of an hour on one core; broken off, the same command goes on where it was. ``--only
networks`` paints again what the trained networks paint.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from impasto.commands.main import main as impasto

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from report.apply_networks import paint_by_networks
from report.inputs import CONTENT, HARD, PORTRAIT, STYLES

SIZES: Final[Mapping[str, Mapping[str, int]]] = {
    "full": {"course": 256, "course_steps": 150, "study": 160, "steps": 32, "alone": 60,
             "layers": 300, "show": 384, "show_steps": 48},
    "small": {"course": 48, "course_steps": 3, "study": 48, "steps": 2, "alone": 2, "layers": 2,
              "show": 48, "show_steps": 2},
}  # fmt: skip
"""Pixels of longer sides, and steps. ``small`` is for the test of these scripts."""

STUDIES: Final = ("course", "ratio", "layers", "init", "optimizer")
NETWORKS: Final = "networks"


def main() -> int:
    """Run the command; give its exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("runs", type=Path, help="folder for the run folders")
    parser.add_argument("--sizes", choices=SIZES, default="full")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="some of the folders, no more")
    given = parser.parse_args()
    size = SIZES[given.sizes]
    given.runs.mkdir(parents=True, exist_ok=True)
    wanted = {**studies(size), **paintings(size)}
    for name in given.only or [*wanted, NETWORKS]:
        print(f"== {name}", file=sys.stderr, flush=True)
        folder = given.runs / name
        if name == NETWORKS:
            code = paint_by_networks(given.runs, size["show"])
        else:
            place = [] if name in STUDIES else ["-o", str(folder / "picture.png")]
            code = impasto([*wanted[name], "--run-dir", str(folder), *place])
        if code:
            return code
    return 0


def studies(size: Mapping[str, int]) -> dict[str, list[str]]:
    """The arguments of every study, by the name of its folder; the slowest first."""
    content, first = str(CONTENT.path), str(STYLES[0].path)
    one = ["study", content, "--style", first, "--size", f"{size['study']}"]
    some = [*one, "--steps", f"{size['steps']}"]
    long = [*one, "--steps", f"{size['alone']}"]
    course = ["study", "--course", content, "--style", *(str(each.path) for each in STYLES)]
    return {
        "course": [*course, "--size", f"{size['course']}", "--steps", f"{size['course_steps']}"],
        "ratio": [*some, "--study", "ratio-by-layer"],
        # From noise it takes long until a picture is there.
        "layers": [*one, "--steps", f"{size['layers']}", "--study", "layers"],
        "init": [*some, "--study", "init"],
        # One size only, so that the curves are those of one loss.
        "optimizer": [*long, "--study", "optimizer", "--coarsest", "0"],
    }


def paintings(size: Mapping[str, int]) -> dict[str, list[str]]:
    """The arguments of every single painting, by the name of its run folder."""
    look = ["--size", f"{size['show']}", "--steps", f"{size['show_steps']}", "--resume"]
    shown: dict[str, tuple[Path, Path, tuple[str, ...]]] = {
        f"show-{number}": (CONTENT.path, each.path, ()) for number, each in enumerate(STYLES)
    }
    shown["nearest"] = (CONTENT.path, STYLES[0].path, ("--method", "nearest"))
    shown["portrait"] = (PORTRAIT.path, HARD.path, ("--faces", "0"))
    return {
        name: ["paint", str(photograph), "--style", str(style), *options, *look]
        for name, (photograph, style, options) in shown.items()
    }


if __name__ == "__main__":
    sys.exit(main())
