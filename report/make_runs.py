"""Make the run folders that the report is built from.

    python report/make_runs.py RUNS                     # the package's own pictures
    python report/make_runs.py RUNS --data FOLDER       # those of inputs.PAINTINGS

Half an hour on one core; broken off, the same command goes on where it was. Networks that are not
bundled may be given: ``--any-style FILE``, ``--translator FILE``, ``--translator-back FILE``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from impasto.commands.main import main as impasto
from impasto.files import written_whole

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from report.apply_networks import Networks, paint_by_networks
from report.inputs import PAINTINGS, SAMPLES, Pictures, counts_of, pictures_of

SIZES: Final[Mapping[str, Mapping[str, int]]] = {
    "full": {"course": 256, "course_steps": 150, "study": 128, "steps": 24, "alone": 40,
             "show": 256, "show_steps": 56},
    "small": {"course": 48, "course_steps": 3, "study": 48, "steps": 2, "alone": 2,
              "show": 48, "show_steps": 2},
}  # fmt: skip
"""Pixels of longer sides, and steps. ``small`` is for the test of these scripts."""

STUDIES: Final = ("course", "ratio", "layers", "init", "optimizer")


def main() -> int:
    """Run the command; give its exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("runs", type=Path, help="folder for the run folders")
    parser.add_argument("--data", type=Path, help=f"folder that holds {PAINTINGS.content} and all")
    for name in ("any-style", "translator", "translator-back"):
        parser.add_argument(f"--{name}", type=Path, help="network to use where none is bundled")
    parser.add_argument("--sizes", choices=SIZES, default="full")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="some of the folders, no more")
    given = parser.parse_args()
    pictures = pictures_of(given.data) if given.data else SAMPLES
    size = SIZES[given.sizes]
    given.runs.mkdir(parents=True, exist_ok=True)
    with written_whole(given.runs / "sets.json") as temporary:
        temporary.write_text(json.dumps(counts_of(given.data) if given.data else {}))
    wanted = {**studies(pictures, size), **paintings(pictures, size)}
    for name in given.only or wanted:
        print(f"== {name}", file=sys.stderr, flush=True)
        folder = given.runs / name
        place = [] if name in STUDIES else ["-o", str(folder / "picture.png")]
        if code := impasto([*wanted[name], "--run-dir", str(folder), *place]):
            return code
    if given.only:
        return 0
    networks = Networks(given.any_style, given.translator, given.translator_back)
    return paint_by_networks(pictures, networks, given.runs, size["show"])


def studies(pictures: Pictures, size: Mapping[str, int]) -> dict[str, list[str]]:
    """The arguments of every study, by the name of its folder; the slowest first."""
    content, style = str(pictures.content), str(pictures.styles[0])
    one = ["study", content, "--style", style, "--size", f"{size['study']}"]
    some = [*one, "--steps", f"{size['steps']}"]
    long = [*one, "--steps", f"{size['alone']}"]
    course = ["study", "--course", content, "--style", *map(str, pictures.styles)]
    return {
        "course": [*course, "--size", f"{size['course']}", "--steps", f"{size['course_steps']}"],
        "ratio": [*some, "--study", "ratio-by-layer"],
        # What the lowest layer gives back is the picture itself, so it is the package's own.
        "layers": [
            "study",
            str(SAMPLES.content),
            "--style",
            str(SAMPLES.styles[0]),
            *long[4:],
            "--study",
            "layers",
        ],
        "init": [*some, "--study", "init"],
        # One size only, so that the curves are those of one loss.
        "optimizer": [*long, "--study", "optimizer", "--coarsest", "0"],
    }


def paintings(pictures: Pictures, size: Mapping[str, int]) -> dict[str, list[str]]:
    """The arguments of every single painting, by the name of its run folder."""
    look = ["--size", f"{size['show']}", "--steps", f"{size['show_steps']}", "--resume"]
    shown: dict[str, tuple[Path, Path, tuple[str, ...]]] = {
        f"show-{number}": (pictures.content, each, ())
        for number, each in enumerate(pictures.styles)
    }
    shown["nearest"] = (pictures.content, pictures.styles[0], ("--method", "nearest"))
    shown["portrait"] = (pictures.portrait, pictures.hard, ())
    return {
        name: ["paint", str(photograph), "--style", str(style), *options, *look]
        for name, (photograph, style, options) in shown.items()
    }


if __name__ == "__main__":
    sys.exit(main())
