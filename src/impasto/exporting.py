"""A trained network becomes a model file, and is shown to give the same pictures there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from impasto.errors import ModelError
from impasto.files import written_whole
from impasto.methods.adain.trained import METHOD as ADAIN
from impasto.methods.adain.trained import TrainedAnyStyle, anystyle_of, is_anystyle, read_anystyle
from impasto.methods.cyclegan.trained import METHOD as CYCLEGAN
from impasto.methods.cyclegan.trained import Translator, pair_of
from impasto.methods.johnson.trained import TrainedStyles, read_styles, styles_of
from impasto.networks.network import Network, grain
from impasto.networks.resolve import Located
from impasto.training.trained import Trained, read_trained

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
        output: The file; only written where onnxruntime gives the pictures that torch gives. A
            pair of generators is two files, so its name says which: ``photo-to-painting.onnx``.
        best: Of a run folder, the weights of the best validation instead of the last.

    Raises:
        RunError: There is no checkpoint, or it is damaged.
        ModelError: Another method's, a damaged file, one that cannot be written, or onnxruntime
            gives other pictures.
    """
    if output.suffix.lower() != ".onnx":
        raise ModelError(f"{output}: a model file's name ends in .onnx")
    if model.suffix == ".onnx":
        if is_anystyle(model):
            return write_anystyle(read_anystyle(model), output)
        return write_styles(read_styles(model), output)
    trained = read_trained(model, best=best)
    if trained.recipe.get("method") == CYCLEGAN:
        return write_translator(_translator(trained, output), output)
    if trained.recipe.get("method") == ADAIN:
        return write_anystyle(anystyle_of(trained), output)
    return write_styles(styles_of(trained), output)


def export_pair(model: Path, folder: Path, *, best: bool = False) -> tuple[Exported, ...]:
    """Write both generators of a pair, each under the name of its direction; see :func:`export`.

    Args:
        model: Run folder or checkpoint.
        folder: Where they are written: ``photo-to-painting.onnx``, ``painting-to-photo.onnx``.
        best: Of a run folder, the weights of the best validation instead of the last.
    """
    pair = pair_of(read_trained(model, best=best))
    return tuple(write_translator(each, folder / f"{each.name}.onnx") for each in pair)


def write_styles(trained: TrainedStyles, output: Path) -> Exported:
    """Write a style network as a model file; see :func:`export`."""
    names = tuple(each["name"] for each in trained.styles)
    return _written(trained.onnx(), output, names, lambda runner: _differences(trained, runner))


def write_translator(translator: Translator, output: Path) -> Exported:
    """Write a generator as a model file; see :func:`export`."""
    return _written(
        translator.onnx(), output, (translator.name,), lambda runner: _strayed(translator, runner)
    )


def write_anystyle(trained: TrainedAnyStyle, output: Path) -> Exported:
    """Write an any-style network as a model file; see :func:`export`."""
    return _written(trained.onnx(), output, (), lambda runner: _departed(trained, runner))


def _translator(trained: Trained, output: Path) -> Translator:
    pair = {each.name: each for each in pair_of(trained)}
    if output.stem not in pair:
        names = " or ".join(f"{name}.onnx" for name in pair)
        raise ModelError(f"{output}: the training made two networks: call the file {names}")
    return pair[output.stem]


def _written(
    data: bytes,
    output: Path,
    names: tuple[str, ...],
    compared: Callable[[Network], tuple[float, ...]],
) -> Exported:
    with written_whole(output, ModelError) as temporary:
        temporary.write_bytes(data)
        runner = Network(Located(output.name, temporary))
        runner.name = str(output)  # what errors call it
        differences = compared(runner)
        if not all(each <= TOLERANCE for each in differences):
            raise ModelError(
                f"{output}: not written, as onnxruntime gives other pictures than torch "
                f"(by up to {max(differences):.4f})"
            )
    return Exported(output, len(data), names, differences)


def _differences(trained: TrainedStyles, runner: Network) -> tuple[float, ...]:
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


def _departed(trained: TrainedAnyStyle, runner: Network) -> tuple[float, ...]:
    """Differences with the codes of other images, and halfway to them."""
    chance = np.random.default_rng(0)
    found = []
    for (height, width), alpha in zip(SIZES, (1.0, 0.5, 1.0), strict=True):
        image, style = (chance.random((1, 3, height, width), np.float32) for _ in range(2))
        with torch.no_grad():
            code = trained.network.code(torch.from_numpy(style))
            painted = trained.network(torch.from_numpy(image), code, alpha)
        mean, inverse = runner.statistics(style)[0].T
        given = np.stack([mean, 1 / inverse, np.full_like(mean, alpha)], axis=1)
        stylized, _ = runner(image, given)
        found.append(float(np.abs(stylized - painted.clamp(0, 1).numpy()).max()))
    return tuple(found)


def _strayed(translator: Translator, runner: Network) -> tuple[float, ...]:
    chance = np.random.default_rng(0)
    found = []
    for height, width in SIZES:
        image = chance.random((2, 3, height, width), np.float32)
        with torch.no_grad():
            # What a residual generator adds may reach past black and white; the file cuts it off.
            expected = translator.network(torch.from_numpy(image)).clamp(0, 1).numpy()
        stylized, _ = runner(image, np.ones(1, np.float32))
        found.append(float(np.abs(stylized - expected).max()))
    return tuple(found)
