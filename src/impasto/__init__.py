"""Neural style transfer: paint a photograph in the style of any picture.

>>> import impasto
>>> impasto.paint("lake.jpg", "night.jpg", size=512).save("out.png")  # doctest: +SKIP
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from impasto.moved import install
from impasto.quiet import send_nothing, wait_briefly
from impasto.version import __version__ as __version__

if TYPE_CHECKING:
    from impasto.errors import ImpastoError
    from impasto.film.video import video
    from impasto.image import Picture, read_manifest, read_picture
    from impasto.methods.gatys.stylizer import GatysStylizer
    from impasto.networks.model import apply, load_model
    from impasto.networks.own import models
    from impasto.networks.style_codes import encode
    from impasto.options.gatys import PaintOptions
    from impasto.photograph import paint
    from impasto.scores import Scores, score
    from impasto.step import Step
    from impasto.trainings import train

send_nothing()  # before importing any package that sends usage data
wait_briefly()  # before importing torch
install()

__all__ = [
    "GatysStylizer",
    "ImpastoError",
    "PaintOptions",
    "Picture",
    "Scores",
    "Step",
    "apply",
    "encode",
    "load_model",
    "models",
    "paint",
    "read_manifest",
    "read_picture",
    "score",
    "train",
    "video",
]

_HOMES: Final = {
    "GatysStylizer": "impasto.methods.gatys.stylizer",
    "ImpastoError": "impasto.errors",
    "PaintOptions": "impasto.options.gatys",
    "Picture": "impasto.image",
    "Scores": "impasto.scores",
    "Step": "impasto.step",
    "apply": "impasto.networks.model",
    "encode": "impasto.networks.style_codes",
    "load_model": "impasto.networks.model",
    "models": "impasto.networks.own",
    "paint": "impasto.photograph",
    "read_manifest": "impasto.image",
    "read_picture": "impasto.image",
    "score": "impasto.scores",
    "train": "impasto.trainings",
    "video": "impasto.film.video",
}


def __getattr__(name: str) -> Any:
    # Lazily, so that `import impasto` and the command's help do not wait for torch.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
