"""A trained network becomes a model file, and is shown to give the same pictures there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from impasto.errors import ModelError
from impasto.files import written_whole
from impasto.methods.johnson.trained import TrainedStyles, read_styles
from impasto.runtime.grain import grain
from impasto.runtime.network import Network
from impasto.runtime.resolve import Located

SIZES: Final = ((64, 96), (160, 128), (256, 256))
"""Height and width of the images by which a model file is checked."""

TOLERANCE: Final = 0.5 / 255
"""Largest difference of any value: half a level, so that no picture differs by more than one."""


@dataclass(frozen=True)
class Exported:
    """A model file that was written.

    Attributes:
        path: The file.
        bytes: Its size.
        styles: Names of its styles.
        differences: Largest difference from torch, over [0, 1], for each of ``SIZES``.
    """

    path: Path
    bytes: int
    styles: tuple[str, ...]
    differences: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values by name."""
        sizes = [list(size) for size in SIZES]
        return {
            "output": str(self.path),
            "bytes": self.bytes,
            "styles": list(self.styles),
            "parity": [
                {"size": size, "difference": difference}
                for size, difference in zip(sizes, self.differences, strict=True)
            ],
        }


def export(model: Path, output: Path, *, best: bool = False) -> Exported:
    """Write a trained network as a model file.

    Args:
        model: Run folder or checkpoint of a training, or another model file.
        output: The file; only written where onnxruntime gives the pictures that torch gives.
        best: Of a run folder, the weights of the best validation instead of the last.

    Raises:
        RunError: There is no checkpoint, or it is damaged.
        ModelError: Another method's, a damaged file, one that cannot be written, or onnxruntime
            gives other pictures.
    """
    if output.suffix.lower() != ".onnx":
        raise ModelError(f"{output}: a model file's name ends in .onnx")
    return write_styles(read_styles(model, best=best), output)


def write_styles(trained: TrainedStyles, output: Path) -> Exported:
    """Write a style network as a model file; see :func:`export`."""
    data = trained.onnx()
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(output) as temporary:
            temporary.write_bytes(data)
            differences = _differences(trained, temporary)
            if not all(each <= TOLERANCE for each in differences):
                raise ModelError(
                    f"{output}: not written, as onnxruntime gives other pictures than torch "
                    f"(by up to {max(differences):.4f})"
                )
    except OSError as error:
        raise ModelError(f"{output}: cannot be written ({error.strerror})") from None
    names = tuple(each["name"] for each in trained.styles)
    return Exported(output, len(data), names, differences)


def _differences(trained: TrainedStyles, file: Path) -> tuple[float, ...]:
    runner = Network(Located(file.name, file))
    chance = np.random.default_rng(0)
    found = []
    for height, width in SIZES:
        image = chance.random((2, 3, height, width), np.float32)
        weights = chance.dirichlet(np.ones(trained.network.styles)).astype(np.float32)
        with torch.no_grad():
            shares = torch.from_numpy(weights).expand(2, -1)
            seen = torch.from_numpy(image + trained.options.grain * grain(height, width))
            expected = trained.network(seen.float(), shares).clamp(0, 1).numpy()
        found.append(float(np.abs(runner(image, weights)[0] - expected).max()))
    return tuple(found)
