"""What the base installation leaves out, and the command that brings it."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from impasto import weights
from impasto.errors import ImpastoError


def version_of(package: str) -> str | None:
    """The version of an installed package, without importing it."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


@dataclass(frozen=True)
class Feature:
    """Something that the base installation leaves out.

    Attributes:
        name: What it is for.
        here: Tells whether it can be used.
        how: The command that brings it.
    """

    name: str
    here: Callable[[], bool]
    how: str


def _module(name: str) -> Callable[[], bool]:
    def here() -> bool:
        try:
            return importlib.util.find_spec(name) is not None
        except (ImportError, ValueError):
            return False

    return here


def _windows() -> bool:
    """OpenCV's builds are one module; only those without ``headless`` open windows."""
    return any(version_of(each) for each in ("opencv-python", "opencv-contrib-python"))


def _vgg19() -> bool:
    try:
        return any(file.network == "vgg19" for file in weights.present())
    except ImpastoError:
        return False


FEATURES: Final = (
    Feature("HEIC pictures", _module("pillow_heif"), "pip install 'impasto[heic]'"),
    Feature("TIFF of 12 bits", _module("imagecodecs"), "pip install 'impasto[tiff]'"),
    Feature("apply --engine ray", _module("ray"), "pip install 'impasto[ray]'"),
    Feature("impasto studio", _module("gradio"), "pip install 'impasto[studio]'"),
    Feature("weights import .mat", _module("scipy"), "pip install 'impasto[weights]'"),
    Feature("weights import .h5", _module("h5py"), "pip install 'impasto[weights]'"),
    Feature(
        "VGG-19", _vgg19,
        "impasto weights import FILE, or impasto weights fetch vgg19",
    ),
    Feature(
        "webcam display", _windows,
        "pip uninstall opencv-python-headless, then pip install opencv-python",
    ),
)  # fmt: skip
