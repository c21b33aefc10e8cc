"""Networks of every method that trains: read from files, and written as model files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from impasto.errors import ModelError
from impasto.methods.adain.method import METHOD as ADAIN
from impasto.methods.cyclegan.method import METHOD as CYCLEGAN
from impasto.methods.johnson.method import METHOD as JOHNSON
from impasto.training.method import Method, TrainedNetwork
from impasto.training.model_file import Exported, write_model
from impasto.training.trained import networks_of, read_trained

METHODS: Final[Mapping[str, Method[Any, Any, Any]]] = {
    each.name: each for each in (JOHNSON, ADAIN, CYCLEGAN)
}


def read_any(path: Path, *, best: bool = False) -> tuple[TrainedNetwork[Any, Any], ...]:
    """Read the networks of a run folder, checkpoint or model file, whichever method trained them.

    Args:
        path: The folder or file.
        best: Of a run folder, the weights of the best validation instead of the last.

    Raises:
        RunError: There is no checkpoint, or it is damaged.
        ModelError: It is damaged, or of no method of this impasto.
    """
    trained = read_trained(path, best=best)
    method = str(trained.recipe.get("method"))
    if method not in METHODS:
        raise ModelError(f"{path}: trained by {method}, which this impasto does not know: update")
    return networks_of(trained, METHODS[method])


def export(model: Path, output: Path, *, best: bool = False) -> Exported:
    """Write a trained network as a model file.

    Args:
        model: Run folder or checkpoint of a training, or another model file.
        output: The file; only written where onnxruntime gives the pictures that torch gives. A
            pair of generators is two files, so its name says which: ``photo-to-painting.onnx``.
        best: Of a run folder, the weights of the best validation instead of the last.

    Raises:
        RunError: There is no checkpoint, or it is damaged.
        ModelError: A damaged file, one that cannot be written, or onnxruntime gives other
            pictures.
    """
    if output.suffix.lower() != ".onnx":
        raise ModelError(f"{output}: a model file's name ends in .onnx")
    networks = read_any(model, best=best)
    if len(networks) == 1:
        return write_model(networks[0], output)
    named = {each.names[0]: each for each in networks}
    if output.stem not in named:
        names = " or ".join(f"{name}.onnx" for name in named)
        raise ModelError(f"{output}: the training made two networks: call the file {names}")
    return write_model(named[output.stem], output)
