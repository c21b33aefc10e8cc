"""Write a trained network as a model file, and check that it gives the same pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from impasto.errors import ModelError
from impasto.files import written_whole
from impasto.networks.network import Network
from impasto.networks.resolve import EXPORTED, Located
from impasto.training.method import TrainedNetwork

SIZES: Final = ((64, 96), (160, 128), (256, 256))
"""Height and width of the images that a model file is checked with."""

TOLERANCE: Final = 0.5 / 255
"""Largest allowed difference: half an 8-bit level, so that no pixel differs by more than one."""


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
        return {
            "output": str(self.path),
            "bytes": self.bytes,
            "styles": list(self.styles),
            "parity": [
                {"size": list(size), "difference": difference}
                for size, difference in zip(SIZES, self.differences, strict=True)
            ],
        }


def write_model(trained: TrainedNetwork[Any, Any], output: Path) -> Exported:
    """Write a network as a model file, but only if onnxruntime and torch give the same pictures.

    Raises:
        ModelError: They give different pictures, or the file cannot be written.
    """
    data = trained.onnx()
    with written_whole(output, ModelError) as temporary:
        temporary.write_bytes(data)
        runner = Network(Located(output.name, temporary))
        runner.name = str(output)  # for errors
        differences = _differences(trained, runner)
        if not all(each <= TOLERANCE for each in differences):
            raise ModelError(
                f"{output}: not written, as onnxruntime and torch give different pictures "
                f"(by up to {max(differences):.4f})"
            )
    return Exported(output, len(data), trained.names, differences)


def model_path(folder: Path, trained: TrainedNetwork[Any, Any], *, of: int) -> Path:
    """The model file of a run folder; of several networks, each is named after its style."""
    return folder / (EXPORTED if of == 1 else f"{trained.names[0]}.onnx")


def _differences(trained: TrainedNetwork[Any, Any], runner: Network) -> tuple[float, ...]:
    chance = np.random.default_rng(0)
    found = []
    for size in SIZES:
        with torch.no_grad():
            stylized, expected = trained.method.compared(trained, runner, chance, size)
        found.append(float(np.abs(stylized - expected).max()))
    return tuple(found)
