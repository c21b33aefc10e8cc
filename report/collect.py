"""From run folders to what the report is typeset from: one data.json and small pictures."""

from __future__ import annotations

import csv
import json
import shutil
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from report.apply_networks import ANY_STYLE, BACK, TRANSLATOR
from report.benchmark_page import tables_of
from report.completeness import DATA, check
from report.inputs import SHOWN
from report.networks import defaults, learned
from report.paintings import Folders, applied, painted, study

from impasto.files import written_whole

ROOT: Final = Path(__file__).resolve().parents[1]
ASSETS: Final = ROOT / "src" / "impasto" / "assets"
TRAINING: Final = ROOT / "report" / "data" / "training"
CHOICES: Final = ROOT / "benchmarks" / "choices"


def collect(runs: Path, out: Path) -> dict[str, Any]:
    """Gather numbers and pictures of run folders; give what was written to data.json.

    Args:
        runs: What ``make_runs.py`` made.
        out: Where data.json and figures/ go; figures of before are gone then.

    Raises:
        RunError: A run folder is missing or not done, or a number is none.
    """
    folders = Folders(runs, out / "figures")
    shutil.rmtree(folders.figures, ignore_errors=True)
    folders.figures.mkdir(parents=True)
    data = {
        **{name: study(folders, name) for name in ("course", "ratio", "layers", "init")},
        "optimizer": study(folders, "optimizer"),
        "shown": [painted(folders, f"show-{number}") for number in range(3)],
        "nearest": painted(folders, "nearest"),
        "portrait": painted(folders, "portrait"),
        "masters": [applied(folders, f"masters-{number}") for number in range(3)],
        "any_style": [applied(folders, f"{ANY_STYLE}-{number}") for number in range(3)],
        "translated": [applied(folders, name) for name in (TRANSLATOR, BACK)],
        "samples": {each.name: folders.figure(each.path, f"sample-{each.name}") for each in SHOWN},
        "trained": _trained(),
        "training": {path.stem: _curves(path) for path in sorted(TRAINING.glob("*.csv"))},
        "choices": {path.stem: _choices(path) for path in sorted(CHOICES.glob("*.json"))},
        "defaults": defaults(),
        "learned": learned(),
        "benchmarks": tables_of(ROOT / "docs" / "benchmarks.md"),
    }
    data["made"] = _made(folders)
    check(data)
    with written_whole(out / DATA) as temporary:
        text = json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False)
        temporary.write_text(text + "\n", encoding="utf-8")
    return data


def _curves(path: Path) -> dict[str, list[list[float]]]:
    """The columns of a table of training_curves.py: crops seen and the loss."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        name: [[float(row["crops"]), float(row[name])] for row in rows if row[name]]
        for name in rows[0]
        if name not in ("batch", "crops")
    }


def _choices(path: Path) -> dict[str, dict[str, float]]:
    """Points of each program in a blind choice, by the style and in all; a pair has two sheets."""
    found: dict[str, Counter[str]] = {"all": Counter()}
    for sheet in json.loads(path.read_text(encoding="utf-8")).values():
        sides = "AB" if sheet["choice"] == "none" else sheet["choice"]
        for side in sides:
            for key in ("all", sheet["pair"][1]):
                found.setdefault(key, Counter())[sheet[side]] += 0.5 / len(sides)  # type: ignore[assignment]
    return {key: dict(points) for key, points in found.items()}


def _trained() -> dict[str, Any]:
    """How each bundled network was trained, as its entry among the assets says."""
    entries = json.loads((ASSETS / "ASSETS.json").read_text(encoding="utf-8"))
    found = {}
    for entry in entries:
        if entry["file"].endswith(".onnx") and "recipe" in entry["parameters"]:
            told = entry["parameters"]
            stages = told.get("stages", {})
            found[Path(entry["file"]).stem] = {
                "bytes": entry["bytes"],
                "recipe": {key: _plain(value) for key, value in told["recipe"].items()},
                "stages": [_stage(name, each) for name, each in stages.items()],
                "before": told.get("before", ""),
                "origin": entry["origin"],
            }
    return found


def _stage(name: str, told: Mapping[str, Any]) -> dict[str, Any]:
    kept = ("steps", "batch", "size", "learning_rate")
    return {"name": name, **{key: told[key] for key in kept}}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return "none" if value is None else value


def _made(folders: Folders) -> dict[str, Any]:
    """With what, on what, and how long all of it took."""
    manifests = list(folders.manifests())
    first = manifests[0]
    seconds = [each["timings"]["optimisation_s"] for each in manifests]
    return {
        "impasto": first["impasto"],
        **{name: first["made_with"][name] for name in ("python", "torch", "threads")},
        "precision": first["precision"],
        "device": first["device"],
        "network": first["network"]["name"],
        "paintings": len(manifests),
        "minutes": sum(seconds) / 60,
    }
