"""From run folders to what the report is typeset from: one data.json and small pictures."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from report.apply_networks import ANY_STYLE, APPLIED, BACK, TRANSLATOR
from report.benchmark_page import tables_of
from report.completeness import DATA, check
from report.inputs import shown_freely, title_of
from report.networks import defaults, learned
from report.paintings import Folders, applied, painted, study

from impasto.errors import RunError
from impasto.files import written_whole

ROOT: Final = Path(__file__).resolve().parents[1]
ASSETS: Final = ROOT / "src" / "impasto" / "assets"


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
        "any_style": [
            applied(folders, f"{ANY_STYLE}-{number}")
            for number in range(3)
            if (runs / f"{ANY_STYLE}-{number}" / APPLIED).is_file()
        ],
        "translated": [
            applied(folders, name)
            for name in (TRANSLATOR, BACK)
            if (runs / name / APPLIED).is_file()
        ],
        "trained": _trained(),
        "defaults": defaults(),
        "learned": learned(),
        "sets": _sets(runs),
        "benchmarks": tables_of(ROOT / "docs" / "benchmarks.md"),
    }
    data["photograph"] = _photograph(folders, data)
    data["made"] = _made(folders)
    check(data)
    with written_whole(out / DATA) as temporary:
        text = json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False)
        temporary.write_text(text + "\n", encoding="utf-8")
    return data


def _sets(runs: Path) -> Any:
    try:
        return json.loads((runs / "sets.json").read_text(encoding="utf-8"))
    except OSError:
        raise RunError(f"{runs}: no sets.json; run report/make_runs.py again") from None


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


def _photograph(folders: Folders, data: Mapping[str, Any]) -> dict[str, Any]:
    """What was painted; the picture itself only where it may be shown."""
    inputs = data["shown"][0]["inputs"]
    stem = Path(inputs["content"]).stem
    shown = {"title": title_of(stem), "picture": None}
    if shown_freely(inputs["content"]):
        shown["picture"] = folders.sample(inputs["content"])
    return shown


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
