"""The subject of a photograph, found by a network."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from impasto.errors import ModelError
from impasto.files import sha256
from impasto.image import Picture, on_edges, resampled
from impasto.networks.bundled import asset
from impasto.networks.pieces import FloatArray
from impasto.networks.session import opened, run

if TYPE_CHECKING:
    import onnxruntime

SUBJECT: Final = "finders/subject.onnx"

SIDE: Final = 256
"""Root of the number of pixels that the network sees. At 256 it finds more than at the 320 it was
trained for, if the subject fills the picture, and takes two thirds of the time."""

LIGHTER: Final = 0.6
"""Exponent that brightens the colors for the network. In a dark picture it otherwise took a
mountain for the subject instead of the wolf in front of it; light colors hardly change."""

MULTIPLE: Final = 32  # multiple of pixels, because the network halves its maps five times

MEAN: Final = np.array([0.485, 0.456, 0.406], np.float32)
DEVIATION: Final = np.array([0.229, 0.224, 0.225], np.float32)

SURE: Final = 0.4
"""Least share of certain pixels among possible ones. Cities and woods have 0 to 0.3, pictures with
a subject 0.5 to 1."""

ENDS: Final = (0.1, 0.9)
"""Values that count as 0 and as 1."""


def found_subject(picture: Picture) -> tuple[FloatArray, float]:
    """The subject of a photograph, (H, W) in [0, 1], and how sure the network is, from 0 to 1.

    Qin et al. 2020, "U^2-Net: Going deeper with nested U-structure for salient object detection",
    in its small size. Its edges are aligned with those of the photograph.
    """
    pixels = picture.pixels
    if picture.alpha is not None:
        pixels = 1 - picture.alpha[..., None] * (1 - pixels)
    scale = SIDE / math.sqrt(picture.width * picture.height)
    sides = (picture.width, picture.height)
    width, height = (max(1, round(side * scale / MULTIPLE)) * MULTIPLE for side in sides)
    seen = (resampled(pixels, width, height) ** np.float32(LIGHTER) - MEAN) / DEVIATION
    [found] = run(opened_finder(SUBJECT), ["subject"], {"image": seen.transpose(2, 0, 1)[None]})
    levels: FloatArray = found[0, 0]
    surely, maybe = (levels > 0.9).sum(), (levels > 0.1).sum()
    fitted = on_edges(levels, pixels)
    fitted = ((fitted - ENDS[0]) / (ENDS[1] - ENDS[0])).clip(0, 1)
    if picture.alpha is not None:
        fitted *= picture.alpha
    return fitted, float(surely / max(1, maybe))


def middle(width: int, height: int) -> FloatArray:
    """A soft oval, (H, W): 1 in the middle of a picture and 0 at its edges."""
    across, down = (np.linspace(-1, 1, side, dtype=np.float32) for side in (width, height))
    radius: Any = np.hypot(across, down[:, None])
    found: FloatArray = ((1 - radius) / 0.5).clip(0, 1).astype(np.float32)
    return found


@functools.cache
def opened_finder(file: str, threads: int | None = None) -> onnxruntime.InferenceSession:
    """A bundled finder network, checked and opened once.

    Raises:
        ModelError: Its file is missing or damaged.
    """
    path, wanted = asset(file)
    try:
        if sha256(path) != wanted:
            raise ModelError(f"{path}: changed or damaged: install impasto again")
        return opened(path.read_bytes(), str(path), threads)
    except OSError:
        raise ModelError(f"{path}: missing: install impasto again") from None
