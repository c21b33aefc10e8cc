"""Trained networks run by onnxruntime, without torch.

::

    name, file or run folder -> resolve -> Network -> Model
    Picture -> scaled -> whole, or in tiles under common statistics -> strength, color -> Picture

``model_check`` looks a model file through before ``session`` opens it; ``card`` is what the file
says of itself; ``bundled`` lists the networks that come with impasto. ``large`` divides pictures
into tiles. ``engine`` takes many files through one model, ``ray_engine`` on a Ray cluster.
``onnx_graph`` writes networks node by node.

Importing this package imports nothing; its names are found when they are asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from impasto.networks.model import Model, load_model
    from impasto.options.apply import ApplyOptions

__all__ = ["ApplyOptions", "Model", "load_model"]

_HOMES: Final = {
    "ApplyOptions": "impasto.options.apply",
    "Model": "impasto.networks.model",
    "load_model": "impasto.networks.model",
}


def __getattr__(name: str) -> Any:
    # Lazily, so that listing models does not wait for numpy and onnxruntime.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
