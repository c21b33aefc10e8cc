"""``impasto export``: a trained network as an ONNX file."""

from __future__ import annotations

import json

from impasto.options.networks import ExportArguments
from impasto.training.model_file import SIZES
from impasto.trainings import export


def run(given: ExportArguments) -> int:
    """Write the model file; return the exit code."""
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
