"""Paint the report's photograph by every trained network."""

from __future__ import annotations

import contextlib
import io
import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import onnx
from report.inputs import CONTENT, LEARNED, STYLES

from impasto.commands.main import main as impasto
from impasto.files import written_whole
from impasto.networks.card import card_in
from impasto.networks.model import load_model
from impasto.networks.resolve import located

ANY_STYLE: Final = "any-style"
TRANSLATOR: Final = "photo-to-van-gogh"
BACK: Final = "van-gogh-to-photo"
APPLIED: Final = "applied.json"


def paint_by_networks(runs: Path, size: int) -> int:
    """Make a folder for each network and style; give the exit code of impasto.

    It takes seconds, so all are made anew.
    """
    titles = {style.name: style.title for style in load_model("masters").styles}
    photograph = CONTENT.path
    jobs = {
        f"masters-{number}": (photograph, titles[name], ["--model", name])
        for number, name in enumerate(LEARNED)
    }
    for number, style in enumerate(STYLES):
        given = ["--model", ANY_STYLE, "--style", str(style.path)]
        jobs[f"{ANY_STYLE}-{number}"] = photograph, style.name, given
    jobs[TRANSLATOR] = photograph, "", ["--model", TRANSLATOR]
    jobs[BACK] = STYLES[0].path, "", ["--model", BACK]
    for folder, (content, title, arguments) in jobs.items():
        if code := _applied(runs / folder, content, title, arguments, size):
            return code
    return 0


def _applied(folder: Path, content: Path, title: str, given: Sequence[str], size: int) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    result = folder / "picture.png"
    look = ["--size", f"{size}", "--threads", "1", "-o", str(result), "--overwrite", "--json"]
    code, told = _told(["apply", str(content), *given, *look])
    if code:
        return code
    scores: dict[str, float] = {}
    if "--style" in given:
        code, scores = _told(["score", str(content), given[-1], str(result), "--json"])
        if code:
            return code
    record = {
        "style": title,
        "seconds": told["timings"]["seconds"],
        "scores": scores,
        "network": facts_of(located(given[1]).path),
    }
    with written_whole(folder / APPLIED) as temporary:
        temporary.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return 0


def facts_of(path: Path) -> dict[str, Any]:
    """What a model file is: its size, how many numbers it has learned, and what it says."""
    model = onnx.load(path)
    card = card_in({each.key: each.value for each in model.metadata_props}, path.name)
    # Shapes and axes are integers; what has been learned is not.
    learned = {each.name: math.prod(each.dims) for each in _initializers(model.graph)
               if each.data_type != onnx.TensorProto.INT64}  # fmt: skip
    return {
        "name": path.stem,
        "method": card.method,
        "bytes": path.stat().st_size,
        "weights": sum(learned.values()),
        "size": card.size,
        "origin": card.origin,
        "styles": len(card.styles),
    }


def _initializers(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    """Those of a graph and of the branches in it; branches share theirs by name."""
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            yield from _initializers(attribute.g)


def _told(arguments: Sequence[str]) -> tuple[int, Any]:
    """The exit code of a command, and the last line it printed as JSON."""
    stream = io.StringIO()
    with contextlib.redirect_stdout(stream):
        code = impasto(list(arguments))
    lines = stream.getvalue().strip().splitlines()
    return code, json.loads(stream.getvalue() if arguments[0] == "score" else lines[-1])
