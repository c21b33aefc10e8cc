"""Paint the report's photograph by every trained network there is."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import onnx
from report.inputs import MASTERS, Pictures

from impasto.commands.main import main as impasto
from impasto.files import written_whole
from impasto.networks.bundled import bundled
from impasto.networks.card import card_in
from impasto.networks.resolve import located

ANY_STYLE: Final = "any-style"
TRANSLATOR: Final = "photo-to-van-gogh"
BACK: Final = "van-gogh-to-photo"
APPLIED: Final = "applied.json"


@dataclass(frozen=True)
class Networks:
    """Files in place of bundled networks; None for what is bundled, if it is."""

    any_style: Path | None = None
    translator: Path | None = None
    translator_back: Path | None = None

    def named(self, name: str) -> str | None:
        """What ``--model`` takes for it, or None where there is no such network."""
        given = {ANY_STYLE: self.any_style, TRANSLATOR: self.translator, BACK: self.translator_back}
        if given[name] is not None:
            return str(given[name])
        return name if name in {each.name for each in bundled()} else None


def paint_by_networks(pictures: Pictures, networks: Networks, runs: Path, size: int) -> int:
    """Make a folder for each network and style; give the exit code of impasto.

    It takes seconds, so all are made anew, and those of networks that are gone are emptied.
    """
    for record in runs.glob(f"*/{APPLIED}"):
        record.unlink()
    any_style = networks.named(ANY_STYLE)
    for number, style in enumerate(pictures.styles):
        model = MASTERS.get(style.stem, "starry-night")
        jobs = [("masters", ["--model", model])]
        if any_style:
            jobs.append((ANY_STYLE, ["--model", any_style, "--style", str(style)]))
        for name, arguments in jobs:
            if code := _applied(
                runs / f"{name}-{number}", pictures.content, style, arguments, size
            ):
                return code
    return _translated(pictures, networks, runs, size)


def _translated(pictures: Pictures, networks: Networks, runs: Path, size: int) -> int:
    painting = pictures.styles[0]
    for name, photograph in ((TRANSLATOR, pictures.content), (BACK, painting)):
        model = networks.named(name)
        if model and (
            code := _applied(runs / name, photograph, painting, ["--model", model], size)
        ):
            return code
    return 0


def _applied(folder: Path, content: Path, style: Path, arguments: Sequence[str], size: int) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    result = folder / "picture.png"
    look = ["--size", f"{size}", "--threads", "1", "-o", str(result), "--overwrite", "--json"]
    code, told = _told(["apply", str(content), *arguments, *look])
    if code:
        return code
    code, scores = _told(["score", str(content), str(style), str(result), "--json"])
    if code:
        return code
    record = {
        "style": style.stem,
        "seconds": told["timings"]["seconds"],
        "scores": scores,
        "network": facts_of(located(arguments[1]).path),
    }
    with written_whole(folder / APPLIED) as temporary:
        temporary.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return 0


def facts_of(path: Path) -> dict[str, Any]:
    """What a model file is: its size, how many numbers it has learned, and what it says."""
    model = onnx.load(path)
    card = card_in({each.key: each.value for each in model.metadata_props}, path.name)
    learned = 0
    for each in model.graph.initializer:
        count = 1
        for side in each.dims:
            count *= side
        # Shapes and axes are integers; what has been learned is not.
        learned += count if each.data_type != onnx.TensorProto.INT64 else 0
    return {
        "name": path.stem,
        "method": card.method,
        "bytes": path.stat().st_size,
        "weights": learned,
        "size": card.size,
        "origin": card.origin,
        "styles": len(card.styles),
    }


def _told(arguments: Sequence[str]) -> tuple[int, Any]:
    """The exit code of a command, and the last line it printed as JSON."""
    stream = io.StringIO()
    with contextlib.redirect_stdout(stream):
        code = impasto(list(arguments))
    lines = stream.getvalue().strip().splitlines()
    return code, json.loads(stream.getvalue() if arguments[0] == "score" else lines[-1])
