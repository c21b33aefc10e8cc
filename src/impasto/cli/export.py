"""``impasto export``: a trained network as an ONNX file."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from impasto.cli.parser import parse


@dataclass(frozen=True, kw_only=True)
class ExportArguments:
    """Write a trained network as one ONNX file, for impasto apply or any onnxruntime.

    Height, width and batch are free. Before the file is kept it has to give the pictures that the
    network gives in torch, at three sizes.
    """

    model: Path = field(metadata={"argument": "MODEL"})
    """Run folder or checkpoint of a training, or an .onnx file of impasto."""
    output: Path = field(metadata={"argument": "OUT"})
    """The file; its name ends in .onnx."""
    best: bool = False
    """Of a run folder, take the weights of the best validation instead of the last."""
    json: bool = False
    """Print the result for programs."""


def main(arguments: list[str]) -> int:
    """Run the command; give its exit code."""
    given = parse(ExportArguments, arguments, prog="impasto export")
    # Only now, so that help and mistakes do not wait for torch.
    from impasto.exporting import export
    from impasto.training.model_file import SIZES

    done = export(given.model, given.output, best=given.best)
    if given.json:
        print(json.dumps(done.to_json()))
        return 0
    largest = max(done.differences)
    sizes = ", ".join(f"{width} x {height}" for height, width in SIZES)
    print(
        f"{done.path}: {done.bytes / 1e6:.1f} MB, styles {', '.join(done.styles)}; "
        f"at {sizes} within {largest:.1e} of torch"
    )
    return 0
