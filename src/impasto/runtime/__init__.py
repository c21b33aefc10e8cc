"""Running trained networks with onnxruntime, without torch.

::

    name, file or run folder -> resolve -> Network -> Model
    Picture -> scaled -> whole, or in tiles under common statistics -> strength, color -> Picture

==============  ==========================================================
options.py      ApplyOptions, what can be asked of a picture
blends.py       styles and their shares: from text to the network's weights
bundled.py      the trained networks that come with impasto
resolve.py      a name, file or run folder becomes one file
card.py         what a model file says about itself
session.py      the file opened in onnxruntime
network.py      Network: planes in, stylized planes and statistics out
crops.py        pieces of a picture, reflected at its lower and right edge
statistics.py   the statistics of a picture too large for one run
tiles.py        a large picture piece by piece, without seams
scale.py        pictures to another size
strength.py     how much of the photograph remains
places.py       where styles go, and where the photograph stays
model.py        Model and load_model
loading.py      a model that is loaded while a picture is read
engine.py       many files through one model
ray_engine.py   many files on a Ray cluster; ray_cluster.py, ray_crew.py, ray_worker.py its parts
grain.py        noise that a network sees beside the picture
record.py       manifests of results, and whether one is there already
sheet.py        all styles of some models on one page
==============  ==========================================================

Importing this package imports nothing; its names are found when they are asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from impasto.options.apply import ApplyOptions
    from impasto.runtime.model import Model, load_model

__all__ = ["ApplyOptions", "Model", "load_model"]

_HOMES: Final = {
    "ApplyOptions": "impasto.options.apply",
    "Model": "impasto.runtime.model",
    "load_model": "impasto.runtime.model",
}


def __getattr__(name: str) -> Any:
    # Lazily, so that listing models does not wait for numpy and onnxruntime.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
