"""A trained network with a memory of the last frame.

Three things keep its film calm:

- What was painted before is carried along with the motion and blended in where that is known;
  strokes keep their strength (:mod:`impasto.film.motion`).
- The statistics that normalize the network's maps may change only so fast, so that something
  bright that comes into view does not change the tone of all else at once. What changes slowly is
  followed at once: an image's own statistics take a flicker of its light away, and an average
  over time would bring it back (56 times as much in a trial).
- Noise beside the frame (see :mod:`impasto.networks.network`) stays where it is. Carried along with
  the motion, which seems right, it made the strokes of slow things jump from pixel to pixel: the
  warping error doubled.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from impasto.errors import ModelError
from impasto.film.frames import unit
from impasto.film.motion import strengthened, warped
from impasto.film.scenes import Seen
from impasto.image import Picture
from impasto.networks.large import ALONE, Given
from impasto.networks.model import Model, painted
from impasto.options.apply import ApplyOptions
from impasto.options.video import VideoOptions

FloatArray = NDArray[np.float32]
Bytes = NDArray[np.uint8]

MOST: Final = 0.95
"""Share of the last frame at --temporal 1: were nothing new let in, errors would stay forever."""

PACE: Final = 0.25
"""Mean change of the logarithms of deviations, a second, that statistics follow at once. From one
frame to the next of 24 a second it is 0.003 to 0.006 where a camera moves, up to 0.013 where the
light flickers by 6 %, and 0.033 where a disc of a seventh of the picture appears."""

_NO_NUMBERS: Final = (
    "a frame was painted in which some values are no numbers: "
    "the network is damaged, or what is kept for --resume"
)

LEAP: Final = 0.12
"""Change from one frame to the next at which a scene is taken for another: a light has been turned
on, or a cut not been found."""


class NetworkedPainter:
    """Paints the frames of a film one after the other with a trained network."""

    def __init__(self, model: Model, options: VideoOptions, rate: float) -> None:
        """Prepare for a film.

        Args:
            model: The network.
            options: What becomes of the film.
            rate: Its frames a second.

        Raises:
            OptionError: The network has no such styles.
        """
        self._model = model
        self._share = min(options.temporal, MOST)
        self._pace = PACE / rate if options.temporal else math.inf
        self._options = ApplyOptions(
            style_weights=options.style_weights,
            strength=options.strength,
            keep_color=options.keep_color,
            tile=options.tile,
        )
        self._blend = model.blend(options.style_weights)
        self._painted: FloatArray | None = None
        self._statistics: FloatArray | None = None

    def paint(self, seen: Seen) -> Bytes:
        """Paint the next frame.

        Raises:
            ImpastoError: The network cannot run, or gives what is no picture.
        """
        picture = self._fresh(seen)
        if not (seen.motion is None or seen.trust is None or self._painted is None):
            before = warped(self._painted, seen.motion.backward)
            np.clip(before, 0, 1, out=before)  # cubic curves overshoot at edges
            before -= picture
            before *= (self._share * seen.trust)[..., None]
            before += picture
            picture = strengthened(before, picture)
        if not np.isfinite(picture).all():
            raise ModelError(f"{self._model.name}: {_NO_NUMBERS}")
        self._painted = picture
        found: Bytes = np.rint(255 * picture.clip(0, 1)).astype(np.uint8)
        return found

    def state(self) -> dict[str, Any]:
        """All that the next frame depends on."""
        kept = {"painted": self._painted, "statistics": self._statistics}
        return {name: values for name, values in kept.items() if values is not None}

    def take_up(self, state: Mapping[str, Any]) -> None:
        """Go on from a state that :meth:`state` gave."""
        self._painted = state.get("painted")
        self._statistics = state.get("statistics")

    def _fresh(self, seen: Seen) -> FloatArray:
        """The frame as the network paints it, under statistics that change calmly."""
        picture, own = self._through(seen, None)
        before = None if seen.begins else self._statistics
        self._statistics = own
        change = 0.0 if before is None else change_of(before, own)
        if before is not None and self._pace < change <= LEAP:
            # Measured in a pass of their own: those found under other statistics than a picture's
            # own are wrong in all layers but the first, and more so from frame to frame.
            self._statistics = smoothed(before, own, self._pace / change)
            picture, _ = self._through(seen, self._statistics)
        return picture

    def _through(self, seen: Seen, statistics: FloatArray | None) -> tuple[FloatArray, FloatArray]:
        photograph = Picture(unit(seen.frame.pixels))
        given = ALONE if statistics is None else Given(statistics)
        model = self._model
        return painted(model.network, model.codes, photograph, self._blend, self._options, given)


def smoothed(before: FloatArray, own: FloatArray, share: float) -> FloatArray:
    """Statistics on the way from those before to a frame's own.

    Of means as they are, of deviations by their logarithms, as a channel's gain is a factor.

    Args:
        before: (channels, 2), mean and 1/standard deviation.
        own: Likewise.
        share: Of the way, from 0 to 1.
    """
    means = before[:, 0] + share * (own[:, 0] - before[:, 0])
    inverses = before[:, 1] ** (1 - share) * own[:, 1] ** share
    return np.stack([means, inverses], axis=1).astype(np.float32)


def change_of(before: FloatArray, own: FloatArray) -> float:
    """Mean change of the logarithms of deviations."""
    return float(np.abs(np.log(own[:, 1] / before[:, 1])).mean()) if len(own) else 0.0
